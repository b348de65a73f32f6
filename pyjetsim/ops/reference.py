"""The ops in plain PyTorch: their definitions, slow and differentiable any number of times.

Inputs are taken to be right: only `pyjetsim.ops` checks shapes, dtypes and devices.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pyjetsim.ops.results import ChamferResult, Kinematics, LossTerms


def chamfer_distance(
    x: Tensor, y: Tensor, x_mask: Tensor | None = None, y_mask: Tensor | None = None
) -> Tensor:
    """Chamfer distance, from a (B, N, M, D) tensor of all differences.

    Parameters
    ----------
    x, y : Tensor (B, N, D) and (B, M, D)
        Points.
    x_mask, y_mask : bool Tensor (B, N) and (B, M), optional
        True for points.

    Returns
    -------
    Tensor (B,)
        Distance as `pyjetsim.ops.chamfer_distance` defines it.
    """
    return chamfer_nearest(x, y, x_mask, y_mask).distance


def chamfer_nearest(
    x: Tensor, y: Tensor, x_mask: Tensor | None = None, y_mask: Tensor | None = None
) -> ChamferResult:
    """Chamfer distance and the rows of the nearest points.

    Parameters
    ----------
    x, y : Tensor (B, N, D) and (B, M, D)
        Points.
    x_mask, y_mask : bool Tensor (B, N) and (B, M), optional
        True for points.

    Returns
    -------
    ChamferResult
        Distance (B,) and rows (B, N) and (B, M), -1 where there is no point or no other set.
    """
    x_mask, y_mask = _mask_of(x, x_mask), _mask_of(y, y_mask)
    # Zeros first: a masked NaN would come back through the gradient of its square.
    x, y = x.where(x_mask[..., None], 0), y.where(y_mask[..., None], 0)
    squared = (x[:, :, None] - y[:, None]).square().sum(-1)
    to_y, x_nearest = _nearest(squared, x_mask, y_mask)
    to_x, y_nearest = _nearest(squared.transpose(1, 2), y_mask, x_mask)
    return ChamferResult(to_y.sum(1) + to_x.sum(1), x_nearest, y_nearest)


def _mask_of(points: Tensor, mask: Tensor | None) -> Tensor:
    if mask is not None:
        return mask
    return torch.ones(points.shape[:2], dtype=torch.bool, device=points.device)


def _nearest(squared: Tensor, rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
    """Each row's smallest entry and its column; 0 and -1 where there is no row or no column."""
    if squared.shape[2] == 0:
        return squared.sum(2), torch.full(squared.shape[:2], -1, device=squared.device)
    smallest, nearest = squared.masked_fill(~columns[:, None], torch.inf).min(2)
    there = rows & columns.any(1, keepdim=True)
    return smallest.where(there, 0), nearest.where(there, -1)


def _safe_sqrt(squared: Tensor) -> Tensor:
    """Square root whose gradient at 0 is 0, not infinite."""
    positive = squared > 0
    # NaN must pass: it is not positive, and `where` would hide it.
    root = torch.where(positive, squared, torch.ones_like(squared)).sqrt()
    return torch.where(positive, root, squared * 0)


