"""Observables of a whole file, gathered piece by piece so that constituents need not stay in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from pyjetsim.errors import DataError
from pyjetsim.evaluate.observables.classes import CLASSES, Class, members
from pyjetsim.evaluate.observables.table import OBSERVABLES, Observable, observables
from pyjetsim.jets import Jets, R
from pyjetsim.jets.event_ids import jet_ids
from pyjetsim.jets.noise import jet_noise
from pyjetsim.jets.selection import Selection
from pyjetsim.jets.weights import effective_number

MAX_PAIRS = 400_000
"""About so many pairs of a file, where it has more, are looked at by what has to keep them."""
SAMPLE_JETS = 4000
"""Jets in each of the two samples of a distance, where the files have that many."""
CONSTITUENT_JETS = 60_000
"""At most this many jets of a sample keep their constituents' values; the others give jet-level ones."""
_ROWS = 65_536
"""Jets whose random numbers are made at a time."""
_KEEP_SEED, _HALVES_SEED, _BOOTSTRAP_SEED = 1, 2, 3

Stored = NDArray[np.float32]
Weight = NDArray[np.float64]


def event_noise(event: NDArray[np.int64], seed: int, n_dimensions: int) -> NDArray[np.float32]:
    """(N, D) standard normal numbers that depend on the event number and the seed alone."""
    # Any int64 is a fine key, negative ones too.
    key = np.ascontiguousarray(event).view(np.uint64)
    # All jets of an event share theirs: each is the event's first.
    return jet_noise(seed, jet_ids(len(event), key, np.zeros(len(event), np.uint64)), n_dimensions)


@dataclass(frozen=True, slots=True)
class Sample:
    """Observables of N accepted jets, or other objects, and their events."""

    event: NDArray[np.int64]
    """(N,)."""
    jet: dict[str, Stored]
    """Name of a jet-level observable to (N,) values."""
    constituent: dict[str, Stored]
    """Name of a constituent-level observable to (K,) values, for the jets in ``keeps``."""
    owner: dict[Class, NDArray[np.int32]]
    """(K,) which jet each constituent value belongs to; K differs by class."""
    keeps: NDArray[np.bool_]
    """(N,) jets whose constituents' values are here: whole events, drawn by event number."""
    weight: Weight | None = None
    """(N,) of the jets, of either sign; None: each counts once."""

    def __len__(self) -> int:
        return len(self.event)

    def __getitem__(self, mask: NDArray[np.bool_]) -> Sample:
        inside = {of: mask[owner] for of, owner in self.owner.items()}
        renumbered = np.cumsum(mask, dtype=np.int32) - 1
        return Sample(
            self.event[mask],
            {name: values[mask] for name, values in self.jet.items()},
            {name: values[inside[_class(name)]] for name, values in self.constituent.items()},
            {of: renumbered[owner[inside[of]]] for of, owner in self.owner.items()},
            self.keeps[mask],
            None if self.weight is None else self.weight[mask],
        )

    def values(self, name: str, jets: NDArray[np.int64] | None = None) -> Stored:
        """Values of an observable, of all jets or of those at the given positions."""
        if name in self.jet:
            return self.jet[name] if jets is None else self.jet[name][jets]
        if jets is None:
            return self.constituent[name]
        times = np.bincount(jets, minlength=len(self))
        return np.repeat(self.constituent[name], times[self.owner[_class(name)]])

    def weights(self, name: str, jets: NDArray[np.int64] | None = None) -> Weight | None:
        """Weight of each of the values that :meth:`values` gives; None: 1 each."""
        if self.weight is None:
            return None
        if name in self.jet:
            return self.weight if jets is None else self.weight[jets]
        owner = self.owner[_class(name)]
        if jets is None:
            return self.weight[owner]
        times = np.bincount(jets, minlength=len(self))
        return np.repeat(self.weight[owner], times[owner])

    @property
    def effective_jets(self) -> float:
        """How many jets of weight 1 are as precise: see :func:`pyjetsim.jets.weights.effective_number`."""
        return float(len(self)) if self.weight is None else effective_number(self.weight)

    def events(self, name: str) -> NDArray[np.int64]:
        """Event of each of the values of an observable of all jets."""
        return self.event if name in self.jet else self.event[self.owner[_class(name)]]

    def table(self, names: Sequence[str]) -> NDArray[np.float64]:
        """(N, D) of jet-level observables."""
        return np.column_stack([self.jet[name] for name in names]).astype(np.float64)

    @property
    def has_identities(self) -> bool:
        """Whether any constituent's class is known."""
        return any(len(self.owner[of]) for of in CLASSES if of in self.owner)

    def accepted(self, selection: Selection) -> Sample:
        """The jets that pass the cuts of a narrower selection."""
        inside = (self.jet["pt"] > selection.jet_pt_min) & (np.abs(self.jet["eta"]) < selection.jet_eta_max)
        return self[inside]


