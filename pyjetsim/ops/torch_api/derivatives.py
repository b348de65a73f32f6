"""First derivatives, and a clear no to all others."""

from __future__ import annotations

from typing import Any, NoReturn

import torch
from torch import Tensor
from torch.autograd import Function

from pyjetsim.errors import InputError
from pyjetsim.ops.torch_api.folding import folded
from pyjetsim.ops.torch_api.routes import Op, below_autograd


def call_backward(name: str, op: Op, *arguments: Any) -> Any:
    """Call the backward op of ``name``; only computing a second derivative is an error."""
    if torch.is_grad_enabled():
        return _once(name, op, *arguments)
    return below_autograd(op, *arguments)


def refuse_derivative(name: str, kind: str) -> NoReturn:
    """Raise the error for a derivative that the op ``name`` does not have.

    Raises
    ------
    InputError
        Always.
    """
    raise InputError(
        f"{name} has no {kind}",
        "its kernels know the gradient only",
        f"use pyjetsim.ops.reference.{name}, which torch can differentiate in any way",
    )


class _Once(Function):
    """A backward op in a graph that cannot be differentiated again."""

    @staticmethod
    def forward(name: str, op: Op, *arguments: Any) -> Any:
        return below_autograd(op, *arguments)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.name = inputs[0]

    @staticmethod
    def backward(ctx: Any, *_: Tensor) -> NoReturn:
        refuse_derivative(ctx.name, "second derivative")

    @staticmethod
    def jvp(ctx: Any, *_: Tensor) -> NoReturn:
        refuse_derivative(ctx.name, "forward-mode derivative")

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *arguments: Any) -> Any:
        return folded(_once, info, in_dims, *arguments)


_once: Op = _Once.apply
