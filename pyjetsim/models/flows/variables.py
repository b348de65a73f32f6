"""The model of variables: a flow of reconstructed variables, given what was generated, and an efficiency."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from pyjetsim.errors import TrainingError
from pyjetsim.models.base import LossConfig, Model, ModelConfig, NativeModel, Standardisation
from pyjetsim.models.flows.columns import ConditionColumn, TargetColumn
from pyjetsim.models.flows.coupling import CouplingConfig, CouplingFlow
from pyjetsim.models.flows.native import native_variables
from pyjetsim.models.sampling import below

_CONSTANT = 1e-5
"""A width below it is that of a number which is always the same."""
_FURTHEST = 10.0
"""Widths at which standardised conditions end: the answer far outside the training's range stays finite."""


class VariablesConfig(ModelConfig):
    """Columns in and out, and sizes."""

    kind: str = Field(min_length=1)
    """Of the objects, such as jets."""
    conditions: tuple[ConditionColumn, ...] = Field(min_length=1)
    targets: tuple[TargetColumn, ...] = Field(min_length=1)
    flow: CouplingConfig = CouplingConfig()
    efficiency_width: int = Field(default=32, ge=1)
    """Of the hidden layers of the efficiency."""

    @model_validator(mode="after")
    def _named_once(self) -> VariablesConfig:
        for columns in (self.conditions, self.targets):
            names = [column.name for column in columns]
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"the column {name} is named twice")
        return self


class VariablesLoss(LossConfig):
    """Nothing to set: the loss is a likelihood."""


class VariablesBatch(NamedTuple):
    """B gen objects, with or without their reco objects."""

    conditions: Tensor
    """(B, C) columns as they are in the file."""
    targets: Tensor
    """(B, D) likewise; any number where there is no reco object."""
    found: Tensor
    """(B,) 1 where there is a reco object, else 0."""


