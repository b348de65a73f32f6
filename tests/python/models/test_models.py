"""Every model keeps one contract; the paper's has the paper's shape."""

import pytest
import torch
from pydantic import ValidationError

from pyjetsim.errors import RecipeError
from pyjetsim.models import MODELS, VAE, Standardisation, model_named


@pytest.fixture(params=MODELS)
def model(request):
    torch.manual_seed(0)
    model = MODELS[request.param](MODELS[request.param].Config())
    scale = Standardisation(torch.tensor([1.0, -2.0, 3.0]), torch.tensor([8.0, 9.0, 20.0]))
    model.set_standardisation(scale, scale)
    return model.eval()


def _batch(model, n=6):
    gen = torch.randn(n, model.config.max_constituents, 3) * 10
    return gen, torch.randn(n, model.noise_size)


@torch.no_grad()
def test_shapes_and_independence_of_jets(model):
    gen, noise = _batch(model)
    reco = model(gen, noise)
    assert reco.shape == gen.shape
    torch.testing.assert_close(model(gen[2:3], noise[2:3]), reco[2:3], rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_other_noise_is_another_passage_and_the_same_noise_the_same(model):
    gen, noise = _batch(model)
    assert torch.equal(model(gen, noise), model(gen, noise))
    assert not torch.allclose(model(gen, noise), model(gen, noise + 1))


def test_every_parameter_learns(model):
    gen, noise = _batch(model)
    prediction = model.predict(gen, noise)
    (prediction.constituents.square().mean() + prediction.latent_log_variance.square().mean()).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


@torch.no_grad()
def test_weights_and_standardisation_travel_in_the_state(model):
    gen, noise = _batch(model)
    other = type(model)(model.config).eval()
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(gen, noise), model(gen, noise))


def test_the_papers_vae_has_the_papers_shape():
    model = VAE()
    # Section 4: kernels 32 of 3x5, 64 and 128 of 1x5; dense 640 -> 150 -> 2 x 20, and back.
    encoder = (
        (32 * 15 + 32) + (64 * 32 * 5 + 64) + (128 * 64 * 5 + 128) + (640 * 150 + 150) + 2 * (150 * 20 + 20)
    )
    decoder = (20 * 150 + 150) + (150 * 640 + 640) + (128 * 64 * 5 + 64) + (64 * 32 * 5 + 32) + (32 * 15 + 1)
    assert sum(p.numel() for p in model.parameters()) == encoder + decoder == 305_661
    dense = [layer for layer in model.encoder if isinstance(layer, torch.nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in dense] == [(640, 150)]
    assert [layer.p for layer in model.modules() if isinstance(layer, torch.nn.Dropout)] == [0.2] * 3
    assert {layer.negative_slope for layer in model.modules() if isinstance(layer, torch.nn.LeakyReLU)} == {
        0.1
    }
    # Linear outputs: the last layer of each half is no activation.
    assert isinstance(model.decoder[-1], torch.nn.ConvTranspose2d)


@pytest.mark.parametrize(
    "settings", [{"max_constituents": 20}, {"dropout": 1.0}, {"latent": 0}, {"layers": 3}]
)
def test_impossible_settings_are_errors(settings):
    with pytest.raises(ValidationError):
        VAE.Config(**settings)


def test_an_unknown_model_lists_the_known():
    with pytest.raises(RecipeError, match=r"'gan'.*vae"):
        model_named("gan")
