"""``pyjetsim generate``: make pairs of jets, or tables of jets and muons."""

from __future__ import annotations

import argparse

from pyjetsim.cli.options import (
    PrintShipped,
    is_dataset_asked,
    name,
    natural,
    nonnegative,
    path,
    positive,
    quiet,
    quoted,
    running,
    told,
    told_missing,
    work,
)
from pyjetsim.errors import InputError
from pyjetsim.jets import R
from pyjetsim.jets.selection import (
    GEN_ETA_MAX,
    GEN_PT_MIN,
    MATCH_DELTA_R,
    OBJECTS_ETA_MAX,
    OBJECTS_GEN_PT_MIN,
    OBJECTS_R,
    OBJECTS_RECO_PT_MIN,
    RECO_PT_MIN,
    STORED_CONSTITUENTS,
)

HELP = "collide with PYTHIA 8, pass through a detector, write pairs of jets, or jets and muons"
EXAMPLES = """
pyjetsim generate --process ww --events 20000 --output ww.h5
pyjetsim generate --process qcd --events 1000 --detector atlas --pileup 0 --output qcd.h5
pyjetsim generate --process drell_yan_jets --events 1000 --write objects --output objects.h5
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    collisions = parser.add_argument_group("collisions")
    collisions.add_argument(
        "--process",
        type=name,
        required=True,
        metavar="NAME",
        help="ww, qcd, ttbar, vbf_hmumu, ewk_zjj, drell_yan_jets, or a PYTHIA .cmnd file; clouds: particles "
        "of gluon, light-quark and top jets near 1 TeV, without a detector",
    )
    collisions.add_argument("--events", type=positive, required=True, metavar="N", help="collisions to make")
    collisions.add_argument(
        "--pthat-min",
        type=nonnegative,
        metavar="GEV",
        help="smallest pt of the hard process (default: the process's own)",
    )
    collisions.add_argument(
        "--seed", type=natural, default=1, metavar="N", help="the same seed gives the same file"
    )
    collisions.add_argument(
        "--classes",
        metavar="NAME,...",
        help="of clouds, with commas between (default: gluon,light_quark,top)",
    )
    detector = parser.add_argument_group("detector and pileup")
    detector.add_argument(
        "--detector",
        type=name,
        default="cms",
        metavar="CARD",
        help="a detector card: cms, atlas, or a TOML file of your own",
    )
    detector.add_argument(
        "--print-detector",
        action=PrintShipped,
        nargs="?",
        const="detector",
        metavar="NAME",
        help="print a shipped detector card, cms (the default) or atlas, to copy and change, and end",
    )
    detector.add_argument(
        "--pileup",
        type=nonnegative,
        metavar="MEAN",
        help="mean number of pileup collisions (default: the card's, 50 of cms and atlas)",
    )
    detector.add_argument(
        "--pileup-pool", type=positive, default=15000, metavar="N", help="minimum-bias events to draw from"
    )
    jets = parser.add_argument_group("jets")
    jets.add_argument(
        "--gen-pt-min",
        type=nonnegative,
        metavar="GEV",
        help=f"gen jets with pt above this (default: {GEN_PT_MIN:g}, of objects {OBJECTS_GEN_PT_MIN:g})",
    )
    jets.add_argument(
        "--gen-eta-max",
        type=nonnegative,
        metavar="ETA",
        help="gen jets, and of objects reco jets, within this |eta| "
        f"(default: {GEN_ETA_MAX:g}, of objects {OBJECTS_ETA_MAX:g})",
    )
    jets.add_argument(
        "--reco-pt-min",
        type=nonnegative,
        metavar="GEV",
        help=f"reco jets with pt above this (default: {RECO_PT_MIN:g}, of objects {OBJECTS_RECO_PT_MIN:g})",
    )
    jets.add_argument(
        "--radius",
        type=nonnegative,
        metavar="R",
        help=f"of anti-kt (default: {R:g}, of objects {OBJECTS_R:g})",
    )
    jets.add_argument(
        "--match-delta-r",
        type=nonnegative,
        default=MATCH_DELTA_R,
        metavar="DR",
        help="largest distance of a gen jet and its reco jet in eta and phi",
    )
    jets.add_argument(
        "--max-constituents",
        type=positive,
        default=STORED_CONSTITUENTS,
        metavar="N",
        help="constituents stored a jet",
    )
    written = parser.add_argument_group("output")
    written.add_argument(
        "--output", type=path, required=True, metavar="FILE", help="the file to write: .h5 or .hdf5"
    )
    written.add_argument(
        "--write",
        choices=("jets", "objects"),
        default="jets",
        help="pairs of jets with their constituents (default), or tables of gen and reco jets and muons",
    )
    others = running(parser)
    others.add_argument("--processes", type=positive, metavar="N", help="default: one a core")
    quiet(others)
    work(parser)


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

    if options.write == "objects" and options.max_constituents != STORED_CONSTITUENTS:
        raise InputError(
            "--max-constituents means nothing with --write objects", "objects have none", "leave it out"
        )
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
        write=options.write,
        gen_eta_max=options.gen_eta_max,
        reco_pt_min=options.reco_pt_min,
        radius=options.radius,
        match_delta_r=options.match_delta_r,
        max_constituents=options.max_constituents,
        processes=options.processes,
        part=options.shard,
        scheduler=options.scheduler,
        events_per_shard=options.events_per_shard,
        quiet=options.quiet,
    )
    tell = told(options)
    if is_dataset_asked(options) and told_missing(options.output, tell):
        return
    if options.write == "objects":
        tell(f"objects: {options.output}")
        tell(f"next: pyjetsim train flashsim_jets --data {quoted(options.output)} --output runs/jets")
        return
    tell(f"pairs: {options.output}")
    tell(f"next: pyjetsim train paper --data {quoted(options.output)} --output runs/paper")


_OF_PAIRS = {
    "pileup": None,
    "pthat_min": None,
    "detector": "cms",
    "write": "jets",
    "gen_pt_min": None,
    "gen_eta_max": None,
    "reco_pt_min": None,
    "radius": None,
    "match_delta_r": MATCH_DELTA_R,
    "max_constituents": STORED_CONSTITUENTS,
    "shard": None,
    "scheduler": None,
    "events_per_shard": None,
}
"""Options without a meaning for clouds, and their defaults."""


def _run_clouds(options: argparse.Namespace) -> None:
    for option, default in _OF_PAIRS.items():
        if getattr(options, option) != default:
            raise InputError(
                f"--{option.replace('_', '-')} is {getattr(options, option)}, of clouds",
                "their jets are defined as JetNet's, without a detector, and are a table in one file",
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
