"""The ways into an op.

The stable ABI has no autograd, so gradients are added in Python, twice around the same kernels:
registered with the dispatcher for what traces programs, and as an `autograd.Function` for eager
code, where a registered gradient takes half as long again for one jet, and for `torch.func`, which
refuses ops with a registered gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd import Function, forward_ad

Op = Callable[..., Any]
_TRANSFORMED_AND_TRACED = (
    "torch.func or forward-mode differentiation meets a compiled or exported program "
    "(a traced op of pyjetsim would lose its derivative): use one without the other, or "
    "pyjetsim.ops.reference"
)


def transformed() -> bool:
    """Whether `torch.func` is at work, or forward-mode differentiation.

    Ops would drop the tangents of the latter silently; a Function raises an error instead.
    """
    return torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0


def gradient_free(*tensors: Tensor) -> bool:
    """Whether nothing is to be differentiated, so that a kernel can do without what gradients need."""
    if torch.is_grad_enabled():
        for tensor in tensors:
            if tensor.requires_grad:
                return False
    return not transformed()


def below_autograd(op: Op, *arguments: Any) -> Any:
    """Call an op past autograd, where it has nothing to do or has been taken care of."""
    if torch.compiler.is_compiling():
        return op(*arguments)
    with torch._C._AutoDispatchBelowAutograd():
        return op(*arguments)


class Differentiable:
    """A Function and the op it calls, as one callable."""

    def __init__(self, function: type[Function], op: Op) -> None:
        self._op = op
        self._transformable: Op = function.apply
        # The base class's `apply`, in C++: for `torch.func`, the Python one looks at signatures, which
        # takes as long as all the rest of a call.
        self._direct: Op = cast(Any, super(Function, function)).apply

    def __call__(self, *arguments: Any) -> Any:
        """Call it so that the result has a gradient."""
        if torch.compiler.is_compiling():
            if transformed():
                # Built in, because a compiler shows no text of any other exception.
                raise RuntimeError(_TRANSFORMED_AND_TRACED)
            return self._op(*arguments)
        if torch._C._are_functorch_transforms_active():
            return self._transformable(*arguments)
        return self._direct(*arguments)
