"""The interface of models, and of models of whole jets: constituents and noise in, constituents out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from pyjetsim.detector import Conditions
from pyjetsim.errors import InputError
from pyjetsim.jets import Pairs


class ModelConfig(BaseModel):
    """Settings of a model: the section ``model`` of a recipe, without the name."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def for_conditions(self, conditions: Conditions) -> Self:
        """Settings with what the model must know of the data's detector filled in.

        Parameters
        ----------
        conditions : Conditions
            Detector, pileup and R of the data.

        Returns
        -------
        Self
            Unchanged, unless a model overrides this.

        Raises
        ------
        RecipeError
            Where the data do not tell the detector, or the settings contradict it.
        """
        return self


class JetModelConfig(ModelConfig):
    """Settings of every model of whole jets; each model adds its own."""

    max_constituents: int = Field(default=50, ge=1)
    """P: the hardest constituents, taken in and given out."""


class LossConfig(BaseModel):
    """Settings of a model's loss: the section ``loss`` of a recipe. Each model has its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Batch(NamedTuple):
    """B pairs to train on."""

    gen: Tensor
    """(B, P, 3) GeV, pt-descending, padded with zero rows."""
    reco: Tensor
    """(B, R, 3) GeV, likewise."""
    gen_pid: Tensor
    """(B, P) int32 PDG ids, 0 for padding and where unknown."""
    tensors: Mapping[str, Tensor]
    """(B, ...) each, by name, from :meth:`JetModel.training_tensors`."""
    longest: int | None = None
    """Constituents of the longest gen jet; None: not counted yet."""
    weight: Tensor | None = None
    """(B,) of the jets, over their mean in the whole split; None: each counts once."""

    def mean(self, values: Tensor) -> Tensor:
        """The mean over the jets by which a loss is made of values of them.

        Parameters
        ----------
        values : Tensor (B,)
            One for each jet.

        Returns
        -------
        Tensor ()
            The mean of weight times value. The weights have mean 1 over the split, not over the batch: its
            expectation is the weighted mean of the split, and a batch whose negative weights outweigh the
            others is as good as any.
        """
        return values.mean() if self.weight is None else (self.weight * values).mean()

    def rows(self) -> int:
        """Rows of ``gen`` up to the last that any jet fills, at least 1; all beyond is padding."""
        if self.longest is None:
            return max(1, int((self.gen != 0).any(2).sum(1).amax()))
        return max(1, self.longest)


class Standardisation(NamedTuple):
    """Mean and width of F features, such as px, py and pz in GeV."""

    mean: Tensor
    """(F,)."""
    width: Tensor
    """(F,) positive."""


class NativeModel(NamedTuple):
    """A model as the native backend runs it: see csrc/backends/native."""

    name: str
    """By which the backend knows what it calculates."""
    settings: Mapping[str, Any]
    """Anything that JSON can hold."""
    tensors: Mapping[str, NDArray[Any]]
    """float32 by name."""


class Model(nn.Module, ABC):
    """A model of any task, in the task's units on both sides; standardisation is inside.

    Parameters
    ----------
    config : ModelConfig
        An instance of the class's ``Config``.

    Notes
    -----
    A training calls :meth:`loss` at every step. Inputs of the loss and of a simulation are on the model's
    device: a model makes its tensors there (buffers, or ``device=`` of an input), and draws random numbers
    with :func:`pyjetsim.models.sampling.standard_normal`.
    """

    protocol: ClassVar[int]
    """:data:`pyjetsim._utils.plugins.PROTOCOL`, for models of other packages."""
    task: ClassVar[str]
    """Name of the task it answers, of :data:`pyjetsim.tasks.TASKS`."""
    Config: ClassVar[type[ModelConfig]]
    Loss: ClassVar[type[LossConfig]]

    uses_ops: ClassVar[bool] = False
    """Whether the loss is calculated with :mod:`pyjetsim.ops`, which has kernels for some devices only."""
    uses_weights: ClassVar[bool] = False
    """Whether the loss is made by the batch's own mean, :meth:`Batch.mean`, which knows weights of jets."""

    config: Any

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config

    @property
    def device(self) -> torch.device:
        """Where the weights are, and where the inputs must be."""
        return next(iter((*self.parameters(), *self.buffers()))).device

    @property
    @abstractmethod
    def noise_size(self) -> int:
        """Z: standard normal numbers that each item takes."""

    event_noise_size: int = 0
    """How many of them, the first ones, are the event's: the same for all its items."""

    @abstractmethod
    def loss(self, batch: Any, settings: Any) -> dict[str, Tensor]:
        """Every component of the loss by name, each its mean over the batch.

        Parameters
        ----------
        batch : NamedTuple
            What :meth:`pyjetsim.tasks.Task.batch` makes.
        settings : LossConfig
            An instance of the class's ``Loss``.

        Returns
        -------
        dict of Tensor
            ``total`` is minimised and has the gradient; the others are for the log. The names are the same at
            every step.

        Notes
        -----
        Noise is drawn from torch's global generator by :func:`pyjetsim.models.sampling.standard_normal`.
        """

    def native(self) -> NativeModel | None:
        """The model for the native backend, which its bundle then has beside the graph.

        Returns
        -------
        NativeModel or None
            None, for a model that the backend cannot run, unless a model overrides this.
        """
        return None

    @abstractmethod
    def set_standardisation(self, *in_order: Any, **features: Any) -> None:
        """Set the mean and width of each feature of the task's examples.

        Parameters
        ----------
        *in_order, **features : Standardisation
            One for each feature, by position or by name.
        """


