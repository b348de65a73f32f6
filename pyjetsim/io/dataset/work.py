"""Make a dataset shard by shard: in this process, on several, on a scheduler, or in parts by many jobs.

A job says which shards there are and makes each of them by itself: its bytes depend on the job's settings and
its number alone. Who makes a shard writes it under its name and then ``work/<number>.json``, an index of it
alone. A shard that is there as it was noted is not made again, so that the same command goes on after
anything. When all are there, ``index.json`` is written. ``work/plan.json`` has the settings, and
``work/<number>.failed.json`` what became of a shard that could not be made.
"""

from __future__ import annotations

import json
import os
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from pyjetsim._utils.output import (
    LOCK,
    check_folder_name,
    locked,
    storage_errors,
    temporary_name,
    write_whole,
)
from pyjetsim._utils.processes import ATTEMPTS, Advance, available_processes
from pyjetsim._utils.progress import Progress
from pyjetsim.errors import (
    DataError,
    DataWarning,
    Error,
    InputError,
    MissingExtraError,
    ShardError,
    StorageError,
)
from pyjetsim.io.dataset.folder import shard_name
from pyjetsim.io.dataset.index import (
    FORMAT,
    INDEX,
    PLAN,
    QUARANTINED,
    VERSION,
    WORK,
    Index,
    joined,
    look,
    planned_shards,
    read_entries,
    read_index,
    sha256_of,
)
from pyjetsim.io.dataset.scheduler import run_anywhere

_FAILED = ".failed.json"
_HOPELESS = 8
"""Shards whose processes died, none being made, after which no more are tried."""
_WAIT = 30.0
"""Seconds that the last part waits for others to let go of the index."""

MakeShard = Callable[[int, Path], None]
"""Makes the shard of that number, and writes it whole under that name."""


class Job(Protocol):
    """What makes the shards of a dataset. It is pickled for other processes."""

    @property
    def settings(self) -> dict[str, Any]:
        """All that the content depends on, as JSON."""
        ...

    @property
    def n_shards(self) -> int:
        """How many."""
        ...

    def size(self, shard: int) -> int:
        """How many events, or other units of progress, a shard has."""
        ...

    def maker(self, advance: Advance) -> MakeShard:
        """What makes shards in one process; it reports progress to ``advance``."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """One of several parts of the shards, as jobs of a batch system make them."""

    number: int
    """From 1."""
    of: int

    @staticmethod
    def parse(text: str) -> Part:
        """From "I/N"; :class:`~pyjetsim.errors.InputError` for anything else."""
        number, slash, of = text.partition("/")
        if slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of):
            return Part(int(number), int(of))
        raise InputError(
            f"--shard is {text!r}", "it says which part of the shards is made", "give I/N, from 1/N to N/N"
        )

    def shards(self, n: int) -> range:
        """Which of ``n`` shards are its own: neighbours, as many as others have, but for one."""
        return range(n * (self.number - 1) // self.of, n * self.number // self.of)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done for a dataset."""

    folder: Path
    made: tuple[int, ...]
    found: tuple[int, ...]
    """Shards that were there."""
    missing: int
    """Shards of other parts that are not there yet."""
    indices: tuple[Index, ...]
    """Of the shards that were made or found, one by one."""
    whole: Index | None
    """The dataset's, where all are there."""

    @property
    def quarantined(self) -> list[dict[str, Any]]:
        """Events that failed and were left out."""
        return [
            event
            for index in self.indices
            for shard in index.shards
            for event in [
                *shard.provenance.get(QUARANTINED, []),
                *shard.provenance.get("simulation", {}).get(QUARANTINED, []),
            ]
        ]

    def warn_of_quarantined(self) -> None:
        """Tell which events failed."""
        warn_of_quarantined(self.folder, self.quarantined)


