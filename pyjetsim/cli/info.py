"""``pyjetsim info``: what a file or folder is, and what is in it."""

from __future__ import annotations

import argparse

from pyjetsim.cli.options import path, positive, told_info

HELP = "tell what a file, a bundle or a run folder is, and what is in it"
EXAMPLES = """
pyjetsim info ww.h5
pyjetsim info cells --all
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "path",
        type=path,
        metavar="FILE",
        help="a file of any format, a detector card, a recipe, a dataset, a bundle, a run folder; or the "
        "name of a card, recipe or bundle that comes with pyjetsim",
    )
    parser.add_argument("--json", action="store_true", help="print all of it as JSON")
    parser.add_argument("--all", action="store_true", help="print provenance and recipes whole")
    parser.add_argument(
        "--max-events", type=positive, metavar="N", help="HepMC: events that are looked at (default: 1000)"
    )


def run(options: argparse.Namespace) -> None:
    """Look and tell."""
    told_info(options.path, as_json=options.json, whole=options.all, max_events=options.max_events)
