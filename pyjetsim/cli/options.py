"""What the verbs' options share: the kinds of their values, and those that several verbs have."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from pyjetsim._utils.folders import folder
from pyjetsim._utils.shipped import shipped_files
from pyjetsim.errors import InputError
from pyjetsim.jets.selection import GEN_ETA_MAX, GEN_PT_MIN

Options: TypeAlias = argparse._ActionsContainer
"""A parser, or a group of its options."""


def name(text: str) -> str:
    """A word that is not empty."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return text


def path(text: str) -> Path:
    """The name of a file or folder."""
    return Path(name(text))


def positive(text: str) -> int:
    """A whole number of at least 1."""
    value: int = _number(text, int, "a whole number")
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not at least 1")
    return value


def natural(text: str) -> int:
    """A whole number of at least 0."""
    value: int = _number(text, int, "a whole number")
    if value < 0:
        raise argparse.ArgumentTypeError(f"{value} is negative")
    return value


def nonnegative(text: str) -> float:
    """A finite number of at least 0."""
    value: float = _number(text, float, "a number of at least 0")
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of at least 0")
    return value


def _number(text: str, kind: type[int] | type[float], what: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}") from None


def collections(text: str) -> dict[str, str]:
    """``gen=NAME,reco=NAME``, or one of both."""
    named: dict[str, str] = {}
    for part in text.split(","):
        side, _, of_it = part.partition("=")
        if side not in ("gen", "reco") or not of_it or side in named:
            raise argparse.ArgumentTypeError(f"{text!r} is not like gen=NAME,reco=NAME")
        named[side] = of_it
    return named


