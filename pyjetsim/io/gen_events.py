"""Gen jets of events that are read particle by particle, whatever the format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pyjetsim import _core
from pyjetsim.errors import DataError, IncompleteFileError, InputError
from pyjetsim.io.formats import NO_COLUMNS, GenBatch, Reading, none_in_split
from pyjetsim.io.splits import in_split
from pyjetsim.jets import Jets
from pyjetsim.jets.event_ids import ordinal_in_event
from pyjetsim.jets.selection import PARTICLE_ETA_MAX

EVENTS = 200
"""Events clustered at a time."""


class Event(NamedTuple):
    """The visible stable particles of an event."""

    number: int
    momenta: NDArray[np.float64]
    """(M, 3) px, py, pz in GeV."""
    mass: NDArray[np.float64]
    """(M,) GeV."""
    pid: NDArray[np.int32]
    """(M,) PDG ids."""
    columns: Mapping[str, Any] = NO_COLUMNS
    """What else is known of the event, as :attr:`~pyjetsim.io.formats.JetEvents.event_columns`."""


class EventFile(Protocol):
    """Events, one by one."""

    name: str
    """As messages call it."""
    format: str

    def __iter__(self) -> Iterator[Event]: ...


def cluster_events(
    name: str,
    numbers: Sequence[int],
    momenta: NDArray[np.float64],
    offsets: NDArray[np.integer],
    pid: NDArray[np.int32],
    mass: NDArray[np.float64] | None,
    **cuts: Any,
) -> tuple[Jets, NDArray[np.int64]]:
    """As :func:`pyjetsim.jets.clustering.cluster`, of the events with these ``numbers`` of the file ``name``.

    Raises :class:`~pyjetsim.errors.DataError`, which names the event, for what cannot be clustered.
    """
    from pyjetsim.jets.clustering import cluster

    try:
        return cluster(momenta, offsets, pid, mass, **cuts)
    except InputError as error:
        # Alone, its place among others needs no mention.
        if len(numbers) > 1:
            for i, number in enumerate(numbers):
                one = slice(int(offsets[i]), int(offsets[i + 1]))
                end = np.array([0, one.stop - one.start])
                alone = None if mass is None else mass[one]
                cluster_events(name, [number], momenta[one], end, pid[one], alone, **cuts)
        what = f"{name}: event {numbers[0]}: {error.what.replace(' of event 0', '')}"
        raise DataError(what, error.why, error.todo) from error


class GenSource:
    """Gen jets clustered from the visible stable particles of events."""

    def __init__(self, file: EventFile, reading: Reading, name: str) -> None:
        r"""``file``: particles up to \|eta\| of ``PARTICLE_ETA_MAX``; ``name``: for provenance."""
        self._file, self._split = file, reading.split
        self._cuts = {
            "pt_min": reading.gen_pt_min,
            "eta_max": reading.gen_eta_max,
            "radius": reading.radius,
        }
        self.max_constituents = reading.max_constituents
        self.provenance: dict[str, Any] = {
            "source": {
                "file": name,
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
                if len(events) == EVENTS:
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
        return cluster_events(
            self._file.name,
            [event.number for event in events],
            np.concatenate([np.zeros((0, 3)), *(event.momenta for event in events)]),
            np.cumsum([0, *(len(event.pid) for event in events)]),
            np.concatenate([np.zeros(0, np.int32), *(event.pid for event in events)]),
            np.concatenate([np.zeros(0), *(event.mass for event in events)]),
            max_constituents=self.max_constituents,
            **{**self._cuts, **cuts},
        )

    def _clustered(self, events: list[Event]) -> GenBatch:
        known = {name: np.asarray(value) for name, value in events[0].columns.items()}
        numbers = np.array([event.number for event in events], np.int64)
        inside = in_split(numbers, self._split)
        events = [event for event, good in zip(events, inside, strict=True) if good]
        self._inside += len(events)
        gen, which = self._cluster(events)
        if not len(gen) and not self._jets_of:  # only until there is one: it takes a second clustering
            self._find_hardest(events)
        event = numbers[inside][which]
        if (event < 0).any():
            raise negative_number(self._file.name, int(event[event < 0][0]))
        jet = ordinal_in_event(event) + np.array([self._jets_of.get(e, 0) for e in event.tolist()], np.uint64)
        # Some generators use an event number twice: its jets must not share their noise.
        for number, count in zip(*np.unique(event, return_counts=True), strict=True):
            self._jets_of[int(number)] = self._jets_of.get(int(number), 0) + int(count)
        # Of the split there may be no event, but columns.
        columns = {
            name: np.array([each.columns[name] for each in events], of.dtype).reshape(-1, *of.shape)[which]
            for name, of in known.items()
        }
        names = getattr(self._file, "weight_names", ())
        return GenBatch(gen, event, jet, np.ones(len(gen), np.int32), len(events), columns, names)


def negative_number(name: str, number: int) -> DataError:
    """The error for an event whose jets cannot be told apart, because its number is negative."""
    return DataError(*_core.negative_number(name, number))
