"""A training that a batch system stops goes on from the same step to the same numbers."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from struck import DRIVER

from pyjetsim.cli import main
from pyjetsim.errors import TrainingError, TrainingStopped
from pyjetsim.io.run_folder import read_log
from pyjetsim.models import VAE
from pyjetsim.tasks.constituents import Constituents
from pyjetsim.train import Stop, load_model, train
from pyjetsim.train.checkpoint import load_checkpoint


def numbers(run):
    """All that does not tell the time."""
    return [
        {name: value for name, value in entry.items() if name not in ("seconds", "train_jets_per_s")}
        for entry in read_log(run)
    ]


def assert_equal(run, other):
    assert numbers(run) == numbers(other)
    ends = [load_checkpoint(each / "checkpoints" / "last.pt").model for each in (run, other)]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[1])


@pytest.fixture
def stopped_at(monkeypatch):
    """Give ``stopped_at(owner, name, n)``: a Stop that is asked for at the n-th call of a method."""

    def stopped_at(owner, name, after):
        stop, calls, method = Stop(), [], getattr(owner, name)

        def counted(*arguments, **options):
            calls.append(1)
            if len(calls) == after:
                stop.request()
            return method(*arguments, **options)

        monkeypatch.setattr(owner, name, counted)
        return stop

    return stopped_at


def losses_of_an_epoch(run_data, recipe, folder, monkeypatch):
    calls, loss = [], VAE.loss
    with monkeypatch.context() as patch:
        patch.setattr(VAE, "loss", lambda *arguments: calls.append(1) or loss(*arguments))
        train(recipe, run_data, folder, threads=1, quiet=True)
    return len(calls) // recipe.training.epochs


@pytest.mark.parametrize("where", ["first step", "step", "last step", "validation", "score"])
def test_it_goes_on_from_the_step(where, tmp_path, data, make_recipe, monkeypatch, stopped_at):
    recipe = make_recipe(model={"dropout": 0.3}, training={"epochs": 3})
    whole, run = tmp_path / "whole", tmp_path / "run"
    each = losses_of_an_epoch(data, recipe, whole, monkeypatch)
    after = {"first step": 1, "step": each + 3, "last step": 2 * each - 1, "validation": 2 * each}
    if where == "score":
        stop = stopped_at(Constituents, "scores", 1)
    else:
        stop = stopped_at(VAE, "loss", after[where])
    with pytest.raises(TrainingStopped, match=r"was stopped after batch \d+ of epoch \d.*--resume"):
        train(recipe, data, run, threads=1, quiet=True, stop=stop)
    assert len(read_log(run)) == (0 if where == "first step" else 1)
    assert not (run / "cache").exists()
    kept = load_checkpoint(run / "checkpoints" / "stopped.pt")
    done = {"first step": 1, "step": 3}.get(where, each - 1)
    assert (kept.epoch, kept.within["batch"]) == (len(read_log(run)), done)
    train(recipe, data, run, threads=1, quiet=True, resume=True)
    assert_equal(run, whole)
    assert not (run / "checkpoints" / "stopped.pt").exists()


def test_one_that_was_stopped_in_its_first_epoch_is_no_model_yet(tmp_path, data, make_recipe, stopped_at):
    run = tmp_path / "run"
    with pytest.raises(TrainingStopped):
        train(make_recipe(), data, run, threads=1, quiet=True, stop=stopped_at(VAE, "loss", 2))
    with pytest.raises(TrainingError, match="has no finished epoch"):
        load_model(run)
    with pytest.raises(TrainingError, match="holds a training already"):
        train(make_recipe(), data, run, threads=1, quiet=True)
    with pytest.raises(TrainingError, match=r"stopped.pt was trained with loss.beta"):
        train(make_recipe(loss={"beta": 0.5}), data, run, threads=1, quiet=True, resume=True)


def test_a_state_that_was_overtaken_is_left_behind(tmp_path, data, make_recipe, stopped_at):
    """As a kill leaves it between the end of the epoch and the removal."""
    run, recipe = tmp_path / "run", make_recipe(training={"epochs": 2})
    with pytest.raises(TrainingStopped):
        train(recipe, data, run, threads=1, quiet=True, stop=stopped_at(VAE, "loss", 2))
    kept = run / "checkpoints" / "stopped.pt"
    content = kept.read_bytes()
    train(recipe, data, run, threads=1, quiet=True, resume=True)
    kept.write_bytes(content)
    train(recipe.with_epochs(3), data, run, threads=1, quiet=True, resume=True)
    assert [entry["epoch"] for entry in read_log(run)] == [1, 2, 3]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_signals_of_batch_systems(number, tmp_path, data, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("driver.py").write_text(DRIVER)
    Path("recipe.toml").write_text(
        '[model]\nname = "vae"\nchannels = [4, 4, 8]\nhidden = 16\nlatent = 3\n'
        "[optimiser]\nbatch_size = 32\n[training]\nepochs = 2\n[select]\nevery = 2\n"
    )
    command = ["train", "recipe.toml", "--data", str(data), "--threads", "1", "--output"]
    struck = subprocess.run(
        [sys.executable, "driver.py", str(int(number)), "3", *command, "run"], capture_output=True, text=True
    )
    assert struck.returncode == 75
    assert struck.stderr == (
        "pyjetsim: training in run was stopped after batch 3 of epoch 1 (its state is kept): "
        "run the same command with --resume to go on from there\n"
    )
    assert main([*command, "whole", "--quiet"]) == 0
    assert main([*command, "run", "--resume", "--quiet"]) == 0
    assert_equal(Path("run"), Path("whole"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 75), (signal.SIGUSR1, 75), (signal.SIGINT, 2)])
def test_a_signal_before_the_first_step_ends_at_once(number, code, tmp_path, data, monkeypatch, capsys):
    """There is no state to keep: with a code that says why."""
    from pyjetsim.train import loop

    monkeypatch.setattr(loop, "prepare", lambda *_: signal.raise_signal(number))
    former = signal.getsignal(number)
    run = tmp_path / "run"
    assert main(["train", "quickstart", "--data", str(data), "--output", str(run), "--quiet"]) == code
    assert "interrupted before its first epoch ended (nothing was finished" in capsys.readouterr().err
    assert not run.exists()
    assert signal.getsignal(number) is former
