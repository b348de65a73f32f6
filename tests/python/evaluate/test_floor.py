"""Samples, halves, and distances at matched numbers of jets."""

import numpy as np
import pytest

from pyjetsim.evaluate.metrics.binned import kinematic_kld
from pyjetsim.evaluate.metrics.spectra import comparable, compare, kinematic_kld_of
from pyjetsim.evaluate.observables.table import OBSERVABLES
from pyjetsim.evaluate.samples import SAMPLE_JETS, JetCollector, bootstrap_times, draw_halves
from pyjetsim.jets import Jets
from pyjetsim.jets.selection import SELECTIONS, Selection

WIDE, NARROW = SELECTIONS["paper-all"], SELECTIONS["paper"]


def sample_of(jets, event, wide=WIDE, narrow=NARROW, pieces=3, capacity=60_000):
    collector = JetCollector(wide, narrow, capacity)
    for part in np.array_split(np.arange(len(jets)), pieces):
        collector.add(wide.constituents(jets[part]), event[part])
    return collector.sample()


def test_a_sample_holds_what_the_observables_say(make_pairs):
    pairs = make_pairs(500, 1)
    jets = WIDE.constituents(pairs.reco)
    wide, narrow = jets[WIDE.accepts(jets)], jets[NARROW.accepts(jets)]
    sample = sample_of(pairs.reco, pairs.event)
    assert len(sample) == len(wide)
    inside = sample.accepted(NARROW)
    assert np.array_equal(inside.event, pairs.event[NARROW.accepts(jets)])
    for name, observable in OBSERVABLES.items():
        assert inside.values(name) == pytest.approx(observable.of(narrow), rel=1e-6, abs=1e-5), name
    chosen = np.array([5, 2])
    both = np.sort(OBSERVABLES["constituent_px"].of(narrow[chosen]))
    assert np.sort(inside.values("constituent_px", chosen)) == pytest.approx(both, rel=1e-6)
    assert np.array_equal(inside.values("pt", chosen), narrow.pt[chosen])


def test_thinning_keeps_whole_events_whatever_the_order(make_pairs):
    pairs = make_pairs(4000, 2)
    n_narrow = int(NARROW.accepts(NARROW.constituents(pairs.reco)).sum())
    capacity = n_narrow // 3
    thin = sample_of(pairs.reco, pairs.event, capacity=capacity, pieces=7).accepted(NARROW)
    assert capacity / 3 < thin.keeps.sum() <= capacity
    assert set(thin.event[thin.keeps]).isdisjoint(thin.event[~thin.keeps])
    full = sample_of(pairs.reco, pairs.event).accepted(NARROW)
    kept = np.flatnonzero(thin.keeps)
    assert np.array_equal(thin.values("constituent_pz"), full.values("constituent_pz", kept))
    order = np.random.default_rng(0).permutation(len(pairs))
    shuffled = sample_of(pairs.reco[order], pairs.event[order], capacity=capacity, pieces=2).accepted(NARROW)
    assert set(shuffled.event[shuffled.keeps]) == set(thin.event[thin.keeps])