def run_job(
    job: Job,
    folder: Path,
    *,
    part: str | None = None,
    scheduler: str | None = None,
    processes: int | None = None,
    name: str = "shards",
    unit: str = "events",
    quiet: bool = False,
) -> Done:
    """Make the shards of a dataset that are not there, and write its index when all are.

    Parameters
    ----------
    job : Job
        What makes them.
    folder : Path
        The dataset: a name that is free, an empty folder, or what the same job left there.
    part : str, optional
        "I/N": only that part of the shards; None: all.
    scheduler : str, optional
        "local", for processes of dask.distributed here, or the address of a scheduler whose workers see the
        folder under the same name; None: processes of our own.
    processes : int, optional
        How many, here; None: one for each core.
    name, unit : str
        For the progress.
    quiet : bool
        Show none.

    Returns
    -------
    Done
        What was made.

    Raises
    ------
    ShardError
        Where shards could not be made, naming the first; the others are kept.
    InputError
        For a folder of other settings or other content, and where another process works on it.
    MissingExtraError
        For a scheduler without distributed.
    StorageError
        Where the disk refuses.
    """
    check_folder_name(folder, "dataset")
    workers = available_processes() if processes is None else processes
    work = folder / WORK
    its = None if part is None else Part.parse(part)
    with ExitStack() as stack:
        _check_place(folder)
        if its is None:
            stack.enter_context(locked(folder))
            _check_no_part(work, "")
        else:
            _check_unlocked(folder)
            end = f"-of-{its.of}.lock"
            stack.enter_context(locked(work, name=f"part-{its.number}{end}"))
            _check_no_part(work, end)
        _write_plan(folder, job)
        wanted = range(job.n_shards) if its is None else its.shards(job.n_shards)
        # What a process that was killed had begun.
        stack.callback(_remove_begun, folder, wanted)
        _remove_begun(folder, wanted)
        noted = {path.name for path in work.iterdir()}
        found = [shard for shard in wanted if _record_name(shard) in noted and finished(folder, shard)]
        there = set(found)
        todo = [shard for shard in wanted if shard not in there]
        failed: dict[int, str] = {}
        lives = False  # a process: it has answered

        times = f", {ATTEMPTS} times" if scheduler is None else ", as often as the scheduler lets it"

        def done(shard: int, problem: str | None) -> None:
            nonlocal lives
            lives = True
            if problem is not None:
                failed[shard] = problem

        def lost(shard: int) -> None:
            failed[shard] = f"the process that made it died{times}"
            _note_failure(folder, shard, failed[shard])
            if not lives and len(failed) == _HOPELESS < len(todo):
                raise ShardError(
                    f"{folder}: the processes of {len(failed)} shards died, and no shard was made",
                    f"they were killed, ran out of memory, or cannot start; the other "
                    f"{len(todo) - len(failed)} were not tried",
                    "use fewer processes, or give them more memory, and run the same command again",
                )

        progress = Progress(
            name, sum(map(job.size, wanted)), sum(map(job.size, found)), unit=unit, quiet=quiet
        )
        # Workers may be in other folders.
        make_worker = partial(ShardWorker, job, folder.absolute())
        run_anywhere(scheduler, make_worker, todo, workers, done, progress, lost, job.size)
        if failed:
            raise _failure(folder, len(wanted), failed)
        whole = _finish(folder, job, its)
        indices = _one_by_one(whole, folder, wanted)
        missing = 0 if whole else sum(not record(folder, shard).is_file() for shard in range(job.n_shards))
    return Done(folder, tuple(todo), tuple(found), missing, indices, whole)


class ShardWorker:
    """Makes shards in one process, each with its record; a shard that fails is noted and told."""

    def __init__(self, job: Job, folder: Path, advance: Advance) -> None:
        self._folder = folder
        self._make = job.maker(advance)

    def __call__(self, shard: int) -> str | None:
        """Make a shard. None, or what was wrong with it; errors that others would meet too are raised."""
        if finished(self._folder, shard):
            return None  # A scheduler asks again where a worker died after its shard was finished.
        path = self._folder / shard_name(shard)
        try:
            self._make(shard, path)
        except (StorageError, MissingExtraError, MemoryError):
            raise
        except Exception as error:
            told = str(error) if isinstance(error, Error) else f"{type(error).__name__}: {error}"
            _note_failure(self._folder, shard, told, traceback.format_exc())
            return told
        look(path)[1].write(self._folder / WORK, record(self._folder, shard).name)
        _failed(self._folder, shard).unlink(missing_ok=True)
        return None


