"""``pyjetsim show``: a picture of a jet before and after the detector."""

from __future__ import annotations

import argparse

from pyjetsim.bundle.shipped import SHIPPED
from pyjetsim.cli.options import gen_cuts, name, natural, number_events, path, reading_names, source

HELP = "draw a jet in eta and phi: gen, reco and, with a bundle, simulated"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    source(parser)
    parser.add_argument("--output", type=path, required=True, help="the picture to write: .png, .pdf or .svg")
    parser.add_argument(
        "--bundle", type=name, help=f"also simulate the jet: a bundle folder, or {', '.join(SHIPPED)}"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--jet", type=natural, help="its place among those within the cuts; default: 0, the first"
    )
    which.add_argument("--event", type=natural, help="the number of an event, for all its jets")
    parser.add_argument("--seed", type=natural, help="of the simulation by --bundle; default: 1")
    gen_cuts(parser)
    number_events(parser)
    reading_names(parser)


def run(options: argparse.Namespace) -> None:
    """Draw, and tell where."""
    from pyjetsim.inspection.show import show

    show(
        options.source,
        options.output,
        bundle=options.bundle,
        jet=options.jet,
        event=options.event,
        seed=options.seed,
        gen_pt_min=options.gen_pt_min,
        gen_eta_max=options.gen_eta_max,
        number_events=options.number_events,
        collections=options.collections,
        mapping=options.map,
    )
    print(f"picture: {options.output}")
