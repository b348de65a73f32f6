"""The reconstruction part of the paper's loss: the definition, in plain PyTorch."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from pyjetsim.ops.chamfer import chamfer_distance
from pyjetsim.ops.kinematics import jet_kinematics


class ReconstructionTerms(NamedTuple):
    """Unweighted terms, one jet a row: (B,) each, GeV²."""

    chamfer: Tensor
    mass: Tensor
    pt: Tensor

    def total(self, alpha_mass: float, alpha_pt: float) -> Tensor:
        """Chamfer + α_m Δm² + α_pt Δpt² (B,)."""
        return self.chamfer + alpha_mass * self.mass + alpha_pt * self.pt


def jet_reconstruction_loss(prediction: Tensor, target: Tensor) -> ReconstructionTerms:
    r"""Terms of the bracket of the paper's eq. 1 for jets (B, P, 3) in GeV.

    .. math:: L_R + \alpha_m (m - \hat m)^2 + \alpha_{pt} (p_T - \hat p_T)^2

    Raises:
        InputError: for shapes that are not (B, P, 3) and (B, Q, 3).
    """
    predicted, truth = jet_kinematics(prediction), jet_kinematics(target)
    return ReconstructionTerms(
        chamfer_distance(target, prediction),
        (truth.mass - predicted.mass).square(),
        (truth.pt - predicted.pt).square(),
    )
