"""``pyjetsim quickstart``: the whole chain, small."""

from __future__ import annotations

import argparse
from pathlib import Path

from pyjetsim.cli.options import natural, path, positive

HELP = "the whole chain, small: generate, train, export, simulate, evaluate"
EXAMPLES = """
pyjetsim quickstart
pyjetsim quickstart --output try --events 1000
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--output", type=path, default=Path("quickstart"), metavar="FOLDER", help="where to work"
    )
    parser.add_argument("--events", type=positive, default=3000, metavar="N", help="collisions to make")
    parser.add_argument(
        "--seed", type=natural, default=1, metavar="N", help="of the collisions, the training and the rest"
    )
    parser.add_argument("--processes", type=positive, metavar="N", help="default: one a core")


def run(options: argparse.Namespace) -> None:
    """Call the stage and tell its results."""
    from pyjetsim.quickstart import quickstart

    quickstart(options.output, events=options.events, seed=options.seed, processes=options.processes)
