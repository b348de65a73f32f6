"""Where gen jets to simulate come from: a jets.h5 or HepMC3 events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import DataError, IncompleteFileError
from pyjetsim.hepmc import COMPRESSIONS, SUFFIXES, Event, is_hepmc, read_hepmc
from pyjetsim.identity import ordinal_in_event
from pyjetsim.jets import Jets
from pyjetsim.store import PairsFile, Split, in_split

_ROWS = 4096
"""Pairs read at a time."""
_EVENTS = 200
"""HepMC3 events clustered at a time."""
_PARTICLE_ETA_MAX = 5.0


class Batch(NamedTuple):
    """Gen jets, and who they are."""

    gen: Jets
    event: NDArray[np.int64]
    """(N,)."""
    jet: NDArray[np.uint64]
    """(N,) place in the event, counted over the whole file."""
    n_vertices: NDArray[np.int32]
    """(N,)."""
    n_events: int
    """Events that begin in this batch."""


class Source(Protocol):
    """Gen jets in batches, in flat memory."""

    max_constituents: int
    provenance: dict[str, Any]
    n_jets: int | None
    """How many will come, where that is known."""

    def batches(self) -> Iterator[Batch]:
        """All jets, in the order of the file."""
        ...


class PairsSource:
    """The gen jets of a jets.h5, in its order."""

    def __init__(self, file: PairsFile, split: Split) -> None:
        self._file = file
        event = file.event
        self._inside = in_split(event, split)
        self._jet = ordinal_in_event(event)
        self.max_constituents = file.max_constituents
        self.provenance = file.provenance
        self.n_jets: int | None = int(self._inside.sum())

    def batches(self) -> Iterator[Batch]:
        """All jets of the split."""
        for start in range(0, len(self._file), _ROWS):
            rows = slice(start, start + _ROWS)
            inside, jet = self._inside[rows], self._jet[rows]
            if inside.any():
                pairs = self._file.read(start, start + _ROWS)[inside]
                n_events = int((jet[inside] == 0).sum())
                yield Batch(pairs.gen, pairs.event, jet[inside], pairs.n_vertices, n_events)


class HepMCSource:
    """Gen jets clustered from the visible stable particles of HepMC3 events."""

    def __init__(
        self,
        path: Path,
        split: Split,
        *,
        radius: float,
        gen_pt_min: float,
        gen_eta_max: float,
        max_constituents: int,
    ) -> None:
        self._path, self._split = path, split
        self._cuts = {"pt_min": gen_pt_min, "eta_max": gen_eta_max, "radius": radius}
        self.max_constituents = max_constituents
        self.provenance: dict[str, Any] = {
            "source": {"file": path.name, "format": "HepMC3", "particle_eta_max": _PARTICLE_ETA_MAX},
            "gen_jets": {"algorithm": "anti-kt", **self._cuts},
        }
        self.n_jets: int | None = None
        self._jets_of: dict[int, int] = {}

    def batches(self) -> Iterator[Batch]:
        """All jets of the split. A file that is cut gives its good events before it raises."""
        events: list[Event] = []
        read = 0
        try:
            for event in read_hepmc(self._path, eta_max=_PARTICLE_ETA_MAX):
                read += 1
                events.append(event)
                if len(events) == _EVENTS:
                    yield self._clustered(events)
                    events = []
        except IncompleteFileError:
            if events:
                yield self._clustered(events)
            raise
        if events:
            yield self._clustered(events)
        if read == 0:
            raise DataError(
                f"{self._path} has no events", "there is nothing to simulate", "give a file with events"
            )

    def _clustered(self, events: list[Event]) -> Batch:
        from pyjetsim.clustering import cluster

        numbers = np.array([event.number for event in events], np.int64)
        inside = in_split(numbers, self._split)
        events = [event for event, good in zip(events, inside, strict=True) if good]
        offsets = np.cumsum([0, *(len(event.pid) for event in events)])
        gen, which = cluster(
            np.concatenate([np.zeros((0, 3)), *(event.momenta for event in events)]),
            offsets,
            np.concatenate([np.zeros(0, np.int32), *(event.pid for event in events)]),
            np.concatenate([np.zeros(0), *(event.mass for event in events)]),
            max_constituents=self.max_constituents,
            **self._cuts,
        )
        event = numbers[inside][which]
        jet = ordinal_in_event(event) + np.array([self._jets_of.get(e, 0) for e in event.tolist()], np.uint64)
        # Some generators use an event number twice: its jets must not share their noise.
        for number, count in zip(*np.unique(event, return_counts=True), strict=True):
            self._jets_of[int(number)] = self._jets_of.get(int(number), 0) + int(count)
        return Batch(gen, event, jet, np.ones(len(gen), np.int32), len(events))


@contextmanager
def open_source(
    path: Path, split: Split, *, radius: float, gen_pt_min: float, gen_eta_max: float, max_constituents: int
) -> Iterator[Source]:
    """Open ``path`` by its name.

    The cuts on jets and ``max_constituents`` count for HepMC3; a jets.h5 has its own. An unknown
    name raises :class:`~pyjetsim.errors.DataError`.
    """
    if is_hepmc(path):
        yield HepMCSource(
            path,
            split,
            radius=radius,
            gen_pt_min=gen_pt_min,
            gen_eta_max=gen_eta_max,
            max_constituents=max_constituents,
        )
    elif path.name.lower().endswith((".h5", ".hdf5")):
        with PairsFile(path) as file:
            yield PairsSource(file, split)
    else:
        known = ", ".join([".h5", ".hdf5", *(s + c for s in SUFFIXES for c in COMPRESSIONS)])
        raise DataError(
            f"{path} has a name of no known kind",
            "its name says how to read it",
            f"give a file named with one of {known}",
        )
