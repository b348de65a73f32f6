import math
import time

import numpy as np
import pytest
from scipy import stats

from pyjetsim.errors import InputError
from pyjetsim.evaluate.metrics import binned as metrics
from pyjetsim.evaluate.metrics.binned import Binning, kinematic_kld, symmetrised_kld, wasserstein
from pyjetsim.jets import Jets


def test_kld_by_hand():
    binning = Binning(np.array([0.0, 1.0, 2.0]))
    target, prediction = [0.5, 0.5, 0.5, 1.5], [0.5, 1.5, 1.5, 1.5, 5.0]
    p = np.array([0.5, 3.5, 1.5, 0.5]) / 6
    q = np.array([0.5, 1.5, 3.5, 1.5]) / 7
    expected = stats.entropy(p, q) + stats.entropy(q, p)
    assert symmetrised_kld(target, prediction, binning) == pytest.approx(expected, rel=1e-12)
    assert symmetrised_kld(prediction, target, binning) == pytest.approx(expected, rel=1e-12)
    assert symmetrised_kld(target, target, binning) == 0


def test_kld_of_shifted_gaussians_is_the_analytic_one():
    rng = np.random.default_rng(1)
    target, prediction = rng.normal(0, 1, 400_000), rng.normal(0.3, 1, 400_000)
    # J of two unit Gaussians is the squared shift; binning loses a little.
    assert symmetrised_kld(target, prediction, Binning.of(target)) == pytest.approx(0.09, rel=0.04)


def test_wasserstein_by_hand_and_empty():
    assert wasserstein([0, 1, 3], [5, 6, 8]) == pytest.approx(5)
    assert wasserstein([0, 1], []) == math.inf


def test_binning_counts_everything_once():
    binning = Binning(np.array([0.0, 1.0, 2.0]))
    assert binning.counts([-1, 0, 0.999, 1, 2, 2.001, 1e30]).tolist() == [1, 2, 2, 2]


def test_binning_ignores_order_and_outliers():
    rng = np.random.default_rng(0)
    values = rng.gamma(2, 20, 20_000)
    edges = Binning.of(values).edges
    assert np.array_equal(edges, Binning.of(rng.permutation(values)).edges)
    wild = np.append(values, [1e9, -1e9])
    assert Binning.of(wild).edges == pytest.approx(edges, rel=0.02, abs=0.5)
    assert Binning.of(wild).counts(wild).sum() == len(wild)


def test_discrete_bins_hold_equal_numbers_of_whole_numbers():
    edges = Binning.of(np.arange(0, 130), discrete=True).edges
    assert np.diff(edges).tolist() == [3.0] * (len(edges) - 1)
    assert edges[0] == -0.5
    assert edges[-1] >= 129.5
    assert Binning.of([7, 7, 7], discrete=True).edges.tolist() == [6.5, 7.5]


def test_alike_targets_still_see_another_value():
    binning = Binning.of([2.0, 2.0, 2.0])
    assert binning.counts([2.0, 2.1, 1.9]).tolist() == [1, 1, 1]


def test_an_empty_target_is_an_error_and_an_empty_prediction_infinitely_far(make_pairs):
    jets = make_pairs(20, 0).reco
    with pytest.raises(InputError, match="target"):
        Binning.of([])
    with pytest.raises(InputError, match="target"):
        kinematic_kld(jets[:0], jets)
    assert kinematic_kld(jets, jets[:0])["sum"] == math.inf


def test_kinematic_kld_ignores_order_and_sees_a_shift(make_pairs):
    target, other = make_pairs(6000, 1).reco, make_pairs(6000, 2).reco
    shifted = Jets.from_constituents(other.constituents * 1.1)
    shuffle = np.random.default_rng(0).permutation(6000)
    plain = kinematic_kld(target, other)
    assert kinematic_kld(target[shuffle], other[shuffle[::-1]]) == plain
    assert set(plain) == {"mass", "pt", "energy", "eta", "phi", "sum"}
    assert plain["sum"] == pytest.approx(sum(plain[name] for name in ("mass", "pt", "energy", "eta", "phi")))
    worse = kinematic_kld(target, shifted)
    for name in ("mass", "pt", "energy"):
        assert worse[name] > 2 * plain[name], name
    # Scaling moves neither eta nor phi.
    assert worse["phi"] == pytest.approx(plain["phi"], rel=0.05)
    assert kinematic_kld(target, target)["sum"] == 0


def test_kinematic_kld_is_fast(make_pairs):
    jets = make_pairs(35_000 // 10, 1).reco
    many = Jets.concatenate([jets] * 10)
    start = time.perf_counter()
    kinematic_kld(many, many)
    assert time.perf_counter() - start < 1


def test_binning_is_described_by_its_edges():
    assert Binning.of([0.0, 1.0]).to_json()["edges"][0] == pytest.approx(metrics.QUANTILES[0])
