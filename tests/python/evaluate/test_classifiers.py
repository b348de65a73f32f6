"""Classifier tests on pairs: what is alike scores one half, what is not does not."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from pyjetsim.evaluate.metrics.classifiers.auc import area, folds_by_event, measured
from pyjetsim.evaluate.metrics.classifiers.pairs import JetPairs, PairCollector, against_target, pair_features
from pyjetsim.evaluate.metrics.classifiers.set_network import Inputs, SetNetwork, set_network_auc
from pyjetsim.evaluate.metrics.classifiers.trees import trees_auc
from pyjetsim.jets import Jets
from pyjetsim.jets.selection import SELECTIONS, Selection

EVERYTHING = Selection()


def kept(pairs, scale=1.0, selection=EVERYTHING, capacity=20_000):
    collector = PairCollector(selection, capacity)
    reco = Jets.from_constituents(pairs.reco.constituents * np.float32(scale), pairs.reco.pid)
    for part in np.array_split(np.arange(len(pairs)), 3):
        gen, jets = (selection.constituents(side[part]) for side in (pairs.gen, reco))
        collector.add(gen, jets, pairs.event[part])
    return collector.pairs()


def test_area_by_hand_with_ties_and_weights():
    scores, second = np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, True, False, True])
    # Of four pairs three are right and one is tied.
    assert area(scores, second, np.ones((4, 1), int))[0] == pytest.approx(3.5 / 4)
    # The last counted three times, the first not at all: 0.5 for the tie, 3 won, of 4.
    assert area(scores, second, np.array([[0], [1], [1], [3]]))[0] == pytest.approx(3.5 / 4)
    assert np.isnan(area(scores, second, np.array([[0], [1], [0], [1]]))[0])


def test_area_is_the_rank_statistic():
    rng = np.random.default_rng(0)
    scores, second = rng.normal(size=500).round(1), rng.random(500) < 0.4
    expected = stats.mannwhitneyu(scores[second], scores[~second]).statistic / (
        second.sum() * (~second).sum()
    )
    assert area(scores, second, np.ones((500, 1), int))[0] == pytest.approx(expected, rel=1e-12)


def test_the_uncertainty_is_the_scatter():
    rng = np.random.default_rng(1)
    values, told = [], []
    for trial in range(60):
        second = np.arange(400) % 2 == 0
        scores = rng.normal(size=400) + 0.5 * second
        one = measured([scores], np.zeros(400, int), second, np.arange(400) + 1000 * trial)
        values.append(one.value)
        told.append(one.uncertainty)
    assert np.mean(values) == pytest.approx(stats.norm.cdf(0.5 / np.sqrt(2)), abs=0.01)
    assert np.mean(told) == pytest.approx(np.std(values), rel=0.25)


def test_several_trainings_are_averaged_and_their_spread_told():
    second, fold, event = np.arange(400) % 2 == 0, np.zeros(400, int), np.arange(400)
    scores = [np.random.default_rng(seed).normal(size=400) + 0.3 * seed * second for seed in (0, 1, 2)]
    alone = [measured([one], fold, second, event) for one in scores]
    together = measured(scores, fold, second, event)
    assert together.value == pytest.approx(np.mean([one.value for one in alone]))
    assert together.seed_spread == pytest.approx(np.std([one.value for one in alone], ddof=1))
    assert {one.seed_spread for one in alone} == {None}


def test_a_gen_jet_is_in_one_fold_whatever_its_label():
    event = np.r_[np.repeat(np.arange(300), 2), np.repeat(np.arange(300), 2)]
    fold = folds_by_event(event, 5)
    for number in range(300):
        assert len(np.unique(fold[event == number])) == 1
    assert np.bincount(fold).tolist() == [240] * 5


def test_paired_samples_bring_the_same_gen_jets_and_the_floor_others(make_pairs):
    pairs = make_pairs(900, 1)
    both = against_target({"target": kept(pairs), "prediction": kept(pairs, 1.1)}, 4000)
    two, floor = both["prediction"], both["floor"]
    assert two.size == 450
    assert np.array_equal(two.event[~two.is_second], two.event[two.is_second])
    assert set(floor.event[~floor.is_second]).isdisjoint(floor.event[floor.is_second])


def test_thinned_collectors_keep_the_same_whole_events(make_pairs):
    pairs = make_pairs(3000, 1)
    thin, shifted = kept(pairs, capacity=1000), kept(pairs, 1.1, capacity=1000)
    assert 300 < len(thin) <= 1000
    assert np.array_equal(thin.event, shifted.event)
    assert np.isin(pairs.event, thin.event).sum() == len(thin)
    paper = kept(pairs, selection=SELECTIONS["paper"])
    assert (paper.reco.pt > 200).all()
    assert PairCollector(EVERYTHING).pairs() is None


def aucs(two):
    trees = trees_auc(pair_features(two.pairs), two.is_second, two.event)
    return trees, set_network_auc(two.pairs, two.is_second, two.event, n_seeds=1)


def test_identical_and_independent_samples_score_one_half_and_a_shifted_one_more(make_pairs):
    pairs = make_pairs(1600, 1)
    samples = {"target": kept(pairs), "prediction": kept(pairs), "shifted": kept(pairs, 1.3)}
    both = against_target(samples, 4000)
    for auc in aucs(both["prediction"]):
        assert auc.value == pytest.approx(0.5, abs=1e-3)
    for auc in aucs(both["floor"]):
        assert auc.value == pytest.approx(0.5, abs=0.06)
        assert 0.005 < auc.uncertainty < 0.04
    for auc in aucs(both["shifted"]):
        assert auc.value > 0.9


def test_what_only_the_pairing_shows_is_seen(make_pairs):
    """Reco jets of other gen jets: every marginal distribution is right, and nothing else."""
    pairs = make_pairs(1600, 1)
    target = kept(pairs)
    shuffled = JetPairs(target.gen, target.reco[np.roll(np.arange(len(target)), 7)], target.event)
    two = against_target({"target": target, "prediction": shuffled}, 4000)["prediction"]
    for auc in aucs(two):
        assert auc.value > 0.95


def test_the_order_of_constituents_changes_nothing(make_pairs):
    pairs = kept(make_pairs(40, 1))
    inputs = Inputs.of(pairs)
    gen, reco = inputs.sets
    order = torch.randperm(reco.shape[1], generator=torch.Generator().manual_seed(0))
    permuted = replace(
        inputs, sets=(gen, reco[:, order]), present=(inputs.present[0], inputs.present[1][:, order])
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = SetNetwork(gen.shape[2], inputs.jet.shape[1])
    assert torch.allclose(network(inputs), network(permuted), atol=1e-5)
    # Padding is not there: jets with more room for it score the same.
    wide = JetPairs(pairs.gen.padded_to(100), pairs.reco.padded_to(100), pairs.event)
    assert torch.allclose(network(Inputs.of(wide)), network(inputs), atol=1e-5)


def test_training_is_reproducible_and_leaves_the_random_state(make_pairs):
    pairs = kept(make_pairs(200, 1))
    second = np.arange(len(pairs)) % 2 == 0
    before = torch.random.get_rng_state()
    first = set_network_auc(pairs, second, pairs.event, n_seeds=1)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert set_network_auc(pairs, second, pairs.event, n_seeds=1) == first


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_handful_of_pairs_is_no_error(n, make_pairs):
    pairs = kept(make_pairs(n, 1))
    two = against_target({"target": pairs, "prediction": pairs}, 4000)["floor"]
    for auc in aucs(two):
        assert np.isnan(auc.value) or 0 <= auc.value <= 1
