"""Turn-on curves: counted by hand, and able to see a threshold that is shifted."""

import numpy as np
import pytest

from pyjetsim.evaluate.metrics.turn_on import PassCounts, compare_turn_on, draw_turn_on
from pyjetsim.jets import Jets, momenta
from pyjetsim.jets.selection import SELECTIONS, Selection

CUTS = SELECTIONS["paper"]


def single(pt, eta):
    """Jets of one constituent."""
    pt, eta = np.broadcast_arrays(np.asarray(pt, float), np.asarray(eta, float))
    return Jets.from_constituents(momenta(pt[:, None], eta[:, None], np.zeros((len(pt), 1))))


def smeared(n=20_000, seed=1, shift=1.0):
    rng = np.random.default_rng(seed)
    pt, eta = rng.uniform(100, 320, n), rng.uniform(-3, 3, n)
    counts = PassCounts(CUTS)
    counts.add(single(pt, eta), single(pt * shift * rng.normal(1, 0.1, n), eta + rng.normal(0, 0.02, n)))
    return counts


def test_shares_counted_by_hand():
    gen = single([195, 195, 205, 205, 205, 500, 205], [0, 0, 0, 0, 0, 0, 2.6])
    reco = single([201, 190, 201, 190, 210, 500, 300], [0, 0, 0, 0, 0, 0, 2.49])
    counts = PassCounts(CUTS)
    counts.add(gen, reco)
    bins = counts.edges["jet_pt"]
    rate, _ = counts.rates("jet_pt")
    at = np.digitize([195, 205], bins) - 1
    assert rate[at] == pytest.approx([1 / 2, 2 / 3])
    assert counts.total["jet_pt"].n.sum() == 5  # 500 GeV is beyond the last bin, |eta| 2.6 outside
    rate, _ = counts.rates("jet_eta")
    assert rate[np.digitize(2.6, counts.edges["jet_eta"]) - 1] == 1


def test_soft_constituents_in_a_jet():
    gen = single([300, 300], [0, 0])
    rows = momenta(np.array([[290, 0.3, 0.26], [280, 0.3, 5.0]]), np.zeros((2, 3)), np.zeros((2, 3)))
    counts = PassCounts(CUTS)
    counts.add(gen, Jets.from_constituents(rows))
    rate, _ = counts.rates("constituent_pt")
    at = np.digitize([0.26, 0.3], counts.edges["constituent_pt"]) - 1
    assert rate[at] == pytest.approx([0.5, 1.0])
    assert rate.sum() == pytest.approx(1.5)


def test_the_same_counts_agree_and_independent_ones_nearly():
    one = smeared()
    for curve in compare_turn_on(one, one).values():
        assert curve.largest_pull == 0
    other = compare_turn_on(one, smeared(seed=2))
    assert all(curve.largest_pull < 4 for name, curve in other.items() if name != "constituent_pt")


def test_a_shifted_threshold_is_seen():
    curves = compare_turn_on(smeared(), smeared(seed=2, shift=1.05))
    assert curves["jet_pt"].largest_pull > 6
    assert curves["jet_eta"].largest_pull < 4


def test_cuts_that_do_not_cut_have_no_curve():
    assert PassCounts(SELECTIONS["all"]).edges == {}
    assert set(PassCounts(Selection(jet_pt_min=10)).edges) == {"jet_pt"}
    assert set(PassCounts(CUTS).edges) == {"jet_pt", "jet_eta", "constituent_pt"}


def test_where_the_detectors_threshold_is_higher_that_is_where_constituents_turn_on():
    for selection in (CUTS, SELECTIONS["all"]):
        assert PassCounts(selection, 0.4).edges["constituent_pt"][0] == pytest.approx(0.4)
    assert PassCounts(CUTS, 0.1).edges["constituent_pt"][0] == pytest.approx(0.25)


def test_the_figure_has_a_panel_a_cut():
    figure = draw_turn_on(compare_turn_on(smeared(), smeared(seed=2)))
    assert len(figure.subfigs) == 3


def counted(gen, reco):
    counts = PassCounts(CUTS)
    counts.add(gen, reco)
    return counts


def test_a_shifted_threshold_in_eta_is_seen_and_has_a_sign():
    gen = single(np.full(2000, 300), np.linspace(2.2, 2.8, 2000))
    curve = compare_turn_on(counted(gen, gen), counted(gen, single(300, gen.eta - 0.05)))["jet_eta"]
    assert curve.largest_pull > 6
    assert max(row.pull for row in curve.rows) == curve.largest_pull  # more pass


def test_a_shifted_threshold_on_constituents_is_seen():
    gen = single(np.full(400, 300), 0)

    def reco(softest):
        pt = np.column_stack([np.full(400, 290), np.linspace(softest, 0.5, 400)])
        return Jets.from_constituents(momenta(pt, np.zeros_like(pt), np.zeros_like(pt)))

    curve = compare_turn_on(counted(gen, reco(0.25)), counted(gen, reco(0.3)))["constituent_pt"]
    assert curve.largest_pull > 5
    first = curve.rows[0].target
    assert first.error == pytest.approx(np.sqrt(first.value * 400) / 400)


def test_pairs_outside_the_cuts_on_gen_and_lost_jets():
    lost = Jets.from_constituents(np.zeros((1, 1, 3)))
    assert counted(single([300], [2.3]), lost).passed["jet_eta"].n.sum() == 0
    assert counted(single([190], [2.3]), single([300], [2.3])).total["jet_eta"].n.sum() == 0
    for gen in (single([190], [0]), single([300], [2.6])):
        assert counted(gen, single([300], [0])).total["constituent_pt"].n.sum() == 0


def test_the_worst_bin_is_inside_the_figure():
    curves = compare_turn_on(smeared(), smeared(seed=2, shift=1.3))
    assert curves["jet_pt"].largest_pull > 10
    _, below = draw_turn_on(curves).subfigs[0].axes
    assert below.get_ylim()[1] > curves["jet_pt"].largest_pull
