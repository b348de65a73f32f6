"""What a second thread brings."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import torch
from _timing import interleaved


def speed_up(call: Callable[[], Any], seconds: float, threads: int = 2) -> float | None:
    """Time with one thread over time with ``threads``; None where there are not so many cores."""
    if (os.cpu_count() or 1) < threads:
        return None

    def with_threads(number: int) -> Callable[[], Any]:
        def run() -> Any:
            torch.set_num_threads(number)
            return call()

        return run

    before = torch.get_num_threads()
    runs = {str(number): with_threads(number) for number in (1, threads)}
    try:
        for run in runs.values():
            run()
        medians = interleaved(runs, seconds)
    finally:
        torch.set_num_threads(before)
    return medians["1"] / medians[str(threads)]
