import numpy as np
import pytest

from pyjetsim.evaluate.observables.classes import members
from pyjetsim.evaluate.observables.substructure import (
    d2,
    leading_share,
    n_subjettiness,
    offsets,
    pt_dispersion,
    subjettiness_ratio,
    width,
)
from pyjetsim.jets import Jets, momenta

EVERY = {
    "width": width,
    "ptd": pt_dispersion,
    "leading": leading_share,
    "tau21": lambda jets: subjettiness_ratio(jets, 2),
    "tau32": lambda jets: subjettiness_ratio(jets, 3),
    "d2": d2,
}


def jets_from(*jets, pid=None):
    """Jets from lists of (pt, eta, phi) triples."""
    longest = max(len(jet) for jet in jets)
    padded = np.array([[*jet, *[(0.0, 0.0, 0.0)] * (longest - len(jet))] for jet in jets], float)
    return Jets.from_constituents(momenta(*np.moveaxis(padded, -1, 0)), pid)


def test_width_by_hand():
    # Symmetric about (0, 0.5): the axis stays; ΔR 0, 0.1, 0.1.
    jet = jets_from([(100, 0, 0.5), (25, 0.1, 0.5), (25, -0.1, 0.5)])
    assert width(jet)[0] == pytest.approx((25 * 0.1 + 25 * 0.1) / 150, rel=1e-5)


def test_equal_constituents_have_the_least_dispersion():
    phi = np.linspace(-0.2, 0.2, 16)
    jet = jets_from([(10, 0, angle) for angle in phi])
    assert pt_dispersion(jet)[0] == pytest.approx(1 / np.sqrt(16), rel=1e-6)
    assert leading_share(jet)[0] == pytest.approx(1 / 16, rel=1e-6)
    unequal = jets_from([(30, 0, 0), (40, 0, 0.1)])
    assert pt_dispersion(unequal)[0] == pytest.approx(50 / 70, rel=1e-6)
    assert leading_share(unequal)[0] == pytest.approx(40 / 70, rel=1e-6)


def test_tau_of_two_prongs_by_hand():
    # Two prongs 0.3 apart, each a hard constituent with a soft one at 0.02.
    jet = jets_from([(100, 0, 0), (5, 0.02, 0), (80, 0, 0.3), (4, 0, 0.32)])
    tau = n_subjettiness(jet, (1, 2))[0]
    # The winner takes all: the axes are the hard constituents themselves.
    assert tau[0] == pytest.approx((5 * 0.02 + 80 * 0.3 + 4 * 0.32) / 189, rel=1e-5)
    assert tau[1] == pytest.approx((5 * 0.02 + 4 * 0.02) / 189, rel=1e-5)
    assert subjettiness_ratio(jet, 2)[0] == pytest.approx(0.18 / 25.38, rel=1e-5)
    # Three axes: the two hard ones and one of the soft ones, so the other is left.
    assert 0 < subjettiness_ratio(jet, 3)[0] < 1


def test_prongs_are_told_from_one():
    rng = np.random.default_rng(0)
    cloud = [(float(rng.exponential(5)), *map(float, rng.normal(0, 0.05, 2))) for _ in range(30)]
    other = [(pt, eta + 0.35, phi) for pt, eta, phi in cloud]
    third = [(pt, eta, phi + 0.35) for pt, eta, phi in cloud]
    jets = jets_from(cloud, cloud + other, cloud + other + third)
    tau21, tau32 = subjettiness_ratio(jets, 2), subjettiness_ratio(jets, 3)
    assert tau21[1] < 0.4 < tau21[0]
    assert tau32[2] < 0.4 < tau32[1]
    assert d2(jets)[1] < d2(jets)[0]


def test_d2_of_three_constituents_by_hand():
    jet = jets_from([(50, 0, 0), (30, 0.3, 0), (20, 0, 0.4)])
    z, r = (0.5, 0.3, 0.2), {(0, 1): 0.3, (0, 2): 0.4, (1, 2): 0.5}
    e2 = sum(z[i] * z[j] * r[i, j] for i, j in r)
    e3 = z[0] * z[1] * z[2] * 0.3 * 0.4 * 0.5
    assert d2(jet)[0] == pytest.approx(e3 / e2**3, rel=1e-5)


