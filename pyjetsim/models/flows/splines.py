"""Monotonic rational-quadratic splines of many numbers at once, forward and back."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from zuko.transforms import MonotonicRQSTransform

from pyjetsim import ops

_jit: Any = torch.jit
"""Without types."""

BOUND = 5.0
"""Beyond ±BOUND a spline changes nothing."""
SLOPE = 1e-3
"""The least slope; widths, heights and derivatives are kept within what it allows."""


def parameters_of(bins: int) -> int:
    """How many numbers say what a spline of K bins is: 3 K - 1, widths, heights, inner derivatives."""
    return 3 * bins - 1


def spline(values: Tensor, parameters: Tensor, bins: int) -> tuple[Tensor, Tensor]:
    """Transform numbers by a spline each.

    Parameters
    ----------
    values : Tensor (...)
        The numbers.
    parameters : Tensor (..., 3 K - 1)
        Of each one's spline: unconstrained widths and heights of K bins, and derivatives at the knots between
        them. All 0 is the identity.
    bins : int
        K.

    Returns
    -------
    Tensor (...)
        The spline's values.
    Tensor (...)
        Logarithms of its derivatives.

    Notes
    -----
    zuko's `MonotonicRQSTransform`, between ±:data:`BOUND`; outside it is the identity. On the CPU it is
    calculated by :func:`pyjetsim.ops.rational_quadratic_spline`, unless a program of it is being made.

    References
    ----------
    C. Durkan et al., Neural Spline Flows, NeurIPS 2019, arXiv:1906.04032, section 3.1.
    """
    if _by_kernel(values):
        return ops.rational_quadratic_spline(values, parameters)
    changed, log_slope = _spline_of(parameters, bins).call_and_ladj(values)
    return changed, log_slope


def inverse_spline(values: Tensor, parameters: Tensor, bins: int) -> Tensor:
    """Undo :func:`spline`.

    Parameters
    ----------
    values : Tensor (...)
        What the splines gave.
    parameters : Tensor (..., 3 K - 1)
        As in :func:`spline`.
    bins : int
        K.

    Returns
    -------
    Tensor (...)
        The numbers it was given.

    Notes
    -----
    Of the quadratic equation's roots the one between the knots, in the form that loses nothing where the
    quadratic term is small. Its discriminant is never negative, and is kept from being so by rounding.
    """
    if _by_kernel(values):
        return ops.inverse_rational_quadratic_spline(values, parameters)
    of = _spline_of(parameters, bins)
    # Knots below the value: 0 or K + 1 outside, where any bin does.
    below = (of.vertical < values[..., None]).sum(-1)
    inside = (below > 0) & (below <= bins)
    left = torch.clamp(below - 1, 0, bins - 1)[..., None]

    def ends(knots: Tensor) -> tuple[Tensor, Tensor]:
        return knots.gather(-1, left)[..., 0], knots.gather(-1, left + 1)[..., 0]

    (x0, x1), (y0, y1), (d0, d1) = ends(of.horizontal), ends(of.vertical), ends(of.derivatives)
    height, slope = y1 - y0, (y1 - y0) / (x1 - x0)
    above = torch.where(inside, values - y0, torch.zeros_like(values))
    bend = above * (d0 + d1 - 2 * slope)
    a, b, c = height * (slope - d0) + bend, height * d0 - bend, -slope * above
    root = torch.sqrt(torch.clamp(b * b - 4 * a * c, min=0))
    part = 2 * c / (-b - root)
    return torch.where(inside, x0 + part * (x1 - x0), values)


def _by_kernel(values: Tensor) -> bool:
    """Whether the compiled op applies: on the CPU, and not in a graph, which must run without it."""
    traced = _jit.is_tracing() or torch.compiler.is_exporting()
    return values.device.type == "cpu" and values.dtype != torch.float16 and not traced


def _spline_of(parameters: Tensor, bins: int) -> MonotonicRQSTransform:
    parts = torch.split(parameters, [bins, bins, bins - 1], -1)
    return MonotonicRQSTransform(*parts, bound=BOUND, slope=SLOPE)
