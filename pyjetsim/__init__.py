"""pyjetsim: a learned detector response for jets."""

from __future__ import annotations

from typing import Any

from pyjetsim._installed import __version__
from pyjetsim._moved import find_old_names, warn_of_new_name
from pyjetsim.errors import Error
from pyjetsim.jets import Jets, Pairs, jet_kinematics
from pyjetsim.simulate import Simulator, load

__all__ = ["Error", "Jets", "Pairs", "Simulator", "__version__", "jet_kinematics", "load"]

find_old_names()


def __getattr__(name: str) -> Any:
    if name == "CppSimulator":
        warn_of_new_name("pyjetsim.CppSimulator", "pyjetsim.Simulator")
        return Simulator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
