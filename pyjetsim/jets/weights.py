"""Weights of events: which of several is meant, and estimates with weights of either sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import InputError
from pyjetsim.jets.jets import WEIGHT, Pairs

Values = NDArray[np.float64]
NO_WEIGHT = "none"
"""The word for: each jet counts once."""


def weight_place(pairs: Pairs, weight: str | int, source: str = "") -> int:
    """Which of the weights of pairs is meant.

    Parameters
    ----------
    pairs : Pairs
        Any of a file, such as none.
    weight : str or int
        Its name, or its place from 0; a text of digits that is no name is a place, too.
    source : str
        The file, for messages.

    Returns
    -------
    int
        Its place.

    Raises
    ------
    InputError
        Where there is no such weight.
    """
    whose = f" in {source}" if source else ""
    columns, names = pairs.columns.get(WEIGHT), pairs.weight_names
    if columns is None:
        raise InputError(
            f"there is no weight {weight!r}{whose}",
            "its jets have no weights",
            "leave it out, or make the file of weighted events",
        )
    n = columns.shape[1]
    if weight in names:
        return names.index(str(weight))
    place = int(weight) if isinstance(weight, int) or weight.isdecimal() else -1
    if 0 <= place < n and not isinstance(weight, bool):
        return place
    told = f"{', '.join(names) or 'without names'} ({n})"
    raise InputError(
        f"there is no weight {weight!r}{whose}",
        f"its weights are {told}",
        f"give one of their names, or a place from 0 to {n - 1}",
    )


def effective_number(weights: NDArray[Any]) -> float:
    r"""How many entries of weight 1 have the relative uncertainty of these together.

    Parameters
    ----------
    weights : array (N,)
        Of either sign.

    Returns
    -------
    float
        :math:`(\sum w)^2 / \sum w^2`; 0 where all are 0.
    """
    squares = float(np.square(weights, dtype=np.float64).sum())
    return float(weights.sum(dtype=np.float64)) ** 2 / squares if squares > 0 else 0.0


def effective_entries(n: int, weights: NDArray[Any] | None) -> float:
    """How many entries of weight 1 know a distribution as well as ``n`` with weights (n,) do.

    ``n`` where ``weights`` is None; 0 where their sum is not above 0: they are no distribution.
    """
    if weights is None:
        return float(n)
    return effective_number(weights) if weights.sum() > 0 else 0.0


def weighted_quantiles(values: NDArray[Any], weights: NDArray[Any], shares: Sequence[float]) -> Values:
    """Quantiles of a distribution that is known by entries with weights of either sign.

    Parameters
    ----------
    values : array (N,)
        At least one.
    weights : array (N,) or (N, R)
        Their sum, for each of R sets, is above 0.
    shares : sequence of float
        Q of them, from 0 to 1.

    Returns
    -------
    float64 array (Q,) or (Q, R)
        Values at which the cumulative sum of weights reaches the shares of the total; NaN where the total is
        not above 0.

    Notes
    -----
    Negative weights let the cumulative sum fall again. It is made monotone from both sides, by the mean of
    its largest value so far and its smallest value from there on, which favours neither end; with positive
    weights it is unchanged.
    """
    order = np.argsort(values, kind="stable")
    ordered = np.asarray(values, np.float64)[order]
    below = np.cumsum(np.asarray(weights, np.float64)[order], axis=0)
    total = below[-1]
    if (np.asarray(weights) < 0).any():
        rising = np.maximum.accumulate(below, axis=0)
        falling = np.minimum.accumulate(below[::-1], axis=0)[::-1]
        below = (rising + falling) / 2
    found = np.stack([ordered[np.argmax(below >= share * total, axis=0)] for share in shares])
    return np.where(total > 0, found, np.nan)
