"""The ops of the reconstruction loss as torch sees them."""

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

_NAME = "jet_reconstruction_loss"
_loss = compiled_op("reconstruction_loss")
_nearest = compiled_op("reconstruction_loss_nearest")
_backward = compiled_op("reconstruction_loss_backward")

Mask = Tensor | None


class _Loss(Function):
    """Loss, terms, and what the gradient needs: sums over jets and nearest points."""

    @staticmethod
    def forward(prediction: Tensor, target: Tensor, *rest: Any) -> Any:
        return below_autograd(_nearest, prediction, target, *rest)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        _, *aside = output
        ctx.save_for_backward(*inputs[:4], *aside[1:])
        ctx.weights = inputs[4:]
        ctx.mark_non_differentiable(*aside)
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor | None, *_: None) -> tuple[Tensor | None, ...]:
        nothing = (None,) * 6
        if grad_loss is None:
            return None, None, *nothing
        wanted = ctx.needs_input_grad[:2]
        arguments = *ctx.saved_tensors, *ctx.weights, *wanted
        grads = call_backward(_NAME, _backward, grad_loss, *arguments)
        return grads[0] if wanted[0] else None, grads[1] if wanted[1] else None, *nothing

    @staticmethod
    def jvp(ctx: Any, *_: Tensor) -> NoReturn:
        refuse_derivative(_NAME, "forward-mode derivative")

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *arguments: Any) -> Any:
        return folded(_differentiable, info, in_dims, *arguments)


_differentiable = Differentiable(_Loss, _nearest)


def loss_and_terms(
    prediction: Tensor, target: Tensor, prediction_mask: Mask, target_mask: Mask, *weights: float
) -> tuple[Tensor, Tensor]:
    """Loss (B,), differentiable, and its terms (B, 4) before their weights, without gradient."""
    if gradient_free(prediction, target):
        found = below_autograd(_loss, prediction, target, prediction_mask, target_mask, *weights)
    else:
        found = _differentiable(prediction, target, prediction_mask, target_mask, *weights)
    return found[0], found[1]


def _loss_shape(
    prediction: Tensor, target: Tensor, prediction_mask: Mask, target_mask: Mask, *weights: float
) -> tuple[Tensor, Tensor]:
    return prediction.new_empty(prediction.shape[0]), prediction.new_empty(prediction.shape[0], 4)


def _nearest_shape(
    prediction: Tensor, target: Tensor, prediction_mask: Mask, target_mask: Mask, *weights: float
) -> tuple[Tensor, ...]:
    return (
        *_loss_shape(prediction, target, prediction_mask, target_mask),
        prediction.new_empty(prediction.shape[0], 2, 6),
        prediction.new_empty(prediction.shape[:2], dtype=torch.int32),
        target.new_empty(target.shape[:2], dtype=torch.int32),
    )


def _backward_shape(
    grad_loss: Tensor, prediction: Tensor, target: Tensor, *rest: Any
) -> tuple[Tensor, Tensor]:
    prediction_wanted, target_wanted = rest[-2:]
    return (
        prediction.new_empty(prediction.shape if prediction_wanted else 0),
        target.new_empty(target.shape if target_wanted else 0),
    )


def _loss_backward(ctx: Any, grad_loss: Tensor | None, grad_terms: None) -> tuple[Tensor | None, ...]:
    """Gradient of the op that keeps nothing for it: compute that now."""
    nothing = (None,) * 6
    if grad_loss is None:
        return None, None, *nothing
    wanted = ctx.needs_input_grad[:2]
    inputs = ctx.saved_tensors
    with torch.no_grad():
        kept = _nearest(*inputs, *ctx.weights)[2:]
    grads = call_backward(_NAME, _backward, grad_loss, *inputs, *kept, *ctx.weights, *wanted)
    return grads[0] if wanted[0] else None, grads[1] if wanted[1] else None, *nothing


def _keep_inputs(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    ctx.save_for_backward(*inputs[:4])
    ctx.weights = inputs[4:]
    ctx.mark_non_differentiable(output[1])
    ctx.set_materialize_grads(False)


register(_loss, _loss_shape)
register(_nearest, _nearest_shape)
register(_backward, _backward_shape)
torch.library.register_autograd(_loss, _loss_backward, setup_context=_keep_inputs)
register_gradient(_nearest, _Loss)
register_no_gradient(_backward, _NAME)
