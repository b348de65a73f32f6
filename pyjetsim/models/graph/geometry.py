"""Constituents seen from their jet's axis, and back to momenta."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

_SMALL = 1e-6
"""GeV: what padding and empty jets are taken for, so that their logarithms are finite."""
_SOFT = 1e-4
"""Squared distance below which two constituents count as one."""
_CELL = 0.05
"""Distance over which neighbours share calorimeter cells."""
_FAINT = -16.0
"""Smallest exponent: below, the result is negligible, and denormal floats are slow."""
_ETA_MAX = 6.0


class Local(NamedTuple):
    """A batch of jets with n constituents each."""

    there: Tensor
    """(B, n) 1 for constituents, 0 for padding."""
    log_pt: Tensor
    """(B, n) pt in GeV."""
    eta: Tensor
    """(B, n)."""
    delta_phi: Tensor
    """(B, n) from the axis, in [-pi, pi]."""
    axis: Tensor
    """(B, 3): eta, and cosine and sine of phi."""
    jet_log_pt: Tensor
    """(B, 1)."""


def localised(constituents: Tensor) -> Local:
    """Constituents (B, n, 3) in GeV around the axis of their sum."""
    there = (constituents != 0).any(2).to(constituents.dtype)
    jet = constituents.sum(1)
    jet_pt = torch.sqrt(jet[:, 0].square() + jet[:, 1].square()).clamp(min=_SMALL).unsqueeze(1)
    direction = jet[:, :2] / jet_pt
    jet_eta = torch.asinh(jet[:, 2:] / jet_pt).clamp(-_ETA_MAX, _ETA_MAX)
    x, y, z = constituents.unbind(2)
    pt = torch.sqrt(x.square() + y.square()).clamp(min=_SMALL)
    eta = torch.asinh(z / pt).clamp(-_ETA_MAX, _ETA_MAX)
    cosine, sine = direction[:, :1], direction[:, 1:]
    along = x * cosine + y * sine
    # Padding has no direction: nothing of it may become a NaN in a gradient.
    delta_phi = torch.atan2(y * cosine - x * sine, along + (1 - there))
    axis = torch.cat([jet_eta, direction], 1)
    return Local(there, torch.log(pt), eta, delta_phi, axis, torch.log(jet_pt))


def momenta(log_pt: Tensor, eta: Tensor, delta_phi: Tensor, axis: Tensor) -> Tensor:
    """Momenta (B, n, 3) in GeV; ``axis`` is that of :class:`Local`."""
    pt, eta = torch.exp(log_pt), eta.clamp(-_ETA_MAX, _ETA_MAX)
    cosine, sine = axis[:, 1:2], axis[:, 2:3]
    along, across = torch.cos(delta_phi), torch.sin(delta_phi)
    return torch.stack(
        [
            pt * (along * cosine - across * sine),
            pt * (along * sine + across * cosine),
            pt * torch.sinh(eta),
        ],
        2,
    )


def node_features(local: Local) -> Tensor:
    """What a constituent knows of itself and its jet: (B, n, 8), about unit size."""
    delta_eta = local.eta - local.axis[:, :1]
    distance = torch.sqrt(delta_eta.square() + local.delta_phi.square() + _SOFT)
    jet_log_pt = local.jet_log_pt.expand_as(local.log_pt)
    features = torch.stack(
        [
            local.log_pt,
            local.log_pt - jet_log_pt + 3,
            4 * delta_eta,
            4 * local.delta_phi,
            torch.log(distance) + 2,
            local.eta,
            local.eta.square() - 1,
            jet_log_pt - 5,
        ],
        2,
    )
    return features * local.there.unsqueeze(2)


def pair_features(local: Local) -> tuple[Tensor, Tensor]:
    """How near two constituents are, in two ways, each (B, n, n): far off and within a cell."""
    delta_eta = local.eta.unsqueeze(2) - local.eta.unsqueeze(1)
    delta_phi = local.delta_phi.unsqueeze(2) - local.delta_phi.unsqueeze(1)
    squared = delta_eta.square() + delta_phi.square()
    return torch.log(squared + _SOFT) + 3, torch.exp((squared * (-1 / _CELL**2)).clamp(min=_FAINT))


def crowding(local: Local, nearness: tuple[Tensor, Tensor]) -> Tensor:
    """Logarithm (B, n, 1) of the pt within a cell over a constituent's own: attention forgets sums."""
    pt = torch.exp(local.log_pt) * local.there
    around = torch.matmul(nearness[1], pt.unsqueeze(2))
    return torch.log1p(around / torch.exp(local.log_pt).unsqueeze(2)) * local.there.unsqueeze(2)
