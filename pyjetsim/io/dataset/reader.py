"""Read a dataset as one file of pairs, shard after shard, or shuffled through a buffer."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Lock, local
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.processes import available_processes
from pyjetsim.errors import DataError, InputError
from pyjetsim.io.dataset.index import Index, Shard, is_dataset, read_index, sha256_of
from pyjetsim.io.jets_h5.layout import CHUNK
from pyjetsim.io.jets_h5.reader import PairsFile
from pyjetsim.io.jets_h5.source import PairsFormat
from pyjetsim.io.splits import Split, in_split
from pyjetsim.jets import Jets, Pairs
from pyjetsim.jets.noise import stream
from pyjetsim.jets.selection import Selection

_hashed: set[tuple[str, int, int]] = set()
"""Name, size and time of the files whose hash was right in this process."""
_one_at_a_time = Lock()


class PairsDataset:
    """A dataset to read from as from a :class:`~pyjetsim.io.PairsFile`. Use as a context manager.

    A few shards are open at a time. The size of a shard is compared with the index when the dataset is
    opened, its SHA-256 before its first pairs are read, once in a process.

    Parameters
    ----------
    folder : str or Path
        The dataset.

    Raises
    ------
    DataError
        On opening, for a folder without an index, another version, and shards that are missing or of another
        size; on reading, for a shard with another hash, and as :class:`~pyjetsim.io.PairsFile`.
    """

    def __init__(self, folder: str | Path) -> None:
        self.path = Path(folder)
        self.index: Index = read_index(self.path)
        for shard in self.index.shards:
            problem = misplaced(self.path, shard)
            if problem is not None:
                raise problem
        self._begin = np.cumsum([0, *(shard.pairs for shard in self.index.shards)])
        self._open: dict[int, PairsFile] = {}
        """Those that were read last, the last one at the end."""

    def __enter__(self) -> PairsDataset:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        while self._open:
            self._open.popitem()[1].__exit__(None, None, None)

    def __len__(self) -> int:
        return self.index.pairs

    @property
    def max_constituents(self) -> int:
        """P, the constituents that a jet has room for."""
        return self.index.max_constituents

    @property
    def weight_names(self) -> tuple[str, ...]:
        """(W,) what the weights are called."""
        return self.index.weight_names

    @property
    def provenance(self) -> dict[str, Any]:
        """What the provenances of all shards say alike, their counts added up, and the dataset's hash."""
        return dict(self.index.provenance)

    @property
    def columns(self) -> tuple[str, ...]:
        """Paths of the optional columns that the shards have."""
        return tuple(self.index.columns)

    @property
    def event(self) -> NDArray[np.int64]:
        """(N,) all event numbers: small enough to hold."""
        numbers = [self._file(i).event for i in range(len(self.index.shards))]
        return np.concatenate(numbers)

    def read(self, start: int = 0, stop: int | None = None) -> Pairs:
        """Pairs ``start`` to ``stop``, checked; see :meth:`pyjetsim.io.PairsFile.read`."""
        parts = [self._whole(i).read(first, last) for i, first, last in self._places(slice(start, stop))]
        return Pairs.concatenate(parts) if len(parts) != 1 else parts[0]

    def none(self) -> Pairs:
        """No pairs, with the columns of the shards."""
        return self._file(self._with_columns).none()

    def column(self, name: str, rows: slice = slice(None)) -> NDArray[Any]:
        """An optional column of all pairs, or some; see :meth:`pyjetsim.io.PairsFile.column`."""
        places = self._places(rows)
        return np.concatenate([self._file(i).column(name, slice(first, last)) for i, first, last in places])

    def batches(self, split: Split = "all", size: int = 8 * CHUNK) -> Iterator[Pairs]:
        """All pairs of a split, shard after shard; see :meth:`pyjetsim.io.PairsFile.batches`."""
        for i in range(len(self.index.shards)):
            # By rows, not by the shard's own iterator: reading elsewhere meanwhile may close the file.
            for start in range(0, self.index.shards[i].pairs, size):
                pairs = self._whole(i).read(start, start + size)
                inside = in_split(pairs.event, split)
                if inside.any():
                    yield pairs if inside.all() else pairs[inside]

    def selected(self, selection: Selection, split: Split = "all") -> Iterator[Pairs]:
        """Pairs whose reco jet is accepted; see :meth:`pyjetsim.io.PairsFile.selected`."""
        for pairs in self.batches(split):
            accepted = pairs[selection.accepts(pairs.reco)]
            if len(accepted):
                yield accepted

    def shuffled(
        self, size: int, seed: int, split: Split = "all", *, blocks: int = 32, workers: int | None = None
    ) -> Iterator[Pairs]:
        """All pairs of a split in a random order, in batches; memory does not grow.

        Blocks of rows that lie together in a shard are put in a random order, over all shards, and read; the
        rows of ``blocks`` of them at a time are mixed. The order depends on the seed, ``size`` and ``blocks``
        alone: threads read as many blocks ahead, and are waited for in turn.

        Parameters
        ----------
        size : int
            Pairs in a batch; the last one may have fewer.
        seed : int
            Another one, another order: one for each epoch.
        split : {"all", "train", "validation", "test"}
            Which events.
        blocks : int
            How many blocks, of 1024 rows each, are in the buffer.
        workers : int, optional
            Threads that read; None: one for each core, at most 4.

        Yields
        ------
        Pairs
            ``size`` of them.

        Raises
        ------
        DataError
            As :meth:`read`.
        InputError
            For sizes below 1.
        """
        workers = min(available_processes(), 4) if workers is None else workers
        for name, value in (("size", size), ("blocks", blocks), ("workers", workers)):
            if value < 1:
                raise InputError(f"{name} is {value}", "no pairs could be read", "give at least 1")
        rng = stream("order of a dataset", seed)
        starts = [
            (i, start) for i, shard in enumerate(self.index.shards) for start in range(0, shard.pairs, _BLOCK)
        ]
        rng.shuffle(starts)
        left: Pairs | None = None
        pool = _Pool()
        with _Ahead(self.path, starts, split, workers, blocks) as ahead:
            for _ in range(0, len(starts), blocks):
                read = [pairs for _, pairs in zip(range(blocks), ahead, strict=False)]
                parts = [part for part in (left, *read) if part is not None and len(part)]
                if not parts:
                    continue
                held = pool.filled(parts)
                order = rng.permutation(sum(map(len, parts)))
                whole = len(order) // size * size
                for start in range(0, whole, size):
                    yield held[order[start : start + size]]
                left = held[order[whole:]]
        if left is not None and len(left):
            yield left

    def _places(self, rows: slice) -> list[tuple[int, int, int]]:
        """Shards, and which of their rows: those of rows of the dataset, at least one shard."""
        first, last, _ = rows.indices(len(self))
        found = []
        for i, (begin, end) in enumerate(zip(self._begin, self._begin[1:], strict=False)):
            if max(first, begin) < min(last, end):
                found.append((i, int(max(first, begin) - begin), int(min(last, end) - begin)))
        return found or [(self._with_columns, 0, 0)]

    @property
    def _with_columns(self) -> int:
        """The first shard that has pairs, and so the columns; the first one where none has."""
        return next((i for i, shard in enumerate(self.index.shards) if shard.pairs), 0)

    def _whole(self, i: int) -> PairsFile:
        """A shard that is as it was indexed, to the byte."""
        shard = self.index.shards[i]
        check_hash(self.path, shard)
        return self._file(i)

    def _file(self, i: int) -> PairsFile:
        if i in self._open:
            self._open[i] = self._open.pop(i)
            return self._open[i]
        if len(self._open) >= _FILES:
            self._open.pop(next(iter(self._open))).__exit__(None, None, None)
        shard = self.index.shards[i]
        file = PairsFile(self.path / shard.name)
        alike = shard.pairs == 0 or file.columns == tuple(sorted(self.index.columns))
        if len(file) != shard.pairs or not alike:
            file.__exit__(None, None, None)
            raise _altered(self.path, shard)
        self._open[i] = file
        return file


