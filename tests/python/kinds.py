"""A small model that uses identities, tells them, and gives more constituents than it takes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from pyjetsim.models import JetModel, JetModelConfig
from pyjetsim.models.base import Batch

P, EXTRAS = 40, 8
CHARGED = (211, 321, 11, 13, 2212)


class Kinds(JetModel):
    """Charged particles are measured well, photons and neutral hadrons less so, and some are lost.

    Particles of unknown kind are all measured alike, and half are called tracks. Extras have noise of
    their own.
    """

    Config = JetModelConfig
    uses_pid = True

    def __init__(self) -> None:
        super().__init__(JetModelConfig(max_constituents=P))
        self.widths = torch.nn.Parameter(torch.tensor([0.02, 0.1, 0.3, 0.2]))

    @property
    def noise_size(self) -> int:
        """One number a constituent and an extra."""
        return P + EXTRAS

    @property
    def max_reco_constituents(self) -> int:
        """Those it takes, and extras."""
        return P + EXTRAS

    def loss(self, batch: Batch, settings: Any) -> dict[str, Tensor]:
        """Never trained."""
        raise NotImplementedError

    def forward(
        self, constituents: Tensor, noise: Tensor, pid: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Constituents (B, P + EXTRAS, 3) in GeV and their pid (B, P + EXTRAS)."""
        assert pid is not None
        of_gen, of_extras = noise[:, :P], noise[:, P:]
        known = (pid != 0).any(dim=1, keepdim=True)
        kind = torch.full_like(pid, 2)
        for each in CHARGED:
            kind = torch.where(pid.abs() == each, 0, kind)
        kind = torch.where(pid == 22, 1, kind)
        kind = torch.where(known, kind, 3)

        present = (constituents != 0).any(dim=2) & (of_gen > -1.2)
        scale = torch.where(present, 1 + 0.3 * torch.tanh(self.widths[kind.long()] * of_gen), 0)
        track = torch.where(pid < 0, -211, 211)
        told = torch.where(kind == 0, track, torch.where(kind == 1, 22, 130))
        told = torch.where(known, told, torch.where(of_gen > 0, 211, 130))

        axis = constituents.sum(dim=1, keepdim=True)
        share = torch.where(of_extras > 0.5, 0.01 * of_extras, 0)
        extra_pid = torch.where(of_extras > 0.5, 22, 0)
        reco = torch.cat([constituents * scale[..., None], axis * share[..., None]], dim=1)
        return reco, torch.cat([torch.where(present, told, 0), extra_pid], dim=1).to(torch.int32)
