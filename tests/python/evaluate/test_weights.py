"""Weighted jets, of either sign: equal weights change nothing, opposite ones cancel, errors are right."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from pyjetsim.cli import main
from pyjetsim.errors import DataError, InputError
from pyjetsim.evaluate import evaluate, histogram, panels
from pyjetsim.evaluate.metrics import physics_distances, response_bins, spectra
from pyjetsim.evaluate.metrics.binned import PSEUDO_COUNT, Binning, symmetrised_kld, wasserstein
from pyjetsim.evaluate.metrics.classifiers.auc import area
from pyjetsim.evaluate.metrics.classifiers.trees import trees_auc
from pyjetsim.evaluate.metrics.mass_bins import Masses, draw_mass_rows, mass_rows
from pyjetsim.evaluate.metrics.response import response_table
from pyjetsim.evaluate.metrics.response_bins import Moments
from pyjetsim.evaluate.metrics.tails import QUANTILE, compare_tails
from pyjetsim.evaluate.metrics.turn_on import PassCounts
from pyjetsim.evaluate.report import publish
from pyjetsim.evaluate.samples import bootstrap_times
from pyjetsim.evaluate.view import ConstituentsView
from pyjetsim.io import write_pairs
from pyjetsim.jets import Jets, momenta
from pyjetsim.jets.selection import Selection
from pyjetsim.jets.weights import effective_entries, effective_number, weighted_quantiles

CLASSIFIERS = ("trees", "sets")


def signed(n, seed=0, negative=0.2):
    """Weights of mean about 1, some of them negative."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(n) < negative, -1.0, 1.5) * rng.uniform(0.5, 1.5, n)


def cancelled(values, seed=0):
    """The values with weight 1, and as many others that cancel: each with +3 and with -3."""
    extra = np.random.default_rng(seed).normal(values.mean(), 3 * values.std(), len(values))
    weights = np.concatenate([np.ones(len(values)), np.full(len(extra), 3.0), np.full(len(extra), -3.0)])
    order = np.random.default_rng(seed + 1).permutation(len(weights))
    return np.concatenate([values, extra, extra])[order], weights[order]


def test_quantiles_of_whole_weights_are_those_of_repeated_values():
    rng = np.random.default_rng(1)
    values, times = rng.normal(size=300), rng.integers(0, 4, 300)
    shares = (0.001, 0.16, 0.5, 0.84, 0.999)
    expected = np.quantile(np.repeat(values, times), shares, method="inverted_cdf")
    np.testing.assert_array_equal(weighted_quantiles(values, times, shares), expected)
    both = weighted_quantiles(values, np.column_stack([times, np.ones(300)]), shares)
    np.testing.assert_array_equal(both[:, 0], expected)
    np.testing.assert_array_equal(both[:, 1], np.quantile(values, shares, method="inverted_cdf"))


def test_quantiles_of_weights_of_both_signs():
    """Monotone, the same from both ends, and unbiased to what the sample's uncertainty is."""
    values, weights = np.random.default_rng(2).normal(size=4000), signed(4000)
    low, middle, high = weighted_quantiles(values, weights, (0.16, 0.5, 0.84))
    error = 1.5 / np.sqrt(effective_number(weights))
    assert abs(middle) < 3 * error
    assert low == pytest.approx(-0.994, abs=4 * error)
    assert high == pytest.approx(0.994, abs=4 * error)
    many = weighted_quantiles(values, weights, np.linspace(0, 1, 200).tolist())
    assert (np.diff(many) >= 0).all()
    assert weighted_quantiles(-values, weights, (0.84,))[0] == pytest.approx(-low, abs=0.02)
    assert np.isnan(weighted_quantiles(values, -weights, (0.5,))).all()


def test_effective_number():
    assert effective_number(np.full(7, 2.5)) == pytest.approx(7)
    assert effective_number(np.array([1.0, 1, -1])) == pytest.approx(1 / 3)
    assert effective_number(np.zeros(3)) == 0
    assert effective_entries(7, None) == effective_entries(7, np.full(7, 2.5)) == 7
    assert effective_entries(3, np.array([1.0, -1, -1])) == effective_entries(0, np.zeros(0)) == 0


