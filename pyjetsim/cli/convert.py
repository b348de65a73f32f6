"""``pyjetsim convert``: files of others into pairs of jets."""

from __future__ import annotations

import argparse

from pyjetsim._utils.terminal import counted
from pyjetsim.cli.options import collections, name, nonnegative, output, path, positive, quiet
from pyjetsim.jets import R
from pyjetsim.jets.selection import GEN_ETA_MAX, GEN_PT_MIN, MATCH_DELTA_R, RECO_PT_MIN, STORED_CONSTITUENTS

HELP = "turn files with gen and reco into pairs of jets"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "sources",
        type=path,
        nargs="+",
        metavar="IN",
        help="Delphes, NanoAOD with candidates, or EDM4hep (ROOT), all of one sample; or one file of pairs",
    )
    output(parser)
    parser.add_argument(
        "--jets",
        choices=("cluster", "tree"),
        default="cluster",
        help="cluster the candidates and stable particles, or take the file's own jets",
    )
    parser.add_argument(
        "--detector",
        type=name,
        help="the detector's card, cms, atlas or a TOML file: for the provenance, and its cuts on candidates",
    )
    parser.add_argument("--max-events", type=positive, help="of all files together; default: all")
    parser.add_argument("--gen-pt-min", type=nonnegative, default=GEN_PT_MIN, help="gen jets above this, GeV")
    parser.add_argument(
        "--gen-eta-max", type=nonnegative, default=GEN_ETA_MAX, help="gen jets within this |eta|"
    )
    parser.add_argument(
        "--reco-pt-min", type=nonnegative, default=RECO_PT_MIN, help="reco jets above this, GeV"
    )
    parser.add_argument(
        "--radius",
        type=nonnegative,
        help=f"R of anti-kt, default {R}; or of the file's own jets: NanoAOD has 0.4 (default) and 0.8",
    )
    parser.add_argument(
        "--match-delta-r", type=nonnegative, default=MATCH_DELTA_R, help="of a gen jet and its reco jet"
    )
    parser.add_argument(
        "--max-constituents", type=positive, default=STORED_CONSTITUENTS, help="constituents stored a jet"
    )
    parser.add_argument(
        "--number-events", action="store_true", help="number events by their place in all files, from 0"
    )
    parser.add_argument(
        "--map",
        type=name,
        metavar="NAME=KEY,...",
        help="which array of a .npy, .npz, .pt, HDF5 or Parquet file is what: gen=KEY,reco=KEY and more, as "
        "in simulate; row i of both is a pair",
    )

    parser.add_argument(
        "--collections",
        type=collections,
        help="EDM4hep: gen=NAME,reco=NAME, what particles are called, if not as usual",
    )

    quiet(parser)


def run(options: argparse.Namespace) -> None:
    """Call the stage and tell its results."""
    from rich.console import Console

    from pyjetsim.convert import convert

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
        quiet=options.quiet,
    )
    if not options.quiet:
        # Not the title of the table, which would be wrapped at its width.
        print(f"{summary.output}: {counted(summary.pairs, 'pair')}")
        Console().print(summary.table())
