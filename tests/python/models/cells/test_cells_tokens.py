"""Gen jets as tokens."""

import numpy as np
import torch

from pyjetsim.jets import momenta
from pyjetsim.models.cells.particles import SpeciesTable
from pyjetsim.models.cells.tokens import particles


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
