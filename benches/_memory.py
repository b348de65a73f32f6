"""How much memory a call takes beside what is held already, scratch of C++ code included."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_PROCESS = Path("/proc/self")


def extra_mb(call: Callable[[], Any]) -> float | None:
    """Rise of the resident memory's peak over a call, MB; None where the system does not tell."""
    if not sys.platform.startswith("linux"):
        return None
    # What was freed must go back first: a call that took it again would seem to need nothing.
    getattr(ctypes.CDLL(None), "malloc_trim", int)(0)
    try:
        (_PROCESS / "clear_refs").write_text("5")  # sets the peak back to now
    except OSError:
        return None
    before = _status("VmRSS")
    call()
    return (_status("VmHWM") - before) / 1e3


def _status(name: str) -> float:
    lines = (_PROCESS / "status").read_text().splitlines()
    return next(float(line.split()[1]) * 1.024 for line in lines if line.startswith(f"{name}:"))