def test_wasserstein_with_weights():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=200), rng.normal(0.3, 1.2, 300)
    times = rng.integers(1, 4, 300).astype(float)
    repeated = wasserstein(a, np.repeat(b, times.astype(int)))
    assert wasserstein(a, b, (None, times)) == pytest.approx(repeated, rel=1e-10)
    assert wasserstein(a, b, (np.full(200, 2.0), times)) == pytest.approx(
        stats.wasserstein_distance(a, b, None, times), rel=1e-10
    )
    values, weights = cancelled(b)
    assert wasserstein(a, values, (None, weights)) == pytest.approx(wasserstein(a, b), rel=1e-9)
    assert wasserstein(a, b, (None, -times)) == wasserstein(a, b, (-np.ones(200), times)) == np.inf


def test_kld_with_weights():
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=500), rng.normal(0.3, 1.2, 400)
    binning = Binning.of(a)
    plain = symmetrised_kld(a, b, binning)
    assert symmetrised_kld(a, b, binning, (np.full(500, 2.5), np.full(400, 0.1))) == pytest.approx(plain)
    binning = Binning(np.array([0.0, 1, 2]))
    weights = np.array([2.0, 2, 1, -1, -2])
    # In the bins 4, -2 and, above, 0: 2 / 14 effective entries a unit of weight.
    entries = np.array([0, 4 * 2 / 14, 0, 0]) + PSEUDO_COUNT
    p, q = np.array([0, 1, 1, 0]) + PSEUDO_COUNT, entries / entries.sum()
    p = p / p.sum()
    found = symmetrised_kld([0.5, 1.5], [0.1, 0.2, 5, 6, 1.5], binning, (None, weights))
    assert found == pytest.approx(((p - q) * np.log(p / q)).sum())
    assert symmetrised_kld(a, b, binning, (None, -np.ones(400))) == np.inf


def test_bins_are_those_of_the_weighted_target():
    values = np.random.default_rng(5).normal(size=2000)
    with_others, weights = cancelled(values)
    edges = Binning.of(with_others, weights=weights).edges
    expected = np.quantile(values, (0.001, 0.999))
    np.testing.assert_allclose(edges[[0, -1]], expected, atol=0.6)
    assert np.abs(Binning.of(with_others).edges[[0, -1]] - expected).min() > 2


def test_response_with_equal_weights():
    rng = np.random.default_rng(6)
    gen, response = rng.uniform(105, 145, 500), rng.normal(1, 0.1, 500)
    plain, equal = (response_table(gen, gen * response, weight)[0] for weight in (None, np.full(500, 2.5)))
    assert (equal.n, equal.mean, equal.std) == pytest.approx((plain.n, plain.mean, plain.std), rel=1e-10)
    assert equal.mean_error == pytest.approx(plain.mean_error, rel=1e-10)
    assert (equal.median, equal.width) == pytest.approx((plain.median, plain.width), rel=2e-2)
    none = response_table(gen, gen * response, -np.ones(500))[0]
    assert (none.n, none.mean, none.width_error) == (500, None, None)


def test_the_error_of_a_weighted_mean_is_its_scatter():
    """Where weights follow the response, too: they are not independent of what is measured."""
    rng = np.random.default_rng(7)
    pulls = []
    for _ in range(300):
        response = rng.normal(1, 0.1, 400)
        weight = np.where(rng.random(400) < 0.2, -1.0, 1.0) * (1 + 3 * (response - 1))
        row = response_table(np.full(400, 120.0), 120 * response, weight)[0]
        # The mean of x (1 + 3 (x - 1)) is 1.03.
        pulls.append((row.mean - 1.03) / row.mean_error)
    assert np.std(pulls) == pytest.approx(1, abs=0.15)
    assert abs(np.mean(pulls)) < 0.25


