"""The verdict: what passes, what fails and what cannot be told; tolerances; the exit code."""

import copy
import json
import math

import numpy as np
import pytest

from pyjetsim.cli import main
from pyjetsim.errors import RecipeError
from pyjetsim.evaluate import evaluate, judge, load_tolerances
from pyjetsim.evaluate.metrics.mass_bins import Masses, mass_rows
from pyjetsim.evaluate.metrics.tails import compare_tails
from pyjetsim.evaluate.report import publish
from pyjetsim.evaluate.verdict.criteria import CRITERIA
from pyjetsim.evaluate.verdict.tolerances import parse_tolerances
from pyjetsim.io import write_pairs
from pyjetsim.jets import Jets, Pairs

SKIP = ("trees", "sets", "distances")


def report(**changes):
    """A report of a simulation that is good in all, with as many jets as are asked for."""
    bins = {"target": 5000, "prediction": 5000}
    row = {"low": 200, "high": 250, "n": bins}
    response = {
        **row,
        "axis": "pt",
        "quantity": "pt",
        "target": {"mean": 0.8},
        "mean_difference": 0.0008,
        "mean_difference_error": 0.0016,
        "width_ratio": 1.01,
        "width_ratio_error": 0.012,
        "std_ratio": 0.98,
        "std_ratio_error": 0.01,
    }
    mass = {
        **row,
        "mean_difference": 0.1,
        "mean_difference_error": 0.1,
        "std_ratio": 1.0,
        "std_ratio_error": 0.02,
    }
    distance = {"value": 0.5, "spread": 0.1, "over_floor": 1.05, "uncertainty": 0.1}
    found = {
        "target": {"jets_accepted": 20_000},
        "prediction": {"jets_accepted": 20_000},
        "metrics": {
            "settings": {"sample_jets": {"jet": 4000, "constituent": 4000}},
            "observables": {
                "mass": {"label": "Jet mass", "level": "jet", "wasserstein": {"prediction": distance}}
            },
        },
        "classifiers": {"pairs": 4000},
        "scores": {
            "values": {"auc": 0.51, "auc_constituents": 0.52},
            "uncertainties": {"auc": 0.006, "auc_constituents": 0.006},
        },
        "response": {"bins": {"prediction": {"rows": [response]}}},
        "mass_bins": {"rows": [mass]},
        "tails": [
            {
                "label": "pt response",
                "quantile": 0.999,
                "n": {"target": 60_000, "prediction": 60_000},
                "expected": 60.0,
                "ratio": 1.1,
                "ratio_error": 0.2,
            }
        ],
        "tagger_closure": {"ratio": 1.01, "ratio_uncertainty": 0.02, "jets": {"test": {"background": 5000}}},
    }
    return {**copy.deepcopy(found), **changes}


def put(found, path, value):
    *outer, last = path
    for key in outer:
        found = found[key]
    found[last] = value


def outcome_of(found, name, **limits):
    judged = judge(found, parse_tolerances(limits, "test")).criteria[name]
    (figure,) = judged.figures
    return figure


RESPONSE = ("response", "bins", "prediction", "rows", 0)
W1 = ("metrics", "observables", "mass", "wasserstein", "prediction")


def test_a_good_simulation_passes_in_every_criterion():
    verdict = judge(report())
    assert verdict.outcome == "passed"
    assert set(verdict.criteria) == {criterion.name for criterion in CRITERIA}
    assert verdict.counts == {"passed": len(CRITERIA), "failed": 0, "undecided": 0}


@pytest.mark.parametrize(
    ("name", "path", "inside", "outside"),
    [
        # The tolerance and two standard errors above: 1.2 + 0.2, 0.53 + 0.012, 0.8 * (0.005 + 0.004), ...
        ("w1", (*W1, "over_floor"), 1.39, 1.41),
        ("auc", ("scores", "values", "auc"), 0.541, 0.543),
        ("auc_constituents", ("scores", "values", "auc_constituents"), 0.541, 0.543),
        ("response_mean", (*RESPONSE, "mean_difference"), -0.0071, -0.0073),
        ("response_width", (*RESPONSE, "width_ratio"), 1.053, 1.055),
        ("response_std", (*RESPONSE, "std_ratio"), 0.951, 0.949),
        ("mass_mean", ("mass_bins", "rows", 0, "mean_difference"), 0.69, 0.71),
        ("mass_std", ("mass_bins", "rows", 0, "std_ratio"), 0.911, 0.909),
        ("tail", ("tails", 0, "ratio"), 1.89, 1.91),
        ("tagger", ("tagger_closure", "ratio"), 0.911, 0.909),
    ],
)
def test_a_figure_fails_above_its_tolerance_and_two_standard_errors(name, path, inside, outside):
    for value, outcome in ((inside, "passed"), (outside, "failed")):
        found = report()
        put(found, path, value)
        verdict = judge(found)
        assert outcome_of(found, name).outcome == outcome
        assert verdict.outcome == outcome
        assert verdict.counts["failed"] == (outcome == "failed")


