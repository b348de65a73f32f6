"""``pyjetsim simulate``: gen jets are answered."""

from __future__ import annotations

import argparse
import json
from typing import Any

from pyjetsim._utils.output import check_file, write_whole
from pyjetsim.bundle.shipped import BEST, SHIPPED
from pyjetsim.cli.options import (
    gen_cuts,
    is_dataset_asked,
    name,
    natural,
    number_events,
    output,
    path,
    positive,
    quiet,
    reading_names,
    running,
    source,
    told,
    told_missing,
    work,
)
from pyjetsim.errors import IncompleteFileError
from pyjetsim.io import SPLITS

HELP = "answer gen jets with simulated reco jets"
EXAMPLES = """
pyjetsim simulate gen.h5 --output simulated.h5
pyjetsim simulate events.hepmc.gz --bundle bundle --seed 7 --threads 4 --output simulated.root
my_generator | pyjetsim simulate - --output simulated.h5
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    source(parser, more="; HepMC also as a pipe, - is standard input")
    simulation = parser.add_argument_group("simulation")
    simulation.add_argument(
        "--bundle",
        type=name,
        default=BEST,
        metavar="FOLDER",
        help=f"a bundle folder, or one that comes with pyjetsim: {', '.join(SHIPPED)}",
    )
    simulation.add_argument(
        "--seed",
        type=natural,
        default=1,
        metavar="N",
        help="another seed, another passage through the detector",
    )
    simulation.add_argument(
        "--oversample",
        type=positive,
        default=1,
        metavar="K",
        help="simulations of each gen jet, told apart by the column copy",
    )
    read = parser.add_argument_group("reading")
    read.add_argument("--split", choices=SPLITS, default="all", help="which events")
    gen_cuts(read)
    number_events(read)
    reading_names(read)
    written = parser.add_argument_group("output")
    output(written)
    written.add_argument("--json", type=path, metavar="FILE", help="also write what was done here")
    others = running(parser)
    others.add_argument(
        "--threads",
        type=positive,
        default=1,
        metavar="N",
        help="that work on the jets; the result is the same for any",
    )
    others.add_argument(
        "--device",
        type=name,
        default="cpu",
        metavar="NAME",
        help="cpu, or a GPU by onnxruntime-gpu: cuda or cuda:N",
    )
    others.add_argument(
        "--backend",
        type=name,
        default="auto",
        metavar="NAME",
        help="what runs the model: native, onnxruntime or torchscript (default: auto, native where the "
        "bundle has it)",
    )
    others.add_argument("--library", type=path, metavar="FILE", help="the backend's library")
    others.add_argument(
        "--processes", type=positive, metavar="N", help="that make a dataset's shards (default: one a core)"
    )
    quiet(others)
    work(parser)


def run(options: argparse.Namespace) -> None:
    """Call the stage and tell its results."""
    from pyjetsim.simulate import simulate

    if options.json is not None:
        check_file(options.json)
    try:
        summary = simulate(
            options.source,
            options.bundle,
            options.output,
            options.seed,
            split=options.split,
            threads=options.threads,
            device=options.device,
            backend=options.backend,
            library=options.library,
            gen_pt_min=options.gen_pt_min,
            gen_eta_max=options.gen_eta_max,
            number_events=options.number_events,
            collections=options.collections,
            mapping=options.map,
            oversample=options.oversample,
            rntuple=options.rntuple,
            part=options.shard,
            scheduler=options.scheduler,
            events_per_shard=options.events_per_shard,
            processes=options.processes,
            quiet=options.quiet,
        )
    except IncompleteFileError as error:
        if error.finished is not None:
            _tell(error.finished, options, complete=False)
        raise
    _tell(summary, options, complete=True)
    if is_dataset_asked(options):
        told_missing(options.output, told(options))


def _tell(summary: Any, options: argparse.Namespace, *, complete: bool) -> None:
    told(options)(summary)
    if options.json is not None:
        write_whole(options.json, json.dumps({**summary.as_dict(), "complete": complete}, indent=1) + "\n")
