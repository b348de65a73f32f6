"""What the readers of ROOT trees share: particles of many events, cuts that are counted, jets from them."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import DataError, DataWarning
from pyjetsim.io.formats import (
    NO_COLUMNS,
    JetEvents,
    JetEventSource,
    PairReading,
    Reading,
    Source,
    shared_numbers,
)
from pyjetsim.io.gen_events import Event, GenSource, cluster_events
from pyjetsim.io.root import Arrays, RootFile, RootFormat, Tree, layout_errors
from pyjetsim.jets import Jets
from pyjetsim.jets.jets import WEIGHT, Columns
from pyjetsim.jets.selection import PARTICLE_ETA_MAX

_ALL_OF_A_JET = 1000.0
"""The largest R, whose jet is all that is given."""

Counts = dict[tuple[str, str], int]
"""How many of a thing were dropped, by thing and reason; with the reason "" how many were kept."""


@dataclass(frozen=True)
class Particles:
    """M particles or candidates of E events, event after event."""

    momenta: NDArray[np.float64]
    """(M, 3) GeV."""
    pid: NDArray[np.int32]
    event: NDArray[np.intp]
    """(M,) 0 to E - 1."""
    mass: NDArray[np.float64] | None = None
    """(M,) GeV; None for massless ones."""
    id: NDArray[np.int64] | None = None
    """(M,) what references of this event name; None where it was not read."""

    def __getitem__(self, index: Any) -> Particles:
        mass = None if self.mass is None else self.mass[index]
        ids = None if self.id is None else self.id[index]
        return Particles(self.momenta[index], self.pid[index], self.event[index], mass, ids)

    @property
    def pt(self) -> NDArray[np.float64]:
        """(M,) GeV."""
        return np.hypot(self.momenta[:, 0], self.momenta[:, 1])

    @property
    def eta(self) -> NDArray[np.float64]:
        """(M,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.arcsinh(self.momenta[:, 2] / self.pt)


def momenta_of(pt: NDArray[Any], eta: NDArray[Any], phi: NDArray[Any]) -> NDArray[np.float64]:
    """(M, 3) px, py, pz. Nothing of pt 0 has a pz: along the beam, eta is a convention such as 999.9."""
    pt, eta, phi = (np.asarray(values, np.float64) for values in (pt, eta, phi))
    with np.errstate(over="ignore", invalid="ignore"):
        pz = np.where(pt == 0, 0.0, pt * np.sinh(eta))
    return np.stack([pt * np.cos(phi), pt * np.sin(phi), pz], axis=1)


def sieve(
    thing: str, n: int, reasons: list[tuple[str, NDArray[np.bool_]]]
) -> tuple[NDArray[np.bool_], Counts]:
    """Which of ``n`` no reason drops, and how many the first reason that holds does."""
    kept, counts = np.ones(n, np.bool_), {}
    for why, dropped in reasons:
        counts[thing, why] = int((kept & dropped).sum())
        kept &= ~dropped
    counts[thing, ""] = int(kept.sum())
    return kept, counts


def visible(particles: Particles, reasons: list[tuple[str, NDArray[np.bool_]]]) -> tuple[Particles, Counts]:
    r"""Those that gen jets are made of: no reason of a format against them, visible, within \|eta\| < 5."""
    from pyjetsim.jets.clustering import in_acceptance
    from pyjetsim.jets.clustering import visible as seen

    near = in_acceptance(particles.momenta, eta_max=PARTICLE_ETA_MAX)
    reasons = [
        *reasons,
        ("neutrinos, and others that no detector sees", ~seen(particles.pid)),
        (f"not within |eta| < {PARTICLE_ETA_MAX:g}", ~near),
    ]
    kept, counts = sieve("gen particles", len(near), reasons)
    return particles[kept], counts


def candidates_kept(
    pt: NDArray[np.float64], eta: NDArray[np.float64], reading: PairReading, counts: Counts
) -> NDArray[np.bool_]:
    """(M,) the reco candidates that are clustered; adds to the ``counts``."""
    low, far = reading.candidate_pt_min, reading.candidate_eta_max
    # What is no number is kept: who clusters refuses it.
    reasons = [(f"pt ≤ {low:g} GeV", pt <= low), (f"not within |eta| < {far:g}", np.abs(eta) >= far)]
    kept, found = sieve("candidates", len(pt), reasons)
    for key, count in found.items():
        counts[key] = counts.get(key, 0) + count
    return kept


def offsets(event: NDArray[np.intp], n_events: int) -> NDArray[np.intp]:
    """(E + 1,) where each event begins."""
    return np.concatenate([[0], np.cumsum(np.bincount(event, minlength=n_events))])


class TreeEvents(ABC):
    """What a format knows of the events of its tree, beside their particles."""

    name: ClassVar[str]
    """Of the format."""
    weight_names: tuple[str, ...] = ()

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.branches: list[str] = []
        """What :meth:`n_vertices` and :meth:`columns` need."""

    @abstractmethod
    def numbers(self) -> NDArray[np.int64]:
        """(E,) the numbers of the events; where the file has none, their places, with a warning."""

    def n_vertices(self, arrays: Arrays, n: int) -> NDArray[np.int32]:
        """(E,) of these ``n`` events; 1 where the file does not tell."""
        return np.ones(n, np.int32)

    def columns(self, arrays: Arrays, numbers: NDArray[np.int64]) -> Columns:
        """Run, luminosity block and weights of these events, where the file has them."""
        return NO_COLUMNS

    def finite_weights(
        self, parts: list[NDArray[Any]], numbers: NDArray[np.int64]
    ) -> dict[str, NDArray[np.float64]]:
        """The column of (E, W) weights from (E,) or (E, W') parts; no column where there are none."""
        if not self.weight_names:
            return {}
        weights = np.concatenate([np.asarray(p, np.float64).reshape(len(numbers), -1) for p in parts], axis=1)
        if not np.isfinite(weights).all():
            event, which = np.argwhere(~np.isfinite(weights))[0]
            raise DataError(
                f"{self.tree.path}: event {numbers[event]}: the weight {self.weight_names[which]} is "
                f"{weights[event, which]}",
                "every sum of weights would be lost",
                "find out where it comes from, and drop the event",
            )
        return {WEIGHT: weights}


class GenEvents:
    """The events of a tree one by one, for what clusters gen jets alone."""

    def __init__(
        self,
        events: TreeEvents,
        number_events: bool,
        branches: list[str],
        particles: Callable[[Arrays], tuple[Particles, Counts]],
    ) -> None:
        """``particles`` gives the visible ones, with masses, of ``branches``."""
        self.name, self.format = str(events.tree.path), events.name
        self.weight_names = events.weight_names
        self._events, self._branches, self._particles = events, branches, particles
        n = events.tree.n_events
        self._numbers = np.arange(n) if number_events else events.numbers()
        if len(np.unique(self._numbers)) < n:
            warnings.warn(shared_numbers(events.tree.path), DataWarning, stacklevel=3)

    def __iter__(self) -> Iterator[Event]:
        first = 0
        tree = self._events.tree
        for arrays in tree.batches([*self._branches, *self._events.branches]):
            with layout_errors(tree.path):
                particles, _ = self._particles(arrays)
                assert particles.mass is not None
                n = len(next(iter(arrays.values())))
                begin = offsets(particles.event, n)
                numbers = self._numbers[first : first + n]
                columns = self._events.columns(arrays, numbers)
            for i, number in enumerate(numbers.tolist()):
                of = slice(begin[i], begin[i + 1])
                yield Event(
                    number,
                    particles.momenta[of],
                    particles.mass[of],
                    particles.pid[of],
                    {name: values[i] for name, values in columns.items()},
                )
            first += n


class TreeFormat(RootFormat):
    """Events in a tree, whose gen jets are clustered."""

    protocol: ClassVar[int] = 1
    clusters: ClassVar[bool] = True
    tree: ClassVar[str]
    """Its name."""

    @abstractmethod
    def events_in(self, tree: Tree) -> TreeEvents:
        """What is known of the events."""

    @abstractmethod
    def gen_of(self, events: Any, reading: Reading) -> Any:
        """What gen jets are made of: it has ``branches`` and ``visible(arrays)``."""

    def jets_of(self, events: Any, reading: PairReading) -> JetEventSource:
        """Gen and reco jets, where the format ``has_reco``."""
        raise NotImplementedError(self.name)

    @contextmanager
    def _opened(self, path: Path) -> Iterator[TreeEvents]:
        with RootFile(path) as file:
            tree = file.tree(self.tree)
            tree.require_events()
            with layout_errors(path):
                events = self.events_in(tree)
            yield events

    @contextmanager
    def open(self, path: Path, reading: Reading) -> Iterator[Source]:
        """The gen jets of a split of the events."""
        with self._opened(path) as events:
            with layout_errors(path):
                gen = self.gen_of(events, reading)
                file = GenEvents(events, reading.number_events, gen.branches, gen.visible)
            yield GenSource(file, reading, path.name)

    @contextmanager
    def events(self, path: Path, reading: PairReading) -> Iterator[JetEventSource]:
        """Gen and reco jets; refused where the format has no reco."""
        if not self.has_reco:
            with super().events(path, reading) as source:
                yield source
            return
        with self._opened(path) as events:
            with layout_errors(path):
                source = self.jets_of(events, reading)
            yield source


class JetsOfATree(ABC):
    """Gen and reco jets of the events of a tree, however they are made."""

    provenance: dict[str, Any]

    def __init__(self, events: TreeEvents, reading: PairReading) -> None:
        self.tree, self.events, self.reading = events.tree, events, reading
        self.numbers = np.arange(self.tree.n_events) if reading.number_events else events.numbers()
        self.gen_cuts = {"pt_min": reading.gen_pt_min, "eta_max": reading.gen_eta_max}
        self.reco_cuts = {"pt_min": reading.reco_pt_min}

    def batches(self, n_events: int) -> Iterator[JetEvents]:
        """The first ``n_events``."""
        first = 0
        branches = dict.fromkeys([*self.branches(), *self.events.branches])
        for arrays in self.tree.batches(list(branches), n_events):
            n = len(next(iter(arrays.values())))
            with layout_errors(self.tree.path):
                batch = self._batch(arrays, self.numbers[first : first + n])
            first += n
            yield batch

    def _batch(self, arrays: Arrays, numbers: NDArray[np.int64]) -> JetEvents:
        counts: Counts = {}
        gen, gen_event, gen_columns = self.gen_jets(arrays, numbers, counts)
        reco, reco_event, reco_columns = self.reco_jets(arrays, numbers, counts)
        return JetEvents(
            numbers,
            self.events.n_vertices(arrays, len(numbers)),
            gen,
            gen_event,
            reco,
            reco_event,
            counts,
            self.events.columns(arrays, numbers),
            gen_columns,
            reco_columns,
            self.events.weight_names,
        )

    @abstractmethod
    def branches(self) -> list[str]:
        """What the jets are made of."""

    @abstractmethod
    def gen_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64], Columns]:
        """Gen jets, the event of each, and columns of them."""

    @abstractmethod
    def reco_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64], Columns]:
        """The same of reco jets."""

    def clustered(
        self, particles: Particles, numbers: NDArray[np.int64], **cuts: float
    ) -> tuple[Jets, NDArray[np.int64], Columns]:
        """Anti-kt jets of all particles of each event."""
        begin = offsets(particles.event, len(numbers))
        return (*self._cluster(particles, begin, numbers, radius=self.reading.radius, **cuts), NO_COLUMNS)

    def summed(
        self,
        thing: str,
        constituents: Particles,
        per_jet: NDArray[np.integer],
        event: NDArray[np.integer],
        numbers: NDArray[np.int64],
        counts: Counts,
        columns: Columns = NO_COLUMNS,
        **cuts: float,
    ) -> tuple[Jets, NDArray[np.int64], Columns]:
        """The file's own jets (N,), each from its constituents (jet after jet); cuts on the sum of these."""
        jet_of = np.repeat(np.arange(len(per_jet)), per_jet)
        # Of no momentum are those that PUPPI gives the weight 0.
        there = (constituents.momenta != 0).any(axis=1)
        key = ("constituents", "without momentum")
        if not there.all():
            counts[key] = counts.get(key, 0) + int((~there).sum())
        # No sum has a larger pt than its parts have together: most jets below the cut need no sum.
        together = np.bincount(jet_of, constituents.pt, len(per_jet))
        hard = ~(together < cuts["pt_min"] * (1 - 1e-6))
        there &= hard[jet_of]
        taken, constituents = np.bincount(jet_of[there], minlength=len(per_jet)), constituents[there]
        begin = np.concatenate([[0], np.cumsum(taken)])
        one_each, jet = self._cluster(constituents, begin, numbers[event], radius=_ALL_OF_A_JET, **cuts)
        empty = int((per_jet == 0).sum())
        counts[thing, ""] = len(one_each)
        counts[thing, "without constituents"] = empty
        counts[thing, "outside the cuts"] = len(per_jet) - empty - len(one_each)
        return one_each, event[jet].astype(np.int64), {name: values[jet] for name, values in columns.items()}

    def _cluster(
        self, particles: Particles, begin: NDArray[np.integer], numbers: NDArray[np.int64], **cuts: float
    ) -> tuple[Jets, NDArray[np.int64]]:
        return cluster_events(
            str(self.tree.path),
            numbers.tolist(),
            particles.momenta,
            begin,
            particles.pid,
            particles.mass,
            max_constituents=self.reading.max_constituents,
            **cuts,
        )


