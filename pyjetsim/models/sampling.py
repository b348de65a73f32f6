"""Standard normal noise, and decisions from it inside the graph."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def standard_normal(*shape: int, device: torch.device) -> Tensor:
    """Standard normal numbers from torch's global generator of the CPU: the same on every device.

    Parameters
    ----------
    *shape : int
        Shape of the result.
    device : torch.device
        Where the result goes.

    Returns
    -------
    float32 Tensor
        The noise.
    """
    return torch.randn(shape).to(device, non_blocking=True)


def uniform(noise: Tensor) -> Tensor:
    """Standard normal numbers to uniform ones in [0, 1], by their cumulative distribution."""
    return 0.5 * (1 + torch.erf(noise / math.sqrt(2)))


def below(noise: Tensor, logits: Tensor) -> Tensor:
    """Sample 0 or 1, with a given probability of 1, from standard normal noise.

    Parameters
    ----------
    noise : Tensor
        Standard normal numbers.
    logits : Tensor
        Logits of the probability, of the same shape.

    Returns
    -------
    Tensor
        0 or 1, of the noise's dtype.

    Notes
    -----
    Runtimes round differently: a decision within rounding of its threshold, one in some millions, may differ
    between them.
    """
    return (uniform(noise) < torch.sigmoid(logits)).to(noise.dtype)
