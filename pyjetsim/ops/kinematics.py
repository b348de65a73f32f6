"""Kinematics of jets from their constituents: the definition, in plain PyTorch."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from pyjetsim.errors import InputError


class JetKinematics(NamedTuple):
    """One jet a row: (B,) each; GeV, radians."""

    energy: Tensor
    px: Tensor
    py: Tensor
    pz: Tensor
    pt: Tensor
    eta: Tensor
    phi: Tensor
    mass: Tensor


def _safe_sqrt(squared: Tensor) -> Tensor:
    """Square root whose gradient at 0 is 0, not infinite."""
    positive = squared > 0
    # NaN must pass: it is not positive, and `where` would hide it.
    root = torch.where(positive, squared, torch.ones_like(squared)).sqrt()
    return torch.where(positive, root, squared * 0)


def jet_kinematics(constituents: Tensor) -> JetKinematics:
    r"""Sum massless constituents (B, P, 3), px, py, pz in GeV, into jets.

    Zero rows add nothing. With n the jet axis,

    .. math:: E - |P| = \sum_i \frac{|p_i \times n|^2}{|p_i| + p_i \cdot n}, \quad
              m^2 = (E - |P|)(E + |P|)

    which is never negative and keeps the mass of a light jet at TeV momenta. Gradients are finite
    everywhere and 0 where the function has none: jets that are empty, massless or without pt.

    Raises:
        InputError: for other shapes.
    """
    if constituents.ndim != 3 or constituents.shape[-1] != 3:
        raise InputError(
            f"constituents have shape {tuple(constituents.shape)}",
            "a batch of jets is (B, P, 3): px, py, pz in GeV",
            "add the missing axis or drop the extra one",
        )
    total = constituents.sum(1)
    px, py, pz = total.unbind(-1)
    pt = _safe_sqrt(px * px + py * py)
    momentum = _safe_sqrt(px * px + py * py + pz * pz)
    at_rest = momentum == 0
    axis = total / torch.where(at_rest, torch.ones_like(momentum), momentum)[:, None]

    magnitude = _safe_sqrt(constituents.square().sum(-1))
    along = (constituents * axis[:, None]).sum(-1)
    across = torch.linalg.cross(constituents, axis[:, None].expand_as(constituents)).square().sum(-1)
    # Against the axis the quotient is 0/0; there the plain difference loses nothing.
    forward = along > 0
    quotient = across / torch.where(forward, magnitude + along, torch.ones_like(along))
    excess = torch.where(forward, quotient, magnitude - along).sum(-1)

    no_pt = pt == 0
    eta = torch.asinh(pz / torch.where(no_pt, torch.ones_like(pt), pt))
    eta = torch.where(
        no_pt, torch.where(pz == 0, pz * 0, torch.copysign(torch.full_like(pz, torch.inf), pz)), eta
    )
    phi = torch.atan2(torch.where(no_pt, py * 0, py), torch.where(no_pt, px * 0 + 1, px))
    mass = _safe_sqrt(excess * (excess + 2 * momentum))
    return JetKinematics(momentum + excess, px, py, pz, pt, eta, phi, mass)
