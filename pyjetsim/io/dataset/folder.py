"""Make datasets, add to them, check them, join and cut them."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pyjetsim._utils.output import (
    check_folder,
    locked,
    replacing_folder,
    storage_errors,
    temporary_name,
)
from pyjetsim.errors import DataError, DataWarning, InputError
from pyjetsim.io.dataset.index import (
    COUNTS,
    INDEX,
    QUARANTINED,
    Index,
    Shard,
    joined,
    look,
    planned_shards,
    read_index,
    sha256_of,
    shard_files,
)
from pyjetsim.io.dataset.reader import check_hash
from pyjetsim.io.jets_h5.layout import EVENT_COLUMNS
from pyjetsim.io.jets_h5.reader import PairsFile
from pyjetsim.io.jets_h5.writer import PairsWriter
from pyjetsim.jets import Pairs

EVENTS_PER_SHARD = 10_000
"""Where nobody says."""


def shard_name(number: int) -> str:
    """The name of a shard that is written here."""
    return f"{number:06d}.h5"


def make(folder: str | Path) -> Index:
    """Make a dataset of the jets.h5 in a folder: write its index.

    Parameters
    ----------
    folder : str or Path
        Its shards are the files that end in ``.h5`` or ``.hdf5``, by name.

    Returns
    -------
    Index
        What was written.

    Raises
    ------
    DataError
        For a folder without such files, and files that are damaged, of another version, or not alike.
    InputError
        Where there is an index, or another process writes.

    Warns
    -----
    DataWarning
        Where shards share numbers of events.
    """
    folder = _there(Path(folder))
    with locked(folder):
        if (folder / INDEX).exists():
            raise InputError(
                f"{folder} has an index already",
                "what it says of the shards would be forgotten",
                f"use `pyjetsim dataset append` or `verify`, or remove {folder / INDEX} first",
            )
        files = shard_files(folder)
        if not files:
            read_index(folder)  # which tells what is there instead
        index = joined(folder, [look(path)[1] for path in files])
        warn_of_shared_events(folder, index)
        index.write(folder)
    return index


def append(folder: str | Path, sources: Sequence[str | Path]) -> Index:
    """Add jets.h5, or the shards of other datasets, to a dataset.

    Parameters
    ----------
    folder : str or Path
        The dataset.
    sources : sequence of str or Path
        What is added, in this order. Files elsewhere are copied, those in the folder stay where they are.

    Returns
    -------
    Index
        The new one.

    Raises
    ------
    DataError, InputError
        As :func:`make`; the dataset is then as it was.
    """
    folder = _there(Path(folder))
    with locked(folder):
        index = read_index(folder)
        known = {shard.name for shard in index.shards}
        for source in map(Path, sources):
            if source.parent.resolve() == folder.resolve() and source.name in known:
                raise InputError(
                    f"{source} is a shard of {folder} already", "its pairs would count twice", "leave it out"
                )
        found = _found(sources)
        joined(folder, [index, *(part for _, part in found)])
        copied: list[Path] = []
        try:
            # Not the name of a shard that is missing, or still to be made.
            reserved = {*known, *map(shard_name, range(planned_shards(folder)))}
            added = list(_taken(folder, found, copied, reserved))
            new = joined(folder, [index, *added])
            warn_of_shared_events(folder, new)
            new.write(folder)
        except BaseException:
            for path in copied:
                path.unlink(missing_ok=True)
            raise
    return new


def merge(folder: str | Path, sources: Sequence[str | Path]) -> Index:
    """Make a new dataset of copies of jets.h5, and of the shards of other datasets.

    Parameters
    ----------
    folder : str or Path
        The new dataset: a name that is free, or an empty folder.
    sources : sequence of str or Path
        What it is made of, in this order.

    Returns
    -------
    Index
        Its index.

    Raises
    ------
    DataError, InputError
        As :func:`make`; nothing is written then.
    """
    folder = Path(folder)
    _check_free(folder)
    found = _found(sources)
    joined(folder, [part for _, part in found])
    with replacing_folder(folder, lambda: _check_free(folder)) as new:
        index = joined(folder, list(_taken(new, found, [], set())))
        warn_of_shared_events(new, index)
        index.write(new)
    return index


def split(folder: str | Path, source: str | Path, events_per_shard: int = EVENTS_PER_SHARD) -> Index:
    """Cut a file of pairs, or a dataset, into shards of whole events.

    Parameters
    ----------
    folder : str or Path
        The new dataset: a name that is free, or an empty folder.
    source : str or Path
        A file of pairs of any format, or a dataset.
    events_per_shard : int
        Events of each shard, counted where the event number changes; the last one has what is left.

    Returns
    -------
    Index
        Of the new dataset, whose pairs are those of the source, in its order.

    Raises
    ------
    DataError, InputError
        For a source that cannot be read, a folder that is not empty, and fewer than one event a shard.
    """
    from pyjetsim.io.inputs import open_pairs

    folder = Path(folder)
    if events_per_shard < 1:
        raise InputError(f"events_per_shard is {events_per_shard}", "no event has room", "give at least 1")
    _check_free(folder)
    with open_pairs(source) as file, replacing_folder(folder, lambda: _check_free(folder)) as new:
        provenance = _of_part(file.provenance)
        parts = []
        for number, pieces in enumerate(_by_events(file, events_per_shard)):
            with PairsWriter(new / shard_name(number), provenance, file.max_constituents) as writer:
                for pairs in pieces:
                    writer.append(pairs)
            parts.append(look(new / shard_name(number))[1])
        index = joined(folder, parts)
        index.write(new)
    return index


def _of_part(provenance: dict[str, Any]) -> dict[str, Any]:
    """Without what was counted over the whole file."""
    whole = (COUNTS, QUARANTINED, "dataset")
    told = {name: value for name, value in provenance.items() if name not in whole}
    if isinstance(told.get("simulation"), dict):
        told["simulation"] = {name: value for name, value in told["simulation"].items() if name not in whole}
    return told


def _by_events(file: Any, events: int) -> Iterator[Iterator[Pairs]]:
    """Groups of pieces, each of so many events; each group is to be used up before the next."""
    batches = iter(file.batches())
    held: list[Pairs] = [file.none()]
    last: int | None = None

    def group() -> Iterator[Pairs]:
        nonlocal last
        left = events
        while True:
            pairs = held.pop() if held else next(batches, None)
            if pairs is None:
                return
            if not len(pairs):
                yield pairs
                continue
            before = pairs.event[0] - 1 if last is None else last
            begins = np.flatnonzero(np.diff(pairs.event, prepend=before))
            if len(begins) > left:
                end = int(begins[left])
                if end:
                    last = int(pairs.event[end - 1])
                    yield pairs[:end]
                held.append(pairs[end:])
                # The next event begins a shard, whatever its number is.
                return
            left -= len(begins)
            last = int(pairs.event[-1])
            yield pairs

    yield group()
    while held or _has_more(batches, held):
        yield group()


def _has_more(batches: Iterator[Pairs], held: list[Pairs]) -> bool:
    batch = next(batches, None)
    if batch is None:
        return False
    held.append(batch)
    return True


@dataclass(frozen=True, slots=True)
class Verified:
    """What :func:`verify` found."""

    index: Index
    problems: tuple[DataError, ...]
    """Of shards, each naming one."""
    strangers: tuple[str, ...]
    """Names of jets.h5 in the folder that are not in the index, and are not read."""


def verify(folder: str | Path) -> Verified:
    """Compare every shard of a dataset with the index, to the byte.

    Parameters
    ----------
    folder : str or Path
        The dataset.

    Returns
    -------
    Verified
        Shards that are missing, truncated or altered, and files that do not belong to it.

    Raises
    ------
    DataError
        For a folder without an index, and one that cannot be read.
    """
    folder = _there(Path(folder))
    index = read_index(folder)
    problems = []
    for shard in index.shards:
        try:
            check_hash(folder, shard, again=True)
        except DataError as problem:
            problems.append(problem)
    known = {shard.name for shard in index.shards}
    strangers = tuple(path.name for path in shard_files(folder) if path.name not in known)
    return Verified(index, tuple(problems), strangers)


def warn_of_shared_events(folder: Path, index: Index) -> None:
    """Warn of events in several shards that have one number: they count as one."""
    shards = sorted((each for each in index.shards if each.pairs), key=lambda each: each.event_range)
    highest: int | None = None
    overlap: list[Shard] = []
    for before, shard in zip([None, *shards], shards, strict=False):
        if highest is not None and shard.event_range[0] <= highest:
            overlap += [each for each in (before, shard) if each is not None and each not in overlap]
        highest = shard.event_range[1] if highest is None else max(highest, shard.event_range[1])
    if not overlap:
        return
    keys = ["event", *(name for name in EVENT_COLUMNS if name in index.columns)]
    numbers = []
    for shard in overlap:
        with PairsFile(folder / shard.name) as file:
            columns = [file.event, *(file.column(name) for name in keys[1:])]
        numbers.append(np.unique(np.stack(columns, axis=1), axis=0))
    every = np.concatenate(numbers)
    shared = len(every) - len(np.unique(every, axis=0))
    if shared:
        warnings.warn(
            f"{folder}: {shared} events of one shard have the number of an event of another: they count "
            "as one in splits and floors",
            DataWarning,
            stacklevel=3,
        )


def _there(folder: Path) -> Path:
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "is not there"
        raise DataError(f"{folder} {what}", "a dataset is a folder of jets.h5", "check the name")
    return folder


def _found(sources: Sequence[str | Path]) -> list[tuple[Path, Index]]:
    """Folder and index of each source; of a file, an index of it alone."""
    found = []
    for source in map(Path, sources):
        found.append((source, read_index(source)) if source.is_dir() else (source.parent, look(source)[1]))
    if not found:
        raise InputError("no files are given", "a dataset is made of them", "name some")
    return found


def _check_free(folder: Path) -> None:
    check_folder(folder, lambda _: False, "free place for a dataset")


def _taken(
    folder: Path, found: Sequence[tuple[Path, Index]], copied: list[Path], reserved: set[str]
) -> Iterator[Index]:
    """Copies in ``folder`` under free names, which are noted in ``copied``, and indices that name them."""
    taken = reserved | {path.name for path in folder.iterdir()}
    number = 0
    for origin, index in found:
        shards = []
        for shard in index.shards:
            if origin.resolve() == folder.resolve():
                shards.append(shard)
                continue
            while shard_name(number) in taken:
                number += 1
            path = folder / shard_name(number)
            taken.add(path.name)
            part = temporary_name(path)
            copied += [part, path]
            with storage_errors(path):
                shutil.copyfile(origin / shard.name, part)
            _check_copy(origin, shard, part)
            part.replace(path)
            shards.append(replace(shard, name=path.name))
        yield Index(index.max_constituents, index.columns, index.weight_names, tuple(shards))


def _check_copy(origin: Path, shard: Shard, part: Path) -> None:
    if sha256_of(part) != shard.sha256:
        part.unlink()
        check_hash(origin, shard, again=True)
        raise DataError(
            f"{origin / shard.name} was changed while it was copied", "half of it is old", "try again"
        )
