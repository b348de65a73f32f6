"""Optional columns of a file that is written piece by piece: the first pairs say which there are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import InputError
from pyjetsim.io.jets_h5.layout import OPTIONAL, required
from pyjetsim.jets import Pairs
from pyjetsim.jets.jets import other_columns


class OptionalColumns:
    """The columns of a file, and their values in the types that it has them in."""

    def __init__(self) -> None:
        self.begun = False
        self.weight_names: tuple[str, ...] = ()
        self.dtypes: dict[str, np.dtype[Any]] = {}
        """By path."""
        self.shapes: dict[str, tuple[int, ...]] = {}
        """Of an entry, by path."""

    def begin(self, pairs: Pairs) -> None:
        """Take the columns of ``pairs``; :class:`~pyjetsim.errors.InputError` for a name that cannot be."""
        for name in pairs.columns:
            taken = [*required(), *(other for other in pairs.columns if other != name)]
            if (
                name in ("gen", "reco")
                or any(name == other or name.startswith(f"{other}/") for other in taken)
                or {"", ".", ".."} & set(name.split("/"))
            ):
                raise InputError(
                    f"{name!r} cannot be the name of an optional column",
                    "it is that of another part of the file",
                    "choose another name",
                )
        for name, values in pairs.columns.items():
            self.dtypes[name] = np.dtype(OPTIONAL.get(name, values.dtype.newbyteorder("=")))
            self.shapes[name] = values.shape[1:]
        self.weight_names = pairs.weight_names
        self.begun = True

    def of(self, pairs: Pairs) -> dict[str, NDArray[Any]]:
        """The columns of ``pairs``, which are those that were begun with.

        Raises :class:`~pyjetsim.errors.InputError` for others, and for numbers that would change.
        """
        if set(pairs.columns) != set(self.dtypes) or pairs.weight_names != self.weight_names:
            raise other_columns(pairs, self.dtypes, self.weight_names)
        return {name: self._cast(name, values) for name, values in pairs.columns.items()}

    def _cast(self, name: str, values: NDArray[Any]) -> NDArray[Any]:
        dtype, inner = self.dtypes[name], self.shapes[name]
        if values.shape[1:] != inner:
            raise InputError(
                f"{name} has shape {values.shape}, and rows of {inner} before",
                "a column has rows of one shape",
                "give the same shape every time",
            )
        found = np.asarray(values).astype(dtype)
        if not np.can_cast(values.dtype, dtype, "safe") and not np.array_equal(
            found, values, equal_nan=values.dtype.kind == "f"
        ):
            raise InputError(
                f"{name} has values of type {values.dtype} that {dtype} does not hold",
                "its numbers would change silently",
                f"give {dtype}",
            )
        return found
