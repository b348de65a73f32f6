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
    r"""Chamfer distance and differences of jet kinematics, in one pass.

    Parameters
    ----------
    prediction : Tensor (B, N, 3)
        px, py, pz in GeV; float32 or float64, on CPU or CUDA.
    target : Tensor (B, M, 3)
        px, py, pz in GeV, of the same dtype, on the same device.
    prediction_mask : bool Tensor (B, N), optional
        True for constituents, False for rows to be left out. None: every row is a constituent.
    target_mask : bool Tensor (B, M), optional
        The same for ``target``.
    chamfer_weight : float
        w. A weight of 0 leaves its term out, even where that is infinite.
    alpha_mass : float
        Weight of the squared difference of masses.
    alpha_pt : float
        Weight of the squared difference of pt.
    alpha_momentum : float
        Weight of the squared length of the difference of momenta.
    reduction : {"none", "mean", "sum"}
        "none" for one loss for each jet, "mean" or "sum" for one number. The mean of an empty batch is NaN.
    return_terms : bool
        Also return the terms before their weights.

    Returns
    -------
    Tensor (B,), or () after a reduction
        The loss in GeV².
    ReconstructionLoss
        With ``return_terms``: the loss, and its terms, reduced the same way and without gradient.

    Raises
    ------
    InputError
        For other shapes, dtypes, devices, masks, weights or reductions; and from autograd, for a second
        derivative or forward-mode differentiation.

    Notes
    -----
    .. math:: L = w L_R + \alpha_m \Delta m^2 + \alpha_{pt} \Delta p_T^2 + \alpha_p |\Delta P|^2

    with :math:`L_R` the `chamfer_distance` of the constituents and m, pt and P those of `jet_kinematics`.
    Empty sets, ties, NaN and half precision are treated as these two treat them.
    `pyjetsim.ops.reference.jet_reconstruction_loss` is the same in plain PyTorch.

    References
    ----------
    M. Touranakou et al., Mach. Learn.: Sci. Technol. 3 (2022) 035003, eq. 1 without its KL term.

    Examples
    --------
    >>> target = torch.randn(32, 50, 3) * 10
    >>> prediction = (target + torch.randn(32, 50, 3)).requires_grad_()
    >>> jet_reconstruction_loss(prediction, target, alpha_pt=0.1, reduction="mean").backward()
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
    """`jet_reconstruction_loss` as a module that keeps the weights.

    Parameters
    ----------
    chamfer_weight, alpha_mass, alpha_pt, alpha_momentum : float
        Weights of the terms.
    reduction : {"none", "mean", "sum"}
        As in `jet_reconstruction_loss`.

    Raises
    ------
    InputError
        For a weight that is negative or not finite, or an unknown reduction.
    """

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
        """Loss (B,) in GeV², or () after a reduction.

        Parameters
        ----------
        prediction, target : Tensor (B, N, 3) and (B, M, 3)
            px, py, pz in GeV.
        prediction_mask, target_mask : bool Tensor (B, N) and (B, M), optional
            True for constituents.

        Returns
        -------
        Tensor
            See `jet_reconstruction_loss`.
        """
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
