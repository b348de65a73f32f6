"""``pyjetsim train``: train a model by a recipe."""

from __future__ import annotations

import argparse

from pyjetsim.cli.options import PrintShipped, name, path, positive, quiet, quoted, running, told
from pyjetsim.errors import Error, TrainingError, TrainingStopped

HELP = "train a model by a recipe"
EXAMPLES = """
pyjetsim train cells --data ww.h5 qcd.h5 --output runs/cells
pyjetsim train cells --data ww.h5 qcd.h5 --output runs/cells --resume
pyjetsim train --print-recipe paper > mine.toml
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "recipe",
        type=name,
        help="a TOML file, or the name of a shipped recipe: cells, paper, quickstart, graph_vae, masked_vae, "
        "flashsim_jets, flashsim_muons, flashsim_fakes, cloud_flow",
    )
    parser.add_argument(
        "--print-recipe",
        action=PrintShipped,
        const="recipe",
        metavar="NAME",
        help="print a shipped recipe, to copy and change, and end",
    )
    data = parser.add_argument_group("data")
    data.add_argument(
        "--data",
        type=path,
        nargs="+",
        required=True,
        metavar="FILE",
        help="jets.h5 or a table of objects to learn from, or several",
    )
    data.add_argument(
        "--detector",
        type=name,
        metavar="CARD",
        help="a detector card, cms, atlas or a TOML file, for data that do not tell the figures of theirs",
    )
    data.add_argument(
        "--mix-detectors", action="store_true", default=None, help="take data of different detectors together"
    )
    training = parser.add_argument_group("training")
    training.add_argument("--output", type=path, required=True, metavar="FOLDER", help="the run folder")
    training.add_argument(
        "--resume", action="store_true", help="go on from where it stopped, or from the last finished epoch"
    )
    training.add_argument(
        "--epochs", type=positive, metavar="N", help="train to this epoch (default: the recipe's)"
    )
    others = running(parser)
    others.add_argument("--threads", type=positive, metavar="N", help="default: all cores")
    others.add_argument(
        "--device",
        type=name,
        default="auto",
        metavar="NAME",
        help="auto (a GPU where torch has one), cpu, cuda, cuda:N or mps",
    )
    quiet(others)


def run(options: argparse.Namespace) -> int:
    """Call the stage and tell its results."""
    from pyjetsim.train.processes import joined

    with joined() as processes:
        try:
            _run(options, first=processes.first)
        except Error as error:
            if processes.tells():
                raise
            return error.exit_code
    return 0


def _run(options: argparse.Namespace, *, first: bool) -> None:
    from pyjetsim.io.run_folder import can_go_on, is_begun
    from pyjetsim.train import load_recipe, train
    from pyjetsim.train.stop import Stop

    stop = Stop()
    recipe = load_recipe(options.recipe)
    recipe = recipe.with_data(detector=options.detector, mix_detectors=options.mix_detectors)
    if options.epochs is not None:
        recipe = recipe.with_epochs(options.epochs)
    try:
        with stop.by_signals():
            selection = train(
                recipe,
                options.data,
                options.output,
                resume=options.resume,
                threads=options.threads,
                device=options.device,
                quiet=options.quiet,
                stop=stop,
            )
    except KeyboardInterrupt as interrupt:
        kind = TrainingStopped if stop.requested else TrainingError
        if can_go_on(options.output):
            raise kind(
                f"training in {options.output} was interrupted",
                "the finished epochs are kept"
                if is_begun(options.output)
                else "the state in which it was stopped before is kept",
                "run the same command with --resume to go on",
            ) from interrupt
        raise kind(
            f"training in {options.output} was interrupted before its first epoch ended",
            "nothing was finished, and nothing is kept",
            "run the command again without --resume to begin anew",
        ) from interrupt
    tell = told(options) if first else lambda text: None
    if selection is not None:
        task = recipe.new_task()
        score = selection[task.score_name]["sum"]
        tell(f"best epoch {selection['epoch']}, {task.score_label} sum {score:.4f}")
    tell(f"next: pyjetsim export {quoted(options.output)} --output bundle/")
