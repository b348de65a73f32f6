"""The data type: shapes, order, padding and kinematics."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyjetsim import Jets, Pairs, jet_kinematics
from pyjetsim.errors import InputError
from pyjetsim.jets import delta_phi, gen_reco_delta_r, momenta, pseudorapidity


def test_kinematics_agree_with_the_textbook_in_double_precision():
    rng = np.random.default_rng(0)
    p = rng.normal(0, 20, (50, 30, 3))
    energy, total = np.linalg.norm(p, axis=-1).sum(1), p.sum(1)
    pt = np.hypot(total[:, 0], total[:, 1])
    mass = np.sqrt(energy**2 - (total**2).sum(-1))
    expected = np.stack(
        [pt, np.arcsinh(total[:, 2] / pt), np.arctan2(total[:, 1], total[:, 0]), mass], axis=1
    )
    np.testing.assert_allclose(jet_kinematics(p.astype(np.float32)), expected, rtol=1e-5)


def test_a_light_jet_at_a_tev_keeps_its_mass():
    # Two constituents of 500 GeV, opened by 2 mrad: m = 2 * 500 * sin(1 mrad) = 1 GeV.
    angle = 1e-3
    p = 500 * np.array([[[np.cos(angle), np.sin(angle), 0], [np.cos(angle), -np.sin(angle), 0]]])
    assert jet_kinematics(p.astype(np.float32))[0, 3] == pytest.approx(1000 * np.sin(angle), rel=1e-4)


def test_empty_single_and_opposite_jets_are_defined():
    p = np.zeros((3, 2, 3), np.float32)
    p[1, 0] = (30, 40, 0)
    p[2, 0], p[2, 1] = (10, 0, 0), (-10, 0, 0)
    jets = jet_kinematics(p)
    np.testing.assert_array_equal(jets[0], 0)
    np.testing.assert_allclose(jets[1], [50, 0, np.arctan2(40, 30), 0], atol=1e-5)
    assert jets[2, 3] == pytest.approx(20)


def test_nan_and_inf_reach_the_result():
    p = np.ones((2, 2, 3), np.float32)
    p[0, 1, 0], p[1, 0, 2] = np.nan, np.inf
    assert not np.isfinite(jet_kinematics(p)).all(axis=1).any()


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 5, 4)])
@pytest.mark.parametrize("function", [jet_kinematics, Jets.from_constituents])
def test_a_wrong_shape_is_named(function, shape):
    with pytest.raises(InputError, match=re.escape(f"have shape {shape} (")):
        function(np.zeros(shape, np.float32))


@given(st.integers(0, 12), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_from_constituents_sorts_counts_and_keeps_the_sum(n, p, seed):
    rng = np.random.default_rng(seed)
    constituents = rng.normal(0, 10, (n, p, 3)).astype(np.float32)
    constituents[rng.random((n, p)) < 0.3] = 0
    pid = rng.integers(1, 100, (n, p)).astype(np.int32)
    jets = Jets.from_constituents(constituents, pid)
    pt = np.hypot(*np.moveaxis(jets.constituents[..., :2], -1, 0))
    assert (np.diff(pt, axis=1) <= 0).all()
    np.testing.assert_array_equal(jets.n_constituents, (constituents != 0).any(-1).sum(1))
    np.testing.assert_array_equal(jets.pid != 0, jets.present)
    np.testing.assert_allclose(jets.constituents.sum(1), constituents.sum(1), atol=1e-3)


def test_padding_and_truncation_keep_the_whole_jet(make_pairs):
    jets = make_pairs(20, 1).gen
    for p in (10, 200):
        other = jets.padded_to(p)
        assert other.constituents.shape == (20, p, 3)
        assert other.pid.shape == (20, p)
        np.testing.assert_array_equal(other.jet, jets.jet)
        np.testing.assert_array_equal(other.n_constituents, jets.n_constituents)


def test_indexing_and_concatenation_undo_each_other(make_pairs):
    pairs = make_pairs(10, 2)
    again = Pairs.concatenate([pairs[:3], pairs[3:]])
    np.testing.assert_array_equal(again.gen.constituents, pairs.gen.constituents)
    np.testing.assert_array_equal(again.event, pairs.event)


def test_mismatched_parts_are_errors(make_pairs):
    pairs = make_pairs(4, 3)
    with pytest.raises(InputError, match="jet has shape"):
        Jets(pairs.gen.constituents, pairs.gen.pid, pairs.gen.n_constituents, pairs.gen.jet[:2])
    with pytest.raises(InputError, match="different lengths"):
        Pairs(pairs.gen, pairs.reco[:2], pairs.event, pairs.delta_r, pairs.n_vertices)


def test_angles_wrap():
    assert delta_phi(np.array(3.1), np.array(-3.1)) == pytest.approx(6.2 - 2 * np.pi)
    jets = Jets.from_constituents(np.array([[[-1, 1e-3, 0]], [[-1, -1e-3, 0]]]))
    assert gen_reco_delta_r(jets[:1], jets[1:])[0] == pytest.approx(2e-3, rel=1e-3)


def test_pseudorapidity_of_padding_and_of_the_beam():
    eta = pseudorapidity(np.array([[[0, 0, 0], [0, 0, 2], [3, 4, 0]]], np.float32))
    np.testing.assert_array_equal(eta, [[0, np.inf, 0]])


def test_momenta_from_pt_eta_and_phi():
    found = momenta(np.array([[2.0, 3.0]]), np.array([[0.0, np.log(2)]]), np.array([[np.pi / 2, np.pi]]))
    # sinh(ln 2) = 3/4.
    np.testing.assert_allclose(found, [[[0, 2, 0], [-3, 0, 2.25]]], atol=1e-15)
