"""Times of several calls, taken in turn so that what else the machine does falls on all alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

Call = Callable[[], Any]
_SAMPLE = 5e-3  # A short call is repeated to about this many seconds a sample.
_LONG = 2.0  # A call that takes longer than this many seconds is timed once.


def interleaved(calls: Mapping[str, Call], seconds: float, least: int = 3) -> dict[str, float]:
    """Median seconds of each call: A B C A B C ... for ``seconds``, and ``least`` times at least.

    Every call must have run once before: nothing here is a warm-up.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        first = {name: _mean(call, 1) for name, call in calls.items()}
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
            for name, number in repeats.items():
                samples[name].append(_mean(calls[name], number))
            rounds += 1
    finally:
        if collecting:
            gc.enable()
    return {name: statistics.median(samples[name]) for name in calls}


def _mean(call: Call, repeats: int) -> float:
    started = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - started) / repeats


def in_turn(samplers: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Median of what each sampler measures itself: A B C A B C ..., after a first round that is left out."""
    for sampler in samplers.values():
        sampler()
    samples: dict[str, list[float]] = {name: [] for name in samplers}
    for _ in range(rounds):
        for name, sampler in samplers.items():
            samples[name].append(sampler())
    return {name: statistics.median(taken) for name, taken in samples.items()}
