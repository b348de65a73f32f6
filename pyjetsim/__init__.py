"""pyjetsim: a learned detector response for jets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyjetsim._installed import __version__
from pyjetsim.cpp_simulator import CppSimulator
from pyjetsim.errors import Error
from pyjetsim.jets import Jets, Pairs, jet_kinematics

if TYPE_CHECKING:
    from pyjetsim.bundle import Simulator

__all__ = ["CppSimulator", "Error", "Jets", "Pairs", "__version__", "jet_kinematics", "load"]


def load(bundle: str | Path | None = None, threads: int = 1) -> Simulator:
    """Load a bundle; see :func:`pyjetsim.bundle.load`."""
    # Here, so that `import pyjetsim` does not import ONNX Runtime.
    from pyjetsim.bundle import load as load_bundle

    return load_bundle(bundle, threads)
