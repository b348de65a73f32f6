"""Write a jets.h5: piece by piece, and whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyjetsim._utils.interrupts import held
from pyjetsim._utils.output import storage_errors
from pyjetsim.io.hdf5_writer import Hdf5Writer
from pyjetsim.io.jets_h5.layout import FORMAT, JETS, PAIRS, VERSION, WEIGHT_NAMES
from pyjetsim.io.jets_h5.optional import OptionalColumns
from pyjetsim.jets import Pairs
from pyjetsim.jets.jets import WEIGHT


class PairsWriter(Hdf5Writer):
    """Writes pairs to a jets.h5; see :class:`~pyjetsim.io.hdf5_writer.Hdf5Writer`.

    The first pairs say which optional columns there are.

    Parameters
    ----------
    path : str or Path
        The file; its folder is made where it is missing.
    provenance : mapping
        How the pairs were made, as JSON.
    max_constituents : int
        P, the constituents that a jet has room for.

    Raises
    ------
    InputError
        For a path that is a folder and for a provenance that is no JSON.
    StorageError
        Where the disk refuses.
    """

    def __init__(self, path: str | Path, provenance: Mapping[str, Any], max_constituents: int) -> None:
        super().__init__(path, provenance)
        self.max_constituents = max_constituents
        self._optional = OptionalColumns()

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

        Parameters
        ----------
        pairs : Pairs
            (N,), of any P.

        Raises
        ------
        InputError
            For other columns than the first pairs had, and names that no column can have.
        StorageError
            Where the disk refuses.
        """
        if not self._optional.begun and (len(pairs) or pairs.columns):
            self._optional.begin(pairs)
            self._create_optional()
        if len(pairs) == 0:
            return
        more = self._optional.of(pairs)
        sides = {
            group: jets.padded_to(self.max_constituents)
            for group, jets in (("gen", pairs.gen), ("reco", pairs.reco))
        }
        columns = {f"{group}/{name}": getattr(jets, name) for group, jets in sides.items() for name in JETS}
        self._append({**columns, **{name: getattr(pairs, name) for name in PAIRS}, **more}, len(pairs))

    def _create_optional(self) -> None:
        with held(), storage_errors(self.path):
            for name, dtype in self._optional.dtypes.items():
                self._create(name, dtype, self._optional.shapes[name])
            if WEIGHT in self._optional.dtypes and self._optional.weight_names:
                self._file[WEIGHT].attrs[WEIGHT_NAMES] = list(self._optional.weight_names)
            self._output.check()


def write_pairs(path: str | Path, pairs: Pairs, provenance: Mapping[str, Any]) -> None:
    """Write a jets.h5 at once.

    Parameters
    ----------
    path : str or Path
        The file; its folder is made where it is missing.
    pairs : Pairs
        All of them; P is that of their gen jets.
    provenance : mapping
        How the pairs were made, as JSON.

    Raises
    ------
    InputError, StorageError
        As :class:`PairsWriter`.
    """
    with PairsWriter(path, provenance, pairs.gen.constituents.shape[1]) as writer:
        writer.append(pairs)
