"""Several processes train what one would: the same numbers, whoever has which rows."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import object_tables
import pytest
import torch
from cloud_files import synthetic_clouds, write_clouds
from torch.nn import functional
from training import JET_MODELS

from pyjetsim.cli import main
from pyjetsim.errors import InputError, TrainingError
from pyjetsim.io import write_pairs
from pyjetsim.io.run_folder import read_log
from pyjetsim.train import load_model
from pyjetsim.train.checkpoint import load_checkpoint
from pyjetsim.train.data import prepare
from pyjetsim.train.drawing import Drawing
from pyjetsim.train.processes import ALONE, Processes, Share, joined
from pyjetsim.train.recipe import parse_recipe

SMALL = {
    "graph_vae": {"max_extras": 6, "width": 16, "layers": 1},
    "cells": {"width": 16},
    "cloud_flow": {"layers": 2, "width": 16, "blocks": 0, "bins": 4},
    "variables_flow": {
        "kind": "jets",
        "conditions": object_tables.CONDITIONS,
        "targets": object_tables.TARGETS,
        "flow": {"width": 16},
    },
}
"""Other models are taken as they are."""


def write_data(model: str, path: Path) -> Path:
    if model == "cloud_flow":
        return write_clouds(path, synthetic_clouds(400, 1))
    if model == "variables_flow":
        return object_tables.write_table(path, object_tables.table(400, 1))
    from synthetic import synthetic_pairs

    write_pairs(path, synthetic_pairs(400, 1), {})
    return path


@pytest.mark.parametrize("world", [2, 3])
@pytest.mark.parametrize("name", [*JET_MODELS, "cloud_flow", "variables_flow"])
def test_the_shares_of_a_batch_make_its_loss_and_gradient(name, world, tmp_path, cms):
    sections = {"model": {"name": name, **SMALL.get(name, {})}, "data": {"selection": "all"}}
    recipe = parse_recipe(sections, "test").for_conditions(cms)
    model = recipe.new_model()
    data = write_data(name, tmp_path / "data.h5")
    tables = prepare(data, tmp_path / "cache", recipe.new_task(), model, recipe.data.cuts, False)
    model.set_standardisation(**tables.standardisation)
    batch = next(tables.train.batches(11))
    drawing = Drawing()

    def loss(share):
        torch.manual_seed(7)
        model.zero_grad()
        with drawing, drawing.of(share):
            components = model.loss(share.of(batch), recipe.loss_settings)
        (components["total"] * share.part).backward()
        state = torch.get_rng_state()
        return components, [None if p.grad is None else p.grad.clone() for p in model.parameters()], state

    whole, gradients, state = loss(ALONE.share(11))
    values, sums = Counter(), [torch.zeros_like(p) for p in model.parameters()]
    loss(Processes(0, world).share(11))  # the first one is looked at in every operation
    assert drawing._everywhere is False, (
        "it draws by something that would have to be looked for in every step"
    )
    for rank in range(world):
        share = Processes(rank, world).share(11)
        assert share.rows < 11
        components, of_share, state_of_share = loss(share)
        # What is drawn next is the same too.
        assert torch.equal(state, state_of_share)
        for component, value in components.items():
            values[component] += float(value.detach()) * share.part
        for total, gradient in zip(sums, of_share, strict=True):
            total += 0 if gradient is None else gradient
    assert values == pytest.approx({n: float(value.detach()) for n, value in whole.items()}, rel=1e-5)
    largest = max(float(gradient.abs().max()) for gradient in gradients if gradient is not None)
    for total, gradient in zip(sums, gradients, strict=True):
        torch.testing.assert_close(
            total, torch.zeros_like(total) if gradient is None else gradient, rtol=1e-4, atol=1e-6 * largest
        )


def test_what_is_not_known_to_draw_is_looked_for_in_every_step():
    share, drawing = Processes(1, 2).share(10), Drawing()

    def drawn(rows):
        torch.manual_seed(3)
        with drawing, drawing.of(ALONE.share(10) if rows == 10 else share):
            known = (
                torch.randn(rows, 2),
                torch.empty(rows).uniform_(),
                functional.dropout(torch.ones(rows), 0.5),
            )
            return *known, torch.ops.aten.randn.default([rows, 2])

    whole = drawn(10)
    for _ in range(3):
        for all_rows, own in zip(whole, drawn(5), strict=True):
            assert torch.equal(own, all_rows[5:])
        assert drawing._everywhere
    # Nothing is left behind.
    assert "uniform_" not in vars(torch.Tensor)
    assert torch.randn is torch._C._VariableFunctions.randn


def test_a_share_without_rows_takes_one_that_does_not_count():
    shares = [Processes(rank, 3).share(2) for rank in range(3)]
    assert shares == [Share(0, 1, 0, 2), Share(0, 1, 1, 2), Share(1, 1, 1, 2)]
    assert sum(share.part for share in shares) == 1


# Real ones.

DRIVER = """
import os, signal, sys
from pyjetsim.cli import main
from pyjetsim.models import VAE

rank, number, after = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
loss, calls = VAE.loss, []

def struck(*arguments):
    calls.append(1)
    if len(calls) == after and int(os.environ.get("RANK", 0)) == rank:
        os.kill(os.getpid(), number)
    return loss(*arguments)

