"""The paper's loss between predicted and true constituents, in one pass."""

from __future__ import annotations

from typing import Literal, overload

from torch import Tensor, nn

from pyjetsim.ops.checks import CONSTITUENTS, check_alike, check_mask, checked_points, mask_fits, pair_fits
from pyjetsim.ops.reduction import Reduction, check_reduction, reduced
from pyjetsim.ops.results import LossTerms, ReconstructionLoss
from pyjetsim.ops.torch_api.reconstruction_loss import loss_and_terms
from pyjetsim.ops.weights import check_weights


@overload
def jet_reconstruction_loss(
    prediction: Tensor,
    target: Tensor,
    prediction_mask: Tensor | None = None,
    target_mask: Tensor | None = None,
    *,
    chamfer_weight: float = 1.0,
    alpha_mass: float = 1.0,
    alpha_pt: float = 1.0,
    alpha_momentum: float = 0.0,
    reduction: Reduction = "none",
    return_terms: Literal[False] = False,
) -> Tensor: ...
@overload
def jet_reconstruction_loss(
    prediction: Tensor,
    target: Tensor,
    prediction_mask: Tensor | None = None,
    target_mask: Tensor | None = None,
    *,
    chamfer_weight: float = 1.0,
    alpha_mass: float = 1.0,
    alpha_pt: float = 1.0,
    alpha_momentum: float = 0.0,
    reduction: Reduction = "none",
    return_terms: Literal[True],
) -> ReconstructionLoss: ...
def jet_reconstruction_loss(
    prediction: Tensor,
    target: Tensor,
    prediction_mask: Tensor | None = None,
    target_mask: Tensor | None = None,
    *,
    chamfer_weight: float = 1.0,
    alpha_mass: float = 1.0,
    alpha_pt: float = 1.0,
    alpha_momentum: float = 0.0,
    reduction: Reduction = "none",
    return_terms: bool = False,
) -> Tensor | ReconstructionLoss:
    r"""Chamfer distance and differences of jet kinematics (paper, eq. 1 without its KL term).

    .. math:: w L_R + \alpha_m \Delta m^2 + \alpha_{pt} \Delta p_T^2 + \alpha_p |\Delta P|^2

    with L_R the `chamfer_distance` of the constituents and m, pt, P as `jet_kinematics` has them.

    Args:
        prediction: px, py, pz in GeV (B, N, 3), float32 or float64, on CPU or CUDA.
        target: px, py, pz in GeV (B, M, 3), same dtype and device.
        prediction_mask: bool (B, N), True for constituents and False for rows to be left out; None:
            every row is one.
        target_mask: bool (B, M), the same for ``target``.
        chamfer_weight: w. A weight of 0 leaves its term out, even where that is infinite.
        alpha_mass: weight of the squared difference of masses.
        alpha_pt: weight of the squared difference of pt.
        alpha_momentum: weight of the squared length of the difference of momenta.
        reduction: ``none`` for one loss a jet, ``mean`` or ``sum`` for one number. The mean of an
            empty batch is NaN.
        return_terms: return the terms before their weights as well.

    Returns:
        Loss (B,), or () after a reduction, in GeV²; with ``return_terms`` a `ReconstructionLoss` of it
        and of its terms, reduced the same way and without gradient.

    Raises:
        InputError: for other shapes, dtypes, devices, masks, weights or reductions; and from autograd,
            for a second derivative or forward-mode differentiation.

    What `chamfer_distance` and `jet_kinematics` say of empty sets, ties, NaN and half precision holds
    here. The definition is `pyjetsim.ops.reference.jet_reconstruction_loss`.
    """
    weights = chamfer_weight, alpha_mass, alpha_pt, alpha_momentum
    check_weights(*weights)
    if reduction != "none":
        check_reduction(reduction)
    if not pair_fits(prediction, target, CONSTITUENTS):
        prediction = checked_points("prediction", prediction, CONSTITUENTS)
        target = checked_points("target", target, CONSTITUENTS)
        check_alike("prediction", prediction, "target", target)
    if not mask_fits(prediction_mask, prediction):
        check_mask("prediction_mask", prediction_mask, prediction)
    if not mask_fits(target_mask, target):
        check_mask("target_mask", target_mask, target)
    loss, terms = loss_and_terms(prediction, target, prediction_mask, target_mask, *weights)
    if not return_terms:
        return reduced(loss, reduction)
    columns = (reduced(term, reduction) for term in terms.detach().unbind(1))
    return ReconstructionLoss(reduced(loss, reduction), LossTerms(*columns))


class JetReconstructionLoss(nn.Module):
    """`jet_reconstruction_loss` as a module that keeps the weights."""

    def __init__(
        self,
        chamfer_weight: float = 1.0,
        alpha_mass: float = 1.0,
        alpha_pt: float = 1.0,
        alpha_momentum: float = 0.0,
        reduction: Reduction = "none",
    ) -> None:
        super().__init__()
        check_weights(chamfer_weight, alpha_mass, alpha_pt, alpha_momentum)
        check_reduction(reduction)
        self.chamfer_weight, self.alpha_mass = chamfer_weight, alpha_mass
        self.alpha_pt, self.alpha_momentum = alpha_pt, alpha_momentum
        self.reduction: Reduction = reduction

    def forward(
        self,
        prediction: Tensor,
        target: Tensor,
        prediction_mask: Tensor | None = None,
        target_mask: Tensor | None = None,
    ) -> Tensor:
        """Loss (B,), or () after a reduction; see `jet_reconstruction_loss`."""
        return jet_reconstruction_loss(
            prediction,
            target,
            prediction_mask,
            target_mask,
            chamfer_weight=self.chamfer_weight,
            alpha_mass=self.alpha_mass,
            alpha_pt=self.alpha_pt,
            alpha_momentum=self.alpha_momentum,
            reduction=self.reduction,
        )

    def extra_repr(self) -> str:
        """Show weights and reduction."""
        return (
            f"chamfer_weight={self.chamfer_weight}, alpha_mass={self.alpha_mass}, alpha_pt={self.alpha_pt}, "
            f"alpha_momentum={self.alpha_momentum}, reduction={self.reduction!r}"
        )
