"""Pairs of one split on disk, read back in shuffled batches with flat memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pyjetsim._utils.output import storage_errors
from pyjetsim.jets import Jets
from pyjetsim.models import Batch

_BLOCK = 512
"""Pairs that lie together on disk and move together in a shuffle."""
_POOL = 64
"""Blocks that are mixed jet by jet: 32,768 pairs, 46 MB at P = 50."""
_WINDOW = 32
"""Batches that are sorted by length together: long enough to find jets alike, short enough to mix."""

_Rows = NDArray[np.void]


class PairTable:
    """Rows of gen and reco constituents, gen pids and a model's own tensors, uncompressed.

    Batches are read, not mapped, so that resident memory does not grow with the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._row = np.dtype([])
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def append(self, gen: Jets, reco: Jets, tensors: Mapping[str, NDArray[Any]]) -> None:
        """Add pairs, already truncated and padded to P and R."""
        columns: dict[str, NDArray[Any]] = {
            "gen": gen.constituents.astype(np.float32, copy=False),
            "reco": reco.constituents.astype(np.float32, copy=False),
            "gen_pid": gen.pid.astype(np.int32, copy=False),
            **{f"tensors/{name}": values for name, values in tensors.items()},
        }
        if not self._rows:
            self._row = np.dtype([(name, values.dtype, values.shape[1:]) for name, values in columns.items()])
        rows = np.empty(len(gen), self._row)
        for name, values in columns.items():
            rows[name] = values
        with storage_errors(self.path), self.path.open("ab") as file:
            file.write(rows.tobytes())
        self._rows += len(rows)

    def batches(
        self, size: int, shuffle: np.random.Generator | None = None, *, by_length: bool = False
    ) -> Iterator[Batch]:
        """Batches of pairs, once through the table.

        ``shuffle`` mixes blocks over the whole table and jets within a pool of blocks. ``by_length``
        then puts jets of like multiplicity into a batch, for models that need not compute padding.
        """
        starts = np.arange(0, self._rows, _BLOCK)
        if shuffle is not None:
            shuffle.shuffle(starts)
        left = np.empty(0, self._row)
        with self.path.open("rb") as file:
            for first in range(0, len(starts), _POOL):
                pool = np.concatenate(
                    [left, *(self._read(file, start) for start in starts[first : first + _POOL])]
                )
                if shuffle is not None:
                    shuffle.shuffle(pool)
                whole = len(pool) // size * size
                batches = pool[:whole].reshape(-1, size)
                for rows in _alike(batches, shuffle) if by_length else batches:
                    yield self._batch(rows)
                left = pool[whole:]
        if len(left):
            yield self._batch(left)

    def _read(self, file: Any, start: int) -> _Rows:
        file.seek(self._row.itemsize * int(start))
        return np.fromfile(file, self._row, min(_BLOCK, self._rows - int(start)))

    def _batch(self, rows: _Rows) -> Batch:
        columns = {name: torch.from_numpy(np.ascontiguousarray(rows[name])) for name in self._row.names or ()}
        own = {name.removeprefix("tensors/"): columns[name] for name in columns if "/" in name}
        longest = int(_lengths(rows).max(initial=0))
        return Batch(columns["gen"], columns["reco"], columns["gen_pid"], own, longest)


def _lengths(rows: _Rows) -> NDArray[np.int64]:
    """Constituents of each gen jet."""
    lengths: NDArray[np.int64] = (rows["gen"] != 0).any(-1).sum(-1)
    return lengths


def _alike(batches: _Rows, shuffle: np.random.Generator | None) -> Iterator[_Rows]:
    """The same pairs in other batches: sorted by gen multiplicity, a window of batches at a time."""
    for first in range(0, len(batches), _WINDOW):
        window = batches[first : first + _WINDOW]
        rows = window.reshape(-1)
        ordered = rows[np.argsort(_lengths(rows), kind="stable")].reshape(window.shape)
        if shuffle is not None:
            shuffle.shuffle(ordered)
        yield from ordered
