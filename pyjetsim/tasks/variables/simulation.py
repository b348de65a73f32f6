"""Gen objects of a file to a file with their simulation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import DataError, InputError
from pyjetsim.io.formats import Reading
from pyjetsim.io.jets_h5.layout import COPY
from pyjetsim.io.objects import (
    SIDES,
    Column,
    EventObjects,
    Kind,
    ObjectsFile,
    Side,
    is_nanoaod_objects,
    open_objects,
    task_of,
)
from pyjetsim.io.splits import Split
from pyjetsim.jets.event_ids import jet_ids
from pyjetsim.tasks.base import Answer
from pyjetsim.tasks.variables.rows import rows_of
from pyjetsim.tasks.variables.tables import Columns, Layout, outside

if TYPE_CHECKING:
    from pyjetsim.io.nanoaod_objects import NanoAODObjects

OUTSIDE = "outside_domain"
"""Column of answered reco objects: 1 where a condition is outside the range trained on."""
EARLIER = "earlier_simulations"
"""In the provenance: of the other kinds of a file that was simulated before."""


class ObjectsBatch(NamedTuple):
    """All objects of some events, with the N gen objects of one kind among them."""

    objects: EventObjects
    layout: Layout
    event: NDArray[np.int64]
    """(N,) of what is simulated."""
    n_events: int
    first: int
    """How many gen objects came before."""

    @property
    def has_copies(self) -> bool:
        """Whether there are several simulations of each event."""
        return COPY in self.objects.columns

    def copied(self, copies: int, rows: int) -> Iterator[ObjectsBatch]:
        """Each event ``copies`` times, one after the other, told apart by the event's column ``copy``.

        Parameters
        ----------
        copies : int
            K, at least 1.
        rows : int
            Events at a time, about, their copies counted.

        Yields
        ------
        ObjectsBatch
        """
        step = max(1, rows // copies)
        first = self.first
        for start in range(0, len(self.objects), step):
            events = np.arange(start, min(start + step, len(self.objects)))
            objects = self.objects.at(np.repeat(events, copies))
            copy = np.tile(np.arange(copies, dtype=np.int32), len(events))
            objects = replace(objects, columns={**objects.columns, COPY: copy})
            event = objects.event[rows_of(self.layout, objects).event]
            yield ObjectsBatch(objects, self.layout, event, len(events), first)
            first += len(event) // copies


class ObjectsSource:
    """Gen objects of one kind of a table, some events at a time."""

    max_constituents = 0

    def __init__(self, file: ObjectsFile | NanoAODObjects, layout: Layout, split: Split) -> None:
        self.file, self._layout, self._split = file, layout, split
        self.n_jets: int | None = None
        if split == "all" and layout.unmatched is not None:
            self.n_jets = layout.unmatched * file.n_events
        elif split == "all" and isinstance(file, ObjectsFile):
            self.n_jets = file.length(layout.kind, "gen")
        self.provenance = dict(file.provenance)
        if "simulation" in self.provenance:
            earlier = self.provenance.pop("simulation")
            self.provenance[EARLIER] = [*self.provenance.get(EARLIER, []), earlier]

    def batches(self) -> Iterator[ObjectsBatch]:
        """All events of the split, with or without objects."""
        first = 0
        for objects in self.file.batches(self._split):
            event = objects.event[rows_of(self._layout, objects).event]
            yield ObjectsBatch(objects, self._layout, event, len(objects), first)
            first += len(event)

    def no_jets(self) -> str:
        """Why nothing was simulated."""
        return f"{self.file.path} has no gen {self._layout.kind} in its events: the output has none"

    def told(self) -> dict[str, Column]:
        """Unit and meaning of every column."""
        return {
            f"{kind}/{side}/{name}": self.file.column(kind, side, name)
            for kind in self.file.kinds
            for side in SIDES
            for name in self.file.columns(kind, side)
        }


@contextmanager
def objects_source(path: Path, reading: Reading, layout: Layout) -> Iterator[ObjectsSource]:
    """Open a table of objects; errors for other files, options of jets, and columns that are missing."""
    if task_of(path) is None and not is_nanoaod_objects(path):
        raise DataError(
            f"{path} is no table of objects",
            f"the model takes the columns of gen {layout.kind}",
            "give plain NanoAOD, or a file that `pyjetsim generate` or `convert` wrote as a table of objects",
        )
    for name in sorted(reading.given - {"split"}):
        raise InputError(
            f"{name} was given, and {path} is a table of objects",
            "its objects are taken as they are",
            "leave it out",
        )
    with open_objects(path) as file:
        layout.check(file, reco=False)
        yield ObjectsSource(file, layout, reading.split)


def noise_copy(kind: str, copy: int = 0) -> int:
    """The copy whose noise a kind of objects has: jets and muons of an event do not share theirs.

    ``copy``, up to 2^32 - 1, is that of the event.
    """
    return copy << 32 | int.from_bytes(hashlib.sha256(kind.encode()).digest()[:4], "little")


def _joined(new: Columns, old: Columns, kept: NDArray[np.intp], path: Path) -> dict[str, NDArray[Any]]:
    """Columns of new objects and, after them, of those that are kept; both have the same."""
    old = {OUTSIDE: np.zeros(len(next(iter(old.values()))), np.uint8), **old} if old else old
    if set(new) != set(old):
        only = sorted(set(new) ^ set(old))
        raise DataError(
            f"{path} and the model of objects without a gen object have other columns: {', '.join(only)}",
            "both become one table",
            "simulate the objects that have a gen object first, with a bundle of the same variables",
        )
    return {
        name: np.concatenate([values, old[name][kept].astype(values.dtype)]) for name, values in new.items()
    }


def simulated(
    simulator: Any, layout: Layout, source: ObjectsSource, batch: ObjectsBatch, seed: int
) -> Answer:
    """The objects of a batch with new reco objects of the kind, by falling pt in each event."""
    objects, (gen, old) = batch.objects, batch.objects.kinds[layout.kind]
    asked = rows_of(layout, objects)
    events = asked.of_events(objects)
    values = layout.condition_values(asked.gen, events, str(source.file.path), batch.first)
    strange = outside(values, layout, simulator.manifest.domain)
    n = len(asked.event)
    copies = events.get(COPY, np.zeros(n, np.int32))
    found, variables = np.zeros(n, np.bool_), np.zeros((n, len(layout.targets)), np.float32)
    noise = layout.kind if layout.unmatched is None else f"{layout.kind} without a gen object"
    for copy in np.unique(copies).tolist():
        own = np.flatnonzero(copies == copy)
        ids = jet_ids(len(own), objects.event[asked.event[own]], asked.number[own])
        answer = simulator({"conditions": values[own]}, ids, seed, copy=noise_copy(noise, copy))
        found[own], variables[own] = answer["found"][:, 0] > 0, answer["variables"]
    rows = np.flatnonzero(found)
    columns = layout.reco_columns(variables[rows], {name: each[rows] for name, each in asked.gen.items()})
    columns[OUTSIDE] = strange[rows].astype(np.uint8)
    place = asked.event[rows]
    partner = rows.astype(np.int32)
    if layout.unmatched is not None:
        kept = np.flatnonzero(old.match >= 0)
        columns = _joined(columns, old.columns, kept, source.file.path)
        place = np.concatenate([place, old.place[kept]])
        partner = np.concatenate([np.full(len(rows), -1, np.int32), old.match[kept]])
    order = np.lexsort((-columns["pt"], place)) if "pt" in columns else np.argsort(place, kind="stable")
    partner = partner[order]
    match = np.full(len(gen), -1, np.int32)
    linked = np.flatnonzero(partner >= 0)
    match[partner[linked]] = linked
    reco = Side(
        {name: each[order] for name, each in columns.items()},
        np.bincount(place, minlength=len(objects)).astype(np.int32),
        partner,
    )
    kinds = {**objects.kinds, layout.kind: Kind(Side(gen.columns, gen.count, match), reco)}
    counts = {
        "found": len(rows),
        OUTSIDE: int(strange.sum()),
        "saturated": layout.saturated(variables[rows]),
    }
    return Answer(EventObjects(objects.event, kinds, objects.columns), counts)
