"""``pyjetsim generate``: make pairs of jets."""

from __future__ import annotations

import argparse

from pyjetsim.cli.options import PrintShipped, name, natural, nonnegative, path, positive, quiet, quoted, told
from pyjetsim.errors import InputError
from pyjetsim.jets.selection import GEN_ETA_MAX, GEN_PT_MIN, STORED_CONSTITUENTS

HELP = "collide with PYTHIA 8, pass through a detector, write pairs of jets"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--process",
        type=name,
        required=True,
        help="ww, qcd, ttbar, or a PYTHIA .cmnd file; clouds: particles of gluon, light-quark and top jets "
        "near 1 TeV, without a detector",
    )
    parser.add_argument("--events", type=positive, required=True, help="collisions to make")
    parser.add_argument("--seed", type=natural, default=1, help="the same seed gives the same file")
    parser.add_argument("--output", type=path, required=True, help="the jets.h5 to write: .h5 or .hdf5")
    parser.add_argument(
        "--pileup", type=nonnegative, help="mean number of pileup collisions; default: the card's, 50"
    )
    parser.add_argument(
        "--pileup-pool", type=positive, default=15000, help="minimum-bias events to draw from"
    )
    parser.add_argument("--pthat-min", type=nonnegative, help="GeV; default: the preset's")
    parser.add_argument(
        "--detector",
        type=name,
        default="cms",
        help="a detector card: cms, atlas, or a TOML file of your own",
    )
    parser.add_argument(
        "--print-detector",
        action=PrintShipped,
        nargs="?",
        const="detector",
        metavar="NAME",
        help="print a shipped detector card, cms (the default) or atlas, to copy and change",
    )
    parser.add_argument("--gen-pt-min", type=nonnegative, default=GEN_PT_MIN, help="gen jets above this, GeV")
    parser.add_argument(
        "--gen-eta-max", type=nonnegative, default=GEN_ETA_MAX, help="gen jets within this |eta|"
    )
    parser.add_argument(
        "--max-constituents", type=positive, default=STORED_CONSTITUENTS, help="constituents stored a jet"
    )
    parser.add_argument("--classes", help="of clouds, with commas between: gluon,light_quark,top")
    parser.add_argument("--processes", type=positive, help="default: one a core")
    quiet(parser)


def run(options: argparse.Namespace) -> None:
    """Call the stage and tell its results."""
    if options.process == "clouds":
        _run_clouds(options)
        return
    if options.classes is not None:
        raise InputError(
            f"--classes is {options.classes}, of the process {options.process}",
            "only clouds have classes",
            "leave it out, or ask for --process clouds",
        )
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
    tell = told(options)
    tell(f"pairs: {options.output}")
    tell(f"next: pyjetsim train paper --data {quoted(options.output)} --output runs/paper")


_OF_PAIRS = {
    "pileup": None,
    "pthat_min": None,
    "detector": "cms",
    "gen_pt_min": GEN_PT_MIN,
    "gen_eta_max": GEN_ETA_MAX,
    "max_constituents": STORED_CONSTITUENTS,
}
"""Options without a meaning for clouds, and their defaults."""


def _run_clouds(options: argparse.Namespace) -> None:
    for option, default in _OF_PAIRS.items():
        if getattr(options, option) != default:
            raise InputError(
                f"--{option.replace('_', '-')} is {getattr(options, option)}, of clouds",
                "their jets are defined as JetNet's, without a detector",
                "leave it out",
            )
    from pyjetsim.generate.clouds import PROCESSES, generate_clouds

    classes = tuple(PROCESSES) if options.classes is None else tuple(options.classes.split(","))
    generate_clouds(
        options.events,
        options.output,
        classes=classes,
        seed=options.seed,
        processes=options.processes,
        quiet=options.quiet,
    )
    tell = told(options)
    tell(f"clouds: {options.output}")
    tell(f"next: pyjetsim train cloud_flow --data {quoted(options.output)} --output runs/cloud_flow")
