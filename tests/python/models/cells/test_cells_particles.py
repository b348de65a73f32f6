"""PDG ids, and what stands in for them."""

import torch

from pyjetsim.models.cells.identity import IdentityModel
from pyjetsim.models.cells.noise import SLOTS, TOKEN, Noise, uniform
from pyjetsim.models.cells.particles import KINDS, SpeciesTable


def test_species_of_known_and_unknown_ids():
    pid = torch.tensor([211, -211, 11, -13, 22, 130, 3112, -3222, 1000020040, 0], dtype=torch.int32)
    species = SpeciesTable()(pid)
    assert species.kind.argmax(-1).tolist() == [0, 0, 3, 4, 1, 2, 0, 0, 2, 2]
    assert torch.equal(species.kind.sum(-1), torch.ones(10))
    assert species.charge.tolist() == [1, -1, -1, 1, 0, 0, -1, -1, 0, 0]
    torch.testing.assert_close(species.mass[:3], torch.tensor([0.13957, 0.13957, 0.000511]))


def test_slots_of_the_noise_do_not_overlap():
    taken = [i for part in SLOTS.values() for i in range(part.start, part.stop)]
    assert len(taken) == len(set(taken))
    assert max(taken) < TOKEN


def test_unknown_ids_are_drawn_as_often_as_learnt_and_known_ones_kept():
    torch.manual_seed(0)
    model = IdentityModel()
    share = torch.tensor([0.5, 0.3, 0.15, 0.04, 0.01])
    with torch.no_grad():
        model.logits[-1].weight.zero_()
        model.logits[-1].bias.copy_(share.log())
    n = 20_000
    normal = torch.randn(1, n, TOKEN)
    noise = Noise(normal, uniform(normal))
    constituents = torch.randn(1, n, 3)
    drawn = model.complete(constituents, torch.zeros(1, n, dtype=torch.int32), noise)
    species = SpeciesTable()(drawn)
    torch.testing.assert_close(species.kind.mean((0, 1)), share, atol=0.012, rtol=0)
    charged = species.charge[species.charge != 0]
    assert abs(float(charged.mean())) < 0.05
    known = torch.full((1, n), -2212)
    assert torch.equal(model.complete(constituents, known, noise), known.int())


def test_the_likelihood_of_kinds_leaves_padding_out():
    model = IdentityModel()
    constituents = torch.randn(2, 3, 3)
    kind = torch.zeros(2, 3, len(KINDS))
    kind[0, :2, 1] = 1
    nll = model.nll(constituents, kind).detach()
    assert float(nll[0]) > 0
    assert float(nll[1]) == 0
