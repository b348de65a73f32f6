"""How much memory calls take beside what is held already, scratch of C++ code included."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_THREADS = 4


def extra_mb(call: Callable[[], Any], process: int | None = None) -> float | None:
    """Rise of the resident memory's peak over a call, MB; None where the system does not tell.

    ``process`` is that which does the work, this one if it is not given.
    """
    if not sys.platform.startswith("linux"):
        return None
    if process is None:
        # What was freed must go back first: a call that took it again would seem to need nothing.
        getattr(ctypes.CDLL(None), "malloc_trim", int)(0)
    folder = Path("/proc") / ("self" if process is None else str(process))
    try:
        (folder / "clear_refs").write_text("5")  # sets the peak back to now
    except OSError:
        return None
    before = _status(folder, "VmRSS")
    call()
    return (_status(folder, "VmHWM") - before) / 1e3


def mb_per_thread(bundle: str | Path, backend: str | None = None) -> float | None:
    """Rise of the memory's peak in MB, a thread, of a simulator's calls on four threads instead of one.

    Its jets are those of the tests, 64 a thread and call; None where the system does not tell.
    """
    import numpy as np
    from synthetic import synthetic_pairs

    import pyjetsim

    gen = synthetic_pairs(64, seed=1).gen
    constituents, pid = np.concatenate([gen.constituents] * 8), np.concatenate([gen.pid] * 8)
    rises = []
    for threads in (1, _THREADS):
        simulator = pyjetsim.load(bundle, threads, backend) if backend else pyjetsim.load(bundle, threads)
        simulator(constituents[:64], pid[:64])
        rises.append(extra_mb(lambda simulator=simulator: simulator(constituents, pid)))
    if None in rises:
        return None
    return max(0.0, rises[1] - rises[0]) / (_THREADS - 1)


def _status(folder: Path, name: str) -> float:
    lines = (folder / "status").read_text().splitlines()
    return next(float(line.split()[1]) * 1.024 for line in lines if line.startswith(f"{name}:"))
