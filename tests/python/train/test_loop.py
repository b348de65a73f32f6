"""Training as a user meets it: it learns, it resumes to the same numbers, it fails clearly."""

import json
import shutil

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from training import prepare

from pyjetsim.errors import StorageError, TrainingError
from pyjetsim.io.run_folder import read_log
from pyjetsim.jets.noise import stream, stream_seed
from pyjetsim.models import VAE
from pyjetsim.models.loss import loss_components
from pyjetsim.train import checkpoint as checkpoints
from pyjetsim.train import load_model, loop, train
from pyjetsim.train.schedule import rate_factor


def _losses(run):
    return [
        (entry["epoch"], entry["train"], entry["validation"], entry.get("kld")) for entry in read_log(run)
    ]


def _train(recipe, data, run, **options):
    return train(recipe, data, run, threads=1, quiet=True, **options)


def test_it_learns_and_leaves_a_run(tmp_path, data, make_recipe):
    run = tmp_path / "run"
    selection = _train(make_recipe(optimiser={"learning_rate": 1e-2}), data, run)
    losses = [entry["train"]["total"] for entry in read_log(run)]
    assert losses[-1] < 0.9 * losses[0]
    assert selection["epoch"] in (2, 4)
    assert json.loads((run / "selection.json").read_text()) == selection
    assert sorted(entry.name for entry in (run / "checkpoints").iterdir()) == [
        "epoch-0002.pt",
        "epoch-0004.pt",
        "last.pt",
    ]
    assert not (run / "cache").exists()
    events = EventAccumulator(str(run / "tensorboard")).Reload()
    assert [event.step for event in events.Scalars("loss_mass/validation")] == [1, 2, 3, 4]
    model, checkpoint = load_model(run)
    assert checkpoint.epoch == selection["epoch"]
    assert not model.training
    assert checkpoint.domain["pt"][0] > 100


def test_resuming_gives_the_numbers_of_an_uninterrupted_run(tmp_path, data, make_recipe, monkeypatch):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    _train(make_recipe(), data, whole)

    epoch = loop.train_epoch

    def interrupted(*arguments):
        if arguments[4] == 3:
            raise KeyboardInterrupt
        return epoch(*arguments)

    monkeypatch.setattr(loop, "train_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _train(make_recipe(), data, broken)
    monkeypatch.undo()
    assert len(read_log(broken)) == 2
    _train(make_recipe(), data, broken, resume=True)

    assert _losses(broken) == _losses(whole)
    weights = [load_model(run)[0].state_dict() for run in (whole, broken)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_a_checkpoint_may_have_its_tensors_laid_out_otherwise(tmp_path, data, make_recipe):
    """As one that comes from a GPU: the optimiser goes through weights and moments side by side."""
    run, whole = tmp_path / "run", tmp_path / "whole"
    _train(make_recipe(training={"epochs": 1}), data, run)
    last = run / "checkpoints" / "last.pt"
    content = torch.load(last, weights_only=True)
    moments = [value for each in content["optimiser"]["state"].values() for value in each.values()]
    assert not all(value.is_contiguous() for value in moments)  # channels last
    for each in (content["model"], *content["optimiser"]["state"].values()):
        each.update({name: value.contiguous() for name, value in each.items()})
    torch.save(content, last)
    _train(make_recipe(), data, run, resume=True)
    _train(make_recipe(), data, whole)
    assert [entry["train"] for entry in read_log(run)] == [entry["train"] for entry in read_log(whole)]


def test_a_kill_between_log_and_checkpoint_is_mended(tmp_path, data, make_recipe):
    run, whole = tmp_path / "run", tmp_path / "whole"
    _train(make_recipe(training={"epochs": 2}), data, run)
    with (run / "log.jsonl").open("a") as file:
        file.write('{"epoch": 3, "train": {}, "validation": {}}\n{"epoch": 4, "tra')
    _train(make_recipe(), data, run, resume=True)
    _train(make_recipe(), data, whole)
    assert [entry["train"] for entry in read_log(run)] == [entry["train"] for entry in read_log(whole)]


def test_more_epochs_may_be_asked_for_later(tmp_path, data, make_recipe):
    _train(make_recipe(training={"epochs": 1}), data, tmp_path / "run")
    _train(make_recipe(training={"epochs": 2}), data, tmp_path / "run", resume=True)
    assert [entry["epoch"] for entry in read_log(tmp_path / "run")] == [1, 2]


def test_a_run_is_not_overwritten(tmp_path, data, make_recipe):
    _train(make_recipe(training={"epochs": 1}), data, tmp_path / "run")
    with pytest.raises(TrainingError, match="holds a training already"):
        _train(make_recipe(), data, tmp_path / "run")


def test_another_recipe_or_other_data_cannot_be_resumed(tmp_path, data, make_recipe, make_pairs):
    from pyjetsim.io import write_pairs

    run = tmp_path / "run"
    _train(make_recipe(training={"epochs": 1}), data, run)
    with pytest.raises(TrainingError, match=r"loss.beta = 0.111.*0.5"):
        _train(make_recipe(loss={"beta": 0.5}), data, run, resume=True)
    with pytest.raises(TrainingError, match=r"model.latent = 3.*4"):
        _train(make_recipe(model={"latent": 4}), data, run, resume=True)
    write_pairs(tmp_path / "other.h5", make_pairs(300, 2), {"seed": 2})
    with pytest.raises(TrainingError, match="other data"):
        _train(make_recipe(), tmp_path / "other.h5", run, resume=True)


def test_nan_stops_the_run_names_term_and_batch_and_keeps_the_epochs(
    tmp_path, data, make_recipe, monkeypatch
):
    run = tmp_path / "run"
    _train(make_recipe(training={"epochs": 1}), data, run)
    loss, calls = VAE.loss, []

    def poisoned(*arguments):
        parts = loss(*arguments)
        calls.append(1)
        if len(calls) == 3:
            parts["mass"] = parts["mass"] * torch.nan
            parts["total"] = parts["total"] * torch.nan
        return parts

    monkeypatch.setattr(VAE, "loss", poisoned)
    with pytest.raises(TrainingError, match="not finite in batch 2 of epoch 2: mass"):
        _train(make_recipe(), data, run, resume=True)
    assert load_model(run)[1].epoch == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"garbage", "no readable checkpoint"),
        (None, "is not there"),
        ({"format": "other", "version": 1}, r"holds \('other', 1\)"),
        ([1, 2], "holds 'list'"),
    ],
)
def test_a_damaged_checkpoint_is_named(tmp_path, content, message):
    path = tmp_path / "last.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(TrainingError, match=message):
        checkpoints.load_checkpoint(path)


