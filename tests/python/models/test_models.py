"""The paper's model has the paper's shape, and settings make sense."""

import pytest
import torch
from pydantic import ValidationError

from pyjetsim.errors import RecipeError
from pyjetsim.models import VAE, model_named


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
