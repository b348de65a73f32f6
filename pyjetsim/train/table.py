"""Examples of one split on disk, read back in shuffled batches with flat memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pyjetsim._utils.output import storage_errors
from pyjetsim.jets.jets import WEIGHT
from pyjetsim.tasks import Task

_BLOCK = 512
"""Rows that lie together on disk and move together in a shuffle."""
_POOL = 64
"""Blocks that are mixed row by row: 32,768 pairs, 46 MB at P = 50."""
_WINDOW = 32
"""Batches that are sorted by length together: long enough to find rows alike, short enough to mix."""

_Rows = NDArray[np.void]


class Table:
    """Rows of a task's examples, uncompressed: a value of each column.

    Batches are read, not mapped, so that resident memory does not grow with the file.
    """

    def __init__(self, path: Path, task: Task) -> None:
        self.path = path
        self._task = task
        self._row = np.dtype([])
        self._rows = 0
        self._sum_of_weights = 0.0

    def __len__(self) -> int:
        return self._rows

    def to_json(self) -> dict[str, Any]:
        """What must be known to read the file again."""
        row = [[name, *_described(self._row[name])] for name in self._row.names or ()]
        return {"row": row, "rows": self._rows, "sum_of_weights": self._sum_of_weights}

    @classmethod
    def from_json(cls, told: Mapping[str, Any], path: Path, task: Task) -> Table:
        """The table that :meth:`to_json` told of; ValueError where the file is not as long."""
        table = cls(path, task)
        table._row = np.dtype([(name, dtype, tuple(shape)) for name, dtype, shape in told["row"]])
        table._rows, table._sum_of_weights = int(told["rows"]), float(told["sum_of_weights"])
        if path.stat().st_size != table._rows * table._row.itemsize:
            raise ValueError(f"{path} is not as long as it was")
        return table

    def append(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Add rows: name to (N, ...), the same names every time."""
        if not self._rows:
            self._row = np.dtype([(name, values.dtype, values.shape[1:]) for name, values in columns.items()])
        rows = np.empty(len(next(iter(columns.values()))), self._row)
        for name, values in columns.items():
            rows[name] = values
        with storage_errors(self.path), self.path.open("ab") as file:
            file.write(rows.tobytes())
        self._rows += len(rows)
        if WEIGHT in columns:
            self._sum_of_weights += float(columns[WEIGHT].sum(dtype=np.float64))

    @property
    def mean_weight(self) -> float:
        """Of all rows; 1 where they have no weights."""
        return self._sum_of_weights / self._rows if WEIGHT in (self._row.names or ()) else 1.0

    def batches(
        self, size: int, shuffle: np.random.Generator | None = None, *, by_length: bool = False
    ) -> Iterator[Any]:
        """Batches as the task makes them, once through the table.

        ``shuffle`` mixes blocks over the whole table and rows within a pool of blocks. ``by_length``
        then puts rows of like length into a batch, for models that need not compute padding.
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
                for rows in self._alike(batches, shuffle) if by_length else batches:
                    yield self._batch(rows)
                left = pool[whole:]
        if len(left):
            yield self._batch(left)

    def _read(self, file: Any, start: int) -> _Rows:
        file.seek(self._row.itemsize * int(start))
        return np.fromfile(file, self._row, min(_BLOCK, self._rows - int(start)))

    def _batch(self, rows: _Rows) -> Any:
        columns = {name: torch.from_numpy(np.ascontiguousarray(rows[name])) for name in self._row.names or ()}
        if WEIGHT in columns:
            # By the mean of the table, not of the batch, which may be negative.
            columns[WEIGHT] = (columns[WEIGHT] / self.mean_weight).float()
        lengths = self._lengths(rows)
        return self._task.batch(columns, None if lengths is None else int(lengths.max(initial=0)))

    def _lengths(self, rows: _Rows) -> NDArray[np.int64] | None:
        return self._task.lengths({name: rows[name] for name in self._row.names or ()})

    def _alike(self, batches: _Rows, shuffle: np.random.Generator | None) -> Iterator[_Rows]:
        """The same rows in other batches: sorted by length, a window of batches at a time."""
        for first in range(0, len(batches), _WINDOW):
            window = batches[first : first + _WINDOW]
            rows = window.reshape(-1)
            lengths = self._lengths(rows)
            if lengths is None:
                yield from window
                continue
            ordered = rows[np.argsort(lengths, kind="stable")].reshape(window.shape)
            if shuffle is not None:
                shuffle.shuffle(ordered)
            yield from ordered


def _described(dtype: np.dtype[Any]) -> tuple[str, list[int]]:
    base, shape = dtype.subdtype or (dtype, ())
    return base.str, list(shape)


def rows_of(batch: Any) -> int:
    """How many rows a batch has."""
    return len(next(value for value in batch if isinstance(value, torch.Tensor)))
