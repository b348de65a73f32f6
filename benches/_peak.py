"""The float32 peak of one core, measured: what a kernel's speed is a fraction of."""

from __future__ import annotations

import ctypes
import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import _common
from _children import LIMIT_S

WIDTHS = (128, 256, 512)
_SOURCE = Path(__file__).with_name("fma_peak.cpp")

Probe = Callable[[int, float], float]
"""FLOP/s with vectors of so many bits, measured for so many seconds; 0 where there are none."""


def probe() -> Probe | str:
    """The measuring function, compiled for this very processor; or why there is none."""
    compiler = shutil.which(os.environ.get("CXX", "g++"))
    if compiler is None:
        return "no C++ compiler found (set CXX)"
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "fma_peak.so"
        command = [compiler, "-O3", "-march=native", "-shared", "-fPIC", str(_SOURCE), "-o", str(library)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return f"{compiler}: no answer within {LIMIT_S:g} s"
        if done.returncode != 0:
            return f"{compiler} failed: {_common.first_line(done.stderr)}"
        function = ctypes.CDLL(str(library)).fma_peak
    function.argtypes, function.restype = [ctypes.c_int, ctypes.c_double], ctypes.c_double
    return function


def peaks(measure: Probe, seconds: float = 0.05, repeats: int = 5) -> dict[int, float]:
    """FLOP/s of one core by vector width, medians; only widths that the processor has."""
    found = {
        width: statistics.median(measure(width, seconds) for _ in range(repeats))
        for width in WIDTHS
        if measure(width, 1e-4) > 0
    }
    return found
