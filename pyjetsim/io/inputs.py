"""Files of pairs, opened by their content: jets.h5, datasets of them, and what is written in their place."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pyjetsim.errors import DataError
from pyjetsim.io.dataset.reader import PairsDataset
from pyjetsim.io.formats import format_of
from pyjetsim.io.jets_h5.reader import PairsFile
from pyjetsim.io.objects import ObjectsFile, is_nanoaod_objects, open_objects, task_of
from pyjetsim.io.pairs_files import PairsInput

PairsReader = PairsFile | PairsDataset | PairsInput

_OTHERS = (b"root", b"PAR1")
"""How files of other formats that may hold pairs begin."""


def open_pairs(path: str | Path) -> AbstractContextManager[PairsReader]:
    """Open a file of pairs: a jets.h5, a dataset of several, or the ROOT or Parquet that pyjetsim writes.

    Parameters
    ----------
    path : str or Path
        The file or folder, whose format its content tells.

    Returns
    -------
    context manager
        It gives a :class:`~pyjetsim.io.PairsFile`, or what has its ``batches``, ``selected``, ``event``,
        ``provenance`` and ``max_constituents``.

    Raises
    ------
    DataError
        For anything else, with what it is.
    MissingExtraError
        Where the package that reads ROOT or Parquet is not installed.
    """
    path = Path(path)
    if path.is_dir():
        return PairsDataset(path)
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(4)
        if start in _OTHERS:
            format = format_of(path)
            if format.holds_pairs:
                return format.pairs(path)
    return PairsFile(path)


def provenance_of(path: str | Path) -> dict[str, Any]:
    """How a file of pairs, or a table of objects, was made.

    Parameters
    ----------
    path : str or Path
        The file, whose format its content tells.

    Returns
    -------
    dict
        As JSON has it.

    Raises
    ------
    DataError
        For files that cannot be read.
    MissingExtraError
        As in :func:`open_pairs`.
    """
    path = Path(path)
    if task_of(path) is not None:
        with ObjectsFile(path) as table:
            return table.provenance
    try:
        with open_pairs(path) as file:
            return file.provenance
    except DataError:
        # Plain NanoAOD has jets and muons, and no constituents.
        if not is_nanoaod_objects(path):
            raise
        with open_objects(path) as table:
            return table.provenance
