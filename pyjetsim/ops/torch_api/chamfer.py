"""The ops of the Chamfer distance as torch sees them."""

from __future__ import annotations

from typing import Any, NoReturn

import torch
from torch import Tensor
from torch.autograd import Function

from pyjetsim.ops.extension import compiled_op
from pyjetsim.ops.torch_api.derivatives import call_backward, refuse_derivative
from pyjetsim.ops.torch_api.folding import folded
from pyjetsim.ops.torch_api.registration import register, register_gradient, register_no_gradient
from pyjetsim.ops.torch_api.routes import Differentiable, below_autograd, gradient_free

_NAME = "chamfer_distance"
_distance = compiled_op("chamfer_distance")
_nearest = compiled_op("chamfer_nearest")
_backward = compiled_op("chamfer_backward")


class _Chamfer(Function):
    """Distances and nearest points. The gradient holds the nearest points fixed."""

    @staticmethod
    def forward(x: Tensor, y: Tensor, x_mask: Tensor | None, y_mask: Tensor | None) -> Any:
        return below_autograd(_nearest, x, y, x_mask, y_mask)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        nearest = output[1:]
        ctx.save_for_backward(*inputs[:2], *nearest)
        ctx.mark_non_differentiable(*nearest)
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx: Any, grad_distance: Tensor | None, *_: None) -> tuple[Tensor | None, ...]:
        if grad_distance is None:
            return None, None, None, None
        wanted = ctx.needs_input_grad[:2]
        grads = call_backward(_NAME, _backward, grad_distance, *ctx.saved_tensors, *wanted)
        return grads[0] if wanted[0] else None, grads[1] if wanted[1] else None, None, None

    @staticmethod
    def jvp(ctx: Any, *_: Tensor) -> NoReturn:
        refuse_derivative(_NAME, "forward-mode derivative")

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *arguments: Any) -> Any:
        return folded(nearest, info, in_dims, *arguments)


nearest = Differentiable(_Chamfer, _nearest)
"""Distances (B,), differentiable, and 32-bit rows of the nearest points (B, N) and (B, M)."""


def distance(x: Tensor, y: Tensor, x_mask: Tensor | None, y_mask: Tensor | None) -> Tensor:
    """Distances (B,), differentiable. Who is nearest is kept only where a gradient needs it."""
    distances: Tensor
    if gradient_free(x, y):
        distances = below_autograd(_distance, x, y, x_mask, y_mask)
    else:
        distances = nearest(x, y, x_mask, y_mask)[0]
    return distances


def _distance_shape(x: Tensor, y: Tensor, x_mask: Tensor | None, y_mask: Tensor | None) -> Tensor:
    return x.new_empty(x.shape[0])


def _nearest_shape(
    x: Tensor, y: Tensor, x_mask: Tensor | None, y_mask: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    return (
        x.new_empty(x.shape[0]),
        x.new_empty(x.shape[:2], dtype=torch.int32),
        y.new_empty(y.shape[:2], dtype=torch.int32),
    )


def _backward_shape(
    grad_distance: Tensor,
    x: Tensor,
    y: Tensor,
    x_nearest: Tensor,
    y_nearest: Tensor,
    x_wanted: bool,
    y_wanted: bool,
) -> tuple[Tensor, Tensor]:
    return x.new_empty(x.shape if x_wanted else 0), y.new_empty(y.shape if y_wanted else 0)


def _distance_backward(ctx: Any, grad_distance: Tensor) -> tuple[Tensor | None, ...]:
    """Gradient of the op that keeps no nearest points: find them now."""
    x, y, x_mask, y_mask = ctx.saved_tensors
    wanted = ctx.needs_input_grad[:2]
    with torch.no_grad():
        found = _nearest(x, y, x_mask, y_mask)[1:]
    grads = call_backward(_NAME, _backward, grad_distance, x, y, *found, *wanted)
    return grads[0] if wanted[0] else None, grads[1] if wanted[1] else None, None, None


def _keep_inputs(ctx: Any, inputs: tuple[Tensor | None, ...], output: Tensor) -> None:
    ctx.save_for_backward(*inputs)


register(_distance, _distance_shape)
register(_nearest, _nearest_shape)
register(_backward, _backward_shape)
torch.library.register_autograd(_distance, _distance_backward, setup_context=_keep_inputs)
register_gradient(_nearest, _Chamfer)
register_no_gradient(_backward, _NAME)
