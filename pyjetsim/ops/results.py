"""What the ops return where it is more than one tensor."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class ChamferResult(NamedTuple):
    """Distances and nearest points."""

    distance: Tensor
    """(B,), or () after a reduction; the square of the points' unit."""
    x_nearest: Tensor
    """(B, N) int64: the row of y nearest to each point of x; -1 where there is none."""
    y_nearest: Tensor
    """(B, M) int64: the row of x nearest to each point of y; -1 where there is none."""


class Kinematics(NamedTuple):
    """Kinematics of B jets: (B,) each; GeV and radians."""

    energy: Tensor
    px: Tensor
    py: Tensor
    pz: Tensor
    pt: Tensor
    eta: Tensor
    phi: Tensor
    mass: Tensor


class LossTerms(NamedTuple):
    """Terms of the reconstruction loss before their weights: GeV², (B,) or () each, without gradient."""

    chamfer: Tensor
    mass: Tensor
    pt: Tensor
    momentum: Tensor


class ReconstructionLoss(NamedTuple):
    """The loss in GeV² and its terms."""

    loss: Tensor
    """(B,), or () after a reduction."""
    terms: LossTerms
