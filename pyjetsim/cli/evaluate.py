"""``pyjetsim evaluate``: compare a prediction with its target."""

from __future__ import annotations

import argparse

from pyjetsim._utils.extras import has
from pyjetsim.cli.options import path
from pyjetsim.io import SPLITS
from pyjetsim.jets.selection import SELECTIONS

HELP = "compare a prediction with its target and write a report"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--target", type=path, required=True, help="jets.h5 with the reference reco jets")
    parser.add_argument("--prediction", type=path, required=True, help="jets.h5 with the reco jets to judge")
    parser.add_argument("--output", type=path, required=True, help="the report folder")
    parser.add_argument("--json", type=path, help="also write the figures here")
    parser.add_argument("--selection", choices=list(SELECTIONS), default="paper", help="cuts on both")
    parser.add_argument("--split", choices=SPLITS, default="all", help="which jets of both files")
    parser.add_argument(
        "--mix-detectors", action="store_true", help="compare files of different detectors, pileup or R"
    )
    parser.add_argument("--run", type=path, help="a run folder, for its loss and KLD by epoch")

    parser.add_argument(
        "--skip",
        nargs="+",
        choices=("trees", "sets", "distances"),
        default=[],
        help="tests that take long: classifiers on jets and on constituents, physics distances",
    )


def run(options: argparse.Namespace) -> None:
    """Call the stage and tell its results."""
    from rich.console import Console

    from pyjetsim.evaluate import evaluate, summary_table

    report = evaluate(
        options.target,
        options.prediction,
        options.output,
        json=options.json,
        selection=options.selection,
        split=options.split,
        run=options.run,
        skip=options.skip,
        mix_detectors=options.mix_detectors,
    )
    Console().print(summary_table(report))
    print(f"report: {options.output / 'index.html'}")
    if "jets" in report and "sets" not in options.skip and not has("torch"):
        print("note: the classifier on constituents was left out: it needs pip install 'pyjetsim[train]'")
    for note in report.get("jets", {}).get("notes", []):
        print(f"note: {note}")
    if options.split == "all" and "simulation" in report["prediction"]["provenance"]:
        print("note: every event was compared; if the model was trained on this target, use --split test")
