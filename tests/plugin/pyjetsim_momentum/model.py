"""The model: a Gaussian whose mean is linear in the gen jet."""

from __future__ import annotations

import math

import numpy as np
import torch

from pyjetsim.models import LossConfig, Model, ModelConfig


class LinearGaussian(Model):
    """Shift of (log pt, eta, phi, log mass): linear in the standardised gen jet, plus Gaussian noise."""

    protocol = 1
    task = "jet_momentum"
    Config, Loss = ModelConfig, LossConfig
    noise_size = 4

    def __init__(self, config):
        super().__init__(config)
        self.mean = torch.nn.Linear(4, 4)
        self.log_sigma = torch.nn.Parameter(torch.zeros(4))
        for name in ("gen", "shift"):
            self.register_buffer(f"{name}_mean", torch.zeros(4))
            self.register_buffer(f"{name}_width", torch.ones(4))

    @staticmethod
    def features(jets):
        """(N, 4) pt, eta, phi, mass to numbers of like size; of arrays and of tensors."""
        log, stack = (torch.log, torch.stack) if isinstance(jets, torch.Tensor) else (np.log, np.stack)
        return stack([log(jets[:, 0]), jets[:, 1], jets[:, 2], log(abs(jets[:, 3]) + 1)], 1)

    def set_standardisation(self, **features):
        for name, of in features.items():
            getattr(self, f"{name}_mean").copy_(of.mean)
            getattr(self, f"{name}_width").copy_(of.width)

    def forward(self, gen, noise):
        known = self.features(gen)
        shift = self.mean((known - self.gen_mean) / self.gen_width) + noise * torch.exp(self.log_sigma)
        reco = known + shift * self.shift_width + self.shift_mean
        mass = torch.relu(torch.exp(reco[:, 3]) - 1)
        return torch.stack([torch.exp(reco[:, 0]), reco[:, 1], reco[:, 2], mass], 1)

    def loss(self, batch, settings):
        known = self.features(batch.gen)
        shift = (self.features(batch.reco) - known - self.shift_mean) / self.shift_width
        pull = (shift - self.mean((known - self.gen_mean) / self.gen_width)) / torch.exp(self.log_sigma)
        total = (0.5 * pull**2 + self.log_sigma + 0.5 * math.log(2 * math.pi)).sum(1).mean()
        return {"total": total}
