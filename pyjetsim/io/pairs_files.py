"""Pairs in files that are no jets.h5: what their writers and readers share."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.output import check_file, make_parents, remove_empty, storage_errors, temporary_name
from pyjetsim.errors import DataError
from pyjetsim.io.hdf5_writer import as_json
from pyjetsim.io.jets_h5.optional import OptionalColumns
from pyjetsim.io.splits import Split, in_split
from pyjetsim.jets import Jets, Pairs, pseudorapidity, transverse_momentum
from pyjetsim.jets.selection import Selection

KEY = "pyjetsim"
"""Under which a file says what it holds, as JSON."""
FORMAT = "pyjetsim.pairs"
VERSION = 1


class PairsOutput(Protocol):
    """A file that pairs are written to, piece by piece; a context manager, as ``PairsWriter`` is."""

    provenance: dict[str, Any]
    written: int

    def append(self, pairs: Pairs) -> None:
        """Add pairs at the end, with the columns of the first ones."""
        ...


@dataclass(frozen=True, slots=True)
class Stored:
    """Where an optional column stands in a table."""

    names: tuple[str, ...]
    """Of the numbers of an entry, one after the other."""
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    """Of an entry."""

    def to_json(self) -> dict[str, Any]:
        """For the description of a file."""
        return {"names": list(self.names), "dtype": self.dtype.str[1:], "shape": list(self.shape)}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Stored:
        """What :meth:`to_json` gave; KeyError, TypeError or ValueError for anything else."""
        shape = tuple(int(length) for length in told["shape"])
        names = tuple(str(name) for name in told["names"])
        if len(names) != prod(shape):
            raise ValueError(f"{len(names)} names for entries of shape {shape}")
        return cls(names, np.dtype(told["dtype"]), shape)

    def parts(self, values: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Each number of the entries (N, ...) by its name."""
        flat = values.reshape(len(values), prod(self.shape))
        if flat.dtype == np.float16:
            flat = flat.astype(np.float32)  # which more programs know
        return {name: np.ascontiguousarray(flat[:, i]) for i, name in enumerate(self.names)}

    def whole(self, parts: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """The entries (N, ...) that :meth:`parts` took apart."""
        columns = [np.asarray(parts[name]).astype(self.dtype, copy=False) for name in self.names]
        return np.stack(columns, axis=1).reshape(-1, *self.shape)


def stored_as(columns: OptionalColumns, path: str, name: str) -> Stored:
    """A column under a name, and under several if its entries are several numbers."""
    shape = columns.shapes[path]
    names = (name,) if not shape else tuple(f"{name}_{i}" for i in range(prod(shape)))
    return Stored(names, columns.dtypes[path], shape)


@dataclass(frozen=True)
class Described:
    """What a file says of itself."""

    max_constituents: int
    weight_names: tuple[str, ...]
    columns: Mapping[str, Stored]
    """By path in a jets.h5."""
    provenance: dict[str, Any]

    def to_json(self, path: Path) -> str:
        """For the file ``path``."""
        told = {
            "format": FORMAT,
            "version": VERSION,
            "max_constituents": self.max_constituents,
            "weight_names": list(self.weight_names),
            "columns": {name: stored.to_json() for name, stored in self.columns.items()},
            "provenance": self.provenance,
        }
        return as_json(path, told)

    @classmethod
    def from_json(cls, path: Path, text: str | bytes) -> Described:
        """Read it; :class:`~pyjetsim.errors.DataError` for another version, and for what is damaged."""
        try:
            told = json.loads(text)
            version = told["version"] if told["format"] == FORMAT else None
        except (TypeError, ValueError, KeyError, RecursionError) as error:
            refuse(path, f"what it says of itself cannot be read: {error}", error)
        if version != VERSION:
            raise DataError(
                f"{path}: version is {version!r}, this pyjetsim reads {VERSION}",
                "the layout may have changed",
                "install the pyjetsim that wrote it",
            )
        try:
            return cls(
                int(told["max_constituents"]),
                tuple(str(name) for name in told["weight_names"]),
                {name: Stored.from_json(stored) for name, stored in told["columns"].items()},
                dict(told["provenance"]),
            )
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            refuse(path, f"what it says of itself cannot be read: {error}", error)


def refuse(path: Path, what: str, error: BaseException | None = None) -> NoReturn:
    """Raise :class:`~pyjetsim.errors.DataError` for a file of ours that is not as it was written."""
    raise DataError(
        f"{path}: {what}", "it was changed or damaged since pyjetsim wrote it", "make it anew"
    ) from error


class TableWriter(ABC):
    """Writes pairs to a file of tables; it appears under its name only when it is whole.

    As :class:`~pyjetsim.io.jets_h5.writer.PairsWriter`: a context manager, whose ``provenance`` may be
    changed until the end. Raises :class:`~pyjetsim.errors.InputError` for a path that is a folder, a
    provenance that is no JSON and other columns than the first pairs had,
    :class:`~pyjetsim.errors.StorageError` where the disk refuses.
    """

    def __init__(self, path: str | Path, provenance: Mapping[str, Any], max_constituents: int) -> None:
        self.path = Path(path)
        check_file(self.path)
        self.provenance: dict[str, Any] = json.loads(as_json(self.path, provenance))
        self.max_constituents = max_constituents
        self.written = 0
        self.optional = OptionalColumns()
        self.stored: dict[str, Stored] = {}
        """Where the optional columns stand, by path."""
        self.temporary = temporary_name(self.path)

    @abstractmethod
    def _begin(self) -> dict[str, Stored]:
        """Name the optional columns, which are known now."""

    @abstractmethod
    def _add(self, pairs: Pairs, columns: Mapping[str, NDArray[Any]]) -> None:
        """Write pairs with room for P constituents, and their columns."""

    @abstractmethod
    def _finish(self, described: str) -> None:
        """Write what is held back and what the file says of itself, and close it."""

    @abstractmethod
    def _close(self) -> None:
        """Close what is open; it may raise anything."""

    def __enter__(self) -> Self:
        with storage_errors(self.path):
            self._made = make_parents(self.path)
        return self

    def append(self, pairs: Pairs) -> None:
        """Add pairs at the end; constituents beyond P are cut, missing ones padded."""
        if not self.optional.begun and (len(pairs) or pairs.columns):
            self.optional.begin(pairs)
            self.stored = self._begin()
        if len(pairs) == 0:
            return
        columns = self.optional.of(pairs)
        room = self.max_constituents
        whole = Pairs(
            pairs.gen.padded_to(room),
            pairs.reco.padded_to(room),
            pairs.event,
            pairs.delta_r,
            pairs.n_vertices,
        )
        with storage_errors(self.path):
            self._add(whole, columns)
        self.written += len(pairs)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                with storage_errors(self.path):
                    if not self.optional.begun:
                        self.optional.begin(Pairs.empty(self.max_constituents))
                        self.stored = self._begin()
                    names = self.optional.weight_names
                    described = Described(self.max_constituents, names, self.stored, self.provenance)
                    self._finish(described.to_json(self.path))
                    self.temporary.replace(self.path)
        finally:
            # A full disk cannot be flushed either; the first error is the one to tell.
            with suppress(Exception):
                self._close()
            self.temporary.unlink(missing_ok=True)
            remove_empty(self._made)


class PairsInput(ABC):
    """Pairs of a file, read in the order of its jets.h5; a context manager."""

    def __init__(self, path: Path, described: Described) -> None:
        self.path = path
        self.max_constituents = described.max_constituents
        self.provenance = described.provenance
        self.weight_names = described.weight_names
        self.stored = described.columns
        self.columns: tuple[str, ...] = tuple(described.columns)

    @abstractmethod
    def __len__(self) -> int: ...

    @property
    @abstractmethod
    def event(self) -> NDArray[np.int64]:
        """(N,) all event numbers."""

    @abstractmethod
    def column(self, name: str) -> NDArray[Any]:
        """(N,) all entries of ``run``, ``luminosity_block`` or ``copy``."""

    def none(self) -> Pairs:
        """No pairs, with the columns of the file."""
        columns = {name: np.zeros((0, *stored.shape), stored.dtype) for name, stored in self.stored.items()}
        return replace(Pairs.empty(self.max_constituents), columns=columns, weight_names=self.weight_names)

    @abstractmethod
    def pieces(self) -> Iterator[Pairs]:
        """All pairs, some at a time."""

    def batches(self, split: Split = "all", size: int = 8192) -> Iterator[Pairs]:
        """All pairs of a split, at most ``size`` rows of the file at a time."""
        for piece in self.pieces():
            for start in range(0, len(piece), size):
                pairs = piece[start : start + size]
                inside = in_split(pairs.event, split)
                if inside.any():
                    yield pairs if inside.all() else pairs[inside]

    def selected(self, selection: Selection, split: Split = "all") -> Iterator[Pairs]:
        """Pairs whose reco jet is accepted, as :meth:`pyjetsim.io.PairsFile.selected`."""
        for pairs in self.batches(split):
            accepted = pairs[selection.accepts(pairs.reco)]
            if len(accepted):
                yield accepted


def stored_constituents(jets: Jets) -> NDArray[np.int64]:
    """(N,) how many rows of each jet are more than padding."""
    kept = jets.present | (jets.pid != 0)
    room = kept.shape[1]
    last = room - np.argmax(kept[:, ::-1], axis=1) if room else np.zeros(len(jets), np.int64)
    return np.where(kept.any(axis=1), last, 0).astype(np.int64)


def directions(momenta: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """``pt``, ``eta`` (infinite along the beam) and ``phi`` of (M, 3) momenta, beside px, py, pz."""
    with np.errstate(over="ignore"):
        eta = pseudorapidity(momenta)
    phi = np.arctan2(momenta[:, 1], momenta[:, 0])
    return {"pt": transverse_momentum(momenta), "eta": eta, "phi": phi}


def padded(values: NDArray[Any], count: NDArray[np.integer], room: int) -> NDArray[Any]:
    """(N, P, ...) of the entries of N jets, one jet after the other, padded with zeros."""
    whole = np.zeros((len(count), room, *values.shape[1:]), values.dtype)
    whole[np.arange(room) < np.asarray(count)[:, None]] = values
    return whole
