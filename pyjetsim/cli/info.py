"""``pyjetsim info``: what a file or folder is, and what is in it."""

from __future__ import annotations

import argparse
import json

from pyjetsim.cli.options import path, positive

HELP = "tell what a file, a bundle or a run folder is, and what is in it"
_EVENTS = 1000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "path",
        type=path,
        metavar="FILE",
        help="jets.h5, HepMC, ROOT, arrays, a detector card, a bundle, a run folder",
    )
    parser.add_argument("--json", action="store_true", help="print all of it as JSON")
    parser.add_argument("--all", action="store_true", help="print provenance and recipes whole")
    parser.add_argument(
        "--max-events", type=positive, default=_EVENTS, help="HepMC: how many events are looked at"
    )


def run(options: argparse.Namespace) -> None:
    """Look and tell."""
    from pyjetsim.inspection.info import info, told

    found = info(options.path, max_events=options.max_events)
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for line in told(found, options.all):
        print(line)
