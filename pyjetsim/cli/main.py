"""The command line: one verb a stage. Arguments in, one call, one line for an error."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from pyjetsim import __version__
from pyjetsim._utils.extras import has
from pyjetsim._utils.folders import FOLDERS, folder
from pyjetsim._utils.terminal import any_text, counted
from pyjetsim.bundle.shipped import BEST, SHIPPED
from pyjetsim.errors import DataWarning, Error, IncompleteFileError, InputError, TrainingError
from pyjetsim.io import SPLITS
from pyjetsim.jets import R
from pyjetsim.jets.selection import (
    GEN_ETA_MAX,
    GEN_PT_MIN,
    MATCH_DELTA_R,
    RECO_PT_MIN,
    SELECTIONS,
    STORED_CONSTITUENTS,
)

# Stages import torch, PYTHIA and matplotlib: each only when its verb is called, so that
# `pyjetsim --help` answers at once.


def _told(options: argparse.Namespace) -> Callable[[object], None]:
    """What prints a verb's results, or with --quiet does not."""
    return (lambda text: None) if options.quiet else print


def _generate(options: argparse.Namespace) -> None:
    from pyjetsim.generate import generate

    generate(
        options.process,
        options.events,
        options.output,
        seed=options.seed,
        pileup=options.pileup,
        pileup_pool=options.pileup_pool,
        pthat_min=options.pthat_min,
        detector=options.detector,
        gen_pt_min=options.gen_pt_min,
        gen_eta_max=options.gen_eta_max,
        max_constituents=options.max_constituents,
        processes=options.processes,
        quiet=options.quiet,
    )
    told = _told(options)
    told(f"pairs: {options.output}")
    told(f"next: pyjetsim train paper --data {_quoted(options.output)} --output runs/paper")


def _convert(options: argparse.Namespace) -> None:
    from rich.console import Console

    from pyjetsim.convert import convert

    summary = convert(
        options.sources,
        options.output,
        jets=options.jets,
        detector=options.detector,
        gen_pt_min=options.gen_pt_min,
        gen_eta_max=options.gen_eta_max,
        reco_pt_min=options.reco_pt_min,
        radius=options.radius,
        match_delta_r=options.match_delta_r,
        max_constituents=options.max_constituents,
        max_events=options.max_events,
        number_events=options.number_events,
        quiet=options.quiet,
    )
    if not options.quiet:
        # Not the title of the table, which would be wrapped at its width.
        print(f"{summary.output}: {counted(summary.pairs, 'pair')}")
        Console().print(summary.table())


def _train(options: argparse.Namespace) -> None:
    from pyjetsim.io.run_folder import is_begun
    from pyjetsim.train import load_recipe, train

    recipe = load_recipe(options.recipe)
    recipe = recipe.with_data(detector=options.detector, mix_detectors=options.mix_detectors)
    if options.epochs is not None:
        recipe = recipe.with_epochs(options.epochs)
    try:
        selection = train(
            recipe,
            options.data,
            options.output,
            resume=options.resume,
            threads=options.threads,
            device=options.device,
            quiet=options.quiet,
        )
    except KeyboardInterrupt as interrupt:
        if is_begun(options.output):
            raise TrainingError(
                f"training in {options.output} was interrupted",
                "the finished epochs are kept",
                "run the same command with --resume to go on",
            ) from interrupt
        raise TrainingError(
            f"training in {options.output} was interrupted before its first epoch ended",
            "nothing was finished, and nothing is kept",
            "run the command again without --resume to begin anew",
        ) from interrupt
    told = _told(options)
    if selection is not None:
        task = recipe.new_task()
        score = selection[task.score_name]["sum"]
        told(f"best epoch {selection['epoch']}, {task.score_label} sum {score:.4f}")
    told(f"next: pyjetsim export {_quoted(options.output)} --output bundle/")


def _evaluate(options: argparse.Namespace) -> None:
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


def _export(options: argparse.Namespace) -> None:
    from pyjetsim.bundle import export_model
    from pyjetsim.train import load_model

    model, checkpoint = load_model(options.run, options.epoch)
    export_model(
        model,
        options.output,
        domain=checkpoint.domain,
        provenance=checkpoint.training_provenance,
        cuts=checkpoint.cuts,
        radius=checkpoint.radius,
        task=checkpoint.task,
    )
    print(f"bundle: {options.output} (epoch {checkpoint.epoch}), verified against PyTorch")
    print(f"next: pyjetsim simulate IN --bundle {_quoted(options.output)} --output simulated.h5 --seed 1")


