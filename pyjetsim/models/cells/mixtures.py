"""Mixtures of Gaussians and categories: their likelihood, and drawing from them by inverse cdf."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from pyjetsim.models.cells.geometry import wrap_evenly

_LOG_WIDTH = (-7.0, 4.0)
_FAR = 40.0
"""Widths from the mean at which a likelihood stops falling, so that one stray jet cannot decide a step."""
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def normal(u: Tensor) -> Tensor:
    """The inverse of `pyjetsim.models.sampling.uniform`, for u in (0, 1)."""
    return math.sqrt(2) * torch.erfinv(2 * u - 1)


def mixture_nll(parameters: Tensor, value: Tensor) -> Tensor:
    """-log p (...) of ``value`` (..., D) under K Gaussians with diagonal covariance.

    ``parameters`` (..., K, 1 + 2 D): logit of the weight, D means, D logs of the width.
    """
    d = value.shape[-1]
    log_width = parameters[..., 1 + d :].clamp(*_LOG_WIDTH)
    pull = _pull(value.unsqueeze(-2) - parameters[..., 1 : 1 + d], log_width)
    log_density = -(0.5 * pull.square() + log_width).sum(-1)
    weights = F.log_softmax(parameters[..., 0], -1)
    return d * _HALF_LOG_2PI - torch.logsumexp(weights + log_density, -1)


# Bounds of logit, means and logs of width where the second coordinate is an angle.
_POLAR_LOW = (-math.inf, -math.inf, -math.inf, -math.inf, -5.0, -5.0, -5.0)
_POLAR_HIGH = (math.inf, math.inf, math.inf, math.inf, 2.0, 1.0, 2.0)
_IMAGES = range(-2, 3)
"""Turns either way; they hold all of an angle's density but 1e-6 at its largest width, e radians."""


def polar_parameters(raw: Tensor) -> Tensor:
    """Parameters (..., K, 7) of a mixture whose second coordinate is an angle, with bounded widths."""
    return torch.minimum(torch.maximum(raw, raw.new_tensor(_POLAR_LOW)), raw.new_tensor(_POLAR_HIGH))


def polar_mixture_nll(raw: Tensor, value: Tensor) -> Tensor:
    """-log p (...) of ``value`` (..., 3), the second coordinate an angle in radians.

    As `mixture_nll`, with a normal distribution wrapped around the circle for the angle.
    """
    parameters = polar_parameters(raw)
    log_width = parameters[..., 4:]
    difference = value.unsqueeze(-2) - parameters[..., 1:4]
    turn = 2 * math.pi
    angle = wrap_evenly(difference[..., 1])
    images = [_pull(angle + turn * j, log_width[..., 1]) for j in _IMAGES]
    wrapped = torch.logsumexp(torch.stack([-0.5 * image.square() for image in images], -1), -1)
    straight = _pull(difference[..., ::2], log_width[..., ::2]).square().sum(-1)
    weights = F.log_softmax(parameters[..., 0], -1)
    return 3 * _HALF_LOG_2PI - torch.logsumexp(weights - 0.5 * straight - log_width.sum(-1) + wrapped, -1)


def _pull(difference: Tensor, log_width: Tensor) -> Tensor:
    return (difference * torch.exp(-log_width)).clamp(-_FAR, _FAR)


def draw_category(logits: Tensor, u: Tensor) -> Tensor:
    """Categories (...) int64 from logits (..., K) and uniform numbers u (...)."""
    k = logits.shape[-1]
    # A product with a triangle of ones: runtimes are slow at cumulative sums.
    triangle = torch.ones(k, k - 1, dtype=logits.dtype, device=logits.device).triu()
    return (u.unsqueeze(-1) > torch.softmax(logits, -1) @ triangle).sum(-1)


def draw_mixture(parameters: Tensor, u: Tensor, noise: Tensor) -> Tensor:
    """A value (..., D) of the mixture of `mixture_nll`: u (...) uniform, noise (..., D) standard normal."""
    d = noise.shape[-1]
    component = draw_category(parameters[..., 0], u)
    index = component[..., None, None].expand(*component.shape, 1, parameters.shape[-1])
    chosen = torch.gather(parameters, -2, index).squeeze(-2)
    return chosen[..., 1 : 1 + d] + torch.exp(chosen[..., 1 + d :].clamp(*_LOG_WIDTH)) * noise
