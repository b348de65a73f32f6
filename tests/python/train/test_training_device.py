"""Training on a device: chosen by name, fed ahead of time, and clear about what goes wrong there."""

from __future__ import annotations

import functools
import json
import threading
import time

import pytest
import torch
from torch import nn
from training import JET_MODELS

from pyjetsim import cli, ops
from pyjetsim.errors import InputError, TrainingError
from pyjetsim.io.run_folder import read_log
from pyjetsim.models import VAE, Batch
from pyjetsim.train import load_model, steps, train
from pyjetsim.train.devices import device_named
from pyjetsim.train.epoch import _Means
from pyjetsim.train.prefetch import ahead, on_device
from pyjetsim.train.recipe import parse_recipe
from pyjetsim.train.steps import LayersInBFloat16

SMALL = {
    "vae": {"max_constituents": 40, "channels": [4, 6, 8], "hidden": 16, "latent": 6},
    "masked_vae": {"max_constituents": 40, "channels": [4, 6, 8], "hidden": 16, "latent": 6, "dropout": 0.0},
    "graph_vae": {"max_constituents": 40, "max_extras": 6, "width": 16, "layers": 1},
    "cells": {"width": 16},
}
"""Other models are taken as they are."""


@pytest.fixture
def gpus(monkeypatch):
    """As if torch had CUDA and so many GPUs."""

    def pretend(count):
        monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: True)
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)

    return pretend


def _train(recipe, data, run, **options):
    return train(recipe, data, run, **{"threads": 1, "device": "cpu", "quiet": True, **options})


def _losses(run):
    return [(entry["train"], entry["validation"], entry.get("kld")) for entry in read_log(run)]


def test_devices_by_name(gpus, monkeypatch):
    gpus(2)
    found = {name: str(device_named(name)) for name in ("auto", "cpu", "cuda", "cuda:1")}
    assert found == {"auto": "cuda:0", "cpu": "cpu", "cuda": "cuda:0", "cuda:1": "cuda:1"}
    gpus(0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert {str(device_named(name)) for name in ("auto", "mps")} == {"mps"}
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert str(device_named("auto")) == "cpu"


@pytest.mark.parametrize(
    "name", ["gpu", "", "CUDA", "cuda:", "cuda:-1", "cuda:0x0", "cuda:99999", "cuda:1:1", "meta", "cpu:0"]
)
def test_an_unknown_device_is_named(name, gpus):
    gpus(2)
    with pytest.raises(InputError, match=r"is unknown.*use auto, cpu, cuda, cuda:N or mps"):
        device_named(name)


def test_a_device_that_is_not_there_is_named(gpus, monkeypatch):
    gpus(2)
    with pytest.raises(InputError, match=r"cuda:2 is not there \(torch finds 2 GPUs, counted from 0\)"):
        device_named("cuda:2")
    gpus(0)
    with pytest.raises(InputError, match=r"cuda is not there .*finds no GPU, or no driver"):
        device_named("cuda")

    def too_old():
        import warnings

        warnings.warn(
            "The NVIDIA driver on your system is too old (found 1). Please update it.", stacklevel=1
        )
        return False

    monkeypatch.setattr(torch.cuda, "is_available", too_old)
    with pytest.raises(InputError, match=r"\(The NVIDIA driver on your system is too old \(found 1\)\): use"):
        device_named("cuda")
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: False)
    with pytest.raises(InputError, match="built without CUDA"):
        device_named("cuda:0")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(InputError, match="finds no Apple GPU"):
        device_named("mps")


def test_the_command_line_tells_it_before_any_work(tmp_path, capsys):
    run = tmp_path / "run"
    arguments = ["train", "quickstart", "--data", str(tmp_path / "none.h5"), "--output", str(run)]
    assert cli.main([*arguments, "--device", "gpu"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("pyjetsim: device 'gpu' is unknown")
    assert told.count("\n") == 1
    assert not run.exists()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total"),
            r"cpu ran out of memory: CUDA out of memory \(the finished epochs are kept\).*smaller "
            r"optimiser.batch_size",
        ),
        (RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"), "ran out of memory: MPS"),
        (RuntimeError("[x] DefaultCPUAllocator: can't allocate memory: you tried"), "cpu ran out of memory"),
        (MemoryError(), "cpu ran out of memory: MemoryError"),
        (
            RuntimeError("CUDA error: no kernel image is available\nfor execution"),
            "cpu failed: CUDA error: no",
        ),
    ],
)
def test_what_a_device_fails_by_is_told_and_the_epochs_are_kept(
    tmp_path, data, make_recipe, monkeypatch, error, message
):
    run, whole = tmp_path / "run", tmp_path / "whole"
    recipe = make_recipe(training={"epochs": 2})
    _train(recipe, data, whole)
    _train(recipe.with_epochs(1), data, run)
    loss = VAE.loss

    def full(*arguments):
        if torch.is_grad_enabled():
            raise error
        return loss(*arguments)

    monkeypatch.setattr(VAE, "loss", full)
    with pytest.raises(TrainingError, match=message) as told:
        _train(recipe, data, run, resume=True)
    assert "\n" not in str(told.value)
    monkeypatch.undo()
    assert load_model(run, None)[1].epoch == 1
    _train(recipe, data, run, resume=True)
    assert _losses(run)[1] == _losses(whole)[1]


