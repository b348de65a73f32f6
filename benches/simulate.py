"""How fast jets are simulated from Python, beside a C++ program that runs the same model on the same jets.

    python benches/simulate.py [--json FILE] [--threads 1] [--bundle BUNDLE]

Without a bundle, the paper's model with random weights: speed does not depend on them. A jet at a time, an
event, a batch, each in turn with the program; and a whole file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import _common

BATCHES = (1, 4, 256)
_US = 1e6


def parser() -> argparse.ArgumentParser:
    options = _common.parser(__doc__)
    options.add_argument("--bundle", help="measure this bundle")
    options.add_argument("--jets", type=int, default=1024, help="jets that are simulated over and over")
    options.add_argument("--rounds", type=int, default=15, help="samples of each; the median counts")
    options.add_argument("--file-jets", type=int, default=20_000, help="jets of the file")
    return options


def measure(arguments: argparse.Namespace, folder: Path, report: _common.Report) -> None:
    """Rows and figures."""
    import numpy as np
    from _bundle import exported
    from _programs import Program, build
    from _timing import in_turn
    from synthetic import synthetic_pairs

    import pyjetsim
    from pyjetsim.io import write_pairs
    from pyjetsim.simulate import simulate

    bundle = arguments.bundle or exported(folder)
    sim = pyjetsim.load(bundle, arguments.threads)
    pairs = synthetic_pairs(arguments.file_jets, seed=1)
    jets = pairs[: arguments.jets]
    event, jet = np.arange(len(jets), dtype=np.uint64) // 2, np.arange(len(jets), dtype=np.uint64) % 2
    given = (np.ascontiguousarray(jets.gen.constituents), np.ascontiguousarray(jets.gen.pid), event)
    for name, array in zip(("momenta.f32", "pids.i32", "event.u64", "jet.u64"), (*given, jet), strict=True):
        array.tofile(folder / name)

    programs = build(folder / "programs", "batches")
    # "ONNX Runtime 1.32.0 (/path/of/it)": the same for both.
    library = sim.backend.partition("(")[2].rstrip(")")
    command = [programs / "batches", bundle, library, folder, given[0].shape[1], arguments.threads, *BATCHES]

    def from_python(batch: int) -> Callable[[], float]:
        parts = [
            (*(column[i : i + batch] for column in given), jet[i : i + batch])
            for i in range(0, len(jets), batch)
        ]

        def sample() -> float:
            started = time.perf_counter()
            for constituents, pid, number, place in parts:
                sim(constituents, pid, number, jet=place)
            return (time.perf_counter() - started) / len(jets)

        return sample

    with Program(command) as program:
        program.sample("answers")
        check_answers(sim(*given, jet=jet), folder)
        samplers: dict[str, Callable[[], float]] = {}
        for batch in BATCHES:
            samplers[f"python {batch}"] = from_python(batch)
            samplers[f"c++ {batch}"] = lambda batch=batch: program.sample(f"b{batch}")
        taken = in_turn(samplers, arguments.rounds)

    figures: dict[str, float] = {}
    for batch in BATCHES:
        python, cpp = taken[f"python {batch}"], taken[f"c++ {batch}"]
        report.add(
            {
                "what": f"batch of {batch}",
                "Python, µs/jet": _US * python,
                "C++, µs/jet": _US * cpp,
                "ratio": python / cpp,
                "Python above C++, µs/call": _US * (python - cpp) * batch,
                "jets/s": 1 / python,
            }
        )
        figures[f"simulate_ms_per_jet_batch_{batch}"] = 1000 * python
    figures["simulate_jets_per_s"] = 1 / taken[f"python {BATCHES[-1]}"]
    figures["python_over_cpp_b256"] = taken["python 256"] / taken["c++ 256"]
    figures["python_call_overhead_us"] = _US * (taken["python 1"] - taken["c++ 1"])
    report.add(**figures)

    write_pairs(folder / "in.h5", pairs, {"generator": "synthetic"})
    summary = simulate(folder / "in.h5", bundle, folder / "out.h5", 1, threads=arguments.threads, quiet=True)
    row = {"what": "jets.h5 to jets.h5", "jets/s": summary.jets_per_s}
    report.add(row, simulate_file_jets_per_s=summary.jets_per_s)


def check_answers(found: Any, folder: Path) -> None:
    """The program's jets are Python's, bit for bit."""
    import numpy as np

    momenta = np.fromfile(folder / "simulated.f32", np.float32).reshape(-1, 3)
    assert len(momenta) > len(found), "there is nothing to compare"
    counts = np.diff(np.fromfile(folder / "offsets.u64", np.uint64).astype(np.int64))
    assert (found.n_constituents == counts).all(), "Python and C++ keep others"
    assert (found.constituents[found.present] == momenta).all(), "Python and C++ answer otherwise"


def main() -> None:
    arguments = _common.parsed(parser(), jets=256, rounds=2, file_jets=1000)
    _common.use_threads(arguments.threads)
    sys.path.insert(0, str(_common.ROOT / "tests" / "python"))
    title = f"simulation from Python and C++, {arguments.threads} thread(s)"
    with (
        tempfile.TemporaryDirectory() as name,
        _common.Report(arguments.json, title, quick=arguments.quick) as report,
    ):
        measure(arguments, Path(name), report)


if __name__ == "__main__":
    main()
