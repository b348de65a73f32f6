"""Training with the compiled loss is training with its definition."""

import numpy as np
import pytest
import torch
from training import prepare

from pyjetsim.io import write_pairs
from pyjetsim.models import model_named
from pyjetsim.models.loss import COMPILED, REFERENCE, ReconstructionLoss, loss_components
from pyjetsim.train.recipe import load_recipe

STEPS = 50
PAPER = load_recipe("paper")


@pytest.fixture(scope="module")
def tables(tmp_path_factory, make_pairs):
    folder = tmp_path_factory.mktemp("data")
    write_pairs(folder / "pairs.h5", make_pairs(1500, 1), {})
    settings = PAPER.model_settings
    return prepare(folder / "pairs.h5", folder / "cache", PAPER.data.cuts, settings.max_constituents, True)


def _losses(tables, using, dtype, loss):
    """Give the first losses of the paper's training."""
    torch.manual_seed(PAPER.training.seed)
    model = model_named(PAPER.model["name"])(PAPER.model_settings)
    model.set_standardisation(**tables.standardisation)
    model = model.to(dtype).train()
    optimiser = torch.optim.Adam(model.parameters(), lr=PAPER.optimiser.learning_rate)
    order = np.random.default_rng(1)
    losses = []
    while True:
        for gen, reco, *_ in tables.train.batches(PAPER.optimiser.batch_size, order):
            noise = torch.randn(len(gen), model.noise_size).to(dtype)
            prediction = model.predict(gen.to(dtype), noise)
            total = loss_components(model, prediction, reco.to(dtype), loss, using)["total"]
            optimiser.zero_grad()
            total.backward()
            optimiser.step()
            losses.append(total.item())
            if len(losses) == STEPS:
                return losses


def test_the_first_losses_are_those_of_the_definition(tables):
    compiled, defined = (
        _losses(tables, ops, torch.float32, PAPER.loss_settings) for ops in (COMPILED, REFERENCE)
    )
    # A float32 is known to 1.2e-7 of itself: eight such steps for a mean over jets of sums over
    # constituents, after 50 updates that took the differences of the earlier ones in.
    np.testing.assert_allclose(compiled, defined, rtol=1e-6)
    assert len(set(defined)) == STEPS
    assert defined[-1] < 0.9 * defined[0]


@pytest.mark.parametrize("units", ["GeV", "standardised"])
def test_in_double_precision_nothing_is_left_of_the_difference(tables, units):
    loss = PAPER.loss_settings.model_copy(update={"units": units})
    compiled, defined = (_losses(tables, ops, torch.float64, loss) for ops in (COMPILED, REFERENCE))
    np.testing.assert_allclose(compiled, defined, rtol=1e-13)


@pytest.mark.parametrize(
    "loss",
    [
        ReconstructionLoss(alpha_momentum=0.3),
        ReconstructionLoss(reconstruction_weight=0),
        ReconstructionLoss(units="standardised"),
        ReconstructionLoss(reconstruction="mse"),
        ReconstructionLoss(beta=0),
    ],
)
def test_components_are_those_of_the_definition(tables, loss):
    model = model_named(PAPER.model["name"])(PAPER.model_settings)
    model.set_standardisation(**tables.standardisation)
    gen, reco, *_ = next(tables.train.batches(64))
    prediction = model.predict(gen, torch.randn(64, model.noise_size))
    compiled, defined = (
        loss_components(model, prediction, reco, loss, using) for using in (COMPILED, REFERENCE)
    )
    assert compiled.keys() == defined.keys()
    for name, value in compiled.items():
        torch.testing.assert_close(value, defined[name], rtol=1e-5, atol=1e-5)
    assert compiled["total"].requires_grad
