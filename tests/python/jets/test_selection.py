"""Cuts on constituents and jets."""

import numpy as np
import pytest

from pyjetsim import Jets
from pyjetsim.errors import InputError
from pyjetsim.jets import momenta, pseudorapidity, transverse_momentum
from pyjetsim.jets.selection import SELECTIONS, Selection, selection_named


def _jet(*constituents):
    return Jets.from_constituents(np.array([constituents], np.float32))


def test_soft_and_forward_constituents_go_and_the_jet_is_what_is_left():
    jets = _jet((100, 0, 0), (0.2, 0, 0), (1, 0, 200))
    kept = Selection(constituent_pt_min=0.25, constituent_eta_max=3.2).constituents(jets)
    assert kept.n_constituents[0] == 1
    np.testing.assert_allclose(kept.jet[0], [100, 0, 0, 0], atol=1e-6)


def test_the_hardest_constituents_stay():
    kept = Selection(max_constituents=2).constituents(_jet((1, 0, 0), (5, 0, 0), (3, 0, 0)))
    np.testing.assert_array_equal(kept.constituents[0, :, 0], [5, 3])
    assert kept.n_constituents[0] == 2


def test_acceptance_is_strict_in_pt_and_eta():
    jets = _jet((200, 0, 0))
    assert not Selection(jet_pt_min=200).accepts(jets)[0]
    assert Selection(jet_pt_min=199).accepts(jets)[0]
    assert not Selection(jet_eta_max=1).accepts(_jet((10, 0, 100)))[0]


def test_of_equal_pt_the_first_stays_and_pid_goes_with_it():
    jets = Jets.from_constituents(
        np.array([[(3, 4, 0), (4, 3, 0), (5, 0, 0), (0.1, 0, 0)]], np.float32), np.array([[1, 2, 3, 4]])
    )
    kept = Selection(constituent_pt_min=1, max_constituents=2).constituents(jets)
    np.testing.assert_array_equal(kept.pid, [[1, 2]])
    np.testing.assert_array_equal(kept.constituents[0, :, 0], [3, 4])


@pytest.mark.parametrize("eta_max", [0.5, 3.2, np.inf])
def test_cuts_at_random(eta_max):
    """Against the definition; no constituent is so near a limit that rounding decides."""
    rng = np.random.default_rng(3)
    eta = rng.choice([0.1, 0.499, 0.501, 3.199, 3.201, 8], (50, 30)) * rng.choice([-1, 1], (50, 30))
    pt, phi = rng.choice([0, 0.249, 0.251, 1, 1, 40], (50, 30)), rng.uniform(-3, 3, (50, 30))
    jets = Jets.from_constituents(momenta(pt, eta, phi), np.arange(1500).reshape(50, 30))
    found = Selection(constituent_pt_min=0.25, constituent_eta_max=eta_max, max_constituents=9).constituents(
        jets
    )
    pt, eta = transverse_momentum(jets.constituents), pseudorapidity(jets.constituents)
    for i in range(50):
        kept = np.flatnonzero((pt[i] > 0.25) & (np.abs(eta[i]) < eta_max))[:9]
        n = found.n_constituents[i]
        assert n == len(kept)
        np.testing.assert_array_equal(found.pid[i], [*jets.pid[i][kept], *[0] * (9 - n)])
        np.testing.assert_array_equal(found.constituents[i, :n], jets.constituents[i][kept])
        assert not found.constituents[i, n:].any()


def test_the_papers_cuts():
    paper, extended = SELECTIONS["paper"], SELECTIONS["paper-extended"]
    assert (paper.jet_pt_min, paper.jet_eta_max, paper.constituent_pt_min) == (200, 2.5, 0.25)
    assert (extended.jet_pt_min, extended.constituent_pt_min, extended.max_constituents) == (130, 0, 50)


@pytest.mark.parametrize("cut", [{"jet_pt_min": -1}, {"jet_eta_max": np.nan}, {"max_constituents": 0}])
def test_impossible_cuts_are_errors(cut):
    with pytest.raises(InputError, match=next(iter(cut))):
        Selection(**cut)


def test_an_unknown_name_lists_the_known():
    with pytest.raises(InputError, match=r"papr.*paper-extended"):
        selection_named("papr")
