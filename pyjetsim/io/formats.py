"""Formats that jets or events are read from, told by their content: one file or folder, and one line here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.plugins import Registry
from pyjetsim.errors import DataError, InputError
from pyjetsim.io.jets_h5.layout import COPY
from pyjetsim.io.splits import Split
from pyjetsim.jets import Jets, R
from pyjetsim.jets.jets import Columns
from pyjetsim.jets.selection import GEN_ETA_MAX, GEN_PT_MIN, MATCH_DELTA_R, RECO_PT_MIN, STORED_CONSTITUENTS

_START = 1 << 16
"""Bytes that tell the kind of a file."""
NO_COLUMNS: Columns = MappingProxyType({})


class GenBatch(NamedTuple):
    """N gen jets, and who they are."""

    gen: Jets
    event: NDArray[np.int64]
    """(N,)."""
    jet: NDArray[np.uint64]
    """(N,) place in the event, counted over the whole file."""
    n_vertices: NDArray[np.int32]
    """(N,)."""
    n_events: int
    """Events that begin in this batch."""
    columns: Columns = NO_COLUMNS
    """What else is known of each jet and its event, (N, ...) by path as in
    :attr:`pyjetsim.jets.Pairs.columns`. ``run``, ``luminosity_block`` and ``copy`` key the noise; nothing is
    of the reco jet."""
    weight_names: tuple[str, ...] = ()

    @property
    def has_copies(self) -> bool:
        """Whether there are several simulations of each gen jet."""
        return COPY in self.columns

    def copied(self, copies: int, rows: int) -> Iterator[GenBatch]:
        """Each jet ``copies`` times, one after the other, told apart by the column ``copy``.

        Parameters
        ----------
        copies : int
            K, at least 1.
        rows : int
            Jets at a time, about, their copies counted.

        Yields
        ------
        GenBatch
        """
        step = max(1, rows // copies)
        for start in range(0, max(len(self.event), 1), step):
            places = np.repeat(np.arange(start, min(start + step, len(self.event))), copies)
            copy = np.tile(np.arange(copies, dtype=np.int32), len(places) // copies)
            yield GenBatch(
                self.gen[places],
                self.event[places],
                self.jet[places],
                self.n_vertices[places],
                self.n_events if start == 0 else 0,
                {**{name: values[places] for name, values in self.columns.items()}, COPY: copy},
                self.weight_names,
            )


class Source(Protocol):
    """Gen jets in batches, in flat memory."""

    max_constituents: int
    provenance: dict[str, Any]
    n_jets: int | None
    """How many will come, where that is known."""

    def batches(self) -> Iterator[GenBatch]:
        """All jets, in the order of the file.

        Yields
        ------
        GenBatch
            At least one jet, or events without any.

        Raises
        ------
        DataError
            For what cannot be read.
        """
        ...

    def no_jets(self) -> str:
        """Tell why, where there were none; to be asked after the last batch.

        Returns
        -------
        str
            A warning's text.
        """
        ...


JetsFrom = Literal["cluster", "tree"]
"""Jets clustered here, or those that the file has."""


class JetEvents(NamedTuple):
    """E events with their jets before and after the detector: N gen jets and M reco jets, not yet paired."""

    number: NDArray[np.int64]
    """(E,) event numbers, as the file has them."""
    n_vertices: NDArray[np.int32]
    """(E,)."""
    gen: Jets
    gen_event: NDArray[np.int64]
    """(N,) 0 to E - 1, never falling."""
    reco: Jets
    reco_event: NDArray[np.int64]
    """(M,) 0 to E - 1, never falling."""
    counts: Mapping[tuple[str, str], int]
    """How many of a thing ("candidates") were left out, and why; with the reason "" how many were used."""
    event_columns: Columns = NO_COLUMNS
    """(E, ...) what else is known of the events: ``run``, ``luminosity_block``, ``weight`` (E, W), others."""
    gen_columns: Columns = NO_COLUMNS
    """(N, ...) and of the gen jets: ``parton_flavour``, ``hadron_flavour``, ``own_pt``, others; in a jets.h5
    they stand in the group ``gen``."""
    reco_columns: Columns = NO_COLUMNS
    """(M, ...) and of the reco jets: ``own_pt``, others; in a jets.h5 in the group ``reco``."""
    weight_names: tuple[str, ...] = ()
    """(W,) of the column ``weight``; the same in every batch."""


class JetEventSource(Protocol):
    """Events with gen and reco jets in batches, in flat memory but for the event numbers."""

    numbers: NDArray[np.int64]
    """(E,) event numbers of the whole file, in its order; known before the events are read."""
    provenance: dict[str, Any]
    # ``one_pair_each``, where a source has it and it is true: every entry is one pair, and several may be of
    # one event.

    def batches(self, n_events: int) -> Iterator[JetEvents]:
        """The first ``n_events`` of the file.

        Parameters
        ----------
        n_events : int
            E or fewer.

        Yields
        ------
        JetEvents
            In the order of the file.

        Raises
        ------
        DataError
            For what cannot be read.
        """
        ...


def shared_numbers(path: Path) -> str:
    """What is told of a file with events of one number.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        A warning's text.
    """
    return (
        f"{path}: some events share a number, and count as one event in splits and noise: "
        "number the events by their place in the file, with --number-events"
    )


def none_in_split(name: str, split: Split) -> str:
    """What :meth:`Source.no_jets` says of a file without events in a split.

    Parameters
    ----------
    name : str
        The file, as messages call it.
    split : {"train", "validation", "test"}
        The split.

    Returns
    -------
    str
        A warning's text.
    """
    return str(
        DataError(f"{name} has no events in the split {split}", "the output has none", "use --split all")
    )


def _is_given(value: Any) -> bool:
    # A cut at 0 is a cut.
    return value is not None and value is not False and value != {}


@dataclass(frozen=True)
class Reading:
    """What a reader asks for.

    Formats that cluster make the cuts on jets themselves. Of the jets that a file has, those that pass are
    taken if the cuts are in ``given``, and else all.
    """

    split: Split = "all"
    radius: float = R
    gen_pt_min: float = GEN_PT_MIN
    """GeV."""
    gen_eta_max: float = GEN_ETA_MAX
    max_constituents: int = STORED_CONSTITUENTS
    number_events: bool = False
    """Number events by their place in the file, from 0."""
    collections: Mapping[str, str] = field(default_factory=dict)
    """What "gen" and "reco" particles are called, where a format has many names for them."""
    mapping: str | None = None
    """What the arrays of a file mean, as ``--map`` says it; for formats that take one."""
    rows: tuple[int, int] | None = None
    """Of a jets.h5 or a dataset, the first row that is taken and the one after the last; None: all."""
    whole_events: bool = False
    """No event of ``rows`` has others."""
    given: frozenset[str] = frozenset()
    """The options that were given, by name: what has a default may be asked for with that very value."""

    @classmethod
    def of(cls, **options: Any) -> Self:
        """What is asked for by options of which some were not given.

        Parameters
        ----------
        **options
            Fields by name, and other options of a verb; None, False and what is empty were not given.

        Returns
        -------
        Reading
            With the defaults of what was not given, and ``given``.
        """
        given = {name: value for name, value in options.items() if _is_given(value)}
        known = {each.name for each in fields(cls)} & given.keys()
        return cls(**{name: given[name] for name in known}, given=frozenset(given))


@dataclass(frozen=True)
class PairReading(Reading):
    """What a reader of gen and reco jets asks for, besides; splits are not its matter."""

    reco_pt_min: float = RECO_PT_MIN
    """GeV."""
    match_delta_r: float = MATCH_DELTA_R
    """Of the axes of a pair, at most."""
    candidate_pt_min: float = 0.0
    """GeV: reco candidates above this are clustered, and those within"""
    candidate_eta_max: float = float("inf")
    """this \\|eta\\|."""
    jets: JetsFrom = "cluster"
    own_radius: float | None = None
    """R of the file's own jets, where one was asked for."""