def test_other_errors_stay_what_they_are(tmp_path, data, make_recipe, monkeypatch):
    def wrong(*_):
        raise RuntimeError("shapes cannot be multiplied")

    monkeypatch.setattr(VAE, "loss", wrong)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        _train(make_recipe(), data, tmp_path / "run")


def test_the_device_is_kept_with_the_run(tmp_path, data, make_recipe, capsys):
    _train(make_recipe(training={"epochs": 1}), data, tmp_path / "run", quiet=False)
    assert json.loads((tmp_path / "run" / "run.json").read_text())["device"] == "cpu"
    assert capsys.readouterr().out.startswith("device: cpu\n")


def test_without_kernels_the_definitions_are_trained_with_and_a_note_says_so(
    tmp_path, data, make_recipe, monkeypatch, capsys
):
    for name in ("vae", "masked_vae"):
        recipe = make_recipe(training={"epochs": 1}, model={"name": name, "channels": [4, 4, 8]})
        _train(recipe, data, tmp_path / name)
        with monkeypatch.context() as without:
            without.setattr(ops.extension, "_compiled_for", ("meta",))
            without.setattr(ops, "jet_reconstruction_loss", None)  # nobody calls it
            _train(recipe, data, tmp_path / f"{name}-2", quiet=False)
        assert "note: pyjetsim.ops has no kernels for cpu" in capsys.readouterr().out
        (kernels, *_), (defined, *_) = (_losses(tmp_path / each)[0] for each in (name, f"{name}-2"))
        assert kernels.keys() == defined.keys()
        assert defined == pytest.approx(kernels, rel=1e-4)


# Batches ahead of time.


def test_items_made_ahead_keep_their_order():
    assert list(ahead(range(1000))) == list(range(1000))
    assert list(ahead([])) == []


def test_at_most_so_many_wait():
    made = []

    def items():
        for number in range(100):
            made.append(number)
            yield number

    coming = ahead(items(), 3)
    assert next(coming) == 0
    time.sleep(0.3)
    assert 2 <= len(made) <= 5  # one taken, three waiting, one that wants to
    coming.close()


def test_an_error_comes_where_its_item_would():
    def items():
        yield 1
        raise KeyError("of the maker")

    coming = ahead(items())
    assert next(coming) == 1
    with pytest.raises(KeyError, match="of the maker"):
        next(coming)


def test_who_stops_early_leaves_no_thread():
    def endless():
        while True:
            yield 0

    coming = ahead(endless())
    next(coming)
    coming.close()
    assert not [each for each in threading.enumerate() if each.name == "pyjetsim-prefetch"]


def test_batches_arrive_on_another_device_in_order():
    batches = [
        Batch(
            torch.zeros(size, 4, 3),
            torch.zeros(size, 5, 3),
            torch.zeros(size, 4),
            {"own": torch.ones(size)},
            2,
        )
        for size in (3, 1, 2)
    ]
    moved = list(on_device(batches, torch.device("meta")))
    assert [len(batch.gen) for batch in moved] == [3, 1, 2]
    assert all(part.is_meta for batch in moved for part in (*batch[:3], batch.tensors["own"]))
    assert [batch.longest for batch in moved] == [2, 2, 2]
    assert all(a is b for a, b in zip(on_device(batches, torch.device("cpu")), batches, strict=True))


def test_losses_read_late_are_the_same_and_name_their_batch():
    values = torch.randn(10, generator=torch.Generator().manual_seed(1))
    results = []
    for unread in (1, 4):
        means = _Means(torch.device("cpu"), "batch {}")
        means._unread = unread
        for jets, value in enumerate(values, 1):
            means.add({"total": value, "part": value * 2}, jets)
        results.append(means.result())
    assert results[0] == results[1]
    means = _Means(torch.device("cpu"), "batch {}")
    means._unread = 4
    for index in range(7):
        value = torch.tensor(torch.nan if index == 5 else 1.0)
        means.add({"total": value, "part": value}, 1)
    with pytest.raises(TrainingError, match="not finite in batch 5: part"):
        means.result()


