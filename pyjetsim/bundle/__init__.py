"""Bundles: a trained model as one folder that any program can run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pyjetsim._moved import warn_of_new_name
from pyjetsim._utils.extras import needs

if TYPE_CHECKING:
    from pyjetsim.bundle.export import export_model

__all__ = ["export_model"]

_MOVED = {
    "EventId": "pyjetsim.jets.event_ids",
    "Simulator": "pyjetsim.simulate",
    "Summary": "pyjetsim.simulate",
    "load": "pyjetsim.simulate",
    "simulate": "pyjetsim.simulate",
}


def __getattr__(name: str) -> Any:
    if name in _MOVED:
        warn_of_new_name(f"pyjetsim.bundle.{name}", f"{_MOVED[name]}.{name}")
        return getattr(import_module(_MOVED[name]), name)
    if name != "export_model":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Reading a bundle needs no torch: it is imported for an export.
    with needs("train", "exporting a model"):
        return getattr(import_module("pyjetsim.bundle.export"), name)
