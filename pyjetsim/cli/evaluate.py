"""``pyjetsim evaluate``: compare a prediction with its target."""

from __future__ import annotations

import argparse

from pyjetsim._utils.extras import has
from pyjetsim.cli.options import PrintShipped, path, positive, quiet, scheduler
from pyjetsim.io import SPLITS
from pyjetsim.jets.selection import SELECTIONS

HELP = "compare a prediction with its target and write a report"
EXAMPLES = """
pyjetsim evaluate --target ww.h5 --prediction simulated.h5 --split test --output report
pyjetsim evaluate --target ww.h5 --prediction simulated.h5 --output report --fail-on failed
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    compared = parser.add_argument_group("what is compared")
    compared.add_argument(
        "--target", type=path, required=True, metavar="FILE", help="jets.h5 with the reference reco jets"
    )
    compared.add_argument(
        "--prediction", type=path, required=True, metavar="FILE", help="jets.h5 with the reco jets to judge"
    )
    compared.add_argument(
        "--selection", choices=list(SELECTIONS), default="paper", help="cuts on the jets of both"
    )
    compared.add_argument("--split", choices=SPLITS, default="all", help="which events of both")
    compared.add_argument(
        "--mix-detectors", action="store_true", help="compare files of different detectors, pileup or R"
    )
    compared.add_argument(
        "--weight",
        metavar="NAME|INDEX|none",
        help="by which weight the jets of all files count; none: each counts once (default: the first)",
    )
    compared.add_argument(
        "--tagger-against",
        type=path,
        nargs=2,
        metavar=("TARGET", "PREDICTION"),
        help="two jets.h5 of a background: is a tagger trained on simulated jets as good on the target?",
    )
    compared.add_argument(
        "--skip",
        nargs="+",
        choices=("trees", "sets", "distances"),
        default=[],
        help="tests that take long: classifiers on jets (trees) and on constituents (sets), and "
        "physics distances",
    )
    compared.add_argument(
        "--max-pairs",
        type=positive,
        default=400_000,
        metavar="N",
        help="of longer files, measure on about so many pairs, of events chosen by number (default 400,000)",
    )
    work = parser.add_argument_group("datasets", "whose shards are read side by side")
    work.add_argument("--processes", type=positive, metavar="N", help="how many read (default: one per core)")
    scheduler(work, "read")
    report = parser.add_argument_group("report")
    report.add_argument("--output", type=path, required=True, metavar="FOLDER", help="the report")
    report.add_argument("--json", type=path, metavar="FILE", help="also write the figures here")
    report.add_argument("--run", type=path, metavar="FOLDER", help="a run, for its loss and KLD by epoch")
    quiet(report)
    verdict = parser.add_argument_group("verdict")
    verdict.add_argument(
        "--tolerances",
        type=path,
        metavar="FILE",
        help="a TOML file of the verdict's tolerances (default: those of --print-tolerances)",
    )
    verdict.add_argument(
        "--print-tolerances",
        action=PrintShipped,
        nargs=0,
        const="tolerances",
        help="print the default tolerances, to copy and change, and end",
    )
    verdict.add_argument(
        "--fail-on",
        choices=("failed", "undecided"),
        help="exit with code 1 where the verdict is failed; or where it is not passed",
    )


def run(options: argparse.Namespace) -> int:
    """Call the stage and tell its results; 1 for a verdict that ``--fail-on`` names."""
    from rich.console import Console

    from pyjetsim.evaluate import evaluate, summary_table, verdict_table

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
        tolerances=options.tolerances,
        tagger_against=options.tagger_against,
        weight=options.weight,
        max_pairs=options.max_pairs,
        processes=options.processes,
        scheduler=options.scheduler,
        quiet=options.quiet,
    )
    bad = {"failed": ("failed",), "undecided": ("failed", "undecided")}.get(options.fail_on, ())
    code = int(report["verdict"]["outcome"] in bad)
    if options.quiet:
        return code
    Console().print(summary_table(report))
    Console().print(verdict_table(report))
    print(f"report: {options.output / 'index.html'}")
    if "jets" in report and "sets" not in options.skip and not has("torch"):
        print("note: the classifier on constituents was left out: it needs pip install 'pyjetsim[train]'")
    for name, kept in report.get("kept", {}).items():
        total = report[name]["pairs_in_split"]
        print(f"{name}: measured on {kept['pairs']:,} of {total:,} pairs, as --max-pairs asks")
    for name, weight in report.get("weights", {}).items():
        told = "each jet counts once" if weight["name"] is None else f"weight {weight['name']}"
        print(f"{name}: {told}, {weight['effective_jets']:.0f} effective jets")
    for note in report.get("jets", {}).get("notes", []):
        print(f"note: {note}")
    if options.split == "all" and "simulation" in report["prediction"]["provenance"]:
        print("note: every event was compared; if the model was trained on this target, use --split test")
    return code