class JetModel(Model):
    """A model of whole jets, in GeV on both sides; the task ``constituents``.

    Parameters
    ----------
    config : JetModelConfig
        An instance of the class's ``Config``.

    Notes
    -----
    A training calls :meth:`training_tensors` once, before the first epoch.
    """

    task: ClassVar[str] = "constituents"
    Config: ClassVar[type[JetModelConfig]]

    uses_pid: ClassVar[bool] = False
    """Whether ``forward`` takes a third tensor ``pid`` int32 (B, P): PDG ids of the gen constituents, 0 for
    padding. In a jet whose pids are all 0 they are unknown."""

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
        """Where the weights are, and where the inputs must be."""
        return self.gen_mean.device

    @property
    def max_reco_constituents(self) -> int:
        """R: rows of the model's output; P unless a model overrides this."""
        return self.config.max_constituents

    @abstractmethod
    def forward(self, constituents: Tensor, noise: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Simulate gen jets.

        Parameters
        ----------
        constituents : Tensor (B, P, 3)
            Gen constituents: px, py, pz in GeV, pt-descending, padded with zero rows.
        noise : Tensor (B, Z)
            Standard normal numbers.

        Returns
        -------
        Tensor (B, R, 3)
            Reco constituents in GeV, zero rows where there is none. A model that predicts PDG ids returns
            a pair: these, and pid (B, R) int32: a track's hypothesis, 22 for photons, 130 for neutral
            hadrons, 0 where there is none.
        """

    def log_prob(self, pairs: Pairs, batch_size: int = 256) -> NDArray[np.float64]:
        """Log of the density of reco jets, given their gen jets.

        Parameters
        ----------
        pairs : Pairs
            N pairs; jets of one event follow each other.
        batch_size : int
            How many are worked on at a time.

        Returns
        -------
        float64 array (N,)
            Natural logarithms, in the model's own units: differences mean something, of two reco jets of a
            gen jet or of two models for a pair.

        Raises
        ------
        InputError
            From a model that has no likelihood, and for pairs that it cannot read.
        """
        raise InputError(
            f"{type(self).__name__} has no likelihood",
            "its loss is a distance between jets",
            "use a model that is trained by maximum likelihood: cells",
        )

    def training_tensors(self, pairs: Pairs) -> dict[str, NDArray[Any]]:
        """What the loss needs of pairs beside their constituents.

        Parameters
        ----------
        pairs : Pairs
            Whole events of one split, a piece of the file at a time; pairs outside the selection are there
            too and dropped later. Constituents and pids are cut to P or R, as in :class:`Batch`.

        Returns
        -------
        dict of array (N, ...)
            By name; the batches have them as :attr:`Batch.tensors`. Empty unless a model overrides this.
        """
        return {}

    def set_standardisation(self, gen: Standardisation, reco: Standardisation) -> None:
        """Set mean and width of px, py and pz in GeV.

        Parameters
        ----------
        gen, reco : Standardisation
            Of gen and of reco constituents.
        """
        self.gen_mean.copy_(gen.mean)
        self.gen_width.copy_(gen.width)
        self.reco_mean.copy_(reco.mean)
        self.reco_width.copy_(reco.width)

    def standardise_reco(self, constituents: Tensor) -> Tensor:
        """Reco constituents (..., 3) in GeV, scaled to zero mean and unit variance."""
        return (constituents - self.reco_mean) / self.reco_width
