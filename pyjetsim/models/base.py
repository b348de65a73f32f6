"""What every model is: gen constituents and noise in, reco constituents out, all in GeV."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn


class ModelConfig(BaseModel):
    """Settings that every model has. Each model adds its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    max_constituents: int = Field(default=50, ge=1)
    """P: constituents taken in and given out, the hardest ones."""


class Prediction(NamedTuple):
    """What a training needs of a model."""

    constituents: Tensor
    """(B, P, 3) GeV."""
    latent_mean: Tensor
    """(B, Z)."""
    latent_log_variance: Tensor
    """(B, Z)."""


class Standardisation(NamedTuple):
    """Mean and width of px, py, pz in GeV, one value a feature."""

    mean: Tensor
    """(3,)."""
    width: Tensor
    """(3,) positive."""


class JetModel(nn.Module, ABC):
    """A model in GeV on both sides: standardisation is part of it, fitted before training."""

    Config: ClassVar[type[ModelConfig]]

    gen_mean: Tensor
    gen_width: Tensor
    reco_mean: Tensor
    reco_width: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        for side in ("gen", "reco"):
            self.register_buffer(f"{side}_mean", torch.zeros(3))
            self.register_buffer(f"{side}_width", torch.ones(3))

    @property
    @abstractmethod
    def noise_size(self) -> int:
        """Z: how many standard normal numbers a jet takes."""

    @abstractmethod
    def predict(self, constituents: Tensor, noise: Tensor) -> Prediction:
        """Gen constituents (B, P, 3) in GeV and noise (B, Z) to what the loss needs."""

    def forward(self, constituents: Tensor, noise: Tensor) -> Tensor:
        """Simulate: gen constituents (B, P, 3) in GeV and noise (B, Z) to reco ones (B, P, 3)."""
        return self.predict(constituents, noise).constituents

    def set_standardisation(self, gen: Standardisation, reco: Standardisation) -> None:
        """Set what the gen features and the reco features are scaled with."""
        self.gen_mean.copy_(gen.mean)
        self.gen_width.copy_(gen.width)
        self.reco_mean.copy_(reco.mean)
        self.reco_width.copy_(reco.width)

    def standardise_reco(self, constituents: Tensor) -> Tensor:
        """Reco constituents in GeV to zero mean and unit variance."""
        return (constituents - self.reco_mean) / self.reco_width
