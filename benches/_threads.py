"""What a second thread brings."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import _quiet
import torch
from _timing import interleaved


def speed_up(call: Callable[[], Any], seconds: float, threads: int = 2) -> float | str:
    """Time with one thread over time with ``threads``; or why it is not measured."""
    if (os.cpu_count() or 1) < threads:
        return f"not measured: there are not {threads} cores"
    if reason := _quiet.busy():
        return reason

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
    return _quiet.busy() or medians["1"] / medians[str(threads)]
