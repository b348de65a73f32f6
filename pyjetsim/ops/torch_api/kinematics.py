"""The ops of jet kinematics as torch sees them."""

from __future__ import annotations

from typing import Any, NoReturn

from torch import Tensor
from torch.autograd import Function

from pyjetsim.ops.extension import compiled_op
from pyjetsim.ops.torch_api.derivatives import call_backward, refuse_derivative
from pyjetsim.ops.torch_api.folding import folded
from pyjetsim.ops.torch_api.registration import register, register_gradient, register_no_gradient
from pyjetsim.ops.torch_api.routes import Differentiable, below_autograd, gradient_free

_NAME = "jet_kinematics"
_kinematics = compiled_op("jet_kinematics")
_backward = compiled_op("jet_kinematics_backward")


class _Kinematics(Function):
    """Kinematics (B, 8); the gradient starts from them, not from the constituents again."""

    @staticmethod
    def forward(constituents: Tensor, mask: Tensor | None) -> Any:
        return below_autograd(_kinematics, constituents, mask)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor | None], output: Tensor) -> None:
        ctx.save_for_backward(*inputs, output)

    @staticmethod
    def backward(ctx: Any, grad_kinematics: Tensor) -> tuple[Tensor, None]:
        grad = call_backward(_NAME, _backward, grad_kinematics, *ctx.saved_tensors)
        return grad, None

    @staticmethod
    def jvp(ctx: Any, *_: Tensor) -> NoReturn:
        refuse_derivative(_NAME, "forward-mode derivative")

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *arguments: Any) -> Any:
        return folded(_differentiable, info, in_dims, *arguments)


_differentiable = Differentiable(_Kinematics, _kinematics)


def kinematics(constituents: Tensor, mask: Tensor | None) -> Tensor:
    """Energy, px, py, pz, pt, eta, phi and mass as columns (B, 8), differentiable."""
    columns: Tensor
    if gradient_free(constituents):
        columns = below_autograd(_kinematics, constituents, mask)
    else:
        columns = _differentiable(constituents, mask)
    return columns


def _kinematics_shape(constituents: Tensor, mask: Tensor | None) -> Tensor:
    return constituents.new_empty(constituents.shape[0], 8)


def _backward_shape(
    grad_kinematics: Tensor, constituents: Tensor, mask: Tensor | None, kinematics: Tensor
) -> Tensor:
    return constituents.new_empty(constituents.shape)


register(_kinematics, _kinematics_shape)
register(_backward, _backward_shape)
register_gradient(_kinematics, _Kinematics)
register_no_gradient(_backward, _NAME)
