"""The choice of the epoch: the least sum, among those good enough in mass and pt."""

import numpy as np
import pytest
import torch
from training import prepare

from pyjetsim.errors import RecipeError, TrainingError
from pyjetsim.evaluate.metrics.history import draw_history, read_history
from pyjetsim.io.run_folder import read_log
from pyjetsim.jets.selection import Selection
from pyjetsim.tasks.constituents import Constituents, verdict_score
from pyjetsim.tasks.constituents.learning import accepted_jets
from pyjetsim.train import load_recipe, train
from pyjetsim.train.recipe import SelectRecipe
from pyjetsim.train.select import measure_scores, select_epoch


def _entry(epoch, mass, pt, total):
    return {"epoch": epoch, "kld": {"mass": mass, "pt": pt, "sum": total}}


def _selected(entries):
    return select_epoch(Constituents(), entries, SelectRecipe(mass_pt_kld_max=0.1))


def test_the_least_sum_below_the_threshold_wins():
    entries = [
        _entry(10, 0.2, 0.2, 0.5),
        _entry(20, 0.04, 0.05, 0.9),
        {"epoch": 21},
        _entry(30, 0.05, 0.04, 0.7),
    ]
    assert _selected(entries)["epoch"] == 30
    assert _selected(entries)["below_threshold"]


def test_where_none_is_below_mass_and_pt_decide():
    chosen = _selected([_entry(10, 0.2, 0.2, 0.5), _entry(20, 0.2, 0.1, 0.9)])
    assert (chosen["epoch"], chosen["below_threshold"]) == (20, False)


def test_nothing_measured_is_no_choice():
    assert _selected([{"epoch": 1}, {"epoch": 2, "kld": None}]) is None


class _Model(torch.nn.Module):
    noise_size = 1
    device = torch.device("cpu")
    uses_pid = False

    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def forward(self, constituents, noise):
        return constituents * self.scale


@pytest.fixture
def validation(tmp_path, data):
    return prepare(data, tmp_path / "cache", Selection(), 50, include_padding=True).validation


def _score(task, model, validation, cuts):
    return measure_scores(task, model, validation, cuts, 1)[task.score_name]


def test_a_worse_model_scores_worse_and_an_empty_one_nothing(validation):
    cuts = Selection(jet_pt_min=120, constituent_pt_min=0.25)
    good, bad = (_score(Constituents(), _Model(scale), validation, cuts) for scale in (1.0, 1.3))
    assert good["sum"] < bad["sum"]
    assert good["sum"] == pytest.approx(sum(good[name] for name in ("mass", "pt", "energy", "eta", "phi")))
    assert np.isfinite(list(bad.values())).all()
    assert _score(Constituents(), _Model(1e-3), validation, cuts) is None


PARTS = ("response_mean", "response_width", "response_std", "mass_mean", "mass_std", "w1")


@pytest.fixture
def by_verdict():
    return Constituents().scored_by("verdict")


@pytest.mark.parametrize("by_length", [False, True])
def test_the_score_of_the_verdict_sees_what_it_looks_at(validation, by_verdict, by_length):
    cuts = Selection(jet_pt_min=120, constituent_pt_min=0.25)
    good, shifted = (
        measure_scores(by_verdict, _Model(scale), validation, cuts, 1, by_length=by_length)
        for scale in (1.0, 1.3)
    )
    score = good["verdict"]
    assert set(score) == {*PARTS, "sum"}
    assert score["sum"] == pytest.approx(sum(score[name] for name in PARTS))
    assert good["kld"] == _score(Constituents(), _Model(1.0), validation, cuts)
    # 30 % more momentum: the mean response by 30 % of 0.5 %, the mass by far more than 0.5 GeV.
    grown = shifted["verdict"]
    assert grown["response_mean"] - score["response_mean"] == pytest.approx(0.3 / 0.005, rel=0.15)
    assert grown["mass_mean"] > 5 + score["mass_mean"]
    assert _score(by_verdict, _Model(1e-3), validation, cuts) is None


