"""Gen jets as tokens."""

import numpy as np
import torch
from detectors import CMS_CONFIG
from synthetic import synthetic_pairs

from pyjetsim.jets import momenta
from pyjetsim.models.cells.calorimeters import Around
from pyjetsim.models.cells.particles import PHOTON, SpeciesTable
from pyjetsim.models.cells.tokens import Tokeniser, particles


def test_a_light_jets_mass_is_no_rounding():
    rng = np.random.default_rng(3)
    constituents, pid = np.zeros((60, 8, 3)), np.zeros((60, 8), np.int32)
    for jet in range(60):
        count = 1 + jet % 4
        pt = 10 ** rng.uniform(1, 3.3, count)
        constituents[jet, :count] = momenta(pt, 1.5 + rng.normal(0, 2e-3, count), rng.normal(0, 2e-3, count))
        pid[jet, :count] = rng.choice([211, -321, 2112, 13], count)
    table = SpeciesTable()
    rows = torch.from_numpy(constituents.astype(np.float32))
    species = table(torch.from_numpy(pid))
    found = particles(rows, species).jet_mass
    wide = rows.double()
    energy = torch.sqrt(wide.square().sum(-1) + species.mass.double().square()) * (wide != 0).any(-1)
    mass2 = energy.sum(1).square() - wide.sum(1).square().sum(-1)
    torch.testing.assert_close(found.double(), mass2.clamp(min=1e-2).sqrt(), rtol=2e-4, atol=1e-4)


def _tokens(constituents, pid):
    gen = particles(torch.from_numpy(constituents.astype(np.float32)), SpeciesTable()(torch.from_numpy(pid)))
    return gen, Tokeniser(CMS_CONFIG.known.detector)(gen, torch.zeros(len(pid)))


def _photons(eta):
    """A jet of photons of 30, 20 and 10 GeV at ``eta``, and phi in the middle of a cell."""
    phi = np.pi / 360
    return momenta(np.array([[30.0, 20.0, 10.0]]), np.array([eta]), np.full((1, 3), phi)), np.full((1, 3), 22)


def test_places_in_cells_and_what_is_around():
    gen = synthetic_pairs(30, seed=2).gen
    side, tokens = _tokens(gen.constituents, gen.pid)
    hits = (tokens.ecal | tokens.hcal).numpy()
    for place in (tokens.in_eta, tokens.in_phi):
        assert np.abs(place.numpy()[hits]).max() < 0.5 + 1e-3
    # What is in the cell counts for it at least in half, and nothing that is farther than a cell away does.
    assert (tokens.near[tokens.same > 0][hits[:, :, None].repeat(80, 2)[tokens.same.numpy() > 0]] > 0.2).all()
    assert (tokens.wide[..., PHOTON] <= side.energy.sum(1, keepdim=True) + 1e-3).all()


def test_a_cell_knows_what_its_harder_neighbour_lacks():
    width = 0.0174
    # Two on both sides of an edge, one far away.
    gen, tokens = _tokens(*_photons((0.8 * width, 1.2 * width, 9.5 * width)))
    hit = torch.tensor([[1.0, 1.0, 1.0]])
    around = Around(tokens, torch.zeros_like(hit), hit)
    energy = gen.energy - torch.tensor([[6.0, 0.0, 0.0]])
    assert around.first.tolist() == [[1.0, 0.0, 1.0]]
    lost, _, answered, lacking, _ = around.inputs(energy).unbind(-1)
    assert lost.abs().max() == 0
    assert answered[0, 1] > 0
    assert answered[0, 2] == 0
    # The second has what the first lacks; the third is far from both.
    assert lacking[0, 1] > 0
    assert lacking[0, [0, 2]].tolist() == [0.0, 0.0]
    # The first ones are drawn before: nothing that is drawn later changes their inputs.
    torch.testing.assert_close(around.inputs(None)[around.first > 0], around.inputs(energy)[around.first > 0])
    gone = Around(tokens, torch.zeros_like(hit), torch.tensor([[0.0, 1.0, 1.0]])).inputs(None)
    assert gone[0, 1, 0] > 1
    assert gone[0, 2, 0] == 0
