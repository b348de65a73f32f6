"""Substructure of jets: width, ptD, leading share, N-subjettiness ratios, D2.

All take N jets after ``Selection.constituents`` and return (N,) float64. Where a jet has too few
constituents for an observable, the numerator vanishes and the observable is 0; a jet without constituents
is 0 everywhere.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.jets import Jets, delta_phi, pseudorapidity, transverse_momentum

Values = NDArray[np.float64]
AXES = "WTA_KT_Axes"
"""Of N-subjettiness: exclusive kt subjets, winner-take-all recombination (JHEP 1404:017)."""
BETA = 1.0
"""The angular exponent of N-subjettiness and D2."""
_CHUNK = 64
"""Jets whose pairs of constituents are held at once: they fit a core's cache."""


def offsets(jets: Jets) -> tuple[Values, Values]:
    """Δeta and Δphi (N, P) of the constituents from the jet's axis; 0 for padding."""
    c = jets.constituents
    d_eta = (pseudorapidity(c) - jets.eta[:, None]).astype(np.float64)
    d_phi = np.asarray(delta_phi(np.arctan2(c[..., 1], c[..., 0]), jets.phi[:, None]), np.float64)
    return np.where(jets.present, d_eta, 0.0), np.where(jets.present, d_phi, 0.0)


def width(jets: Jets) -> Values:
    """Girth (N,): sum of pt ΔR over the sum of pt, with ΔR from the jet's axis.

    References
    ----------
    J. Gallicchio and M. D. Schwartz, Phys. Rev. Lett. 107 (2011) 172001, arXiv:1106.3076.
    """
    d_eta, d_phi = offsets(jets)
    pt = _pt(jets)
    # Constituents along the beam are infinitely far in eta, but have no pt.
    distance = np.where(pt > 0, np.hypot(d_eta, d_phi), 0)
    return _ratio((pt * distance).sum(axis=1), pt.sum(axis=1))


def pt_dispersion(jets: Jets) -> Values:
    """ptD (N,): sqrt(sum of pt²) over the sum of pt; 1 for a single constituent.

    References
    ----------
    CMS Collaboration, CMS-PAS-JME-13-002.
    """
    pt = _pt(jets)
    return _ratio(np.sqrt((pt**2).sum(axis=1)), pt.sum(axis=1))


def leading_share(jets: Jets) -> Values:
    """pt of the hardest constituent over the sum of pt (N,); 1 for a single constituent."""
    pt = _pt(jets)
    return _ratio(pt.max(axis=1, initial=0), pt.sum(axis=1))


def subjettiness_ratio(jets: Jets, n: int) -> Values:
    """Ratio of N-subjettiness tau_n / tau_(n-1), beta = 1, axes as in AXES.

    Parameters
    ----------
    jets : Jets
        N jets.
    n : int
        2 or more.

    Returns
    -------
    float64 array (N,)
        0 for jets with n constituents or fewer, whose tau_n is 0.

    References
    ----------
    J. Thaler and K. Van Tilburg, JHEP 1103 (2011) 015.
    """
    tau = n_subjettiness(jets, (n - 1, n))
    return _ratio(tau[:, 1], tau[:, 0])


def n_subjettiness(jets: Jets, orders: tuple[int, ...]) -> Values:
    r"""N-subjettiness, computed by FastJet's contrib.

    Parameters
    ----------
    jets : Jets
        N jets.
    orders : tuple of int
        The numbers of axes n.

    Returns
    -------
    float64 array (N, len(orders))
        :math:`\tau_n = \sum_i p_{T,i} \min_k \Delta R_{ik} / \sum_i p_{T,i}`, beta = 1, axes as in AXES.

    References
    ----------
    J. Thaler and K. Van Tilburg, JHEP 1103 (2011) 015; A. J. Larkoski, D. Neill and J. Thaler, JHEP 1404
    (2014) 017 (winner-take-all axes).
    """
    if not len(jets):
        return np.zeros((0, len(orders)))
    sequence = _one_jet_each(jets)
    # R0, the unit of ΔR, cancels in ratios.
    tau = sequence.njettiness(
        measure_definition="NormalizedMeasure", axes_definition=AXES, njets=list(orders), beta=BETA, R0=1.0
    )
    values = np.asarray(tau, np.float64)
    # Rounding may leave 1e-9 where every constituent is its own axis.
    values[_pt(jets).astype(bool).sum(axis=1)[:, None] <= np.array(orders)] = 0
    return values


def _one_jet_each(jets: Jets) -> Any:
    import awkward
    import fastjet

    _silence_banner()
    px, py, pz = jets.constituents[jets.present].astype(np.float64).T
    particles = awkward.zip(
        {"px": px, "py": py, "pz": pz, "E": np.sqrt(px**2 + py**2 + pz**2)}, with_name="Momentum4D"
    )
    # A radius that takes in everything: the constituents are one jet already.
    whole = fastjet.JetDefinition(fastjet.antikt_algorithm, 10.0)
    return fastjet.ClusterSequence(awkward.unflatten(particles, jets.present.sum(axis=1)), whole)


@cache
def _silence_banner() -> None:
    """FastJet prints one with the first clustering; ours is silent, and comes first."""
    from pyjetsim.jets.clustering import cluster

    cluster(np.ones((1, 3)), np.array([0, 1]), pt_min=0)


def d2(jets: Jets) -> Values:
    r"""Energy correlation ratio D2 (N,), beta = 1; 0 for two constituents or fewer.

    Notes
    -----
    .. math:: D_2 = e_3 / e_2^3, \quad e_2 = \sum_{i<j} z_i z_j \Delta R_{ij}, \quad
              e_3 = \sum_{i<j<k} z_i z_j z_k \Delta R_{ij} \Delta R_{jk} \Delta R_{ki}

    with z the share of the sum of pt.

    References
    ----------
    A. J. Larkoski, I. Moult and D. Neill, JHEP 1412 (2014) 009.
    """
    values = np.zeros(len(jets))
    for start in range(0, len(jets), _CHUNK):
        values[start : start + _CHUNK] = _d2(jets[start : start + _CHUNK])
    return values


def _d2(jets: Jets) -> Values:
    d_eta, d_phi = offsets(jets)
    pt = _pt(jets)
    # Constituents along the beam are infinitely far in eta, but have no pt.
    d_eta[pt == 0] = 0
    across = np.abs(d_phi[:, :, None] - d_phi[:, None, :])
    across = np.minimum(across, 2 * np.pi - across)
    distance = np.sqrt((d_eta[:, :, None] - d_eta[:, None, :]) ** 2 + across**2)
    root = np.sqrt(_ratio(pt, pt.sum(axis=1)[:, None]))
    # Ordered pairs and triples: the trace of M M and M M M with M_ij = sqrt(z_i z_j) ΔR_ij.
    weighted = root[:, :, None] * distance * root[:, None, :]
    e2 = (root[:, None, :] @ weighted @ root[:, :, None])[:, 0, 0] / 2
    e3 = ((weighted @ weighted) * weighted).sum(axis=(1, 2)) / 6
    # With two constituents e3 is 0 up to rounding.
    e3[(pt > 0).sum(axis=1) <= 2] = 0
    return _ratio(e3, e2**3)


def _pt(jets: Jets) -> Values:
    return transverse_momentum(jets.constituents).astype(np.float64)


def _ratio(numerator: Values, denominator: Values) -> Values:
    """0 where the denominator is."""
    whole = np.broadcast_to(denominator, numerator.shape)
    return np.divide(numerator, whole, out=np.zeros(numerator.shape), where=whole > 0)
