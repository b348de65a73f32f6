"""Categories, such as flags, ids and point masses, drawn one after the other, each given those before."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor, nn
from torch.nn import functional

from pyjetsim.models.sampling import uniform


class CategoryHeads(nn.Module):
    r"""Probabilities of J categories of an object, given conditions.

    Parameters
    ----------
    sizes : sequence of int
        How many categories there are to each.
    conditions : int
        C, of the numbers that are given.
    width : int
        Of the two hidden layers of a head.

    Notes
    -----
    .. math:: p(k_1, \dots, k_J | c) = \prod_j p(k_j | c, k_1, \dots, k_{j-1})

    Each factor is a softmax of a network of its own, which takes the earlier categories as numbers 0 or 1:
    how categories hang together is learnt as it is, however rare some of them are.
    """

    def __init__(self, sizes: Sequence[int], conditions: int, width: int) -> None:
        super().__init__()
        self.sizes = tuple(sizes)
        before = accumulate(self.sizes, initial=0)
        self.heads = nn.ModuleList(
            nn.ModuleList(
                (nn.Linear(conditions + given, width), nn.Linear(width, width), nn.Linear(width, size))
            )
            for size, given in zip(self.sizes, before, strict=False)
        )

    def log_prob(self, categories: Tensor, conditions: Tensor) -> Tensor:
        """Natural logarithm of the probability.

        Parameters
        ----------
        categories : Tensor (B, sum of sizes)
            For each of the J in turn a 1 at its category, else 0.
        conditions : Tensor (B, C)
            Standardised.

        Returns
        -------
        Tensor (B,)
        """
        total = torch.zeros_like(conditions[:, 0])
        start = 0
        for head, size in enumerate(self.sizes):
            logits = self._logits(head, torch.cat((conditions, categories[:, :start]), 1))
            chosen = categories[:, start : start + size]
            total = total + (functional.log_softmax(logits, 1) * chosen).sum(1)
            start += size
        return total

    def sample(self, noise: Tensor, conditions: Tensor) -> Tensor:
        """Draw categories.

        Parameters
        ----------
        noise : Tensor (B, J)
            Standard normal numbers.
        conditions : Tensor (B, C)
            Standardised.

        Returns
        -------
        Tensor (B, sum of sizes)
            As :meth:`log_prob` takes them.

        Notes
        -----
        The category is the first whose cumulative probability is above the noise's. Runtimes round
        differently: a draw within rounding of a threshold, one in some millions, may differ between them.
        """
        given = conditions
        for head, size in enumerate(self.sizes):
            logits = self._logits(head, given)
            weights = torch.exp(logits - logits.amax(1, keepdim=True))
            drawn = uniform(noise[:, head]) * weights.sum(1)
            # Sums from the first term on, as every runtime does them.
            below = torch.zeros_like(drawn)
            passed = torch.zeros_like(drawn)
            for category in range(size - 1):
                below = below + weights[:, category]
                passed = passed + (drawn >= below).to(drawn.dtype)
            chosen = torch.stack([(passed == category).to(given.dtype) for category in range(size)], 1)
            given = torch.cat((given, chosen), 1)
        return given[:, conditions.shape[1] :]

    def _logits(self, head: int, given: Tensor) -> Tensor:
        layers = list(self.heads[head].children())
        for layer in layers[:-1]:
            given = functional.silu(layer(given))
        logits: Tensor = layers[-1](given)
        return logits
