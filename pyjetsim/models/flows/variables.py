"""The model of variables of reconstructed objects: efficiency, categories and a flow, given gen objects."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from pyjetsim.errors import TrainingError
from pyjetsim.jets.derived import DERIVED
from pyjetsim.models.base import LossConfig, Model, ModelConfig, NativeModel, Standardisation
from pyjetsim.models.flows.categories import CategoryHeads
from pyjetsim.models.flows.columns import ConditionColumn, TargetColumn
from pyjetsim.models.flows.coupling import CouplingConfig, CouplingFlow
from pyjetsim.models.flows.native import native_variables
from pyjetsim.models.sampling import below, standard_normal

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
    derived: tuple[str, ...] = ()
    """Reco columns that follow from those of the targets, by :data:`pyjetsim.jets.derived.DERIVED`."""
    unmatched: int | None = Field(default=None, ge=1, le=100)
    """U: the model is of reco objects without a gen object, such as jets of pileup, of which an event has at
    most U; each of U places has one or not, given the event. None: the model is of gen objects."""
    flow: CouplingConfig = CouplingConfig()
    efficiency_width: int = Field(default=32, ge=1)
    """Of the hidden layers of the efficiency."""
    categories_width: int = Field(default=48, ge=1)
    """Of the hidden layers of each category's probabilities."""

    @model_validator(mode="after")
    def _with_a_number(self) -> VariablesConfig:
        if not any(column.has_number for column in self.targets):
            raise ValueError("all targets are flags: a flow needs one that is a number")
        return self

    @model_validator(mode="after")
    def _of_events_alone(self) -> VariablesConfig:
        if self.unmatched is None:
            return self
        for condition in self.conditions:
            if condition.of != "event":
                raise ValueError(
                    f"unmatched objects have no gen object: condition {condition.name} is not of the event"
                )
        for target in self.targets:
            if target.relative is not None:
                raise ValueError(
                    f"unmatched objects have no gen object: target {target.name} is relative to one"
                )
        return self

    @model_validator(mode="after")
    def _derivable(self) -> VariablesConfig:
        there = {column.source for column in self.targets}
        for name in self.derived:
            if name not in DERIVED:
                raise ValueError(f"derived: {name} is not known; known are {', '.join(DERIVED)}")
            for needed in DERIVED[name].needs:
                if needed not in there:
                    raise ValueError(f"derived: {name} follows from {needed}, which no target has")
            if name in there:
                raise ValueError(f"derived: {name} is a target, too")
        return self

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
    r"""Conditional spline flow of variables of reconstructed objects, after their efficiency and categories.

    Parameters
    ----------
    config : VariablesConfig
        Columns and sizes.

    Notes
    -----
    With the conditions c, the categories k and the numbers x of a gen object the loss is the negative
    logarithm of

    .. math:: p(\text{found} | c)\, p(k | c)\, p(x | c, k) \quad \text{or} \quad 1 - p(\text{found} | c)

    whether it has a reco object or not. The efficiency is a network of two hidden layers. Categories are
    flags, ids and point masses, such as a fraction of exactly 0: :class:`CategoryHeads` draws them one after
    the other, so that what is tied in the data is tied in the answer. p(x | c, k) is a
    :class:`CouplingFlow` of the transformed variables; the number of a variable that is at a point mass is
    noise. Random numbers are new in every step.

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
        conditions = sum(column.size for column in config.conditions)
        self.numbered = [column for column in config.targets if column.has_number]
        self.sizes = [column.n_categories for column in config.targets]
        for name, size in (("condition", conditions), ("target", len(self.numbered))):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_width", torch.ones(size))
        width = config.efficiency_width
        self.efficiency = nn.ModuleList(
            (nn.Linear(conditions, width), nn.Linear(width, width), nn.Linear(width, 1))
        )
        drawn = [size for size in self.sizes if size > 1]
        self.categories = CategoryHeads(drawn, conditions, config.categories_width)
        self.flow = CouplingFlow(len(self.numbered), conditions + sum(drawn), config.flow)

    @property
    def noise_size(self) -> int:
        """What decides whether there is a reco object, and what each category and number is made of."""
        return 1 + len(self.categories.sizes) + len(self.numbered)

    def set_standardisation(self, condition: Standardisation, target: Standardisation) -> None:
        """Set mean and width of the transformed columns.

        Parameters
        ----------
        condition, target : Standardisation
            Of :meth:`condition_numbers` and :meth:`target_numbers`, of the latter where they are inside.

        Raises
        ------
        TrainingError
            For a target that is always the same.
        """
        for column, width in zip(self.numbered, target.width.tolist(), strict=True):
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

    def target_categories(self, targets: Tensor) -> list[Tensor]:
        """Of each target of (B, D) its category: (B, n_categories) with a 1 there, else 0."""
        return [column.categories(targets[:, i]) for i, column in enumerate(self.config.targets)]

    def target_numbers(self, targets: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
        """Variables as numbers, not yet standardised.

        Parameters
        ----------
        targets : Tensor (B, D)
            Variables, in their units.
        uniform : Tensor (B, D)
            From 0 to 1: where in their cells whole numbers are put.

        Returns
        -------
        Tensor (B, F)
            Of the F targets that are no flags.
        Tensor (B, F)
            1 where the variable is inside its range, 0 where it is at a point mass.
        """
        numbers, inside = [], []
        for i, column in enumerate(self.config.targets):
            if column.has_number:
                numbers.append(column.number(targets[:, i], uniform[:, i]))
                inside.append(column.inside(column.categories(targets[:, i])))
        return torch.stack(numbers, 1), torch.stack(inside, 1)

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
        noise : Tensor (B, noise_size)
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
        first = 1 + len(self.categories.sizes)
        drawn = self.categories.sample(noise[:, 1:first], given)
        numbers = self.flow.sample(noise[:, first:], torch.cat((given, drawn), 1))
        numbers = numbers * self.target_width + self.target_mean
        values, number, category = [], 0, 0
        for column, size in zip(self.config.targets, self.sizes, strict=True):
            # A single category is always that of the target, and not drawn.
            of_column = drawn[:, category : category + size] if size > 1 else torch.ones_like(found)[:, None]
            values.append(column.value(numbers[:, number] if column.has_number else None, of_column))
            number, category = number + column.has_number, category + (size if size > 1 else 0)
        return found[:, None].to(torch.int32), torch.stack(values, 1) * found[:, None]

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
            ``total``, the sum; ``efficiency``, ``categories`` and ``variables``, all for one gen object.
        """
        given = self.standardised_conditions(batch.conditions)
        logit = self.logit_of_efficiency(given)
        efficiency = functional.binary_cross_entropy_with_logits(logit, batch.found)
        there = (batch.found > 0)[:, None]
        # What has no reco object stands at any values, and does not count.
        chosen = torch.cat(
            [each for each in self.target_categories(batch.targets) if each.shape[1] > 1]
            or [torch.zeros_like(batch.targets[:, :0])],
            1,
        )
        categories = -(self.categories.log_prob(chosen, given) * batch.found).mean()
        # From the CPU's generator: the same on every device.
        uniform = torch.rand(batch.targets.shape).to(self.device, non_blocking=True)
        numbers, inside = self.target_numbers(batch.targets, uniform)
        numbers = (numbers - self.target_mean) / self.target_width
        anything = standard_normal(*numbers.shape, device=self.device)
        numbers = torch.where(there & (inside > 0), numbers, anything)
        variables = -(self.flow.log_prob(numbers, torch.cat((given, chosen), 1)) * batch.found).mean()
        return {
            "total": efficiency + categories + variables,
            "efficiency": efficiency,
            "categories": categories,
            "variables": variables,
        }


def constant_target(name: str) -> TrainingError:
    """The error for a target that is always the same."""
    return TrainingError(
        f"the target {name} has the same value in all objects",
        "there is nothing to learn, and a density of it would be infinite",
        "leave it out of the recipe, or give data in which it varies",
    )
