"""States of a jet that all its particles share: what is lost together."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pyjetsim.models.cells.heads import mlp
from pyjetsim.models.cells.mixtures import draw_category

FATES = 16
"""States of a jet."""


class Fates(nn.Module):
    """A mixture over states of a jet.

    Particles are lost together: the tracks of a heavy hadron's decay all miss the vertex, the photons of a
    kaon that decays behind the calorimeter are all missing, and what clustering leaves out is a group of
    neighbours. Nothing in the file says which these are. A jet is therefore in one of several states, and
    given it each particle or cell is seen or not by itself.
    """

    def __init__(self, jet: int, width: int) -> None:
        super().__init__()
        self.logits = mlp(jet, width, FATES, 1)

    def nll(self, jet: Tensor, given: Tensor) -> Tensor:
        """-log likelihood (B,) of what has -log likelihoods ``given`` (B, FATES) in each state."""
        return -torch.logsumexp(torch.log_softmax(self.logits(jet), -1) - given, -1)

    def draw(self, jet: Tensor, u: Tensor) -> Tensor:
        """States (B,) int64 from uniform numbers u (B,)."""
        return draw_category(self.logits(jet), u)


def in_state(values: Tensor, state: Tensor) -> Tensor:
    """Those of ``values`` (B, P, FATES) that belong to the jets' states (B,): (B, P)."""
    index = state[:, None, None].expand(-1, values.shape[1], 1)
    return torch.gather(values, -1, index).squeeze(-1)