def test_the_score_of_the_verdict_is_its_formula():
    rng = np.random.default_rng(1)
    gen = np.column_stack(
        [np.r_[np.full(600, 160.0), np.full(600, 220.0)], np.zeros(1200), np.zeros(1200), np.full(1200, 50.0)]
    )
    target = gen.copy()
    target[:, 0] *= rng.normal(0.9, 0.1, 1200)
    target[:, 3] += rng.normal(0, 5, 1200)
    # In the bin at 220 GeV: 1 % more response, all of it.
    prediction = target.copy()
    prediction[600:, 0] *= 1.01
    reco = {"target": target, "prediction": prediction}
    cuts = Selection(jet_pt_min=100)
    found = verdict_score._responses(gen, reco, cuts)
    # Mean over two bins, of which one is perfect, in units of 0.5 %, 3 % and 3 %.
    assert found == pytest.approx(
        {"response_mean": 1.0, "response_width": 0.01 / 0.03 / 2, "response_std": 0.01 / 0.03 / 2}
    )
    prediction[:, 3] = target[:, 3].mean() + 1.2 * (target[:, 3] - target[:, 3].mean()) + 0.25
    # One bin of mass: a quarter of a GeV of half a GeV; 20 % of 5 %.
    assert verdict_score._masses(gen, reco, cuts) == pytest.approx({"mass_mean": 0.5, "mass_std": 4.0})
    # Shapes alike score the floor, in units of 1.2 floors.
    first, second = (rng.normal(0, 1, (4000, len(verdict_score.SHAPES))) for _ in range(2))
    assert verdict_score._distances(first, second, 1) == pytest.approx(1 / 1.2, rel=0.15)
    assert verdict_score._distances(first, second + 1, 1) > 10
    first[:], first[0] = np.nan, 1.0  # one jet in acceptance, which is in one half only
    assert verdict_score._distances(first, second, 1) is None


def test_the_verdict_chooses_the_least_sum_whatever_the_kld(by_verdict):
    entries = [
        {"epoch": 2, "kld": {"mass": 0.01, "pt": 0.01, "sum": 0.1}, "verdict": {"sum": 9.0}},
        {"epoch": 4, "kld": {"mass": 5.0, "pt": 5.0, "sum": 20.0}, "verdict": {"sum": 7.0}},
        {"epoch": 5},
        {"epoch": 6, "kld": {"mass": 0.01, "pt": 0.01, "sum": 0.05}, "verdict": None},
    ]
    chosen = select_epoch(by_verdict, entries, SelectRecipe(mass_pt_kld_max=0.1))
    assert chosen == {"epoch": 4, "verdict": {"sum": 7.0}}


def test_a_recipe_names_the_score(make_recipe):
    assert make_recipe().new_task().score_name == "kld"
    assert make_recipe().select.score == "kld"  # spelt out, for the run's record
    assert make_recipe(select={"score": "verdict"}).new_task().score_name == "verdict"
    with pytest.raises(RecipeError, match=r"select.score is 'kdl'.*use 'kld' or 'verdict'"):
        make_recipe(select={"score": "kdl"})
    assert load_recipe("paper").select.score == load_recipe("quickstart").select.score == "kld"
    for name in ("cells", "graph_vae", "masked_vae"):
        assert load_recipe(name).select.score == "verdict"


def test_a_training_logs_both_and_goes_by_the_verdict(tmp_path, data, make_recipe):
    recipe = make_recipe(select={"score": "verdict"}, training={"epochs": 2})
    selection = train(recipe, data, tmp_path / "run", threads=1, quiet=True)
    (entry,) = (entry for entry in read_log(tmp_path / "run") if "verdict" in entry)
    assert selection == {"epoch": 2, "verdict": entry["verdict"]}
    assert set(entry["kld"]) == {"mass", "pt", "energy", "eta", "phi", "sum"}
    history = read_history(tmp_path / "run")
    assert history.epochs[-1].verdict == entry["verdict"]
    assert len(draw_history(history).subfigs) == 3
    with pytest.raises(TrainingError, match=r"select.score = 'verdict', the recipe has 'kld'"):
        train(make_recipe(training={"epochs": 4}), data, tmp_path / "run", resume=True, quiet=True)


def test_jets_are_those_that_the_simulator_would_make(make_pairs):
    """Epochs are judged by what simulating with them gives."""
    reco = make_pairs(200, 4).reco
    order = np.random.default_rng(1).permutation(reco.constituents.shape[1])
    answer = np.ascontiguousarray(reco.constituents[:, order])
    cuts = Selection(
        jet_pt_min=200, jet_eta_max=2.0, constituent_pt_min=0.7, constituent_eta_max=2.1, max_constituents=30
    )
    found = accepted_jets(answer, cuts)
    expected = cuts.constituents(reco)
    expected = expected[cuts.accepts(expected)]
    assert 0 < len(expected) < 200
    np.testing.assert_array_equal(found.jet, expected.jet)
    np.testing.assert_array_equal(found.n_constituents, expected.n_constituents)
