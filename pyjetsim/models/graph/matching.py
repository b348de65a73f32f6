"""Which reco constituent came of which gen constituent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.jets import Jets, delta_phi, transverse_momentum

_DISTANCE = 0.05
_LOG_PT = 0.5
_FARTHEST = 3.0
_BLOCK = 1024
"""Jets whose distances are held at once."""

Index = NDArray[np.int16]


def match(gen: Jets, reco: Jets) -> Index:
    """(N, P): the reco constituent of each gen one, -1 where it has none.

    Greedy: of all pairs the nearest first, by distance in (eta, phi) over 0.05 and in log pt over
    0.5, in quadrature, up to 3. Greedy and optimal assignment differ where two are about as good.
    """
    blocks = range(0, len(gen), _BLOCK)
    return np.concatenate([_match(gen[i : i + _BLOCK], reco[i : i + _BLOCK]) for i in blocks])


def unmatched(matches: Index, reco: Jets, room: int) -> Index:
    """(N, room): the reco constituents that no gen one claims, the hardest first, -1 after the last."""
    n, size = reco.constituents.shape[:2]
    # One more column takes what gen constituents without a match would claim.
    claimed = np.zeros((n, size + 1), bool)
    np.put_along_axis(claimed, np.where(matches < 0, size, matches).astype(np.int64), True, axis=1)
    free = reco.present & ~claimed[:, :size]
    order = np.argsort(~free, axis=1, kind="stable")[:, :room]
    found = np.where(np.take_along_axis(free, order, axis=1), order, -1).astype(np.int16)
    return np.pad(found, ((0, 0), (0, room - found.shape[1])), constant_values=-1)


def _match(gen: Jets, reco: Jets) -> Index:
    costs = _costs(gen, reco)
    matches = np.full(costs.shape[:2], -1, np.int16)
    # Who is nearest to each other is what a greedy choice takes: all such pairs at once, until none is left.
    while True:
        nearest = costs.argmin(2)
        best = np.take_along_axis(costs, nearest[..., None], 2)[..., 0]
        back = np.take_along_axis(costs.argmin(1), nearest, 1)
        mutual = (back == np.arange(costs.shape[1])) & (best <= _FARTHEST**2)
        if not mutual.any():
            return matches
        jet, row = np.nonzero(mutual)
        column = nearest[jet, row]
        matches[jet, row] = column
        costs[jet, row, :] = np.inf
        costs[jet, :, column] = np.inf


def _costs(gen: Jets, reco: Jets) -> NDArray[np.float32]:
    """(N, P, R) squared, infinite where either is padding."""
    (log_pt, eta, phi), (reco_log_pt, reco_eta, reco_phi) = (_coordinates(jets) for jets in (gen, reco))
    squared: NDArray[np.float32] = np.square(eta[:, :, None] - reco_eta[:, None])
    squared += np.square(delta_phi(phi[:, :, None], reco_phi[:, None]))
    squared /= _DISTANCE**2
    squared += np.square((log_pt[:, :, None] - reco_log_pt[:, None]) / _LOG_PT)
    absent = ~(gen.present[:, :, None] & reco.present[:, None])
    squared[absent] = np.inf
    return squared


def _coordinates(jets: Jets) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    pt = np.maximum(transverse_momentum(jets.constituents), 1e-6)
    x, y, z = np.moveaxis(jets.constituents, 2, 0)
    return np.log(pt), np.arcsinh(z / pt), np.arctan2(y, x)
