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
    """A column of gen objects, or of their events, that is a condition."""

    of: Literal["object", "event"] = "object"
    """Whose column it is."""
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
    A target has up to two parts. Its *category* is drawn first: which of ``values`` it has, or whether it is
    at the point mass ``below``, inside ``range``, or at the point mass ``above``. Its *number*, where it is
    no flag, is that of a flow: the ``transform`` of what is inside ``range``,

    - ``log``: log(x + offset),
    - ``logit``: log(x / (1 - x)),
    - ``arctan``: arctan(scale (x - centre)).

    Whole numbers get a uniform number between -1/2 and 1/2 added before. What is outside ``range`` without a
    point mass there is set to its end. All of it is undone by :meth:`value`, by rounding where a number was
    added.
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
    """What all values below ``range`` are, such as a fraction of exactly 0."""
    above: float | None = None
    """What all values above it are."""
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

    @property
    def n_categories(self) -> int:
        """How many categories there are; 1: none is drawn."""
        if self.values is not None:
            return len(self.values)
        return 1 + (self.below is not None) + (self.above is not None)

    @property
    def has_number(self) -> bool:
        """Whether a flow draws a number for it."""
        return self.values is None

    def limits(self) -> tuple[float, float] | None:
        """The transformed range; None where there is none."""
        if self.range is None:
            return None
        half = 0.5 if self.integer else 0.0
        # By Python's numbers: tensors made of constants would be in the way of a trace.
        return self._transformed_end(self.range[0] - half), self._transformed_end(self.range[1] + half)

    def categories(self, value: Tensor) -> Tensor:
        """Which category values (B,) are of: (B, n_categories) with a 1 there, else 0."""
        if self.values is not None:
            known = [(value - each).abs() < 0.5 for each in self.values]
        elif self.range is None:
            known = [torch.ones_like(value, dtype=torch.bool)]
        else:
            under = (
                value < self.range[0] if self.below is not None else torch.zeros_like(value, dtype=torch.bool)
            )
            over = (
                value > self.range[1] if self.above is not None else torch.zeros_like(value, dtype=torch.bool)
            )
            known = [~(under | over)]
            if self.below is not None:
                known.insert(0, under)
            if self.above is not None:
                known.append(over)
        return torch.stack(known, 1).to(value.dtype)

    def inside(self, categories: Tensor) -> Tensor:
        """(B,) 1 where a value of these categories (B, n_categories) has a number, else 0."""
        return categories[:, 0 if self.below is None else 1]

    def number(self, value: Tensor, uniform: Tensor) -> Tensor:
        """Values (B,) as numbers (B,), not yet standardised.

        Parameters
        ----------
        value : Tensor (B,)
            Of the target, which is no flag.
        uniform : Tensor (B,)
            Uniform numbers from 0 to 1.

        Returns
        -------
        Tensor (B,)
            Numbers; at a point mass that of the range's end.
        """
        if self.range is None:
            return value
        inside = torch.clamp(value, *self.range)
        return self._transformed(inside + (uniform - 0.5) if self.integer else inside)

    def value(self, number: Tensor | None, categories: Tensor) -> Tensor:
        """What :meth:`number` and :meth:`categories` did is undone.

        Parameters
        ----------
        number : Tensor (B,), optional
            None of a flag.
        categories : Tensor (B, n_categories)
            1 for the category of each, else 0.

        Returns
        -------
        Tensor (B,)
            Values.
        """
        if self.values is not None:
            found = torch.zeros_like(categories[:, 0])
            for at, known in enumerate(self.values):
                found = found + known * categories[:, at]
            return found
        assert number is not None
        limits = self.limits()
        if limits is None:
            return number
        assert self.range is not None
        low, high = self.range
        value = self._undone_transform(torch.clamp(number, limits[0], limits[1]))
        if self.integer:
            value = torch.round(value)
        # Exactly the ends, so that what is saturated can be told.
        value = torch.clamp(value, low, high)
        value = torch.where(number < limits[0], torch.full_like(value, low), value)
        value = torch.where(number > limits[1], torch.full_like(value, high), value)
        if self.below is not None:
            value = torch.where(categories[:, 0] > 0.5, torch.full_like(value, self.below), value)
        if self.above is not None:
            value = torch.where(categories[:, -1] > 0.5, torch.full_like(value, self.above), value)
        return value

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
