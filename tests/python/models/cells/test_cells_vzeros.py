"""K0S and Lambda are found by the masses of their products, and these are lost together."""

import numpy as np
import pytest
import torch
from detectors import CMS_CONFIG

from pyjetsim.jets import Jets
from pyjetsim.models.cells.particles import SpeciesTable
from pyjetsim.models.cells.tokens import particles
from pyjetsim.models.cells.vzeros import Survival, VZeros, vzeros

DETECTOR = CMS_CONFIG.known.detector
MASS = {211: 0.13957, 2212: 0.93827, 2112: 0.93957, 22: 0.0, 111: 0.13498, 310: 0.49761, 3122: 1.11568}


def decay(parent, mass, products, rng):
    """Two products (mass each) of a parent (3,) in GeV, isotropic in its rest frame: (2, 3)."""
    m1, m2 = products
    p = np.sqrt((mass**2 - (m1 + m2) ** 2) * (mass**2 - (m1 - m2) ** 2)) / (2 * mass)
    direction = rng.normal(size=3)
    direction *= p / np.linalg.norm(direction)
    energy = np.sqrt(parent @ parent + mass**2)
    answers = []
    for sign, m in ((1, m1), (-1, m2)):
        own, e = sign * direction, np.hypot(p, m)
        gamma, beta = energy / mass, parent / energy
        along = beta @ own
        answers.append(own + beta * gamma * (gamma / (gamma + 1) * along + e))
    return np.array(answers)


def found_in(rows, vertex=0.0):
    """VZeros of one jet of (momentum, pid)."""
    momenta, pid = np.array([row[0] for row in rows])[None], np.array([[row[1] for row in rows]], np.int32)
    species = SpeciesTable()(torch.from_numpy(pid))
    gen = particles(torch.from_numpy(momenta.astype(np.float32)), species)
    return vzeros(gen, species, torch.tensor([vertex]), DETECTOR), gen


PROMPT = [
    (np.array([8.0, 1.0, 2.0]), 211),
    (np.array([5.0, 0.5, 1.0]), -211),
    (np.array([3.0, 0.2, 1.0]), 22),
]


@pytest.mark.parametrize("size", [2.0, 20.0, 200.0, 1000.0])
@pytest.mark.parametrize("parent", ["K0S", "Lambda"])
def test_charged_products_are_found_at_every_energy(parent, size):
    rng = np.random.default_rng(int(size))
    momentum = size * np.array([0.8, 0.1, 0.59])
    mass, ids = (MASS[310], (211, -211)) if parent == "K0S" else (MASS[3122], (2212, -211))
    products = decay(momentum, mass, [MASS[abs(i)] for i in ids], rng)
    found, _ = found_in([(products[0], ids[0]), *PROMPT, (products[1], ids[1])])
    assert found.number[0].tolist() == [0, 1, 2, 3, 0]
    assert found.kind[0, :, 0 if parent == "K0S" else 1].tolist() == [1, 0, 0, 0, 1]
    assert found.momentum[0, 4].item() == pytest.approx(np.linalg.norm(momentum), rel=1e-4)
    # exp(-d m / p c tau), d to the barrel at this angle.
    depth = DETECTOR.radius / np.hypot(*momentum[:2]) * np.linalg.norm(momentum)
    flight = np.linalg.norm(momentum) / mass * {"K0S": 0.026844, "Lambda": 0.07891}[parent]
    assert found.beyond[0, 0].item() == pytest.approx(np.exp(-min(depth / flight, 50)), abs=1e-4)
    assert found.pt[0, 1].item() == 0


@pytest.mark.parametrize("parent", ["K0S", "Lambda"])
def test_neutral_products_are_found_through_their_photons(parent):
    rng = np.random.default_rng(3)
    momentum = np.array([40.0, 5.0, -20.0])
    if parent == "K0S":
        pions = decay(momentum, MASS[310], (MASS[111], MASS[111]), rng)
        photons = [decay(pion, MASS[111], (0, 0), rng) for pion in pions]
        rows = [(p, 22) for pair in photons for p in pair]
        members = 4
    else:
        neutron, pion = decay(momentum, MASS[3122], (MASS[2112], MASS[111]), rng)
        rows = [(neutron, 2112), *((p, 22) for p in decay(pion, MASS[111], (0, 0), rng))]
        members = 3
    found, _ = found_in([*PROMPT, *rows])
    assert found.number[0].tolist() == [0, 1, 2] + [3] * members
    assert found.member[0].tolist() == [0, 0, 0] + [1] * members
    assert (found.momentum[0, 3:] - np.linalg.norm(momentum)).abs().max() < 1e-2
    assert len(set(found.flights[0, 3:].tolist())) == 1


def test_pions_of_one_charge_and_prompt_ones_are_left_alone():
    rng = np.random.default_rng(5)
    products = decay(np.array([20.0, 0, 3]), MASS[310], (MASS[211], MASS[211]), rng)
    found, _ = found_in([(products[0], 211), (products[1], 211), *PROMPT])
    assert found.member.sum() == 0
    assert found.number[0].tolist() == [0, 1, 2, 3, 4]
    assert (found.beyond == 0).all()
    empty = Jets.from_constituents(np.zeros((2, 4, 3)), np.zeros((2, 4), np.int32))
    gen = particles(torch.from_numpy(empty.constituents), SpeciesTable()(torch.from_numpy(empty.pid)))
    nothing = vzeros(gen, SpeciesTable()(torch.from_numpy(empty.pid)), torch.zeros(2), DETECTOR)
    assert nothing.member.sum() == 0
    assert torch.isfinite(nothing.momentum).all()


def _pair(flights):
    number = torch.tensor([[0, 0, 2]])
    kind = torch.tensor([[[1.0, 0], [1, 0], [0, 0]]])
    momentum, pt = torch.tensor([[30.0, 30, 1]]), torch.tensor([[20.0, 20, 0]])
    return VZeros(number, kind, momentum, pt, torch.tensor([[flights, flights, 0.0]]))


def test_likelihoods_of_all_outcomes_add_up_to_one():
    torch.manual_seed(0)
    survival, found = Survival(), _pair(0.7)
    p = torch.tensor([0.9, 0.8, 0.3])
    total, both_lost = 0.0, 0.0
    for outcome in np.ndindex(2, 2, 2):
        seen = torch.tensor([outcome], dtype=torch.float32)
        each = -(seen * torch.log(p) + (1 - seen) * torch.log(1 - p)).unsqueeze(-1).repeat(1, 1, 2)
        likelihood = torch.exp(-survival.nll(found, found.member, each, seen))
        assert likelihood.shape == (1, 2)
        total += likelihood[0, 0].item()
        both_lost += likelihood[0, 0].item() if outcome[:2] == (0, 0) else 0
    assert total == pytest.approx(1, abs=1e-5)
    s = torch.sigmoid(survival(found))[0, 0].item()
    assert both_lost == pytest.approx(1 - s + s * 0.1 * 0.2, abs=1e-5)


def test_products_share_the_draw_and_are_lost_as_often_as_said():
    torch.manual_seed(0)
    survival, one = Survival(), _pair(0.7)
    n = 4000
    found = VZeros(*(each.expand(n, *each.shape[1:]) for each in one))
    drawn = survival.draw(found, torch.rand(n, 3))
    assert (drawn[:, 0] == drawn[:, 1]).all()
    assert (drawn[:, 2] == 1).all()
    assert drawn[:, 0].mean().item() == pytest.approx(torch.sigmoid(survival(one))[0, 0].item(), abs=0.03)
    assert survival(_pair(0.1))[0, 0] < survival(_pair(3.0))[0, 0]
