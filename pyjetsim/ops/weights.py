"""Weights of the terms of a loss."""

from __future__ import annotations

import math
from numbers import Real

from pyjetsim.errors import InputError


def check_weights(*weights: float) -> None:
    """Refuse weights that are not numbers, or are negative or not finite.

    Raises
    ------
    InputError
        Naming them.
    """
    for weight in weights:
        if not _is_number(weight):
            raise InputError(
                f"a weight is a {type(weight).__name__}",
                "weights are constants without gradient",
                "give a number; of a tensor, its .item()",
            )
        if not 0 <= weight < math.inf:
            raise InputError(
                f"the weights are {weights}",
                "a loss needs finite weights that are not negative",
                "correct them",
            )


def _is_number(weight: object) -> bool:
    # float first: Real takes long to look at. A tensor is no number: its gradient would be lost.
    return isinstance(weight, (float, Real))
