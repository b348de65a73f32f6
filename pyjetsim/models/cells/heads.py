"""Small networks."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def mlp(inputs: int, hidden: int, outputs: int, layers: int = 2) -> nn.Sequential:
    """Layers of SiLU, then a linear one."""
    parts: list[nn.Module] = []
    for layer in range(layers):
        parts += [nn.Linear(hidden if layer else inputs, hidden), nn.SiLU()]
    return nn.Sequential(*parts, nn.Linear(hidden, outputs))


class Shared(nn.Module):
    """The first layer of several heads at once, for inputs of tokens beside inputs of their jet.

    What a jet says is the same for all its tokens and multiplied once.
    """

    def __init__(self, token: int, jet: int, hidden: int, heads: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.token = nn.Linear(token, hidden * heads)
        self.jet = nn.Linear(jet, hidden * heads, bias=False)

    def forward(self, token: Tensor, jet: Tensor) -> tuple[Tensor, ...]:
        """Tokens (B, P, .) and jets (B, .) to one (B, P, hidden) for each head, without activation."""
        return torch.split(self.token(token) + self.jet(jet).unsqueeze(1), self.hidden, -1)


class Head(nn.Module):
    """The rest of a head of `Shared`, with inputs of its own that were not known before."""

    def __init__(self, own: int, hidden: int, outputs: int, layers: int = 2) -> None:
        super().__init__()
        self.own = nn.Linear(own, hidden, bias=False) if own else None
        self.rest = mlp(hidden, hidden, outputs, layers - 1)

    def forward(self, shared: Tensor, own: Tensor | None = None) -> Tensor:
        """(B, P, hidden) and (B, P, own) to (B, P, outputs)."""
        if self.own is not None and own is not None:
            shared = shared + self.own(own)
        answer: Tensor = self.rest(F.silu(shared))
        return answer
