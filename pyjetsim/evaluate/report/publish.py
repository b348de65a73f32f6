"""Put a report in its place: whole or not at all."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader

from pyjetsim._utils.output import check_file, check_folder, replacing_folder, write_whole
from pyjetsim.errors import InputError
from pyjetsim.evaluate.metrics.base import Metric
from pyjetsim.evaluate.panels import DPI, style
from pyjetsim.evaluate.report.content import FORMAT, OTHERS
from pyjetsim.evaluate.report.summary import (
    items_of,
    joint_labels,
    or_infinite,
    samples_of,
    shortened,
    summed_of,
    verdict_line,
    with_error,
    worst_told,
)

JSON_NAME, HTML_NAME = "report.json", "index.html"


class Png(NamedTuple):
    """A figure as it is published."""

    data: bytes
    caption: str


def drawn(found: Iterable[tuple[Metric[Any], Any]]) -> dict[str, Png]:
    """The figures of metrics, by name, from their results."""
    figures = {}
    with style():
        for metric, result in found:
            drawings = metric.draw(result) if result is not None else {}
            for name, drawing in drawings.items():
                buffer = io.BytesIO()
                # Without the version and date, the same input gives the same bytes.
                drawing.figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
                figures[name] = Png(buffer.getvalue(), drawing.caption)
    return figures


def check_destinations(output: Path, json_copy: Path | None) -> None:
    """Only a report or an empty folder may be replaced; raises :class:`~pyjetsim.errors.InputError`."""
    check_folder(output, _is_report, "report")
    if json_copy is not None:
        check_file(json_copy)
        if json_copy.resolve() == output.resolve():
            raise InputError(
                f"{output} is both the report and its JSON copy",
                "one is a folder, the other a file",
                "choose another name for one of them",
            )


def _is_report(folder: Path) -> bool:
    try:
        report = json.loads((folder / JSON_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(report, dict) and report.get("format") == FORMAT


def publish(
    report: Mapping[str, Any], figures: Mapping[str, Png], output: Path, json_copy: Path | None
) -> None:
    """Write ``index.html``, PNGs and ``report.json`` to a folder, which then takes the place of ``output``.

    The copy comes last: it may lie in that folder.
    """
    check_destinations(output, json_copy)
    text = json.dumps(report, indent=1, allow_nan=False) + "\n"
    with replacing_folder(output) as part:
        (part / JSON_NAME).write_text(text, encoding="utf-8")
        (part / HTML_NAME).write_text(render(report, figures), encoding="utf-8", errors="surrogateescape")
        for name, png in figures.items():
            (part / f"{name}.png").write_bytes(png.data)
    if json_copy is not None:
        write_whole(json_copy, text)


def render(report: Mapping[str, Any], figures: Mapping[str, Png]) -> str:
    """The page: everything inside it, nothing fetched."""
    environment = Environment(
        loader=PackageLoader("pyjetsim.evaluate.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = shortened
    environment.filters["with_error"] = with_error
    environment.filters["best"] = lambda scores, names: min(
        names, key=lambda name: or_infinite(scores[name]["value"])
    )
    environment.filters["worst"] = worst_told
    embedded = [
        {
            "name": name,
            "title": _title(name),
            "caption": png.caption,
            "data": base64.b64encode(png.data).decode("ascii"),
        }
        for name, png in figures.items()
    ]
    page = environment.get_template("report.html")
    return page.render(
        report=report,
        verdict_line=verdict_line(report),
        others=samples_of(report),
        figures=embedded,
        provenance=_pretty,
        joint=joint_labels(report),
        items=items_of(report),
        summed=_listed(summed_of(report)),
        of_others={name: list(_flat(value)) for name, value in report.get(OTHERS, {}).items()},
    )


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Name and number of all that lies inside, names joined by dots."""
    if isinstance(value, Mapping | list):
        for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _flat(item, f"{name}.{key}" if name else str(key))
    else:
        yield name, shortened(value, 4) if isinstance(value, float) else value


def _title(name: str) -> str:
    """As the paper counts: Figure 5, Figure A.1."""
    if not name.startswith("figure_"):
        return name.replace("_", " ").capitalize()
    return name.replace("_a", " A.").replace("_", " ").replace("f", "F", 1)


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=1)
