"""Columns of reco objects that follow from others of the same object."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


def impact_parameter(dxy: Float, dz: Float, eta: Float) -> Float:
    r"""Distance of a track from the vertex in space.

    Parameters
    ----------
    dxy, dz : ndarray (N,)
        Impact parameters across and along the beam, cm.
    eta : ndarray (N,)
        Of the track.

    Returns
    -------
    float64 ndarray (N,)
        :math:`\sqrt{d_{xy}^2 + (d_z / \cosh \eta)^2}`, cm: of a straight track at its closest approach.
    """
    return np.asarray(np.hypot(dxy, dz / np.cosh(eta)), np.float64)


def impact_significance(dxy: Float, dz: Float, eta: Float, dxy_error: Float, dz_error: Float) -> Float:
    """:func:`impact_parameter` over its uncertainty, which those of dxy and dz (cm) make together; (N,)."""
    across = dz / np.cosh(eta)
    distance = np.hypot(dxy, across)
    sigma = np.hypot(dxy * dxy_error, across * dz_error / np.cosh(eta)) / np.maximum(distance, 1e-12)
    return np.asarray(distance / np.maximum(sigma, 1e-9), np.float64)


class Derived(NamedTuple):
    """How a column follows from others."""

    needs: tuple[str, ...]
    """Columns, in the order of the arguments."""
    formula: Callable[..., Float]


DERIVED: dict[str, Derived] = {
    "ip3d": Derived(("dxy", "dz", "eta"), impact_parameter),
    "sip3d": Derived(("dxy", "dz", "eta", "dxyErr", "dzErr"), impact_significance),
}
"""By column; names are those of NanoAOD's muons."""