def test_d2_is_the_sum_over_pairs_and_triples(make_pairs):
    jets = make_pairs(3, 4).reco
    expected = []
    for jet in jets.constituents.astype(float):
        c = jet[(jet != 0).any(axis=1)]
        pt, eta, phi = np.hypot(c[:, 0], c[:, 1]), np.arcsinh(c[:, 2] / np.hypot(c[:, 0], c[:, 1])), None
        phi = np.arctan2(c[:, 1], c[:, 0])
        turn = np.angle(np.exp(1j * (phi[:, None] - phi)))
        r, z, n = np.hypot(eta[:, None] - eta, turn), pt / pt.sum(), len(c)
        e2 = sum(z[i] * z[j] * r[i, j] for i in range(n) for j in range(i))
        e3 = sum(
            z[i] * z[j] * z[k] * r[i, j] * r[j, k] * r[i, k]
            for i in range(n) for j in range(i) for k in range(j)
        )  # fmt: skip
        expected.append(e3 / e2**3)
    assert d2(jets) == pytest.approx(expected, rel=1e-3)


def test_shapes_turn_with_the_jet_and_know_no_scale():
    shape = [(50, 0, 0), (30, 0.2, 0.1), (20, -0.1, 0.3), (5, 0.25, -0.2)]
    moved = [(7 * pt, eta + 1.0, phi + 3.1) for pt, eta, phi in shape]
    jets = jets_from(shape, moved)
    for name, of in EVERY.items():
        first, second = of(jets)
        # The axis is a sum of vectors, whose distance to the constituents is not quite invariant.
        assert second == pytest.approx(first, rel=2e-2), name
        assert first > 0, name


@pytest.mark.parametrize(
    ("n", "values"),
    [
        (0, {"width": 0, "ptd": 0, "leading": 0, "tau21": 0, "tau32": 0, "d2": 0}),
        (1, {"ptd": 1, "leading": 1, "tau21": 0, "tau32": 0, "d2": 0}),
        (2, {"tau21": 0, "tau32": 0, "d2": 0}),
        (3, {"tau32": 0}),
    ],
)
def test_jets_too_small_for_an_observable_score_zero(n, values):
    some = [(40, 0.1, 3.1), (20, 0.2, -3.1), (10, 0.15, 3.05)][:n]
    # Among others, so that an empty jet does not move its neighbours' values.
    jets = jets_from([(50, 0, 0), (30, 0.2, 0), (20, 0, 0.3), (9, 0.1, 0.1)], some)
    for name, of in EVERY.items():
        found = of(jets)
        assert np.isfinite(found).all(), name
        assert found[0] > 0, name
        if name in values:
            assert found[1] == pytest.approx(values[name], abs=1e-7), name


def test_a_constituent_along_the_beam_is_finite():
    jets = Jets.from_constituents(np.array([[[30.0, 0, 5], [20, 3, 4], [10, -2, 0], [0, 0, 7]]]))
    for name, of in EVERY.items():
        assert np.isfinite(of(jets)).all(), name


def test_classes_by_identity():
    pid = np.array([[211, -11, 22, 130, 0, 2112, -2212, 13]])
    jets = jets_from([(20 - i, 0.0, 0.01 * i) for i in range(8)], pid=pid)
    found = {of: members(jets, of)[0].tolist() for of in ("all", "charged", "photon", "neutral")}
    assert found["all"] == [True] * 8
    assert np.flatnonzero(found["charged"]).tolist() == [0, 1, 6, 7]
    assert np.flatnonzero(found["photon"]).tolist() == [2]
    assert np.flatnonzero(found["neutral"]).tolist() == [3, 5]


def test_offsets_are_from_the_axis_across_the_seam():
    d_eta, d_phi = offsets(jets_from([(10, 1.1, np.pi - 0.05), (10, 0.9, -np.pi + 0.05)]))
    assert np.sort(d_phi[0]) == pytest.approx([-0.05, 0.05], abs=1e-4)
    assert np.abs(d_eta[0]) == pytest.approx([0.1, 0.1], abs=1e-2)


def test_no_jets():
    for name, of in EVERY.items():
        assert of(Jets.from_constituents(np.zeros((0, 5, 3)))).shape == (0,), name