def test_a_checkpoint_of_another_model_is_named(tmp_path, data, make_recipe):
    run = tmp_path / "run"
    _train(make_recipe(training={"epochs": 1}), data, run)
    path = run / "checkpoints" / "last.pt"
    content = torch.load(path, weights_only=True)
    content["recipe"]["model"]["hidden"] = 17
    torch.save(content, path)
    (run / "selection.json").unlink()  # so that the last one is taken
    with pytest.raises(TrainingError, match="checkpoint of another model"):
        load_model(run)


def test_an_epoch_that_was_not_kept_is_named(tmp_path, data, make_recipe):
    _train(make_recipe(), data, tmp_path / "run")
    with pytest.raises(TrainingError, match=r"no weights of epoch 3.*2, 4"):
        load_model(tmp_path / "run", 3)


def test_a_full_disk_keeps_the_checkpoint_before(tmp_path, data, make_recipe, monkeypatch):
    run = tmp_path / "run"
    _train(make_recipe(training={"epochs": 1}), data, run)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints.torch, "save", full)
    with pytest.raises(StorageError, match="disk is full"):
        _train(make_recipe(), data, run, resume=True)
    monkeypatch.undo()
    assert load_model(run)[1].epoch == 1
    _train(make_recipe(), data, run, resume=True)
    assert [entry["epoch"] for entry in read_log(run)] == [1, 2, 3, 4]


def test_another_bar_on_resuming_changes_the_choice_that_is_exported(tmp_path, data, make_recipe):
    run = tmp_path / "run"
    _train(make_recipe(select={"mass_pt_kld_max": 1e9}), data, run)
    strict = _train(make_recipe(select={"mass_pt_kld_max": 1e-9}), data, run, resume=True)
    assert not strict["below_threshold"]
    assert json.loads((run / "selection.json").read_text()) == strict


def test_a_deleted_choice_is_written_anew(tmp_path, data, make_recipe):
    run = tmp_path / "run"
    chosen = _train(make_recipe(), data, run)
    (run / "selection.json").write_text("{}")
    with pytest.raises(TrainingError, match=r"names no epoch.*delete it"):
        load_model(run)
    (run / "selection.json").unlink()
    assert _train(make_recipe(), data, run, resume=True) == chosen
    assert load_model(run)[1].epoch == chosen["epoch"]