@dataclass(frozen=True, slots=True)
class Thinning:
    """Which pairs of a long file are kept: those of some events, by number, the same in paired files."""

    share: float = 1.0
    """Of the events; 1: all pairs are kept."""

    @classmethod
    def to(cls, max_pairs: int, n_pairs: float) -> Thinning:
        """That which leaves about ``max_pairs`` of ``n_pairs``."""
        return cls(min(1.0, max_pairs / max(n_pairs, 1)))

    def of(self, batch: Any) -> Any:
        """The pairs of a batch that are kept: by its ``rows``, and all of what cannot be cut and joined."""
        if self.share >= 1 or not (hasattr(batch, "rows") and hasattr(batch, "concatenate")):
            return batch
        return batch.rows(self.keeps(batch.event))

    def keeps(self, event: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(N,) which events are kept: those that keep their constituents longest are among them."""
        if self.share >= 1:
            return np.ones(len(event), np.bool_)
        return np.asarray(keep_priority(event) < self.share)


class ValueCollector:
    """Collects a sample of objects without constituents, piece by piece."""

    def __init__(self, of: Mapping[str, Observable]) -> None:
        self._of = of
        self._values: dict[str, list[Stored]] = {name: [] for name in of}
        self._event: list[NDArray[np.int64]] = []
        self._weight: list[Weight] = []

    def add(self, reco: Any, event: NDArray[np.int64], weight: Weight | None = None) -> None:
        """Add N objects; with weights (N,), or none in all calls.

        Raises
        ------
        DataError
            For an observable that has not N finite values.
        """
        for name, observable in self._of.items():
            values = np.asarray(observable.of(reco), np.float32)
            if values.shape != event.shape or not np.isfinite(values).all():
                what = "values that are not finite" if values.shape == event.shape else "other than one value"
                raise DataError(
                    f"observable {name} has {what} an object",
                    "distributions of it are compared",
                    "leave out such objects when reading, or mend the observable",
                )
            self._values[name].append(values)
        self._event.append(np.asarray(event, np.int64))
        if weight is not None:
            self._weight.append(weight)

    def merge(self, other: ValueCollector) -> None:
        """Add what another collector has."""
        for name, parts in other._values.items():
            self._values[name] += parts
        self._event += other._event
        self._weight += other._weight

    def sample(self) -> Sample:
        """All that was added."""
        event = np.concatenate([np.zeros(0, np.int64), *self._event])
        values = {
            name: np.concatenate([np.zeros(0, np.float32), *parts]) for name, parts in self._values.items()
        }
        return Sample(event, values, {}, {}, np.ones(len(event), np.bool_), _joined(self._weight))


class JetCollector:
    """Collects a sample of jets, piece by piece.

    Notes
    -----
    Jet-level values of all jets in the wide acceptance are kept, and constituents' values of those in the
    narrow one; where there are many, those of some events only.
    """

    def __init__(
        self,
        wide: Selection,
        narrow: Selection,
        constituent_jets: int = CONSTITUENT_JETS,
        *,
        radius: float = R,
    ) -> None:
        self._radius = radius
        self._wide, self._narrow = wide, narrow
        self._capacity = constituent_jets
        self._threshold = 1.0
        self._jets = _no_values("jet")
        self._constituents = _no_values("constituent")
        self._event: list[NDArray[np.int64]] = []
        self._weight: list[Weight] = []
        self._owner: dict[Class, list[NDArray[np.int32]]] = {of: [] for of in ("all", *CLASSES)}
        # Infinite for jets outside the narrow acceptance: they are below no threshold.
        self._priority: list[Stored] = []
        self._n = 0

    @cached_property
    def _of(self) -> dict[str, Callable[[Any], Any]]:
        return {name: observable.of for name, observable in observables(self._radius).items()}

    def __getstate__(self) -> dict[str, Any]:
        """Without the functions, which are made again."""
        return {name: value for name, value in self.__dict__.items() if name != "_of"}

    def add(self, jets: Jets, event: NDArray[np.int64], weight: Weight | None = None) -> None:
        """Add jets after ``Selection.constituents``; those out of the wide acceptance are dropped.

        With weights (N,), or none in all calls.
        """
        accepted = self._wide.accepts(jets) & (jets.n_constituents > 0)
        jets, event = jets[accepted], event[accepted]
        if weight is not None:
            self._weight.append(weight[accepted])
        for name, parts in self._jets.items():
            parts.append(self._of[name](jets).astype(np.float32))
        priority = np.where(self._narrow.accepts(jets), keep_priority(event), np.float32(np.inf))
        keeps = priority < self._threshold
        kept = jets[keeps]
        for name, parts in self._constituents.items():
            parts.append(self._of[name](kept).astype(np.float32))
        position = self._n + np.flatnonzero(keeps)
        for of, owners in self._owner.items():
            owners.append(position[np.nonzero(members(kept, of))[0]].astype(np.int32))
        self._priority.append(priority)
        self._event.append(event)
        self._n += len(jets)
        self._thin()

    def merge(self, other: JetCollector) -> None:
        """Add what another collector has, thinned as if its jets had been added here."""
        for name, parts in other._jets.items():
            self._jets[name] += parts
        for name, parts in other._constituents.items():
            self._constituents[name] += parts
        for of, owners in other._owner.items():
            self._owner[of] += [self._n + owner for owner in owners]
        self._priority += other._priority
        self._event += other._event
        self._weight += other._weight
        self._n += other._n
        self._threshold = min(self._threshold, other._threshold)
        self._cut()
        self._thin()

    def _thin(self) -> None:
        """Halve the share of events that keep their constituents until they fit."""

        def kept() -> int:
            return sum(int((part < self._threshold).sum()) for part in self._priority)

        if kept() <= self._capacity:
            return
        while kept() > self._capacity:
            self._threshold /= 2
        self._cut()

    def _cut(self) -> None:
        """Drop the constituents of jets that are not kept."""
        if not self._event:
            return
        priority = np.concatenate(self._priority)
        inside = {}
        for of, owners in self._owner.items():
            owner = np.concatenate(owners)
            inside[of] = priority[owner] < self._threshold
            self._owner[of] = [owner[inside[of]]]
        for name, parts in self._constituents.items():
            self._constituents[name] = [np.concatenate(parts)[inside[_class(name)]]]

    def sample(self) -> Sample:
        """All that was added; which jets keep constituents does not depend on the order of adding."""
        if not self._event:
            self.add(Jets.from_constituents(np.zeros((0, 1, 3), np.float32)), np.zeros(0, np.int64))
        return Sample(
            np.concatenate(self._event),
            {name: np.concatenate(parts) for name, parts in self._jets.items()},
            {name: np.concatenate(parts) for name, parts in self._constituents.items()},
            {of: np.concatenate(owners) for of, owners in self._owner.items()},
            np.concatenate(self._priority) < self._threshold,
            _joined(self._weight),
        )


def _joined(parts: list[Weight]) -> Weight | None:
    return np.concatenate(parts) if parts else None


def _no_values(level: str) -> dict[str, list[Stored]]:
    return {name: [] for name, observable in OBSERVABLES.items() if observable.level == level}


def _class(name: str) -> Class:
    return OBSERVABLES[name].of_class


def keep_priority(event: NDArray[np.int64]) -> NDArray[np.float32]:
    """(N,) uniform numbers in [0, 1) from the event numbers: the lowest events are kept longest."""
    # Two normal numbers give one uniform one: exp(-r²/2).
    radius = np.square(event_noise(event, _KEEP_SEED, 2)).sum(axis=1)
    return np.asarray(np.exp(-radius / 2))


@dataclass(frozen=True, slots=True)
class Halves:
    """Two disjoint sets of whole events of one sample, each of about n jets, for several draws."""

    first: list[NDArray[np.int64]]
    last: list[NDArray[np.int64]]


def bootstrap_times(event: NDArray[np.int64], n_replicates: int) -> NDArray[np.int8]:
    """How often each jet is in each of R bootstrap samples: Poisson with mean 1, by event.

    Parameters
    ----------
    event : int64 array (N,)
        Event numbers.
    n_replicates : int
        R.

    Returns
    -------
    int8 array (N, R)
        It depends on the event number alone: paired samples are resampled alike, and keep what they share.
    """
    # The cumulative Poisson probabilities; more than 7 times is left out, one event in 100,000.
    steps = np.cumsum(np.exp(-1) / special.factorial(np.arange(8)))
    times = np.empty((len(event), n_replicates), np.int8)
    # Some at a time: the numbers on the way take sixteen times as much room.
    for start in range(0, len(event), _ROWS):
        rows = slice(start, start + _ROWS)
        uniform = special.ndtr(event_noise(event[rows], _BOOTSTRAP_SEED, n_replicates).astype(np.float64))
        times[rows] = np.searchsorted(steps[:-1], uniform)
    return times


def draw_halves(
    event: NDArray[np.int64],
    n_jets: int,
    n_draws: int,
    eligible: NDArray[np.bool_] | None = None,
    times: NDArray[np.int8] | None = None,
) -> Halves:
    """Order the events at random, and take about ``n_jets`` jets from either end; repeat.

    Parameters
    ----------
    event : int64 array (N,)
        Event numbers.
    n_jets : int
        The most jets of a half. It has whole events only, at least one.
    n_draws : int
        How many random orders.
    eligible : bool array (N,), optional
        True for jets that may be drawn; None: all.
    times : int8 array (N,), optional
        How often each jet is taken, for the bootstrap; all repetitions of an event are in the same half.

    Returns
    -------
    Halves
        Positions of the jets in each half, for each draw.

    Notes
    -----
    The order depends on the event numbers alone. So two samples of the same events are halved alike (the
    first half of one and the last half of the other share no event), and so is a reordered file.
    """
    positions = np.arange(len(event)) if eligible is None else np.flatnonzero(eligible)
    if times is not None:
        positions = np.repeat(positions, times[positions])
    chosen = event[positions]
    noise = event_noise(chosen, _HALVES_SEED, n_draws)
    halves = Halves([], [])
    for draw in range(n_draws):
        # The event number breaks ties of the noise, so that events never mix.
        order = np.lexsort((chosen, noise[:, draw]))
        starts = np.flatnonzero(np.diff(chosen[order], prepend=chosen[order[0]] - 1))
        ends = np.append(starts[1:], len(order))
        stop = ends[max(int(np.searchsorted(ends, n_jets, side="right")) - 1, 0)]
        start = starts[min(int(np.searchsorted(starts, len(order) - n_jets)), len(starts) - 1)]
        halves.first.append(positions[order[:stop]])
        halves.last.append(positions[order[start:]])
    return halves
