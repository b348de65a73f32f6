"""Read a jets.h5 piece by piece, and name what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import h5py
import numpy as np
from numpy.typing import NDArray

from pyjetsim._core import is_hdf5
from pyjetsim._utils.interrupts import held
from pyjetsim.errors import DataError
from pyjetsim.io.hepmc import HepMCFile
from pyjetsim.io.jets_h5.chunks import chunk_of
from pyjetsim.io.jets_h5.layout import (
    CHUNK,
    FORMAT,
    JETS,
    OPTIONAL,
    PAIRS,
    VERSION,
    WEIGHT_NAMES,
    required,
)
from pyjetsim.io.splits import Split, in_split
from pyjetsim.jets import Jets, Pairs
from pyjetsim.jets.jets import WEIGHT, column_fault
from pyjetsim.jets.selection import Selection

_HDF5_ERRORS = (OSError, RuntimeError, KeyError, TypeError, ValueError)
"""What h5py raises for a damaged file, or one with links and types that it cannot follow."""
_Layout = tuple[tuple[int, ...], np.dtype[Any]]
_START = 1 << 16
"""Bytes that tell the kind of a file."""
_DAMAGED = "the file is damaged or truncated"


class PairsFile:
    """A jets.h5 to read from, piece by piece. Use as a context manager.

    Parameters
    ----------
    path : str or Path
        The file.

    Raises
    ------
    DataError
        On opening, for another format, version or layout; on reading, for values that cannot be.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._file = _open(self.path)
        self._opened: dict[str, h5py.Dataset] = {}
        """Columns that were read: to open one takes as long as reading tens of pairs."""
        try:
            self._check_layout()
            self._columns = self._optional_columns()
            self.weight_names: tuple[str, ...] = self._names_of_weights()
            """(W,) what the weights are called; empty where there are none, or nobody said."""
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> PairsFile:
        return self

    def __exit__(self, *_: object) -> None:
        # An interrupt raised inside HDF5's own callbacks would be lost.
        with held():
            self._file.close()

    def __len__(self) -> int:
        return int(self._file["event"].shape[0])

    @property
    def max_constituents(self) -> int:
        """P, the constituents that a jet has room for."""
        return int(self._file["gen/constituents"].shape[1])

    @property
    def provenance(self) -> dict[str, Any]:
        """How the file was made.

        Raises
        ------
        DataError
            Where it is missing, or no JSON object.
        """
        try:
            provenance = json.loads(self._attribute("provenance"))
        except (TypeError, ValueError, RecursionError):
            provenance = None
        if not isinstance(provenance, dict):
            raise self._error(
                "provenance is missing or no JSON object", "nobody could tell how the jets were made"
            )
        return provenance

    @property
    def columns(self) -> tuple[str, ...]:
        """Paths of the optional columns that the file has."""
        return tuple(self._columns)

    @property
    def event(self) -> NDArray[np.int64]:
        """(N,) all event numbers: small enough to hold."""
        return np.asarray(self._read("event", slice(None)))

    def read(self, start: int = 0, stop: int | None = None) -> Pairs:
        """Pairs ``start`` to ``stop``, checked.

        Parameters
        ----------
        start, stop : int
            Rows of the file, as of a slice; ``stop`` None: to the end.

        Returns
        -------
        Pairs
            (stop - start,), with the optional columns.

        Raises
        ------
        DataError
            For what cannot be read, values that are not finite, and constituents that are not pt-descending.
        """
        rows = slice(start, stop)
        gen, reco = (
            Jets(*(self._read(f"{group}/{name}", rows) for name in JETS)) for group in ("gen", "reco")
        )
        columns = {name: self.column(name, rows) for name in self._columns}
        event, delta_r, n_vertices = (self._read(name, rows) for name in PAIRS)
        pairs = Pairs(gen, reco, event, delta_r, n_vertices, columns, self.weight_names)
        if len(pairs):
            self._check_values(pairs, start)
        return pairs

    def none(self) -> Pairs:
        """No pairs, with the columns of the file.

        Returns
        -------
        Pairs
            (0,).
        """
        return self.read(0, 0)

    def column(self, name: str, rows: slice = slice(None)) -> NDArray[Any]:
        """An optional column of all pairs, or some of them; or a required one, such as ``gen/jet``.

        Parameters
        ----------
        name : str
            Its path, one of :attr:`columns` or of :func:`~pyjetsim.io.jets_h5.layout.required`.
        rows : slice
            Which pairs.

        Returns
        -------
        array (N, ...)
            In the type of ``docs/formats.md``, or that of the file.

        Raises
        ------
        DataError
            For what cannot be read, and weights that are not finite.
        """
        values = self._read(name, rows)
        values = values.astype(self._columns.get(name, values.dtype), copy=False)
        if name == WEIGHT and not np.isfinite(values).all():
            bad = (rows.start or 0) + int(np.argmin(np.isfinite(values).all(axis=1)))
            raise self._error(f"{name} of jet {bad} is not finite", "every sum of weights would be lost")
        return values

    def batches(self, split: Split = "all", size: int = 8 * CHUNK) -> Iterator[Pairs]:
        """All pairs of a split.

        Parameters
        ----------
        split : {"all", "train", "validation", "test"}
            Which events.
        size : int
            Rows of the file that are read at a time.

        Yields
        ------
        Pairs
            At least one, in the order of the file.

        Raises
        ------
        DataError
            As :meth:`read`.
        """
        for start in range(0, len(self), size):
            pairs = self.read(start, start + size)
            inside = in_split(pairs.event, split)
            if inside.any():
                yield pairs if inside.all() else pairs[inside]

    def selected(self, selection: Selection, split: Split = "all") -> Iterator[Pairs]:
        """Pairs whose reco jet is accepted.

        Parameters
        ----------
        selection : Selection
            The cuts. Those on constituents are not made: see
            :meth:`~pyjetsim.jets.selection.Selection.constituents`.
        split : {"all", "train", "validation", "test"}
            Which events.

        Yields
        ------
        Pairs
            At least one, in the order of the file.

        Raises
        ------
        DataError
            As :meth:`read`.
        """
        for pairs in self.batches(split):
            accepted = pairs[selection.accepts(pairs.reco)]
            if len(accepted):
                yield accepted

    def _read(self, name: str, rows: slice) -> NDArray[Any]:
        try:
            with held():
                column = self._opened.get(name)
                if column is None:
                    column = self._opened[name] = self._file[name]
                chunk = chunk_of(column, rows)
                return np.asarray(column[rows]) if chunk is None else chunk
        except _HDF5_ERRORS as error:
            raise self._error(f"{name} cannot be read: {error}", _DAMAGED) from error

    def _attribute(self, name: str) -> Any:
        try:
            return self._file.attrs.get(name)
        except _HDF5_ERRORS as error:
            raise self._error(f"{name} cannot be read: {error}", _DAMAGED) from error

    def _layout_of(self, name: str) -> _Layout:
        """Shape and dtype of a dataset."""
        try:
            found = self._file.get(name)
            if isinstance(found, h5py.Dataset) and found.shape is not None:
                return found.shape, found.dtype
        except _HDF5_ERRORS as error:
            raise self._error(f"{name} cannot be read: {error}", _DAMAGED) from error
        raise self._error(f"{name} is missing", "a pair cannot be read without it")

    def _error(
        self, what: str, why: str, todo: str = "make it anew or ask its maker for a whole copy"
    ) -> DataError:
        return DataError(f"{self.path}: {what}", why, todo)

    def _check_layout(self) -> None:
        file_format, version = self._attribute("format"), self._attribute("version")
        # Whatever stands there: an array has no truth value.
        if not isinstance(file_format, str) or file_format != FORMAT:
            raise self._error(
                f"format is {file_format!r}, not {FORMAT!r}",
                "only jets.h5 files hold pairs",
                "give a file made by `pyjetsim generate`",
            )
        if not isinstance(version, np.integer) or version != VERSION:
            raise self._error(
                f"version is {version}, this pyjetsim reads {VERSION}",
                "the layout may have changed",
                "install the pyjetsim that wrote it",
            )
        found = {name: self._layout_of(name) for name in required()}
        event, constituents = found["event"][0], found["gen/constituents"][0]
        # Whatever the ranks are, every name is then compared with what it should be.
        n, p = (*event, 0)[0], (*constituents, 0, 0)[1]
        for group in ("gen", "reco"):
            for name, (dtype, shape) in JETS.items():
                wanted = (n, *(p if size == -1 else size for size in shape))
                self._check(f"{group}/{name}", found[f"{group}/{name}"], (wanted, np.dtype(dtype)))
        for name, pair_dtype in PAIRS.items():
            self._check(name, found[name], ((n,), np.dtype(pair_dtype)))

    def _optional_columns(self) -> dict[str, np.dtype[Any]]:
        """Paths of what is no required dataset, with the types that they are read as."""
        paths: list[str] = []
        try:
            with held():
                self._file.visititems(
                    lambda path, item: paths.append(path) if isinstance(item, h5py.Dataset) else None
                )
        except _HDF5_ERRORS as error:
            raise self._error(f"its contents cannot be listed: {error}", _DAMAGED) from error
        columns = {}
        for path in sorted(set(paths) - set(required())):
            shape, dtype = self._layout_of(path)
            what, why, todo = column_fault(path, shape, dtype, len(self))
            if what:
                raise self._error(f"{path} {what}", why, todo)
            wanted = np.dtype(OPTIONAL.get(path, dtype.newbyteorder("=")))
            if not np.can_cast(dtype, wanted, "safe"):
                raise self._error(
                    f"{path} has dtype {dtype}, not {wanted}", "its numbers would change silently"
                )
            if path in OPTIONAL and path != WEIGHT and len(shape) != 1:
                raise self._error(
                    f"{path} has shape {shape}, not {shape[:1]}", "its rows would belong to other jets"
                )
            columns[path] = wanted
        return columns

    def _names_of_weights(self) -> tuple[str, ...]:
        if WEIGHT not in self._columns:
            return ()
        try:
            told = self._file[WEIGHT].attrs.get(WEIGHT_NAMES)
            if told is None:
                return ()
            names = tuple(
                name.decode() if isinstance(name, bytes) else name for name in np.atleast_1d(told).tolist()
            )
        except _HDF5_ERRORS as error:
            raise self._error(f"{WEIGHT_NAMES} cannot be read: {error}", _DAMAGED) from error
        count = self._file[WEIGHT].shape[1]
        if len(names) != count or not all(isinstance(name, str) for name in names):
            raise self._error(
                f"{WEIGHT} has {count} weights a jet and {WEIGHT_NAMES} {len(names)}"
                if len(names) != count
                else f"{WEIGHT_NAMES} are no texts",
                "nobody could tell which is which",
                "give a name for each weight, or leave them out",
            )
        return names

    def _check(self, name: str, found: _Layout, wanted: _Layout) -> None:
        if found[0] != wanted[0]:
            raise self._error(
                f"{name} has shape {found[0]}, not {wanted[0]}", "its rows would belong to other jets"
            )
        if found[1] != wanted[1]:
            raise self._error(
                f"{name} has dtype {found[1]}, not {wanted[1]}", "its numbers would change silently"
            )

    def _check_values(self, pairs: Pairs, start: int) -> None:
        for group, jets in (("gen", pairs.gen), ("reco", pairs.reco)):
            for name in ("constituents", "jet"):
                finite = np.isfinite(getattr(jets, name)).reshape(len(jets), -1).all(axis=1)
                if not finite.all():
                    raise self._error(
                        f"{group}/{name} of jet {start + int(np.argmin(finite))} is not finite",
                        "a NaN spreads through a whole training",
                    )
            # Squares, which are quicker than lengths, in double precision: every float32 has one there.
            px, py = (np.square(jets.constituents[..., i], dtype=np.float64) for i in range(2))
            squared = px + py
            # Writers sort in double precision: allow for the rounding of float32.
            ordered = (squared[:, 1:] <= (1 + 1e-5) ** 2 * squared[:, :-1]).all(axis=1)
            if not ordered.all():
                raise self._error(
                    f"{group}/constituents of jet {start + int(np.argmin(ordered))} are not pt-descending",
                    "truncation would drop the wrong ones",
                    "sort them: pyjetsim.Jets.from_constituents does",
                )


