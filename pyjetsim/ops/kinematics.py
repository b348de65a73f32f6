"""Kinematics of jets from their constituents."""

from __future__ import annotations

from torch import Tensor, nn

from pyjetsim.ops.checks import CONSTITUENTS, check_mask, checked_points, mask_fits, points_fit
from pyjetsim.ops.results import Kinematics
from pyjetsim.ops.torch_api.kinematics import kinematics


def jet_kinematics(constituents: Tensor, mask: Tensor | None = None) -> Kinematics:
    r"""Sum massless constituents into jets.

    With :math:`P = \sum_i p_i` and n = P/\|P\| the jet axis,

    .. math:: E - |P| = \sum_i \frac{|p_i \times n|^2}{|p_i| + p_i \cdot n}, \quad
              m^2 = (E - |P|)(E + |P|)

    which is never negative and keeps the mass of a light jet at TeV momenta, where E² - P² loses it
    to rounding.

    Args:
        constituents: px, py, pz in GeV (B, N, 3), float32 or float64, on CPU or CUDA.
        mask: bool (B, N), True for constituents and False for rows to be left out; None: every row is
            one. Zero rows add nothing, so zero padding needs no mask.

    Returns:
        Energy, px, py, pz, pt, eta, phi, mass, (B,) each; GeV, radians. A jet without constituents is
        0 in all of them; one along the beam has an eta of ±inf.

    Raises:
        InputError: for other shapes, dtypes or devices; and from autograd, for a second derivative or
            forward-mode differentiation.

    Gradients are finite everywhere, and 0 where the function has none: jets that are empty, massless
    or without pt. A NaN in a constituent reaches its jet, in a row that is left out it does not. Under
    autocast, half precision is taken to float32; else it is an error. The definition is
    `pyjetsim.ops.reference.jet_kinematics`.
    """
    if not points_fit(constituents, CONSTITUENTS):
        constituents = checked_points("constituents", constituents, CONSTITUENTS)
    if not mask_fits(mask, constituents):
        check_mask("mask", mask, constituents)
    return Kinematics(*kinematics(constituents, mask).unbind(1))


class JetKinematics(nn.Module):
    """`jet_kinematics` as a module: ``JetKinematics()(constituents, mask)``."""

    def forward(self, constituents: Tensor, mask: Tensor | None = None) -> Kinematics:
        """Energy, px, py, pz, pt, eta, phi, mass, (B,) each; see `jet_kinematics`."""
        return jet_kinematics(constituents, mask)
