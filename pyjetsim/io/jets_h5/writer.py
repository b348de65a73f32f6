"""Write a jets.h5: piece by piece, and whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.interrupts import held
from pyjetsim._utils.output import storage_errors
from pyjetsim.errors import InputError
from pyjetsim.io.hdf5_writer import Hdf5Writer
from pyjetsim.io.jets_h5.layout import FORMAT, JETS, OPTIONAL, PAIRS, VERSION, WEIGHT_NAMES, required
from pyjetsim.jets import Pairs
from pyjetsim.jets.jets import WEIGHT, other_columns


class PairsWriter(Hdf5Writer):
    """Writes pairs to a jets.h5; see :class:`~pyjetsim.io.hdf5_writer.Hdf5Writer`.

    The first pairs say which optional columns there are.
    """

    def __init__(self, path: str | Path, provenance: Mapping[str, Any], max_constituents: int) -> None:
        super().__init__(path, provenance)
        self.max_constituents = max_constituents
        self._columns: dict[str, np.dtype[Any]] | None = None
        self._weight_names: tuple[str, ...] = ()

    def _begin(self) -> None:
        for group in ("gen", "reco"):
            for name, (dtype, shape) in JETS.items():
                inner = tuple(self.max_constituents if size == -1 else size for size in shape)
                self._create(f"{group}/{name}", dtype, inner)
        for name, pair_dtype in PAIRS.items():
            self._create(name, pair_dtype, ())

    def _attributes(self) -> dict[str, Any]:
        return {"format": FORMAT, "version": VERSION}

    def append(self, pairs: Pairs) -> None:
        """Add pairs at the end; constituents beyond P are cut, missing ones padded.

        Raises :class:`~pyjetsim.errors.InputError` for other columns than the first pairs had.
        """
        if self._columns is None and (len(pairs) or pairs.columns):
            self._begin_columns(pairs)
        if len(pairs) == 0:
            return
        assert self._columns is not None
        if set(pairs.columns) != set(self._columns) or pairs.weight_names != self._weight_names:
            raise other_columns(pairs, self._columns, self._weight_names)
        sides = {
            group: jets.padded_to(self.max_constituents)
            for group, jets in (("gen", pairs.gen), ("reco", pairs.reco))
        }
        columns = {f"{group}/{name}": getattr(jets, name) for group, jets in sides.items() for name in JETS}
        more = {name: self._as_begun(name, values) for name, values in pairs.columns.items()}
        self._append(
            {**columns, **{name: getattr(pairs, name) for name in PAIRS}, **more},
            len(pairs),
        )

    def _begin_columns(self, pairs: Pairs) -> None:
        self._columns, self._weight_names = {}, pairs.weight_names
        for name, values in pairs.columns.items():
            taken = [*required(), *(other for other in pairs.columns if other != name)]
            parts = name.split("/")
            if (
                name in ("gen", "reco")
                or any(name == other or name.startswith(f"{other}/") for other in taken)
                or {"", ".", ".."} & set(parts)
            ):
                raise InputError(
                    f"{name!r} cannot be the name of an optional column",
                    "it is that of another part of the file",
                    "choose another name",
                )
            self._columns[name] = np.dtype(OPTIONAL.get(name, values.dtype.newbyteorder("=")))
            with held(), storage_errors(self.path):
                self._create(name, self._columns[name], values.shape[1:])
                if name == WEIGHT and self._weight_names:
                    self._file[name].attrs[WEIGHT_NAMES] = list(self._weight_names)
                self._output.check()

    def _as_begun(self, name: str, values: NDArray[Any]) -> NDArray[Any]:
        """The values in the type of their dataset, none changed by that."""
        assert self._columns is not None
        dtype = self._columns[name]
        inner = self._file[name].shape[1:]
        if values.shape[1:] != inner:
            raise InputError(
                f"{name} has shape {values.shape}, and rows of {inner} before",
                "a column has rows of one shape",
                "give the same shape every time",
            )
        found = np.asarray(values).astype(dtype)
        if not np.can_cast(values.dtype, dtype, "safe") and not np.array_equal(found, values, equal_nan=True):
            raise InputError(
                f"{name} has values of type {values.dtype} that {dtype} does not hold",
                "its numbers would change silently",
                f"give {dtype}",
            )
        return found


def write_pairs(path: str | Path, pairs: Pairs, provenance: Mapping[str, Any]) -> None:
    """Write all pairs at once."""
    with PairsWriter(path, provenance, pairs.gen.constituents.shape[1]) as writer:
        writer.append(pairs)
