"""The metrics table: every observable of every sample against the target, beside the floor.

A distance between samples shrinks as they grow, so all are measured at one stated number of jets:
in each draw the events of the target are put in a random order; the floor is the distance
between the target's first n jets and its last n, and every other sample's last n stand in their
place. A perfect simulation therefore scores the floor, and pairs of the same event never meet.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pyjetsim.evaluate.metrics.base import Context, Drawing, Metric, Score
from pyjetsim.evaluate.metrics.binned import (
    N_BINS,
    PSEUDO_COUNT,
    QUANTILES,
    Binning,
    symmetrised_kld,
    wasserstein,
)
from pyjetsim.evaluate.observables.table import KINEMATIC, OBSERVABLES, Observable
from pyjetsim.evaluate.panels import compared, grid
from pyjetsim.evaluate.samples import SAMPLE_JETS, Halves, Sample, bootstrap_times, draw_halves

N_DRAWS = {"jet": 50, "constituent": 10}
"""Random halvings that a distance is averaged over."""
N_REPLICATES, REPLICATE_DRAWS = 20, {"jet": 5, "constituent": 1}
"""Bootstrap: resampled pairs of files, and halvings of each."""
LEVELS = ("jet", "constituent")
Observables = Mapping[str, Observable]


@dataclass(frozen=True, slots=True)
class Distance:
    """Of a sample from the target, over draws."""

    value: float
    """Mean over draws."""
    spread: float
    """Standard deviation over draws, which overlap."""
    over_floor: float | None
    """None where the floor is 0."""
    uncertainty: float | None
    """Of ``over_floor``: standard deviation over bootstrap replicates of all samples, by event."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """One observable: distances by sample, ``floor`` among them."""

    label: str
    unit: str
    level: str
    wasserstein: Mapping[str, Distance]
    """In the observable's unit."""
    kld: Mapping[str, Distance]
    binning: Binning

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return {**asdict(self), "binning": self.binning.to_json()}


@dataclass(frozen=True)
class SpectraResult:
    """Distances by observable."""

    sample_jets: Mapping[str, int]
    """Of each level: jets in each of the two samples of a distance."""
    observables: Mapping[str, Spectrum]
    kld_sum: Mapping[str, float]
    """By sample, ``floor`` among them: KLD of the view's ``summed`` observables at ``sample_jets``."""
    kinematic_kld: Mapping[str, Mapping[str, float]]
    """By sample: KLD of the same observables and their ``sum``, with all jets."""
    samples: Mapping[str, Sample]
    """What was compared."""
    copies: Mapping[str, Sample] = field(default_factory=dict)
    """All simulations of samples with several of each gen jet, for the figures."""

    def to_json(self) -> dict[str, Any]:
        """All but the samples, and how it was measured."""
        return {
            "settings": {
                "sample_jets": dict(self.sample_jets),
                "draws": {level: N_DRAWS[level] for level in self.sample_jets},
                "replicates": N_REPLICATES,
                "n_bins": N_BINS,
                "quantiles": list(QUANTILES),
                "pseudo_count": PSEUDO_COUNT,
            },
            "observables": {name: row.to_json() for name, row in self.observables.items()},
            "kld_sum": dict(self.kld_sum),
            "kinematic_kld": {name: dict(scores) for name, scores in self.kinematic_kld.items()},
        }


def comparable(samples: Mapping[str, Sample], of: Observables = OBSERVABLES) -> list[str]:
    """The observables that target and prediction have: spectra by class need known identities."""
    known = all(sample.has_identities for sample in samples.values())
    return [
        name
        for name, observable in of.items()
        if observable.of_class == "all" or (known and len(samples["target"].values(name)))
    ]


def binnings(target: Sample, names: Iterable[str], of: Observables = OBSERVABLES) -> dict[str, Binning]:
    """The bins of each observable, from the whole target."""
    return {
        name: Binning.of(target.values(name), discrete=of[name].discrete, weights=target.weights(name))
        for name in names
    }


