"""``pyjetsim simulate``: gen jets are answered."""

from __future__ import annotations

import argparse

from pyjetsim.bundle.shipped import BEST, SHIPPED
from pyjetsim.cli.options import (
    gen_cuts,
    name,
    natural,
    number_events,
    output,
    positive,
    quiet,
    reading_names,
    source,
    told,
)
from pyjetsim.errors import IncompleteFileError
from pyjetsim.io import SPLITS

HELP = "answer gen jets with simulated reco jets"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    source(parser, more="; HepMC also as a pipe, - is standard input")
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
        help="simulations of each gen jet, told apart by the column copy",
    )
    parser.add_argument("--split", choices=SPLITS, default="all", help="which events")
    parser.add_argument(
        "--threads", type=positive, default=1, help="that work on the jets; they do not change them"
    )
    parser.add_argument(
        "--device", type=name, default="cpu", help="cpu, or a GPU by onnxruntime-gpu: cuda or cuda:N"
    )
    gen_cuts(parser)
    number_events(parser)
    reading_names(parser)
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
