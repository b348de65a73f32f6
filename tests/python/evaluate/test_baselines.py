import numpy as np
import pytest

from pyjetsim.errors import DataError
from pyjetsim.evaluate.baselines import ETA_EDGES, PT_EDGES, fit_smearing, fit_smearing_to
from pyjetsim.evaluate.metrics.response import Responses, response_table
from pyjetsim.io import PairsFile, in_split, write_pairs
from pyjetsim.jets import Jets, Pairs
from pyjetsim.jets.event_ids import JetIds, jet_ids
from pyjetsim.jets.selection import Selection

EVERYTHING = Selection()


def scaled_pairs(pairs, factor):
    """Pairs whose reco jet is the gen jet times a factor, per jet."""
    reco = Jets.from_constituents(pairs.gen.constituents * factor[:, None, None], pairs.gen.pid)
    return Pairs(pairs.gen, reco, pairs.event, pairs.delta_r, pairs.n_vertices)


def test_the_fit_finds_a_known_gaussian_bin_by_bin():
    rng = np.random.default_rng(1)
    n = 400_000
    pt, eta = rng.uniform(100, 1200, n), rng.uniform(-3, 3, n)
    mean, width = 0.9 + 1e-4 * pt, 0.05 + 0.02 * np.abs(eta)
    smearing = fit_smearing(pt, eta, rng.normal(mean, width))
    assert smearing.mean.shape == (len(PT_EDGES) + 1, len(ETA_EDGES) + 1)
    # The bin of 200 to 250 GeV and |eta| 0.5 to 1: its centre's values.
    assert smearing.mean[4, 1] == pytest.approx(0.9225, abs=3e-3)
    assert smearing.width[4, 1] == pytest.approx(0.065, abs=3e-3)
    assert smearing.width[4, 4] == pytest.approx(0.095, abs=4e-3)


def test_thin_bins_take_wider_ones():
    pt, eta = np.r_[np.full(200, 110.0), np.full(10, 600.0)], np.zeros(210)
    response = np.r_[np.tile([0.8, 1.0], 100), np.full(10, 5.0)]
    smearing = fit_smearing(pt, eta, response)
    everywhere = smearing.mean[8, 0]
    assert smearing.mean[0, 0] == smearing.mean[0, 3] == pytest.approx(0.9)
    assert everywhere == np.median(response)


def test_smearing_reproduces_the_response_it_was_fitted_to(make_pairs, tmp_path):
    rng = np.random.default_rng(4)
    pairs = make_pairs(12_000, 4)
    known = scaled_pairs(pairs, rng.normal(0.93, 0.11, len(pairs)).clip(0.2))
    write_pairs(tmp_path / "t.h5", known, {})
    with PairsFile(tmp_path / "t.h5") as file:
        smearing = fit_smearing_to(file, EVERYTHING)
    assert smearing.fitted_on == "train"
    assert smearing.n_pairs == int(in_split(known.event, "train").sum())
    gen = EVERYTHING.constituents(pairs.gen)
    ids = jet_ids(len(gen), pairs.event)
    smeared = smearing(gen, EVERYTHING, ids)
    response = smeared.pt / gen.pt
    assert response.mean() == pytest.approx(0.93, abs=0.005)
    assert response.std() == pytest.approx(0.11, rel=0.05)
    # Only the size changes: the direction and the shape stay.
    assert smeared.eta == pytest.approx(gen.eta, abs=1e-4)
    assert smeared.mass / smeared.pt == pytest.approx(gen.mass / gen.pt, rel=1e-3)
    # A jet's draw is its own: alone, it gets the same.
    alone = smearing(gen[7:8], EVERYTHING, JetIds(*(part[7:8] for part in ids)))
    assert np.array_equal(alone.constituents, smeared.constituents[7:8])


def test_without_a_train_split_all_pairs_are_used(make_pairs, tmp_path):
    pairs = make_pairs(400, 2)
    rest = pairs[~in_split(pairs.event, "train")]
    write_pairs(tmp_path / "t.h5", rest, {})
    with PairsFile(tmp_path / "t.h5") as file:
        smearing = fit_smearing_to(file, EVERYTHING)
    assert (smearing.fitted_on, smearing.n_pairs) == ("all", len(rest))
    write_pairs(tmp_path / "none.h5", Pairs.empty(80), {})
    with PairsFile(tmp_path / "none.h5") as file, pytest.raises(DataError, match="no gen jet"):
        fit_smearing_to(file, EVERYTHING)


def test_response_table_of_a_known_gaussian():
    rng = np.random.default_rng(2)
    gen = np.repeat([120.0, 250.0], 20_000)
    rows = response_table(gen, gen * rng.normal(0.95, 0.1, 40_000))
    assert [row.n for row in rows] == [20_000, 0, 20_000, 0, 0, 0]
    assert (rows[0].low, rows[0].high) == (100, 150)
    for row in (rows[0], rows[2]):
        assert row.mean == pytest.approx(0.95, abs=5 * row.mean_error)
        assert row.median == pytest.approx(0.95, abs=5e-3)
        assert row.width == pytest.approx(0.1, abs=5 * row.width_error)
        assert row.std == pytest.approx(0.1, rel=0.03)
    assert rows[1].mean is None


def test_the_width_is_deaf_to_tails_and_its_error_is_right():
    rng = np.random.default_rng(3)
    draws = rng.normal(1, 0.1, (400, 500))
    widths = [response_table(np.full(500, 120.0), 120 * draw)[0].width for draw in draws]
    error = response_table(np.full(500, 120.0), 120 * draws[0])[0].width_error
    assert np.std(widths) == pytest.approx(error, rel=0.15)
    with_tail = np.r_[draws.ravel(), np.zeros(2000)]
    row = response_table(np.full(len(with_tail), 120.0), 120 * with_tail)[0]
    assert row.width < 0.105
    assert row.std > 0.13


def test_responses_cut_on_gen_alone(make_pairs):
    pairs = make_pairs(2000, 6)
    responses = Responses(gen_eta_max=1.0)
    for part in (slice(0, 900), slice(900, None)):
        responses.add(pairs[part].gen, pairs[part].reco)
    inside = np.abs(pairs.gen.eta) < 1
    assert responses.table() == response_table(pairs.gen.pt[inside], pairs.reco.pt[inside])
    assert Responses(1.0).table()[0].n == 0
