"""``pyjetsim doctor``: what works on this machine, and what is missing."""

from __future__ import annotations

import argparse
import json

HELP = "tell what of pyjetsim works on this machine, what is missing, and how to get it"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(options: argparse.Namespace) -> None:
    """Look and tell."""
    from pyjetsim.inspection.doctor import doctor, told

    report = doctor()
    if options.json:
        print(json.dumps(report, indent=1))
        return
    for line in told(report):
        print(line)
