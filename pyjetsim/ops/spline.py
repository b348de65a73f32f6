"""Rational-quadratic splines of many numbers at once."""

from __future__ import annotations

import torch
from torch import Tensor

from pyjetsim.errors import InputError
from pyjetsim.ops.torch_api.spline import inverse_splines, splines


def rational_quadratic_spline(values: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
    r"""Transform each number by a monotonic rational-quadratic spline of its own.

    Parameters
    ----------
    values : Tensor (...)
        float32 or float64, on the CPU.
    parameters : Tensor (..., 3 K - 1)
        Unconstrained widths and heights of K bins, and derivatives at the knots between them. All 0 is the
        identity.

    Returns
    -------
    Tensor (...)
        The splines' values; numbers beyond ±5 as they are.
    Tensor (...)
        Logarithms of their derivatives.

    Raises
    ------
    InputError
        For shapes and dtypes that do not fit, and other devices; and from autograd, for a second derivative
        or forward-mode differentiation.

    Notes
    -----
    With :math:`c(a, L) = a / (1 + |a / L|)` and :math:`L = \log 10^{-3}`, widths are
    :math:`10\,\mathrm{softmax}(c(w, L / 2))`, heights likewise, and derivatives :math:`\exp c(d, L)`; the
    knots at ±5 have the derivative 1. That is `zuko.transforms.MonotonicRQSTransform`.

    References
    ----------
    C. Durkan et al., Neural Spline Flows, NeurIPS 2019, arXiv:1906.04032, section 3.1.

    Examples
    --------
    >>> changed, log_slope = rational_quadratic_spline(torch.randn(32, 17), torch.randn(32, 17, 47))
    """
    numbers, rows = _checked(values, parameters)
    changed, log_slope = splines(numbers, rows)
    return changed.view(values.shape), log_slope.view(values.shape)


def inverse_rational_quadratic_spline(values: Tensor, parameters: Tensor) -> Tensor:
    """Undo :func:`rational_quadratic_spline`.

    Parameters
    ----------
    values : Tensor (...)
        What the splines gave.
    parameters : Tensor (..., 3 K - 1)
        As there.

    Returns
    -------
    Tensor (...)
        The numbers they were given.

    Raises
    ------
    InputError
        As there.

    Notes
    -----
    With y = f(x; p) the gradients are those of the implicit function: dx/dy = 1 / f', dx/dp = - (df/dp) / f'.
    """
    numbers, rows = _checked(values, parameters)
    return inverse_splines(numbers, rows).view(values.shape)


def _checked(values: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
    size = parameters.shape[-1] if parameters.dim() else 0
    if parameters.shape[:-1] != values.shape or size % 3 != 2 or size < 5:
        raise InputError(
            f"values have shape {tuple(values.shape)} and parameters {tuple(parameters.shape)}",
            "each value has a row of 3 K - 1 parameters, K at least 2",
            "give parameters of the shape of the values, and that row",
        )
    if values.dtype not in (torch.float32, torch.float64) or parameters.dtype != values.dtype:
        raise InputError(
            f"values have dtype {values.dtype} and parameters {parameters.dtype}",
            "the kernel computes in float32 or float64",
            "convert both with .float() or .double()",
        )
    for name, tensor in (("values", values), ("parameters", parameters)):
        if tensor.device.type not in ("cpu", "meta"):
            raise InputError(
                f"{name} are on the device {tensor.device}",
                "splines have kernels for the CPU alone",
                "use zuko.transforms.MonotonicRQSTransform there",
            )
    return values.reshape(-1), parameters.reshape(-1, size)
