"""Jets to measure on, and jets on which two right answers cannot differ."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def random_jets(batch: int, points: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Gen-like and reco-like jets, float32 (batch, points, 3): px, py, pz in GeV, contiguous, no padding.

    Constituents lie within 0.5 or so of an axis, with exponential pt; the second set is the first,
    smeared and in another order.
    """
    random = torch.Generator().manual_seed(seed)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=random)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random)

    eta = 4 * uniform(batch, 1) - 2 + 0.2 * normal(batch, points)
    phi = 2 * math.pi * uniform(batch, 1) + 0.2 * normal(batch, points)
    pt = -200 / points * torch.log1p(-uniform(batch, points)) + 0.1
    gen = torch.stack([pt * phi.cos(), pt * phi.sin(), pt * eta.sinh()], -1)
    order = torch.randperm(points, generator=random)
    reco = (gen * (1 + 0.1 * normal(batch, points, 3)) + 0.1 * normal(batch, points, 3))[:, order]
    return gen.contiguous(), reco.contiguous()


def decided(x: Tensor, y: Tensor, margin: float = 1e-5) -> Tensor:
    """Jets (B,) whose every point has one nearest point by more than rounding.

    Of two all but equally near points float32 may take either, and the gradients then differ though
    both are right.
    """
    squared = (x.double()[:, :, None] - y.double()[:, None]).square().sum(-1)
    clear = torch.ones(len(x), dtype=torch.bool)
    for distance in (squared, squared.transpose(1, 2)):
        if distance.shape[2] > 1:
            first, second = distance.topk(2, largest=False).values.unbind(-1)
            clear &= (second - first > margin * second).all(1)
    return clear
