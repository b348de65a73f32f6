"""Columns of object tables as numbers that a flow can learn, and back."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor

Transform = Literal["none", "log", "logit", "arctan"]
_LEAST = 1e-6
"""Of what a logarithm of a condition is taken: beyond the training's range the answer stays finite."""


class _Column(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    name: str = Field(min_length=1)


class ConditionColumn(_Column):
    """A column of gen objects that is a condition."""

    values: tuple[int, ...] | None = Field(default=None, min_length=2)
    """Of a category, such as a flavour: each is a number 0 or 1 of its own. None: a number."""
    transform: Literal["none", "log"] = "none"
    offset: float = 0.0
    """Added before the logarithm."""

    @model_validator(mode="after")
    def _possible(self) -> ConditionColumn:
        if self.values is not None and (self.transform != "none" or len(set(self.values)) < len(self.values)):
            raise ValueError(
                f"condition {self.name}: the values of a category are different, and not transformed"
            )
        return self

    @property
    def size(self) -> int:
        """How many numbers it becomes."""
        return 1 if self.values is None else len(self.values)

    def numbers(self, column: Tensor) -> Tensor:
        """A column (B,) as numbers (B, size), not yet standardised."""
        if self.values is not None:
            # Half a number apart: rounding makes no other category.
            return torch.stack([((column - value).abs() < 0.5).to(column.dtype) for value in self.values], 1)
        if self.transform == "log":
            column = torch.log(torch.clamp(column + self.offset, min=_LEAST))
        return column[:, None]


class TargetColumn(_Column):
    """A variable that the model answers with.

    Notes
    -----
    A value x goes this way: the places of ``values`` and whole numbers get a uniform number between -1/2 and
    1/2 added; then ``transform`` of what is inside ``range``:

    - ``log``: log(x + offset),
    - ``logit``: log(x / (1 - x)),
    - ``arctan``: arctan(scale (x - centre)).

    What is outside ``range`` is set to its end, or, where ``below`` or ``above`` is given, is a point mass:
    it gets a place of its own, a uniform number in the unit below or above the transformed range, and is
    answered with that value. All of it is undone by :meth:`value`, by rounding where a number was added.
    """

    column: str | None = None
    """Of the reco objects; None: its own name."""
    relative: Literal["ratio", "difference", "angle"] | None = None
    """To the column of the same name of the gen object; an angle is a difference from -pi to pi."""
    values: tuple[int, ...] | None = Field(default=None, min_length=2)
    """All that a flag or id can be."""
    integer: bool = False
    """Whether it is a whole number; ``range`` says which it can be."""
    range: tuple[float, float] | None = None
    """What is answered, at most."""
    below: float | None = None
    above: float | None = None
    transform: Transform = "none"
    offset: float = 0.0
    scale: float = 1.0
    centre: float = 0.0

    @model_validator(mode="after")
    def _undone(self) -> TargetColumn:
        what = f"target {self.name}: "
        if self.values is not None:
            if len(set(self.values)) < len(self.values):
                raise ValueError(f"{what}two of its values are the same")
            if self.transform != "none" or self.range is not None or self.integer:
                raise ValueError(f"{what}values are what a flag can be, without transform, range and integer")
        if self.range is None:
            if self.transform != "none" or self.integer or self.below is not None or self.above is not None:
                raise ValueError(f"{what}range is missing: the transform could not be undone everywhere")
            return self
        low, high = self.range
        if self.integer and not (low.is_integer() and high.is_integer() and self.below is self.above is None):
            raise ValueError(f"{what}the range of an integer is of whole numbers, without below and above")
        if not low < high:
            raise ValueError(f"{what}range goes from {low:g} to {high:g}")
        half = 0.5 if self.integer else 0.0
        if self.transform == "log" and not low - half + self.offset > 0:
            raise ValueError(f"{what}range + offset is not above 0: its logarithm could not be undone")
        if self.transform == "logit" and not (low > 0 and high < 1):
            raise ValueError(f"{what}range is not inside 0 and 1: its logit could not be undone")
        if self.transform == "arctan" and not self.scale > 0:
            raise ValueError(f"{what}scale is not above 0: the arctangent could not be undone")
        if self.transform == "logit" and self.integer:
            raise ValueError(f"{what}an integer has no logit")
        if (self.below is not None and self.below >= low) or (self.above is not None and self.above <= high):
            raise ValueError(f"{what}below and above are outside range")
        return self

    @property
    def source(self) -> str:
        """The reco column it is made of."""
        return self.column or self.name

    @property
    def is_discrete(self) -> bool:
        """Whether it is a flag, an id or a whole number."""
        return self.integer or self.values is not None

    def limits(self) -> tuple[float, float] | None:
        """The transformed range; None where there is none."""
        if self.values is not None:
            return -0.5, len(self.values) - 0.5
        if self.range is None:
            return None
        half = 0.5 if self.integer else 0.0
        # By Python's numbers: tensors made of constants would be in the way of a trace.
        return self._transformed_end(self.range[0] - half), self._transformed_end(self.range[1] + half)

    def number(self, value: Tensor, uniform: Tensor) -> Tensor:
        """Values (B,) as numbers (B,), not yet standardised.

        Parameters
        ----------
        value : Tensor (B,)
            Of the target.
        uniform : Tensor (B,)
            Uniform numbers from 0 to 1.

        Returns
        -------
        Tensor (B,)
            Numbers.
        """
        if self.values is not None:
            known = torch.tensor(self.values, dtype=value.dtype, device=value.device)
            return (value[:, None] == known).to(value.dtype).argmax(1) + (uniform - 0.5)
        if self.range is None:
            return value
        low, high = self.range
        inside = torch.clamp(value, low, high)
        if self.integer:
            inside = inside + (uniform - 0.5)
        number = self._transformed(inside)
        limits = self.limits()
        assert limits is not None
        if self.below is not None:
            number = torch.where(value < low, limits[0] - uniform, number)
        if self.above is not None:
            number = torch.where(value > high, limits[1] + uniform, number)
        return number

    def value(self, number: Tensor) -> Tensor:
        """Values (B,) of numbers (B,): what :meth:`number` did is undone."""
        limits = self.limits()
        if limits is None:
            return number
        if self.values is not None:
            # Whole numbers from 0 on; each value where its place is.
            place = torch.clamp(torch.round(number), 0, len(self.values) - 1)
            found = torch.zeros_like(number)
            for at, known in enumerate(self.values):
                found = found + known * (place == at).to(number.dtype)
            return found
        assert self.range is not None
        low, high = self.range
        value = self._undone_transform(torch.clamp(number, limits[0], limits[1]))
        if self.integer:
            value = torch.round(value)
        # Exactly the ends, so that what is saturated can be told.
        least = low if self.below is None else self.below
        most = high if self.above is None else self.above
        value = torch.clamp(value, low, high)
        value = torch.where(number < limits[0], torch.full_like(value, least), value)
        return torch.where(number > limits[1], torch.full_like(value, most), value)

    def saturated(self, value: Any) -> Any:
        """Where values, an array, are outside the range without being a point mass."""
        if self.range is None:
            return value != value
        low, high = self.range
        under = (value < low) & (value != (low if self.below is None else self.below))
        return under | ((value > high) & (value != (high if self.above is None else self.above)))

    def _transformed(self, value: Tensor) -> Tensor:
        if self.transform == "log":
            return torch.log(value + self.offset)
        if self.transform == "logit":
            return torch.log(value / (1 - value))
        if self.transform == "arctan":
            return torch.atan(self.scale * (value - self.centre))
        return value

    def _transformed_end(self, value: float) -> float:
        if self.transform == "log":
            return math.log(value + self.offset)
        if self.transform == "logit":
            return math.log(value / (1 - value))
        if self.transform == "arctan":
            return math.atan(self.scale * (value - self.centre))
        return value

    def _undone_transform(self, number: Tensor) -> Tensor:
        if self.transform == "log":
            return torch.exp(number) - self.offset
        if self.transform == "logit":
            return torch.sigmoid(number)
        if self.transform == "arctan":
            # tan as a quotient: not every runtime of graphs has it.
            return torch.sin(number) / torch.cos(number) / self.scale + self.centre
        return number
