"""The index of a dataset: ``index.json``, format ``pyjetsim.dataset``, version 1.

``columns`` (dtype and shape of an entry, by path), ``weight_names`` and ``max_constituents`` are those of
every shard. ``provenance`` is what the provenances of all shards say alike, and each entry of ``shards`` has
the rest of its own, beside ``name``, ``pairs``, ``events``, ``event_range`` (lowest and highest number; empty
without pairs), ``bytes`` and ``sha256``.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from pyjetsim._utils.output import LOCK, write_whole
from pyjetsim.detector.conditions import check_same, conditions_of
from pyjetsim.errors import DataError
from pyjetsim.io.jets_h5.reader import PairsFile

INDEX = "index.json"
WORK = "work"
"""The folder in a dataset where notes of its making are."""
PLAN = "plan.json"
"""There: the settings of who makes it, and how many shards it will have."""
_END = 1 << 20
FORMAT = "pyjetsim.dataset"
VERSION = 1
COUNTS, QUARANTINED = "counts", "quarantined"
"""Of a provenance: numbers that are added up over shards, and events that were left out, which are listed."""
_SIMULATION = "simulation"


@dataclass(frozen=True, slots=True)
class Shard:
    """One jets.h5 of a dataset."""

    name: str
    pairs: int
    events: int
    event_range: tuple[int, ...]
    """Lowest and highest event number; empty without pairs."""
    bytes: int
    sha256: str
    provenance: dict[str, Any]
    """Whole, as the file has it."""


@dataclass(frozen=True)
class Index:
    """What a dataset holds, in the order in which it is read."""

    max_constituents: int
    columns: Mapping[str, Any]
    """Of the optional columns, by path: dtype and shape of an entry."""
    weight_names: tuple[str, ...]
    shards: tuple[Shard, ...]

    @property
    def pairs(self) -> int:
        """Of all shards."""
        return sum(shard.pairs for shard in self.shards)

    @cached_property
    def sha256(self) -> str:
        """Of the shards' own hashes, in their order: datasets with the same are the same to the byte."""
        return hashlib.sha256("\n".join(shard.sha256 for shard in self.shards).encode()).hexdigest()

    @cached_property
    def shared(self) -> dict[str, Any]:
        """What the provenances of all shards say alike."""
        return _all_alike([shard.provenance for shard in self.shards])

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Of the dataset: what its shards share, their counts added up, and how many there are."""
        whole = [shard.provenance for shard in self.shards]
        told = {**self.shared, **_totals(whole)}
        parts = [part for each in whole if isinstance(part := each.get(_SIMULATION), dict)]
        if len(parts) == len(whole):
            told[_SIMULATION] = {**told.get(_SIMULATION, {}), **_totals(parts)}
        return {**told, "dataset": {"shards": len(self.shards), "sha256": self.sha256}}

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file."""
        # Not asdict, which copies provenances one by one.
        shards = [
            {name: getattr(each, name) for name in Shard.__slots__}
            | {"event_range": list(each.event_range), "provenance": _rest(each.provenance, self.shared)}
            for each in self.shards
        ]
        return {
            "format": FORMAT,
            "version": VERSION,
            "max_constituents": self.max_constituents,
            "columns": dict(self.columns),
            "weight_names": list(self.weight_names),
            "provenance": self.shared,
            "shards": shards,
        }

    def write(self, folder: Path, name: str = INDEX) -> None:
        """Write it into a folder, whole or not at all; DataError where two shards have one name."""
        names: set[str] = set()
        for shard in self.shards:
            if shard.name in names:
                raise DataError(
                    f"{folder} would have two shards that are called {shard.name}",
                    "one would take the place of the other",
                    "make a new dataset of both by `pyjetsim dataset merge`",
                )
            names.add(shard.name)
        write_whole(folder / name, json.dumps(self.to_json(), indent=1, sort_keys=True) + "\n")

    def with_shards(self, shards: Sequence[Shard], folder: Path) -> Index:
        """The same kind of shards, others; :class:`~pyjetsim.errors.DataError` for different detectors."""
        check_conditions(folder, shards)
        return Index(self.max_constituents, self.columns, self.weight_names, tuple(shards))