VAE.loss = struck
sys.exit(main(sys.argv[4:]))
"""
"""Sends a signal to a process of one rank at its n-th loss."""

RECIPE = """
[data]
selection = "all"
[model]
name = "vae"
channels = [4, 4, 8]
hidden = 16
latent = 3
[optimiser]
learning_rate = 1e-3
batch_size = 32
[training]
epochs = 3
seed = 5
[select]
every = 2
selection = "all"
"""
STEPS = 8
"""Of an epoch, and one batch of validation."""


def torchrun(*command, processes=2, folder):
    """One process a rank, each with the environment that torchrun gives it."""
    launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    # It ends all processes as soon as it sees that one is gone: the others have time to see it too.
    launcher += ["--monitor-interval", "2"]
    return subprocess.run(
        [sys.executable, "-m", *launcher, *map(str, command)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def losses(run):
    return {
        (entry["epoch"], part, name): value
        for entry in read_log(run)
        for part in ("train", "validation", "kld", "w1")
        for name, value in entry.get(part, {}).items()
        if isinstance(value, float)
    }


def assert_same(run, other, tolerance=1e-5):
    assert losses(run) == pytest.approx(losses(other), rel=tolerance)
    ends = [load_checkpoint(each / "checkpoints" / "last.pt").model for each in (run, other)]
    for name, weights in ends[1].items():
        assert torch.linalg.vector_norm(ends[0][name] - weights) <= tolerance * torch.linalg.vector_norm(
            weights
        )


@pytest.mark.parametrize("model", ["paper", "variables_flow"])
def test_two_processes_train_what_one_does(model, tmp_path, monkeypatch):
    """Batches of 31 rows, and what is left."""
    monkeypatch.chdir(tmp_path)
    if model == "paper":
        text = RECIPE.replace('name = "vae"', 'name = "vae"\ndropout = 0.2')
    else:
        content = object_tables.recipe()
        text = f"model = {toml(content['model'])}\n" + '[data]\nselection = "all"\n[training]\nepochs = 3\n'
        text += "[optimiser]\nclip_norm = 1.0\nbatch_size = 32\n[select]\nevery = 2\n"
    Path("recipe.toml").write_text(text.replace("batch_size = 32", "batch_size = 31"))
    write_data(model, Path("data.h5"))
    command = ["train", "recipe.toml", "--data", "data.h5", "--threads", "1", "--output"]
    done = torchrun("-m", "pyjetsim", *command, "two", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("device: cpu, 2 processes") == 1
    assert done.stdout.count("best epoch") == 1
    assert main([*command, "one", "--quiet"]) == 0
    assert_same(tmp_path / "two", tmp_path / "one")
    assert sorted(path.name for path in Path("two").rglob("*.pt")) == [
        "epoch-0002.pt",
        "epoch-0003.pt",
        "last.pt",
    ]
    assert load_model(tmp_path / "two")[1].epoch == load_model(tmp_path / "one")[1].epoch


def toml(value):
    """A value in one line of TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def test_a_killed_process_ends_the_run_and_any_number_go_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("recipe.toml").write_text(RECIPE)
    Path("driver.py").write_text(DRIVER)
    write_data("vae", Path("data.h5"))
    command = ["train", "recipe.toml", "--data", "data.h5", "--threads", "1", "--output"]
    assert main([*command, "whole", "--quiet"]) == 0

    def struck(rank, signum, after, *more):
        return torchrun("driver.py", rank, int(signum), after, *command, "run", *more, folder=tmp_path)

    killed = struck(1, signal.SIGKILL, STEPS + 1 + 3)
    assert killed.returncode != 0
    assert killed.stderr.count("pyjetsim: another process of this training is gone") == 1
    assert "run the same command with --resume" in killed.stderr
    assert [entry["epoch"] for entry in read_log(Path("run"))] == [1]

    # A signal that reaches one of them stops all at the same step.
    stopped = struck(1, signal.SIGUSR1, 3, "--resume")
    assert stopped.returncode != 0
    assert stopped.stderr.count("pyjetsim: ") == 1
    assert "training in run was stopped after batch 3 of epoch 2" in stopped.stderr
    assert "exitcode  : 75" in stopped.stderr
    assert Path("run/checkpoints/stopped.pt").is_file()

    assert main([*command, "run", "--resume", "--quiet"]) == 0
    assert not Path("run/checkpoints/stopped.pt").exists()
    assert_same(Path("run"), Path("whole"))


def test_what_processes_cannot_share_is_refused(monkeypatch):
    sections = {"model": {"name": "vae"}, "optimiser": {"batch_size": 2}}
    Processes(1, 2).check(parse_recipe(sections, "test"))
    with pytest.raises(TrainingError, match=r"batch_size is 2, for 3 processes \(.*\): start fewer"):
        Processes(1, 3).check(parse_recipe(sections, "test"))
    sections["training"] = {"compile": True}
    ALONE.check(parse_recipe(sections, "test"))
    with pytest.raises(TrainingError, match="compile is on, for 2 processes"):
        Processes(0, 2).check(parse_recipe(sections, "test"))
    monkeypatch.setattr("pyjetsim.train.processes.device_named", torch.device)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv("LOCAL_RANK", "1")
    with pytest.raises(InputError, match=r"no GPU for process 1 of this machine, which has 1"):
        Processes(1, 2).device("cuda")
    with pytest.raises(InputError, match=r"device cuda:1 is one, for 2 processes"):
        Processes(1, 2).device("cuda:1")


def test_one_process_is_alone(monkeypatch):
    for name, value in {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "x", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    with joined() as processes:
        assert processes is ALONE