def test_only_what_is_above_counts_where_less_is_no_worse():
    for name, path in (("w1", (*W1, "over_floor")), ("tail", ("tails", 0, "ratio"))):
        found = report()
        put(found, path, 0.1)
        assert outcome_of(found, name).outcome == "passed"


def test_what_is_too_uncertain_is_undecided_and_told_how_many_jets_decide():
    found = report()
    put(found, (*RESPONSE, "width_ratio_error"), 0.06)
    figure = outcome_of(found, "response_width")
    assert figure.outcome == "undecided"
    # Twice the tolerance: four times the 5,000 jets of the bin.
    assert figure.jets_needed == 20_000
    assert judge(found).outcome == "undecided"
    # A failure that is beyond the uncertainty is one all the same.
    put(found, (*RESPONSE, "width_ratio"), 1.2)
    assert outcome_of(found, "response_width").outcome == "failed"
    assert outcome_of(found, "response_width", response={"width": 0.1}).outcome == "passed"


def test_with_fewer_jets_than_the_tolerance_is_stated_for_nothing_passes():
    found = report()
    put(found, ("metrics", "settings", "sample_jets", "jet"), 3999)
    put(found, ("classifiers", "pairs"), 3999)
    put(found, (*RESPONSE, "n"), {"target": 5000, "prediction": 1999})
    put(found, ("mass_bins", "rows"), [])
    put(found, ("tails", 0, "expected"), 49.9)
    verdict = judge(found)
    needed = {name: judged.figures[0].jets_needed for name, judged in verdict.criteria.items()}
    undecided = {
        name for name, judged in verdict.criteria.items() if judged.figures[0].outcome == "undecided"
    }
    assert undecided == {each.name for each in CRITERIA} - {"tagger"}
    assert needed["w1"] == needed["auc"] == 8000
    assert needed["response_std"] == needed["mass_mean"] == 2000
    assert needed["tail"] == 50_000
    # A distance that is too large already is a failure: with more jets it only grows.
    put(found, (*W1, "over_floor"), 3.0)
    assert outcome_of(found, "w1").outcome == "failed"


def test_weighted_jets_count_by_their_effective_number():
    weights = {"target": {"effective_jets": 20_000.0}, "prediction": {"effective_jets": 10_000.0}}
    found = report(weights=weights)
    assert judge(found).counts["undecided"] == 3  # W1 and AUC: 4,000 jets are worth 2,000
    assert outcome_of(found, "w1").jets_needed == outcome_of(found, "auc").jets_needed == 16_000
    assert outcome_of(found, "w1", w1={"jets": 2000}).outcome == "passed"
    put(found, (*W1, "over_floor"), 3.0)
    assert outcome_of(found, "w1").outcome == "failed"
    effective = {"target": 4000.0, "prediction": 1250.0}
    for path in (RESPONSE, ("mass_bins", "rows", 0)):
        put(found, (*path, "effective"), effective)
    put(found, ("tails", 0, "effective"), {"target": 60_000.0, "prediction": 30_000.0})
    put(found, ("tails", 0, "expected"), 30.0)
    for name in ("response_mean", "response_width", "response_std", "mass_mean", "mass_std"):
        figure = outcome_of(found, name)
        assert (figure.outcome, figure.jets, figure.jets_needed) == ("undecided", 5000, 8000), name
        limits = {name.split("_")[0]: {"min_jets": 1250}}
        assert outcome_of(found, name, **limits).outcome == "passed"
    assert outcome_of(found, "tail").jets_needed == 100_000
    assert outcome_of(found, "tail", tail={"min_expected": 30}).outcome == "passed"


