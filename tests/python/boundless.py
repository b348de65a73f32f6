"""A small model whose answer overflows for jets far outside its domain."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from pyjetsim.models import JetModel, JetModelConfig
from pyjetsim.models.base import Batch


class Boundless(JetModel):
    """Momenta grow with their cube."""

    Config = JetModelConfig

    def __init__(self) -> None:
        super().__init__(JetModelConfig(max_constituents=40))
        self.growth = torch.nn.Parameter(torch.tensor(1e-6))

    @property
    def noise_size(self) -> int:
        """One number a jet."""
        return 1

    def loss(self, batch: Batch, settings: Any) -> dict[str, Tensor]:
        """Never trained."""
        raise NotImplementedError

    def forward(self, constituents: Tensor, noise: Tensor) -> Tensor:
        """Constituents (B, P, 3) in GeV, zero rows where there is none."""
        return constituents * (1 + self.growth * constituents.square() + 0.01 * torch.tanh(noise)[..., None])
