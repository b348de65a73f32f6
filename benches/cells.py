"""How fast the model of cells is, run by the backend native and by ONNX Runtime, side by side.

    python benches/cells.py [--json FILE] [--bundle BUNDLE]

Event by event, two jets a call; in batches of 64; both with the smaller instruction sets, too; what a second
thread brings; loading; memory of a thread.
Times are of C++ called from Python, the noise of the jets and the sums of their constituents included; of one
thread, those that the processor spent on it, which other programs hardly change.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable

import _common

EVENT, BATCH, MANY = 2, 64, 512
_WANTED = {
    "ms_per_jet_event": 0.30,
    "ms_per_jet_64": 0.15,
    "two_thread_speedup": 1.8,
    "load_s": 0.5,
    "mb_per_thread": 20.0,
}
_LOAD = """
import sys, time
import pyjetsim
begun = time.process_time()
pyjetsim.load(sys.argv[1], backend=sys.argv[2])
print(time.process_time() - begun)
"""


def parser() -> argparse.ArgumentParser:
    options = _common.parser(__doc__)
    options.add_argument("--bundle", default="cells", help="a bundle with native.bin (default: cells)")
    options.add_argument("--jets", type=int, default=256, help="jets that are simulated over and over")
    options.add_argument("--rounds", type=int, default=7, help="samples of each, in turn; the median counts")
    options.add_argument("--backends", nargs="+", default=["native", "onnxruntime"])
    return options


def measure(arguments: argparse.Namespace, report: _common.Report) -> None:
    """Rows and figures; those of the backend native under their own names."""
    import _quiet
    import numpy as np
    from _memory import mb_per_thread
    from _timing import in_turn
    from synthetic import synthetic_pairs

    import pyjetsim
    from pyjetsim import _core

    gen = synthetic_pairs(max(arguments.jets, BATCH), seed=1).gen
    constituents, pid = np.ascontiguousarray(gen.constituents), np.ascontiguousarray(gen.pid)
    event = np.arange(len(pid), dtype=np.uint64)
    many = tuple(np.concatenate([array] * (-(-MANY // len(pid)))) for array in (constituents, pid))
    found: dict[str, dict[str, float]] = {name: {} for name in arguments.backends}
    samplers: dict[str, Callable[[], float]] = {}

    def calls(backend: str, size: int) -> Callable[[], float]:
        simulator = pyjetsim.load(arguments.bundle, 1, backend)

        def sample() -> float:
            begun = time.process_time()
            for i in range(0, len(pid) - size + 1, size):
                part = slice(i, i + size)
                simulator(constituents[part], pid[part], event=event[part])
            return (time.process_time() - begun) / (len(pid) // size * size)

        return sample

    def on_path(path: str, size: int) -> Callable[[], float]:
        sample = calls("native", size)

        def sample_there() -> float:
            best = _core.cpu_path()
            _core.use_cpu_path(path)
            try:
                return sample()
            finally:
                _core.use_cpu_path(best)

        return sample_there

    def whole(backend: str, threads: int) -> Callable[[], float]:
        simulator = pyjetsim.load(arguments.bundle, threads, backend)
        events = np.arange(len(many[1]), dtype=np.uint64)

        def sample() -> float:
            begun = time.perf_counter()
            simulator(*many, event=events)
            return time.perf_counter() - begun

        return sample

    # Of one thread it is the processor's time, which others hardly change.
    busy = "" if (os.cpu_count() or 1) > 1 else "not measured: there is one core"
    busy = busy or _quiet.busy()
    for backend in arguments.backends:
        samplers[f"{backend} event"] = calls(backend, EVENT)
        samplers[f"{backend} batch"] = calls(backend, BATCH)
        for threads in () if busy else (1, 2):
            samplers[f"{backend} {threads}"] = whole(backend, threads)
        samplers[f"{backend} load"] = lambda backend=backend: _loading(arguments.bundle, backend)
    others = [path for path in _core.cpu_paths() if path != _core.cpu_path()]
    slower = others if "native" in arguments.backends else []
    for path in slower:
        samplers[f"{path} event"] = on_path(path, EVENT)
        samplers[f"{path} batch"] = on_path(path, BATCH)
    taken = in_turn(samplers, arguments.rounds)
    busy = busy or _quiet.busy()
    for backend, figures in found.items():
        figures["ms_per_jet_event"] = taken[f"{backend} event"] * 1e3
        figures["ms_per_jet_64"] = taken[f"{backend} batch"] * 1e3
        if not busy:
            figures["two_thread_speedup"] = taken[f"{backend} 1"] / taken[f"{backend} 2"]
        figures["load_s"] = taken[f"{backend} load"]
        memory = mb_per_thread(arguments.bundle, backend)
        if memory is not None:
            figures["mb_per_thread"] = memory
    for name, wanted in _WANTED.items():
        missing = busy if name == "two_thread_speedup" else "not measured: the system does not tell"
        measured = {backend: found[backend].get(name, missing) for backend in found}
        report.add({"what": name, **measured, "wanted": wanted})
    for backend, values in found.items():
        prefix = "" if backend == "native" else f"{backend}_"
        report.add(**{f"{prefix}{name}": value for name, value in values.items()})
    # By the backend native; nothing is asked of them.
    of_paths = {
        f"{path}_{name}": taken[f"{path} {way}"] * 1e3
        for path in slower
        for name, way in (("ms_per_jet_event", "event"), ("ms_per_jet_64", "batch"))
    }
    report.add(*({"what": name, "native": value} for name, value in of_paths.items()), **of_paths)


def _loading(bundle: str, backend: str) -> float:
    """Seconds, of a process of its own."""
    command = [sys.executable, "-c", _LOAD, bundle, backend]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    arguments = _common.parsed(parser(), jets=64, rounds=1)
    _common.use_threads(1)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.path.insert(0, str(_common.ROOT / "tests" / "python"))
    with _common.Report(arguments.json, "cells, by backend", quick=arguments.quick) as report:
        measure(arguments, report)


if __name__ == "__main__":
    main()
