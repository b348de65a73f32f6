"""Where pairs are written to: jets.h5, or what the ending of the output's name says."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pyjetsim._utils.output import check_file
from pyjetsim.errors import InputError
from pyjetsim.io.pairs_files import PairsOutput

JETS_H5, ROOT, PARQUET = "jets.h5", "ROOT", "Parquet"
ENDINGS: Mapping[str, str] = {
    ".h5": JETS_H5,
    ".hdf5": JETS_H5,
    ".root": ROOT,
    ".parquet": PARQUET,
    ".pq": PARQUET,
}
"""Of names, and what is written under them. A name without an ending is a jets.h5."""


def kind_of(path: Path) -> str:
    """What is written under a name, by its ending, in capitals or not.

    Parameters
    ----------
    path : Path
        The output.

    Returns
    -------
    str
        :data:`JETS_H5`, :data:`ROOT` or :data:`PARQUET`.

    Raises
    ------
    InputError
        For another ending.
    """
    ending = path.suffix.lower()
    if ending and ending not in ENDINGS:
        raise InputError(
            f"output {path} ends in {path.suffix}",
            "its ending says what is written, and this one says nothing",
            f"name it {_named(tuple(ENDINGS))}",
        )
    return ENDINGS[ending] if ending else JETS_H5


def _named(endings: tuple[str, ...]) -> str:
    return f"{', '.join(endings[:-1])} or {endings[-1]}"


def check_output(path: Path, *, rntuple: bool = False, kinds: tuple[str, ...] = ()) -> None:
    """Refuse an output that could not be written in the end; to be called before the work.

    Parameters
    ----------
    path : Path
        The output.
    rntuple : bool
        Whether an RNTuple is asked for.
    kinds : tuple of str
        What may be written; empty for all.

    Raises
    ------
    InputError
        For a folder or a device, a name whose ending says nothing or another kind, and an RNTuple in a file
        that is not named as ROOT.
    StorageError
        Where nothing can be written.
    """
    check_file(path)
    kind = kind_of(path)
    if kinds and kind not in kinds:
        raise InputError(
            f"output {path} is named as {kind}",
            f"only {' and '.join(kinds)} is written here",
            f"name it {_named(tuple(end for end, of in ENDINGS.items() if of in kinds))}",
        )
    if rntuple and kind != ROOT:
        raise InputError(
            f"output {path} does not end in .root",
            "an RNTuple is written to a ROOT file",
            f"name it {path.stem}.root, or leave out --rntuple",
        )


def pairs_output(
    path: Path, provenance: Mapping[str, Any], max_constituents: int, *, rntuple: bool = False
) -> AbstractContextManager[PairsOutput]:
    """Open a file to write pairs to.

    Parameters
    ----------
    path : Path
        A name that ends in ``.root`` is a NanoAOD-like tree, in ``.parquet`` or ``.pq`` Parquet; in ``.h5``
        or ``.hdf5``, and without an ending, a jets.h5.
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
    check_output(path, rntuple=rntuple)
    kind = kind_of(path)
    # Each format is imported by who writes it.
    if kind == ROOT:
        from pyjetsim.io.nanoaod_pairs import NanoAODWriter

        return NanoAODWriter(path, provenance, max_constituents, rntuple=rntuple)
    if kind == PARQUET:
        from pyjetsim.io.parquet import ParquetWriter

        return ParquetWriter(path, provenance, max_constituents)
    from pyjetsim.io.jets_h5.writer import PairsWriter

    return PairsWriter(path, provenance, max_constituents)
