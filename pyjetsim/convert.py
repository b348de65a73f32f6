"""From files of others with gen and reco to pairs in a jets.h5."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim import __version__
from pyjetsim._utils.extras import needs
from pyjetsim._utils.processes import Advance
from pyjetsim._utils.progress import Progress
from pyjetsim.errors import DataError, DataWarning, InputError
from pyjetsim.io.clouds import clouds_of_jetnet
from pyjetsim.io.dataset.index import fingerprint
from pyjetsim.io.dataset.work import Done, MakeShard, run_job
from pyjetsim.io.formats import (
    Format,
    JetEvents,
    JetsFrom,
    PairReading,
    format_of,
    shared_numbers,
)
from pyjetsim.io.given_options import Cuts, check_options, given_cuts
from pyjetsim.io.jetnet import JetNet
from pyjetsim.io.jets_h5.source import JetsH5, refuse_pairs
from pyjetsim.io.jets_h5.writer import PairsWriter
from pyjetsim.io.object_columns import TASK, told_columns
from pyjetsim.io.objects import SIDES, ObjectsWriter, object_counts
from pyjetsim.io.outputs import JETS_H5, check_output, kind_of, pairs_output
from pyjetsim.jets import Pairs

if TYPE_CHECKING:
    from rich.table import Table

_LARGEST = 2**63 - 1


@dataclass
class Summary:
    """What a conversion kept and dropped."""

    output: Path
    item: str = "pair"
    """What was written."""
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    """How many of a thing were dropped, by thing and reason; with the reason "" how many were kept."""

    @property
    def events(self) -> int:
        """Read."""
        return sum(count for (thing, _), count in self.counts.items() if thing == "events")

    @property
    def pairs(self) -> int:
        """Written."""
        return self.counts.get(("gen jets", ""), 0)

    def add(self, thing: str, why: str, count: int) -> None:
        """Count more.

        Parameters
        ----------
        thing : str
            What is counted: "events", "gen jets", "candidates", ...
        why : str
            Why they were dropped; "" for those that were kept.
        count : int
            How many.
        """
        self.counts[thing, why] = self.counts.get((thing, why), 0) + count

    def table(self) -> Table:
        """For people: a line for what was kept of each thing, and one for each reason to drop some.

        Returns
        -------
        rich.table.Table
            Columns thing, kept, dropped and why.
        """
        from rich.table import Table

        table = Table("", "kept", "dropped", "why")
        for thing in dict.fromkeys(thing for thing, _ in self.counts):
            table.add_row(thing, str(self.counts.get((thing, ""), 0)), "", "")
            for (of, why), count in self.counts.items():
                if of == thing and why and count:
                    table.add_row("", "", str(count), why)
        return table


def convert(
    sources: Sequence[str | Path],
    output: str | Path,
    *,
    jets: JetsFrom | None = None,
    detector: str | Path | None = None,
    gen_pt_min: float | None = None,
    gen_eta_max: float | None = None,
    reco_pt_min: float | None = None,
    radius: float | None = None,
    match_delta_r: float | None = None,
    max_constituents: int | None = None,
    max_events: int | None = None,
    number_events: bool = False,
    collections: Mapping[str, str] | None = None,
    mapping: str | None = None,
    rntuple: bool = False,
    part: str | None = None,
    scheduler: str | None = None,
    processes: int | None = None,
    quiet: bool = False,
) -> Summary:
    r"""Make pairs of the gen and reco jets in ``sources``, files of one format, and write them to ``output``.

    JetNet's files, which have no reco, become clouds of particles (:mod:`pyjetsim.io.clouds`), not pairs.

    One file of pairs, which is a jets.h5 or ROOT or Parquet as it is written here, is rewritten as another of
    them, with nothing lost, and nothing cut but by cuts that are given.

    Parameters
    ----------
    sources : sequence of str or Path
        Files of one format, or one file of pairs.
    output : str or Path
        A jets.h5, or with a name that ends in ``.root`` NanoAOD-like ROOT, in ``.parquet`` Parquet.
    jets : {"cluster", "tree"}, optional
        "cluster", which is the default, clusters particles and candidates by anti-kt, "tree" takes the file's
        own jets.
    detector : str or Path, optional
        A card, by name or file: it goes into the provenance, and its cuts on candidates are made; without,
        those of the card ``cms`` are.
    gen_pt_min, gen_eta_max : float, optional
        Gen jets with pt above the first, in GeV, and \|eta\| below the second are paired; None: 100 and 3.0,
        and of a file of pairs all.
    reco_pt_min : float, optional
        Reco jets with pt above this are paired, GeV; None: 20, and of a file of pairs all.
    radius : float, optional
        R. Of clustered jets, None: 0.5; of the file's own, theirs, if it is given.
    match_delta_r : float, optional
        The largest distance in (eta, phi) of the axes of a pair; None: 0.4, and of a file of pairs any.
    max_constituents : int, optional
        P, the constituents that are stored of a jet, the hardest ones; None: 80.
    max_events : int, optional
        Of all files together; None: all.
    number_events : bool
        Number the events by their place, from 0, over all files. Without, they have the files' numbers; a
        file that has numbers of an earlier one gets numbers above all of those.
    collections : mapping, optional
        What "gen" and "reco" particles are called, for EDM4hep of unusual names.
    mapping : str, optional
        What the arrays of a file mean, as ``--map`` says it (``docs/guide/convert.md``); row by row they are
        pairs already.
    rntuple : bool
        Write ROOT as RNTuple instead of a TTree.
    part : str, optional
        "I/N": ``output`` is the folder of a dataset, with a shard for each file, and the I-th of N parts of
        them is made.
    scheduler : str, optional
        "local" or the address of a dask scheduler: ``output`` is the folder of a dataset, whose shards are
        made there.
    processes : int, optional
        That make the shards of a dataset; None: one for each core. A number alone asks for no dataset.
    quiet : bool
        Show no progress.

    Returns
    -------
    Summary
        What was kept and dropped, and why; of a dataset pairs alone, of the part that was asked for.

    Raises
    ------
    DataError
        For files that cannot be used.
    InputError
        For arguments.
    RecipeError
        For a detector card.
    MissingExtraError
        Where the package that reads or writes a format, or a scheduler, is not installed.
    ShardError
        For shards of a dataset that could not be made.
    StorageError
        Where the output cannot be written.

    Warns
    -----
    DataWarning
        For events that share a number, and where there are no pairs.

    Notes
    -----
    A gen jet is paired with the nearest reco jet within ``match_delta_r``, and dropped where there is none;
    :func:`pyjetsim.jets.clustering.nearest_pairs` does it. After an error nothing is written. Memory does
    not grow with the number of events, but for their numbers.
    """
    paths, path = [Path(source) for source in sources], Path(output)
    as_dataset = part is not None or scheduler is not None
    if not as_dataset:
        check_output(path, rntuple=rntuple)
    if path.exists() and any(source.exists() and path.samefile(source) for source in paths):
        raise InputError(
            f"output {path} is a source", "it would be replaced", "choose another name for the output"
        )
    for name, value, least in (
        ("gen_pt_min", gen_pt_min, ""),
        ("reco_pt_min", reco_pt_min, ""),
        ("gen_eta_max", gen_eta_max, "above"),
        ("match_delta_r", match_delta_r, "above"),
        ("radius", radius, "above"),
    ):
        if value is not None and not (0 < value < np.inf or (not least and value == 0)):
            raise InputError(
                f"{name} is {value}",
                "no jet could be paired with it",
                f"give a number {least or 'of at least'} 0",
            )
    format = _one_format(paths)
    if as_dataset and (format.holds_pairs or rntuple or format.name == JetNet.name):
        what = "an RNTuple would be its shards" if rntuple else f"{paths[0]} is {format.name}"
        raise InputError(
            f"a dataset is asked for, and {what}",
            "its shards are jets.h5, one for each file of events",
            "leave out --shard and --scheduler; `pyjetsim dataset split` cuts a file of pairs",
        )
    cuts = (gen_pt_min, gen_eta_max, reco_pt_min, radius, match_delta_r, max_constituents, max_events)
    others = (jets, collections, mapping)
    if format.name == JetNet.name and not number_events and all(given is None for given in (*cuts, *others)):
        check_output(path, kinds=(JETS_H5,))
        return Summary(path, "cloud", {("gen jets", ""): clouds_of_jetnet(paths, path)})
    reading = PairReading.of(
        radius=radius,
        own_radius=radius,
        gen_pt_min=gen_pt_min,
        gen_eta_max=gen_eta_max,
        reco_pt_min=reco_pt_min,
        match_delta_r=match_delta_r,
        max_constituents=max_constituents,
        max_events=max_events,
        number_events=number_events,
        jets=jets,
        detector=detector,
        collections=collections,
        mapping=mapping,
    )
    check_options(paths[0], format, reading)
    if format.holds_pairs:
        return _rewritten(format, paths, path, reading, rntuple, quiet)
    card = _card(detector)
    reading = replace(
        reading, candidate_pt_min=card.candidates.pt_min, candidate_eta_max=card.candidates.eta_max
    )
    # All files are opened before any is converted: what is wrong with the last one is told at once.
    files = _Files(format, paths, reading, max_events)
    provenance = {
        "pyjetsim": __version__,
        "converted": {"format": format.name, "jets": reading.jets, "files": files.provenance},
        **({} if detector is None else _told_detector(card)),
        **_told_jets(format, reading),
    }
    if as_dataset:
        job = FilesJob(tuple(each.absolute() for each in paths), reading, provenance)
        done = run_job(
            job,
            path,
            part=part,
            scheduler=scheduler,
            processes=processes,
            name="convert",
            quiet=quiet,
        )
        return _told_shards(path, done)
    summary = Summary(path)
    with pairs_output(path, provenance, reading.max_constituents, rntuple=rntuple) as writer:
        with Progress("convert", files.n_events, quiet=quiet) as progress:
            for batch, side in files.batches():
                _append(writer, batch, side, summary, reading)
                progress.advance(len(batch.number))
        writer.provenance["counts"] = _told_counts(summary)
        if summary.pairs == 0:
            warnings.warn(
                f"{path} has no pairs: no gen jet within the cuts has a reco jet",
                DataWarning,
                stacklevel=2,
            )
    return summary


@dataclass(frozen=True)
class FilesJob:
    """The shards of a dataset of converted events: one for each file, numbered as in one output of all."""

    paths: tuple[Path, ...]
    reading: PairReading
    told: dict[str, Any]
    """The provenance of one output of all files."""

    @property
    def _files(self) -> list[dict[str, Any]]:
        """Of each file name, events, and what is added to their numbers."""
        files: list[dict[str, Any]] = self.told["converted"]["files"]
        return files

    @property
    def settings(self) -> dict[str, Any]:
        """How the files are read."""
        reading = {name: value for name, value in asdict(self.reading).items() if name != "given"}
        files = [fingerprint(path) for path in self.paths[: self.n_shards]]
        return {"verb": "convert", "reading": reading, "files": files, **self.told}

    @property
    def n_shards(self) -> int:
        """As many as files that are read: ``max_events`` may leave out the last ones."""
        return len(self._files)

    def size(self, shard: int) -> int:
        """Events of a file."""
        return int(self._files[shard]["events"])

    def maker(self, advance: Advance) -> MakeShard:
        """Converts file after file."""
        format = format_of(self.paths[0])

        def make(shard: int, path: Path) -> None:
            file = self._files[shard]
            summary = Summary(path)
            provenance = {**self.told, "converted": {**self.told["converted"], "files": [file]}}
            with PairsWriter(path, provenance, self.reading.max_constituents) as writer:
                for batch, side in _events_of(
                    format, self.paths[shard], self.reading, file["events"], file["added_to_numbers"]
                ):
                    _append(writer, batch, side, summary, self.reading)
                    advance(len(batch.number))
                writer.provenance["counts"] = _told_counts(summary)

        return make


def _told_shards(path: Path, done: Done) -> Summary:
    """What the provenances of shards say of what was kept."""
    summary = Summary(path)
    for index in done.indices:
        counts = index.provenance["counts"]
        summary.add("events", "", counts["events"])
        summary.add("gen jets", "", counts["pairs"])
        summary.add("gen jets", "no reco jet near", counts["unmatched"])
    return summary


def _append(
    writer: Any, batch: JetEvents, side: Mapping[str, Any], summary: Summary, reading: PairReading
) -> None:
    """Write the pairs of a batch, and what its file tells of its jets."""
    writer.append(_paired(batch, summary, reading))
    for name, told in side.items():
        writer.provenance[name] = {**writer.provenance.get(name, {}), **told}


def convert_objects(
    sources: Sequence[str | Path],
    output: str | Path,
    *,
    gen_pt_min: float | None = None,
    gen_eta_max: float | None = None,
    reco_pt_min: float | None = None,
    max_events: int | None = None,
    quiet: bool = False,
) -> dict[str, int]:
    r"""Write the jets and muons of plain NanoAOD, gen and reco, as object tables.

    Parameters
    ----------
    sources : sequence of str or Path
        Files of one sample, with the same columns.
    output : str or Path
        The HDF5 to write.
    gen_pt_min, gen_eta_max : float, optional
        Gen jets with pt above the first, in GeV, and \|eta\| below the second are taken, the latter of reco
        jets too; None: all.
    reco_pt_min : float, optional
        Reco jets with pt above this are taken, GeV; None: all.
    max_events : int, optional
        Of all files together; None: all.
    quiet : bool
        Show no progress.

    Returns
    -------
    dict
        How many events, and gen, reco and matched objects of each kind, were written.

    Raises
    ------
    DataError
        For files that are no NanoAOD or have not the same columns as the first.
    InputError
        For arguments, and an output that cannot be written.
    StorageError
        Where the output cannot be written.

    Notes
    -----
    Partners are those that the file names, also where one is outside the cuts: the other then has none.
    After an error nothing is written.
    """
    from pyjetsim.io.nanoaod_objects import NanoAODObjects, ObjectCuts

    path = Path(output)
    check_output(path, kinds=(JETS_H5,))
    given = {"gen_pt_min": gen_pt_min, "gen_eta_max": gen_eta_max, "reco_pt_min": reco_pt_min}
    for name, value in given.items():
        if value is not None and not (0 <= value < np.inf):
            raise InputError(
                f"{name} is {value}", "no jet could be taken with it", "give a number of at least 0"
            )
    cuts = ObjectCuts(**{name: value for name, value in given.items() if value is not None})
    with ExitStack() as stack:
        files = [stack.enter_context(NanoAODObjects(source, cuts=cuts)) for source in sources]
        names = [
            {(kind, side): each.columns(kind, side) for kind in each.kinds for side in SIDES}
            for each in files
        ]
        for file, found in zip(files, names, strict=True):
            if found != names[0]:
                raise DataError(
                    f"{file.path} has other columns than {files[0].path}",
                    "a table has the same ones for all events",
                    "convert files of one sample, or each alone",
                )
        told = {each.path.name: each.provenance for each in files}
        provenance = {
            "pyjetsim": __version__,
            "converted": {
                "format": "NanoAOD",
                "cuts": {k: v for k, v in given.items() if v is not None},
                "files": told,
            },
            **({"jets": files[0].provenance["jets"]} if "jets" in files[0].provenance else {}),
        }
        n_events = sum(each.n_events for each in files)
        left = n_events if max_events is None else min(max_events, n_events)
        counts: dict[str, int] = {}
        with (
            ObjectsWriter(path, TASK, provenance, told_columns()) as writer,
            Progress("convert", left, quiet=quiet) as progress,
        ):
            for objects in (batch for each in files for batch in each.batches()):
                some = objects if len(objects) <= left else objects.events(np.arange(len(objects)) < left)
                writer.append(some)
                for name, count in object_counts(some).items():
                    counts[name] = counts.get(name, 0) + count
                left -= len(some)
                progress.advance(len(some))
                if not left:
                    break
            writer.provenance["counts"] = counts
    return counts


def _rewritten(
    format: Format, paths: list[Path], output: Path, reading: PairReading, rntuple: bool, quiet: bool
) -> Summary:
    """The pairs of a file in another format, or those within the cuts that were given."""
    source = paths[0]
    if len(paths) > 1:
        raise InputError(
            f"{source} and {len(paths) - 1} more are {format.name}, whose jets are paired already",
            "the events of several such files could not be told apart",
            "convert one at a time; train takes several",
        )
    cuts = _PairCuts.given(reading)
    if format.name == JetsH5.name and kind_of(output) == JETS_H5 and not cuts:
        with format.pairs(source):
            raise refuse_pairs(source, format.name)
    summary = Summary(output)
    with (
        format.pairs(source) as file,
        pairs_output(output, cuts.told(file.provenance), file.max_constituents, rntuple=rntuple) as writer,
        Progress("convert", len(file), unit="pairs", quiet=quiet) as progress,
    ):
        writer.append(file.none())
        for pairs in file.batches():
            inside = cuts.inside(pairs, summary)
            writer.append(pairs if inside.all() else pairs[inside])
            progress.advance(len(pairs))
        if summary.pairs == 0:
            what = "no pairs within the cuts" if summary.counts else "no pairs"
            warnings.warn(f"{source} has {what}, and {output} has none", DataWarning, stacklevel=3)
    return summary


class _PairCuts(NamedTuple):
    """Cuts on pairs that are made already; those that were not given cut nothing."""

    gen: Cuts
    reco_pt_min: float | None
    match_delta_r: float | None

    @classmethod
    def given(cls, reading: PairReading) -> _PairCuts:
        """Those among the options."""
        reco = reading.reco_pt_min if "reco_pt_min" in reading.given else None
        return cls(
            given_cuts(reading), reco, reading.match_delta_r if "match_delta_r" in reading.given else None
        )

    def __bool__(self) -> bool:
        return self != (Cuts(), None, None)

    def inside(self, pairs: Pairs, summary: Summary) -> NDArray[np.bool_]:
        """(N,) true for pairs that pass; counted."""
        gen = self.gen.accept(pairs.gen) if self.gen != Cuts() else np.ones(len(pairs), np.bool_)
        reco = np.ones(len(pairs), np.bool_)
        if self.reco_pt_min is not None:
            reco &= pairs.reco.pt > self.reco_pt_min
        if self.match_delta_r is not None:
            reco &= pairs.delta_r < self.match_delta_r
        for why, count in (
            ("", (gen & reco).sum()),
            ("outside the cuts on gen jets", (~gen).sum()),
            ("outside the cuts on their reco jets", (gen & ~reco).sum()),
        ):
            if count or not why:
                summary.add("gen jets", why, int(count))
        return np.asarray(gen & reco)

    def told(self, provenance: Mapping[str, Any]) -> dict[str, Any]:
        """The provenance with the cuts, on top of those that are in it."""
        told = self.gen.told(provenance)
        before = told.get("reco_cuts")
        cuts = dict(before) if isinstance(before, Mapping) else {}
        if self.reco_pt_min is not None:
            cuts["pt_min"] = max(self.reco_pt_min, cuts.get("pt_min", 0.0))
        if self.match_delta_r is not None:
            cuts["delta_r_max"] = min(self.match_delta_r, cuts.get("delta_r_max", np.inf))
        return {**told, "reco_cuts": cuts} if cuts else told


class _Files:
    """The events of several files, with numbers that tell them apart."""

    def __init__(
        self, format: Format, paths: list[Path], reading: PairReading, max_events: int | None
    ) -> None:
        self._format, self._paths, self._reading = format, paths, reading
        self.provenance: list[dict[str, Any]] = []
        """Of each file: name, events, and what was added to their numbers."""
        left = _LARGEST if max_events is None else max_events
        taken = np.zeros(0, np.int64)
        shared, moved = [], []
        for path in paths:
            if left == 0:
                break
            with format.events(path, reading) as source:
                numbers = source.numbers[:left]
                rows = getattr(source, "one_pair_each", False)
            _check_numbers(path, numbers)
            offset = 0
            if reading.number_events:
                offset = len(taken)
            elif np.isin(numbers, taken).any():
                moved.append(path)
                offset = int(taken.max()) + 1 - int(numbers.min())
            if len(numbers) and int(numbers.max()) + offset > _LARGEST:
                raise DataError(
                    f"event numbers of {path}, made different from those of other files, pass 2^63",
                    "they are kept in 64 bits",
                    "number the events by their place with --number-events",
                )
            numbers = numbers + offset
            if not rows and len(np.unique(numbers)) < len(numbers):
                shared.append(path)
            taken = np.concatenate([taken, numbers])
            left -= len(numbers)
            self.provenance.append({"file": path.name, "events": len(numbers), "added_to_numbers": offset})
        for path in shared:
            warnings.warn(shared_numbers(path), DataWarning, stacklevel=3)
        if moved:
            more = f" and {len(moved) - 1} more" if len(moved) > 1 else ""
            warnings.warn(
                f"{moved[0]}{more}: events have numbers of an earlier file, and are numbered above those: "
                "a file that was given twice would count twice",
                DataWarning,
                stacklevel=3,
            )
        self.n_events = len(taken)

    def batches(self) -> Iterator[tuple[JetEvents, dict[str, Any]]]:
        """All events, and what each file tells of its jets."""
        for path, told in zip(self._paths, self.provenance, strict=False):
            yield from _events_of(self._format, path, self._reading, told["events"], told["added_to_numbers"])


def _events_of(
    format: Format, path: Path, reading: PairReading, n_events: int, offset: int
) -> Iterator[tuple[JetEvents, dict[str, Any]]]:
    """The first events of a file, numbered so much higher, and what it tells of its jets."""
    with ExitStack() as stack:
        with warnings.catch_warnings():
            # Told when the numbers were read.
            warnings.simplefilter("ignore", DataWarning)
            source = stack.enter_context(format.events(path, reading))
        numbers = source.numbers[:n_events] + offset
        first = 0
        for batch in source.batches(n_events):
            yield batch._replace(number=numbers[first : first + len(batch.number)]), source.provenance
            first += len(batch.number)


def _check_numbers(path: Path, numbers: NDArray[np.int64]) -> None:
    if len(numbers) and numbers.min() < 0:
        raise DataError(
            f"{path} has the event number {numbers.min()}",
            "splits and noise take numbers from 0 to 2^63 - 1",
            "number the events by their place with --number-events",
        )


def _one_format(paths: list[Path]) -> Format:
    if not paths:
        raise InputError("there are no files to convert", "pairs are made of them", "name at least one")
    formats = [format_of(path) for path in paths]
    for path, format in zip(paths, formats, strict=True):
        if format.name != formats[0].name:
            raise InputError(
                f"{paths[0]} is {formats[0].name} and {path} is {format.name}",
                "the files of one output are one sample, made in one way",
                "convert each kind by itself",
            )
    return formats[0]


def _paired(batch: JetEvents, summary: Summary, reading: PairReading) -> Pairs:
    from pyjetsim.jets.clustering import nearest_pairs

    for (thing, why), count in batch.counts.items():
        summary.add(thing, why, count)
    pairs, event = nearest_pairs(
        batch.gen,
        batch.gen_event,
        batch.reco,
        batch.reco_event,
        batch.number,
        batch.n_vertices,
        reading.match_delta_r,
        event_columns=batch.event_columns,
        gen_columns=batch.gen_columns,
        reco_columns=batch.reco_columns,
        weight_names=batch.weight_names,
    )
    with_gen, with_pair = len(np.unique(batch.gen_event)), len(np.unique(event))
    cuts = f"pt > {reading.gen_pt_min:g} GeV, |eta| < {reading.gen_eta_max:g}"
    near = f"pt > {reading.reco_pt_min:g} GeV within ΔR {reading.match_delta_r:g}"
    summary.add("events", "", with_pair)
    summary.add("events", f"no gen jet with {cuts}", len(batch.number) - with_gen)
    summary.add("events", "no gen jet with a reco jet", with_gen - with_pair)
    summary.add("gen jets", "", len(pairs))
    summary.add("gen jets", f"no reco jet with {near}", len(batch.gen) - len(pairs))
    return pairs


def _card(detector: str | Path | None) -> Any:
    with needs("formats", "reading a detector card"):
        from pyjetsim.detector import load_card
    return load_card(detector)


def _told_detector(card: Any) -> dict[str, Any]:
    figures = {"detector": card.model_dump(mode="json")}
    return figures if card.pileup is None else {**figures, "pileup": {"mean": card.pileup.mean}}


def _told_jets(format: Format, reading: PairReading) -> dict[str, Any]:
    from pyjetsim.jets.clustering import FASTJET_VERSION

    jets: dict[str, Any] = {"max_constituents": reading.max_constituents}
    if format.clusters and reading.jets == "cluster":
        jets |= {"algorithm": "anti-kt, E scheme", "radius": reading.radius, "fastjet": FASTJET_VERSION}
    elif reading.own_radius is not None:
        jets["radius"] = reading.own_radius
    return {
        "jets": jets,
        "gen": {"pt_min": reading.gen_pt_min, "eta_max": reading.gen_eta_max},
        "reco": {"pt_min": reading.reco_pt_min},
        "match_delta_r": reading.match_delta_r,
    }


def _told_counts(summary: Summary) -> dict[str, int]:
    gen_jets = sum(count for (thing, _), count in summary.counts.items() if thing == "gen jets")
    return {
        "events": summary.events,
        "gen_jets": gen_jets,
        "unmatched": gen_jets - summary.pairs,
        "pairs": summary.pairs,
    }
