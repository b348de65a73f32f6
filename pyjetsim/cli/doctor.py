"""``pyjetsim doctor``: what works on this machine, and what is missing."""

from __future__ import annotations

import argparse
import json

HELP = "tell what of pyjetsim works on this machine, what is missing, and how to get it"
EXAMPLES = """
pyjetsim doctor
pyjetsim doctor --versions
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.add_argument(
        "--versions", action="store_true", help="tell the versions of pyjetsim and its parts alone, at once"
    )


def run(options: argparse.Namespace) -> None:
    """Look and tell."""
    from pyjetsim.inspection.doctor import doctor, told, versions

    if options.versions:
        found = versions()
        print(json.dumps(found, indent=1) if options.json else "\n".join(map(" ".join, found.items())))
        return
    report = doctor()
    if options.json:
        print(json.dumps(report, indent=1))
        return
    for line in told(report):
        print(line)
