"""What every model is, and what models of whole jets are: constituents and noise in, constituents out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Self

import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from pyjetsim.detector import Conditions
from pyjetsim.jets import Pairs


class ModelConfig(BaseModel):
    """Settings of a model: what the section ``model`` of a recipe holds beside its name."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def for_conditions(self, conditions: Conditions) -> Self:
        """Settings for data of that detector: a model that must know it takes its figures from there.

        Raises :class:`~pyjetsim.errors.RecipeError` where it is not told, or the settings say otherwise.
        """
        return self


class JetModelConfig(ModelConfig):
    """Settings that every model of whole jets has. Each model adds its own."""

    max_constituents: int = Field(default=50, ge=1)
    """P: constituents taken in and given out, the hardest ones."""


class LossConfig(BaseModel):
    """Settings of a model's loss: section ``loss`` of a recipe. Each model has its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Batch(NamedTuple):
    """B pairs to learn from."""

    gen: Tensor
    """(B, P, 3) GeV, pt-descending, padded with zero rows."""
    reco: Tensor
    """(B, R, 3) GeV, likewise."""
    gen_pid: Tensor
    """(B, P) int32 PDG ids, 0 for padding and where unknown."""
    tensors: Mapping[str, Tensor]
    """What :meth:`JetModel.training_tensors` made of these pairs, by name, (B, ...) each."""
    longest: int | None = None
    """Constituents of the longest gen jet, where somebody has counted them."""

    def rows(self) -> int:
        """Rows of ``gen`` up to the last one that any jet needs, at least 1.

        What lies beyond is padding of all jets, and need not be computed.
        """
        if self.longest is None:
            return max(1, int((self.gen != 0).any(2).sum(1).amax()))
        return max(1, self.longest)


class Standardisation(NamedTuple):
    """Mean and width of F features, such as px, py and pz in GeV."""

    mean: Tensor
    """(F,)."""
    width: Tensor
    """(F,) positive."""


class Model(nn.Module, ABC):
    """A model of any task, in the task's units on both sides: standardisation is part of it, fitted before.

    A training asks it for its :meth:`loss` at every step. Both sides of a loss and of a simulation are on the
    model's device: a model makes its tensors there (buffers, or ``device=`` of an input), and takes random
    numbers from :func:`pyjetsim.models.sampling.standard_normal`.
    """

    protocol: ClassVar[int]
    """:data:`pyjetsim._utils.plugins.PROTOCOL`, for models of other packages."""
    task: ClassVar[str]
    """Name of the task it answers, of :data:`pyjetsim.tasks.TASKS`."""
    Config: ClassVar[type[ModelConfig]]
    Loss: ClassVar[type[LossConfig]]

    uses_ops: ClassVar[bool] = False
    """Whether the loss is calculated with :mod:`pyjetsim.ops`, which has kernels for some devices only."""

    config: Any

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config

    @property
    def device(self) -> torch.device:
        """Where its weights are, and where its inputs must be."""
        return next(iter((*self.parameters(), *self.buffers()))).device

    @property
    @abstractmethod
    def noise_size(self) -> int:
        """Z: how many standard normal numbers an item takes."""

    @abstractmethod
    def loss(self, batch: Any, settings: Any) -> dict[str, Tensor]:
        """Every component of the loss by name, each its mean over the batch.

        ``total`` is what is minimised and has the gradient; the others are for the log. ``batch`` is what
        the task makes, ``settings`` is a ``Loss``. Noise is drawn from torch's global generator by
        :func:`pyjetsim.models.sampling.standard_normal`. The names never change in a training.
        """

    @abstractmethod
    def set_standardisation(self, *in_order: Any, **features: Any) -> None:
        """Set what each feature of the task's examples is scaled with, a :class:`Standardisation` each."""


class JetModel(Model):
    """A model of whole jets, in GeV on both sides; the task ``constituents``.

    A training asks it for :meth:`training_tensors` once.
    """

    task: ClassVar[str] = "constituents"
    Config: ClassVar[type[JetModelConfig]]

    uses_pid: ClassVar[bool] = False
    """Whether ``forward`` takes a third tensor ``pid`` int32 (B, P): PDG ids of the gen constituents, 0 for
    padding. A jet whose pids are all 0 has unknown identities."""

    config: JetModelConfig
    gen_mean: Tensor
    gen_width: Tensor
    reco_mean: Tensor
    reco_width: Tensor

    def __init__(self, config: JetModelConfig) -> None:
        super().__init__(config)
        for side in ("gen", "reco"):
            self.register_buffer(f"{side}_mean", torch.zeros(3))
            self.register_buffer(f"{side}_width", torch.ones(3))

    @property
    def device(self) -> torch.device:
        """Where its weights are, and where its inputs must be."""
        return self.gen_mean.device

    @property
    def max_reco_constituents(self) -> int:
        """R: how many rows the answer has; P unless a model says otherwise."""
        return self.config.max_constituents

    @abstractmethod
    def forward(self, constituents: Tensor, noise: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Simulate: gen constituents (B, P, 3) in GeV and noise (B, Z) to reco ones.

        The answer has :attr:`max_reco_constituents` rows (B, R, 3) in GeV, zeros for absent ones. A
        model that says what each is gives a pair: these, and pid int32 (B, R): the PDG id of a
        track's hypothesis, 22 photon, 130 neutral hadron, 0 for absent ones.
        """

    def training_tensors(self, pairs: Pairs) -> dict[str, NDArray[Any]]:
        """Give what the loss needs of pairs beside their constituents: arrays (N, ...) by name.

        Called before training, on one split after the other, a piece of the file at a time. An
        event is never torn apart; pairs outside the selection are there too, and dropped later.
        Constituents and pids are those of :class:`Batch`: cut, and P or R of them.
        """
        return {}

    def set_standardisation(self, gen: Standardisation, reco: Standardisation) -> None:
        """Set what the gen features and the reco features are scaled with."""
        self.gen_mean.copy_(gen.mean)
        self.gen_width.copy_(gen.width)
        self.reco_mean.copy_(reco.mean)
        self.reco_width.copy_(reco.width)

    def standardise_reco(self, constituents: Tensor) -> Tensor:
        """Reco constituents in GeV to zero mean and unit variance."""
        return (constituents - self.reco_mean) / self.reco_width