def test_weights_that_cancel_leave_a_figure_undecided():
    few = {side: {"effective_jets": 900.0} for side in ("target", "prediction")}
    for weights, outcome in ((few, "undecided"), ({}, "failed")):
        found = report(weights=weights)
        put(found, W1, {"value": None, "over_floor": None, "uncertainty": None})
        assert outcome_of(found, "w1").outcome == outcome
    put(found, (*RESPONSE, "mean_difference_error"), None)
    figure = outcome_of(found, "response_mean")
    assert (figure.outcome, figure.reason) == ("undecided", "its uncertainty is not known")
    put(found, (*RESPONSE, "target", "mean"), -0.1)
    assert outcome_of(found, "response_mean").value is None


def test_a_bin_below_the_least_number_of_jets_is_not_judged():
    found = report()
    (row,) = found["response"]["bins"]["prediction"]["rows"]
    bad = {**row, "low": 500, "n": {"target": 1999, "prediction": 1999}, "width_ratio": 9.0}
    found["response"]["bins"]["prediction"]["rows"].append(bad)
    assert judge(found).outcome == "passed"
    assert judge(found, parse_tolerances({"response": {"min_jets": 1000}}, "t")).outcome == "failed"


def test_infinite_unknown_and_constant_figures():
    found = report()
    put(found, W1, {"value": None, "over_floor": None, "uncertainty": None})
    assert outcome_of(found, "w1").outcome == "failed"  # the prediction has no values
    put(found, W1, {"value": 0.2, "over_floor": None, "uncertainty": None})
    assert outcome_of(found, "w1").outcome == "failed"  # not what the target always is
    put(found, W1, {"value": 0.0, "over_floor": None, "uncertainty": None})
    assert outcome_of(found, "w1").outcome == "passed"
    put(found, W1, {"value": 0.2, "over_floor": 1.0, "uncertainty": None})
    assert outcome_of(found, "w1").outcome == "undecided"
    put(found, ("scores", "values", "auc"), None)
    skipped = outcome_of(found, "auc")
    assert (skipped.outcome, skipped.reason, skipped.jets_needed) == ("undecided", "not measured", None)


