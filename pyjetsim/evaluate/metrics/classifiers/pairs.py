"""Accepted pairs with their constituents, as many as the tests on pairs look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim.evaluate.observables.table import SHAPES, observables
from pyjetsim.evaluate.samples import draw_halves, keep_priority
from pyjetsim.jets import Jets, R, delta_phi
from pyjetsim.jets.selection import Selection

Values = NDArray[np.float64]
CAPACITY = 20_000
"""Pairs kept a sample, thinned by event number where there are more."""


@dataclass(frozen=True, slots=True)
class JetPairs:
    """N pairs: gen and reco after ``Selection.constituents``, reco in acceptance."""

    gen: Jets
    reco: Jets
    event: NDArray[np.int64]
    radius: float = R
    """R of the jets."""
    weight: Values | None = None
    """(N,) of either sign; None: 1 each."""

    def __len__(self) -> int:
        return len(self.event)

    def __getitem__(self, index: NDArray[np.integer] | NDArray[np.bool_]) -> JetPairs:
        weight = None if self.weight is None else self.weight[index]
        return JetPairs(self.gen[index], self.reco[index], self.event[index], self.radius, weight)

    @staticmethod
    def concatenate(parts: list[JetPairs]) -> JetPairs:
        """Join parts of the same P and R."""
        return JetPairs(
            Jets.concatenate([part.gen for part in parts]),
            Jets.concatenate([part.reco for part in parts]),
            np.concatenate([part.event for part in parts]),
            parts[0].radius,
            joined_weights(parts),
        )


class Weighted(Protocol):
    """What may have weights."""

    @property
    def weight(self) -> Values | None:
        """(N,) of either sign; None: 1 each."""

    def __len__(self) -> int: ...


def joined_weights(parts: Sequence[Weighted]) -> Values | None:
    """Of all parts, where any has some: others have 1 each, and each side counts by itself."""
    if all(part.weight is None for part in parts):
        return None
    return np.concatenate([np.ones(len(part)) if part.weight is None else part.weight for part in parts])


class PairCollector:
    """Gathers pairs in pieces. Which it keeps depends on event numbers alone: paired files keep the same."""

    def __init__(self, selection: Selection, capacity: int = CAPACITY, *, radius: float = R) -> None:
        self._selection, self._capacity, self._radius = selection, capacity, radius
        self._threshold = 1.0
        self._parts: list[JetPairs] = []

    def add(self, gen: Jets, reco: Jets, event: NDArray[np.int64], weight: Values | None = None) -> None:
        """Add pairs; both after ``Selection.constituents``. With weights (N,), or none in all calls."""
        inside = self._selection.accepts(reco) & (reco.n_constituents > 0) & (gen.n_constituents > 0)
        inside &= keep_priority(event) < self._threshold
        p = self._selection.max_constituents
        gen, reco = gen[inside].padded_to(p), reco[inside].padded_to(p)
        weight = None if weight is None else weight[inside]
        self._parts.append(JetPairs(gen, reco, event[inside], self._radius, weight))
        self._thin()

    def merge(self, other: PairCollector) -> None:
        """Take over the pairs of another one; thinned as if they had been added here."""
        self._threshold = min(self._threshold, other._threshold)
        self._parts = [
            part[keep_priority(part.event) < self._threshold] for part in self._parts + other._parts
        ]
        self._thin()

    def _thin(self) -> None:
        while sum(map(len, self._parts)) > self._capacity:
            self._threshold /= 2
            self._parts = [part[keep_priority(part.event) < self._threshold] for part in self._parts]

    def pairs(self) -> JetPairs | None:
        """All that was kept; None where there is nothing."""
        return JetPairs.concatenate(self._parts) if any(map(len, self._parts)) else None


@dataclass(frozen=True, slots=True)
class Rows:
    """N objects by their features alone."""

    features: Values
    """(N, D)."""
    event: NDArray[np.int64]
    weight: Values | None = None
    """(N,) of either sign; None: 1 each."""

    def __len__(self) -> int:
        return len(self.event)

    def __getitem__(self, index: NDArray[np.integer] | NDArray[np.bool_]) -> Rows:
        weight = None if self.weight is None else self.weight[index]
        return Rows(self.features[index], self.event[index], weight)

    @staticmethod
    def concatenate(parts: list[Rows]) -> Rows:
        """Join parts of the same D."""
        return Rows(
            np.concatenate([part.features for part in parts]),
            np.concatenate([part.event for part in parts]),
            joined_weights(parts),
        )


Some = TypeVar("Some", JetPairs, Rows)


@dataclass(frozen=True, slots=True)
class TwoSamples(Generic[Some]):
    """Pairs, or objects, of two origins for a classifier, which is to find nothing."""

    pairs: Some
    is_second: NDArray[np.bool_]
    """(N,) the label."""
    size: int
    """Pairs of either label, at most."""

    @property
    def event(self) -> NDArray[np.int64]:
        """(N,) the same numbers on both sides where the files are paired."""
        return self.pairs.event

    @property
    def weight(self) -> Values | None:
        """(N,) of either sign; None: 1 each."""
        return self.pairs.weight


def against_target(samples: Mapping[str, Some], n_pairs: int) -> dict[str, TwoSamples[Some]]:
    """Each sample beside the target, and ``floor``: the target beside itself, other events.

    All with the same number of pairs: ``n_pairs``, or half of the smallest sample. Paired samples give
    the same events as the target: a gen jet then comes with both labels.
    """
    size = max(1, min(n_pairs, min(map(len, samples.values())) // 2))
    halves = {name: draw_halves(pairs.event, size, 1) for name, pairs in samples.items()}
    target = samples["target"][halves["target"].first[0]]
    seconds = {name: samples[name][halves[name].first[0]] for name in samples if name != "target"}
    seconds["floor"] = samples["target"][halves["target"].last[0]]
    return {
        name: TwoSamples(
            type(target).concatenate([target, second]),
            np.r_[np.zeros(len(target), np.bool_), np.ones(len(second), np.bool_)],
            size,
        )
        for name, second in seconds.items()
    }


def pair_features(pairs: JetPairs) -> Values:
    """(N, D) SHAPES, eta of gen and reco, their ratios (differences of eta and phi)."""
    gen, reco = (_shapes(jets, pairs.radius) for jets in (pairs.gen, pairs.reco))
    ratio = np.divide(reco, gen, out=np.zeros_like(gen), where=gen != 0)
    directions = (
        pairs.gen.eta,
        pairs.reco.eta,
        pairs.reco.eta - pairs.gen.eta,
        delta_phi(pairs.reco.phi, pairs.gen.phi),
    )
    return np.column_stack([gen, reco, ratio, *directions])


def _shapes(jets: Jets, radius: float) -> Values:
    of = observables(radius)
    return np.column_stack([of[name].of(jets) for name in SHAPES])