_BLOCK = CHUNK
"""Rows that are read together in a shuffle: less than a chunk would be unpacked for nothing."""
_FILES = 16
"""That are open at a time; opening one takes as long as reading hundreds of pairs."""


class _Pool:
    """Pairs of several blocks, in arrays that are used again: to get fresh ones takes as long as reading."""

    def __init__(self) -> None:
        self._held: Pairs | None = None

    def filled(self, parts: list[Pairs]) -> Pairs:
        """The pairs of all parts, and behind them what was there; until the next call."""
        if self._held is None or len(self._held) < sum(map(len, parts)):
            self._held = Pairs.concatenate(parts)
            return self._held
        at = 0
        for part in parts:
            for mine, its in zip(_arrays(self._held), _arrays(part), strict=True):
                mine[at : at + len(part)] = its
            at += len(part)
        return self._held


def _arrays(pairs: Pairs) -> list[NDArray[Any]]:
    jets = [getattr(side, name) for side in (pairs.gen, pairs.reco) for name in Jets.__slots__]
    columns = [pairs.columns[name] for name in sorted(pairs.columns)]
    return [*jets, pairs.event, pairs.delta_r, pairs.n_vertices, *columns]


class _Ahead:
    """Blocks in their order, read by threads that are a buffer ahead, each with a dataset of its own."""

    def __init__(
        self, folder: Path, starts: list[tuple[int, int]], split: Split, workers: int, blocks: int
    ) -> None:
        self._folder, self._split = folder, split
        # As many as are mixed together: the threads go on while the caller has those.
        self._ahead = blocks + workers
        self._left = iter(starts)
        self._workers = workers
        self._own = local()
        self._opened: list[PairsDataset] = []
        self._waiting: deque[Future[Pairs]] = deque()

    def __enter__(self) -> Iterator[Pairs]:
        self._threads = ThreadPoolExecutor(self._workers, "pyjetsim-read")
        return self._blocks()

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)
        for dataset in self._opened:
            dataset._close()

    def _blocks(self) -> Iterator[Pairs]:
        for _ in range(self._ahead):
            self._ask()
        while self._waiting:
            pairs = self._waiting.popleft().result()
            self._ask()
            yield pairs

    def _ask(self) -> None:
        place = next(self._left, None)
        if place is not None:
            self._waiting.append(self._threads.submit(self._read, *place))

    def _read(self, shard: int, start: int) -> Pairs:
        if not hasattr(self._own, "dataset"):
            self._own.dataset = PairsDataset(self._folder)
            self._opened.append(self._own.dataset)
        dataset: PairsDataset = self._own.dataset
        pairs = dataset._whole(shard).read(start, start + _BLOCK)
        inside = in_split(pairs.event, self._split)
        return pairs if inside.all() else pairs[inside]


