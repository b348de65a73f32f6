"""The half that is only there in training: what latent point a known reco jet stands for."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pyjetsim.models.graph.layers import perceptron, pooled
from pyjetsim.models.graph.target import Target

_LOG_VARIANCE = (-8.0, 2.0)


class Posterior(nn.Module):
    """Means and log-variances of the latent points of a jet, of its constituents and of its extras."""

    def __init__(self, width: int, jet_latent: int, latent: int) -> None:
        super().__init__()
        self.node = perceptron(width + 4, width, width)
        self.extra = perceptron(width + 4, width, width)
        self.jet = perceptron(3 * width + 3, width, 2 * jet_latent)
        self.of_node = perceptron(width, width, 2 * latent)
        self.of_extra = perceptron(width, width, 2 * latent)

    def forward(
        self, nodes: Tensor, there: Tensor, jet: Tensor, slots: Tensor, target: Target
    ) -> tuple[tuple[Tensor, Tensor], ...]:
        """(B, J), (B, n, L) and (B, K, L), each as mean and log-variance."""
        slots = slots.expand(len(nodes), -1, -1)
        node = self.node(torch.cat([nodes, target.kept.unsqueeze(2), target.change], 2))
        extra = self.extra(torch.cat([slots, target.extra.unsqueeze(2), target.place], 2))
        whole = [jet, pooled(node, there), pooled(extra, target.extra), target.response]
        parts = self.jet(torch.cat(whole, 1)), self.of_node(node), self.of_extra(extra)
        return tuple(
            (mean, log_variance.clamp(*_LOG_VARIANCE))
            for mean, log_variance in (part.chunk(2, -1) for part in parts)
        )
