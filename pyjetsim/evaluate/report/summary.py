"""The report in the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from pyjetsim.evaluate.observables.table import KINEMATIC

JOINT = {
    "auc": "AUC on jets (0.5)",
    "auc_constituents": "AUC on constituents (0.5)",
    "fpd": "FPD (floor)",
    "kpd": "KPD (floor)",
    "response_mean_error_max": "Response means, worst bin",
    "response_width_error_max": "Response widths, worst bin",
}
"""Figures that are no distance over a floor, by the names of the report's scores."""
COLUMNS = ("prediction", "smearing", "identity")
_COLORS = {"passed": "green", "failed": "bold red", "undecided": "yellow"}
_BASELINES = {
    "identity": "Identity: the gen jet unchanged.",
    "smearing": "Smearing: its pt times a Gaussian response.",
}


def summary_table(report: Mapping[str, Any], title: str = "") -> Table:
    """Table for the terminal: Wasserstein-1 over floor by observable, for prediction and baselines.

    Parameters
    ----------
    report : mapping
        What :func:`pyjetsim.evaluate.evaluate` returns, or a ``report.json`` read from disk.
    title : str
        Name of the model, for the title.

    Returns
    -------
    rich.table.Table
        With the sum of KL divergences, and the figures of merit that are measured.
    """
    metrics = report["metrics"]
    columns = samples_of(report)
    meaning = "distance from the target over its floor, 1 is perfect"
    table = Table(
        title=f"{title}: {meaning}" if title else f"{meaning[0].upper()}{meaning[1:]}",
        caption=_caption(report, columns),
        caption_justify="left",
    )
    table.add_column("observable")
    for name in columns:
        table.add_column(name, justify="right")
    for row in metrics["observables"].values():
        table.add_row(row["label"], *_cells(row["wasserstein"], columns))
    table.add_section()
    floor = metrics["kld_sum"]["floor"]
    sums = {
        name: {
            "value": metrics["kld_sum"][name],
            "over_floor": _over(metrics["kld_sum"][name], floor),
        }
        for name in columns
    }
    table.add_row(f"KL divergence, {len(summed_of(report))} summed", *_cells(sums, columns))
    table.add_section()
    for name, label in joint_labels(report).items():
        cells = [_score(report, name, column) for column in columns]
        if any(cell != "–" for cell in cells):
            table.add_row(label, *cells)
    return table


def verdict_table(report: Mapping[str, Any]) -> Table:
    """Table for the terminal: the verdict, criterion by criterion.

    Parameters
    ----------
    report : mapping
        What :func:`pyjetsim.evaluate.evaluate` returns, or a ``report.json`` read from disk.

    Returns
    -------
    rich.table.Table
        Each with what is asked, how many figures pass, and the one farthest from perfect.
    """
    verdict = report["verdict"]
    table = Table(title=verdict_line(report), caption=_undecided(verdict), caption_justify="left")
    table.add_column("criterion")
    table.add_column("asked")
    for outcome in verdict["counts"]:
        table.add_column(outcome, justify="right")
    table.add_column("farthest from perfect")
    for judged in verdict["criteria"].values():
        counts = judged["counts"]
        cells = [f"[{_COLORS[outcome]}]{count}[/]" if count else "–" for outcome, count in counts.items()]
        table.add_row(judged["label"], judged["demand"], *cells, escape(worst_told(judged)))
    return table


def verdict_line(report: Mapping[str, Any]) -> str:
    """The verdict in one line."""
    verdict = report["verdict"]
    counts = ", ".join(f"{count} {outcome}" for outcome, count in verdict["counts"].items())
    return f"Verdict: {verdict['outcome']} (of {sum(verdict['counts'].values())} figures {counts})"


def worst_told(judged: Mapping[str, Any]) -> str:
    """The figure of a criterion that is farthest from perfect, in words."""
    worst = judged["worst"]
    if worst is None:
        return str(judged["figures"][0]["reason"])
    where = f"{worst['where']}: " if worst["where"] else ""
    unit = f" {judged['unit']}" if judged["unit"] else ""
    return f"{where}{with_error(worst['value'], worst['uncertainty'])}{unit}"


