"""Tell torch of an op: the shapes it returns, its gradient, how it is mapped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.autograd import Function

from pyjetsim.ops.torch_api.derivatives import refuse_derivative
from pyjetsim.ops.torch_api.folding import folded

_register_fake: Callable[..., Any] = torch.library.register_fake


def register(op: torch._ops.OpOverload, shape: Callable[..., Any]) -> None:
    """Register what tracing needs (``shape``: fake inputs to fake results) and what `vmap` needs."""

    def mapped(info: Any, in_dims: tuple[int | None, ...], *arguments: Any) -> Any:
        return folded(op, info, in_dims, *arguments)

    _register_fake(op, shape)
    torch.library.register_vmap(op, mapped)


def register_gradient(op: torch._ops.OpOverload, function: type[Function]) -> None:
    """Register the gradient that a Function has around the same op."""
    torch.library.register_autograd(op, function.backward, setup_context=function.setup_context)


def register_no_gradient(op: torch._ops.OpOverload, name: str) -> None:
    """Register that the backward op of ``name`` has no gradient of its own."""

    def refuse(ctx: Any, *_: Any) -> None:
        refuse_derivative(name, "second derivative")

    torch.library.register_autograd(op, refuse)
