"""What a jet looks like inside: width, ptD, leading share, N-subjettiness ratios, D2.

All take jets after ``Selection.constituents`` and return (N,) float64. Where a jet has too few
constituents for an observable to say anything, the numerator vanishes and the observable is 0;
a jet without constituents is 0 everywhere.
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
    """Sum of pt ΔR over the sum of pt: the jet's girth, ΔR from its axis."""
    d_eta, d_phi = offsets(jets)
    pt = _pt(jets)
    # Constituents along the beam are infinitely far in eta, but have no pt.
    distance = np.where(pt > 0, np.hypot(d_eta, d_phi), 0)
    return _ratio((pt * distance).sum(axis=1), pt.sum(axis=1))


def pt_dispersion(jets: Jets) -> Values:
    """The ptD of CMS (CMS-PAS-JME-13-002): sqrt(sum of pt²) over sum of pt; 1 for a single constituent."""
    pt = _pt(jets)
    return _ratio(np.sqrt((pt**2).sum(axis=1)), pt.sum(axis=1))


def leading_share(jets: Jets) -> Values:
    """The largest constituent's pt over the sum of all; 1 for a single constituent."""
    pt = _pt(jets)
    return _ratio(pt.max(axis=1, initial=0), pt.sum(axis=1))


def subjettiness_ratio(jets: Jets, n: int) -> Values:
    """tau_n over tau_(n-1), beta = 1 (Thaler and Van Tilburg, JHEP 1103:015), axes as in AXES.

    tau_n is 0 for n constituents or fewer, and so is the ratio.
    """
    tau = n_subjettiness(jets, (n - 1, n))
    return _ratio(tau[:, 1], tau[:, 0])


def n_subjettiness(jets: Jets, orders: tuple[int, ...]) -> Values:
    """(N, len(orders)) tau_n: sum of pt min_k ΔR_k over sum of pt, from FastJet's contrib."""
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
    """Energy correlation D2, beta = 1 (Larkoski, Moult, Neill, JHEP 1412:009): e3 over e2 cubed.

    e2 is the sum over pairs of z_i z_j ΔR_ij, e3 that over triples of z_i z_j z_k ΔR_ij ΔR_jk ΔR_ki,
    z the share of the sum of pt. 0 for two constituents or fewer.
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
