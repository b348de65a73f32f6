"""Decisions from standard normal noise, inside the graph."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def below(noise: Tensor, logits: Tensor) -> Tensor:
    """1 with the probability whose logit is given, else 0, decided by standard normal ``noise``.

    The noise's quantile is uniform. Runtimes round differently, and a decision within that rounding of
    its threshold, one in some millions, may differ between them.
    """
    quantile = 0.5 * (1 + torch.erf(noise / math.sqrt(2)))
    return (quantile < torch.sigmoid(logits)).to(noise.dtype)
