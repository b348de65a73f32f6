"""Which simulation of the same events is nearest to the truth, and what does it cost?

    python benches/peers.py [--json FILE] [--target FILE] [--rival NAME=FILE ...] [--events FILE] [--quick]

The truth is Delphes's: its ROOT output, or a jets.h5; by default the reference sample's validation split.
Against it stand the gen jet itself and its Gaussian smearing, the shipped bundles, with --events (HepMC of
the same events) our own detector, and files of others: Parnassus's ROOT output, another Delphes, all that
`pyjetsim convert` reads. All are given the same gen jets, and one report each is made by `pyjetsim evaluate`;
scores stand beside those of two halves of the truth. --background, the truth of another process, adds the
tagger's test. What a rival's own command took is told with --took NAME=SECONDS: it is not measured here. On a
busy machine no times are measured.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import _common
import _quiet

BUNDLES = ("paper", "cells")
_EXPECTED = ("Delphes", "Parnassus")
"""Rivals that are named when they are missing."""
_SHOWN = ("mass", "pt", "multiplicity", "width", "tau21", "d2")


def named(text: str) -> tuple[str, str]:
    """NAME=VALUE."""
    name, separator, value = text.partition("=")
    if not (name.isidentifier() and separator and value):
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE, with a name of letters and digits")
    return name, value


def parser() -> argparse.ArgumentParser:
    options = _common.parser(__doc__)
    options.formatter_class = argparse.RawDescriptionHelpFormatter
    options.add_argument("--target", type=Path, help="the truth (default: the reference's delphes_ww.h5)")
    options.add_argument(
        "--split",
        choices=["all", "train", "validation", "test"],
        help="which of its events (default: validation of the reference, else all)",
    )
    options.add_argument("--jets", type=int, default=20_000, help="of the truth, at most (default 20000)")
    options.add_argument("--rival", type=named, action="append", default=[], metavar="NAME=FILE")
    options.add_argument("--took", type=named, action="append", default=[], metavar="NAME=SECONDS")
    options.add_argument("--events", type=Path, help="HepMC of the same events, for our own detector")
    options.add_argument("--pool", type=int, default=15_000, help="minimum-bias collisions for its pileup")
    options.add_argument("--bundles", nargs="*", default=list(BUNDLES), help="by name or folder")
    options.add_argument("--background", type=Path, help="the truth of another process, for the tagger")
    options.add_argument(
        "--skip",
        nargs="*",
        default=["sets"],
        choices=["trees", "sets", "distances"],
        help="tests that take long (default: sets)",
    )
    options.add_argument("--seed", type=int, default=1, help="of the simulations (default 1)")
    options.add_argument("--work", type=Path, help="keep simulations and reports here (default: nowhere)")
    return options


class Contest:
    """The truth, and one contestant after another."""

    def __init__(self, arguments: argparse.Namespace, work: Path, report: _common.Report) -> None:
        from _peer_files import truth

        self.arguments, self.work, self.report = arguments, work, report
        reference = _common.reference_data() / "delphes_ww.h5"
        given = arguments.target or reference
        self.split = arguments.split or ("all" if arguments.target else "validation")
        work.mkdir(parents=True, exist_ok=True)
        self.target = truth(given, work / "target.h5", arguments.jets, self.split)
        self.background: Path | None = None
        if arguments.background:
            self.background = truth(arguments.background, work / "background.h5", arguments.jets, self.split)
        self.baselines_told = False

    def judge(self, who: str, prediction: Path, costs: dict[str, float], background: Path | None) -> None:
        """Add what `evaluate` says of a file, and what it costs."""
        from compare_models import baselines_of, figures_of

        from pyjetsim.evaluate import evaluate

        against = (self.background, background) if self.background and background else None
        told = evaluate(
            self.target,
            prediction,
            self.work / f"{who}_report",
            split=self.split,
            skip=self.arguments.skip,
            mix_detectors=True,
            tagger_against=against,
        )
        if not self.baselines_told:
            self.baselines_told = True
            figures = dict(baselines_of(told))
            for baseline in ("identity", "smearing"):
                self.report.add(self._row(baseline, figures), **_of(baseline, figures))
            self.report.add(**{name: value for name, value in figures.items() if name.startswith("floor_")})
        counts = told["verdict"]["counts"]
        figures = dict(figures_of(told, who)) | {f"{who}_verdict_{name}": n for name, n in counts.items()}
        figures |= {f"{who}_{name}": value for name, value in costs.items()}
        self.report.add(self._row(who, figures), **figures)

    def left_out(self, who: str, why: str) -> None:
        """Name one that is not measured."""
        self.report.add({"who": who, "told": why})

    @staticmethod
    def _row(who: str, figures: dict[str, float]) -> dict[str, Any]:
        row: dict[str, Any] = {"who": who}
        for name in _SHOWN:
            row[f"W1/floor, {name}"] = figures.get(f"{who}_w1_over_floor_{name}", "")
        row["AUC"] = figures.get(f"{who}_auc", "")
        outcomes = [figures.get(f"{who}_verdict_{name}") for name in ("passed", "failed", "undecided")]
        row["passed/failed/undecided"] = "" if None in outcomes else "/".join(map(str, outcomes))
        row["tagger"] = figures.get(f"{who}_tagger_rejection_ratio", "")
        row["ms a jet"] = figures.get(f"{who}_ms_per_jet", "not measured")
        row["MB a thread"] = figures.get(f"{who}_mb_per_thread", "")
        return row


def _of(who: str, figures: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in figures.items() if name.startswith(f"{who}_")}


def measure(arguments: argparse.Namespace, work: Path, report: _common.Report) -> None:
    """All of them, each in turn; one that fails is named."""
    from _event_timing import ms_and_mb
    from _peer_files import NoSuchEvents, of_detector, of_rival

    from pyjetsim.errors import Error
    from pyjetsim.io import PairsFile
    from pyjetsim.simulate import simulate

    contest = Contest(arguments, work, report)
    with PairsFile(contest.target) as file:
        report.add(target_jets=len(file))
    took = {name: float(seconds) for name, seconds in arguments.took}

    for bundle in arguments.bundles:
        who = Path(bundle).name.replace("-", "_")
        output, background = work / f"{who}.h5", None
        summary = simulate(contest.target, bundle, output, arguments.seed, split=contest.split, quiet=True)
        if contest.background:
            background = work / f"{who}_background.h5"
            simulate(contest.background, bundle, background, arguments.seed, split=contest.split, quiet=True)
        busy = _quiet.busy()
        costs = ms_and_mb(contest.target, bundle, contest.split)
        costs["file_ms_per_jet"] = 1000 / summary.jets_per_s
        if busy or _quiet.busy():
            costs = {name: value for name, value in costs.items() if "ms_per_jet" not in name}
        contest.judge(who, output, costs, background)

    def of_events(who: str, own: Path, seconds: float | None) -> None:
        try:
            jets = of_rival(own, contest.target, work / f"{who}.h5")
            costs = {} if seconds is None else {"ms_per_jet": 1000 * seconds / jets}
            contest.judge(who, work / f"{who}.h5", costs, None)
        except (Error, NoSuchEvents) as problem:
            contest.left_out(who, f"left out: {problem}")

    if arguments.events is None:
        contest.left_out("detector", "left out: it needs --events, HepMC of the same events")
    else:
        own = work / "detector_own.h5"
        of_events("detector", own, of_detector(arguments.events, own, arguments.seed, arguments.pool))
    for name, file in arguments.rival:
        of_events(name, Path(file), took.get(name))
    given = {name for name, _ in arguments.rival}
    for name in _EXPECTED:
        if name not in given:
            why = "the truth" if name == "Delphes" else f"left out: it needs --rival {name}=FILE"
            contest.left_out(name, why)


def main() -> int:
    quick = {"jets": 1000, "bundles": ["cells"], "pool": 500, "skip": ["trees", "sets", "distances"]}
    options = parser()
    arguments = _common.parsed(options, **quick)
    if unknown := {name for name, _ in arguments.took} - {name for name, _ in arguments.rival}:
        options.error(f"--took {unknown.pop()}: there is no such --rival")
    if arguments.target is None and not (_common.reference_data() / "delphes_ww.h5").is_file():
        print(
            f"skipped: no {_common.reference_data() / 'delphes_ww.h5'}; give --target, or set "
            "PYJETSIM_REFERENCE_DATA to where the reference samples are"
        )
        return 0
    _common.use_threads(arguments.threads)
    if not sys.stdout.isatty():
        os.environ.setdefault("COLUMNS", "200")  # the table is wide
    sys.path[:0] = [str(_common.ROOT / "tools"), str(_common.ROOT / "tests" / "python")]
    began = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as name,
        _common.Report(arguments.json, "On the same events", quick=arguments.quick) as report,
    ):
        measure(arguments, arguments.work or Path(name), report)
    print(f"{time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