def _remove_begun(folder: Path, shards: range) -> None:
    for path in folder.glob(".*.part"):
        number = path.name[1:7]
        if number.isdecimal() and int(number) in shards:
            path.unlink(missing_ok=True)


def record(folder: Path, shard: int) -> Path:
    """The file that says that a shard is finished, and what is in it."""
    return folder / WORK / _record_name(shard)


def _record_name(shard: int) -> str:
    return f"{shard:06d}.json"


def _failed(folder: Path, shard: int) -> Path:
    return folder / WORK / f"{shard:06d}{_FAILED}"


def shards_there(folder: Path) -> tuple[int, int]:
    """How many shards of a dataset that is being made are finished, and how many it will have."""
    n = planned_shards(folder)
    return sum(record(folder, shard).is_file() for shard in range(n)), n


_FORMAT, _SHARDS = f'\n "format": "{FORMAT}"', '\n "shards": ['
"""What a record says of its format, and where its shards begin; what is indented by one is of the whole."""


def finished(folder: Path, shard: int) -> bool:
    """Whether a shard is there as it was made; one that is not is made anew.

    One of the right size that has not been written to since its record was counts as it was, as for `make`;
    others are compared to the byte.
    """
    path, written = record(folder, shard), folder / shard_name(shard)
    try:
        text = path.read_text(encoding="utf-8")
        # Its provenance, before that, would take most of the time.
        told = json.loads("{" + text[text.rindex(_SHARDS) :])
        (noted,) = told["shards"]
        found = written.stat()
        asked = (True, VERSION, written.name, found.st_size)
        if (_FORMAT in text, told["version"], noted["name"], noted["bytes"]) != asked:
            return False
        return found.st_mtime_ns < path.stat().st_mtime_ns or sha256_of(written) == noted["sha256"]
    except (DataError, OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _noted(folder: Path, shard: int) -> Index:
    """What the record of a shard says; one that cannot be read is written anew where the shard is whole."""
    path = record(folder, shard)
    try:
        return read_entries(path)
    except DataError as error:
        # `finished` reads only the end of a record, where the hash is.
        if finished(folder, shard):
            found = look(folder / shard_name(shard))[1]
            if found.shards[0].sha256 in path.read_text(encoding="utf-8"):
                found.write(path.parent, path.name)
                return found
        raise DataError(
            error.what,
            "it says what the shard of its number holds, and that it is whole",
            "remove it and run the command that makes the dataset again, with all its parts",
        ) from error


def _note_failure(folder: Path, shard: int, told: str, trace: str = "") -> None:
    content = {"shard": shard, "error": told, "traceback": trace.splitlines()}
    with suppress(StorageError):  # It is told at the end anyway.
        write_whole(_failed(folder, shard), json.dumps(content, indent=1) + "\n")


def _failure(folder: Path, n: int, failed: dict[int, str]) -> ShardError:
    first = min(failed)
    others = [f"{shard:06d}" for shard in sorted(failed)[1:]]
    more = f"; failed, too: {', '.join(others[:10])}{' ...' if len(others) > 10 else ''}" if others else ""
    return ShardError(
        f"{folder}: {len(failed)} of {n} shards failed, {first:06d} with: {failed[first]}{more}",
        f"the others are kept; {folder / WORK} has what failed in *{_FAILED}",
        "mend what is wrong and run the same command again",
    )


def _check_place(folder: Path) -> None:
    with storage_errors(folder):
        names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if names - {LOCK} and not (folder / WORK).is_dir():
        is_made = INDEX in names
        raise InputError(
            f"{folder} is there and " + ("was not made by such a command" if is_made else "is no dataset"),
            "its content would be mixed with a new dataset",
            "choose another name"
            + ("; `pyjetsim dataset merge` makes one of several datasets" if is_made else ""),
        )


def _check_unlocked(folder: Path) -> None:
    """Refuse to make a part while one process makes all, or changes the dataset."""
    if (folder / LOCK).is_file():
        _patiently(folder, 3.0).close()


def _check_no_part(work: Path, same: str) -> None:
    """Refuse while parts are made that may share shards with this one: all but those cut in the same way."""
    for path in work.glob("part-*.lock"):
        if not (same and path.name.endswith(same)):
            with locked(work, name=path.name):
                pass


def _write_plan(folder: Path, job: Job) -> None:
    """Note the settings, or compare them with those that are there; parts may begin at the same time."""
    path, plan = folder / WORK / PLAN, json.loads(json.dumps({**job.settings, "shards": job.n_shards}))
    if not path.is_file():
        part = temporary_name(path)
        with storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(plan, indent=1, sort_keys=True) + "\n")
            try:
                # Unlike renaming, it fails where another was faster.
                os.link(part, path)
            except FileExistsError:
                pass
            except OSError:
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        found = None
    different = difference(found, plan)
    if different:
        raise InputError(
            f"{folder} holds shards of other settings: {different}",
            "one dataset would hold two samples",
            "give the same settings to go on, or choose another folder",
        )


