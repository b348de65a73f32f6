"""The metrics table: every observable of every sample against the target, beside the floor.

A distance between samples shrinks as they grow, so all are measured at one stated number of jets:
in each draw the events of the target are put in a random order; the floor is the distance
between the target's first n jets and its last n, and every other sample's last n stand in their
place. A perfect simulation therefore scores the floor, and pairs of the same event never meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.evaluate.metrics import (
    N_BINS,
    PSEUDO_COUNT,
    QUANTILES,
    Binning,
    symmetrised_kld,
    wasserstein,
)
from pyjetsim.evaluate.observables import KINEMATIC, OBSERVABLES
from pyjetsim.evaluate.samples import Halves, Sample, draw_halves

SAMPLE_JETS = 4000
"""Jets in each of the two samples of a distance, where the files have that many."""
N_DRAWS = {"jet": 50, "constituent": 10}
"""Random halvings that a distance is averaged over."""
LEVELS = ("jet", "constituent")


def binnings(target: Sample) -> dict[str, Binning]:
    """The bins of each observable, from the whole target."""
    return {
        name: Binning.of(target.values(name), discrete=observable.discrete)
        for name, observable in OBSERVABLES.items()
    }


def compare(samples: Mapping[str, Sample]) -> dict[str, Any]:
    """Wasserstein-1 and KLD per observable, for JSON.

    ``samples`` has ``target`` and the samples to hold against it. Each entry of the result has
    ``floor`` and one per sample: ``value`` (mean over draws), ``spread`` (standard deviation over
    draws, which overlap) and ``over_floor`` (None where the floor is 0).
    """
    sizes = {level: _sample_size(samples, level) for level in LEVELS}
    halves = {
        level: {
            name: draw_halves(sample.event, sizes[level], N_DRAWS[level], _eligible(sample, level))
            for name, sample in samples.items()
        }
        for level in LEVELS
    }
    table = {}
    for name, binning in binnings(samples["target"]).items():
        observable = OBSERVABLES[name]
        distances = _distances(name, samples, halves[observable.level], binning)
        table[name] = {
            "label": observable.plain_label,
            "unit": observable.unit,
            "level": observable.level,
            **distances,
            "binning": binning.to_json(),
        }
    return {
        "settings": {
            "sample_jets": sizes,
            "draws": N_DRAWS,
            "n_bins": N_BINS,
            "quantiles": list(QUANTILES),
            "pseudo_count": PSEUDO_COUNT,
        },
        "observables": table,
        "kld_sum": _kld_sum(table, samples),
    }


def _eligible(sample: Sample, level: str) -> NDArray[np.bool_]:
    return sample.keeps if level == "constituent" else np.ones_like(sample.keeps)


def _sample_size(samples: Mapping[str, Sample], level: str) -> int:
    """Jets in a distance: SAMPLE_JETS, or half of the smallest sample."""
    smallest = min(int(_eligible(sample, level).sum()) for sample in samples.values())
    return max(1, min(SAMPLE_JETS, smallest // 2))


def _distances(
    name: str, samples: Mapping[str, Sample], halves: Mapping[str, Halves], binning: Binning
) -> dict[str, Any]:
    others = {"floor": "target"} | {other: other for other in samples if other != "target"}
    kld: dict[str, list[float]] = {other: [] for other in others}
    w1: dict[str, list[float]] = {other: [] for other in others}
    for draw, jets in enumerate(halves["target"].first):
        reference = samples["target"].values(name, jets)
        for other, source in others.items():
            values = samples[source].values(name, halves[source].last[draw])
            kld[other].append(symmetrised_kld(reference, values, binning))
            w1[other].append(wasserstein(reference, values))
    return {"wasserstein": _summary(w1), "kld": _summary(kld)}


def _summary(draws: Mapping[str, list[float]]) -> dict[str, dict[str, float | None]]:
    floor = float(np.mean(draws["floor"]))
    return {
        name: {
            "value": float(np.mean(values)),
            "spread": float(np.std(values)),
            "over_floor": float(np.mean(values)) / floor if floor > 0 else None,
        }
        for name, values in draws.items()
    }


def _kld_sum(table: Mapping[str, Any], samples: Mapping[str, Sample]) -> dict[str, float]:
    names = ["floor", *(name for name in samples if name != "target")]
    return {name: sum(table[key]["kld"][name]["value"] for key in KINEMATIC) for name in names}


def kinematic_kld_of(samples: Mapping[str, Sample]) -> dict[str, dict[str, float]]:
    """KLD of the five kinematic observables and their sum, with all jets: what training watches."""
    target = samples["target"]
    bins = binnings(target)
    result = {}
    for name in samples:
        if name == "target":
            continue
        scores = {
            key: symmetrised_kld(target.values(key), samples[name].values(key), bins[key])
            for key in KINEMATIC
        }
        result[name] = {**scores, "sum": sum(scores.values())}
    return result
