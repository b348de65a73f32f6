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
import sysconfig
import tempfile
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import _common
from _simulator_table import (
    Row,
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
    return options


def measure(arguments: argparse.Namespace, folder: Path) -> tuple[list[Row], dict[str, float]]:
    """The table, and the figures."""
    import _programs
    from _bundle import exported

    folder.mkdir(parents=True, exist_ok=True)
    programs = _programs.build(folder / "build")
    bundle = exported(folder)
    rows, figures = _inference(arguments, folder, programs, bundle)
    more_rows, more_figures = _run(arguments, folder, programs, bundle)
    figures |= more_figures
    rows = with_figures([*rows, *more_rows, *elsewhere_rows()], figures)
    return rows, {"threads": arguments.threads, **figures}


def _inference(
    arguments: argparse.Namespace, folder: Path, programs: Path, bundle: Path
) -> tuple[list[Row], dict[str, float]]:
    import _inference
    from _collisions import gen_particles
    from _timing import in_turn

    import pyjetsim

    sim = pyjetsim.load(bundle)
    collisions = arguments.collisions
    sample = _inference.Sample(gen_particles(collisions), collisions, sim, folder / "sample")
    names = [*_inference.SAMPLES, *(_inference.IN_THREADS if (os.cpu_count() or 1) > 1 else ())]
    with ExitStack() as stack:
        program = _inference.open_simulator(
            stack, programs, bundle, _onnxruntime(), sample, arguments.threads
        )
        _inference.check_answers(program, sample, sim)
        taken = in_turn(
            {
                **{name: lambda name=name: program.sample(name) for name in names},
                **_inference.torchscript_samplers(stack, programs, bundle, sample, arguments.threads),
                **_inference.eager_samplers(sample, arguments.threads),
            },
            arguments.rounds,
        )
        jets = program.sample("jets_an_event")
    rows = [*inference_rows(taken), *event_rows(taken, sample.particles_per_event, jets)]
    return rows, inference_figures(taken)


def _run(
    arguments: argparse.Namespace, folder: Path, programs: Path, bundle: Path
) -> tuple[list[Row], dict[str, float]]:
    """pyjetsim-run's rows, or why there are none."""
    import _run_program
    from _collisions import write_hepmc
    from _timing import in_turn

    program = shutil.which("pyjetsim-run", path=sysconfig.get_path("scripts"))
    reader = programs / "hepmc3_reader"
    if program is None or not reader.exists():
        return [{"what": "pyjetsim-run", "other": "not built: HepMC3 or HDF5 is missing"}], {}
    events = arguments.events
    source = write_hepmc(folder / f"ww_{events}.hepmc", events)
    same = _run_program.same_jets(program, source, bundle, folder)
    samplers = _run_program.samplers(program, reader, source, events, bundle, folder)
    taken = in_turn(samplers, arguments.file_rounds)
    rows = run_rows(taken, same, events, source.stat().st_size / events / 1e6)
    return rows, run_figures(taken, same)


def _onnxruntime() -> Path:
    """The library in the Python package, which is not imported: it would report to its maker."""
    package = find_spec("onnxruntime")
    assert package is not None, "the package onnxruntime is missing"
    return next((Path(str(package.origin)).parent / "capi").glob("libonnxruntime.so*"))


def main() -> None:
    arguments = parser().parse_args()
    _common.use_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as name:
        rows, figures = measure(arguments, arguments.workdir or Path(name))
    title = f"C++ simulator, {arguments.threads} thread(s) inside an inference"
    _common.report(rows, figures, arguments.json, title)


if __name__ == "__main__":
    main()
