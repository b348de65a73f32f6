"""Objects of two collections by distance: partners, and who is close."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim.jets.kinematics import delta_phi

Index = NDArray[np.intp]
Float = NDArray[np.float64]


class Directions(NamedTuple):
    """Directions of N objects of several events."""

    eta: Float
    phi: Float
    event: Index
    """(N,) 0 to E - 1, never falling."""


class Close(NamedTuple):
    """Pairs of objects of one event: which, and how far the other one is."""

    one: Index
    other: Index
    deta: Float
    """Eta of ``one`` less that of ``other``."""
    dphi: Float
    dr: Float


def close(one: Directions, other: Directions, max_delta_r: float) -> Close:
    """All pairs closer than ``max_delta_r``, in the order of ``one``."""
    first = np.searchsorted(other.event, one.event)
    count = np.searchsorted(other.event, one.event, "right") - first
    a = np.repeat(np.arange(len(one.event)), count)
    b = np.arange(len(a)) + np.repeat(first - (np.cumsum(count) - count), count)
    deta = one.eta[a] - other.eta[b]
    dphi = np.asarray(delta_phi(one.phi[a], other.phi[b]), np.float64)
    dr = np.hypot(deta, dphi)
    near = np.flatnonzero(dr < max_delta_r)
    return Close(a[near], b[near], deta[near], dphi[near], dr[near])


def partners(one: Directions, other: Directions, max_delta_r: float) -> tuple[Index, Index]:
    """Pair objects, the closest first, each with one partner at most.

    Returns the row of each object's partner, -1 for none: (N,) of ``one`` and (M,) of ``other``.
    """
    found = close(one, other, max_delta_r)
    of_one, of_other = np.full(len(one.event), -1, np.intp), np.full(len(other.event), -1, np.intp)
    for pair in np.argsort(found.dr, kind="stable"):
        a, b = found.one[pair], found.other[pair]
        if of_one[a] < 0 and of_other[b] < 0:
            of_one[a], of_other[b] = b, a
    return of_one, of_other


def ranked(one: Directions, other: Directions, max_delta_r: float, number: int) -> list[Close]:
    """The closest, second closest… of ``other`` to each of ``one``, those that are there."""
    found = close(one, other, max_delta_r)
    order = np.lexsort((found.dr, found.one))
    sorted_one = found.one[order]
    rank = np.arange(len(order)) - np.searchsorted(sorted_one, sorted_one)
    return [Close(*(values[order[rank == i]] for values in found)) for i in range(number)]
