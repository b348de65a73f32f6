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


def _w1(report: Report, tolerances: Tolerances) -> Iterator[Measured]:
    metrics = report["metrics"]
    jets = min(report[side]["jets_accepted"] for side in ("target", "prediction"))
    for row in metrics["observables"].values():
        found = row["wasserstein"]["prediction"]
        value, error = found["over_floor"], found["uncertainty"]
        if found["value"] is None:
            value = math.inf  # JSON has no infinity: the prediction has no values
        elif value is None:
            # A floor of 0: all values of the target are alike.
            value, error = (1.0 if found["value"] == 0 else math.inf), 0.0
        enough = metrics["settings"]["sample_jets"][row["level"]] >= tolerances.w1.jets
        yield Measured(row["label"], value, error, jets, 0 if enough else 2 * tolerances.w1.jets)


def _auc(test: str) -> Callable[[Report, Tolerances], Iterator[Measured]]:
    def figures(report: Report, tolerances: Tolerances) -> Iterator[Measured]:
        scores = report["scores"]
        if test not in scores["values"]:
            return
        value, pairs = scores["values"][test], report["classifiers"]["pairs"] or 0
        enough = value is None or pairs >= tolerances.auc.jets
        # Of each sample one half is used.
        needed = 0 if enough else 2 * tolerances.auc.jets
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
    enough = [row for row in rows if min(row["n"].values()) >= min_jets]
    for row in enough:
        if moment == "mean":
            scale = row["target"]["mean"] if relative else 1.0
            value, error = (row[key] / scale for key in ("mean_difference", "mean_difference_error"))
            value += 1.0 if relative else 0.0
        else:
            value, error = row[f"{moment}_ratio"], row[f"{moment}_ratio_error"]
        yield Measured(f"{axis} {row['low']:g}–{row['high']:g} GeV", value, error, min(row["n"].values()))
    if not enough:
        most = max((min(row["n"].values()) for row in rows), default=0)
        yield Measured(f"{axis}, any bin", None, None, most, min_jets)


def _tail(report: Report, tolerances: Tolerances) -> Iterator[Measured]:
    for row in report.get("tails") or ():
        jets, few = min(row["n"].values()), row["expected"] < tolerances.tail.min_expected
        needed = round(tolerances.tail.min_expected / (1 - row["quantile"]))
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
