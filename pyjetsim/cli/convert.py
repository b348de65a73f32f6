"""``pyjetsim convert``: files of others into pairs of jets."""

from __future__ import annotations

import argparse

from pyjetsim._utils.terminal import counted
from pyjetsim.cli.options import (
    gen_cuts,
    is_dataset_asked,
    name,
    nonnegative,
    number_events,
    output,
    positive,
    quiet,
    reading_names,
    running,
    source,
    told,
    told_missing,
    work,
)
from pyjetsim.errors import InputError
from pyjetsim.jets import R
from pyjetsim.jets.selection import MATCH_DELTA_R, RECO_PT_MIN, STORED_CONSTITUENTS

HELP = "turn files with gen and reco into pairs of jets"
EXAMPLES = """
pyjetsim convert delphes.root --detector cms --output pairs.h5
pyjetsim convert nano_1.root nano_2.root --jets tree --output pairs.h5
pyjetsim convert delphes_*.root --scheduler local --output pairs
pyjetsim convert pairs.h5 --gen-pt-min 200 --output pairs.parquet
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    source(parser, many=True, reco=True, more=", all of one sample; or one file of pairs")
    read = parser.add_argument_group("reading")
    read.add_argument(
        "--jets",
        choices=("cluster", "tree"),
        help="cluster the candidates and stable particles (default), or take the file's own jets",
    )
    read.add_argument(
        "--detector",
        type=name,
        metavar="CARD",
        help="the detector's card, cms, atlas or a TOML file: for the provenance, and its cuts on candidates",
    )
    read.add_argument("--max-events", type=positive, metavar="N", help="of all files together (default: all)")
    number_events(read, "all files")
    reading_names(read, reco=True)
    jets = parser.add_argument_group("jets")
    gen_cuts(jets, of_given="all of a file of pairs")
    jets.add_argument(
        "--reco-pt-min",
        type=nonnegative,
        metavar="GEV",
        help=f"reco jets with pt above this (default: {RECO_PT_MIN:g}, of pairs all)",
    )
    jets.add_argument(
        "--radius",
        type=nonnegative,
        metavar="R",
        help=f"of anti-kt (default: {R}); or of the file's own jets: of NanoAOD 0.4, unless this is 0.8",
    )
    jets.add_argument(
        "--match-delta-r",
        type=nonnegative,
        metavar="DR",
        help="largest distance of a gen jet and its reco jet in eta and phi "
        f"(default: {MATCH_DELTA_R:g}, of pairs any)",
    )
    jets.add_argument(
        "--max-constituents",
        type=positive,
        metavar="N",
        help=f"constituents stored a jet (default: {STORED_CONSTITUENTS})",
    )
    written = parser.add_argument_group("output")
    output(written)
    written.add_argument(
        "--write",
        choices=("pairs", "objects"),
        default="pairs",
        help="pairs of jets (default), or of NanoAOD, with or without candidates, tables of jets and muons",
    )
    others = running(parser)
    others.add_argument(
        "--processes", type=positive, metavar="N", help="that make a dataset's shards (default: one a core)"
    )
    quiet(others)
    work(parser, None)


def run(options: argparse.Namespace) -> None:
    """Call the stage and tell its results."""
    from rich.console import Console

    from pyjetsim.convert import convert, convert_objects

    if options.write == "objects":
        _refuse(options)
        counts = convert_objects(
            options.sources,
            options.output,
            gen_pt_min=options.gen_pt_min,
            gen_eta_max=options.gen_eta_max,
            reco_pt_min=options.reco_pt_min,
            max_events=options.max_events,
            quiet=options.quiet,
        )
        if not options.quiet:
            found = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
            print(f"{options.output}: {found}")
        return

    summary = convert(
        options.sources,
        options.output,
        jets=options.jets,
        detector=options.detector,
        gen_pt_min=options.gen_pt_min,
        gen_eta_max=options.gen_eta_max,
        reco_pt_min=options.reco_pt_min,
        radius=options.radius,
        match_delta_r=options.match_delta_r,
        max_constituents=options.max_constituents,
        max_events=options.max_events,
        number_events=options.number_events,
        collections=options.collections,
        mapping=options.map,
        rntuple=options.rntuple,
        part=options.shard,
        scheduler=options.scheduler,
        processes=options.processes,
        quiet=options.quiet,
    )
    if is_dataset_asked(options):
        told_missing(options.output, told(options))
    if not options.quiet:
        # Not the title of the table, which would be wrapped at its width.
        print(f"{summary.output}: {counted(summary.pairs, summary.item)}")
        Console().print(summary.table())


_OF_PAIRS = {
    "jets": "--jets",
    "detector": "--detector",
    "radius": "--radius",
    "match_delta_r": "--match-delta-r",
    "max_constituents": "--max-constituents",
    "number_events": "--number-events",
    "collections": "--collections",
    "map": "--map",
    "rntuple": "--rntuple",
    "shard": "--shard",
    "scheduler": "--scheduler",
}


def _refuse(options: argparse.Namespace) -> None:
    """Refuse options that mean nothing for objects, which are the file's own."""
    for option, flag in _OF_PAIRS.items():
        if getattr(options, option) not in (None, False):
            raise InputError(
                f"{flag} means nothing with --write objects",
                "jets and muons, and who belongs to whom, are taken from the file",
                "leave it out",
            )
