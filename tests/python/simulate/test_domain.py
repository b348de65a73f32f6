"""How far gen jets lie outside the domain."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyjetsim import Simulator
from pyjetsim.jets import Jets, momenta

DOMAIN = {"pt": [100.0, 1000.0], "eta": [-2.0, 2.0], "n_constituents": [2.0, 50.0]}
NARROW = {"pt": [200.0, 200.0], "eta": [0.0, 0.0], "n_constituents": [5.0, 5.0]}


@pytest.fixture
def trained_on(copy, change):
    """Give ``trained_on(domain)``: the simulator of a bundle of that domain."""

    def load(domain):
        change(copy, lambda manifest: manifest.update(domain=domain))
        return Simulator(copy)

    return load


def jet(pt, eta, n):
    """One jet (1, n, 3) of n equal particles in one direction."""
    rows = momenta(np.full((1, n), pt / n), np.full((1, n), eta), np.zeros((1, n)))
    return Jets.from_constituents(rows)


@pytest.mark.parametrize(
    ("gen", "expected"),
    [
        (jet(300, 1.0, 10), 0.0),
        (jet(50, 1.0, 10), np.log(2) / np.log(10)),
        (jet(3000, 1.0, 10), np.log(3) / np.log(10)),
        (jet(300, -3.0, 10), 1 / 4),
        (jet(300, 0.0, 1), np.log(2) / np.log(25)),
        (jet(300, 0.0, 80), np.log(80 / 50) / np.log(25)),
        (jet(10000, 3.0, 80), 1.0),  # the largest counts
    ],
)
def test_distance_in_widths_of_the_range(trained_on, gen, expected):
    sim = trained_on(DOMAIN)
    assert sim.domain_distance(gen) == pytest.approx([expected], abs=2e-5)
    assert sim.domain_distance(gen.constituents) == pytest.approx([expected], abs=2e-5)
    assert sim.flagged(gen.constituents).domain_distance == pytest.approx([expected], abs=2e-5)


@pytest.mark.parametrize("domain", [DOMAIN, NARROW])
def test_nothing_is_infinitely_far(trained_on, domain):
    empty = Jets.from_constituents(np.zeros((1, 4, 3)))
    distance = trained_on(domain).domain_distance(empty)
    assert np.isfinite(distance).all()
    assert (distance > 0).all()


def test_jets_arrays_and_simulations_tell_the_same(sim, make_pairs):
    pairs = make_pairs(300, 5)
    scaled = pairs.gen.constituents * np.float32(1.7)  # beyond the highest pt, for some
    found = sim.flagged(scaled, event=pairs.event).domain_distance
    np.testing.assert_allclose(found, sim.domain_distance(scaled), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(sim.outside_domain(scaled), found > 0)
    assert 0 < (found > 0).mean() < 1
    jets = ak.zip({name: scaled[..., i] for i, name in enumerate(("px", "py", "pz"))})
    nested = ak.unflatten(jets, [100, 0, 200])
    assert ak.num(sim.outside_domain(nested)).tolist() == [100, 0, 200]
    np.testing.assert_allclose(ak.flatten(sim.domain_distance(nested)), found, rtol=1e-5, atol=1e-6)


def test_a_jet_that_was_truncated_counts_whole(trained_on):
    whole = jet(300, 1.0, 80)
    assert trained_on(DOMAIN).domain_distance(whole.padded_to(10)) > 0
