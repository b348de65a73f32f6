"""pyjetsim: a learned detector response for jets."""

from __future__ import annotations

import warnings
from typing import Any

from pyjetsim._installed import __version__
from pyjetsim.bundle.simulator import Simulator, load
from pyjetsim.errors import Error
from pyjetsim.jets import Jets, Pairs, jet_kinematics

__all__ = ["Error", "Jets", "Pairs", "Simulator", "__version__", "jet_kinematics", "load"]


def __getattr__(name: str) -> Any:
    if name == "CppSimulator":
        warnings.warn(
            "pyjetsim.CppSimulator is called pyjetsim.Simulator now, and goes with pyjetsim 0.3",
            DeprecationWarning,
            stacklevel=2,
        )
        return Simulator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