def test_criteria_that_do_not_apply_are_left_out():
    found = {key: value for key, value in report().items() if key in ("target", "prediction", "metrics")}
    found |= {
        "classifiers": {"pairs": 4000},
        "scores": {"values": {"auc": 0.5}, "uncertainties": {"auc": 0.01}},
    }
    verdict = judge(found)
    assert set(verdict.criteria) == {"w1", "auc"}
    assert verdict.outcome == "passed"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[w1]\nmaks = 1.3\n", r"unknown key 'w1.maks'"),
        ("[w2]\nmax = 1.3\n", r"unknown key 'w2'"),
        ("[w1]\nmax = '1.3'\n", r"w1.max is '1.3'"),
        ("[auc]\nmax = -0.53\n", r"auc.max is -0.53"),
        ("[response]\nwidth = -0.03\n", r"response.width is -0.03"),
        ("[response]\nwidth = 0\n", r"response.width is 0"),
        ("[response]\nwidth = true\n", r"response.width is True"),
        ("[mass]\nmean = inf\n", r"mass.mean is inf"),
        ("[mass]\nmin_jets = 10.5\n", r"mass.min_jets is 10.5"),
        ("w1 = 1.2\n", r"w1 is 1.2"),
        ("[w1\n", r"is no TOML"),
    ],
)
def test_bad_tolerances_are_one_line(text, message, tmp_path, capsys):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=message) as caught:
        load_tolerances(path)
    assert "mine.toml" in str(caught.value)
    command = ["evaluate", "--target", "a.h5", "--prediction", "b.h5", "--output", str(tmp_path / "r")]
    assert main([*command, "--tolerances", str(path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path, capsys):
    path = tmp_path / "mine.toml"
    path.write_text("[response]\nwidth = 0.1\n")
    mine, defaults = load_tolerances(path), load_tolerances()
    assert mine.response.width == 0.1
    assert mine.response.std == defaults.response.std
    assert mine.w1 == defaults.w1
    with pytest.raises(SystemExit):
        main(["evaluate", "--print-tolerances"])
    printed = tmp_path / "printed.toml"
    printed.write_text(capsys.readouterr().out)
    assert load_tolerances(printed) == defaults


def test_masses_in_bins_of_gen_mass():
    rng = np.random.default_rng(1)
    gen = np.r_[np.full(4000, 5.0), np.full(4000, 80.0)]
    reco = gen + rng.normal(10, 4, 8000)
    event = np.arange(8000)
    (light, heavy) = mass_rows(
        Masses(gen, reco, event), Masses(gen, np.where(gen > 50, 80 + 1.2 * (reco - 80), reco), event)
    )
    assert (light.low, light.high, light.n["target"]) == (0, 10, 4000)
    assert (light.mean_difference, light.std_ratio) == (0, 1)
    assert (heavy.low, heavy.high) == (75, 85)
    assert heavy.std_ratio == pytest.approx(1.2)
    assert heavy.mean_difference == pytest.approx(2.0, abs=0.05)  # 0.2 times the mean shift of 10
    # The same jets in both: only what is done to them scatters.
    assert heavy.mean_difference_error == pytest.approx(0.2 * 4 / math.sqrt(4000), rel=0.3)


def test_the_upper_tail_is_counted_above_the_quantile_of_the_target():
    rng = np.random.default_rng(1)
    target, prediction = rng.normal(1, 0.1, 100_000), rng.normal(1, 0.1, 50_000)
    alike = compare_tails("pt", target, prediction)
    assert alike.expected == pytest.approx(50)
    assert abs(alike.ratio - 1) < 3 * alike.ratio_error
    assert alike.ratio_error == pytest.approx(math.sqrt(1 / 50 + 1 / 100), rel=0.3)
    outliers = np.r_[prediction[:-100], np.full(100, 2.0)]
    assert compare_tails("pt", target, outliers).ratio == pytest.approx(alike.ratio + 2, abs=0.05)
    none = compare_tails("pt", target, np.full(50_000, 1.0))
    assert none.ratio == 0
    assert none.ratio_error > 0
    assert compare_tails("pt", np.ones(10), np.ones(10)).ratio is None


@pytest.fixture(scope="module")
def files(make_pairs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("verdict")
    target = make_pairs(900, 1)
    bad = Jets.from_constituents(target.reco.constituents * np.float32(1.3), target.reco.pid)
    write_pairs(folder / "target.h5", target, {})
    write_pairs(
        folder / "bad.h5", Pairs(target.gen, bad, target.event, target.delta_r, target.n_vertices), {}
    )
    few = "[w1]\njets = 50\n[response]\nmin_jets = 30\n[mass]\nmin_jets = 30\n"
    (folder / "few.toml").write_text(few)
    return folder


@pytest.fixture(scope="module")
def made(files):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "drawn", lambda found: {})  # figures take long
        return evaluate(
            files / "target.h5", files / "bad.h5", files / "report", skip=SKIP, tolerances=files / "few.toml"
        )


def test_the_verdict_is_in_the_report_and_at_the_top_of_the_page(files, made):
    read = json.loads((files / "report" / "report.json").read_text())
    verdict = read["verdict"]
    assert verdict["outcome"] == "failed"
    assert verdict["tolerances"]["w1"]["jets"] == 50
    failed = {name for name, judged in verdict["criteria"].items() if judged["counts"]["failed"]}
    assert {"response_mean", "response_width", "mass_mean"} <= failed
    page = (files / "report" / "index.html").read_text()
    assert page.index('id="verdict_line" class="failed"') < page.index("How far from the target")
    for judged in verdict["criteria"].values():
        assert judged["label"] in page
    # Judged again, and by other tolerances, without measuring again.
    assert judge(read, load_tolerances(files / "few.toml")).to_json() == verdict
    loose = {"response": {"mean": 1.0, "min_jets": 30}}
    assert judge(read, parse_tolerances(loose, "test")).criteria["response_mean"].counts["failed"] == 0


def test_every_criterion_says_where_its_figures_stand(made):
    for criterion in CRITERIA:
        place = made
        for key in criterion.source.split("."):
            place = place[key]


@pytest.mark.parametrize(
    ("outcome", "fail_on", "code"),
    [
        ("failed", None, 0),  # a verdict is no error unless it is asked for
        ("failed", "failed", 1),
        ("failed", "undecided", 1),
        ("undecided", "failed", 0),
        ("undecided", "undecided", 1),
        ("passed", "undecided", 0),
    ],
)
def test_the_exit_code(outcome, fail_on, code, made, monkeypatch, capsys):
    given = {**made, "verdict": {**made["verdict"], "outcome": outcome}}
    monkeypatch.setattr("pyjetsim.evaluate.evaluate", lambda *all, **named: given)
    command = ["evaluate", "--target", "t.h5", "--prediction", "p.h5", "--output", "r"]
    assert main(command + (["--fail-on", fail_on] if fail_on else [])) == code
    assert f"Verdict: {outcome}" in capsys.readouterr().out