def jet_kinematics(constituents: Tensor, mask: Tensor | None = None) -> Kinematics:
    """Kinematics of the sum of massless constituents, with the mass from momenta across the jet axis.

    Parameters
    ----------
    constituents : Tensor (B, N, 3)
        px, py, pz in GeV.
    mask : bool Tensor (B, N), optional
        True for constituents.

    Returns
    -------
    Kinematics
        As `pyjetsim.ops.jet_kinematics` defines them, (B,) each; GeV and radians.
    """
    if mask is not None:
        constituents = constituents.where(mask[..., None], 0)
    total = constituents.sum(1)
    px, py, pz = total.unbind(-1)
    pt = _safe_sqrt(px * px + py * py)

    # Energy and mass have a kink where a constituent is at zero, and many subgradients there. 0 is one;
    # the one that falls out of the formula, -P / mass, would tear at padding.
    absent = (constituents == 0).all(-1, keepdim=True)
    present = torch.where(absent, constituents.detach(), constituents)
    summed = present.sum(1)
    momentum = _safe_sqrt(summed.square().sum(-1))
    at_rest = momentum == 0
    axis = summed / torch.where(at_rest, torch.ones_like(momentum), momentum)[:, None]

    magnitude = _safe_sqrt(present.square().sum(-1))
    along = (present * axis[:, None]).sum(-1)
    across = torch.linalg.cross(present, axis[:, None].expand_as(present)).square().sum(-1)
    # Against the axis the quotient is 0/0; there the plain difference loses nothing.
    forward = along > 0
    quotient = across / torch.where(forward, magnitude + along, torch.ones_like(along))
    excess = torch.where(forward, quotient, magnitude - along).sum(-1)

    no_pt = pt == 0
    eta = torch.asinh(pz / torch.where(no_pt, torch.ones_like(pt), pt))
    along_beam = torch.copysign(torch.full_like(pz, torch.inf), pz)
    along_beam = torch.where((pz == 0) | pz.isnan(), pz, along_beam)
    eta = torch.where(no_pt, along_beam.detach(), eta)
    phi = torch.atan2(torch.where(no_pt, py * 0, py), torch.where(no_pt, px * 0 + 1, px))
    mass = _safe_sqrt(excess * (excess + 2 * momentum))
    return Kinematics(momentum + excess, px, py, pz, pt, eta, phi, mass)


def reconstruction_terms(
    prediction: Tensor,
    target: Tensor,
    prediction_mask: Tensor | None = None,
    target_mask: Tensor | None = None,
) -> LossTerms:
    """Terms of the reconstruction loss before their weights, with gradients.

    Parameters
    ----------
    prediction, target : Tensor (B, N, 3) and (B, M, 3)
        px, py, pz in GeV.
    prediction_mask, target_mask : bool Tensor (B, N) and (B, M), optional
        True for constituents.

    Returns
    -------
    LossTerms
        (B,) each, in GeV².
    """
    predicted, truth = jet_kinematics(prediction, prediction_mask), jet_kinematics(target, target_mask)
    return LossTerms(
        chamfer_distance(prediction, target, prediction_mask, target_mask),
        (predicted.mass - truth.mass).square(),
        (predicted.pt - truth.pt).square(),
        (predicted.px - truth.px).square()
        + (predicted.py - truth.py).square()
        + (predicted.pz - truth.pz).square(),
    )


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
) -> Tensor:
    """Sum of the weighted terms of the reconstruction loss.

    Parameters
    ----------
    prediction, target : Tensor (B, N, 3) and (B, M, 3)
        px, py, pz in GeV.
    prediction_mask, target_mask : bool Tensor (B, N) and (B, M), optional
        True for constituents.
    chamfer_weight, alpha_mass, alpha_pt, alpha_momentum : float
        Weights of the terms.

    Returns
    -------
    Tensor (B,)
        Loss in GeV² as `pyjetsim.ops.jet_reconstruction_loss` defines it.
    """
    return weighted(
        reconstruction_terms(prediction, target, prediction_mask, target_mask),
        chamfer_weight=chamfer_weight,
        alpha_mass=alpha_mass,
        alpha_pt=alpha_pt,
        alpha_momentum=alpha_momentum,
    )


def weighted(
    terms: LossTerms,
    *,
    chamfer_weight: float = 1.0,
    alpha_mass: float = 1.0,
    alpha_pt: float = 1.0,
    alpha_momentum: float = 0.0,
) -> Tensor:
    """Sum of the terms with these weights; a weight of 0 leaves its term out.

    Parameters
    ----------
    terms : LossTerms
        (B,) each, in GeV².
    chamfer_weight, alpha_mass, alpha_pt, alpha_momentum : float
        Weights of the terms.

    Returns
    -------
    Tensor (B,)
        Loss in GeV².
    """
    loss = torch.zeros_like(terms.chamfer)
    for weight, term in zip((chamfer_weight, alpha_mass, alpha_pt, alpha_momentum), terms, strict=True):
        # A weight of 0 leaves a term out: 0 * inf would be NaN.
        if weight != 0:
            loss = loss + weight * term
    return loss
