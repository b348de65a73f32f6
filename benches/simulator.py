"""How fast is the C++ simulator, beside all that could take its place, and what holds it up?

    python benches/simulator.py [--json FILE] [--threads 1] [--workdir FOLDER]

On one core, but where two threads are compared. Medians of rounds in which all take turns; answers are
compared first: JetSimulator's with those of ONNX Runtime's C API, pyjetsim-run's with 1 and 4 threads and
with Python's. The model is the recipe "paper"'s with random weights; jets and events are those of PYTHIA's
process ww. Needs CMake, and HepMC3 for the rows of pyjetsim-run. --workdir keeps events and programs for the
next time; --threads are those inside one inference.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import sysconfig
import tempfile
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import _common
from _simulator_table import (
    elsewhere_rows,
    event_rows,
    inference_figures,
    inference_rows,
    run_figures,
    run_rows,
    with_figures,
)


def parser() -> argparse.ArgumentParser:
    options = _common.parser(__doc__)
    options.add_argument("--workdir", type=Path, help="keep events and programs here (default: nowhere)")
    options.add_argument("--events", type=int, default=2000, help="events of the HepMC3 file (default 2000)")
    options.add_argument("--collisions", type=int, default=500, help="PYTHIA's, for jets (default 500)")
    options.add_argument("--rounds", type=int, default=25, help="that the contenders take turns (default 25)")
    options.add_argument("--file-rounds", type=int, default=3, help="of the HepMC3 file (default 3)")
    options.add_argument(
        "--torchscript",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="build and measure TorchScript",
    )
    return options


def measure(arguments: argparse.Namespace, folder: Path, report: _common.Report) -> None:
    """The table, and the figures."""
    import _programs
    from _bundle import exported

    folder.mkdir(parents=True, exist_ok=True)
    programs = _programs.build(folder / "build")
    left_out = "left out: --no-torchscript"
    if arguments.torchscript:
        left_out = _programs.build_torchscript(folder / "build")
    bundle = exported(folder)
    report.add(threads=arguments.threads)
    _inference(arguments, folder, programs, bundle, left_out, report)
    _run(arguments, folder, programs, bundle, report)
    report.add(*elsewhere_rows())


def _inference(
    arguments: argparse.Namespace,
    folder: Path,
    programs: Path,
    bundle: Path,
    left_out: str,
    report: _common.Report,
) -> None:
    import _inference
    import _quiet
    from _collisions import gen_particles
    from _memory import mb_per_thread
    from _timing import in_turn

    import pyjetsim

    sim = pyjetsim.load(bundle)
    collisions = arguments.collisions
    sample = _inference.Sample(gen_particles(collisions), collisions, sim, folder / "sample")
    several = (os.cpu_count() or 1) > 1
    busy = _quiet.busy() if several else ""
    names = [*_inference.SAMPLES, *(_inference.IN_THREADS if several and not busy else ())]
    runs = _inference.Programs(programs, bundle, _onnxruntime(), sample, arguments.threads, left_out)
    with ExitStack() as stack:
        program = stack.enter_context(runs.simulator())
        _inference.check_answers(program, sample, sim)
        torchscript, left_out = _inference.torchscript_samplers(stack, runs)
        taken = in_turn(
            {
                **{name: lambda name=name: program.sample(name) for name in names},
                **torchscript,
                **_inference.eager_samplers(stack, sample, arguments.threads),
            },
            arguments.rounds,
        )
        jets = program.sample("jets_an_event")
    busy = busy or (_quiet.busy() if several else "")
    if busy:
        taken = {name: value for name, value in taken.items() if name not in _inference.IN_THREADS}
    mb = mb_per_thread(bundle)
    figures = inference_figures(taken) | ({} if mb is None else {"mb_per_thread": mb})
    rows = inference_rows(taken, left_out, busy, mb) + event_rows(taken, sample.particles_per_event, jets)
    report.add(*with_figures(rows, figures), **figures)


def _run(
    arguments: argparse.Namespace, folder: Path, programs: Path, bundle: Path, report: _common.Report
) -> None:
    """pyjetsim-run's rows, or why there are none."""
    import _run_program
    from _collisions import write_hepmc
    from _timing import in_turn

    program = shutil.which("pyjetsim-run", path=sysconfig.get_path("scripts"))
    reader = programs / "hepmc3_reader"
    if program is None or not reader.exists():
        report.add({"what": "pyjetsim-run", "other": "not built: HepMC3 or HDF5 is missing"})
        return
    events = arguments.events
    source = write_hepmc(folder / f"ww_{events}.hepmc", events)
    same = _run_program.same_jets(program, source, bundle, folder)
    samplers = _run_program.samplers(program, reader, source, events, bundle, folder)
    taken = in_turn(samplers, arguments.file_rounds)
    figures = run_figures(taken, same)
    rows = run_rows(taken, same, events, source.stat().st_size / events / 1e6)
    report.add(*with_figures(rows, figures), **figures)


def _onnxruntime() -> Path:
    """The library in the Python package, which is not imported: it would report to its maker."""
    package = find_spec("onnxruntime")
    assert package is not None, "the package onnxruntime is missing"
    return next((Path(str(package.origin)).parent / "capi").glob("libonnxruntime.so*"))


def main() -> None:
    few = {"events": 100, "collisions": 100, "rounds": 2, "file_rounds": 1, "torchscript": False}
    arguments = _common.parsed(parser(), **few)
    _common.use_threads(arguments.threads)
    sys.path.insert(0, str(_common.ROOT / "tests" / "python"))
    title = f"C++ simulator, {arguments.threads} thread(s) inside an inference"
    with (
        tempfile.TemporaryDirectory() as name,
        _common.Report(arguments.json, title, quick=arguments.quick) as report,
    ):
        measure(arguments, arguments.workdir or Path(name), report)


if __name__ == "__main__":
    main()
