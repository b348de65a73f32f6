"""HepMC events (HepMC3 and HepMC2 ASCII; plain, gzip, Zstandard) as flat arrays of their stable particles.

Read in C++ (``csrc/io``), by what ``pyjetsim-run`` reads with.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim import _core
from pyjetsim.errors import DataError, DataWarning, IncompleteFileError, InputError
from pyjetsim.io.formats import Format, GenBatch, Reading, Source, none_in_split
from pyjetsim.io.splits import in_split
from pyjetsim.jets import Jets
from pyjetsim.jets.event_ids import ordinal_in_event
from pyjetsim.jets.selection import PARTICLE_ETA_MAX


class Event(NamedTuple):
    """The visible stable particles of an event."""

    number: int
    momenta: NDArray[np.float64]
    """(M, 3) px, py, pz in GeV."""
    mass: NDArray[np.float64]
    """(M,) GeV."""
    pid: NDArray[np.int32]
    """(M,) PDG ids."""


class HepMCFile:
    """The events of a file, one by one, in flat memory: iterate over it once.

    ``path``: a file or a pipe of HepMC's ASCII, told by its content; ``-`` is the standard input. Of each
    event the particles of status 1 with \\|eta\\| < ``eta_max`` that a detector can see, with momenta in GeV
    whatever the file has. ``number_events``: events have the number of their place in the file, from 0,
    instead of the file's own. Other threads run while it reads.

    Raises :class:`~pyjetsim.errors.DataError` for a file that is missing or no HepMC, and
    :class:`~pyjetsim.errors.IncompleteFileError` after the last good event where the file is cut or damaged.
    What is unusual but harmless, such as a missing end marker or events that share a number, is a
    :class:`~pyjetsim.errors.DataWarning` after the last event.
    """

    def __init__(
        self, path: str | Path, *, eta_max: float = PARTICLE_ETA_MAX, number_events: bool = False
    ) -> None:
        self._reader = _core.HepMCReader(os.fsencode(path), eta_max, number_events)
        self.format: str = self._reader.format
        """"HepMC3" or "HepMC2"."""
        self.name = "standard input" if str(path) == "-" else str(path)
        """As messages call it."""

    def __iter__(self) -> Iterator[Event]:
        try:
            while (event := self._reader.next()) is not None:
                yield Event(*event)
        except IncompleteFileError:
            self._warn()
            raise
        self._warn()

    def negative_number(self, number: int) -> DataError:
        """The error for an event whose jets cannot be told apart, because its number is negative."""
        return DataError(*_core.negative_number(self.name, number))

    def _warn(self) -> None:
        for warning in self._reader.warnings:
            warnings.warn(warning, DataWarning, stacklevel=3)


def read_hepmc(
    path: str | Path, *, eta_max: float = PARTICLE_ETA_MAX, number_events: bool = False
) -> Iterator[Event]:
    """Read the events of a HepMC file one by one; for arguments and errors see :class:`HepMCFile`."""
    yield from HepMCFile(path, eta_max=eta_max, number_events=number_events)


_EVENTS = 200
"""Events clustered at a time."""


class HepMC(Format):
    """Events, whose gen jets are clustered: anti-kt of the visible stable particles within \\|eta\\| < 5."""

    protocol: ClassVar[int] = 1
    name: ClassVar[str] = "HepMC"

    def recognises(self, start: bytes) -> bool:
        """What no other format recognises is told by the reader."""
        return True

    @contextmanager
    def open(self, path: Path, reading: Reading) -> Iterator[Source]:
        """The gen jets of a split of the events."""
        yield HepMCSource(path, reading)


class HepMCSource:
    """Gen jets clustered from the visible stable particles of HepMC events."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self._path, self._split = path, reading.split
        self._file = HepMCFile(path, eta_max=PARTICLE_ETA_MAX, number_events=reading.number_events)
        self._cuts = {
            "pt_min": reading.gen_pt_min,
            "eta_max": reading.gen_eta_max,
            "radius": reading.radius,
        }
        self.max_constituents = reading.max_constituents
        self.provenance: dict[str, Any] = {
            "source": {
                "file": path.name,
                "format": self._file.format,
                "particle_eta_max": PARTICLE_ETA_MAX,
                "event_numbers": "by place" if reading.number_events else "of the file",
            },
            "gen_jets": {"algorithm": "anti-kt", **self._cuts},
        }
        self.n_jets: int | None = None
        self._jets_of: dict[int, int] = {}
        self._inside = 0  # events in the split
        self._hardest: list[NDArray[np.float64]] = []  # pt, eta of jets that fail the cuts

    def batches(self) -> Iterator[GenBatch]:
        """All jets of the split. A file that is cut gives its good events before it raises."""
        events: list[Event] = []
        read = 0
        try:
            for event in self._file:
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
                f"{self._file.name} has no events", "there is nothing to simulate", "give a file with events"
            )

    def no_jets(self) -> str:
        """Tell the hardest jet, and the cuts that it fails."""
        if self._inside == 0:
            return none_in_split(self._file.name, self._split)
        hardest = np.concatenate([np.zeros((0, 2)), *self._hardest])
        pt, eta = hardest.T.tolist()
        return _core.no_jets(self._file.name, pt, eta, self._cuts["pt_min"], self._cuts["eta_max"])

    def _find_hardest(self, events: list[Event]) -> None:
        jets = self._cluster(events, pt_min=0.0, eta_max=np.inf)[0]
        for candidates in (jets, jets[np.abs(jets.eta) < self._cuts["eta_max"]]):
            if len(candidates):
                self._hardest.append(candidates.jet[[candidates.pt.argmax()], :2].astype(np.float64))

    def _cluster(self, events: list[Event], **cuts: float) -> tuple[Jets, NDArray[np.int64]]:
        from pyjetsim.jets.clustering import cluster

        try:
            return cluster(
                np.concatenate([np.zeros((0, 3)), *(event.momenta for event in events)]),
                np.cumsum([0, *(len(event.pid) for event in events)]),
                np.concatenate([np.zeros(0, np.int32), *(event.pid for event in events)]),
                np.concatenate([np.zeros(0), *(event.mass for event in events)]),
                max_constituents=self.max_constituents,
                **{**self._cuts, **cuts},
            )
        except InputError as error:
            # Alone, its place among others needs no mention.
            if len(events) > 1:
                for event in events:
                    self._cluster([event])
            what = f"{self._file.name}: event {events[0].number}: {error.what.replace(' of event 0', '')}"
            raise DataError(what, error.why, error.todo) from error

    def _clustered(self, events: list[Event]) -> GenBatch:
        numbers = np.array([event.number for event in events], np.int64)
        inside = in_split(numbers, self._split)
        events = [event for event, good in zip(events, inside, strict=True) if good]
        self._inside += len(events)
        gen, which = self._cluster(events)
        if not len(gen) and not self._jets_of:  # only until there is one: it takes a second clustering
            self._find_hardest(events)
        event = numbers[inside][which]
        if (event < 0).any():
            raise self._file.negative_number(int(event[event < 0][0]))
        jet = ordinal_in_event(event) + np.array([self._jets_of.get(e, 0) for e in event.tolist()], np.uint64)
        # Some generators use an event number twice: its jets must not share their noise.
        for number, count in zip(*np.unique(event, return_counts=True), strict=True):
            self._jets_of[int(number)] = self._jets_of.get(int(number), 0) + int(count)
        return GenBatch(gen, event, jet, np.ones(len(gen), np.int32), len(events))
