"""The ops of splines as torch sees them."""

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

_NAME, _INVERSE_NAME = "rational_quadratic_spline", "inverse_rational_quadratic_spline"
_spline = compiled_op("spline")
_inverse = compiled_op("spline_inverse")
_backward = compiled_op("spline_backward")


class _Splines(Function):
    """Values and logarithms of derivatives, (N,) each."""

    @staticmethod
    def forward(values: Tensor, parameters: Tensor) -> Any:
        return below_autograd(_spline, values, parameters)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: tuple[Tensor, Tensor]) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad_results: Tensor, grad_log_slopes: Tensor) -> tuple[Tensor, Tensor]:
        given: tuple[Tensor, Tensor] = call_backward(
            _NAME, _backward, grad_results, grad_log_slopes, *ctx.saved_tensors
        )
        return given

    @staticmethod
    def jvp(ctx: Any, *_: Tensor) -> NoReturn:
        refuse_derivative(_NAME, "forward-mode derivative")

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *arguments: Any) -> Any:
        return folded(_differentiable, info, in_dims, *arguments)


class _InverseSplines(Function):
    """What was given, (N,): its gradient is that of the implicit function."""

    @staticmethod
    def forward(values: Tensor, parameters: Tensor) -> Any:
        return below_autograd(_inverse, values, parameters)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        ctx.save_for_backward(inputs[1], output)

    @staticmethod
    def backward(ctx: Any, grad_values: Tensor) -> tuple[Tensor, Tensor]:
        parameters, found = ctx.saved_tensors
        with torch.no_grad():
            _, log_slope = below_autograd(_spline, found, parameters)
        along = grad_values * torch.exp(-log_slope)
        _, of_parameters = call_backward(
            _INVERSE_NAME, _backward, -along, torch.zeros_like(along), found, parameters
        )
        return along, of_parameters

    @staticmethod
    def jvp(ctx: Any, *_: Tensor) -> NoReturn:
        refuse_derivative(_INVERSE_NAME, "forward-mode derivative")

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *arguments: Any) -> Any:
        return folded(_inverse_differentiable, info, in_dims, *arguments)


_differentiable = Differentiable(_Splines, _spline)
_inverse_differentiable = Differentiable(_InverseSplines, _inverse)


def splines(values: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
    """Values and logarithms of derivatives of splines (N,), differentiable."""
    found: tuple[Tensor, Tensor]
    if gradient_free(values, parameters):
        found = below_autograd(_spline, values, parameters)
    else:
        found = _differentiable(values, parameters)
    return found


def inverse_splines(values: Tensor, parameters: Tensor) -> Tensor:
    """Inverse of splines (N,), differentiable."""
    found: Tensor
    if gradient_free(values, parameters):
        found = below_autograd(_inverse, values, parameters)
    else:
        found = _inverse_differentiable(values, parameters)
    return found


def _spline_shape(values: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
    return values.new_empty(values.shape), values.new_empty(values.shape)


def _inverse_shape(values: Tensor, parameters: Tensor) -> Tensor:
    return values.new_empty(values.shape)


def _backward_shape(
    grad_results: Tensor, grad_log_slopes: Tensor, values: Tensor, parameters: Tensor
) -> tuple[Tensor, Tensor]:
    return values.new_empty(values.shape), parameters.new_empty(parameters.shape)


register(_spline, _spline_shape)
register(_inverse, _inverse_shape)
register(_backward, _backward_shape)
register_gradient(_spline, _Splines)
register_gradient(_inverse, _InverseSplines)
register_no_gradient(_backward, _NAME)
