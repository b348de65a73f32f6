"""Every model keeps to the device it is on: no tensor of its loss or its simulation is made elsewhere.

No GPU is needed. Fake tensors have a device and no numbers: on ``cuda:0``, where a torch without CUDA has no
gradients, forward only; on ``meta``, which every torch has, with backward and the optimiser's step. Both
refuse to work with tensors of two devices, as a GPU would.
"""

from __future__ import annotations

import ctypes
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.symbolic_shapes import ShapeEnv
from training import JET_MODELS, prepare

from pyjetsim import ops
from pyjetsim.evaluate.metrics.classifiers.set_network import Inputs, SetNetwork
from pyjetsim.io import write_pairs
from pyjetsim.jets.selection import Selection
from pyjetsim.models import VAE, Batch
from pyjetsim.models.sampling import standard_normal
from pyjetsim.train.prefetch import on_device
from pyjetsim.train.recipe import parse_recipe

SMALL = {
    "vae": {"max_constituents": 40, "channels": [4, 6, 8], "hidden": 16, "latent": 6},
    "masked_vae": {"max_constituents": 40, "channels": [4, 6, 8], "hidden": 16, "latent": 6},
    "graph_vae": {"max_constituents": 40, "max_extras": 6, "width": 16, "layers": 1},
    "cells": {"width": 16},
}
"""Other models are taken as they are."""
CUDA, META = torch.device("cuda", 0), torch.device("meta")


@pytest.fixture(scope="module", params=JET_MODELS)
def recipe(request, cms):
    recipe = parse_recipe({"model": {"name": request.param, **SMALL.get(request.param, {})}}, "test")
    return recipe.for_conditions(cms)


@pytest.fixture(scope="module")
def batch(recipe, make_pairs, tmp_path_factory):
    """A batch on the CPU, with what the model's own training tensors are."""
    folder = tmp_path_factory.mktemp("data")
    write_pairs(folder / "pairs.h5", make_pairs(60, 1), {})
    model = recipe.new_model()
    tables = prepare(
        folder / "pairs.h5",
        folder / "cache",
        Selection(),
        model.config.max_constituents,
        False,
        max_reco_constituents=model.max_reco_constituents,
        training_tensors=model.training_tensors,
    )
    return next(tables.train.batches(8))


@pytest.fixture(autouse=True)
def whole_masks(monkeypatch):
    """A mask chooses all: tensors without numbers do not say how many it does."""

    def every(mask):
        return torch.zeros(mask.numel(), mask.ndim, dtype=torch.int64, device=mask.device)

    monkeypatch.setattr(torch.Tensor, "nonzero", every)


@pytest.fixture
def gpu():
    """A mode in which there is a GPU, for forward passes.

    Without CUDA, torch refuses slices of fake CUDA tensors for want of a device guard, which asks a driver:
    that of ``meta``, which does nothing, stands in meanwhile.
    """
    try:
        torch_library = ctypes.CDLL(str(Path(torch.__file__).parent / "lib" / "libc10.so"))
        guards = (ctypes.c_void_p * 20).in_dll(torch_library, "_ZN3c104impl26device_guard_impl_registryE")
    except (OSError, ValueError):
        pytest.skip("this torch hides its device guards; the tests on meta hold")
    own, guards[1] = guards[1], guards[14]
    try:
        with FakeTensorMode(shape_env=ShapeEnv(), static_shapes=True) as mode, torch.no_grad():
            yield mode
    finally:
        guards[1] = own


@pytest.fixture
def meta():
    """A mode for ``meta``, with gradients."""
    # torch makes `new_tensor` and indices of lists on meta itself.
    with FakeTensorMode(shape_env=ShapeEnv(), static_shapes=True, allow_non_fake_inputs=True) as mode:
        yield mode


def untrained(recipe, device):
    """A model with fake weights on ``device``, made inside of a mode: ``.to()`` cannot change their type."""
    model = recipe.new_model()
    for module in model.modules():
        for name, parameter in module._parameters.items():
            if parameter is not None:
                module._parameters[name] = nn.Parameter(parameter.detach().to(device))
        for name, buffer in module._buffers.items():
            if buffer is not None:
                module._buffers[name] = buffer.to(device)
    return model


def faked(mode, batch, device):
    """The batch as fake tensors on ``device``."""

    def there(tensor):
        return mode.from_tensor(tensor).to(device)

    own = {name: there(tensor) for name, tensor in batch.tensors.items()}
    return batch._replace(
        gen=there(batch.gen), reco=there(batch.reco), gen_pid=there(batch.gen_pid), tensors=own
    )


