"""The whole chain on a small sample: generate, train, export, simulate, evaluate."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pyjetsim._utils.extras import check_all
from pyjetsim._utils.output import write_whole
from pyjetsim.bundle.shipped import BEST
from pyjetsim.errors import InputError
from pyjetsim.io import PairsFile

RECIPE = "quickstart"
PILEUP_POOL = 3000
"""Minimum-bias events to draw from: a fifth of a production's, made in seconds."""
PTHAT_MIN = 180.0
"""GeV: most jets then pass the paper's threshold of 200 GeV."""
_SETTINGS = "quickstart.json"
_ANSWERS = {"simulated.h5": "report", f"simulated_by_{BEST}.h5": f"report_{BEST}"}
"""Of the model trained here and of the one that comes with the package: simulation and report."""
_PAPER_SECONDS = 100.0
"""CPU an event of full simulation and reconstruction (paper, section 6)."""


def quickstart(output: Path, *, events: int, seed: int, processes: int | None) -> None:
    """Generate, train, export, simulate and evaluate in one folder, and print the results.

    Parameters
    ----------
    output : Path
        The folder. An interrupted quickstart there goes on where it stopped; of a finished one only the
        results are printed again.
    events : int
        Collisions to generate.
    seed : int
        Seed of the collisions and of the simulation.
    processes : int, optional
        Processes that generate; None: one for each core.

    Raises
    ------
    InputError
        Where the folder holds a quickstart with other settings, or other files.
    MissingExtraError
        Where a package that one of the stages needs is not installed.
    """
    check_all("the whole chain")
    console = Console()
    _claim(output, {"events": events, "seed": seed})
    paths = {name: output / name for name in ("jets.h5", "run", "bundle", *_ANSWERS, *_ANSWERS.values())}
    seconds: dict[str, float] = {}

    def stage(title: str, finished: bool, run: Callable[[], Any]) -> None:
        if finished:
            console.print(f"[bold]{title}[/]: done before")
            return
        console.print(f"[bold]{title}[/]")
        started = time.perf_counter()
        run()
        seconds[title] = time.perf_counter() - started

    stage("1 generate", paths["jets.h5"].is_file(), lambda: _generate(paths, events, seed, processes))
    stage(
        "2 train (100 short epochs, a minute or two)",
        (paths["bundle"] / "manifest.json").is_file(),
        lambda: _train(paths),
    )
    stage("3 export", (paths["bundle"] / "manifest.json").is_file(), lambda: _export(paths))
    stage("4 simulate", all(paths[name].is_file() for name in _ANSWERS), lambda: _simulate(paths, seed))
    stage("5 evaluate", False, lambda: _evaluate(paths))
    _tell(console, paths, seconds)


def _claim(output: Path, settings: dict[str, int]) -> None:
    path = output / _SETTINGS
    if not path.is_file():
        if output.is_dir() and any(output.iterdir()):
            raise InputError(
                f"{output} holds other files",
                "a quickstart fills a folder of its own",
                "name another one with --output",
            )
        write_whole(path, json.dumps(settings))
        return
    try:
        found = json.loads(path.read_text())
    except ValueError:
        found = None
    if found != settings:
        raise InputError(
            f"{output} holds a quickstart with {found}, not {settings}",
            "its stages would not fit together",
            "repeat those settings, or name another folder with --output",
        )


def _generate(paths: dict[str, Path], events: int, seed: int, processes: int | None) -> None:
    from pyjetsim.generate import generate

    generate(
        "ww",
        events,
        paths["jets.h5"],
        seed=seed,
        pthat_min=PTHAT_MIN,
        pileup_pool=PILEUP_POOL,
        processes=processes,
    )


def _train(paths: dict[str, Path]) -> None:
    from pyjetsim.io.run_folder import is_begun
    from pyjetsim.train import load_recipe, train

    begun = is_begun(paths["run"])
    train(load_recipe(RECIPE), paths["jets.h5"], paths["run"], resume=begun, quiet=True)


def _export(paths: dict[str, Path]) -> None:
    from pyjetsim.bundle import export_model
    from pyjetsim.train import load_model

    model, checkpoint = load_model(paths["run"])
    export_model(
        model,
        paths["bundle"],
        domain=checkpoint.domain,
        provenance=checkpoint.training_provenance,
        cuts=checkpoint.cuts,
        radius=checkpoint.radius,
        task=checkpoint.task,
    )


def _simulate(paths: dict[str, Path], seed: int) -> None:
    from pyjetsim.simulate import simulate

    for name, bundle in zip(_ANSWERS, (paths["bundle"], None), strict=True):
        simulate(paths["jets.h5"], bundle, paths[name], seed, split="test")


def _evaluate(paths: dict[str, Path]) -> None:
    from pyjetsim.evaluate import evaluate

    for (name, report), run in zip(_ANSWERS.items(), (paths["run"], None), strict=True):
        evaluate(paths["jets.h5"], paths[name], paths[report], split="test", run=run)


def _tell(console: Console, paths: dict[str, Path], seconds: dict[str, float]) -> None:
    from pyjetsim.evaluate import summary_table

    reports = [json.loads((paths[name] / "report.json").read_text()) for name in _ANSWERS.values()]
    with PairsFile(paths["jets.h5"]) as file:
        pairs, events = len(file), file.provenance["events"]
    speed = _jets_per_second(paths)

    made = Table(title="What was made", show_header=False, title_justify="left")
    made.add_row("collisions", f"{events} of pp → WW at 13 TeV with pileup 50")
    made.add_row("pairs of gen and reco jets", f"{pairs}, in {paths['jets.h5']}")
    made.add_row("trained model", f"{paths['run']}, its best epoch as {paths['bundle']}")
    for name, model in zip(_ANSWERS, ("by it", f"by {BEST}, which comes trained"), strict=True):
        made.add_row(f"simulated jets, {model}", f"the test split, in {paths[name]}")
        made.add_row("report", str(paths[_ANSWERS[name]] / "index.html"))
    if "1 generate" in seconds:
        made.add_row(
            "detector and PYTHIA", f"{events / seconds['1 generate']:.0f} events/s, pileup pool included"
        )
    made.add_row("learned simulation", f"{1000 / speed:.2f} ms a jet, one core")
    made.add_row(
        "full simulation, for comparison", f"about {_PAPER_SECONDS:.0f} s an event (the paper's figure)"
    )
    console.print()
    console.print(made)
    console.print()
    titles = ("The paper's model, trained here", f"{BEST}, as it comes with the package")
    for title, report in zip(titles, reports, strict=True):
        console.print(summary_table(report, title))
        console.print()
    console.print(
        "So few jets teach a model little: expect the first to lose against both baselines here. "
        "Floor is what two halves of the target score against each other."
    )
    console.print("\n[bold]Next[/]: your own gen jets, or more jets and a training of your own:")
    console.print("  pyjetsim simulate events.hepmc --output simulated.h5", highlight=False)
    console.print("  pyjetsim generate --process ww --events 85000 --seed 2 --output ww.h5", highlight=False)
    console.print("  pyjetsim train paper --data ww.h5 --output runs/paper", highlight=False)


def _jets_per_second(paths: dict[str, Path]) -> float:
    """Simulate the test jets once more in memory: the speed without files."""
    from pyjetsim.simulate import load

    with PairsFile(paths["simulated.h5"]) as file:
        jets = file.read(0, 2000)
    simulator = load(paths["bundle"])
    simulator(jets.gen.constituents[:64])
    started = time.perf_counter()
    simulator(jets.gen.constituents, event=jets.event)
    return len(jets) / (time.perf_counter() - started)
