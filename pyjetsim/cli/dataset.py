"""``pyjetsim dataset``: many jets.h5 as one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pyjetsim._utils.terminal import counted
from pyjetsim.cli.options import path, positive, told_info
from pyjetsim.errors import DataError

if TYPE_CHECKING:
    from pyjetsim.io.dataset import Index

HELP = "make, extend, check, join and cut datasets: folders of jets.h5 that are read as one"
EXAMPLES = """
pyjetsim dataset make samples/ww
pyjetsim dataset merge samples/all ww.h5 qcd.h5
pyjetsim dataset verify samples/all
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the verbs of datasets and their options."""
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, dest="dataset_verb")
    for name, help, many in (
        ("make", "write the index of the jets.h5 that are in a folder", None),
        ("append", "add jets.h5, or the shards of other datasets", "+"),
        ("verify", "compare every shard with the index, to the byte", None),
        ("merge", "copy jets.h5 and the shards of other datasets into a new one", "+"),
        ("split", "cut a file of pairs, or a dataset, into the shards of a new one", 1),
        ("info", "tell what is in a dataset", None),
    ):
        verb = verbs.add_parser(name, help=help, description=help)
        verb.add_argument("folder", type=path, metavar="FOLDER", help="the dataset")
        if many is not None:
            verb.add_argument("sources", type=path, nargs=many, metavar="IN", help="files or datasets")
        if name == "split":
            verb.add_argument(
                "--events-per-shard", type=positive, default=10_000, help="of each shard; default: 10000"
            )
        if name == "info":
            verb.add_argument("--json", action="store_true", help="print all of it as JSON")
            verb.add_argument("--all", action="store_true", help="print the provenance whole")


def run(options: argparse.Namespace) -> None:
    """Do it and tell what there is now."""
    from pyjetsim.io import dataset

    verb = options.dataset_verb
    if verb == "info":
        dataset.read_index(options.folder)
        told_info(options.folder, as_json=options.json, whole=options.all)
    elif verb == "verify":
        found = dataset.verify(options.folder)
        for name in found.strangers:
            print(f"note: {options.folder / name} is not in the index, and is not read")
        if found.problems:
            first = found.problems[0]
            more = f"; and {len(found.problems) - 1} more" if len(found.problems) > 1 else ""
            for problem in found.problems[1:]:
                print(problem.what)
            raise DataError(f"{first.what}{more}", first.why, first.todo)
        print(f"{_told(options, found.index)}: as they were indexed")
    elif verb == "make":
        print(_told(options, dataset.make(options.folder)))
    elif verb == "split":
        print(_told(options, dataset.split(options.folder, options.sources[0], options.events_per_shard)))
    else:
        print(_told(options, getattr(dataset, verb)(options.folder, options.sources)))


def _told(options: argparse.Namespace, index: Index) -> str:
    return f"{options.folder}: {counted(len(index.shards), 'shard')}, {counted(index.pairs, 'pair')}"
