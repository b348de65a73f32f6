"""Where pairs are written to: jets.h5, or what the name of the output says."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pyjetsim.errors import InputError
from pyjetsim.io.pairs_files import PairsOutput

ROOT, PARQUET = ".root", ".parquet"


def pairs_output(
    path: Path, provenance: Mapping[str, Any], max_constituents: int, *, rntuple: bool = False
) -> AbstractContextManager[PairsOutput]:
    """Open a file to write pairs to, with room for P constituents.

    A name that ends in ``.root`` is a NanoAOD-like tree, or an RNTuple if that is asked for; ``.parquet`` is
    Parquet, any other a jets.h5. Raises :class:`~pyjetsim.errors.InputError` for a name that cannot be,
    :class:`~pyjetsim.errors.MissingExtraError` where the package that writes it is not installed, and
    :class:`~pyjetsim.errors.StorageError`.
    """
    check_rntuple(path, rntuple)
    # Each format is imported by who writes it.
    if path.suffix == ROOT:
        from pyjetsim.io.nanoaod_pairs import NanoAODWriter

        return NanoAODWriter(path, provenance, max_constituents, rntuple=rntuple)
    if path.suffix == PARQUET:
        from pyjetsim.io.parquet import ParquetWriter

        return ParquetWriter(path, provenance, max_constituents)
    from pyjetsim.io.jets_h5.writer import PairsWriter

    return PairsWriter(path, provenance, max_constituents)


def check_rntuple(path: Path, rntuple: bool) -> None:
    """Raise :class:`~pyjetsim.errors.InputError` for an RNTuple in a file that is not named as ROOT."""
    if rntuple and path.suffix != ROOT:
        raise InputError(
            f"output {path} does not end in {ROOT}",
            "an RNTuple is written to a ROOT file",
            f"name it {path.stem}{ROOT}, or leave out --rntuple",
        )