class Format(ABC):
    """One kind of file."""

    protocol: ClassVar[int]
    """:data:`pyjetsim._utils.plugins.PROTOCOL`, for formats of other packages."""
    name: ClassVar[str]
    """As messages call it."""
    reads: ClassVar[str] = ""
    """What of it is read, for help and for who gives another; ``name`` where it is empty."""
    holds_pairs: ClassVar[bool] = False
    """Whether it is a file of pairs, which :meth:`pairs` opens, and not of events."""
    has_reco: ClassVar[bool] = False
    """Whether :meth:`events` gives gen and reco."""
    clusters: ClassVar[bool] = False
    """Whether its jets are clustered, with the cuts of :class:`Reading`, and not taken as they are."""
    named_collections: ClassVar[bool] = False
    """Whether :attr:`Reading.collections` is asked for."""
    takes_mapping: ClassVar[bool] = False
    """Whether :attr:`Reading.mapping` says what is in it."""

    @abstractmethod
    def recognises(self, start: bytes) -> bool:
        """Whether a file that begins like this is one.

        Parameters
        ----------
        start : bytes
            Up to 65,536 bytes of its start.

        Returns
        -------
        bool
            True for a file of this format.
        """

    def recognises_file(self, path: Path, start: bytes) -> bool:
        """Whether a file is one: by its start, unless more of it must be seen.

        Parameters
        ----------
        path : Path
            A regular file.
        start : bytes
            Up to 65,536 bytes of its start.

        Returns
        -------
        bool
            True for a file of this format.
        """
        return self.recognises(start)

    @abstractmethod
    def open(self, path: Path, reading: Reading) -> AbstractContextManager[Source]:
        """Gen jets of a file.

        Parameters
        ----------
        path : Path
            The file; of HepMC also a pipe, or ``-``.
        reading : Reading
            The split, cuts and names that are asked for.

        Returns
        -------
        context manager
            It gives a :class:`Source`.

        Raises
        ------
        DataError
            For a file that cannot be used.
        """

    def pairs(self, path: Path) -> AbstractContextManager[Any]:
        """Pairs of a file that holds them.

        Parameters
        ----------
        path : Path
            The file.

        Returns
        -------
        context manager
            It gives what has ``batches``, ``none``, ``provenance`` and ``max_constituents`` as
            :class:`~pyjetsim.io.jets_h5.reader.PairsFile` has them.

        Raises
        ------
        DataError
            For a file that cannot be used, and where a format has no pairs.
        """
        raise DataError(
            f"{path} is {self.name}, which has no pairs", "pairs are asked for", "convert it first"
        )

    def events(self, path: Path, reading: PairReading) -> AbstractContextManager[JetEventSource]:
        """Gen and reco jets of a file, for ``pyjetsim convert``; most formats have gen alone.

        Parameters
        ----------
        path : Path
            The file.
        reading : PairReading
            The cuts and names that are asked for.

        Returns
        -------
        context manager
            It gives a :class:`JetEventSource`.

        Raises
        ------
        DataError
            For a file that cannot be used, and where a format has no reco.
        """
        raise DataError(
            f"{path} is {self.name}, which has no reco",
            "pairs are made of gen and reco",
            "give a file of both, such as a Delphes tree; pyjetsim simulate takes gen alone",
        )


