"""Responses of target and prediction side by side, in bins of gen pt, |eta| and mass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.evaluate.metrics.passages import QUANTITIES, RATIOS, Passages, Quantity
from pyjetsim.evaluate.samples import bootstrap_times
from pyjetsim.jets import ETA, MASS, PT

EDGES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "pt": (100, 150, 200, 250, 300, 400, 500, 700, 1000, 2000),
        "abs_eta": (0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0),
        "mass": (10, 20, 30, 40, 60, 75, 85, 100, 130, 200, 400),
    }
)
"""Of the gen jet; GeV for pt and mass."""
FEW = 500
"""A bin with fewer pairs is shown, flagged, and not counted."""
N_REPLICATES = 100
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean, half the 16 to 84 % quantile range and standard deviation: first of the data, then resampled."""

    mean: Values
    width: Values
    std: Values

    @classmethod
    def of(cls, values: Values, times: NDArray[np.int8]) -> Moments:
        """Each (1 + R,), of values (n,) and how often each replicate takes them (n, R)."""
        order = np.argsort(values)
        ordered = values[order]
        weights = np.column_stack([np.ones(len(values), np.int32), times[order]])
        below = np.cumsum(weights, axis=0, dtype=np.int32)
        total = np.maximum(below[-1], 1)
        mean = ordered @ weights / total
        variance = np.square(ordered) @ weights / total - mean**2
        low, high = (ordered[np.argmax(below >= q * total, axis=0)] for q in (0.158655, 0.841345))
        return cls(mean, (high - low) / 2, np.sqrt(np.maximum(variance, 0)))


def compare_responses(target: Passages, prediction: Passages) -> dict[str, Any]:
    """For JSON: ``rows``, one a bin and quantity, and ``errors``, the largest over bins of FEW pairs or more.

    A row has ``axis``, ``low``, ``high``, ``quantity``, ``n`` of target and prediction, ``few``, the
    moments of both, ``mean_difference``, ``width_ratio``, ``std_ratio`` and their uncertainties (bootstrap
    by event). ``errors`` has, each with ``value`` and ``noise`` (what chance alone gives on average):
    ``width`` and ``std``, the largest distance of a ratio from 1, and ``mean``, the largest difference of
    means over the target's, of ratios only: a mean of about 0 has no relative error.
    """
    rows: list[dict[str, Any]] = []
    errors: dict[str, list[Values]] = {"mean": [], "width": [], "std": []}
    sides = {"target": target, "prediction": prediction}
    axes = {name: _axes(side) for name, side in sides.items()}
    responses = {name: {of: side.response(of) for of in QUANTITIES} for name, side in sides.items()}
    events = {name: side.event for name, side in sides.items()}
    for axis, edges in EDGES.items():
        for low, high in pairwise(edges):
            inside = {
                name: np.flatnonzero((axes[name][axis] >= low) & (axes[name][axis] < high)) for name in sides
            }
            if min(map(len, inside.values())) < 2:
                continue
            times = {name: bootstrap_times(events[name][inside[name]], N_REPLICATES) for name in sides}
            for of in QUANTITIES:
                moments, counts = _moments(of, responses, inside, times)
                if min(counts.values()) < 2:
                    continue
                row, deviations = _row(of, moments["target"], moments["prediction"])
                few = min(counts.values()) < FEW
                rows.append(
                    {"axis": axis, "low": low, "high": high, "quantity": of, "n": counts, "few": few, **row}
                )
                if not few:
                    for name, deviation in deviations.items():
                        errors[name].append(deviation)
    return {
        "rows": rows,
        "errors": {name: _largest(deviations) for name, deviations in errors.items()},
        "few": FEW,
        "replicates": N_REPLICATES,
    }


def _axes(side: Passages) -> dict[str, Values]:
    gen = side.gen
    return {"pt": gen[:, PT], "abs_eta": np.abs(gen[:, ETA]), "mass": gen[:, MASS]}


def _moments(
    of: Quantity,
    responses: Mapping[str, Mapping[Quantity, Values]],
    inside: Mapping[str, NDArray[np.intp]],
    times: Mapping[str, NDArray[np.int8]],
) -> tuple[dict[str, Moments], dict[str, int]]:
    moments, counts = {}, {}
    for name in inside:
        values = responses[name][of][inside[name]]
        known = np.isfinite(values)
        counts[name] = int(known.sum())
        if counts[name] >= 2:
            moments[name] = Moments.of(values[known], times[name][known])
    return moments, counts


def _row(of: Quantity, target: Moments, prediction: Moments) -> tuple[dict[str, Any], dict[str, Values]]:
    """The numbers of a row, and what counts as error: each (1 + R,), signed."""
    difference = prediction.mean - target.mean
    deviations = {}
    row: dict[str, Any] = {
        name: {
            "mean": float(side.mean[0]),
            "width": float(side.width[0]),
            "std": float(side.std[0]),
        }
        for name, side in (("target", target), ("prediction", prediction))
    }
    row |= {"mean_difference": float(difference[0]), "mean_difference_error": float(difference[1:].std())}
    if of in RATIOS and (target.mean > 0).all():
        deviations["mean"] = difference / target.mean
    for name in ("width", "std"):
        first, second = getattr(target, name), getattr(prediction, name)
        if (first > 0).all():
            ratio = second / first
            row |= {f"{name}_ratio": float(ratio[0]), f"{name}_ratio_error": float(ratio[1:].std())}
            deviations[name] = ratio - 1
        else:
            row |= {f"{name}_ratio": None, f"{name}_ratio_error": None}
    return row, deviations


def _largest(deviations: list[Values]) -> dict[str, float | None]:
    if not deviations:
        return {"value": None, "noise": None}
    every = np.array(deviations)
    chance = np.abs(every[:, 1:] - every[:, :1]).max(axis=0)
    return {"value": float(np.abs(every[:, 0]).max()), "noise": float(chance.mean())}
