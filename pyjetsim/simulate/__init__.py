"""Simulate: gen jets in, reco jets out, for arrays and for whole files."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pyjetsim.simulate.simulator import FlaggedJets, Simulator, load

if TYPE_CHECKING:
    from pyjetsim.simulate.files import Summary, simulate
    from pyjetsim.simulate.graph import Graph

__all__ = ["FlaggedJets", "Graph", "Simulator", "Summary", "load", "simulate"]


def __getattr__(name: str) -> Any:
    # Files need HDF5, arrays do not: it is imported when it is needed.
    if name in ("Summary", "simulate"):
        return getattr(import_module("pyjetsim.simulate.files"), name)
    if name == "Graph":
        return import_module("pyjetsim.simulate.graph").Graph
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