def test_moments_of_weights():
    values, event = np.random.default_rng(8).normal(1, 0.2, 700), np.arange(700)
    times = bootstrap_times(event, 20)
    plain, equal = Moments.of(values, times), Moments.of(values, times, np.full(700, 0.3))
    for name in ("mean", "width", "std"):
        np.testing.assert_allclose(getattr(equal, name), getattr(plain, name), rtol=1e-9, atol=1e-9)
    others, weights = cancelled(values)
    found = Moments.of(others, np.ones((len(others), 1), np.int8), weights)
    assert (found.mean[0], found.std[0]) == pytest.approx((values.mean(), values.std()), rel=1e-9)
    assert found.width[0] == pytest.approx(plain.width[0], rel=0.15)
    assert np.isnan(Moments.of(values, times, -np.ones(700)).mean).all()


def test_masses_with_weights():
    rng = np.random.default_rng(11)
    reco, event = rng.normal(85, 8, 3000), np.arange(3000)
    target = Masses(np.full(3000, 80.0), rng.normal(80, 8, 3000), event)
    (plain,) = mass_rows(target, Masses(target.gen, reco, event))
    (equal,) = mass_rows(
        replace(target, weight=np.full(3000, 2.5)), Masses(target.gen, reco, event, np.full(3000, 0.1))
    )
    assert plain.effective is None
    assert equal.effective == pytest.approx({"target": 3000, "prediction": 3000})
    assert equal.n == plain.n
    for name in ("mean_difference", "mean_difference_error", "std_ratio", "std_ratio_error"):
        assert getattr(equal, name) == pytest.approx(getattr(plain, name), rel=1e-9), name
    others, weight = cancelled(reco)
    (found,) = mass_rows(target, Masses(np.full(9000, 80.0), others, np.arange(9000), weight))
    assert found.mean_difference == pytest.approx(plain.mean_difference)
    assert found.std_ratio == pytest.approx(plain.std_ratio)
    assert found.mean_difference_error > 3 * plain.mean_difference_error
    assert found.n == {"target": 3000, "prediction": 9000}
    assert found.effective == pytest.approx({"target": 3000, "prediction": 3000**2 / (3000 + 2 * 9 * 3000)})
    # 50 effective jets are too few to be drawn, however many there are.
    (few,) = mass_rows(target, Masses(target.gen, reco, event, np.r_[np.full(50, 1.0), np.full(2950, 1e-9)]))
    assert few.n["prediction"] == 3000
    assert len(draw_mass_rows([few]).axes[0].containers) == 0
    assert len(draw_mass_rows([equal]).axes[0].containers) == 1
    assert mass_rows(target, Masses(target.gen, reco, event, -np.ones(3000))) == []


def test_the_tail_of_whole_weights_is_that_of_repeated_values():
    rng = np.random.default_rng(12)
    target, prediction = rng.normal(1, 0.1, 30_000), rng.normal(1, 0.103, 20_000)
    times = rng.integers(0, 4, 20_000)
    found = compare_tails("pt", target, prediction, (None, times.astype(float)))
    repeated = compare_tails("pt", target, np.repeat(prediction, times))
    assert found.ratio == pytest.approx(repeated.ratio)
    assert (found.target_share, found.threshold) == (repeated.target_share, repeated.threshold)
    assert found.n["prediction"] == 20_000
    assert found.effective["prediction"] == pytest.approx(times.sum() ** 2 / (times**2).sum())
    assert found.expected == pytest.approx(found.target_share * found.effective["prediction"])
    plain = compare_tails("pt", target, prediction)
    equal = compare_tails("pt", target, prediction, (None, np.full(20_000, 0.3)))
    assert (equal.ratio, equal.expected, equal.ratio_error) == pytest.approx(
        (plain.ratio, plain.expected, plain.ratio_error)
    )
    assert plain.effective is None


