"""Put a report in its place: whole or not at all."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from pyjetsim.errors import InputError
from pyjetsim.evaluate.figures import CAPTIONS
from pyjetsim.evaluate.summary import COLUMNS
from pyjetsim.output import storage_errors

JSON_NAME, HTML_NAME = "report.json", "index.html"

FORMAT = "pyjetsim.report"
VERSION = 1


def check_destination(output: Path) -> None:
    """Only a report or an empty folder may be replaced; raises :class:`~pyjetsim.errors.InputError`."""
    if not output.exists() or (output.is_dir() and (not any(output.iterdir()) or _is_report(output))):
        return
    raise InputError(
        f"{output} exists and is no report",
        "a new report would replace what is there",
        "choose another --output, or move it away",
    )


def _is_report(folder: Path) -> bool:
    try:
        report = json.loads((folder / JSON_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(report, dict) and report.get("format") == FORMAT


def publish(
    report: Mapping[str, Any], figures: Mapping[str, bytes], output: Path, json_copy: Path | None
) -> None:
    """Write ``index.html``, PNGs and ``report.json`` to a folder beside ``output``, then move it there."""
    check_destination(output)
    text = json.dumps(report, indent=1, allow_nan=False)
    with storage_errors(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        part = output.with_name(f".{output.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        try:
            (part / JSON_NAME).write_text(text + "\n", encoding="utf-8")
            (part / HTML_NAME).write_text(render(report, figures), encoding="utf-8")
            for name, png in figures.items():
                (part / f"{name}.png").write_bytes(png)
            if json_copy is not None:
                _write_whole(json_copy, text + "\n")
            _swap(part, output)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


def _write_whole(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _swap(part: Path, output: Path) -> None:
    """A folder cannot be renamed over a full one: the old report steps aside first."""
    if not output.exists():
        part.rename(output)
        return
    old = output.with_name(f".{output.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    output.rename(old)
    try:
        part.rename(output)
    except BaseException:
        old.rename(output)
        raise
    shutil.rmtree(old, ignore_errors=True)


def render(report: Mapping[str, Any], figures: Mapping[str, bytes]) -> str:
    """The page: everything inside it, nothing fetched."""
    environment = Environment(
        loader=PackageLoader("pyjetsim.evaluate"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["figure"] = _short
    environment.filters["best"] = lambda scores, names: min(
        names, key=lambda name: float(scores[name]["value"])
    )
    embedded = [
        {
            "name": name,
            "title": _title(name),
            "caption": CAPTIONS[name],
            "data": base64.b64encode(png).decode("ascii"),
        }
        for name, png in figures.items()
    ]
    page = environment.get_template("report.html")
    others = [name for name in COLUMNS if name in report["metrics"]["kld_sum"]]
    return page.render(report=report, others=others, figures=embedded, provenance=_pretty)


def _title(name: str) -> str:
    """As the paper counts: Figure 5, Figure A.1."""
    return (
        name.replace("_a", " A.").replace("_", " ").replace("f", "F", 1) if "_" in name else name.capitalize()
    )


def _short(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:#.{digits}g}".rstrip(".")


def _best(scores: Mapping[str, Any], names: Sequence[str]) -> str:
    return min(names, key=lambda name: float(scores[name]["value"]))


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=1)
