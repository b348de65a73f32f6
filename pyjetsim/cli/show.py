"""``pyjetsim show``: a picture of a jet before and after the detector."""

from __future__ import annotations

import argparse

from pyjetsim.bundle.shipped import OF_JETS
from pyjetsim.cli.options import gen_cuts, name, natural, number_events, path, reading_names, source

HELP = "draw a jet in eta and phi: gen, reco and, with a bundle, simulated"
EXAMPLES = """
pyjetsim show ww.h5 --output jet.png
pyjetsim show ww.h5 --bundle cells --event 12 --output event.pdf
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    source(parser)
    parser.add_argument(
        "--output", type=path, required=True, metavar="FILE", help="the picture to write: .png, .pdf or .svg"
    )
    jet = parser.add_argument_group("the jet")
    which = jet.add_mutually_exclusive_group()
    which.add_argument(
        "--jet",
        type=natural,
        metavar="N",
        help="its place among those within the cuts (default: 0, the first)",
    )
    which.add_argument(
        "--event", type=natural, metavar="NUMBER", help="the number of an event, for all its jets"
    )
    gen_cuts(jet)
    simulation = parser.add_argument_group("simulation")
    simulation.add_argument(
        "--bundle",
        type=name,
        metavar="FOLDER",
        help=f"also simulate the jet: a bundle folder, or {', '.join(OF_JETS)}",
    )
    simulation.add_argument("--seed", type=natural, metavar="N", help="of the simulation (default: 1)")
    read = parser.add_argument_group("reading")
    number_events(read)
    reading_names(read)


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
