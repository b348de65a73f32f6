"""Message passing between all constituents of a jet: attention that knows their distances."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

_ABSENT = -1e9


def perceptron(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """One hidden layer."""
    return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs))


class Affinity(nn.Module):
    """How much two constituents mind each other for being near, by head; the same in every layer."""

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(0.5 * torch.randn(2, heads, 1, 1))

    def forward(self, nearness: tuple[Tensor, Tensor], there: Tensor) -> Tensor:
        """Bias of the attention scores (B, H, n, n), from pair features and the nodes present (B, n)."""
        far, near = (feature.unsqueeze(1) for feature in nearness)
        heard = _ABSENT * (1 - there)
        return far * self.weights[0] + near * self.weights[1] + heard[:, None, None, :]


class MessagePassing(nn.Module):
    """Every constituent hears every other, weighted by what both are and how far apart they are."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self._scale = 1 / math.sqrt(width // heads)
        self.norm = nn.LayerNorm(width)
        self.queries = nn.Linear(width, 3 * width)
        self.messages = nn.Linear(width, width)
        self.update = nn.Sequential(nn.LayerNorm(width), perceptron(width, 2 * width, width))

    def forward(self, nodes: Tensor, affinity: Tensor) -> Tensor:
        """Nodes (B, n, w) and affinities (B, H, n, n), to nodes (B, n, w)."""
        query, key, value = (
            part.unflatten(2, (self._heads, -1)).transpose(1, 2)
            for part in self.queries(self.norm(nodes)).chunk(3, 2)
        )
        scores = torch.matmul(query * self._scale, key.transpose(2, 3)) + affinity
        heard = torch.matmul(torch.softmax(scores, 3), value)
        nodes = nodes + self.messages(heard.transpose(1, 2).flatten(2))
        updated: Tensor = nodes + self.update(nodes)
        return updated


def pooled(nodes: Tensor, there: Tensor) -> Tensor:
    """Mean (B, w) over the constituents that are there; zero for a jet without any."""
    weights = there.unsqueeze(2)
    return (nodes * weights).sum(1) / weights.sum(1).clamp(min=1)
