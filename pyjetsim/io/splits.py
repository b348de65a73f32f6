"""Training, validation and test events, told apart by a hash of the event number."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import InputError

Split = Literal["train", "validation", "test", "all"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test", "all")
_SPLIT_FRACTIONS = (("train", 0.6), ("validation", 0.2), ("test", 0.2))


def split_share(split: Split) -> float:
    """The share of all events that a split has, on average."""
    return dict(_SPLIT_FRACTIONS).get(split, 1.0)


def in_split(event: NDArray[np.integer], split: Split) -> NDArray[np.bool_]:
    """Which events belong to a split: 60 % train, 20 % validation, 20 % test.

    Parameters
    ----------
    event : integer array (N,)
        Event numbers.
    split : {"train", "validation", "test", "all"}
        Which.

    Returns
    -------
    bool array (N,)
        True for the events of the split.

    Raises
    ------
    InputError
        For a split of another name.

    Notes
    -----
    By a hash of the event number, so jets of one event stay together and a longer file keeps the split of a
    shorter one. The hash is the output of splitmix64 (S. Vigna, https://prng.di.unimi.it/splitmix64.c) whose
    state is the event number; its upper 53 bits, divided by 2^53, are a place in [0, 1): below 0.6 is train,
    from 0.6 to 0.8 validation, the rest test.
    """
    if split == "all":
        return np.ones(len(event), np.bool_)
    if split not in SPLITS:
        raise InputError(
            f"there is no split {split!r}",
            "training must not see test jets",
            f"use one of {', '.join(SPLITS)}",
        )
    with np.errstate(over="ignore"):
        x = event.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        position = ((x ^ (x >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    low = 0.0
    for name, fraction in _SPLIT_FRACTIONS:
        if name == split:
            return np.asarray((position >= low) & (position < low + fraction))
        low += fraction
    raise AssertionError(split)
