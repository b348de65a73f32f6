"""Histograms in one call: weights with their errors, several simulations of a jet, and a picture."""

from __future__ import annotations

from dataclasses import replace

import hist
import mplhep
import numpy as np
import pytest
from matplotlib.figure import Figure
from synthetic import MakePairs

from pyjetsim.errors import InputError
from pyjetsim.evaluate import histogram
from pyjetsim.jets import Pairs

N = 60


@pytest.fixture(scope="module")
def pairs(make_pairs: MakePairs) -> Pairs:
    weights = np.random.default_rng(3).normal(1, 1, (N, 2))  # negative ones among them
    return replace(make_pairs(N, 2), columns={"weight": weights}, weight_names=("nominal", "up"))


def test_sums_of_weights_and_of_their_squares(pairs: Pairs) -> None:
    edges = [100, 150, 200, 300, 600]
    for weight, place in ((None, 0), (0, 0), ("nominal", 0), ("up", 1), (1, 1)):
        found = histogram(pairs, "pt", edges, weight=weight)
        weights = pairs.columns["weight"][:, place]
        np.testing.assert_allclose(found.values(), np.histogram(pairs.reco.pt, edges, weights=weights)[0])
        np.testing.assert_allclose(
            found.variances(), np.histogram(pairs.reco.pt, edges, weights=weights**2)[0]
        )
    assert (weights < 0).any()
    assert isinstance(found, hist.Hist)
    assert found.axes[0].label == r"Jet $p_T$ [GeV]"


def test_nothing_is_lost_outside_the_bins(pairs: Pairs) -> None:
    found = histogram(pairs.gen, "pt", [200, 300], weight=np.full(N, 2.0))
    assert found.sum(flow=True).value == 2 * N
    assert 0 < found.sum().value < 2 * N


def test_sides_defaults_and_constituents(pairs: Pairs) -> None:
    gen, reco = histogram(pairs, "mass", side="gen"), histogram(pairs, "mass")
    assert len(gen.axes[0]) == 50
    assert not np.array_equal(gen.axes[0].edges, reco.axes[0].edges)
    plain = histogram(pairs.gen, "constituent_px", 7)
    assert plain.sum(flow=True).value == pairs.gen.present.sum()
    counted = histogram(pairs, "photon_pt", 7, side="gen")
    photons = ((pairs.gen.pid == 22) & pairs.gen.present).sum(axis=1)
    np.testing.assert_allclose(counted.sum(flow=True).value, (pairs.columns["weight"][:, 0] * photons).sum())


def test_copies_of_a_jet_count_once(make_pairs: MakePairs) -> None:
    one = replace(make_pairs(N, 2), event=np.arange(N))
    k = 4
    rows = np.repeat(np.arange(N), k)
    copied = replace(one[rows], columns={"copy": np.tile(np.arange(k, dtype=np.int32), N)})
    # Equal answers: as if there were one.
    same, whole = histogram(copied, "pt", [100, 200, 600]), histogram(one, "pt", [100, 200, 600])
    np.testing.assert_allclose(same.values(flow=True), whole.values(flow=True))
    np.testing.assert_allclose(same.variances(flow=True), whole.variances(flow=True))
    # Answers in other bins: a quarter each, and the variance of a quarter.
    jet = copied.reco.jet.copy()
    jet[:, 0] = np.tile([50, 150, 250, 350], N)
    spread = histogram(replace(copied, reco=replace(copied.reco, jet=jet)), "pt", [0, 100, 200, 300, 400])
    np.testing.assert_allclose(spread.values(), N / 4)
    np.testing.assert_allclose(spread.variances(), N / 16)
    # Answers that a cut took away have counted; jets of one event vary together.
    np.testing.assert_allclose(histogram(copied[jet[:, 0] > 300], "pt", [0, 1e4]).sum().value, N / 4)
    paired = replace(copied, event=copied.event // 2)
    np.testing.assert_allclose(histogram(paired, "pt", [0, 1e4]).variances(), 4 * N / 2)


def test_mplhep_draws_it(pairs: Pairs) -> None:
    axes = Figure().subplots()
    mplhep.histplot(histogram(pairs, "mass"), ax=axes)
    assert axes.get_legend_handles_labels() is not None
    assert axes.lines or axes.patches or axes.collections


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"observable": "masss"}, "no observable 'masss'"),
        ({"observable": "mass", "side": "sim"}, "side is 'sim'"),
        ({"observable": "mass", "weight": "down"}, "no weight 'down'"),
        ({"observable": "mass", "weight": 2}, "no weight 2"),
        ({"observable": "mass", "weight": [1.0]}, r"shape \(1,\)"),
        ({"observable": "mass", "bins": [3, 1]}, "no rising edges"),
        ({"observable": "mass", "bins": 0}, "bins is 0"),
    ],
)
def test_mistakes_are_told(pairs: Pairs, words: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        histogram(pairs, **words)
    with pytest.raises(InputError, match="the jets have none"):
        histogram(pairs.gen, "mass", weight="up")