def _undecided(verdict: Mapping[str, Any]) -> str:
    few = "Undecided: too few jets, or not measured; the report says how many would decide."
    return few if verdict["counts"]["undecided"] else ""


def with_error(value: float | None, error: float | None) -> str:
    """``1.23 ± 0.12``, with two digits of the uncertainty; plain where there is none."""
    if value is None or error is None or not error > 0:
        return shortened(value)
    digits = max(0, 1 - math.floor(math.log10(error)))
    return f"{value:.{digits}f} ± {error:.{digits}f}"


def shortened(value: float | None, digits: int = 3) -> str:
    """A number with so many digits; a dash for None."""
    return "–" if value is None else f"{value:#.{digits}g}".rstrip(".")


def samples_of(report: Mapping[str, Any]) -> list[str]:
    """Names of what is compared with the target: the prediction, the baselines in COLUMNS, and others."""
    known = [name for name in report["metrics"]["kld_sum"] if name != "floor"]
    return [*(name for name in COLUMNS if name in known), *(name for name in known if name not in COLUMNS)]


def summed_of(report: Mapping[str, Any]) -> list[str]:
    """The observables whose KL divergences are added up."""
    return list(report["view"]["summed"]) if "view" in report else list(KINEMATIC)


def items_of(report: Mapping[str, Any]) -> str:
    """What is compared, in the plural: jets, unless the report says otherwise."""
    return str(report["view"]["items"]) if "view" in report else "jets"


def joint_labels(report: Mapping[str, Any]) -> dict[str, str]:
    """Those of JOINT that the report has."""
    items, values = items_of(report), report.get("scores", {}).get("values", {})
    return {name: label.replace("jets", items) for name, label in JOINT.items() if name in values}


def _over(value: float | None, floor: float | None) -> float | None:
    return value / floor if value is not None and floor else None


def or_infinite(value: float | None) -> float:
    """JSON knows no infinity: None stands for it."""
    return math.inf if value is None else value


def _score(report: Mapping[str, Any], name: str, column: str) -> str:
    """Value and uncertainty, not over a floor."""
    full = name if column == "prediction" else f"{column}_{name}"
    scores = report.get("scores", {})
    value = scores.get("values", {}).get(full)
    if value is None:
        return "–"
    error, floor = scores["uncertainties"][full], scores["floors"][full]
    if name in ("fpd", "kpd"):
        return f"{value:.2g} ({floor:.2g})" if floor is not None else f"{value:.2g}"
    return f"{value:.3f}" + (f" ± {error:.3f}" if error is not None else "")


def _cells(scores: Mapping[str, Any], columns: list[str]) -> list[str]:
    best = min(or_infinite(scores[name]["value"]) for name in columns)
    cells = []
    for name in columns:
        ratio = scores[name]["over_floor"]
        error = scores[name].get("uncertainty")
        text = "–" if ratio is None else f"{ratio:.2f}" + (f" ± {error:.2f}" if error is not None else "")
        cells.append(f"[bold green]{text}[/]" if or_infinite(scores[name]["value"]) == best else text)
    return cells


def _caption(report: Mapping[str, Any], columns: list[str]) -> str:
    rows = report["metrics"]["observables"].values()
    parts = []
    for rival in columns[1:]:
        won = sum(
            or_infinite(row["wasserstein"]["prediction"]["value"])
            < or_infinite(row["wasserstein"][rival]["value"])
            for row in rows
        )
        parts.append(f"{rival} in {won} of {len(rows)}")
    beaten = (
        f"The prediction is closer to the target than {' and than '.join(parts)} observables. "
        if parts
        else ""
    )
    size, items = report["metrics"]["settings"]["sample_jets"]["jet"], items_of(report)
    told = "".join(f" {_BASELINES[name]}" for name in ("identity", "smearing") if "view" not in report)
    return f"{beaten}Wasserstein-1 over its floor, at {size} {items}; best in green.{told}"
