"""``pyjetsim scan``: many trainings that differ in keys of their recipe."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pyjetsim._utils.extras import has
from pyjetsim.cli.options import name, path, positive, quiet, quoted, told
from pyjetsim.errors import TrainingError, TrainingStopped

if TYPE_CHECKING:
    from pyjetsim.train.stop import Stop

HELP = "train at many values of a recipe's keys, and compare"
EXAMPLES = """
pyjetsim scan examples/scans/paper_grid.toml --data ww.h5 --output scans/paper --processes 2
pyjetsim scan examples/scans/paper_grid.toml --output scans/paper --trials 5 --epochs 10
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "scan", type=path, help="a TOML file: a recipe, data, and which keys have which values"
    )
    parser.add_argument("--output", type=path, required=True, help="the folder of the scan")
    parser.add_argument("--data", type=path, nargs="+", help="instead of the file's data")
    parser.add_argument("--trials", type=positive, help="how many, instead of the file's number")
    parser.add_argument("--epochs", type=positive, help="train each to this epoch instead of the recipe's")
    parser.add_argument(
        "--no-prune", action="store_true", help="do not end trials early that are worse than the median"
    )
    parser.add_argument("--processes", type=positive, default=1, help="trials at a time")
    parser.add_argument("--threads", type=positive, help="of each trial; default: all cores, divided")
    parser.add_argument(
        "--device", type=name, default="auto", help="of each trial: auto, cpu, cuda, cuda:N or mps"
    )
    # One of several processes of a command, which tells of them all.
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    quiet(parser)


def run(options: argparse.Namespace) -> int:
    """Call the stage and tell its results."""
    from pyjetsim.train.scan import load_plan, scan
    from pyjetsim.train.scan.results import BEST
    from pyjetsim.train.scan.trials import TRIALS, open_study
    from pyjetsim.train.stop import Stop

    plan = load_plan(
        options.scan,
        data=None if options.data is None else [str(file) for file in options.data],
        trials=options.trials,
        epochs=options.epochs,
        prune=False if options.no_prune else None,
    )
    stop = Stop()
    with stop.by_signals():
        try:
            if options.processes > 1:
                open_study(plan, options.output)
                _workers(options, min(options.processes, plan.trials), stop)
            # What is left: all, or what a process had that was killed.
            found = scan(
                plan,
                options.output,
                threads=options.threads,
                device=options.device,
                quiet=options.quiet,
                stop=stop,
            )
        except (KeyboardInterrupt, TrainingStopped) as error:
            if options.worker:
                return TrainingStopped.exit_code
            if isinstance(error, TrainingStopped) or not stop.requested:
                raise
            raise TrainingStopped(
                f"the scan in {options.output} was stopped",
                "what was done is kept",
                "run the same command again to go on",
            ) from None
    if options.worker:
        return 0
    tell = told(options)
    tell(", ".join(f"{count} {state}" for state, count in found.items() if count))
    if not found["finished"]:
        if found["running"] or found["waiting"]:
            return 0
        raise TrainingError(
            f"no trial of {options.output} was finished",
            "there is no best recipe",
            f"read the errors in {options.output / 'trials.csv'}, and the logs in {options.output / TRIALS}",
        )
    if not has("matplotlib"):
        tell("note: there is no scan.png: it needs pip install 'pyjetsim[evaluate]'")
    data = " ".join(quoted(Path(file)) for file in plan.data)
    tell(f"next: pyjetsim train {quoted(options.output / BEST)} --data {data} --output run/")
    return 0


def _workers(options: argparse.Namespace, number: int, stop: Stop) -> None:
    """The same command as often, until each has nothing left to take; what ends this one stops them."""
    from pyjetsim._utils.processes import available_processes

    threads = options.threads or max(available_processes() // number, 1)
    given: dict[str, object] = {
        "--output": options.output,
        "--trials": options.trials,
        "--epochs": options.epochs,
        "--threads": threads,
        "--device": options.device,
    }
    command = [sys.executable, "-P", "-m", "pyjetsim", "scan", str(options.scan), "--worker"]
    for option, value in given.items():
        command += [] if value is None else [option, str(value)]
    command += ["--data", *map(str, options.data)] if options.data else []
    command += [f"--{flag}" for flag in ("no-prune", "quiet") if getattr(options, flag.replace("-", "_"))]
    # Sessions of their own: a terminal's Ctrl-C reaches this process, which passes it on.
    workers = [subprocess.Popen(command, start_new_session=True) for _ in range(number)]
    try:
        codes = [worker.wait() for worker in workers]
    except BaseException:
        for worker in workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGTERM)
        for worker in workers:
            worker.wait()
        raise
    if TrainingStopped.exit_code in codes:
        stop.request()
