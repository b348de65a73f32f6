"""Datasets: a folder of jets.h5 and an index, read as one file."""

from __future__ import annotations

from pyjetsim.io.dataset.folder import append, make, merge, split, verify
from pyjetsim.io.dataset.index import INDEX, Index, Shard, is_dataset, read_index
from pyjetsim.io.dataset.reader import PairsDataset

__all__ = [
    "INDEX",
    "Index",
    "PairsDataset",
    "Shard",
    "append",
    "is_dataset",
    "make",
    "merge",
    "read_index",
    "split",
    "verify",
]
