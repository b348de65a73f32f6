"""How long the C++ simulator takes for the jets of events as they lie in a file."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

EVENTS, REPEATS = 400, 7


def ms_per_jet(data: Path, bundle: str) -> dict[str, float]:
    """Median of REPEATS, one thread: ``ms_per_jet`` with an event a call, ``ms_per_jet_b64`` with 64 jets."""
    import numpy as np

    from pyjetsim import CppSimulator
    from pyjetsim.store import PairsFile

    with PairsFile(data) as file:
        pairs = next(file.batches("validation"))
    starts = np.flatnonzero(np.diff(pairs.event, prepend=pairs.event[0] - 1))[: EVENTS + 1]
    pairs = pairs[: int(starts[-1])]
    simulator = CppSimulator(bundle)
    given = pairs.gen.constituents, pairs.gen.pid, pairs.event

    def calls(edges: list[int]) -> Callable[[], None]:
        parts = [[column[a:b] for column in given] for a, b in pairwise(edges)]

        def run() -> None:
            for part in parts:
                simulator(*part)

        return run

    ways = {
        "ms_per_jet": calls(starts.tolist()),
        "ms_per_jet_b64": calls([*range(0, len(pairs), 64), len(pairs)]),
    }
    return {name: _milliseconds(run) / len(pairs) for name, run in ways.items()}


def _milliseconds(run: Callable[[], None]) -> float:
    times = []
    for _ in range(REPEATS + 1):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times[1:])  # the first one warms up
