"""Standard normal noise, and decisions from it inside the graph."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def standard_normal(*shape: int, device: torch.device) -> Tensor:
    """Standard normal numbers from the CPU's generator, torch's global one: the same on every device."""
    return torch.randn(shape).to(device, non_blocking=True)


def uniform(noise: Tensor) -> Tensor:
    """Standard normal numbers to uniform ones in [0, 1], through their cdf."""
    return 0.5 * (1 + torch.erf(noise / math.sqrt(2)))


def below(noise: Tensor, logits: Tensor) -> Tensor:
    """Sample 0 or 1 from standard normal ``noise``: 1 with the probability whose logit is ``logits``.

    Notes
    -----
    Runtimes round differently: a decision within rounding of its threshold, one in some millions, may differ
    between them.
    """
    return (uniform(noise) < torch.sigmoid(logits)).to(noise.dtype)
