"""Whole chunks of a jets.h5, unpacked outside HDF5, which admits one thread at a time."""

from __future__ import annotations

import math
import zlib
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

_PACKED = [h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_DEFLATE]
"""The filters of a column, in the order in which the writer applied them."""


def chunk_of(column: h5py.Dataset, rows: slice) -> NDArray[Any] | None:
    """Rows that begin with a chunk and end in it; other threads can work while it is unpacked.

    Parameters
    ----------
    column : h5py.Dataset
        (N, ...).
    rows : slice
        Which of its rows.

    Returns
    -------
    array (n, ...) or None
        What ``column[rows]`` gives. None where it has to be asked: for other rows, columns that were written
        in another way, and chunks that are missing or damaged.
    """
    start, stop, step = rows.indices(len(column))
    chunks, dtype = column.chunks, column.dtype
    if chunks is None or chunks[1:] != column.shape[1:] or step != 1 or dtype.hasobject:
        return None
    if start % chunks[0] or not 0 < stop - start <= chunks[0]:
        return None
    created = column.id.get_create_plist()
    if [created.get_filter(i)[0] for i in range(created.get_nfilters())] != _PACKED:
        return None
    try:
        skipped, packed = column.id.read_direct_chunk((start, *(0 for _ in chunks[1:])))
        count = math.prod(chunks)
        plain = zlib.decompress(packed, bufsize=count * dtype.itemsize)
    except (OSError, RuntimeError, ValueError, zlib.error):
        return None
    if skipped or len(plain) != count * dtype.itemsize:
        return None
    # The first bytes of all values stand together, then the second ones.
    shuffled = np.frombuffer(plain, np.uint8).reshape(dtype.itemsize, count)
    values = np.empty((count, dtype.itemsize), np.uint8)
    for place, its in enumerate(shuffled):
        values[:, place] = its
    whole: NDArray[Any] = values.view(dtype).reshape(chunks)
    return whole[: stop - start]
