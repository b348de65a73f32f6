"""The choice of the epoch: the least sum, among those good enough in mass and pt."""

import numpy as np
import pytest
import torch
from training import prepare

from pyjetsim.jets.selection import Selection
from pyjetsim.tasks.constituents import Constituents
from pyjetsim.tasks.constituents.learning import accepted_jets
from pyjetsim.train.recipe import SelectRecipe
from pyjetsim.train.select import measure_score, select_epoch


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


def test_a_worse_model_scores_worse_and_an_empty_one_nothing(validation):
    cuts = Selection(jet_pt_min=120, constituent_pt_min=0.25)
    good, bad = (measure_score(Constituents(), _Model(scale), validation, cuts, 1) for scale in (1.0, 1.3))
    assert good["sum"] < bad["sum"]
    assert good["sum"] == pytest.approx(sum(good[name] for name in ("mass", "pt", "energy", "eta", "phi")))
    assert np.isfinite(list(bad.values())).all()
    assert measure_score(Constituents(), _Model(1e-3), validation, cuts, 1) is None


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
