"""Files: one file or folder a format, and the splits of their events."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyjetsim.io.inputs import open_pairs
    from pyjetsim.io.jets_h5.layout import FORMAT, VERSION
    from pyjetsim.io.jets_h5.reader import PairsFile
    from pyjetsim.io.jets_h5.writer import PairsWriter, write_pairs
    from pyjetsim.io.splits import SPLITS, Split, in_split

__all__ = [
    "FORMAT",
    "SPLITS",
    "VERSION",
    "PairsFile",
    "PairsWriter",
    "Split",
    "in_split",
    "open_pairs",
    "write_pairs",
]

# The names of splits are wanted by every command, HDF5 by those that read or write: it is imported then.
_HOME = {
    "FORMAT": "jets_h5.layout",
    "PairsFile": "jets_h5.reader",
    "PairsWriter": "jets_h5.writer",
    "SPLITS": "splits",
    "Split": "splits",
    "VERSION": "jets_h5.layout",
    "in_split": "splits",
    "open_pairs": "inputs",
    "write_pairs": "jets_h5.writer",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