def is_dataset(path: Path) -> bool:
    """Whether a folder has an index of this format, of any version."""
    try:
        told = json.loads((path / INDEX).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(told, dict) and told.get("format") == FORMAT


def read_index(folder: Path) -> Index:
    """The index of a folder.

    Raises
    ------
    DataError
        For a folder without one, another version, and what cannot be read.
    """
    path = folder / INDEX
    if not path.is_file():
        raise _no_index(folder)
    return read_entries(path)


def read_entries(path: Path) -> Index:
    """An index by the name of its file; :class:`~pyjetsim.errors.DataError` as :func:`read_index`."""
    try:
        told = json.loads(path.read_bytes())
        format, version = told["format"], told["version"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(path, error) from error
    if format != FORMAT or version != VERSION:
        raise DataError(
            f"{path}: format and version are {format!r} {version!r}, this pyjetsim reads {FORMAT} {VERSION}",
            "the layout may have changed",
            "install the pyjetsim that wrote it",
        )
    try:
        shared = dict(told["provenance"])
        shards = tuple(
            Shard(
                _plain(each["name"]),
                int(each["pairs"]),
                int(each["events"]),
                tuple(map(int, each["event_range"])),
                int(each["bytes"]),
                str(each["sha256"]),
                _whole(shared, each["provenance"]),
            )
            for each in told["shards"]
        )
        names = [shard.name for shard in shards]
        if len(set(names)) < len(names) or not names:
            raise ValueError("it names no shards, or one twice")
        return Index(
            int(told["max_constituents"]), dict(told["columns"]), tuple(told["weight_names"]), shards
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, error) from error


def _plain(name: Any) -> str:
    if not isinstance(name, str) or Path(name).name != name or name in ("", ".", ".."):
        raise ValueError(f"{name!r} is no name of a file in the folder")
    return name


def _no_index(folder: Path) -> DataError:
    files = shard_files(folder)
    if (folder / WORK).is_dir():
        return DataError(
            f"{folder} has no {INDEX}: of its shards {len(files)} are there",
            "it is not finished, or its last shards failed",
            "run the command that makes it again, with all its parts; or `pyjetsim dataset make`",
        )
    if files:
        return DataError(
            f"{folder} is a folder of {len(files)} jets.h5, without {INDEX}",
            "nobody knows whether all are there, and whole",
            f"run `pyjetsim dataset make {folder}`, or name the jets.h5 in it",
        )
    # The lock is that of who asks.
    content = {path.name for path in folder.iterdir()} if folder.is_dir() else {""}
    empty = "an empty folder" if content <= {LOCK} else "a folder"
    return DataError(
        f"{folder} is {empty}",
        "pairs of jets are read from one file, or from a dataset of several",
        "name the jets.h5 in it, or a dataset",
    )


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        f"{path} cannot be read: {' '.join(str(error).split()) or type(error).__name__}",
        "nobody could tell which shards there are, and whether they are whole",
        f"remove it and run `pyjetsim dataset make {path.parent}`, if you trust its files",
    )


def shard_files(folder: Path) -> list[Path]:
    """The jets.h5 in a folder, by name."""
    if not folder.is_dir():
        return []
    return sorted(
        path for path in folder.iterdir() if path.suffix in (".h5", ".hdf5") and not path.name.startswith(".")
    )


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(path: Path) -> dict[str, Any]:
    """Size of a file, and SHA-256 of its first and last MiB: soon read, and other in another file."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        ends = hashlib.sha256()
        for begin in (0, max(0, size - _END)):
            file.seek(begin)
            ends.update(file.read(_END))
    return {"bytes": size, "ends_sha256": ends.hexdigest()}


def planned_shards(folder: Path) -> int:
    """How many shards a dataset will have; 0 where no command makes it."""
    try:
        return int(json.loads((folder / WORK / PLAN).read_bytes())["shards"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return 0


def look(path: Path) -> tuple[Shard, Index]:
    """What the index says of a jets.h5, and an index of it alone.

    Raises
    ------
    DataError
        For a file that is no jets.h5, of another version, or damaged.
    """
    from pyjetsim.io.objects import task_of

    task = task_of(path)
    if task is not None:
        raise DataError(
            f"{path} is a table of objects, of the task {task}",
            "a dataset holds pairs of jets",
            "leave it out, and give tables one by one",
        )
    with PairsFile(path) as file:
        event, none = file.event, file.none()
        columns = {
            name: {"dtype": values.dtype.str[1:], "shape": list(values.shape[1:])}
            for name, values in none.columns.items()
        }
        shard = Shard(
            path.name,
            len(event),
            len(np.unique(event)),
            (int(event.min()), int(event.max())) if len(event) else (),
            path.stat().st_size,
            sha256_of(path),
            file.provenance,
        )
        return shard, Index(file.max_constituents, columns, file.weight_names, (shard,))


def joined(folder: Path, parts: Sequence[Index]) -> Index:
    """The index of all shards of several, whose files are alike.

    Raises
    ------
    DataError
        For shards of other columns or another number of constituents, and of different detectors.
    """
    # Who writes no pairs may know nothing of their columns.
    with_pairs = [part for part in parts if part.pairs] or list(parts)
    first = with_pairs[0]
    for other in with_pairs[1:]:
        for what, one, another in (
            ("max_constituents", first.max_constituents, other.max_constituents),
            ("columns", first.columns, other.columns),
            ("weight_names", first.weight_names, other.weight_names),
        ):
            if one != another:
                raise DataError(
                    f"{other.shards[0].name} has {what} {_short(another)}, and {first.shards[0].name} "
                    f"{_short(one)}",
                    f"{folder} is read as one file, which has the same for all its pairs",
                    "make datasets of files that are alike",
                )
    shards = [shard for part in parts for shard in part.shards]
    known: dict[str, str] = {}
    for shard in shards:
        if shard.pairs and shard.sha256 in known:
            raise DataError(
                f"{shard.name} is the same file as {known[shard.sha256]}, to the byte",
                "its pairs would count twice",
                "leave one of them out",
            )
        known[shard.sha256] = shard.name
    return first.with_shards(shards, folder)


def _short(value: Any) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, Mapping | tuple) else str(value)


def check_conditions(folder: Path, shards: Sequence[Shard]) -> None:
    """Refuse shards of different detectors, pileup or R."""
    different: dict[str, Any] = {}
    for shard in shards:
        found = conditions_of(shard.provenance, str(folder / shard.name))
        different.setdefault(json.dumps(found.as_provenance(), sort_keys=True), found)
    check_same(list(different.values()), DataError, "make a dataset for each detector", told=True)


def _all_alike(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What mappings have in common, also deeper in; counts and quarantined events are each one's own."""
    found: dict[str, Any] = {}
    for name, value in parts[0].items():
        others = [part[name] for part in parts if name in part]
        if name in (COUNTS, QUARANTINED) or len(others) < len(parts):
            continue
        if all(isinstance(other, dict) for other in others):
            found[name] = _all_alike(others)
        elif all(other == value for other in others):
            found[name] = value
    return found


def _rest(whole: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """What :func:`_whole` needs to give ``whole`` again."""
    left: dict[str, Any] = {}
    for name, value in whole.items():
        if name not in shared:
            left[name] = value
        elif isinstance(value, dict):
            deeper = _rest(value, shared[name])
            if deeper:
                left[name] = deeper
    return left


def _whole(shared: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(shared)
    for name, value in rest.items():
        both = isinstance(value, dict) and isinstance(found.get(name), dict)
        found[name] = _whole(found[name], value) if both else value
    return found


def _totals(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts added up, where all have the same, and lists of quarantined events joined."""
    told: dict[str, Any] = {}
    counts = [found for part in parts if isinstance(found := part.get(COUNTS), dict)]
    if len(counts) == len(parts) and all(each.keys() == counts[0].keys() for each in counts):
        told[COUNTS] = {name: sum(each[name] for each in counts) for name in counts[0]}
    left_out = [event for part in parts for event in part.get(QUARANTINED, [])]
    return {**told, QUARANTINED: left_out} if left_out else told
