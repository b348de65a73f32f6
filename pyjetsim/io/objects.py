"""Object tables: columns of gen and of reco objects, for tasks that are not whole jets.

Format ``pyjetsim.objects``, version 1, in HDF5. Root attributes ``format``, ``version``, ``task`` (whose
columns they are) and ``provenance`` (JSON). Groups ``gen`` and ``reco`` have columns (N, ...) of any names
and types of numbers, each with the attribute ``unit``; row i of both is one object and its simulation, or its
match. ``event`` int64 (N,) is the number of its event.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.interrupts import held
from pyjetsim.errors import DataError, InputError
from pyjetsim.io.hdf5_writer import Hdf5Writer
from pyjetsim.io.jets_h5.layout import CHUNK
from pyjetsim.io.splits import Split, in_split

FORMAT = "pyjetsim.objects"
VERSION = 1
SIDES = ("gen", "reco")

_ERRORS = (OSError, RuntimeError, KeyError, TypeError, ValueError)
"""What h5py raises for a damaged file, or one with links and types that it cannot follow."""
Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Objects:
    """N objects, each with its partner."""

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


class ObjectsWriter(Hdf5Writer):
    """Writes object tables; see :class:`~pyjetsim.io.hdf5_writer.Hdf5Writer`.

    ``units``: of ``gen/NAME`` and ``reco/NAME``, empty for a number without. The first rows say which columns
    there are, and of which types.
    """

    def __init__(
        self, path: str | Path, task: str, provenance: Mapping[str, Any], units: Mapping[str, str]
    ) -> None:
        super().__init__(path, provenance)
        self.task, self._units = task, dict(units)
        self._columns: list[str] | None = None

    def _begin(self) -> None:
        for side in SIDES:
            self._file.create_group(side)
        self._create("event", np.int64, ())

    def _attributes(self) -> dict[str, Any]:
        return {"format": FORMAT, "version": VERSION, "task": self.task}

    def append(self, objects: Objects) -> None:
        """Add objects: the same columns every time, each of the same type and inner shape.

        Raises :class:`~pyjetsim.errors.InputError` for other columns, and for lengths that differ.
        """
        columns = {
            f"{side}/{name}": np.asarray(values)
            for side, part in (("gen", objects.gen), ("reco", objects.reco))
            for name, values in part.items()
        }
        lengths = {len(values) for values in (*columns.values(), objects.event)}
        if len(lengths) != 1:
            raise InputError(
                f"columns of objects have different lengths {sorted(lengths)}",
                "every object has one value in each",
                "give all columns the same number of entries",
            )
        if self._columns is None:
            self._columns = list(columns)
            with held():
                for name, values in columns.items():
                    self._create(name, values.dtype, values.shape[1:])
                    self._file[name].attrs["unit"] = self._units.get(name, "")
        if list(columns) != self._columns:
            raise InputError(
                f"columns are {', '.join(columns)}, and were {', '.join(self._columns)}",
                "a file has the same columns from its first object to its last",
                "give the same ones every time",
            )
        if len(objects):
            self._append({**columns, "event": objects.event}, len(objects))


class ObjectsFile:
    """Object tables to read from, piece by piece. Use as a context manager.

    Opening checks format, version and lengths. Raises :class:`~pyjetsim.errors.DataError`.
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
        self._names = {side: sorted(self._file[side]) for side in SIDES}
        n = self._file["event"].shape
        if len(n) != 1 or self._file["event"].dtype.kind not in "iu":
            raise self._error("event is no column of whole numbers", "objects are split by their events")
        for side, names in self._names.items():
            for name in names:
                column = self._file[f"{side}/{name}"]
                if not isinstance(column, h5py.Dataset) or column.dtype.kind not in "biuf":
                    raise self._error(f"{side}/{name} is no column of numbers", "objects have nothing else")
                if column.shape[:1] != n:
                    raise self._error(
                        f"{side}/{name} has {column.shape[:1]} entries and event {n}",
                        "every object has one value in each column",
                    )

    def __enter__(self) -> ObjectsFile:
        return self

    def __exit__(self, *_: object) -> None:
        with held():
            self._file.close()

    def __len__(self) -> int:
        return int(self._file["event"].shape[0])

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

    def columns(self, side: str) -> list[str]:
        """Names of the columns of ``gen`` or ``reco``."""
        return self._names[side]

    def unit(self, side: str, name: str) -> str:
        """Of a column; empty for a number without."""
        return str(self._file[f"{side}/{name}"].attrs.get("unit", ""))

    def read(self, start: int = 0, stop: int | None = None) -> Objects:
        """Objects ``start`` to ``stop``."""
        rows = slice(start, stop)
        try:
            with held():
                gen, reco = (
                    {name: np.asarray(self._file[f"{side}/{name}"][rows]) for name in self._names[side]}
                    for side in SIDES
                )
                event = np.asarray(self._file["event"][rows], np.int64)
        except _ERRORS as error:
            raise self._error(f"it cannot be read: {error}", "the file is damaged") from error
        return Objects(gen, reco, event)

    def batches(self, split: Split = "all", size: int = 8 * CHUNK) -> Iterator[Objects]:
        """All objects of a split, about ``size`` rows of the file at a time."""
        for start in range(0, len(self), size):
            objects = self.read(start, start + size)
            inside = in_split(objects.event, split)
            if inside.any():
                yield objects.rows(inside)


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
