"""Object tables: columns of gen and of reco objects of events, for tasks that are not whole jets.

Format ``pyjetsim.objects``, version 1, in HDF5. Root attributes ``format``, ``version``, ``task`` (whose
columns they are) and ``provenance`` (JSON). A file holds one or several kinds of objects of its events, such
as jets and muons. Gen and reco have rows of their own, linked where they belong together:

- ``events/event`` int64 (E,), and other columns (E, ...) such as ``weight`` and ``pileup``;
  ``events/n_KIND_gen`` and ``events/n_KIND_reco`` int32 (E,), how many rows each event has;
- ``KIND/gen/NAME`` and ``KIND/reco/NAME`` (N, ...), columns of any names and types of numbers, each with the
  attributes ``unit`` and ``meaning``; ``KIND/gen/event`` int64 (N,), the number of each row's event;
- ``KIND/gen/reco`` int32 (N,), the row of its reco object in ``KIND/reco``, -1 for none, and likewise
  ``KIND/reco/gen``.

Rows stand in the order of their events.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.interrupts import held
from pyjetsim.errors import DataError, InputError
from pyjetsim.io.hdf5_writer import Hdf5Writer
from pyjetsim.io.splits import Split, in_split

if TYPE_CHECKING:
    from pyjetsim.io.nanoaod_objects import NanoAODObjects

FORMAT = "pyjetsim.objects"
VERSION = 1
SIDES = ("gen", "reco")
EVENTS, EVENT = "events", "event"
BATCH_EVENTS = 4096

_OTHER = {"gen": "reco", "reco": "gen"}
_ERRORS = (OSError, RuntimeError, KeyError, TypeError, ValueError)
"""What h5py raises for a damaged file, or one with links and types that it cannot follow."""
Columns = Mapping[str, NDArray[Any]]


class Column(NamedTuple):
    """What a column is."""

    unit: str = ""
    """Empty for a number without."""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Objects:
    """N objects, each with its partner: row i of both sides belongs together."""

    gen: Columns
    """Name to (N, ...)."""
    reco: Columns
    event: NDArray[np.int64]
    """(N,)."""

    def __len__(self) -> int:
        return len(self.event)

    def rows(self, index: Any) -> Objects:
        """Some of them, by whatever NumPy takes along the first axis."""
        gen, reco = ({name: values[index] for name, values in side.items()} for side in (self.gen, self.reco))
        return Objects(gen, reco, self.event[index])

    @staticmethod
    def concatenate(parts: Sequence[Objects]) -> Objects:
        """Join parts with the same columns, at least one."""
        gen, reco = (
            {name: np.concatenate([getattr(part, side)[name] for part in parts]) for name in columns}
            for side, columns in (("gen", parts[0].gen), ("reco", parts[0].reco))
        )
        return Objects(gen, reco, np.concatenate([part.event for part in parts]))


@dataclass(frozen=True, slots=True)
class Side:
    """The N gen or reco objects of one kind in E events, event after event."""

    columns: Columns
    """Name to (N, ...)."""
    count: NDArray[np.int32]
    """(E,) objects of each event."""
    match: NDArray[np.int32]
    """(N,) row of the partner on the other side, of the same event; -1 for none."""

    def __len__(self) -> int:
        return len(self.match)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    @property
    def place(self) -> NDArray[np.intp]:
        """(N,) the event of each object, 0 to E - 1."""
        return np.repeat(np.arange(len(self.count)), self.count)


class Kind(NamedTuple):
    """One kind of objects, such as jets."""

    gen: Side
    reco: Side


@dataclass(frozen=True, slots=True)
class EventObjects:
    """All objects of E events."""

    event: NDArray[np.int64]
    """(E,) event numbers."""
    kinds: Mapping[str, Kind]
    columns: Columns = field(default_factory=dict)
    """Name to (E, ...): what else is known of the events, such as ``weight`` and ``pileup``."""

    def __len__(self) -> int:
        return len(self.event)

    def event_of(self, kind: str, side: str) -> NDArray[np.int64]:
        """(N,) event number of each object."""
        numbers: NDArray[np.int64] = self.event[getattr(self.kinds[kind], side).place]
        return numbers

    def matched(self, kind: str) -> Objects:
        """The gen objects that have a reco object, with it; in the order of the gen objects."""
        gen, reco = self.kinds[kind]
        rows = np.flatnonzero(gen.match >= 0)
        partner = gen.match[rows]
        return Objects(
            {name: values[rows] for name, values in gen.columns.items()},
            {name: values[partner] for name, values in reco.columns.items()},
            self.event_of(kind, "gen")[rows],
        )

    def events(self, inside: NDArray[np.bool_]) -> EventObjects:
        """Those of the events where ``inside`` (E,) is true."""
        return self.at(np.flatnonzero(inside))

    def at(self, events: NDArray[np.integer]) -> EventObjects:
        """Those of the events at these places (E',), in this order; one may be there several times."""
        kinds = {}
        for name, kind in self.kinds.items():
            counts = [side.count[events] for side in kind]
            # First row of each event, on either side: where it was and where it goes.
            old = [(np.cumsum(side.count, dtype=np.int64) - side.count)[events] for side in kind]
            new = [np.cumsum(count, dtype=np.int64) - count for count in counts]
            sides = []
            for own, other in ((0, 1), (1, 0)):
                side, place = kind[own], np.repeat(np.arange(len(events)), counts[own])
                rows = np.arange(len(place)) + (old[own] - new[own])[place]
                match = side.match[rows]
                moved = np.where(match >= 0, match + (new[other] - old[other])[place], -1).astype(np.int32)
                columns = {column: values[rows] for column, values in side.columns.items()}
                sides.append(Side(columns, counts[own], moved))
            kinds[name] = Kind(*sides)
        return EventObjects(
            self.event[events], kinds, {name: values[events] for name, values in self.columns.items()}
        )

    @staticmethod
    def concatenate(parts: Sequence[EventObjects]) -> EventObjects:
        """The events of several parts of one sample, one after the other; at least one part."""
        kinds = {}
        for name in parts[0].kinds:
            sides = []
            for number, other in ((0, 1), (1, 0)):
                given = [part.kinds[name][number] for part in parts]
                begin = np.cumsum([0, *(len(part.kinds[name][other]) for part in parts)])
                links = [
                    np.where(side.match >= 0, side.match + at, -1)
                    for side, at in zip(given, begin, strict=False)
                ]
                sides.append(
                    Side(
                        {c: np.concatenate([side[c] for side in given]) for c in given[0].columns},
                        np.concatenate([side.count for side in given]),
                        np.concatenate(links).astype(np.int32),
                    )
                )
            kinds[name] = Kind(*sides)
        return EventObjects(
            np.concatenate([part.event for part in parts]),
            kinds,
            {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns},
        )


def object_counts(objects: EventObjects) -> dict[str, int]:
    """How many events, and gen, reco and matched gen objects of each kind, by name as in ``gen_jets``."""
    counts = {"events": len(objects)}
    for name, kind in objects.kinds.items():
        counts[f"gen_{name}"], counts[f"reco_{name}"] = len(kind.gen), len(kind.reco)
        counts[f"matched_{name}"] = int((kind.gen.match >= 0).sum())
    return counts


def paired(kind: str, objects: Objects) -> EventObjects:
    """Objects that all have a partner, as those of their events.

    Parameters
    ----------
    kind : str
        What they are, such as "jets".
    objects : Objects
        N objects; those of one event stand together.

    Returns
    -------
    EventObjects
        As many events as runs of one event number.
    """
    event = np.asarray(objects.event, np.int64)
    begin = (
        np.flatnonzero(np.concatenate([[True], event[1:] != event[:-1]])) if len(event) else np.zeros(0, int)
    )
    count = np.diff([*begin, len(event)]).astype(np.int32)
    match = np.arange(len(event), dtype=np.int32)
    sides = (Side(columns, count, match) for columns in (objects.gen, objects.reco))
    return EventObjects(event[begin], {kind: Kind(*sides)})


class ObjectsWriter(Hdf5Writer):
    """Writes object tables; see :class:`~pyjetsim.io.hdf5_writer.Hdf5Writer`.

    Parameters
    ----------
    path : str or Path
        The file; its folder is made where it is missing.
    task : str
        Whose columns they are.
    provenance : mapping
        How the objects were made, as JSON.
    columns : mapping of Column
        Unit and meaning of ``KIND/SIDE/NAME`` and ``events/NAME``; empty for those that are not named.

    Raises
    ------
    InputError
        For a path that is a folder and for a provenance that is no JSON.
    StorageError
        Where the disk refuses.

    Notes
    -----
    The first events say which kinds and columns there are, and of which types.
    """

    def __init__(
        self,
        path: str | Path,
        task: str,
        provenance: Mapping[str, Any],
        columns: Mapping[str, Column] | None = None,
    ) -> None:
        super().__init__(path, provenance)
        self.task, self._told = task, dict(columns or {})
        self._columns: list[str] | None = None
        self._rows: dict[str, int] = {}
        self._last: int | None = None

    def _begin(self) -> None:
        self._file.create_group(EVENTS)

    def _attributes(self) -> dict[str, Any]:
        return {"format": FORMAT, "version": VERSION, "task": self.task}

    def append(self, objects: EventObjects) -> None:
        """Add the objects of events: the same kinds and columns every time, each of the same type and shape.

        An event that the last call ended with goes on where its number comes first again.

        Parameters
        ----------
        objects : EventObjects
            Of E events.

        Raises
        ------
        InputError
            For other kinds and columns than before, names that no column can have, and lengths that differ.
        StorageError
            Where the disk refuses.
        """
        columns = self._flat(objects)
        if self._columns is None:
            self._columns = list(columns)
            with held():
                for name, values in columns.items():
                    self._create(name, values.dtype, values.shape[1:])
                    told = self._told.get(name, Column())
                    self._file[name].attrs.update({"unit": told.unit, "meaning": told.meaning})
        if list(columns) != self._columns:
            raise InputError(
                f"columns are {', '.join(columns)}, and were {', '.join(self._columns)}",
                "a file has the same columns from its first object to its last",
                "give the same ones every time",
            )
        if not len(objects):
            return
        if self._last is not None and int(objects.event[0]) == self._last:
            self._go_on(columns)
        self._append(columns, len(objects))
        self._last = int(objects.event[-1])
        for name, kind in objects.kinds.items():
            for side, of in zip(SIDES, kind, strict=True):
                self._rows[f"{name}/{side}"] = self._rows.get(f"{name}/{side}", 0) + len(of)

    def _go_on(self, columns: dict[str, NDArray[Any]]) -> None:
        """Give the objects of the first event to the last one in the file, which it is."""
        with held():
            for name in columns:
                if name.startswith(f"{EVENTS}/"):
                    if name.startswith(_COUNT):
                        self._file[name][-1] += columns[name][0]
                    columns[name] = columns[name][1:]

    def _flat(self, objects: EventObjects) -> dict[str, NDArray[Any]]:
        """Datasets by path."""
        n_events = len(objects)
        found = {f"{EVENTS}/{EVENT}": np.asarray(objects.event, np.int64)}
        found.update({f"{EVENTS}/{name}": np.asarray(values) for name, values in objects.columns.items()})
        for name, kind in objects.kinds.items():
            for side, of in zip(SIDES, kind, strict=True):
                where, other = f"{name}/{side}", _OTHER[side]
                lengths = {len(values) for values in (*of.columns.values(), of.match)} | {int(of.count.sum())}
                if len(lengths) != 1 or len(of.count) != n_events:
                    raise InputError(
                        f"columns of {where} have different lengths {sorted(lengths)}",
                        "every object has one value in each, and belongs to an event",
                        "give all columns the same number of entries",
                    )
                for column, values in of.columns.items():
                    if column in (EVENT, other) or "/" in column or not column:
                        raise InputError(
                            f"a column of {where} is called {column!r}",
                            "the file says by that name which event and which partner a row has",
                            "call it something else",
                        )
                    found[f"{where}/{column}"] = np.asarray(values)
                begin = self._rows.get(f"{name}/{other}", 0)
                found[f"{EVENTS}/n_{name}_{side}"] = np.asarray(of.count, np.int32)
                found[f"{where}/{EVENT}"] = objects.event_of(name, side)
                found[f"{where}/{other}"] = np.where(of.match >= 0, of.match + begin, -1).astype(np.int32)
        for name, values in found.items():
            if name.startswith(f"{EVENTS}/") and len(values) != n_events:
                raise InputError(
                    f"{name} has {len(values)} entries for {n_events} events",
                    "every event has one value in each column",
                    "give one value for each event",
                )
        return found


_COUNT = f"{EVENTS}/n_"


class ObjectsFile:
    """Object tables to read from, some events at a time. Use as a context manager.

    Parameters
    ----------
    path : str or Path
        The file. Opening checks format, version, lengths and types.

    Raises
    ------
    DataError
        For a file that is none, is damaged or of another version.

    Examples
    --------
    >>> with ObjectsFile("ttbar.h5") as file:  # doctest: +SKIP
    ...     for objects in file.pairs("jets", "train"):
    ...         ratio = objects.reco["pt"] / objects.gen["pt"]
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            with held():
                self._file = h5py.File(self.path, "r")
        except _ERRORS as error:
            raise DataError(
                f"{self.path} cannot be opened: {error}",
                "objects are read from HDF5",
                "give a file that `pyjetsim simulate` wrote",
            ) from error
        try:
            self._check()
        except _ERRORS as error:
            self._file.close()
            raise self._error(f"{error}", "the file is damaged") from error
        except BaseException:
            self._file.close()
            raise

    def _error(self, what: str, why: str) -> DataError:
        return DataError(f"{self.path}: {what}", why, "write it again, or give another file")

    def _check(self) -> None:
        found = (self._file.attrs.get("format"), self._file.attrs.get("version"))
        if found[0] != FORMAT:
            raise self._error(f"format is {found[0]!r}, not {FORMAT!r}", "its layout is another one")
        if found[1] != VERSION:
            raise self._error(f"version is {found[1]}, not {VERSION}", "its layout is unknown here")
        if not isinstance(self._file.attrs.get("task"), str):
            raise self._error("task is missing", "nobody could tell what the columns mean")
        self.kinds: list[str] = sorted(name for name in self._file if name != EVENTS)
        """Of the objects in it, such as jets and muons."""
        n_events = self._column(f"{EVENTS}/{EVENT}", None, "iu")
        self.n_events: int = n_events
        self._event_columns = sorted(
            name for name in self._file[EVENTS] if name != EVENT and not f"{EVENTS}/{name}".startswith(_COUNT)
        )
        for name in self._event_columns:
            self._column(f"{EVENTS}/{name}", n_events)
        self._names: dict[str, list[str]] = {}
        self._begin: dict[str, NDArray[np.int64]] = {}
        for where in (f"{kind}/{side}" for kind in self.kinds for side in SIDES):
            other = _OTHER[where.rpartition("/")[2]]
            count = f"{_COUNT}{where.replace('/', '_')}"
            self._column(count, n_events, "iu")
            self._begin[where] = np.concatenate([[0], np.cumsum(self._file[count][:], dtype=np.int64)])
            n = self._column(f"{where}/{other}", int(self._begin[where][-1]), "iu")
            if n_events and (self._file[count][:] < 0).any():
                raise self._error(f"{count} has a number below 0", "it counts objects")
            self._column(f"{where}/{EVENT}", n, "iu")
            self._names[where] = sorted(set(self._file[where]) - {EVENT, other})
            for name in self._names[where]:
                self._column(f"{where}/{name}", n)

    def _column(self, name: str, n: int | None, kinds: str = "biuf") -> int:
        """Check one; its length."""
        column = self._file[name]
        if not isinstance(column, h5py.Dataset) or not column.ndim or column.dtype.kind not in kinds:
            raise self._error(f"{name} is no column of {'whole ' * (kinds == 'iu')}numbers", "it must be one")
        if n is not None and len(column) != n:
            raise self._error(
                f"{name} has {len(column)} entries, not {n}",
                "every object has one value in each column, and every event",
            )
        return len(column)

    def __enter__(self) -> ObjectsFile:
        return self

    def __exit__(self, *_: object) -> None:
        with held():
            self._file.close()

    @property
    def task(self) -> str:
        """Whose columns they are."""
        return str(self._file.attrs["task"])

    @property
    def provenance(self) -> dict[str, Any]:
        """How the file was made."""
        try:
            provenance = json.loads(self._file.attrs.get("provenance"))
        except (TypeError, ValueError, RecursionError):
            provenance = None
        if not isinstance(provenance, dict):
            raise self._error("provenance is missing or no JSON object", "nobody could tell how it was made")
        return provenance

    @property
    def event_columns(self) -> list[str]:
        """Names of what is known of events beside their number."""
        return self._event_columns

    def length(self, kind: str, side: str) -> int:
        """How many objects there are of a kind on a side."""
        return int(self._begin[self._of(kind, side)][-1])

    def columns(self, kind: str, side: str) -> list[str]:
        """Names of the columns of ``gen`` or ``reco`` of a kind.

        Raises :class:`~pyjetsim.errors.DataError` for a kind that is not there.
        """
        return self._names[self._of(kind, side)]

    def column(self, kind: str, side: str, name: str) -> Column:
        """Unit and meaning of a column.

        Raises :class:`~pyjetsim.errors.DataError` for a column that is not there.
        """
        if name not in self.columns(kind, side):
            raise DataError(
                f"{self.path} has no column {kind}/{side}/{name}",
                "it was asked for",
                f"use one of {', '.join(self.columns(kind, side))}",
            )
        attributes = self._file[f"{kind}/{side}/{name}"].attrs
        return Column(str(attributes.get("unit", "")), str(attributes.get("meaning", "")))

    def _of(self, kind: str, side: str) -> str:
        if kind not in self.kinds:
            raise DataError(
                f"{self.path} has no {kind}",
                f"its objects are {', '.join(self.kinds) or 'none'}",
                "give a file that has them",
            )
        return f"{kind}/{side}"

    def read(self, start: int = 0, stop: int | None = None) -> EventObjects:
        """All objects of the events ``start`` to ``stop``.

        Parameters
        ----------
        start, stop : int
            Places of events in the file; None: to the last.

        Returns
        -------
        EventObjects
            With links between its own rows.

        Raises
        ------
        DataError
            For damaged files.
        """
        first, last, _ = slice(start, stop).indices(self.n_events)
        last = max(first, last)
        try:
            with held():
                event = np.asarray(self._file[f"{EVENTS}/{EVENT}"][first:last], np.int64)
                columns = {name: self._file[f"{EVENTS}/{name}"][first:last] for name in self._event_columns}
                kinds = {
                    kind: Kind(*(self._side(kind, side, first, last) for side in SIDES))
                    for kind in self.kinds
                }
        except _ERRORS as error:
            raise self._error(f"it cannot be read: {error}", "the file is damaged") from error
        return EventObjects(event, kinds, columns)

    def _side(self, kind: str, side: str, first: int, last: int) -> Side:
        where, other = f"{kind}/{side}", _OTHER[side]
        begin, others = self._begin[where], self._begin[f"{kind}/{other}"]
        rows = slice(begin[first], begin[last])
        link = self._file[f"{where}/{other}"][rows].astype(np.int64)
        count = np.diff(begin[first : last + 1])
        place = np.repeat(np.arange(first, last), count)
        if ((link >= 0) & ((link < others[place]) | (link >= others[place + 1]))).any():
            raise self._error(f"{where}/{other} names rows of other events", "partners are of one event")
        return Side(
            {name: np.asarray(self._file[f"{where}/{name}"][rows]) for name in self._names[where]},
            count.astype(np.int32),
            np.where(link >= 0, link - others[first], -1).astype(np.int32),
        )

    def batches(self, split: Split = "all", size: int = BATCH_EVENTS) -> Iterator[EventObjects]:
        """All objects of the events of a split.

        Parameters
        ----------
        split : {"train", "validation", "test", "all"}
            Which events.
        size : int
            Events of the file looked at at a time.

        Yields
        ------
        EventObjects
            Those of some events, in the order of the file.

        Raises
        ------
        DataError
            For damaged files.
        """
        for start in range(0, self.n_events, size):
            objects = self.read(start, start + size)
            inside = in_split(objects.event, split)
            if inside.all():
                yield objects
            elif inside.any():
                yield objects.events(inside)

    def pairs(self, kind: str, split: Split = "all", size: int = BATCH_EVENTS) -> Iterator[Objects]:
        """The gen objects of a kind that have a reco object, with it; as :meth:`batches`."""
        self._of(kind, "gen")
        for objects in self.batches(split, size):
            yield objects.matched(kind)


def open_objects(path: str | Path) -> ObjectsFile | NanoAODObjects:
    """Open object tables, or a NanoAOD file that is read as such.

    Parameters
    ----------
    path : str or Path
        The file, recognised by what it holds.

    Returns
    -------
    ObjectsFile or NanoAODObjects
        To use as a context manager; both are read in the same way.

    Raises
    ------
    DataError
        For a file that is neither, or is damaged.
    MissingExtraError
        For ROOT without uproot.
    """
    from pyjetsim.io.nanoaod_objects import NanoAODObjects
    from pyjetsim.io.root import MAGIC

    try:
        with Path(path).open("rb") as file:
            start = file.read(len(MAGIC))
    except OSError as error:
        raise DataError(
            f"{path} cannot be opened: {error.strerror}", "objects are read from it", "check the name"
        ) from error
    return NanoAODObjects(path) if start == MAGIC else ObjectsFile(path)


def is_nanoaod_objects(path: Path) -> bool:
    """Whether a file is ROOT that :func:`open_objects` reads."""
    from pyjetsim.io.nanoaod_objects import NanoAODObjects

    try:
        with open_objects(path) as file:
            return isinstance(file, NanoAODObjects)
    except DataError:
        return False


def task_of(path: Path) -> str | None:
    """Whose columns a file holds; None for whatever is no table of objects.

    Raises :class:`~pyjetsim.errors.DataError` for a table that does not say it.
    """
    try:
        with held(), h5py.File(path, "r") as file:
            told, task = file.attrs.get("format"), file.attrs.get("task")
    except (OSError, RuntimeError, TypeError, ValueError):
        return None  # the reader of jets.h5 says what is wrong
    if not isinstance(told, str) or told != FORMAT:
        return None
    if not isinstance(task, str):
        raise DataError(
            f"{path}: task is missing", "nobody could tell what the columns mean", "write it again"
        )
    return task