def test_halves_share_no_event_and_follow_the_event_numbers():
    event = np.repeat(np.arange(-50, 250), np.arange(300) % 3 + 1)
    halves = draw_halves(event, len(event) // 2, 8)
    order = np.random.default_rng(0).permutation(len(event))
    shuffled = draw_halves(event[order], len(event) // 2, 8)
    seen = set()
    for first, last, again in zip(halves.first, halves.last, shuffled.first, strict=True):
        assert set(event[first]).isdisjoint(event[last])
        assert len(event) // 2 - 3 <= len(first) <= len(event) // 2
        assert np.isin(event, event[first]).sum() == len(first), "an event was cut in two"
        assert set(event[order][again]) == set(event[first])
        seen.add(tuple(np.sort(first)))
    assert len(seen) == 8


def test_two_events_are_enough():
    halves = draw_halves(np.array([7, 7, 7, 9]), 2, 5)
    for first, last in zip(halves.first, halves.last, strict=True):
        assert len(first) + len(last) == 4
        assert len(first) in (1, 3)


@pytest.fixture(scope="module")
def compared(make_pairs):
    everything = Selection()
    pairs, other = make_pairs(3000, 1), make_pairs(3000, 2, first_event=10_000)
    samples = {
        "target": sample_of(pairs.reco, pairs.event, everything, everything),
        "prediction": sample_of(pairs.reco, pairs.event, everything, everything),
        "identity": sample_of(other.reco, other.event, everything, everything),
        "smearing": sample_of(
            Jets.from_constituents(other.reco.constituents * 1.15), other.event, everything, everything
        ),
    }
    return samples, compare(samples)


def test_the_same_jets_score_the_floor_exactly(compared):
    for name, row in compared[1].observables.items():
        for metric in ("wasserstein", "kld"):
            assert getattr(row, metric)["prediction"] == getattr(row, metric)["floor"], name


def test_an_independent_sample_scores_about_the_floor_and_a_shifted_one_worse(compared):
    rows = compared[1].observables
    for name in ("mass", "pt", "energy", "flow1", "multiplicity", "eta"):
        # Other jets of the same law: 3000 against 3000, so the ratio scatters.
        assert 0.4 < rows[name].wasserstein["identity"].over_floor < 2.5, name
    for name in ("mass", "pt", "constituent_px"):
        assert rows[name].wasserstein["smearing"].over_floor > 3, name
        assert rows[name].kld["smearing"].value > rows[name].kld["identity"].value, name


def test_the_sample_size_is_matched_and_told(compared, make_pairs):
    samples, result = compared
    assert result.sample_jets == {"jet": 1500, "constituent": 1500}
    few = {**samples, "prediction": samples["prediction"][np.arange(3000) < 100]}
    assert compare(few).sample_jets["jet"] == 50
    assert SAMPLE_JETS == 4000


def test_a_floor_shrinks_with_the_sample(compared):
    samples, result = compared
    few = {"target": samples["target"], "prediction": samples["prediction"][np.arange(3000) < 200]}
    small = compare(few).observables["pt"].wasserstein["floor"].value
    assert small > 1.8 * result.observables["pt"].wasserstein["floor"].value


def test_kld_of_samples_is_that_of_model_selection(compared, make_pairs):
    target, other = make_pairs(3000, 1).reco, make_pairs(3000, 2).reco
    everything = Selection()
    direct = kinematic_kld(everything.constituents(target), everything.constituents(other))
    assert kinematic_kld_of(compared[0])["identity"] == pytest.approx(direct, rel=1e-2)


def test_the_bootstrap_resamples_whole_events_and_paired_files_alike():
    event = np.repeat(np.arange(20_000), 2)
    times = bootstrap_times(event, 4)
    assert np.array_equal(times[::2], times[1::2])
    assert np.array_equal(bootstrap_times(event[:100], 4), times[:100])
    for replicate in times[::2].T:
        assert replicate.mean() == pytest.approx(1, abs=0.03)
        assert replicate.var() == pytest.approx(1, abs=0.05)
    halves = draw_halves(event[:400], 150, 3, times=times[:400, 0])
    for first, last in zip(halves.first, halves.last, strict=True):
        assert set(event[first]).isdisjoint(event[last])
        assert np.array_equal(np.bincount(first, minlength=400)[first], times[first, 0])


def test_a_repeated_jet_repeats_its_constituents(make_pairs):
    pairs = make_pairs(60, 1)
    sample = sample_of(pairs.reco, pairs.event, Selection(), Selection())
    once, twice = (sample.values("charged_pt", np.array(jets)) for jets in ([4], [4, 4]))
    assert np.array_equal(np.sort(np.r_[once, once]), np.sort(twice))


def test_the_uncertainty_tells_how_far_the_ratio_scatters(compared, make_pairs):
    rows = compared[1].observables
    for metric in ("wasserstein", "kld"):
        assert getattr(rows["pt"], metric)["floor"].uncertainty == 0
        assert getattr(rows["pt"], metric)["prediction"].uncertainty == 0
    everything, ratios, told = Selection(), [], []
    for seed in range(8):
        target, shifted = make_pairs(600, 50 + seed), make_pairs(600, 80 + seed, first_event=10_000)
        # Without identities: fewer observables, and pt is all that is looked at.
        jets = Jets.from_constituents(shifted.reco.constituents * 1.15)
        samples = {
            "target": sample_of(target.reco, target.event, everything, everything),
            "prediction": sample_of(jets, shifted.event, everything, everything),
        }
        score = compare(samples).observables["pt"].wasserstein["prediction"]
        ratios.append(score.over_floor)
        told.append(score.uncertainty)
    assert np.std(ratios, ddof=1) / 2 < np.mean(told) < 2 * np.std(ratios, ddof=1)


def test_without_identities_the_spectra_by_class_are_left_out(make_pairs):
    pairs = make_pairs(300, 1)
    anonymous = Jets.from_constituents(pairs.reco.constituents)
    known, unknown = (sample_of(jets, pairs.event, WIDE, WIDE) for jets in (pairs.reco, anonymous))
    assert "photon_pt" in comparable({"target": known, "prediction": known})
    for samples in ({"target": known, "prediction": unknown}, {"target": unknown, "prediction": known}):
        assert set(comparable(samples)) == {n for n, o in OBSERVABLES.items() if o.of_class == "all"}
