"""Equation 1: each component by hand, and their weighted sum."""

import pytest
import torch

from pyjetsim.models import VAE, Standardisation
from pyjetsim.models.loss import Prediction, ReconstructionLoss, loss_components, unit_gaussian_divergence


@pytest.fixture
def model():
    model = VAE()
    scale = Standardisation(torch.zeros(3), torch.tensor([2.0, 2.0, 2.0]))
    model.set_standardisation(scale, scale)
    return model


def _prediction(constituents, mean=0.0, log_variance=0.0):
    latent = torch.full((len(constituents), 20), 1.0)
    return Prediction(constituents, mean * latent, log_variance * latent)


# One constituent a jet: (3, 4, 0) against (6, 8, 0), so chamfer 2 * 25, pt 5 against 10, mass 0.
TARGET = torch.tensor([[[3.0, 4.0, 0.0]]])
OTHER = torch.tensor([[[6.0, 8.0, 0.0]]])


def test_components_by_hand(model):
    parts = loss_components(model, _prediction(OTHER), TARGET, ReconstructionLoss())
    assert set(parts) == {"total", "reconstruction", "mass", "pt", "momentum", "kl"}
    assert parts["reconstruction"].item() == pytest.approx(50)
    assert parts["pt"].item() == pytest.approx(25)
    assert parts["mass"].item() == pytest.approx(0, abs=1e-6)
    assert parts["momentum"].item() == pytest.approx(25)
    assert parts["kl"].item() == 0
    assert parts["total"].item() == pytest.approx(8 / 9 * (50 + 0.1 * 25))


def test_mass_enters_as_the_square_of_the_difference(model):
    apart = torch.tensor([[[3.0, 0.0, 4.0], [3.0, 0.0, -4.0]]])  # E = 10, P = 6: m = 8
    merged = torch.tensor([[[6.0, 0.0, 0.0], [0.0, 0.0, 0.0]]])  # m = 0
    assert loss_components(model, _prediction(merged), apart, ReconstructionLoss())[
        "mass"
    ].item() == pytest.approx(64)


def test_standardised_units_divide_by_the_width(model):
    parts = loss_components(model, _prediction(OTHER), TARGET, ReconstructionLoss(units="standardised"))
    assert parts["reconstruction"].item() == pytest.approx(50 / 4)
    assert parts["pt"].item() == pytest.approx(25)


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        (ReconstructionLoss(beta=0, reconstruction_weight=0, alpha_mass=0, alpha_pt=1), 25),
        (ReconstructionLoss(beta=0, reconstruction_weight=0, alpha_mass=0, alpha_pt=0, alpha_momentum=2), 50),
        (ReconstructionLoss(beta=0, reconstruction_weight=3, alpha_mass=0, alpha_pt=0), 150),
        (ReconstructionLoss(beta=0, reconstruction="mse", alpha_mass=0, alpha_pt=0), 25),
    ],
)
def test_weights_and_variants(model, recipe, expected):
    assert loss_components(model, _prediction(OTHER), TARGET, recipe)["total"].item() == pytest.approx(
        expected
    )


def test_kl_divergence_against_torch():
    latent = torch.distributions.Normal(0.7, torch.tensor(0.5).exp())
    expected = 20 * torch.distributions.kl_divergence(latent, torch.distributions.Normal(0.0, 1.0))
    assert unit_gaussian_divergence(torch.full((20,), 0.7), torch.full((20,), 1.0)).item() == pytest.approx(
        expected.item(), rel=1e-5
    )


def test_a_term_of_weight_zero_cannot_spoil_the_total(model):
    # Each coordinate squared is a third of what a float holds: only the sum both ways overflows.
    huge = torch.full((1, 1, 3), 1.05e19)
    parts = loss_components(
        model, _prediction(huge), TARGET, ReconstructionLoss(reconstruction_weight=0, alpha_pt=0)
    )
    assert torch.isinf(parts["reconstruction"])
    assert torch.isfinite(parts["total"])