def test_another_recipe_is_told_before_the_data_are_read(tmp_path, data, make_recipe):
    run = tmp_path / "run"
    _train(make_recipe(training={"epochs": 1}), data, run)
    with pytest.raises(TrainingError, match=r"loss\.beta"):
        _train(make_recipe(loss={"beta": 0.5}), tmp_path / "none.h5", run, resume=True)


def _killed(run, *, prepared):
    """A run folder as a kill in the first epoch leaves it, or one while the data are prepared."""
    run.mkdir()
    (run / "lock").touch()
    (run / "cache").mkdir()
    (run / "cache" / "train.rows").touch()
    if prepared:
        (run / "run.json").write_text('{"recipe": {}, "pyjetsim": "1"}')
        (run / "log.jsonl").touch()
        (run / "tensorboard").mkdir()


@pytest.mark.parametrize("prepared", [True, False])
@pytest.mark.parametrize("resume", [True, False])
def test_a_training_killed_in_its_first_epoch_begins_anew(tmp_path, data, make_recipe, prepared, resume):
    run = tmp_path / "run"
    _killed(run, prepared=prepared)
    with pytest.raises(TrainingError, match="has no finished epoch"):
        load_model(run)
    _train(make_recipe(training={"epochs": 1}), data, run, resume=resume)
    assert load_model(run)[1].epoch == 1


def test_what_is_no_run_is_not_written_in(tmp_path, data, make_recipe):
    run = tmp_path / "run"
    for name in ("notes.txt", "cache", "checkpoints", "log.jsonl"):
        run.mkdir()
        (run / name).mkdir()
        (run / name / "mine").touch()
        for resume in (True, False):
            with pytest.raises(TrainingError, match="holds other files, and is no run"):
                _train(make_recipe(), data, run, resume=resume)
        assert sorted(entry.name for entry in run.rglob("*")) == sorted([name, "mine"])
        shutil.rmtree(run)


def test_there_must_be_something_to_resume(tmp_path, data, make_recipe):
    with pytest.raises(TrainingError, match=r"is not there \(--resume .*\): leave out --resume"):
        _train(make_recipe(), data, tmp_path / "run", resume=True)
    assert not (tmp_path / "run").exists()
    (tmp_path / "run").mkdir()
    with pytest.raises(TrainingError, match=r"holds no training \(--resume .*\): leave out --resume"):
        _train(make_recipe(), data, tmp_path / "run", resume=True)
    assert not list((tmp_path / "run").iterdir())


def test_epochs_without_the_last_one_are_not_overwritten(tmp_path, data, make_recipe):
    run = tmp_path / "run"
    _train(make_recipe(training={"epochs": 2}), data, run)
    (run / "checkpoints" / "last.pt").unlink()
    for resume in (True, False):
        with pytest.raises(TrainingError, match=r"last\.pt is not there, though other epochs are"):
            _train(make_recipe(), data, run, resume=resume)
    assert load_model(run)[1].epoch == 2


