"""jets.h5: write, append, read in pieces, split by event."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyjetsim.store.layout import FORMAT, VERSION
    from pyjetsim.store.reader import PairsFile
    from pyjetsim.store.split import SPLITS, Split, in_split
    from pyjetsim.store.writer import PairsWriter, write_pairs

__all__ = ["FORMAT", "SPLITS", "VERSION", "PairsFile", "PairsWriter", "Split", "in_split", "write_pairs"]

# The names of splits are wanted by every command, HDF5 by those that read or write: it is imported then.
_HOME = {
    "FORMAT": "layout",
    "PairsFile": "reader",
    "PairsWriter": "writer",
    "SPLITS": "split",
    "Split": "split",
    "VERSION": "layout",
    "in_split": "split",
    "write_pairs": "writer",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
