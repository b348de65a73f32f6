"""Tables of pairs: nothing lost, nothing twice, fitted on the training split only."""

import numpy as np
import pytest
import torch

from pyjetsim.errors import DataError, TrainingError
from pyjetsim.selection import Selection
from pyjetsim.store import PairsFile, in_split, write_pairs
from pyjetsim.train import data as module
from pyjetsim.train.data import prepare

CUTS = Selection(jet_pt_min=120)


@pytest.fixture
def tables(tmp_path, data):
    return prepare(data, tmp_path / "cache", CUTS, 50, include_padding=True)


def _expected(data, split):
    with PairsFile(data) as file:
        pairs = file.read()
    return pairs[in_split(pairs.event, split) & (pairs.reco.pt > 120)]


def test_tables_hold_the_selected_split_truncated(tables, data):
    for split in ("train", "validation"):
        expected = _expected(data, split)
        gen, reco = map(torch.cat, zip(*getattr(tables, split).batches(7), strict=True))
        np.testing.assert_array_equal(gen, expected.gen.constituents[:, :50])
        np.testing.assert_array_equal(reco, expected.reco.constituents[:, :50])


def test_constituent_cuts_are_for_the_target_alone(tmp_path, data):
    cuts = Selection(jet_pt_min=120, constituent_pt_min=2, max_constituents=40)
    pairs = _expected(data, "train")
    tables = prepare(data, tmp_path / "cache", cuts, 50, include_padding=True)
    gen, reco = map(torch.cat, zip(*tables.train.batches(7), strict=True))
    np.testing.assert_array_equal(gen, pairs.gen.constituents[:, :50])
    target = pairs.reco.constituents[:, :40]
    hard = np.hypot(target[..., 0], target[..., 1]) > 2
    np.testing.assert_array_equal(reco[:, :40], target * hard[..., None])
    assert not reco[:, 40:].any()


def test_a_shuffle_visits_every_pair_once_and_keeps_pairs_together(tables, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 8)
    monkeypatch.setattr(module, "_POOL", 3)

    def epoch(seed):
        batches = list(tables.train.batches(16, np.random.default_rng(seed)))
        assert all(len(gen) == 16 for gen, _ in batches[:-1])
        return [torch.cat(side).sum((1, 2)) for side in zip(*batches, strict=True)]

    plain = [torch.cat(side).sum((1, 2)) for side in zip(*tables.train.batches(16), strict=True)]
    one, again, other = epoch(1), epoch(1), epoch(2)
    assert torch.equal(one[0], again[0])
    assert not torch.equal(one[0], other[0])
    assert sorted(zip(*map(torch.Tensor.tolist, one), strict=True)) == sorted(
        zip(*map(torch.Tensor.tolist, plain), strict=True)
    )


def test_standardisation_is_of_the_training_split(tables, data):
    values = _expected(data, "train").gen.constituents[:, :50].reshape(-1, 3)
    np.testing.assert_allclose(tables.gen.mean, values.mean(0), atol=1e-3)
    np.testing.assert_allclose(tables.gen.width, values.std(0), rtol=1e-4)


def test_standardisation_without_padding_is_wider(tmp_path, data, tables):
    bare = prepare(data, tmp_path / "other", CUTS, 50, include_padding=False)
    assert (bare.gen.width > tables.gen.width).all()


def test_the_domain_is_the_range_of_training_gen_jets(tables, data):
    gen = _expected(data, "train").gen
    assert tables.domain.as_json()["pt"] == [gen.pt.min(), gen.pt.max()]
    assert tables.domain.as_json()["n_constituents"] == [gen.n_constituents.min(), gen.n_constituents.max()]


def test_a_selection_that_leaves_nothing_is_an_error(tmp_path, data):
    with pytest.raises(TrainingError, match="no train pairs after the selection"):
        prepare(data, tmp_path / "cache", Selection(jet_pt_min=1e6), 50, include_padding=True)


def test_damaged_data_is_an_error(tmp_path, make_pairs):
    pairs = make_pairs(50, 1)
    pairs.reco.constituents[20, 0, 0] = np.nan
    write_pairs(tmp_path / "bad.h5", pairs, {})
    with pytest.raises(DataError, match="jet 20 is not finite"):
        prepare(tmp_path / "bad.h5", tmp_path / "cache", CUTS, 50, include_padding=True)