def _open(path: Path) -> h5py.File:
    if not path.is_file():
        _refuse_no_file(path)
    try:
        return h5py.File(path, "r")
    except _HDF5_ERRORS as error:
        if "unable to lock file" in str(error):
            raise DataError(
                f"{path} is locked by another program",
                "it is being written, and half of it would be read",
                "wait until that is done; if nothing writes it, set HDF5_USE_FILE_LOCKING=FALSE",
            ) from error
        if "already open for write" in str(error):
            raise DataError(
                f"{path} is open for writing elsewhere, or who wrote it was stopped",
                "half of it would be read",
                "wait until it is written; if nothing writes it, run `h5clear -s` on a copy",
            ) from error
        raise _unreadable(path, error) from error


def _refuse_no_file(path: Path) -> NoReturn:
    if path.is_dir():
        raise DataError(
            f"{path} is a folder", "pairs of jets are read from one file", "name the jets.h5 in it"
        )
    if path.exists():
        raise DataError(
            f"{path} is no regular file", "HDF5 cannot be read from a pipe", "write it to a file first"
        )
    raise DataError(f"{path} is not there", "there are no jets to read", "check the name")


def _unreadable(path: Path, error: Exception) -> DataError:
    """Why HDF5 cannot open a file: a damaged one, or one of another kind."""
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except OSError as refused:
        return DataError(
            f"{path} cannot be read: {refused.strerror}", "the disk refuses it", "check its permissions"
        )
    if is_hdf5(start):
        return DataError(
            f"{path} is no readable HDF5 file: {' '.join(str(error).split())}",
            "it is truncated or damaged",
            "make it anew or ask its maker for a whole copy",
        )
    todo = "give a jets.h5, as `pyjetsim generate` and `pyjetsim convert` make them"
    try:
        found = HepMCFile(path).format
    except DataError as told:
        # "x.root is a ROOT file" where the kind is known; else it is said there what HepMC it is not.
        what = told.what if told.what.startswith(f"{path} is ") else f"{path} is no HDF5 file"
        return DataError(what, "pairs of gen and reco jets are read from a jets.h5", todo)
    return DataError(
        f"{path} is a {found} file",
        "it has generated particles, and no reco jets to learn from or to compare",
        f"{todo}; `pyjetsim simulate` makes simulated reco jets of HepMC",
    )