_LAST = "hepmc"
"""Its reader tells what a file is that nobody recognises, and reads pipes, of which no start is seen."""
_FOLDER = "dataset"
"""Its reader tells what a folder lacks to be one."""
FORMATS: Registry[type[Format]] = Registry(
    "format",
    "pyjetsim.formats",
    {
        "jetnet": "pyjetsim.io.jetnet:JetNet",
        "pairs-parquet": "pyjetsim.io.parquet:ParquetPairs",
        "arrays": "pyjetsim.io.arrays:Arrays",
        "jets.h5": "pyjetsim.io.jets_h5.source:JetsH5",
        _FOLDER: "pyjetsim.io.dataset.reader:Dataset",
        "pairs-root": "pyjetsim.io.nanoaod_pairs:NanoAODPairs",
        "delphes": "pyjetsim.io.delphes:Delphes",
        "nanoaod": "pyjetsim.io.nanoaod:NanoAOD",
        "edm4hep": "pyjetsim.io.edm4hep:EDM4hep",
        "parnassus": "pyjetsim.io.parnassus:Parnassus",
        "hepmc3-root": "pyjetsim.io.hepmc_root:HepMC3Root",
        "jetclass": "pyjetsim.io.jetclass:JetClass",
        _LAST: "pyjetsim.io.hepmc:HepMC",
    },
    Format,
    InputError,
    why="nobody here can read it",
)
"""Those of other packages are entry points of ``pyjetsim.formats``."""


def read_formats(*, reco: bool = False) -> str:
    """What is read, in words.

    Parameters
    ----------
    reco : bool
        Only formats of events with gen and reco.

    Returns
    -------
    str
        The formats, files of pairs first and those of ROOT files last.
    """
    from pyjetsim.io.root import RootFormat

    formats = sorted((FORMATS[name] for name in FORMATS), key=lambda of: not of.holds_pairs)
    told: dict[bool, list[str]] = {False: [], True: []}
    for of in formats:
        if of.has_reco or not reco:
            told[issubclass(of, RootFormat)].append(of.reads or of.name)
    plain, root = (", ".join(names) for names in told.values())
    return "; ".join([*([plain] if plain else []), *([f"of ROOT files {root}"] if root else [])])


def format_of(path: Path) -> Format:
    """The format of a file, which its content tells.

    Parameters
    ----------
    path : Path
        A file, a folder, a pipe or ``-``, which is the standard input.

    Returns
    -------
    Format
        That of HepMC for what no other recognises, and that of datasets for folders: their readers tell what
        is wrong.

    Raises
    ------
    DataError
        For a ROOT file that cannot be read, or that no format claims.
    """
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(_START)
        known = [FORMATS[name]() for name in FORMATS if name != _LAST]
        for found in known:
            if found.recognises_file(path, start):
                return found
        if start.startswith(b"root"):
            from pyjetsim.io.root import root_format

            return root_format(path, known)
    if path.is_dir():
        return FORMATS[_FOLDER]()
    return FORMATS[_LAST]()


@contextmanager
def open_source(path: Path, reading: Reading) -> Iterator[Source]:
    """Open a file of gen jets or events, whose format its content tells.

    Parameters
    ----------
    path : Path
        A file, a pipe or ``-``, which is the standard input.
    reading : Reading
        The split, cuts and names that are asked for.

    Yields
    ------
    Source
        The gen jets; of a file that has them as such, those that pass the cuts that were given.

    Raises
    ------
    DataError
        For what no format can read.
    InputError
        For an option that means nothing for the format.
    """
    from pyjetsim.io.given_options import check_options, within_cuts

    format = format_of(path)
    check_options(path, format, reading)
    with format.open(path, reading) as source:
        yield source if format.clusters else within_cuts(path, source, reading)