def test_a_folder_that_was_there_is_left_as_it_was(tmp_path, data, make_recipe, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(loop, "train_epoch", interrupted)
    (tmp_path / "run").mkdir()
    with pytest.raises(KeyboardInterrupt):
        _train(make_recipe(), data, tmp_path / "run")
    assert not list((tmp_path / "run").iterdir())


def test_an_interrupt_leaves_no_tables_behind(tmp_path, data, make_recipe, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    _train(make_recipe(training={"epochs": 1}), data, tmp_path / "old")
    monkeypatch.setattr(loop, "train_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _train(make_recipe(), data, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(KeyboardInterrupt):
        _train(make_recipe(), data, tmp_path / "old", resume=True)
    assert not (tmp_path / "old" / "cache").exists()
    assert load_model(tmp_path / "old")[1].epoch == 1


@pytest.mark.parametrize("line", [b"\xff\xfe", b"5", b'{"loss": 1}', b'{"epoch": 3, "tra'])
def test_a_damaged_log_is_read_up_to_the_damage(tmp_path, line):
    (tmp_path / "log.jsonl").write_bytes(b'{"epoch": 1}\n' + line + b'\n{"epoch": 2}\n')
    assert read_log(tmp_path) == [{"epoch": 1}]


def test_a_checkpoint_tells_the_bundle_what_it_was_trained_for(tmp_path, make_pairs, make_recipe):
    from pyjetsim.io import write_pairs

    write_pairs(tmp_path / "wide.h5", make_pairs(300, 1), {"jets": {"radius": 0.8}})
    recipe = make_recipe(
        training={"epochs": 1}, model={"max_constituents": 64}, select={"selection": "paper-all"}
    )
    _train(recipe, tmp_path / "wide.h5", tmp_path / "run")
    checkpoint = load_model(tmp_path / "run")[1]
    assert checkpoint.radius == 0.8
    assert (checkpoint.cuts.max_constituents, checkpoint.cuts.constituent_pt_min) == (64, 0.25)


@pytest.mark.parametrize("change", [{"recipe": None}, {"extra": 1}])
def test_a_checkpoint_with_other_entries_is_named(tmp_path, change):
    content = {"format": "pyjetsim.checkpoint", "version": 1, "epoch": 1, **change}
    torch.save(content, tmp_path / "last.pt")
    with pytest.raises(TrainingError, match="other entries than a checkpoint"):
        checkpoints.load_checkpoint(tmp_path / "last.pt")


def test_the_test_split_has_no_influence(tmp_path, make_pairs, make_recipe):
    from pyjetsim.io import in_split, write_pairs

    pairs = make_pairs(300, 1)
    write_pairs(tmp_path / "a.h5", pairs, {})
    held_out = in_split(pairs.event, "test")
    assert 20 < held_out.sum() < 150
    for side in (pairs.gen, pairs.reco):
        side.constituents[held_out] *= 2
        side.jet[held_out, 0] *= 2
    write_pairs(tmp_path / "b.h5", pairs, {})
    for name in ("a", "b"):
        _train(make_recipe(training={"epochs": 2}), tmp_path / f"{name}.h5", tmp_path / name)
    assert _losses(tmp_path / "a") == _losses(tmp_path / "b")
    weights = [load_model(tmp_path / name)[0].state_dict() for name in ("a", "b")]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_two_trainings_in_one_folder_are_kept_apart(tmp_path, data, make_recipe, monkeypatch):
    started = loop.train_epoch

    def second(*arguments):
        with pytest.raises(TrainingError, match="another run is writing"):
            _train(make_recipe(), data, tmp_path / "run")
        return started(*arguments)

    monkeypatch.setattr(loop, "train_epoch", second)
    _train(make_recipe(training={"epochs": 1}), data, tmp_path / "run")
    assert load_model(tmp_path / "run")[1].epoch == 1


def test_the_papers_training_is_this_one(tmp_path, data, make_recipe):
    """Every number of the log, from a loop written out."""
    recipe = make_recipe(training={"epochs": 2})
    _train(recipe, data, tmp_path / "run")
    torch.manual_seed(stream_seed("weights", 5))
    model = VAE(recipe.model_settings).to(memory_format=torch.channels_last)
    tables = prepare(data, tmp_path / "cache", recipe.data.cuts, 50, include_padding=True)
    model.set_standardisation(**tables.standardisation)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    for entry in read_log(tmp_path / "run"):
        torch.manual_seed(stream_seed("training noise", 5, entry["epoch"]))
        order = stream("training order", 5, entry["epoch"])
        model.train()
        sums = {}
        for gen, reco, *_ in tables.train.batches(32, order):
            prediction = model.predict(gen, torch.randn(len(gen), 3))
            parts = loss_components(model, prediction, reco, recipe.loss_settings)
            optimiser.zero_grad()
            parts["total"].backward()
            optimiser.step()
            for name, value in parts.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach()) * len(gen)
        assert entry["train"] == {name: value / len(tables.train) for name, value in sums.items()}


def test_the_learning_rate_falls_as_the_recipe_says(tmp_path, data, make_recipe):
    falling = make_recipe(optimiser={"schedule": "cosine", "clip_norm": 1.0})
    _train(falling, data, tmp_path / "run")
    last = checkpoints.load_checkpoint(tmp_path / "run" / "checkpoints" / "last.pt")
    assert 1e-5 < last.optimiser["param_groups"][0]["lr"] < 5e-5
    # Its number of epochs says how fast.
    with pytest.raises(TrainingError, match=r"training.epochs = 4, the recipe has 8"):
        _train(falling.with_epochs(8), data, tmp_path / "run", resume=True)


def test_a_schedule_warms_up_and_falls():
    steps = [rate_factor("cosine", done / 1000) for done in range(1000)]
    assert steps[:20] == sorted(steps[:20])
    assert steps[20:] == sorted(steps[20:], reverse=True)
    assert max(steps) == 1
    assert 0 < steps[0] < 0.1
    assert 0.01 <= steps[-1] < 0.011
    assert {rate_factor("constant", done) for done in (0.0, 0.5, 1.0)} == {1.0}
