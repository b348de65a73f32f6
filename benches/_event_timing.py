"""What the C++ simulator takes for the jets of events as they lie in a file: time, and memory of a thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from _memory import mb_per_thread
from _timing import in_turn

if TYPE_CHECKING:
    from pyjetsim.io import Split

EVENTS, REPEATS = 400, 7


def ms_and_mb(data: Path, bundle: str, split: Split = "validation") -> dict[str, float]:
    """Median of REPEATS, one thread: ``ms_per_jet`` with an event a call, ``ms_per_jet_b64`` with 64 jets.

    Beside them ``mb_per_thread``, where the system tells.
    """
    import numpy as np

    from pyjetsim import Simulator
    from pyjetsim.io import PairsFile

    with PairsFile(data) as file:
        pairs = next(file.batches(split))
    starts = np.flatnonzero(np.diff(pairs.event, prepend=pairs.event[0] - 1))[: EVENTS + 1]
    pairs = pairs[: int(starts[-1])]
    simulator = Simulator(bundle)
    given = pairs.gen.constituents, pairs.gen.pid, pairs.event

    def sampler(edges: list[int]) -> Callable[[], float]:
        parts = [[column[a:b] for column in given] for a, b in pairwise(edges)]

        def run() -> float:
            started = time.perf_counter()
            for part in parts:
                simulator(*part)
            return 1000 * (time.perf_counter() - started) / len(pairs)

        return run

    ways = {
        "ms_per_jet": sampler(starts.tolist()),
        "ms_per_jet_b64": sampler([*range(0, len(pairs), 64), len(pairs)]),
    }
    memory = mb_per_thread(bundle)
    return in_turn(ways, REPEATS) | ({} if memory is None else {"mb_per_thread": memory})
