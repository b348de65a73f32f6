"""Which kind of particle stands where the file does not say."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pyjetsim.models.cells.geometry import asinh
from pyjetsim.models.cells.heads import mlp
from pyjetsim.models.cells.mixtures import draw_category
from pyjetsim.models.cells.noise import Noise
from pyjetsim.models.cells.particles import CHARGED_HADRON, ELECTRON, KINDS, MUON, TYPICAL

_HIDDEN = 16


class IdentityModel(nn.Module):
    """p(kind | pt, eta), learnt from jets that have ids; charges are + or - with equal chance."""

    typical: Tensor
    charged: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.logits = mlp(3, _HIDDEN, len(KINDS), 1)
        self.register_buffer("typical", torch.tensor(TYPICAL, dtype=torch.int32), persistent=False)
        charged = torch.zeros(len(KINDS), dtype=torch.int32)
        charged[[CHARGED_HADRON, ELECTRON, MUON]] = 1
        self.register_buffer("charged", charged, persistent=False)

    def nll(self, constituents: Tensor, kind: Tensor) -> Tensor:
        """-log likelihood (B,) of the kinds (B, P, 5) of particles (B, P, 3): one-hot, zeros for padding."""
        return -(F.log_softmax(self._logits(constituents), -1) * kind).sum((1, 2))

    def complete(self, constituents: Tensor, pid: Tensor, noise: Noise) -> Tensor:
        """Ids (B, P) int32 with those that are 0 replaced by drawn ones; noise (B, P, TOKEN)."""
        kind = draw_category(self._logits(constituents), noise.pick("kind").uniform[..., 0])
        negative = (noise.pick("charge").uniform[..., 0] < 0.5).to(torch.int32)
        drawn = self.typical[kind] * (1 - 2 * negative * self.charged[kind])
        ids = pid.to(torch.int32)
        return torch.where(ids == 0, drawn, ids)

    def _logits(self, constituents: Tensor) -> Tensor:
        pt = torch.sqrt(constituents[..., :2].square().sum(-1)).clamp(min=1e-3)
        eta = asinh(constituents[..., 2] / pt).clamp(-6, 6)
        logits: Tensor = self.logits(torch.stack([torch.log(pt), eta.abs() - 1, (eta / 2).square()], -1))
        return logits
