"""What the graph model learns: each gen constituent's fate, and the extras."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from pyjetsim.models.base import Batch
from pyjetsim.models.graph.geometry import Local, localised

UNIT = (0.2, 0.02, 0.02)
"""Changes of log pt, eta and phi that are 1 to the model."""
EXTRA_UNIT = (1.0, 0.25, 0.25)
_LARGEST = 10.0
"""Of a change: beyond, a match is taken for a poor one and must not pull."""


class Target(NamedTuple):
    """B pairs; n gen constituents, K extras, the matched ones' changes in UNIT."""

    kept: Tensor
    """(B, n) 1 where a gen constituent has a reco one."""
    change: Tensor
    """(B, n, 3)."""
    extra: Tensor
    """(B, K) 1 for the extras there are."""
    place: Tensor
    """(B, K, 3): log pt in GeV, eta and phi from the gen axis, in EXTRA_UNIT."""
    response: Tensor
    """(B, 3): log of reco over gen pt in units of 0.2, of their multiplicities, and extras over K."""


def target_of(batch: Batch, local: Local, unit: Tensor, extra_unit: Tensor) -> Target:
    """Gather what the reco jet says of each gen constituent; the units are UNIT and EXTRA_UNIT, (3,) each."""
    matched, extras = (batch.tensors[name].long() for name in ("matched", "extras"))
    kept = (matched >= 0).to(local.there.dtype)[:, : local.there.shape[1]]
    extra = (extras >= 0).to(kept.dtype)
    of_match = _around(_taken(batch.reco, matched[:, : kept.shape[1]]), local)
    of_extra = _around(_taken(batch.reco, extras), local)
    here = torch.stack([local.log_pt, local.eta - local.axis[:, :1], local.delta_phi], 2)
    change = ((of_match - here) / unit).clamp(-_LARGEST, _LARGEST) * kept.unsqueeze(2)
    place = (of_extra / extra_unit) * extra.unsqueeze(2)
    reco = localised(batch.reco)
    response = torch.cat(
        [
            (reco.jet_log_pt - local.jet_log_pt) / 0.2,
            torch.log(
                reco.there.sum(1, keepdim=True).clamp(min=1) / local.there.sum(1, keepdim=True).clamp(min=1)
            ),
            extra.mean(1, keepdim=True),
        ],
        1,
    )
    return Target(kept, change, extra, place, response.clamp(-_LARGEST, _LARGEST))


def _taken(constituents: Tensor, index: Tensor) -> Tensor:
    return torch.gather(constituents, 1, index.clamp(min=0).unsqueeze(2).expand(-1, -1, 3))


def _around(constituents: Tensor, local: Local) -> Tensor:
    """Log pt, and eta and phi from the gen jet's axis."""
    x, y, z = constituents.unbind(2)
    pt = torch.sqrt(x.square() + y.square()).clamp(min=1e-6)
    jet_eta, cosine, sine = local.axis.unsqueeze(2).unbind(1)
    phi = torch.atan2(y * cosine - x * sine, x * cosine + y * sine + (pt <= 1e-6))
    return torch.stack([torch.log(pt), torch.asinh(z / pt) - jet_eta, phi], 2)
