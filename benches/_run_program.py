"""pyjetsim-run on a file of events: the jets it writes, and its speed beside HepMC3's own reader."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
from _children import LIMIT_S, Stopped

_TOLERANCE = 1e-4
_SEED = 1


def run(program: Path | str, source: Path, bundle: Path, output: Path, threads: int) -> Path:
    """Simulate ``source``."""
    words = [program, source, "--bundle", bundle, "--output", output, "--threads", threads, "--seed", _SEED]
    subprocess.run([*map(str, words), "--quiet"], check=True)
    return output


def datasets(file: Path) -> dict[str, Any]:
    """All datasets of a file, by name."""
    found = {}
    with h5py.File(file) as h5:
        h5.visititems(
            lambda name, item: found.update({name: item[()]} if isinstance(item, h5py.Dataset) else {})
        )
    return found


def largest_difference(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, float]:
    """Of the datasets that are not the same bit for bit, by how much: relative, and absolute below 1.

    Counts and ids must be the same; a difference above 1e-4 is an error.
    """
    assert set(ours) == set(theirs), "the files hold different datasets"
    different = {}
    for name, values in ours.items():
        other = theirs[name]
        assert values.dtype == other.dtype, f"{name} has another type"
        assert values.shape == other.shape, f"{name} has another shape"
        if values.tobytes() == other.tobytes():
            continue
        assert values.dtype.kind == "f", f"{name} differs"
        error = float((np.abs(values - other) / np.maximum(np.abs(other), 1)).max())
        assert error <= _TOLERANCE, f"{name} differs by {error:.1g}"
        different[name] = error
    return different


class Same(NamedTuple):
    """What was found to be the same."""

    jets: int
    datasets: int
    identical: int
    """Datasets that Python writes with the same bytes."""
    difference: float
    """The largest to Python's jets."""


def same_jets(program: Path | str, source: Path, bundle: Path, folder: Path) -> Same:
    """Hold the jets of 1 and 4 threads to the same bytes, and to those of Python within 1e-4."""
    from pyjetsim.simulate import simulate

    one, four = (datasets(run(program, source, bundle, folder / f"{n}.h5", n)) for n in (1, 4))
    assert largest_difference(one, four) == {}, "four threads write other jets than one"
    simulate(source, bundle, folder / "python.h5", _SEED, quiet=True)
    different = largest_difference(one, datasets(folder / "python.h5"))
    assert not [name for name in different if name.startswith("gen/")], "Python's gen jets are others"
    assert len(one["event"]), "there are no jets"
    return Same(len(one["event"]), len(one), len(one) - len(different), max(different.values(), default=0.0))


def samplers(
    program: Path | str, reader: Path, source: Path, events: int, bundle: Path, folder: Path
) -> dict[str, Callable[[], float]]:
    """Seconds an event, each process from its start to its end and on one core."""

    def read() -> None:
        try:
            done = subprocess.run(
                [reader, source], check=True, capture_output=True, text=True, timeout=LIMIT_S
            )
        except subprocess.TimeoutExpired as error:
            raise Stopped(f"no answer within {LIMIT_S:g} s") from error
        assert int(done.stdout.split()[0]) == events, f"HepMC3's reader stopped early: {done.stdout}"

    def timed(work: Callable[[], Any]) -> Callable[[], float]:
        def sample() -> float:
            with _one_core():
                began = time.perf_counter()
                work()
                return (time.perf_counter() - began) / events

        return sample

    return {
        "run": timed(lambda: run(program, source, bundle, folder / "timed.h5", 1)),
        "reader": timed(read),
    }


@contextmanager
def _one_core() -> Iterator[None]:
    """Processes started within share one core: the program has threads that read and write."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