def clustered_provenance(gen: str, reco: str, reading: PairReading) -> dict[str, Any]:
    """What jets were clustered from; ``gen`` and ``reco`` name the particles of each side."""
    return {
        "gen": {
            "particles": f"{gen}, without neutrinos, with their masses",
            "particle_eta_max": PARTICLE_ETA_MAX,
        },
        "reco": {
            "particles": f"{reco}, massless",
            "candidate_pt_min": reading.candidate_pt_min,
            "candidate_eta_max": reading.candidate_eta_max,
        },
    }


class ClusteredSides(JetsOfATree):
    """Jets clustered from all particles of ``gen``, and from the candidates of ``reco`` that are kept."""

    gen: Any
    """Has ``branches`` and ``visible(arrays)``."""
    reco: Any
    """Has ``branches`` and ``read(arrays)``."""

    def branches(self) -> list[str]:
        """Those of both sides."""
        return [*self.gen.branches, *self.reco.branches]

    def gen_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64], Columns]:
        """Of the visible particles."""
        particles, found = self.gen.visible(arrays)
        counts.update(found)
        return self.clustered(particles, numbers, **self.gen_cuts)

    def reco_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64], Columns]:
        """Of the candidates inside the cuts."""
        candidates = self.reco.read(arrays)
        kept = candidates_kept(candidates.pt, candidates.eta, self.reading, counts)
        return self.clustered(candidates[kept], numbers, **self.reco_cuts)
