"""The metrics table: every observable of every sample against the target, beside the floor.

A distance between samples shrinks as they grow, so all are measured at one stated number of jets:
in each draw the events of the target are put in a random order; the floor is the distance
between the target's first n jets and its last n, and every other sample's last n stand in their
place. A perfect simulation therefore scores the floor, and pairs of the same event never meet.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.evaluate.metrics.binned import (
    N_BINS,
    PSEUDO_COUNT,
    QUANTILES,
    Binning,
    symmetrised_kld,
    wasserstein,
)
from pyjetsim.evaluate.observables.table import KINEMATIC, OBSERVABLES
from pyjetsim.evaluate.samples import Halves, Sample, bootstrap_times, draw_halves

SAMPLE_JETS = 4000
"""Jets in each of the two samples of a distance, where the files have that many."""
N_DRAWS = {"jet": 50, "constituent": 10}
"""Random halvings that a distance is averaged over."""
N_REPLICATES, REPLICATE_DRAWS = 20, {"jet": 5, "constituent": 1}
"""Bootstrap: resampled pairs of files, and halvings of each."""
LEVELS = ("jet", "constituent")


def comparable(samples: Mapping[str, Sample]) -> list[str]:
    """The observables that target and prediction have: spectra by class need known identities."""
    known = all(sample.has_identities for sample in samples.values())
    return [
        name
        for name, observable in OBSERVABLES.items()
        if observable.of_class == "all" or (known and len(samples["target"].values(name)))
    ]


def binnings(target: Sample, names: Iterable[str]) -> dict[str, Binning]:
    """The bins of each observable, from the whole target."""
    return {name: Binning.of(target.values(name), discrete=OBSERVABLES[name].discrete) for name in names}


def compare(samples: Mapping[str, Sample]) -> dict[str, Any]:
    """Wasserstein-1 and KLD per observable, for JSON.

    ``samples`` has ``target`` and the samples to hold against it. Each entry of the result has
    ``floor`` and one per sample: ``value`` (mean over draws), ``spread`` (standard deviation over
    draws, which overlap), ``over_floor`` (None where the floor is 0) and its ``uncertainty`` (standard
    deviation over bootstrap replicates of all samples, by event).
    """
    sizes = {level: _sample_size(samples, level) for level in LEVELS}
    halves = {
        level: [_halves(samples, sizes[level], level), *_resampled(samples, sizes[level], level)]
        for level in LEVELS
    }
    table = {}
    for name, binning in binnings(samples["target"], comparable(samples)).items():
        observable = OBSERVABLES[name]
        level = observable.level
        results = [_distances(name, samples, drawn, binning) for drawn in halves[level]]
        table[name] = {
            "label": observable.plain_label,
            "unit": observable.unit,
            "level": level,
            **{metric: _summary([result[metric] for result in results]) for metric in results[0]},
            "binning": binning.to_json(),
        }
    return {
        "settings": {
            "sample_jets": sizes,
            "draws": N_DRAWS,
            "replicates": N_REPLICATES,
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


def _halves(samples: Mapping[str, Sample], size: int, level: str) -> dict[str, Halves]:
    return {
        name: draw_halves(sample.event, size, N_DRAWS[level], _eligible(sample, level))
        for name, sample in samples.items()
    }


def _resampled(samples: Mapping[str, Sample], size: int, level: str) -> Iterator[dict[str, Halves]]:
    times = {name: bootstrap_times(sample.event, N_REPLICATES) for name, sample in samples.items()}
    for replicate in range(N_REPLICATES):
        drawn = {name: counts[:, replicate] for name, counts in times.items()}
        # A handful of events may all be left out.
        if any(drawn[name][_eligible(sample, level)].sum() < 2 for name, sample in samples.items()):
            continue
        yield {
            name: draw_halves(
                sample.event, size, REPLICATE_DRAWS[level], _eligible(sample, level), drawn[name]
            )
            for name, sample in samples.items()
        }


Draws = dict[str, list[float]]


def _distances(
    name: str, samples: Mapping[str, Sample], halves: Mapping[str, Halves], binning: Binning
) -> dict[str, Draws]:
    others = {"floor": "target"} | {other: other for other in samples if other != "target"}
    kld: Draws = {other: [] for other in others}
    w1: Draws = {other: [] for other in others}
    for draw, jets in enumerate(halves["target"].first):
        # Sorted once: both distances are much faster then.
        reference = np.sort(samples["target"].values(name, jets))
        for other, source in others.items():
            values = np.sort(samples[source].values(name, halves[source].last[draw]))
            kld[other].append(symmetrised_kld(reference, values, binning))
            w1[other].append(wasserstein(reference, values))
    return {"wasserstein": w1, "kld": kld}


def _summary(results: list[Draws]) -> dict[str, dict[str, float | None]]:
    """``results``: the draws, then those of each replicate."""
    draws, *replicates = results
    return {
        name: {
            "value": float(np.mean(values)),
            # A draw without values is infinitely far away.
            "spread": float(np.std(values)) if np.isfinite(values).all() else math.inf,
            "over_floor": _over_floor(draws, name),
            "uncertainty": _deviation([_over_floor(replicate, name) for replicate in replicates]),
        }
        for name, values in draws.items()
    }


def _over_floor(draws: Draws, name: str) -> float | None:
    floor = float(np.mean(draws["floor"]))
    return float(np.mean(draws[name])) / floor if floor > 0 else None


def _deviation(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None and np.isfinite(value)]
    return float(np.std(known, ddof=1)) if len(known) > 1 else None


def _kld_sum(table: Mapping[str, Any], samples: Mapping[str, Sample]) -> dict[str, float]:
    names = ["floor", *(name for name in samples if name != "target")]
    return {name: sum(table[key]["kld"][name]["value"] for key in KINEMATIC) for name in names}


def kinematic_kld_of(samples: Mapping[str, Sample]) -> dict[str, dict[str, float]]:
    """KLD of the five kinematic observables and their sum, with all jets: what training watches."""
    target = samples["target"]
    bins = binnings(target, KINEMATIC)
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