# Precision and compilation.


def test_layers_in_bfloat16_answer_in_float32_and_only_where_asked():
    torch.manual_seed(1)
    model = VAE(VAE.Config(**{**SMALL["vae"], "channels": (4, 6, 8)})).eval()
    gen, noise = torch.randn(4, 40, 3), torch.randn(4, 6)
    plain = model(gen, noise)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    layers = LayersInBFloat16(model)
    with layers.on():
        rounded = model(gen, noise)
        assert model.latent_mean(torch.ones(1, 16)).dtype == torch.float32
    assert rounded.dtype == torch.float32
    assert not torch.equal(rounded, plain)
    torch.testing.assert_close(rounded, plain, rtol=0.1, atol=0.05)
    assert torch.equal(model(gen, noise), plain)
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


def test_what_is_no_layer_is_not_rounded():
    class Sums(nn.Module):
        device = torch.device("cpu")

        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 3)

        def forward(self, x):
            return x @ x.T

    model, x = Sums(), torch.randn(5, 3)
    with LayersInBFloat16(model).on():
        assert torch.equal(model(x), x @ x.T)
        assert not torch.equal(model.layer(x), nn.functional.linear(x, model.layer.weight, model.layer.bias))


@pytest.mark.parametrize("name", JET_MODELS)
def test_every_model_trains_in_bfloat16(tmp_path, data, name):
    recipes = {
        precision: parse_recipe(
            {
                "model": {"name": name, **SMALL.get(name, {})},
                "data": {"detector": "cms"},
                "optimiser": {"learning_rate": 1e-3, "batch_size": 32},
                "training": {"epochs": 1, "seed": 5, "precision": precision},
                "select": {"selection": "all"},
            },
            "test",
        )
        for precision in ("float32", "bfloat16")
    }
    for precision, one in recipes.items():
        _train(one, data, tmp_path / precision)
    (plain, *_), (rounded, *_) = (_losses(tmp_path / precision)[0] for precision in recipes)
    assert rounded["total"] == pytest.approx(plain["total"], rel=0.02)
    assert rounded["total"] != plain["total"]
    checkpoint = torch.load(tmp_path / "bfloat16" / "checkpoints" / "last.pt", weights_only=True)
    floats = [value.dtype for value in checkpoint["model"].values() if value.is_floating_point()]
    moments = [value.dtype for state in checkpoint["optimiser"]["state"].values() for value in state.values()]
    assert set(floats + moments) == {torch.float32}
    with pytest.raises(TrainingError, match=r"training\.precision"):
        _train(recipes["float32"].with_epochs(2), data, tmp_path / "bfloat16", resume=True)


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-4), ("bfloat16", 1e-2)])
def test_a_compiled_loss_trains_alike(tmp_path, data, make_recipe, monkeypatch, precision, tolerance):
    """By the compiler's front and its gradients; what generates code takes a minute and is torch's."""
    torch._dynamo.reset()
    calls = []

    def compiled(loss, **options):
        calls.append(loss)
        return functools.partial(torch._dynamo.optimize("aot_eager")(loss))

    monkeypatch.setattr(steps.torch, "compile", compiled)
    model = {"dropout": 0.0}
    settings = {"epochs": 2, "precision": precision}
    _train(make_recipe(model=model, training=settings), data, tmp_path / "plain")
    assert not calls
    _train(make_recipe(model=model, training={**settings, "compile": True}), data, tmp_path / "compiled")
    assert len(calls) == 1
    for found, expected in zip(_losses(tmp_path / "compiled"), _losses(tmp_path / "plain"), strict=True):
        assert found[0] == pytest.approx(expected[0], rel=tolerance)
        assert found[1] == pytest.approx(expected[1], rel=tolerance)


def test_a_compiler_that_fails_is_told(tmp_path, data, make_recipe, monkeypatch):
    from torch._dynamo.exc import TorchDynamoException

    def compiled(loss, **options):
        def fails(*_):
            raise TorchDynamoException("InvalidCxxCompiler: No working C++ compiler found\n\nSet TORCH_LOGS")

        return fails

    monkeypatch.setattr(steps.torch, "compile", compiled)
    with pytest.raises(TrainingError, match=r"torch.compile failed: InvalidCxx.*compile = false") as told:
        _train(make_recipe(training={"compile": True}), data, tmp_path / "run")
    assert "\n" not in str(told.value)
