"""The figures of merit, flat: name to number, so that results can be compared over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyjetsim.evaluate.pairs import SHAPES

Flat = dict[str, float | None]


def flat_scores(report: Mapping[str, Any]) -> dict[str, Flat]:
    """``values``, ``uncertainties`` and ``floors`` by name; None where a figure was not measured.

    The prediction's names are bare, such as ``w1_over_floor_mass``; a baseline's begin with its own.
    """
    scores: dict[str, Flat] = {"values": {}, "uncertainties": {}, "floors": {}}

    def put(name: str, value: float | None, uncertainty: float | None, floor: float | None) -> None:
        for kind, number in zip(scores, (value, uncertainty, floor), strict=True):
            scores[kind][name] = number

    for sample in ("prediction", "identity", "smearing"):
        prefix = "" if sample == "prediction" else f"{sample}_"
        for name in SHAPES:
            row = report["metrics"]["observables"][name]["wasserstein"].get(sample, {})
            put(f"{prefix}w1_over_floor_{name}", row.get("over_floor"), row.get("uncertainty"), 1.0)
        for test, section in _JOINT.items():
            by_sample = report[section][test]
            found, floor = by_sample.get(sample, {}), by_sample.get("floor", {})
            put(f"{prefix}{test}", found.get("value"), found.get("uncertainty"), floor.get("value"))
        errors = report["response"]["bins"].get(sample, {}).get("errors", {})
        for moment in ("mean", "width", "std"):
            error = errors.get(moment, {})
            put(f"{prefix}response_{moment}_error_max", error.get("value"), None, error.get("noise"))
    return scores


_JOINT = {
    "auc": "classifiers",
    "auc_constituents": "classifiers",
    "fpd": "distances",
    "kpd": "distances",
}
"""Test to the report's section."""
