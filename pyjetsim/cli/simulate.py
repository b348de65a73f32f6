"""``pyjetsim simulate``: gen jets are answered."""

from __future__ import annotations

import argparse

from pyjetsim.bundle.shipped import BEST, SHIPPED
from pyjetsim.cli.options import collections, name, natural, nonnegative, output, path, positive, quiet, told
from pyjetsim.errors import IncompleteFileError
from pyjetsim.io import SPLITS
from pyjetsim.jets.selection import GEN_ETA_MAX, GEN_PT_MIN

HELP = "answer gen jets with simulated reco jets"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "source",
        type=path,
        metavar="IN",
        help="jets.h5; HepMC, plain or compressed (- is standard input); Delphes, NanoAOD, EDM4hep (ROOT)",
    )
    parser.add_argument(
        "--bundle",
        type=name,
        default=BEST,
        help=f"a bundle folder, or one that comes with pyjetsim: {', '.join(SHIPPED)}",
    )
    output(parser)
    parser.add_argument(
        "--seed", type=natural, default=1, help="another seed, another passage through the detector"
    )
    parser.add_argument(
        "--oversample",
        type=positive,
        default=1,
        metavar="K",
        help="simulations of each gen jet, told apart by the column copy (default 1)",
    )
    parser.add_argument("--split", choices=SPLITS, default="all", help="which events")
    parser.add_argument(
        "--threads", type=positive, default=1, help="that work on the jets; they do not change them"
    )
    parser.add_argument(
        "--device", type=name, default="cpu", help="cpu, or a GPU by onnxruntime-gpu: cuda or cuda:N"
    )
    parser.add_argument(
        "--gen-pt-min", type=nonnegative, default=GEN_PT_MIN, help="of events: gen jets above this, GeV"
    )
    parser.add_argument(
        "--gen-eta-max",
        type=nonnegative,
        default=GEN_ETA_MAX,
        help="of events: gen jets within this |eta|",
    )
    parser.add_argument(
        "--number-events",
        action="store_true",
        help="of events: number them by their place in the file, from 0",
    )

    parser.add_argument(
        "--collections",
        type=collections,
        help="EDM4hep: gen=NAME, what particles are called, if not as usual",
    )
    parser.add_argument(
        "--map",
        type=name,
        metavar="NAME=KEY,...",
        help="which array of a .npy, .npz, .pt, HDF5 or Parquet file is what: "
        "gen=KEY[,gen.mask=KEY][,gen.pid=KEY][,event=KEY][,columns=px:py:pz:E][,order=channels-first][,unit=MeV]",
    )

    quiet(parser)


def run(options: argparse.Namespace) -> None:
    """Call the stage and tell its results."""
    from pyjetsim.simulate import simulate

    tell = told(options)
    try:
        summary = simulate(
            options.source,
            options.bundle,
            options.output,
            options.seed,
            split=options.split,
            threads=options.threads,
            device=options.device,
            gen_pt_min=options.gen_pt_min,
            gen_eta_max=options.gen_eta_max,
            number_events=options.number_events,
            collections=options.collections,
            mapping=options.map,
            oversample=options.oversample,
            rntuple=options.rntuple,
            quiet=options.quiet,
        )
    except IncompleteFileError as error:
        if error.finished is not None:
            tell(error.finished)
        raise
    tell(summary)