def answered(model, batch, noise):
    inputs = (batch.gen, noise, batch.gen_pid) if model.uses_pid else (batch.gen, noise)
    answer = model(*inputs)
    return answer if isinstance(answer, tuple) else (answer,)


def steps(model, settings, batch):
    """One training step, clipped, and what it was taken by."""
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    components = model.loss(batch, settings)
    components["total"].backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return components, optimiser


@pytest.mark.parametrize("kernels", [True, False])
def test_the_loss_stays_on_a_gpu(recipe, batch, gpu, monkeypatch, kernels):
    # With kernels: as in a build with PYJETSIM_CUDA, whose ops have the same shapes.
    monkeypatch.setattr(ops.extension, "_compiled_for", ("cpu", "meta", *["cuda"] * kernels))
    model = untrained(recipe, CUDA).train()
    components = model.loss(faked(gpu, batch, CUDA), recipe.loss_settings)
    assert {name: part.device for name, part in components.items()} == dict.fromkeys(components, CUDA)
    assert all(part.shape == () and part.dtype == torch.float32 for part in components.values())


def test_the_simulation_stays_on_a_gpu(recipe, batch, gpu):
    model = untrained(recipe, CUDA).eval()
    there = faked(gpu, batch, CUDA)
    noise = standard_normal(len(batch.gen), model.noise_size, device=CUDA)
    answer = answered(model, there, noise)
    assert {part.device for part in answer} == {CUDA}
    assert answer[0].shape == (len(batch.gen), model.max_reco_constituents, 3)


def test_a_step_stays_on_its_device(recipe, batch, meta):
    model = untrained(recipe, META).train()
    components, optimiser = steps(model, recipe.loss_settings, faked(meta, batch, META))
    assert {part.device for part in components.values()} == {META}
    assert all(p.grad is not None and p.grad.device == META for p in model.parameters())
    assert len(optimiser.state) == len(list(model.parameters()))


def test_a_step_on_meta_needs_no_mode(recipe, batch):
    model = recipe.new_model().to(META).train()
    there = next(on_device([batch], META))
    assert there.gen.is_meta
    assert there.longest == batch.longest
    components, _ = steps(model, recipe.loss_settings, there)
    assert components["total"].is_meta
    noise = standard_normal(len(batch.gen), model.noise_size, device=META)
    if recipe.model["name"] != "cells":  # it asks how long the longest jet is, and meta has no numbers
        assert answered(model.eval(), there, noise)[0].is_meta


def test_the_network_that_judges_reports_stays_on_its_device(meta):
    network = untrained(SimpleNamespace(new_model=lambda: SetNetwork(3, 2, 2)), META)
    points, present = (torch.ones(4, 5, size).to(META) for size in (3, 1))
    answer = network(Inputs((points, points), (present, present), torch.ones(4, 2).to(META)))
    answer.sum().backward()
    assert answer.device == META


class _Strays(VAE):
    """Makes a tensor where torch makes them by default."""

    def predict(self, constituents, noise):
        return super().predict(constituents + torch.zeros(constituents.shape[1], 1), noise)


class _Unregistered(VAE):
    """Keeps a table that does not move with it."""

    def __init__(self, config=None):
        super().__init__(config)
        self.scale = torch.ones(3)

    def predict(self, constituents, noise):
        return super().predict(constituents * self.scale, noise)


class _TakesOff(VAE):
    """Goes by way of NumPy."""

    def loss(self, batch, settings):
        return super().loss(batch._replace(gen=torch.from_numpy(batch.gen.numpy())), settings)


@pytest.mark.parametrize("wrong", [_Strays, _Unregistered, _TakesOff])
@pytest.mark.parametrize("device", [CUDA, META], ids=str)
def test_a_model_that_strays_is_caught(wrong, device, make_pairs, request):
    recipe = parse_recipe({"model": {"name": "vae", **SMALL["vae"]}}, "test")
    pairs = make_pairs(8, 2)
    gen, reco = (torch.from_numpy(side.padded_to(40).constituents.copy()) for side in (pairs.gen, pairs.reco))
    batch = Batch(gen, reco, torch.zeros(8, 40, dtype=torch.int32), {})
    mode = request.getfixturevalue("gpu" if device == CUDA else "meta")
    recipe_of = SimpleNamespace(new_model=lambda: wrong(recipe.model_settings))
    there = faked(mode, batch, device)
    untrained(SimpleNamespace(new_model=lambda: VAE(recipe.model_settings)), device).loss(
        there, recipe.loss_settings
    )
    with pytest.raises(Exception, match=r"device|numpy"):
        untrained(recipe_of, device).loss(there, recipe.loss_settings)
