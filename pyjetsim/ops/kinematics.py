"""Kinematics of jets from their constituents."""

from __future__ import annotations

from torch import Tensor, nn

from pyjetsim.ops.checks import CONSTITUENTS, check_mask, checked_points, mask_fits, points_fit
from pyjetsim.ops.results import Kinematics
from pyjetsim.ops.torch_api.kinematics import kinematics


def jet_kinematics(constituents: Tensor, mask: Tensor | None = None) -> Kinematics:
    r"""Kinematics of the sum of massless constituents.

    Parameters
    ----------
    constituents : Tensor (B, N, 3)
        px, py, pz in GeV; float32 or float64, on CPU or CUDA.
    mask : bool Tensor (B, N), optional
        True for constituents, False for rows to be left out. None: every row is a constituent. Zero rows add
        nothing, so zero padding needs no mask.

    Returns
    -------
    Kinematics
        Energy, px, py, pz, pt, eta, phi and mass, (B,) each; GeV and radians. A jet without constituents is
        0 in all of them; a jet along the beam has an eta of ±inf.

    Raises
    ------
    InputError
        For other shapes, dtypes or devices; and from autograd, for a second derivative or forward-mode
        differentiation.

    Notes
    -----
    With :math:`P = \sum_i p_i` and the jet axis :math:`n = P / |P|`,

    .. math:: E - |P| = \sum_i \frac{|p_i \times n|^2}{|p_i| + p_i \cdot n}, \quad
              m^2 = (E - |P|)(E + |P|)

    which is never negative. E² - P² is the same on paper, but in float32 it loses the mass of a light jet at
    TeV momenta to rounding.

    Gradients are finite everywhere, and 0 where the function has none: jets that are empty, massless
    or without pt. A NaN in a constituent reaches its jet; in a row that is left out it does not. Under
    autocast, half precision is converted to float32; without autocast it is an error.
    `pyjetsim.ops.reference.jet_kinematics` is the same in plain PyTorch.

    Examples
    --------
    >>> jets = jet_kinematics(torch.randn(32, 50, 3) * 10)
    >>> jets.pt.shape, jets.mass.shape
    (torch.Size([32]), torch.Size([32]))
    """
    if not points_fit(constituents, CONSTITUENTS):
        constituents = checked_points("constituents", constituents, CONSTITUENTS)
    if not mask_fits(mask, constituents):
        check_mask("mask", mask, constituents)
    return Kinematics(*kinematics(constituents, mask).unbind(1))


class JetKinematics(nn.Module):
    """`jet_kinematics` as a module: ``JetKinematics()(constituents, mask)``."""

    def forward(self, constituents: Tensor, mask: Tensor | None = None) -> Kinematics:
        """Energy, px, py, pz, pt, eta, phi and mass, (B,) each.

        Parameters
        ----------
        constituents : Tensor (B, N, 3)
            px, py, pz in GeV.
        mask : bool Tensor (B, N), optional
            True for constituents.

        Returns
        -------
        Kinematics
            See `jet_kinematics`.
        """
        return jet_kinematics(constituents, mask)
