"""The paper's loss (equations 1 and 2) with its variants, and every component of it."""

from __future__ import annotations

from torch import Tensor

from pyjetsim.models import JetModel, Prediction
from pyjetsim.ops import chamfer_distance, jet_kinematics
from pyjetsim.train.recipe import LossRecipe

COMPONENTS = ("total", "reconstruction", "mass", "pt", "momentum", "kl")


def kl_divergence(prediction: Prediction) -> Tensor:
    r"""Divergence (B,) of the latent distribution from a unit Gaussian, summed over the latent space.

    .. math:: D_{KL} = -\frac12 \sum_k (1 + \log \sigma_k^2 - \mu_k^2 - \sigma_k^2)
    """
    mean, log_variance = prediction.latent_mean, prediction.latent_log_variance
    return -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(1)


def loss_components(
    model: JetModel, prediction: Prediction, target: Tensor, recipe: LossRecipe
) -> dict[str, Tensor]:
    r"""Every component of the loss as its mean over the batch, by the names in COMPONENTS.

    .. math::

        \beta D_{KL} + (1 - \beta)
        (w L_R + \alpha_m \Delta m^2 + \alpha_{pt} \Delta p_T^2 + \alpha_p |\Delta P|^2)

    ``total`` is that sum; the others are unweighted: ``reconstruction`` in GeV² or standardised
    units, ``mass``, ``pt`` and ``momentum`` in GeV².
    """
    predicted, truth = jet_kinematics(prediction.constituents), jet_kinematics(target)
    terms = {
        "reconstruction": _reconstruction(model, prediction.constituents, target, recipe),
        "mass": (truth.mass - predicted.mass).square(),
        "pt": (truth.pt - predicted.pt).square(),
        "momentum": (truth.px - predicted.px).square()
        + (truth.py - predicted.py).square()
        + (truth.pz - predicted.pz).square(),
        "kl": kl_divergence(prediction),
    }
    means = {name: term.mean() for name, term in terms.items()}
    # A weight of 0 switches a term off for good: 0 * inf would be NaN.
    weighted = [
        weight * means[name]
        for name, weight in (
            ("kl", recipe.beta),
            ("reconstruction", (1 - recipe.beta) * recipe.reconstruction_weight),
            ("mass", (1 - recipe.beta) * recipe.alpha_mass),
            ("pt", (1 - recipe.beta) * recipe.alpha_pt),
            ("momentum", (1 - recipe.beta) * recipe.alpha_momentum),
        )
        if weight > 0
    ]
    total = weighted[0]
    for term in weighted[1:]:
        total = total + term
    return {"total": total, **means}


def _reconstruction(model: JetModel, predicted: Tensor, target: Tensor, recipe: LossRecipe) -> Tensor:
    if recipe.units == "standardised":
        predicted, target = model.standardise_reco(predicted), model.standardise_reco(target)
    if recipe.reconstruction == "mse":
        return (target - predicted).square().sum((1, 2))  # like Chamfer, a sum over points
    return chamfer_distance(target, predicted)