def running(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """The group of options that do not change what is made."""
    return parser.add_argument_group("running")


def output(options: Options) -> None:
    """Declare ``--output`` of pairs, and ``--rntuple``."""
    options.add_argument(
        "--output",
        type=path,
        required=True,
        metavar="FILE",
        help="the file to write, by its ending: .h5, .hdf5 or none, NanoAOD-like .root, .parquet or .pq",
    )
    options.add_argument(
        "--rntuple", action="store_true", help="write an RNTuple into the .root instead of a TTree"
    )


def source(options: Options, *, many: bool = False, reco: bool = False, more: str = "") -> None:
    """Declare IN: a file of any format, or ``many`` of one; with ``reco``, of formats with gen and reco."""
    action = options.add_argument(
        "sources" if many else "source", type=path, metavar="IN", help=f"%(formats)s{more}"
    )
    if many:
        action.nargs = "+"
    action.formats = _Formats(reco)  # type: ignore[attr-defined]


class _Formats:
    """The formats that IN may have, as words; asked for when help is printed, for then they are imported."""

    def __init__(self, reco: bool) -> None:
        self._reco = reco

    def __str__(self) -> str:
        from pyjetsim.io.formats import read_formats

        return read_formats(reco=self._reco)


def gen_cuts(options: Options, *, of_given: str = "all where the file has them") -> None:
    """Declare the cuts on gen jets; ``of_given``: which are taken of a file's own if no cut is given."""
    for name, unit, least, of in (
        ("pt-min", "GEV", "with pt above this", f"{GEN_PT_MIN:g}"),
        ("eta-max", "ETA", "within this |eta|", f"{GEN_ETA_MAX:g}"),
    ):
        options.add_argument(
            f"--gen-{name}",
            type=nonnegative,
            metavar=unit,
            help=f"gen jets {least} (default: {of} where they are clustered, {of_given})",
        )


def number_events(options: Options, of: str = "the file") -> None:
    """Declare ``--number-events``."""
    options.add_argument(
        "--number-events",
        action="store_true",
        help=f"number events by their place in {of}, from 0, instead of with its own numbers",
    )


_MAP = "gen=KEY, gen.mask=KEY, gen.pid=KEY, event=KEY, columns=px:py:pz:E, order=channels-first, unit=MeV"


def reading_names(options: Options, *, reco: bool = False) -> None:
    """Declare ``--collections`` and ``--map``; with ``reco`` both sides are read."""
    both = "; the same of reco, and row i of both is a pair" if reco else ""
    options.add_argument(
        "--collections",
        type=collections,
        metavar="gen=NAME,reco=NAME" if reco else "gen=NAME",
        help="EDM4hep: what particles are called, if not as usual",
    )
    options.add_argument(
        "--map",
        type=name,
        metavar="NAME=KEY,...",
        help="which array of a .npy, .npz, .pt, HDF5 or Parquet file is what; one or more of these, without "
        f"blanks: {_MAP}{both}",
    )


def work(parser: argparse.ArgumentParser, events: str | None = "events") -> None:
    """Declare how the shards of a dataset are made; any of these makes ``--output`` the folder of one.

    ``events``: what a shard is cut by; None where each file is one.
    """
    group = parser.add_argument_group("datasets", "with one of these, --output is the folder of a dataset")
    if events is not None:
        group.add_argument(
            "--events-per-shard", type=positive, metavar="M", help=f"{events} of a shard (default: 10000)"
        )
    group.add_argument(
        "--shard", type=name, metavar="I/N", help="make the I-th of N parts of the shards: for batch systems"
    )
    scheduler(group, "make the shards")


def scheduler(options: Options, work: str) -> None:
    """Declare ``--scheduler``; ``work`` is what its workers do."""
    options.add_argument(
        "--scheduler",
        type=name,
        metavar="local|ADDRESS",
        help=f"{work} on dask.distributed: processes here, or the workers of a scheduler",
    )


def is_dataset_asked(options: argparse.Namespace) -> bool:
    """Whether one of the options of :func:`work` was given."""
    given = ("events_per_shard", "shard", "scheduler")
    return any(getattr(options, each, None) is not None for each in given)


def told_missing(folder: Path, tell: Callable[[object], None]) -> bool:
    """Tell what is there of a dataset that has not all of its shards yet; false where it has."""
    from pyjetsim.io.dataset import is_dataset
    from pyjetsim.io.dataset.work import shards_there

    there, of = shards_there(folder)
    if is_dataset(folder):
        return False
    tell(f"{folder}: {there} of {of} shards are there; the other parts make the rest")
    return True


def quiet(options: Options) -> None:
    """Declare ``--quiet``."""
    options.add_argument("--quiet", action="store_true", help="print errors and warnings only")


def told(options: argparse.Namespace) -> Callable[[object], None]:
    """What prints a verb's results, or with ``--quiet`` does not."""
    return (lambda text: None) if options.quiet else print


def told_info(path: Path, *, as_json: bool, whole: bool, max_events: int | None = None) -> None:
    """Print what a file or folder is, and what is in it."""
    from pyjetsim.inspection.info import info, told

    found = info(path, max_events=max_events)
    if as_json:
        print(json.dumps(found, indent=1))
        return
    for line in told(found, whole):
        print(line)


def quoted(path: Path) -> str:
    """As a shell takes it: names may hold blanks."""
    return shlex.quote(str(path))


class PrintShipped(argparse.Action):
    """Prints a file that comes with the package, to be copied and changed, and ends.

    ``const`` is the kind: ``recipe``, ``detector`` or ``tolerances``, of which there is one.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Print the file of that name."""
        # With nargs "?", the constant stands for no value; with 0, an empty list.
        default = "tolerances" if self.const == "tolerances" else "cms"
        name = str(default if values in (None, [], self.const) else values)
        shipped = shipped_files(self.const)
        if name not in shipped:
            raise InputError(
                f"there is no shipped {self.const} {name!r}",
                "only those can be printed",
                f"use one of {', '.join(shipped)}",
            )
        print(shipped[name].read_text(encoding="utf-8"), end="")
        parser.exit()


class PrintFolder(argparse.Action):
    """Prints where a part of the C++ library is, for those who build with it, and ends."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Print the folder."""
        print(folder(self.const))
        parser.exit()
