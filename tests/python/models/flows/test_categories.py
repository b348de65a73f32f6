"""Categories drawn one after the other."""

from __future__ import annotations

import itertools

import torch
from torch.nn import functional

from pyjetsim.models.flows.categories import CategoryHeads

SIZES = (3, 2, 4)


def one_hot(*categories: int) -> torch.Tensor:
    return torch.cat(
        [functional.one_hot(torch.tensor(each), size) for each, size in zip(categories, SIZES, strict=True)]
    ).float()


def heads_of(seed: int) -> CategoryHeads:
    torch.manual_seed(seed)
    heads = CategoryHeads(SIZES, conditions=5, width=8)
    with torch.no_grad():
        for parameter in heads.parameters():
            parameter.mul_(3)
    return heads


def test_probabilities_of_all_combinations_sum_to_one() -> None:
    heads, given = heads_of(1), torch.randn(1, 5)
    every = torch.stack([one_hot(*each) for each in itertools.product(*map(range, SIZES))])
    probabilities = heads.log_prob(every, given.expand(len(every), 5)).exp()
    torch.testing.assert_close(probabilities.sum(), torch.tensor(1.0))
    assert probabilities.max() > 2 / len(every)  # they differ


def test_draws_are_as_frequent_as_their_probabilities() -> None:
    heads, given = heads_of(2), torch.randn(1, 5)
    n = 100_000
    drawn = heads.sample(torch.randn(n, 3), given.expand(n, 5))
    for categories in itertools.product(*map(range, SIZES)):
        wanted = one_hot(*categories)
        expected = heads.log_prob(wanted[None], given).exp().item()
        found = (drawn == wanted).all(1).float().mean().item()
        assert abs(found - expected) < 5 * (max(expected, 1e-4) / n) ** 0.5


def test_what_hangs_together_is_learnt() -> None:
    """The second follows the first in all but 1 of 100: their own frequencies do not tell it."""
    torch.manual_seed(3)
    n = 20_000
    first = torch.randint(0, 2, (n,))
    second = torch.where(torch.rand(n) < 0.01, 1 - first, first)
    rows = torch.cat((functional.one_hot(first, 2), functional.one_hot(second, 2)), 1).float()
    heads, given = CategoryHeads((2, 2), 1, 8), torch.zeros(n, 1)
    optimiser = torch.optim.Adam(heads.parameters(), 2e-2)
    for _ in range(150):
        optimiser.zero_grad()
        loss = -heads.log_prob(rows, given).mean()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        drawn = heads.sample(torch.randn(n, 2), given)
    assert abs((drawn[:, 0] != drawn[:, 2]).float().mean().item() - 0.01) < 0.003


def test_no_categories_are_none() -> None:
    heads = CategoryHeads((), 5, 8)
    assert heads.sample(torch.zeros(4, 0), torch.zeros(4, 5)).shape == (4, 0)
    assert heads.log_prob(torch.zeros(4, 0), torch.zeros(4, 5)).tolist() == [0] * 4