def difference(found: Any, asked: Any, name: str = "") -> str:
    """The first difference of settings, as "seed was 1, is 2"; empty where there is none."""
    if isinstance(found, dict) and isinstance(asked, dict):
        for key in sorted({*found, *asked}):
            different = difference(found.get(key), asked.get(key), f"{name}.{key}" if name else key)
            if different:
                return different
        return ""
    return "" if found == asked else f"{name or 'settings'} was {found!r}, is {asked!r}"


def _finish(folder: Path, job: Job, part: Part | None) -> Index | None:
    """Write the index where all shards are there; shards that were appended to it since stay."""
    everything = range(job.n_shards)
    if not all(record(folder, shard).is_file() for shard in everything):
        return None
    with ExitStack() as stack:
        if part is not None:
            stack.enter_context(_patiently(folder))
        indices = [_noted(folder, shard) for shard in everything]
        own = {shard_name(shard) for shard in everything}
        if (folder / INDEX).is_file():
            old = read_index(folder)
            appended = [shard for shard in old.shards if shard.name not in own]
            if appended:
                indices.append(Index(old.max_constituents, old.columns, old.weight_names, tuple(appended)))
        index = joined(folder, indices)
        index.write(folder)
    return index


def _one_by_one(whole: Index | None, folder: Path, shards: range) -> tuple[Index, ...]:
    """An index of each shard alone; of a dataset that is whole without reading their records again."""
    if whole is None:
        return tuple(_noted(folder, shard) for shard in shards)
    named = {shard.name: shard for shard in whole.shards}
    return tuple(replace(whole, shards=(named[shard_name(shard)],)) for shard in shards)


def _patiently(folder: Path, seconds: float = _WAIT) -> ExitStack:
    """The lock of the folder, when the part that has it lets go."""
    end = time.monotonic() + seconds
    while True:
        stack = ExitStack()
        try:
            stack.enter_context(locked(folder))
        except InputError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return stack


def one_by_one(failing: Callable[[int], Any], n: int) -> Iterator[tuple[int, Any, Exception | None]]:
    """Each of ``n`` things alone, after they failed together: its place, what it gives, or its error.

    Raises the error of the first where none succeeds: it is no single thing then that is wrong.
    """
    found: list[tuple[int, Any, Exception | None]] = []
    for place in range(n):
        try:
            found.append((place, failing(place), None))
        except (StorageError, MissingExtraError, MemoryError):
            raise
        except Exception as error:
            found.append((place, None, error))
    errors = [error for _, _, error in found if error is not None]
    if len(errors) == n and errors:
        raise errors[0]
    yield from found


def told_error(error: Exception) -> str:
    """One line for the list of events that failed."""
    text = error.what if isinstance(error, Error) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())


def warn_of_quarantined(path: Path, left_out: list[dict[str, Any]]) -> None:
    """Tell how many events failed, and the first of them."""
    if left_out:
        first = left_out[0]
        warnings.warn(
            f"{path}: events that failed and were left out: {len(left_out)}, the first is event "
            f"{first['event']} with seed {first['seed']}: {first['error']}; {QUARANTINED} in the provenance "
            "lists all",
            DataWarning,
            stacklevel=3,
        )