class VariablesFlow(Model):
    r"""Conditional spline flow of the variables of reconstructed objects, after their efficiency.

    Parameters
    ----------
    config : VariablesConfig
        Columns and sizes.

    Notes
    -----
    With the conditions c and the variables x of a gen object the loss is the negative logarithm of

    .. math:: p(\text{found} | c)\, p(x | c) \quad \text{or} \quad 1 - p(\text{found} | c)

    whether it has a reco object or not. The efficiency is a network of two hidden layers, p(x | c) a
    :class:`CouplingFlow` of the transformed variables. The random numbers that make whole numbers continuous
    are new in every step.

    References
    ----------
    F. Vaselli et al., FlashSim, arXiv:2402.13684.
    """

    task: ClassVar[str] = "variables"
    Config: ClassVar[type[ModelConfig]] = VariablesConfig
    Loss = VariablesLoss

    config: VariablesConfig
    condition_mean: Tensor
    condition_width: Tensor
    target_mean: Tensor
    target_width: Tensor

    def __init__(self, config: VariablesConfig) -> None:
        super().__init__(config)
        conditions, targets = sum(column.size for column in config.conditions), len(config.targets)
        for name, size in (("condition", conditions), ("target", targets)):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_width", torch.ones(size))
        width = config.efficiency_width
        self.efficiency = nn.ModuleList(
            (nn.Linear(conditions, width), nn.Linear(width, width), nn.Linear(width, 1))
        )
        self.flow = CouplingFlow(targets, conditions, config.flow)

    @property
    def noise_size(self) -> int:
        """One number that decides whether there is a reco object, and one for each variable."""
        return 1 + len(self.config.targets)

    def set_standardisation(self, condition: Standardisation, target: Standardisation) -> None:
        """Set mean and width of the transformed columns.

        Parameters
        ----------
        condition, target : Standardisation
            Of :meth:`condition_numbers` and :meth:`target_numbers`.

        Raises
        ------
        TrainingError
            For a target that is always the same.
        """
        for column, width in zip(self.config.targets, target.width.tolist(), strict=True):
            if width < _CONSTANT:
                raise constant_target(column.name)
        self.condition_mean.copy_(condition.mean)
        # What is always the same tells nothing, and must not be blown up where it once is not.
        width = condition.width
        self.condition_width.copy_(torch.where(width < _CONSTANT, torch.ones_like(width), width))
        self.target_mean.copy_(target.mean)
        self.target_width.copy_(target.width)

    def condition_numbers(self, conditions: Tensor) -> Tensor:
        """Columns (B, C) of gen objects as numbers (B, C'), not yet standardised."""
        columns = self.config.conditions
        return torch.cat([column.numbers(conditions[:, i]) for i, column in enumerate(columns)], 1)

    def target_numbers(self, targets: Tensor, uniform: Tensor) -> Tensor:
        """Variables as numbers, not yet standardised.

        Parameters
        ----------
        targets : Tensor (B, D)
            Variables, in their units.
        uniform : Tensor (B, D)
            From 0 to 1: where in the cells of whole numbers and point masses they are put.

        Returns
        -------
        Tensor (B, D)
        """
        columns = self.config.targets
        return torch.stack(
            [column.number(targets[:, i], uniform[:, i]) for i, column in enumerate(columns)], 1
        )

    def standardised_conditions(self, conditions: Tensor) -> Tensor:
        """Columns (B, C) as the networks take them (B, C')."""
        numbers = (self.condition_numbers(conditions) - self.condition_mean) / self.condition_width
        return torch.clamp(numbers, -_FURTHEST, _FURTHEST)

    def logit_of_efficiency(self, given: Tensor) -> Tensor:
        """(B,) of standardised conditions (B, C')."""
        first, second, last = self.efficiency
        hidden = functional.silu(second(functional.silu(first(given))))
        logit: Tensor = last(hidden)[:, 0]
        return logit

    def forward(self, conditions: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Simulate.

        Parameters
        ----------
        conditions : Tensor (B, C)
            Columns of gen objects.
        noise : Tensor (B, 1 + D)
            Standard normal numbers.

        Returns
        -------
        int32 Tensor (B, 1)
            1 where there is a reco object, else 0.
        Tensor (B, D)
            Its variables, 0 where there is none.
        """
        given = self.standardised_conditions(conditions)
        found = below(noise[:, 0], self.logit_of_efficiency(given))
        numbers = self.flow.sample(noise[:, 1:], given) * self.target_width + self.target_mean
        columns = self.config.targets
        values = torch.stack([column.value(numbers[:, i]) for i, column in enumerate(columns)], 1)
        return found[:, None].to(torch.int32), values * found[:, None]

    def native(self) -> NativeModel:
        """Columns, layers and weights for the native backend."""
        return native_variables(self)

    def loss(self, batch: VariablesBatch, settings: Any) -> dict[str, Tensor]:
        """Negative logarithms of the likelihood.

        Parameters
        ----------
        batch : VariablesBatch
            B gen objects.
        settings : VariablesLoss
            Nothing.

        Returns
        -------
        dict of Tensor
            ``total``, the sum; ``efficiency``, and ``variables``, both for one gen object.
        """
        given = self.standardised_conditions(batch.conditions)
        logit = self.logit_of_efficiency(given)
        efficiency = functional.binary_cross_entropy_with_logits(logit, batch.found)
        # From the CPU's generator: the same on every device.
        uniform = torch.rand(batch.targets.shape).to(self.device, non_blocking=True)
        numbers = (self.target_numbers(batch.targets, uniform) - self.target_mean) / self.target_width
        # What has no reco object stands at the mean, and does not count.
        there = batch.found > 0
        numbers = torch.where(there[:, None], numbers, torch.zeros_like(numbers))
        variables = -(self.flow.log_prob(numbers, given) * batch.found).mean()
        return {"total": efficiency + variables, "efficiency": efficiency, "variables": variables}


def constant_target(name: str) -> TrainingError:
    """The error for a target that is always the same."""
    return TrainingError(
        f"the target {name} has the same value in all objects",
        "there is nothing to learn, and a density of it would be infinite",
        "leave it out of the recipe, or give data in which it varies",
    )
