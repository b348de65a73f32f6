"""Is the machine quiet enough for a figure of several threads, which need their cores to themselves?"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

OTHERS_MAX = 0.2
"""Cores that other programs may use together."""
_STAT = Path("/proc/stat")
# Of user, nice, system, idle, iowait, irq, softirq, steal, in ticks: all but waiting.
_WORKING = (0, 1, 2, 5, 6, 7)


def cores_in_use(seconds: float = 1.0) -> float:
    """Cores that all programs together use, measured while this one sleeps.

    Where the system does not tell, the load of the last minute, less the bench's own.
    """
    if not _STAT.is_file():
        return max(0.0, os.getloadavg()[0] - 1)
    before, started = _ticks(), time.perf_counter()
    time.sleep(seconds)
    taken = time.perf_counter() - started
    return (_ticks() - before) / os.sysconf("SC_CLK_TCK") / taken


def _ticks() -> int:
    numbers = [int(word) for word in _STAT.read_text().splitlines()[0].split()[1:]]
    return sum(numbers[i] for i in _WORKING if i < len(numbers))


def busy(reading: Callable[[], float] | None = None) -> str:
    """Why no figure of several threads can be measured now; empty if it can."""
    used = (reading or cores_in_use)()
    if used <= OTHERS_MAX:
        return ""
    return f"not measured: the machine was busy (other programs used {used:.1f} cores)"
