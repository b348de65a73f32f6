"""From one value a jet to one value a batch."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from pyjetsim.errors import InputError

Reduction = Literal["none", "mean", "sum"]


def check_reduction(reduction: str) -> None:
    """Refuse an unknown reduction.

    Raises
    ------
    InputError
        Naming it.
    """
    if reduction not in ("none", "mean", "sum"):
        raise InputError(
            f"reduction is {reduction!r}",
            "it says what becomes of a batch's values",
            "use 'none', 'mean' or 'sum'",
        )


def reduced(values: Tensor, reduction: Reduction) -> Tensor:
    """Values (B,) as they are, their mean or their sum. The mean of no values is NaN, as torch has it."""
    if reduction == "none":
        return values
    return values.mean() if reduction == "mean" else values.sum()
