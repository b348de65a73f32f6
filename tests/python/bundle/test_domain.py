"""How far gen jets lie outside the domain."""

from __future__ import annotations

import numpy as np
import pytest

from pyjetsim import CppSimulator
from pyjetsim.bundle.domain import domain_distance
from pyjetsim.bundle.manifest import Domain
from pyjetsim.jets import Jets, momenta

DOMAIN = Domain(pt=(100.0, 1000.0), eta=(-2.0, 2.0), n_constituents=(2.0, 50.0))


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
def test_distance_in_widths_of_the_range(gen, expected):
    assert domain_distance(DOMAIN, gen) == pytest.approx([expected], abs=2e-5)


def test_nothing_is_infinitely_far():
    empty = Jets.from_constituents(np.zeros((1, 4, 3)))
    narrow = Domain(pt=(200.0, 200.0), eta=(0.0, 0.0), n_constituents=(5.0, 5.0))
    for domain in (DOMAIN, narrow):
        assert np.isfinite(domain_distance(domain, empty)).all()
        assert (domain_distance(domain, empty) > 0).all()


def test_cpp_tells_the_same(bundle, sim, make_pairs):
    pairs = make_pairs(300, 5)
    scaled = pairs.gen.constituents * np.float32(1.7)  # beyond the highest pt, for some
    found = CppSimulator(bundle).flagged(scaled, event=pairs.event).domain_distance
    np.testing.assert_allclose(found, sim.domain_distance(scaled), rtol=1e-5, atol=1e-6)
    assert 0 < (found > 0).mean() < 1