def test_the_tail_of_signed_weights_and_its_error():
    """What weights of -1 take away from it is not there; and the uncertainty is the scatter."""
    rng = np.random.default_rng(13)
    target, prediction = rng.normal(size=50_000), rng.normal(size=50_000)
    plain = compare_tails("pt", target, prediction)
    outliers = np.full(400, 5.0)
    weight = np.r_[np.ones(50_000 + 200), -np.ones(200)]
    found = compare_tails("pt", target, np.r_[prediction, outliers], (None, weight))
    assert found.above["prediction"] == plain.above["prediction"] + 400
    assert found.ratio == pytest.approx(plain.ratio)
    above, expected = plain.above["prediction"], plain.expected
    error = np.hypot(np.sqrt(above + 400), above / np.sqrt(expected)) / expected
    assert found.ratio_error == pytest.approx(error)
    pulls = []
    for seed in range(150):
        both = [rng.normal(size=30_000) for _ in range(2)]
        tail = compare_tails("pt", *both, (signed(30_000, 2 * seed), signed(30_000, 2 * seed + 1)))
        assert tail.target_share == pytest.approx(1 - QUANTILE, rel=0.5)
        pulls.append((tail.ratio - 1) / tail.ratio_error)
    assert np.std(pulls) == pytest.approx(1, abs=0.25)
    assert abs(np.mean(pulls)) < 0.3


def jets(pt, eta):
    return Jets.from_constituents(momenta(pt, eta, np.zeros(len(pt)))[:, None])


def test_turn_on_with_weights():
    rng = np.random.default_rng(9)
    cuts = Selection(jet_pt_min=200, jet_eta_max=2.5, constituent_pt_min=150)
    gen, eta = rng.uniform(150, 260, 6000), rng.uniform(-3, 3, 6000)
    sides = jets(gen, eta), jets(gen * rng.normal(1, 0.1, 6000), eta + rng.normal(0, 0.05, 6000))

    def rates(weight):
        counts = PassCounts(cuts)
        counts.add(*sides, weight)
        return {name: counts.rates(name) for name in counts.edges}

    plain, equal, both = rates(None), rates(np.full(6000, 0.4)), rates(signed(6000))
    for name in plain:
        for one, other in zip(plain[name], equal[name], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, equal_nan=True)
        error = np.hypot(plain[name][1], both[name][1])
        pull = (plain[name][0] - both[name][0]) / error
        assert np.nanmax(np.abs(pull)) < 4, name
        wider = both[name][1] > plain[name][1]
        assert wider[np.isfinite(both[name][0])].mean() > 0.8, name


def test_area_counts_signs():
    second, scores = np.array([False, False, True, True, True]), np.array([1.0, 3, 2, 4, 2])
    # The last one takes the third away.
    weights = np.array([1.0, 2, -0.5, 1, 0.5])[:, None]
    assert area(scores, second, weights)[0] == pytest.approx(1)
    assert np.isnan(area(scores, second, -weights)[0])


def test_a_classifier_sees_no_difference_where_signed_distributions_agree():
    """What one sample has too much of, weights of -1 take away; by the weights' sizes it would be seen."""
    rng = np.random.default_rng(10)
    n, extra = 3000, 1000
    more = rng.normal(2, 0.3, (2, extra))
    values = np.concatenate([rng.normal(size=n), rng.normal(size=n), *more])[:, None]
    second = np.arange(len(values)) >= n
    weight = np.concatenate([np.ones(2 * n + extra), -np.ones(extra)])
    event = np.arange(len(values))
    found = trees_auc(values, second, event, weight)
    assert abs(found.value - 0.5) < 4 * found.uncertainty
    sizes = trees_auc(values, second, event, np.abs(weight))
    assert sizes.value > 0.6


def test_figures_of_copies_have_the_weights_of_their_events():
    binning = Binning(np.array([0.0, 1, 2]))
    values, event = np.array([0.5, 0.6, 0.5, 1.5]), np.array([1, 1, 2, 2])
    weights = np.array([2.0, 2, -1, -1])
    density, error = panels._density(binning, values, event, weights)
    np.testing.assert_allclose(density, [3 / 2, -1 / 2])
    np.testing.assert_allclose(error, [np.sqrt(16 + 1) / 2, 1 / 2])
    _, independent = panels._density(binning, values, None, weights)
    np.testing.assert_allclose(independent, [3 / 2, 1 / 2])


