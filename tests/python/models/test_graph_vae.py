"""The graph model: order and padding mean nothing to it, and what it learns of a pair is right."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from pyjetsim.jets import Jets
from pyjetsim.models import GraphVAE
from pyjetsim.models.graph.geometry import localised, momenta
from pyjetsim.models.graph.matching import match, unmatched

P, K = 40, 6


@pytest.fixture
def model():
    torch.manual_seed(0)
    model = GraphVAE(GraphVAE.Config(max_constituents=P, max_extras=K, width=16, layers=2))
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(1.3)
    return model.eval()


@pytest.fixture
def gen(make_pairs):
    return torch.from_numpy(make_pairs(20, 1).gen.padded_to(P).constituents.copy())


def _noise(model, n=20):
    return torch.randn(n, model.noise_size, generator=torch.Generator().manual_seed(1))


def _close(found, wanted):
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_it_is_equivariant(model, gen):
    noise, order = _noise(model), torch.randperm(P, generator=torch.Generator().manual_seed(2))
    own = model._latent + 4
    start = model._jet_latent + K * own
    moved = noise.clone()
    moved[:, start:] = noise[:, start:].reshape(20, P, own)[:, order].reshape(20, -1)
    plain, mixed = model(gen, noise), model(gen[:, order], moved)
    _close(mixed[:, :P], plain[:, order])
    _close(mixed[:, P:], plain[:, P:])


@torch.no_grad()
def test_padding_changes_nothing(model, gen):
    noise = _noise(model)
    for jet in range(20):
        count = int((gen[jet] != 0).any(1).sum())
        whole, bare = model(gen[jet : jet + 1], noise[:1]), model(gen[jet : jet + 1, :count], noise[:1])
        _close(bare[:, :count], whole[:, :count])
        _close(bare[:, count:], whole[:, P:])
        assert not whole[0, count:P].any()


@torch.no_grad()
def test_no_jet_gives_no_jet(model):
    assert not model(torch.zeros(2, P, 3), _noise(model, 2)).any()


@torch.no_grad()
def test_it_turns_with_the_jet(model, gen):
    angle = torch.tensor(1.1)
    turn = torch.eye(3)
    turn[:2, :2] = torch.stack(
        [torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])]
    )
    _close(model(gen @ turn.T, _noise(model)), model(gen, _noise(model)) @ turn.T)


def test_the_axis_and_back(gen):
    local = localised(gen)
    back = momenta(local.log_pt, local.eta, local.delta_phi, local.axis) * local.there[..., None]
    torch.testing.assert_close(back, gen, rtol=1e-5, atol=1e-4)
    assert local.delta_phi.abs().max() < 1


def test_matching_is_the_greedy_one(make_pairs):
    pairs = make_pairs(60, 3)
    gen, reco = pairs.gen.padded_to(30), pairs.reco.padded_to(25)
    matches = match(gen, reco)
    assert 0.5 < (matches >= 0)[gen.present].mean() < 1
    for jet in range(60):
        found = _greedy(gen.constituents[jet], reco.constituents[jet])
        assert {(i, int(j)) for i, j in enumerate(matches[jet]) if j >= 0} == found


def _greedy(gen, reco):
    """One pair after the other, the nearest of all."""

    def coordinates(rows):
        pt = np.hypot(rows[:, 0], rows[:, 1])
        return np.log(pt), np.arcsinh(rows[:, 2] / pt), np.arctan2(rows[:, 1], rows[:, 0])

    a, b = (coordinates(rows[(rows != 0).any(1)]) for rows in (gen, reco))
    turn = (a[2][:, None] - b[2] + np.pi) % (2 * np.pi) - np.pi
    squared = ((a[1][:, None] - b[1]) ** 2 + turn**2) / 0.05**2 + ((a[0][:, None] - b[0]) / 0.5) ** 2
    pairs = set()
    while squared.size and squared.min() <= 9:
        i, j = np.unravel_index(squared.argmin(), squared.shape)
        pairs.add((int(i), int(j)))
        squared[i], squared[:, j] = np.inf, np.inf
    return pairs


def test_extras_are_what_nobody_claims():
    rows = np.zeros((2, 5, 3), np.float32)
    rows[0, :4, 0] = [9, 7, 5, 3]
    rows[1, :2, 0] = [9, 7]
    reco = Jets.from_constituents(rows)
    matches = np.array([[1, -1, 3], [-1, -1, -1]], np.int16)
    assert unmatched(matches, reco, 3).tolist() == [[0, 2, -1], [0, 1, -1]]
    assert unmatched(matches, reco, 1).tolist() == [[0], [0]]
    assert unmatched(matches, reco, 7).tolist() == [[0, 2] + [-1] * 5, [0, 1] + [-1] * 5]


def test_heads_share_the_width():
    with pytest.raises(ValidationError, match="not a multiple of heads"):
        GraphVAE.Config(width=10, heads=4)
