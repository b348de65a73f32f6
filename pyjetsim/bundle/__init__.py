"""Bundles: a trained model as one folder that any framework can run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pyjetsim.extras import needs

if TYPE_CHECKING:
    from pyjetsim.bundle.export import export_model
    from pyjetsim.bundle.pipeline import Summary, simulate
    from pyjetsim.bundle.simulator import Simulator, load
    from pyjetsim.identity import EventId

__all__ = ["EventId", "Simulator", "Summary", "export_model", "load", "simulate"]

# Exporting needs torch and simulating does not: each is imported when it is asked for.
_HOME = {
    "EventId": "pyjetsim.identity",
    "Simulator": "pyjetsim.bundle.simulator",
    "Summary": "pyjetsim.bundle.pipeline",
    "export_model": "pyjetsim.bundle.export",
    "load": "pyjetsim.bundle.simulator",
    "simulate": "pyjetsim.bundle.pipeline",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with needs("train", "exporting a model"):
        return getattr(import_module(_HOME[name]), name)