def _simulate(options: argparse.Namespace) -> None:
    from pyjetsim.simulate import simulate

    told = _told(options)
    try:
        summary = simulate(
            options.source,
            options.bundle,
            options.output,
            options.seed,
            split=options.split,
            threads=options.threads,
            device=options.device,
            gen_pt_min=options.gen_pt_min,
            gen_eta_max=options.gen_eta_max,
            number_events=options.number_events,
            quiet=options.quiet,
        )
    except IncompleteFileError as error:
        if error.finished is not None:
            told(error.finished)
        raise
    told(summary)


def _quickstart(options: argparse.Namespace) -> None:
    from pyjetsim.quickstart import quickstart

    quickstart(options.output, events=options.events, seed=options.seed, processes=options.processes)


def _quoted(path: Path) -> str:
    """As a shell takes it: names may hold blanks."""
    return shlex.quote(str(path))


def _number(text: str, kind: type[int] | type[float], what: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}") from None


def _name(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return text


def _path(text: str) -> Path:
    return Path(_name(text))


def _positive(text: str) -> int:
    value: int = _number(text, int, "a whole number")
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not at least 1")
    return value


def _natural(text: str) -> int:
    value: int = _number(text, int, "a whole number")
    if value < 0:
        raise argparse.ArgumentTypeError(f"{value} is negative")
    return value


def _nonnegative(text: str) -> float:
    value: float = _number(text, float, "a number of at least 0")
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of at least 0")
    return value


class _Print(argparse.Action):
    """Prints a file that comes with the package, to be copied and changed, and ends."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        # With nargs "?", the constant stands for no value.
        name = "cms" if values in (None, self.const) else values
        folder = resources.files("pyjetsim") / {"recipe": "train/recipes", "detector": "detector"}[self.const]
        names = (entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
        shipped = sorted(name.removesuffix(".toml") for name in names)
        if name not in shipped:
            raise InputError(
                f"there is no shipped {self.const} {name!r}",
                "only those can be printed",
                f"use one of {', '.join(shipped)}",
            )
        print((folder / f"{name}.toml").read_text(encoding="utf-8"), end="")
        parser.exit()


class _Folder(argparse.Action):
    """Prints where a part of the C++ library is, for those who build with it, and ends."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        print(folder(self.const))
        parser.exit()


class _Parser(argparse.ArgumentParser):
    """Speaks the error grammar of the rest."""

    def error(self, message: str) -> NoReturn:
        raise InputError(message, "the command cannot be understood", f"see `{self.prog} --help`")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pyjetsim",
        description="Learned detector response for jets: gen constituents in, reco constituents out.",
    )
    parser.add_argument("--version", action="version", version=f"pyjetsim {__version__}")
    for kind in FOLDERS:
        parser.add_argument(
            f"--{kind}-dir", action=_Folder, nargs=0, const=kind, help="of the C++ library: print and end"
        )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    def verb(name: str, run: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(
            name, help=text, description=text, formatter_class=argparse.ArgumentDefaultsHelpFormatter
        )
        sub.set_defaults(run_verb=run)
        return sub

    def quiet(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--quiet", action="store_true", help="print errors and warnings only")

    generate = verb(
        "generate", _generate, "collide with PYTHIA 8, pass through a detector, write pairs of jets"
    )
    generate.add_argument(
        "--process", type=_name, required=True, help="ww, qcd, ttbar, or a PYTHIA .cmnd file"
    )
    generate.add_argument("--events", type=_positive, required=True, help="collisions to make")
    generate.add_argument("--seed", type=_natural, default=1, help="the same seed gives the same file")
    generate.add_argument("--output", type=_path, required=True, help="the jets.h5 to write")
    generate.add_argument(
        "--pileup", type=_nonnegative, help="mean number of pileup collisions; default: the card's, 50"
    )
    generate.add_argument(
        "--pileup-pool", type=_positive, default=15000, help="minimum-bias events to draw from"
    )
    generate.add_argument("--pthat-min", type=_nonnegative, help="GeV; default: the preset's")
    generate.add_argument(
        "--detector",
        type=_name,
        default="cms",
        help="a detector card: cms, atlas, or a TOML file of your own",
    )
    generate.add_argument(
        "--print-detector",
        action=_Print,
        nargs="?",
        const="detector",
        metavar="NAME",
        help="print a shipped detector card, cms (the default) or atlas, to copy and change",
    )
    generate.add_argument(
        "--gen-pt-min", type=_nonnegative, default=GEN_PT_MIN, help="gen jets above this, GeV"
    )
    generate.add_argument(
        "--gen-eta-max", type=_nonnegative, default=GEN_ETA_MAX, help="gen jets within this |eta|"
    )
    generate.add_argument(
        "--max-constituents", type=_positive, default=STORED_CONSTITUENTS, help="constituents stored a jet"
    )
    generate.add_argument("--processes", type=_positive, help="default: one a core")

    quiet(generate)

    convert = verb("convert", _convert, "turn files with gen and reco into pairs of jets")
    convert.add_argument(
        "sources", type=_path, nargs="+", metavar="IN", help="Delphes trees (ROOT), all of one sample"
    )
    convert.add_argument("--output", type=_path, required=True, help="the jets.h5 to write")
    convert.add_argument(
        "--jets",
        choices=("cluster", "tree"),
        default="cluster",
        help="cluster the energy-flow candidates and stable particles, or take the tree's own jets",
    )
    convert.add_argument(
        "--detector",
        type=_name,
        help="the detector's card, cms, atlas or a TOML file: for the provenance, and its cuts on candidates",
    )
    convert.add_argument("--max-events", type=_positive, help="of all files together; default: all")
    convert.add_argument(
        "--gen-pt-min", type=_nonnegative, default=GEN_PT_MIN, help="gen jets above this, GeV"
    )
    convert.add_argument(
        "--gen-eta-max", type=_nonnegative, default=GEN_ETA_MAX, help="gen jets within this |eta|"
    )
    convert.add_argument(
        "--reco-pt-min", type=_nonnegative, default=RECO_PT_MIN, help="reco jets above this, GeV"
    )
    convert.add_argument(
        "--radius",
        type=_nonnegative,
        help=f"R of anti-kt, default {R}; or of the tree's jets, if you know it",
    )
    convert.add_argument(
        "--match-delta-r", type=_nonnegative, default=MATCH_DELTA_R, help="of a gen jet and its reco jet"
    )
    convert.add_argument(
        "--max-constituents", type=_positive, default=STORED_CONSTITUENTS, help="constituents stored a jet"
    )
    convert.add_argument(
        "--number-events", action="store_true", help="number events by their place in all files, from 0"
    )

    quiet(convert)

    train = verb("train", _train, "train a model by a recipe")
    train.add_argument(
        "recipe", type=_name, help="a TOML file, or the name of a shipped recipe: paper, quickstart"
    )
    train.add_argument(
        "--print-recipe",
        action=_Print,
        const="recipe",
        metavar="NAME",
        help="print a shipped recipe, to copy and change",
    )
    train.add_argument(
        "--data", type=_path, nargs="+", required=True, help="jets.h5 to learn from, or several"
    )
    train.add_argument(
        "--detector",
        type=_name,
        help="a detector card, cms, atlas or a TOML file, for data that do not tell the figures of theirs",
    )
    train.add_argument(
        "--mix-detectors", action="store_true", default=None, help="take data of different detectors together"
    )
    train.add_argument("--output", type=_path, required=True, help="the run folder")
    train.add_argument("--resume", action="store_true", help="go on from the last finished epoch")
    train.add_argument("--epochs", type=_positive, help="train to this epoch instead of the recipe's")
    train.add_argument("--threads", type=_positive, help="default: all cores")
    train.add_argument(
        "--device",
        type=_name,
        default="auto",
        help="auto (a GPU where torch has one), cpu, cuda, cuda:N or mps",
    )

    quiet(train)

    evaluate = verb("evaluate", _evaluate, "compare a prediction with its target and write a report")
    evaluate.add_argument("--target", type=_path, required=True, help="jets.h5 with the reference reco jets")
    evaluate.add_argument(
        "--prediction", type=_path, required=True, help="jets.h5 with the reco jets to judge"
    )
    evaluate.add_argument("--output", type=_path, required=True, help="the report folder")
    evaluate.add_argument("--json", type=_path, help="also write the figures here")
    evaluate.add_argument("--selection", choices=list(SELECTIONS), default="paper", help="cuts on both")
    evaluate.add_argument("--split", choices=SPLITS, default="all", help="which jets of both files")
    evaluate.add_argument(
        "--mix-detectors", action="store_true", help="compare files of different detectors, pileup or R"
    )
    evaluate.add_argument("--run", type=_path, help="a run folder, for its loss and KLD by epoch")

    evaluate.add_argument(
        "--skip",
        nargs="+",
        choices=("trees", "sets", "distances"),
        default=[],
        help="tests that take long: classifiers on jets and on constituents, physics distances",
    )

    export = verb("export", _export, "turn a run's best epoch into a bundle that any framework can run")
    export.add_argument("run", type=_path, help="a run folder")
    export.add_argument("--output", type=_path, required=True, help="the bundle folder")
    export.add_argument("--epoch", type=_positive, help="default: the selected one")

    simulate = verb("simulate", _simulate, "answer gen jets with simulated reco jets")
    simulate.add_argument(
        "source",
        type=_path,
        metavar="IN",
        help="jets.h5, a Delphes tree, or HepMC, plain or compressed; - is standard input",
    )
    simulate.add_argument(
        "--bundle",
        type=_name,
        default=BEST,
        help=f"a bundle folder, or one that comes with pyjetsim: {', '.join(SHIPPED)}",
    )
    simulate.add_argument("--output", type=_path, required=True, help="the jets.h5 to write")
    simulate.add_argument(
        "--seed", type=_natural, default=1, help="another seed, another passage through the detector"
    )
    simulate.add_argument("--split", choices=SPLITS, default="all", help="which events")
    simulate.add_argument(
        "--threads", type=_positive, default=1, help="that work on the jets; they do not change them"
    )
    simulate.add_argument(
        "--device", type=_name, default="cpu", help="cpu, or a GPU by onnxruntime-gpu: cuda or cuda:N"
    )
    simulate.add_argument(
        "--gen-pt-min", type=_nonnegative, default=GEN_PT_MIN, help="HepMC, Delphes: gen jets above this, GeV"
    )
    simulate.add_argument(
        "--gen-eta-max",
        type=_nonnegative,
        default=GEN_ETA_MAX,
        help="HepMC, Delphes: gen jets within this |eta|",
    )
    simulate.add_argument(
        "--number-events",
        action="store_true",
        help="HepMC, Delphes: number events by their place in the file, from 0",
    )

    quiet(simulate)

    quickstart = verb(
        "quickstart", _quickstart, "the whole chain, small: generate, train, export, simulate, evaluate"
    )
    quickstart.add_argument("--output", type=_path, default=Path("quickstart"), help="the folder to work in")
    quickstart.add_argument("--events", type=_positive, default=3000, help="collisions to make")
    quickstart.add_argument("--seed", type=_natural, default=1)
    quickstart.add_argument("--processes", type=_positive, help="default: one a core")
    return parser


_interrupted = False
"""Whether an interrupt came: one that is raised in a destructor is lost, and must not pass for success."""


def _interrupt(signum: int, frame: FrameType | None) -> None:
    global _interrupted
    _interrupted = True
    raise KeyboardInterrupt


@contextmanager
def _interruptible() -> Iterator[None]:
    """A batch system's kill ends a stage as cleanly as Ctrl-C does; afterwards all is as it was."""
    global _interrupted
    _interrupted = False
    former: dict[signal.Signals, Any] = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for signum, default in (
                (signal.SIGTERM, signal.SIG_DFL),
                (signal.SIGINT, signal.default_int_handler),
            ):
                # Who ignores a signal (nohup, a shell's background) or answers it keeps that.
                if signal.getsignal(signum) is default:
                    former[signum] = default
                    signal.signal(signum, _interrupt)
        yield
    finally:
        for signum, handler in former.items():
            signal.signal(signum, handler)


def _told_interrupt() -> int:
    print("pyjetsim: interrupted (what was finished is kept): run the same command again", file=sys.stderr)
    return 2


@contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    """What is unusual about data is told as errors are, each time; other warnings as ever."""
    with warnings.catch_warnings():
        show = warnings.showwarning

        def told(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if issubclass(category, DataWarning):
                print(f"pyjetsim: warning: {' '.join(str(message).split())}", file=sys.stderr)
            else:
                show(message, category, *where, **more)

        warnings.showwarning = told
        warnings.simplefilter("always", DataWarning)
        yield


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 for success, 2 for an error that is told in one line on stderr."""
    with any_text():
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        with _interruptible(), _warnings_in_one_line():
            options = _parser().parse_args(arguments)
            options.run_verb(options)
    except Error as error:
        print(f"pyjetsim: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return _told_interrupt()
    except BrokenPipeError:
        return 2
    return _told_interrupt() if _interrupted else 0


if __name__ == "__main__":
    sys.exit(main())
