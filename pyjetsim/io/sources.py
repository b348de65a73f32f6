"""Where gen jets to simulate come from: a jets.h5 or HepMC events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pyjetsim import _core
from pyjetsim._core import is_hdf5
from pyjetsim.errors import DataError, IncompleteFileError, InputError
from pyjetsim.io import PairsFile, Split, in_split
from pyjetsim.io.hepmc import Event, HepMCFile
from pyjetsim.jets import Jets
from pyjetsim.jets.event_ids import ordinal_in_event

_ROWS = 4096
"""Pairs read at a time."""
_EVENTS = 200
"""HepMC events clustered at a time."""
_PARTICLE_ETA_MAX = 5.0
_START = 1 << 16
"""Bytes that tell the kind of a file."""


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

    def no_jets(self) -> str:
        """Tell why, where there were none; to be asked after the last batch."""
        ...


class PairsSource:
    """The gen jets of a jets.h5, in its order."""

    def __init__(self, path: Path, file: PairsFile, split: Split) -> None:
        self._path, self._file, self._split = path, file, split
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

    def no_jets(self) -> str:
        """Tell why there are none."""
        if len(self._file):
            return _none_in_split(str(self._path), self._split)
        return str(
            DataError(f"{self._file.path} holds no jets", "the output has none", "check how it was made")
        )


def _none_in_split(name: str, split: Split) -> str:
    return str(
        DataError(f"{name} has no events in the split {split}", "the output has none", "use --split all")
    )


class HepMCSource:
    """Gen jets clustered from the visible stable particles of HepMC events."""

    def __init__(
        self,
        path: Path,
        split: Split,
        *,
        radius: float,
        gen_pt_min: float,
        gen_eta_max: float,
        max_constituents: int,
        number_events: bool,
    ) -> None:
        self._path, self._split = path, split
        self._file = HepMCFile(path, eta_max=_PARTICLE_ETA_MAX, number_events=number_events)
        self._cuts = {"pt_min": gen_pt_min, "eta_max": gen_eta_max, "radius": radius}
        self.max_constituents = max_constituents
        self.provenance: dict[str, Any] = {
            "source": {
                "file": path.name,
                "format": self._file.format,
                "particle_eta_max": _PARTICLE_ETA_MAX,
                "event_numbers": "by place" if number_events else "of the file",
            },
            "gen_jets": {"algorithm": "anti-kt", **self._cuts},
        }
        self.n_jets: int | None = None
        self._jets_of: dict[int, int] = {}
        self._inside = 0  # events in the split
        self._hardest: list[NDArray[np.float64]] = []  # pt, eta of jets that fail the cuts

    def batches(self) -> Iterator[Batch]:
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
            return _none_in_split(self._file.name, self._split)
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

    def _clustered(self, events: list[Event]) -> Batch:
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
        return Batch(gen, event, jet, np.ones(len(gen), np.int32), len(events))


@contextmanager
def open_source(
    path: Path,
    split: Split,
    *,
    radius: float,
    gen_pt_min: float,
    gen_eta_max: float,
    max_constituents: int,
    number_events: bool = False,
) -> Iterator[Source]:
    """Open ``path``, which is told by its content: a jets.h5, or HepMC in a file, a pipe, or ``-``.

    The cuts on jets, ``max_constituents`` and ``number_events`` count for HepMC; a jets.h5 has its own.
    Another content raises :class:`~pyjetsim.errors.DataError`.
    """
    if not _is_hdf5(path):
        yield HepMCSource(
            path,
            split,
            radius=radius,
            gen_pt_min=gen_pt_min,
            gen_eta_max=gen_eta_max,
            max_constituents=max_constituents,
            number_events=number_events,
        )
    elif number_events:
        raise InputError(
            f"{path} is a jets.h5", "its jets have the numbers of their events", "leave out --number-events"
        )
    else:
        with PairsFile(path) as file:
            yield PairsSource(path, file, split)


def _is_hdf5(path: Path) -> bool:
    # A pipe is read once, and HDF5 cannot come from one.
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return bool(is_hdf5(file.read(_START)))