@pytest.fixture(scope="module")
def files(make_pairs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("weighted")
    target = make_pairs(600, 1)
    prediction = replace(target, reco=make_pairs(600, 1, response=1.1).reco)
    event = target.event.astype(np.int64)
    weights = np.stack([np.full(600, 2.0), np.where(event % 5 == 0, -1.0, 2.0)], axis=1)
    for name, pairs in (("target", target), ("prediction", prediction)):
        weighted = replace(pairs, columns={"weight": weights}, weight_names=("equal", "nlo"))
        write_pairs(folder / f"{name}.h5", pairs, {})
        write_pairs(folder / f"weighted_{name}.h5", weighted, {})
    return folder


@pytest.fixture(scope="module", autouse=True)
def few_draws():
    """Less of what only makes numbers more precise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spectra, "N_DRAWS", {"jet": 3, "constituent": 2})
        patch.setattr(spectra, "N_REPLICATES", 2)
        patch.setattr(response_bins, "N_REPLICATES", 5)
        patch.setattr(physics_distances, "N_HALVINGS", 2)
        yield


@pytest.fixture(scope="module")
def report_of(files):
    def report(target, prediction, name, **options):
        found = evaluate(
            files / f"{target}.h5", files / f"{prediction}.h5", files / name, skip=CLASSIFIERS, **options
        )
        return found, (files / name)

    return report


@pytest.fixture(scope="module")
def unweighted(report_of):
    return report_of("target", "prediction", "plain")


def command(files, output, weight):
    words = ["evaluate", "--target", files / "weighted_target.h5", "--skip", *CLASSIFIERS, "--output", output]
    return [*map(str, words), "--prediction", str(files / "weighted_prediction.h5"), "--weight", weight]


@pytest.fixture(scope="module")
def nlo(files):
    assert main(command(files, files / "nlo", "1")) == 0
    return json.loads((files / "nlo" / "report.json").read_text()), files / "nlo"


def without_file_names(report):
    return report | {side: {**report[side], "file": None} for side in ("target", "prediction")}


def test_weights_that_are_equal_change_no_bit(report_of, unweighted):
    plain, folder = unweighted
    assert "weights" not in plain
    found, other = report_of("weighted_target", "weighted_prediction", "equal")
    told = found.pop("weights")
    assert {side["name"] for side in told.values()} == {"equal"}
    assert told["target"]["effective_jets"] == plain["target"]["jets_accepted"]
    assert without_file_names(found) == without_file_names(plain)
    for figure in plain["figures"]:
        assert (folder / f"{figure}.png").read_bytes() == (other / f"{figure}.png").read_bytes(), figure


def test_the_command_takes_the_same_words(files, unweighted, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(publish, "drawn", lambda found: {})
    assert main(command(files, tmp_path / "report", "none")) == 0
    found = json.loads((tmp_path / "report" / "report.json").read_text())
    assert without_file_names(found) == without_file_names({**unweighted[0], "figures": []})
    assert main(command(files, tmp_path / "report", "up")) == 2
    assert "there is no weight 'up'" in capsys.readouterr().err


def test_the_page_says_which_weight_and_how_many_jets_it_is_worth(files, nlo):
    report, folder = nlo
    with_cuts = [view_jets(files, name) for name in ("weighted_target", "weighted_prediction")]
    for side, weights in zip(("target", "prediction"), with_cuts, strict=True):
        told = report["weights"][side]
        assert told["name"] == "nlo"
        assert told["effective_jets"] == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
        assert told["negative_share"] == pytest.approx((weights < 0).mean())
        assert len(weights) == report[side]["jets_accepted"]
    page = (folder / "index.html").read_text()
    assert "<dt>Weight, target</dt><dd>nlo: " in page
    assert "FPD and KPD are not defined for weighted jets" in page


def view_jets(files, name):
    """Weights of the accepted jets."""
    view = ConstituentsView().weighted(files / f"{name}.h5", files / f"{name}.h5", "nlo")
    collector = view.collector()
    for batch in view.read(files / f"{name}.h5", "all"):
        collector.add(batch.reco, batch.event, batch.weight)
    return view.accepted(collector.sample()).weight


def test_weighted_numbers_differ_and_are_whole(unweighted, nlo):
    plain, weighted = unweighted[0], nlo[0]
    reports = {"plain": plain, "weighted": weighted}
    for name, row in weighted["metrics"]["observables"].items():
        other = plain["metrics"]["observables"][name]
        for metric in ("wasserstein", "kld"):
            for sample, distance in row[metric].items():
                assert np.isfinite(distance["value"])
                assert distance["value"] != other[metric][sample]["value"], (name, sample)
    table = weighted["response"]["tables"]["target"][1]
    assert table["mean"] == pytest.approx(plain["response"]["tables"]["target"][1]["mean"], abs=0.05)
    assert table["mean_error"] > plain["response"]["tables"]["target"][1]["mean_error"]
    assert table["n"] == plain["response"]["tables"]["target"][1]["n"]
    rows = {name: report["mass_bins"]["rows"] + report["tails"] for name, report in reports.items()}
    assert len(rows["plain"]) == len(rows["weighted"]) > 3
    for before, now in zip(rows["plain"], rows["weighted"], strict=True):
        assert "effective" not in before
        assert now["n"] == before["n"]
        # Of weights of 2 and of every fifth -1: (Σw)²/Σw² is 0.58 of all.
        assert all(now["effective"][side] < 0.9 * now["n"][side] for side in now["n"])
    differences = [
        [row["mean_difference"] for row in each if "mean_difference" in row] for each in rows.values()
    ]
    assert not np.isin(*differences).any()
    figures = weighted["verdict"]["criteria"]["w1"]["figures"]
    worth = min(
        told["effective_jets"] / weighted[side]["jets_accepted"] for side, told in weighted["weights"].items()
    )
    assert {figure["jets_needed"] for figure in figures if figure["outcome"] == "undecided"} == {
        round(8000 / worth)
    }


def test_distances_of_jetnet_are_left_out_of_weighted_jets(unweighted, nlo):
    assert unweighted[0]["distances"]["fpd"]
    assert nlo[0]["distances"]["fpd"] == nlo[0]["distances"]["kpd"] == {}
    assert nlo[0]["scores"]["values"]["fpd"] is None


def test_one_file_with_weights(files):
    target, prediction = files / "target.h5", files / "weighted_prediction.h5"
    view = ConstituentsView().weighted(target, prediction, None)
    assert view.jets.notes == (
        "the target has no weights, which the other file has: each of its jets counts once",
    )
    none = view.collector().sample()
    told = view.told_weights(
        {"target": target, "prediction": prediction}, {"target": none, "prediction": none}
    )
    assert [told[side]["name"] for side in ("target", "prediction")] == [None, "equal"]


@pytest.mark.parametrize(
    ("target", "weight", "message"),
    [
        (
            "weighted_target",
            "up",
            r"there is no weight 'up' in .*weighted_target.h5 \(its weights are equal, nlo",
        ),
        ("weighted_target", 2, "there is no weight 2 in "),
        ("weighted_target", -1, "there is no weight -1 in "),
        ("target", "nlo", r"no weight 'nlo' in .*target.h5 \(its jets have no weights"),
    ],
)
def test_weights_that_are_not_there(files, tmp_path, target, weight, message):
    with pytest.raises(InputError, match=message):
        evaluate(files / f"{target}.h5", files / "weighted_prediction.h5", tmp_path / "report", weight=weight)


def test_weights_without_a_distribution(make_pairs, tmp_path):
    pairs = make_pairs(300, 1)
    weights = np.where(pairs.event % 4 == 0, 1.0, -1.0)[:, None]
    write_pairs(tmp_path / "a.h5", replace(pairs, columns={"weight": weights}), {})
    with pytest.raises(DataError, match="jets whose weights add up to -"):
        evaluate(tmp_path / "a.h5", tmp_path / "a.h5", tmp_path / "report", skip=CLASSIFIERS)


def test_the_histogram_takes_the_same_words(make_pairs):
    pairs = make_pairs(50, 1)
    pairs = replace(pairs, columns={"weight": np.full((50, 1), 3.0)}, weight_names=("three",))
    sums = [histogram(pairs, "pt", weight=weight).sum(flow=True).value for weight in (None, "none", "0")]
    assert sums == [150, 50, 150]
