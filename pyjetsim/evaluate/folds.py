"""Histograms of several simulations of the same gen jets: they share their uncertainty."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Counts(NamedTuple):
    """Sums of weights in bins, and their variances."""

    value: NDArray[np.float64]
    variance: NDArray[np.float64]


def folded_counts(
    place: NDArray[np.integer], size: int, event: ArrayLike, weight: ArrayLike | None = None
) -> Counts:
    """Count entries of gen events, each of which has several.

    Parameters
    ----------
    place
        (N,) the bin of each entry, 0 to `size` - 1.
    size
        How many bins there are.
    event
        (N,) the gen event of each entry, by any number.
    weight
        (N,) such as :func:`fold_weights`; None: 1 each.

    Returns
    -------
    Counts
        (`size`,) each. The variance is the sum over gen events of (the sum of its weights in the bin)
        squared: events are independent of each other, entries of one event are not, such as the K simulations
        of a gen jet with a weight of 1/K each.
    """
    weights = np.ones(len(place)) if weight is None else np.asarray(weight, np.float64)
    _, events = np.unique(np.asarray(event), return_inverse=True)
    key, which = np.unique(events * size + place, return_inverse=True)
    together = np.bincount(which, weights, minlength=len(key))
    value, variance = (
        np.bincount(key % size, each, size).astype(np.float64) for each in (together, together**2)
    )
    return Counts(value, variance)


def fold_weights(copy: NDArray[np.integer]) -> NDArray[np.float64]:
    """Weights (N,) of simulations with the numbers `copy` (N,), 0 to K - 1: 1/K each.

    K is one more than the largest number there is: simulations that a cut took away have counted, too.
    """
    return np.full(len(copy), 1 / (int(copy.max()) + 1) if len(copy) else 1.0)


def event_numbers(*keys: NDArray[np.integer]) -> NDArray[np.intp]:
    """Number events (N,) that differ in any of `keys`, each (N,): run, luminosity block and event."""
    numbers: NDArray[np.intp] = np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)[1]
    return numbers.reshape(-1)
