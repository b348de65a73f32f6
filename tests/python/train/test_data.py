"""Tables of pairs: nothing lost, nothing twice, fitted on the training split only."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from training import prepare

from pyjetsim.errors import DataError, InputError, TrainingError
from pyjetsim.io import PairsFile, in_split, write_pairs
from pyjetsim.io.run_folder import read_log
from pyjetsim.jets.selection import Selection
from pyjetsim.tasks.constituents.learning import whole_events
from pyjetsim.train import data as data_module
from pyjetsim.train import table as module
from pyjetsim.train import train

CUTS = Selection(jet_pt_min=120)


def sides(batches):
    """Give gen and reco of all batches."""
    return [torch.cat(side) for side in list(zip(*batches, strict=True))[:2]]


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
        gen, reco = sides(getattr(tables, split).batches(7))
        np.testing.assert_array_equal(gen, expected.gen.constituents[:, :50])
        np.testing.assert_array_equal(reco, expected.reco.constituents[:, :50])


def test_constituent_cuts_are_for_the_target_alone(tmp_path, data):
    cuts = Selection(jet_pt_min=120, constituent_pt_min=2, max_constituents=40)
    pairs = _expected(data, "train")
    tables = prepare(data, tmp_path / "cache", cuts, 50, include_padding=True)
    gen, reco = sides(tables.train.batches(7))
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
        assert all(len(batch.gen) == 16 for batch in batches[:-1])
        return [side.sum((1, 2)) for side in sides(batches)]

    plain = [side.sum((1, 2)) for side in sides(tables.train.batches(16))]
    one, again, other = epoch(1), epoch(1), epoch(2)
    assert torch.equal(one[0], again[0])
    assert not torch.equal(one[0], other[0])
    assert sorted(zip(*map(torch.Tensor.tolist, one), strict=True)) == sorted(
        zip(*map(torch.Tensor.tolist, plain), strict=True)
    )


def test_standardisation_is_of_the_training_split(tables, data):
    values = _expected(data, "train").gen.constituents[:, :50].reshape(-1, 3)
    np.testing.assert_allclose(tables.standardisation["gen"].mean, values.mean(0), atol=1e-3)
    np.testing.assert_allclose(tables.standardisation["gen"].width, values.std(0), rtol=1e-4)


def test_standardisation_without_padding_is_wider(tmp_path, data, tables):
    bare = prepare(data, tmp_path / "other", CUTS, 50, include_padding=False)
    assert (bare.standardisation["gen"].width > tables.standardisation["gen"].width).all()


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


def test_an_event_is_never_torn_apart(make_pairs):
    pairs = make_pairs(41, 1)  # two jets an event
    for size in (1, 3, 40, 100):
        pieces = list(whole_events(pairs[start : start + size] for start in range(0, 41, size)))
        np.testing.assert_array_equal(np.concatenate([piece.event for piece in pieces]), pairs.event)
        np.testing.assert_array_equal(
            np.concatenate([piece.gen.constituents for piece in pieces]), pairs.gen.constituents
        )
        seen = np.concatenate([np.unique(piece.event) for piece in pieces])
        assert len(seen) == len(np.unique(seen))


def test_a_models_own_tensors_come_with_their_pairs(tmp_path, data):
    shown = []

    def tensors(pairs):
        shown.append(pairs)
        return {"event": pairs.event, "first": pairs.reco.constituents[:, 0], "pid": pairs.reco.pid}

    tables = prepare(
        data,
        tmp_path / "cache",
        CUTS,
        50,
        include_padding=True,
        max_reco_constituents=30,
        training_tensors=tensors,
    )
    expected = _expected(data, "train")
    batches = list(tables.train.batches(32, np.random.default_rng(1), by_length=True))
    assert all(batch.reco.shape[1:] == (30, 3) for batch in batches)
    event, pid, gen_pid = (
        torch.cat(values)
        for values in zip(
            *((batch.tensors["event"], batch.tensors["pid"], batch.gen_pid) for batch in batches), strict=True
        )
    )
    assert sorted(event.tolist()) == sorted(expected.event.tolist())
    assert pid.shape[1] == 30
    assert gen_pid.shape[1] == 50
    for batch in batches:
        assert torch.equal(batch.tensors["first"], batch.reco[:, 0])
    # Jets outside the selection are shown too: an event is looked at as a whole.
    assert any((pairs.reco.pt <= 120).any() for pairs in shown)
    assert all(pairs.gen.constituents.shape[1] == 50 for pairs in shown)


def test_jets_of_like_length_share_a_batch(tables):
    def longest(batches):
        lengths = [(batch.gen != 0).any(-1).sum(1) for batch in batches]
        return sum(int(length.max()) for length in lengths), sorted(torch.cat(lengths).tolist())

    mixed = longest(tables.train.batches(8, np.random.default_rng(1)))
    alike = longest(tables.train.batches(8, np.random.default_rng(1), by_length=True))
    assert alike[1] == mixed[1]
    assert alike[0] < 0.85 * mixed[0]


def test_several_files_are_one_training(tmp_path, data, make_pairs):
    other = tmp_path / "other.h5"
    write_pairs(other, make_pairs(80, 5), {"generator": "other"})
    both = prepare([data, other], tmp_path / "both", CUTS, 50, include_padding=True)
    alone = prepare(data, tmp_path / "alone", CUTS, 50, include_padding=True)
    for split in ("train", "validation"):
        gen, _ = sides(getattr(both, split).batches(7))
        first, _ = sides(getattr(alone, split).batches(7))
        expected = np.concatenate([first, _expected(other, split).gen.constituents[:, :50]])
        np.testing.assert_array_equal(gen, expected)
    assert both.domain.as_json()["pt"][1] >= alone.domain.as_json()["pt"][1]
    with PairsFile(data) as file:
        assert both.provenance["files"] == {data.name: file.provenance, "other.h5": {"generator": "other"}}


def test_files_with_other_jets_are_refused(tmp_path, make_pairs):
    files = [tmp_path / "a.h5", tmp_path / "b.h5"]
    for file, radius in zip(files, (0.5, 0.8), strict=True):
        write_pairs(file, make_pairs(20, 1), {"jets": {"radius": radius}})
    with pytest.raises(TrainingError, match="made in different ways"):
        prepare(files, tmp_path / "cache", CUTS, 50, include_padding=True)


def _weighted(path, make_pairs, weights=lambda event: np.where(event % 3 == 0, -1.0, 2.5)):
    pairs = make_pairs(400, 1)
    column = np.stack([np.ones(len(pairs)), weights(pairs.event)], axis=1)
    pairs = replace(pairs, columns={"weight": column}, weight_names=("one", "nlo"))
    write_pairs(path, pairs, {})
    return pairs


@pytest.mark.parametrize("weight", ["nlo", 1])
def test_weights_come_with_their_jets_over_the_mean_of_the_split(tmp_path, make_pairs, weight):
    pairs = _weighted(tmp_path / "pairs.h5", make_pairs)
    tables = prepare(tmp_path / "pairs.h5", tmp_path / "cache", CUTS, 50, True, weight=weight)
    for split in ("train", "validation"):
        inside = in_split(pairs.event, split) & (pairs.reco.pt > 120)
        expected = pairs.columns["weight"][inside, 1]
        batches = list(getattr(tables, split).batches(7))
        found = torch.cat([batch.weight for batch in batches])
        np.testing.assert_allclose(found, expected / expected.mean(), rtol=1e-6)
        assert found.dtype == torch.float32


def test_without_a_weight_each_jet_counts_once(tmp_path, make_pairs):
    _weighted(tmp_path / "pairs.h5", make_pairs)
    tables = prepare(tmp_path / "pairs.h5", tmp_path / "cache", CUTS, 50, True)
    assert all(batch.weight is None for batch in tables.train.batches(7))


def test_weights_that_cannot_be_used_are_refused(tmp_path, data, make_pairs):
    def prepared(path, weight):
        return prepare(path, tmp_path / "cache", CUTS, 50, True, weight=weight)

    weighted = tmp_path / "weighted.h5"
    _weighted(weighted, make_pairs)
    with pytest.raises(InputError, match=r"there is no weight 'nnlo' in .*one, nlo"):
        prepared(weighted, "nnlo")
    with pytest.raises(InputError, match=r"no weight 0 in .*its jets have no weights"):
        prepared(data, 0)
    _weighted(weighted, make_pairs, lambda event: np.where(event % 3 == 0, 1.0, -1.0))
    with pytest.raises(TrainingError, match="train pairs have the mean weight -"):
        prepared(weighted, 1)
    model = SimpleNamespace(uses_weights=False)
    with pytest.raises(TrainingError, match="does not weight its loss"):
        data_module.prepare(weighted, tmp_path / "cache", SimpleNamespace(), model, CUTS, True, 1)


def test_a_training_with_weights_learns_other_numbers(tmp_path, make_pairs, make_recipe):
    _weighted(tmp_path / "pairs.h5", make_pairs)
    logs = []
    for number, weight in enumerate(({}, {"weight": "one"}, {"weight": "nlo"})):
        run = tmp_path / str(number)
        recipe = make_recipe(data={"selection": "all", **weight}, training={"epochs": 1})
        train(recipe, tmp_path / "pairs.h5", run, quiet=True)
        logs.append(read_log(run)[0])
    plain, one, nlo = (log["validation"]["total"] for log in logs)
    assert one == pytest.approx(plain, rel=1e-6)
    assert abs(nlo - plain) > 1e-3 * plain
