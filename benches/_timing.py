"""Times of several calls, taken in turn so that what else the machine does falls on all alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from _children import Failed

Call = Callable[[], Any]
_SAMPLE = 5e-3  # A short call is repeated to about this many seconds a sample.
_LONG = 2.0  # A call that takes longer than this many seconds is timed once.


def interleaved(calls: Mapping[str, Call], seconds: float, least: int = 3) -> dict[str, float]:
    """Median seconds of each call: A B C A B C ... for ``seconds``, and ``least`` times at least.

    Every call must have run once before: nothing here is a warm-up. Calls that are made in another process
    have a method ``mean``, which times them there; those that fail, or are stopped, are left out.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        first = _each(dict.fromkeys(calls, 1), calls)
        samples = {name: [taken] for name, taken in first.items() if taken > _LONG}
        repeats = {
            name: max(1, round(_SAMPLE / max(taken, 1e-9)))
            for name, taken in first.items()
            if name not in samples
        }
        samples.update({name: [] for name in repeats})
        started = time.perf_counter()
        rounds = 0
        while repeats and (rounds < least or time.perf_counter() - started < seconds):
            taken = _each(repeats, calls)
            for name in list(repeats):
                if name in taken:
                    samples[name].append(taken[name])
                else:
                    del repeats[name], samples[name]
            rounds += 1
    finally:
        if collecting:
            gc.enable()
    return {name: statistics.median(samples[name]) for name in calls if name in samples}


def _each(repeats: Mapping[str, int], calls: Mapping[str, Call]) -> dict[str, float]:
    """Seconds of a call of each, in turn; without those that fail."""
    taken = {}
    for name, number in repeats.items():
        with suppress(Failed):
            taken[name] = _mean(calls[name], number)
    return taken


def _mean(call: Call, repeats: int) -> float:
    if there := getattr(call, "mean", None):
        return float(there(repeats))
    started = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - started) / repeats


def in_turn(samplers: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Median of what each sampler measures itself: A B C A B C ..., after a first round that is left out.

    Those that fail, or are stopped, are left out.
    """
    samples: dict[str, list[float]] = {name: [] for name in samplers}
    for _ in range(rounds + 1):
        for name in list(samples):
            try:
                samples[name].append(samplers[name]())
            except Failed:
                del samples[name]
    return {name: statistics.median(taken[1:]) for name, taken in samples.items()}
