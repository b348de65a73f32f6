"""The criteria of the verdict: name, unit, tolerance of each, and where in a report its figures stand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyjetsim.evaluate.verdict.tolerances import Tolerances

Report = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure of a report."""

    where: str
    """Which observable or bin; empty where there is only one."""
    value: float | None
    """None where it was not measured."""
    uncertainty: float | None
    """Standard error; None where it is not known."""
    jets: int
    """It was measured with."""
    jets_needed: int = 0
    """To judge it at all; with fewer it may fail, and not pass."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """What is asked of figures of one kind."""

    name: str
    label: str
    """For the page and the terminal."""
    meaning: str
    """What the number is."""
    unit: str
    """Empty where it has none."""
    perfect: float
    """What a perfect simulation scores."""
    within: bool
    """True: the distance from ``perfect``, up or down, counts; False: only what is above it."""
    source: str
    """Where in ``report.json`` the figures stand."""
    limit: Callable[[Tolerances], float]
    """The tolerance: the largest distance where ``within``, else the largest value."""
    figures: Callable[[Report, Tolerances], Iterator[Measured]]
    """All of them in a report."""

    def allowed(self, tolerances: Tolerances) -> float:
        """The largest distance from ``perfect``."""
        return self.limit(tolerances) if self.within else self.limit(tolerances) - self.perfect

    def excess(self, value: float) -> float:
        """The distance from ``perfect`` that counts."""
        return abs(value - self.perfect) if self.within else value - self.perfect


def _worth(report: Report) -> float:
    """How many jets of weight 1 an accepted jet is worth, in the file where it is worth less."""
    weights = report.get("weights") or {}
    shares = [told["effective_jets"] / report[side]["jets_accepted"] for side, told in weights.items()]
    return min(shares, default=1.0)


def _w1(report: Report, tolerances: Tolerances) -> Iterator[Measured]:
    metrics = report["metrics"]
    worth = _worth(report)
    jets = min(report[side]["jets_accepted"] for side in ("target", "prediction"))
    for row in metrics["observables"].values():
        found = row["wasserstein"]["prediction"]
        value, error = found["over_floor"], found["uncertainty"]
        enough = worth * metrics["settings"]["sample_jets"][row["level"]] >= tolerances.w1.jets
        needed = 0 if enough else round(2 * tolerances.w1.jets / worth)
        if found["value"] is None:
            # JSON has no infinity: the prediction has no values, or few jets have weights that cancel.
            value = None if needed and worth < 1 else math.inf
        elif value is None:
            # A floor of 0: all values of the target are alike.
            value, error = (1.0 if found["value"] == 0 else math.inf), 0.0
        yield Measured(row["label"], value, error, jets, needed)


def _auc(test: str) -> Callable[[Report, Tolerances], Iterator[Measured]]:
    def figures(report: Report, tolerances: Tolerances) -> Iterator[Measured]:
        scores = report["scores"]
        if test not in scores["values"]:
            return
        value, pairs = scores["values"][test], report["classifiers"]["pairs"] or 0
        worth = _worth(report)
        enough = value is None or worth * pairs >= tolerances.auc.jets
        # Of each sample one half is used.
        needed = 0 if enough else round(2 * tolerances.auc.jets / worth)
        yield Measured("", value, scores["uncertainties"][test], 2 * pairs, needed)

    return figures


def _response(moment: str) -> Callable[[Report, Tolerances], Iterator[Measured]]:
    def figures(report: Report, tolerances: Tolerances) -> Iterator[Measured]:
        if "response" not in report:
            return
        rows = [
            row
            for row in report["response"]["bins"]["prediction"]["rows"]
            if row["axis"] == row["quantity"] == "pt"
        ]
        yield from _in_bins(rows, "gen pt", moment, tolerances.response.min_jets, relative=True)

    return figures


def _mass(moment: str) -> Callable[[Report, Tolerances], Iterator[Measured]]:
    def figures(report: Report, tolerances: Tolerances) -> Iterator[Measured]:
        if "mass_bins" not in report:
            return
        rows = report["mass_bins"]["rows"]
        yield from _in_bins(rows, "gen mass", moment, tolerances.mass.min_jets, relative=False)

    return figures


def _in_bins(
    rows: list[Mapping[str, Any]], axis: str, moment: str, min_jets: int, *, relative: bool
) -> Iterator[Measured]:
    """Figures of all bins with enough jets; one that was not measured where there is none."""
    enough = [row for row in rows if _effective(row) >= min_jets]
    for row in enough:
        if moment == "mean":
            scale = row["target"]["mean"] if relative else 1.0
            value, error = row["mean_difference"], row["mean_difference_error"]
            # Of weights that cancel, a mean response may be below 0, and an uncertainty is not known.
            value = value / scale + (1.0 if relative else 0.0) if scale > 0 else None
            error = error / scale if error is not None and scale > 0 else None
        else:
            value, error = row[f"{moment}_ratio"], row[f"{moment}_ratio_error"]
        yield Measured(f"{axis} {row['low']:g}–{row['high']:g} GeV", value, error, min(row["n"].values()))
    if not enough:
        most = max(rows, key=_effective, default=None)
        jets = 0 if most is None else min(most["n"].values())
        needed = min_jets if most is None else round(min_jets * jets / _effective(most))
        yield Measured(f"{axis}, any bin", None, None, jets, needed)


def _effective(row: Mapping[str, Any]) -> float:
    """The effective number of jets of a row, in the file where it is lower; without weights their number."""
    return float(min((row.get("effective") or row["n"]).values()))


def _tail(report: Report, tolerances: Tolerances) -> Iterator[Measured]:
    for row in report.get("tails") or ():
        jets, few = min(row["n"].values()), row["expected"] < tolerances.tail.min_expected
        needed = round(tolerances.tail.min_expected / (1 - row["quantile"]) * jets / _effective(row))
        value, error = (None if few else row[key] for key in ("ratio", "ratio_error"))
        yield Measured(row["label"], value, error, jets, needed if few else 0)


def _tagger(report: Report, tolerances: Tolerances) -> Iterator[Measured]:
    closure = report.get("tagger_closure")
    if closure:
        jets = closure["jets"]["test"]["background"]
        yield Measured("", closure["ratio"], closure["ratio_uncertainty"], jets)


CRITERIA = (
    Criterion(
        "w1", "W1 over its floor",
        "Wasserstein-1 of every observable from the target", "floors", 1.0, False, "metrics.observables",
        lambda tolerances: tolerances.w1.max, _w1,
    ),
    Criterion(
        "auc", "AUC, observables",
        "of trees that tell the prediction from the target", "", 0.5, False, "classifiers.auc",
        lambda tolerances: tolerances.auc.max, _auc("auc"),
    ),
    Criterion(
        "auc_constituents", "AUC, constituents",
        "of a network that does", "", 0.5, False,
        "classifiers.auc_constituents",
        lambda tolerances: tolerances.auc.max, _auc("auc_constituents"),
    ),
    Criterion(
        "response_mean", "pt response, mean",
        "over the target's", "", 1.0, True, "response.bins",
        lambda tolerances: tolerances.response.mean, _response("mean"),
    ),
    Criterion(
        "response_width", "pt response, core width",
        "over the target's", "", 1.0, True, "response.bins",
        lambda tolerances: tolerances.response.width, _response("width"),
    ),
    Criterion(
        "response_std", "pt response, std",
        "over the target's", "", 1.0, True, "response.bins",
        lambda tolerances: tolerances.response.std, _response("std"),
    ),
    Criterion(
        "mass_mean", "Mass, mean",
        "minus the target's", "GeV", 0.0, True, "mass_bins",
        lambda tolerances: tolerances.mass.mean, _mass("mean"),
    ),
    Criterion(
        "mass_std", "Mass, std",
        "over the target's", "", 1.0, True, "mass_bins",
        lambda tolerances: tolerances.mass.std, _mass("std"),
    ),
    Criterion(
        "tail", "Upper tail of responses",
        "above the target's 99.9 % quantile, over what is expected", "", 1.0, False, "tails",
        lambda tolerances: tolerances.tail.max, _tail,
    ),
    Criterion(
        "tagger", "Tagger, background rejection",
        "trained on simulated jets, over trained on the target's", "", 1.0, True, "tagger_closure",
        lambda tolerances: tolerances.tagger.rejection, _tagger,
    ),
)  # fmt: skip
"""All, in the order of the page. A criterion without figures in a report does not apply to it."""
