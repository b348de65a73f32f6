"""The paper's loss (equations 1 and 2) with its variants, and every component of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from pydantic import Field, model_validator
from torch import Tensor

from pyjetsim import ops
from pyjetsim.models.base import JetModel, LossConfig
from pyjetsim.ops import reference


class ReconstructionLoss(LossConfig):
    """Paper, equations 1 and 2, and the variants it mentions."""

    beta: float = Field(default=1 / 9, ge=0, le=1)
    reconstruction: Literal["chamfer", "mse"] = "chamfer"
    units: Literal["GeV", "standardised"] = "GeV"
    reconstruction_weight: float = Field(default=1.0, ge=0)
    alpha_mass: float = Field(default=1.0, ge=0)
    alpha_pt: float = Field(default=0.1, ge=0)
    alpha_momentum: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _something_to_learn(self) -> ReconstructionLoss:
        weights = self.reconstruction_weight, self.alpha_mass, self.alpha_pt, self.alpha_momentum
        if self.beta == 1 or not any(weights):
            raise ValueError("no weight is left for the reconstruction: nothing would be learnt")
        return self


class Prediction(NamedTuple):
    """What the loss needs of an autoencoder."""

    constituents: Tensor
    """(B, P, 3) GeV."""
    latent_mean: Tensor
    """(B, Z)."""
    latent_log_variance: Tensor
    """(B, Z)."""


Mean = Callable[[Tensor], Tensor]
"""Values (B,) to one number."""


@dataclass(frozen=True)
class LossOps:
    """What the loss is calculated with."""

    chamfer_distance: Callable[[Tensor, Tensor], Tensor]
    jet_kinematics: Callable[[Tensor], ops.Kinematics]
    fused: bool
    """Whether Chamfer in GeV and kinematics are one op, `pyjetsim.ops.jet_reconstruction_loss`."""


COMPILED = LossOps(ops.chamfer_distance, ops.jet_kinematics, fused=True)
REFERENCE = LossOps(reference.chamfer_distance, reference.jet_kinematics, fused=False)
"""The definitions, for whoever wants to compare."""


def ops_for(device: torch.device) -> LossOps:
    """The compiled ops where they have kernels for tensors there, else their definitions."""
    return COMPILED if ops.has_kernels(device) else REFERENCE


def unit_gaussian_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    r"""Divergence of Gaussians from a unit Gaussian, summed over the last dimension.

    .. math:: D_{KL} = -\frac12 \sum_k (1 + \log \sigma_k^2 - \mu_k^2 - \sigma_k^2)
    """
    return -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(-1)


def loss_components(
    model: JetModel,
    prediction: Prediction,
    target: Tensor,
    settings: ReconstructionLoss,
    using: LossOps | None = None,
    mean: Mean = Tensor.mean,
) -> dict[str, Tensor]:
    r"""Every component of the loss by name, as its mean over the batch.

    .. math::

        \beta D_{KL} + (1 - \beta)
        (w L_R + \alpha_m \Delta m^2 + \alpha_{pt} \Delta p_T^2 + \alpha_p |\Delta P|^2)

    ``total`` is that sum and has a gradient; the others, for the log, need not have one. They are
    unweighted: ``reconstruction`` in GeV² or standardised units, ``mass``, ``pt`` and ``momentum`` in GeV².
    ``using`` None is :func:`ops_for` the device that the target is on. ``mean`` makes one number of values
    (B,), such as :meth:`pyjetsim.models.base.Batch.mean`.
    """
    using = using or ops_for(target.device)
    if using.fused and settings.reconstruction == "chamfer" and settings.units == "GeV":
        weighted, means = _fused(prediction.constituents, target, settings, mean)
    else:
        weighted, means = _composed(model, prediction.constituents, target, settings, using, mean)
    kl = mean(unit_gaussian_divergence(prediction.latent_mean, prediction.latent_log_variance))
    parts = [(settings.beta, kl), (1 - settings.beta, weighted)]
    # A weight of 0 switches a part off for good: 0 * inf would be NaN.
    total = _sum([weight * part for weight, part in parts if weight > 0])
    return {"total": total, **means, "kl": kl}


def masked_reconstruction_loss(
    predicted: Tensor,
    target: Tensor,
    there: Tensor,
    *,
    mean: Mean = Tensor.mean,
    chamfer_weight: float,
    **weights: float,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The mean of :func:`pyjetsim.ops.jet_reconstruction_loss`, and those of its terms by name.

    ``there`` (B, P), bool, says which rows of both count. Calculated with :func:`ops_for` their device.
    ``mean`` is as in :func:`loss_components`.
    """
    if ops.has_kernels(target.device):
        loss, terms = ops.jet_reconstruction_loss(
            predicted,
            target,
            there,
            there,
            chamfer_weight=chamfer_weight,
            **weights,
            reduction="none",
            return_terms=True,
        )
    else:
        terms = ops.LossTerms(*reference.reconstruction_terms(predicted, target, there, there))
        loss = reference.weighted(terms, chamfer_weight=chamfer_weight, **weights)
    return mean(loss), _by_name(terms, mean)


def _by_name(terms: ops.LossTerms, mean: Mean) -> dict[str, Tensor]:
    names = {"reconstruction": terms.chamfer, "mass": terms.mass, "pt": terms.pt, "momentum": terms.momentum}
    return {name: mean(term) for name, term in names.items()}


def _fused(
    predicted: Tensor, target: Tensor, settings: ReconstructionLoss, mean: Mean
) -> tuple[Tensor, dict[str, Tensor]]:
    loss, terms = ops.jet_reconstruction_loss(
        predicted,
        target,
        chamfer_weight=settings.reconstruction_weight,
        alpha_mass=settings.alpha_mass,
        alpha_pt=settings.alpha_pt,
        alpha_momentum=settings.alpha_momentum,
        return_terms=True,
    )
    return mean(loss), _by_name(terms, mean)


def _composed(
    model: JetModel,
    predicted: Tensor,
    target: Tensor,
    settings: ReconstructionLoss,
    using: LossOps,
    mean: Mean,
) -> tuple[Tensor, dict[str, Tensor]]:
    jets, truth = using.jet_kinematics(predicted), using.jet_kinematics(target)
    terms = {
        "reconstruction": _reconstruction(model, predicted, target, settings, using),
        "mass": (truth.mass - jets.mass).square(),
        "pt": (truth.pt - jets.pt).square(),
        "momentum": (truth.px - jets.px).square()
        + (truth.py - jets.py).square()
        + (truth.pz - jets.pz).square(),
    }
    means = {name: mean(term) for name, term in terms.items()}
    weights = {
        "reconstruction": settings.reconstruction_weight,
        "mass": settings.alpha_mass,
        "pt": settings.alpha_pt,
        "momentum": settings.alpha_momentum,
    }
    return _sum([weight * means[name] for name, weight in weights.items() if weight > 0]), means


def _reconstruction(
    model: JetModel, predicted: Tensor, target: Tensor, settings: ReconstructionLoss, using: LossOps
) -> Tensor:
    if settings.units == "standardised":
        predicted, target = model.standardise_reco(predicted), model.standardise_reco(target)
    if settings.reconstruction == "mse":
        return (target - predicted).square().sum((1, 2))  # like Chamfer, a sum over points
    return using.chamfer_distance(target, predicted)


def _sum(parts: list[Tensor]) -> Tensor:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