def compare(
    samples: Mapping[str, Sample], of: Observables = OBSERVABLES, summed: Sequence[str] = KINEMATIC
) -> SpectraResult:
    """Wasserstein-1 and KLD per observable.

    ``samples`` has ``target`` and the samples to hold against it; ``summed`` are those observables whose
    KLD are added up.
    """
    sizes = {
        level: _sample_size(samples, level)
        for level in LEVELS
        if any(observable.level == level for observable in of.values())
    }
    halves = {
        level: [_halves(samples, size, level), *_resampled(samples, size, level)]
        for level, size in sizes.items()
    }
    table = {}
    for name, binning in binnings(samples["target"], comparable(samples, of), of).items():
        observable = of[name]
        results = [_distances(name, samples, drawn, binning) for drawn in halves[observable.level]]
        distances = {metric: _summary([result[metric] for result in results]) for metric in results[0]}
        table[name] = Spectrum(
            observable.plain_label, observable.unit, observable.level, **distances, binning=binning
        )
    columns = ["floor", *(name for name in samples if name != "target")]
    kld_sum = {name: sum(table[key].kld[name].value for key in summed) for name in columns}
    return SpectraResult(sizes, table, kld_sum, kinematic_kld_of(samples, of, summed), samples)


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
        reference, own = _sorted(samples["target"], name, jets)
        for other, source in others.items():
            values, weights = _sorted(samples[source], name, halves[source].last[draw])
            kld[other].append(symmetrised_kld(reference, values, binning, (own, weights)))
            w1[other].append(wasserstein(reference, values, (own, weights)))
    return {"wasserstein": w1, "kld": kld}


def _sorted(
    sample: Sample, name: str, jets: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float64] | None]:
    """Values, and their weights. Sorted once: both distances are much faster then."""
    values, weights = sample.values(name, jets), sample.weights(name, jets)
    if weights is None:
        return np.sort(values), None
    order = np.argsort(values, kind="stable")
    return values[order], weights[order]


def _summary(results: list[Draws]) -> dict[str, Distance]:
    """``results``: the draws, then those of each replicate."""
    draws, *replicates = results
    return {
        name: Distance(
            float(np.mean(values)),
            # A draw without values is infinitely far away.
            float(np.std(values)) if np.isfinite(values).all() else math.inf,
            _over_floor(draws, name),
            _deviation([_over_floor(replicate, name) for replicate in replicates]),
        )
        for name, values in draws.items()
    }


def _over_floor(draws: Draws, name: str) -> float | None:
    floor = float(np.mean(draws["floor"]))
    return float(np.mean(draws[name])) / floor if floor > 0 else None


def _deviation(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None and np.isfinite(value)]
    return float(np.std(known, ddof=1)) if len(known) > 1 else None


def kinematic_kld_of(
    samples: Mapping[str, Sample], of: Observables = OBSERVABLES, summed: Sequence[str] = KINEMATIC
) -> dict[str, dict[str, float]]:
    """KLD of the summed observables and their sum, with all jets: what training watches."""
    target = samples["target"]
    bins = binnings(target, summed, of)
    result = {}
    for name in samples:
        if name == "target":
            continue
        scores = {
            key: symmetrised_kld(
                target.values(key),
                samples[name].values(key),
                bins[key],
                (target.weights(key), samples[name].weights(key)),
            )
            for key in summed
        }
        result[name] = {**scores, "sum": sum(scores.values())}
    return result


def draw_spectra(
    samples: Mapping[str, Sample],
    names: Sequence[str],
    shape: tuple[int, int],
    of: Observables,
    copies: Mapping[str, Sample] | None = None,
) -> Figure:
    """Draw a panel an observable, `shape` rows and columns; the target in grey.

    Of samples in `copies`, all simulations of each gen jet are drawn, with uncertainties by event.
    """
    figure, panels = grid(*shape)
    bins = binnings(samples["target"], names, of)
    copies = {name: sample for name, sample in (copies or {}).items() if name in samples}
    for panel, name in zip(panels, names, strict=False):
        drawn = {**samples, **copies}
        values = {sample: drawn[sample].values(name) for sample in samples}
        events = {key: sample.events(name) for key, sample in copies.items()}
        weights = {sample: drawn[sample].weights(name) for sample in samples}
        compared(panel, of[name], bins[name], values, events, weights)
    return figure


class Spectra(Metric[SpectraResult]):
    """Every observable of every sample."""

    name = "spectra"
    place = ("metrics",)

    def result(self, context: Context) -> SpectraResult:
        """Of what is compared."""
        found = compare(context.samples, self.view.observables, self.view.summed)
        copies = {name: self.view.accepted(sample) for name, sample in context.copies.items()}
        return replace(found, copies=copies)

    def draw(self, result: SpectraResult) -> dict[str, Drawing]:
        """The view's figures, those whose observables are known in all samples."""
        return {
            name: Drawing(
                draw_spectra(
                    result.samples, panels.observables, panels.shape, self.view.observables, result.copies
                ),
                panels.caption,
            )
            for name, panels in self.view.figures.items()
            if set(panels.observables) <= set(result.observables)
        }

    def scores(self, result: SpectraResult, sample: str) -> Iterator[Score]:
        """Wasserstein-1 over its floor, of the view's ``shapes``."""
        for name in self.view.shapes:
            found = result.observables[name].wasserstein.get(sample)
            known = (found.over_floor, found.uncertainty) if found is not None else (None, None)
            yield Score(f"w1_over_floor_{name}", *known, 1.0)