def misplaced(folder: Path, shard: Shard) -> DataError | None:
    """What is wrong with a shard that a look at the folder shows."""
    try:
        size = (folder / shard.name).stat().st_size
    except OSError:
        return DataError(
            f"{folder}: the shard {shard.name}, which its index names, is not there",
            f"its {shard.pairs} pairs would be missing",
            "put it back, or make it again with the command that made the dataset",
        )
    if size == shard.bytes:
        return None
    return DataError(
        f"{folder}: the shard {shard.name} has {size} bytes, and had {shard.bytes} when it was indexed",
        "it is truncated, or was changed" if size < shard.bytes else "it was changed",
        "put the whole file back; `pyjetsim dataset verify` looks at all shards",
    )


def check_hash(folder: Path, shard: Shard, *, again: bool = False) -> None:
    """Raise :class:`~pyjetsim.errors.DataError` for a shard that is not what was indexed.

    Looked at once in a process, unless ``again``.
    """
    path = folder / shard.name
    problem = misplaced(folder, shard)
    if problem is not None:
        raise problem
    known = (f"{path.absolute()} {shard.sha256}", shard.bytes, path.stat().st_mtime_ns)
    with _one_at_a_time:
        if again or known not in _hashed:
            if sha256_of(path) != shard.sha256:
                raise _altered(folder, shard)
            _hashed.add(known)


def _altered(folder: Path, shard: Shard) -> DataError:
    return DataError(
        f"{folder}: the shard {shard.name} is not what was indexed: its SHA-256 is another",
        "a bit was flipped, or it was changed",
        "put the right file back; `pyjetsim dataset verify` looks at all shards",
    )


class Dataset(PairsFormat):
    """A folder of jets.h5 with an index."""

    protocol: ClassVar[int] = 1
    name: ClassVar[str] = "a dataset of jets.h5"

    def recognises(self, start: bytes) -> bool:
        """No file is one: folders are asked for by :meth:`is_one`."""
        return False

    @staticmethod
    def is_one(path: Path) -> bool:
        """Whether a folder is one."""
        return is_dataset(path)

    def pairs(self, path: Path) -> AbstractContextManager[PairsDataset]:
        """All pairs."""
        return PairsDataset(path)
