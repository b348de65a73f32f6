"""What is measured: a name and a function, with what it needs and why it may not be there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from _answers import Function, outputs_of
from torch import Tensor

OURS = "pyjetsim"

Answer = tuple[Sequence[Tensor], Sequence[Tensor | None]]


@dataclass(frozen=True)
class Pass:
    """What a call does: the function alone, or with the gradients of the inputs marked in ``wanted``.

    ``outputs`` says how many numbers a jet the function gives, each a tensor (B,).
    """

    name: str
    wanted: tuple[bool, ...] = ()
    outputs: int = 1

    @property
    def backward(self) -> bool:
        """Whether gradients are taken."""
        return any(self.wanted)


FORWARD = Pass("forward")


@dataclass(frozen=True)
class Contender:
    """One way to compute the answer.

    ``differentiable`` is used where gradients are wanted and another way is better then. ``gib`` says
    how much memory a batch takes, (inputs, whether with gradients) to GiB. ``missing`` says why it cannot be
    measured here; it then stands in the table in place of a time.
    """

    name: str
    function: Function | None = None
    differentiable: Function | None = None
    gib: Callable[[Sequence[Tensor], bool], float] | None = None
    missing: str = ""

    def answer(self, kind: Pass, inputs: Sequence[Tensor]) -> Answer:
        """Outputs, and gradients of the sum of them: None for an input that wants none."""
        function, given = self._prepared(kind, inputs)
        if not kind.backward:
            with torch.no_grad():
                return outputs_of(function(*given)), ()
        outputs = outputs_of(function(*given))
        gradients = iter(torch.autograd.grad(outputs, _wanting(given), _upstream(kind, given)))
        return outputs, tuple(next(gradients) if part.requires_grad else None for part in given)

    def call(self, kind: Pass, inputs: Sequence[Tensor]) -> Callable[[], Any]:
        """The call to measure, with nothing around it that is not the contender's."""
        function, given = self._prepared(kind, inputs)
        if not kind.backward:
            return torch.no_grad()(partial(function, *given))
        wanted, upstream = _wanting(given), _upstream(kind, given)
        return lambda: torch.autograd.grad(function(*given), wanted, upstream)

    def can(self, kind: Pass) -> bool:
        """Whether there is a function for it."""
        return self._function(kind) is not None

    def _function(self, kind: Pass) -> Function | None:
        return (self.differentiable if kind.backward else None) or self.function

    def _prepared(self, kind: Pass, inputs: Sequence[Tensor]) -> tuple[Function, list[Tensor]]:
        function = self._function(kind)
        assert function is not None, self.missing
        if not kind.backward:
            return function, list(inputs)
        return function, [
            tensor.detach().clone().requires_grad_(wanted)
            for tensor, wanted in zip(inputs, kind.wanted, strict=True)
        ]


def _wanting(given: Sequence[Tensor]) -> list[Tensor]:
    return [tensor for tensor in given if tensor.requires_grad]


def _upstream(kind: Pass, given: Sequence[Tensor]) -> tuple[Tensor, ...]:
    # Made beforehand: a sum's own backward would be part of every time. All outputs are one number a jet.
    return (torch.ones(len(given[0])),) * kind.outputs
