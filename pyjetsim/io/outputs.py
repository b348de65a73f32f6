"""Where pairs are written to: jets.h5, or what the name of the output says."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pyjetsim.errors import InputError
from pyjetsim.io.pairs_files import PairsOutput

ROOT, PARQUET = ".root", ".parquet"


def ending(path: Path) -> str:
    """The ending of a name, in lower case: ``x.ROOT`` is a ROOT file, too."""
    return path.suffix.lower()


def pairs_output(
    path: Path, provenance: Mapping[str, Any], max_constituents: int, *, rntuple: bool = False
) -> AbstractContextManager[PairsOutput]:
    """Open a file to write pairs to.

    Parameters
    ----------
    path : Path
        A name that ends in ``.root`` is a NanoAOD-like tree, ``.parquet`` is Parquet, any other a jets.h5.
    provenance : mapping
        How the pairs were made, as JSON.
    max_constituents : int
        P, the constituents that a jet has room for.
    rntuple : bool
        Write ROOT as RNTuple instead of a TTree.

    Returns
    -------
    context manager
        It gives a :class:`~pyjetsim.io.pairs_files.PairsOutput`.

    Raises
    ------
    InputError
        For a name that cannot be.
    MissingExtraError
        Where the package that writes the format is not installed.
    StorageError
        Where the file cannot be written.
    """
    check_rntuple(path, rntuple)
    # Each format is imported by who writes it.
    if ending(path) == ROOT:
        from pyjetsim.io.nanoaod_pairs import NanoAODWriter

        return NanoAODWriter(path, provenance, max_constituents, rntuple=rntuple)
    if ending(path) == PARQUET:
        from pyjetsim.io.parquet import ParquetWriter

        return ParquetWriter(path, provenance, max_constituents)
    from pyjetsim.io.jets_h5.writer import PairsWriter

    return PairsWriter(path, provenance, max_constituents)


def check_rntuple(path: Path, rntuple: bool) -> None:
    """Refuse an RNTuple in a file that is not named as ROOT.

    Parameters
    ----------
    path : Path
        The output.
    rntuple : bool
        Whether an RNTuple is asked for.

    Raises
    ------
    InputError
        Where it is, and the name does not end in ``.root``.
    """
    if rntuple and ending(path) != ROOT:
        raise InputError(
            f"output {path} does not end in {ROOT}",
            "an RNTuple is written to a ROOT file",
            f"name it {path.stem}{ROOT}, or leave out --rntuple",
        )
