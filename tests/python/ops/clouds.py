"""Random point sets and jets, from seeds."""

from __future__ import annotations

import torch
from torch import Tensor


def points(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    """Give standard normal numbers of a shape."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def grid_points(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    """Points on a small grid of whole numbers: many of them coincide, most are equally near to several."""
    numbers = torch.randint(-2, 3, shape, generator=torch.Generator().manual_seed(seed))
    return numbers.to(dtype)


def some(*shape: int, seed: int = 0) -> Tensor:
    """Give a mask that is true for about two in three."""
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) < 0.66


def light_jets(pt: float, mass: float, count: int = 64, dtype: torch.dtype = torch.float64) -> Tensor:
    """Jets of three constituents in all directions, of about this pt and mass."""
    generator = torch.Generator().manual_seed(1)
    axis = torch.randn(count, 3, generator=generator, dtype=torch.float64)
    axis[:, 2] *= 0.5
    axis *= pt / axis[:, :2].norm(dim=1, keepdim=True)
    share = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)[:, None]
    across = torch.linalg.cross(axis, torch.randn(count, 3, generator=generator, dtype=torch.float64))
    across = across[:, None] / across.norm(dim=1)[:, None, None]
    # m² = 2 E Σ |across|² / (2 E_i) with the transverse momenta summing to 0.
    kick = mass * torch.tensor([0.5, -0.25, -0.25], dtype=torch.float64)[:, None]
    return (share * axis[:, None] + kick * across).to(dtype)
