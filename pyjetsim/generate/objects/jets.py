"""What is told of reco jets: fractions, quark-gluon likelihood, ids, b-tag, pileup subtraction."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim.jets.kinematics import delta_phi
from pyjetsim.jets.proximity import Directions, close

Float = NDArray[np.float64]
Index = NDArray[np.intp]

ELECTRON, MUON, PHOTON, NEUTRAL_HADRON = 11, 13, 22, 130
_GRID_ETA, _GRID_PHI = np.linspace(-5, 5, 21), 12
_CENTRAL = 2.5
"""|eta| up to which tracks are, and pileup's charged particles are taken away."""


class Constituents(NamedTuple):
    """Candidates of N reco jets, jet after jet."""

    jet: Index
    """(K,) 0 to N - 1."""
    momenta: Float
    """(K, 3) GeV."""
    pid: NDArray[np.int32]
    """(K,)."""
    pt: Float
    eta: Float
    phi: Float


def density(momenta: Float, event: Index, n_events: int) -> Float:
    """Pileup's pt per unit of eta and phi (E, 2), GeV: within |eta| < 2.5, and beyond up to 5.

    The median over cells of 0.5 in eta and 30 degrees in phi, as by FastJet's GridMedianBackgroundEstimator;
    arXiv:0707.1378.
    """
    pt = np.hypot(momenta[:, 0], momenta[:, 1])
    with np.errstate(divide="ignore"):
        eta = np.arcsinh(momenta[:, 2] / pt)
    ring = np.searchsorted(_GRID_ETA, eta, "right") - 1
    column = ((np.arctan2(momenta[:, 1], momenta[:, 0]) + np.pi) * (_GRID_PHI / (2 * np.pi))).astype(np.intp)
    n_rings = len(_GRID_ETA) - 1
    inside = (ring >= 0) & (ring < n_rings)
    cell = ((event * n_rings + ring) * _GRID_PHI + np.minimum(column, _GRID_PHI - 1))[inside]
    sums = np.bincount(cell, pt[inside], n_events * n_rings * _GRID_PHI).reshape(n_events, n_rings, -1)
    area = np.diff(_GRID_ETA)[0] * 2 * np.pi / _GRID_PHI
    central = np.abs(0.5 * (_GRID_ETA[1:] + _GRID_ETA[:-1])) < _CENTRAL
    halves = [(sums / area)[:, rings].reshape(n_events, -1) for rings in (central, ~central)]
    return np.stack([np.median(half, axis=1) for half in halves], axis=1)


def fractions(found: Constituents, n_jets: int) -> dict[str, Float]:
    """Fractions of the energy by kind of candidate, each (N,); they sum to 1."""
    energy = np.sqrt((found.momenta**2).sum(axis=1))
    whole = np.bincount(found.jet, energy, n_jets)
    absolute = np.abs(found.pid)
    named = {"chEmEF": ELECTRON, "muEF": MUON, "neEmEF": PHOTON, "neHEF": NEUTRAL_HADRON}
    kinds = {name: absolute == pid for name, pid in named.items()}
    kinds["chHEF"] = ~np.logical_or.reduce(list(kinds.values()))
    return {
        name: np.bincount(found.jet[of], energy[of], n_jets) / np.maximum(whole, 1e-30)
        for name, of in kinds.items()
    }


def shape(found: Constituents, axis: Directions) -> tuple[Float, Float, Float]:
    r"""Multiplicity, ptD and axis2 (N,) of jets.

    Notes
    -----
    Of the n candidates with pt above 1 GeV: ptD = \sqrt{\sum pt^2} / \sum pt, and axis2 the smaller width of
    their ellipse in eta and phi, weighted with pt^2: \sqrt{(a + b - \sqrt{(a - b)^2 + 4 c^2}) / 2} with the
    variances a and b and the covariance c.

    References
    ----------
    CMS, PAS JME-13-002.
    """
    n_jets = len(axis.eta)
    hard = found.pt > 1
    jet, pt = found.jet[hard], found.pt[hard]
    deta = found.eta[hard] - axis.eta[jet]
    dphi = delta_phi(found.phi[hard], axis.phi[jet])

    def total(values: Float) -> Float:
        return np.bincount(jet, values, n_jets).astype(np.float64, copy=False)

    weight = pt**2
    sums = np.maximum(total(weight), 1e-30)
    eta, phi = total(weight * deta) / sums, total(weight * dphi) / sums
    a = total(weight * deta**2) / sums - eta**2
    b = total(weight * dphi**2) / sums - phi**2
    c = total(weight * deta * dphi) / sums - eta * phi
    axis2 = np.sqrt(np.maximum(0.5 * (a + b - np.hypot(a - b, 2 * c)), 0))
    return total(np.ones_like(pt)), np.sqrt(total(weight)) / np.maximum(total(pt), 1e-30), axis2


_QGL = {
    False: (-1.24, -1.21, 2.32, 0.63, 0.33),
    True: (-4.18, 0.88, 8.43, 0.13, -0.56),
}
"""Constant, and factors of ln n, ptD, -ln axis2 and ln pt: within |eta| < 2.5 (False) and beyond (True)."""


def quark_gluon(pt: Float, eta: Float, multiplicity: Float, pt_d: Float, axis2: Float) -> Float:
    r"""Likelihood of a light quark against a gluon (N,), 0 to 1.

    Notes
    -----
    qgl = 1 / (1 + \exp(-(c_0 + c_1 \ln n + c_2 ptD - c_3 \ln axis2 + c_4 \ln pt))), with n at least 1 and
    axis2 at least 0.001: the likelihood ratio of two classes whose logarithm is linear in these, a logistic
    regression. The factors are fitted to jets of ``drell_yan_jets`` and ``qcd`` in the CMS-like detector with
    50 pileup collisions, with as many light quarks as gluons at every pt.
    """
    table = np.array([_QGL[False], _QGL[True]])[(np.abs(eta) > _CENTRAL).astype(int)]
    variables = [
        np.ones_like(pt),
        np.log(np.maximum(multiplicity, 1)),
        pt_d,
        -np.log(np.maximum(axis2, 1e-3)),
        np.log(np.maximum(pt, 1)),
    ]
    return np.asarray(1 / (1 + np.exp(-(table * np.stack(variables, axis=1)).sum(axis=1))))


def jet_id(eta: Float, parts: dict[str, Float], found: Constituents) -> Index:
    """Bits 2 tight and 4 tight with lepton veto, (N,); NanoAOD sets the bit of the loose id no more.

    Notes
    -----
    CMS's id of 2016, by energy fractions and numbers of candidates, without its number of neutral candidates
    beyond |eta| 3: a cell is one candidate here, however many particles enter it.

    References
    ----------
    CMS, PAS JME-16-003.
    """
    n_jets = len(eta)
    charged = ~np.isin(np.abs(found.pid), (PHOTON, NEUTRAL_HADRON))
    n = np.bincount(found.jet, minlength=n_jets)
    n_charged = np.bincount(found.jet[charged], minlength=n_jets)
    neutral_hadrons, photons = parts["neHEF"], parts["neEmEF"]
    absolute = np.abs(eta)
    with_tracks = (parts["chHEF"] + parts["chEmEF"] + parts["muEF"] > 0) & (n_charged > 0)
    tracked = absolute <= 2.4

    near = (neutral_hadrons < 0.9) & (photons < 0.9) & (n > 1)
    near &= ~tracked | (with_tracks & (parts["chEmEF"] < 0.99))
    middle = (photons > 0.01) & (neutral_hadrons < 0.98) & (n - n_charged > 2)
    tight = np.where(absolute <= 2.7, near, np.where(absolute <= 3, middle, photons < 0.9))
    veto = tight & ((absolute > 2.7) | (parts["muEF"] < 0.8)) & (~tracked | (parts["chEmEF"] < 0.9))
    return np.asarray(2 * tight + 4 * veto, np.intp)


_REGIONS = (2.5, 2.75, 3.0)
_BETA_STAR = {"loose": (0.2, 0.3, 999, 999), "medium": (0.2, 0.3, 999, 999), "tight": (0.15, 0.15, 999, 999)}
_SPREAD = {
    "loose": (0.06, 0.05, 0.05, 0.055),
    "medium": (0.06, 0.03, 0.03, 0.04),
    "tight": (0.05, 0.06, 0.03, 0.04),
}


def pileup_id(
    axis: Directions,
    found: Constituents,
    pileup: Directions,
    pileup_pt: Float,
    vertices: NDArray[np.integer],
    radius: float,
) -> Index:
    """Bits 4 loose, 2 medium, 1 tight, (N,), each with the looser ones.

    Parameters
    ----------
    axis : Directions
        Of the N jets.
    found : Constituents
        Theirs.
    pileup : Directions
        Of tracks of other vertices.
    pileup_pt : array
        Their pt, GeV.
    vertices : integer array (E,)
        Of each event.
    radius : float
        R.

    Notes
    -----
    By CMS's cuts on two variables: beta* < x ln(vertices - 0.64), the share of pileup's tracks within R in
    the pt of all tracks; and the mean of (distance from the axis)^2, weighted with pt^2, times (0.4 / R)^2.

    References
    ----------
    CMS, PAS JME-13-005; CMSSW, ``PileupJetIDCutParams``.
    """
    n_jets = len(axis.eta)
    charged = ~np.isin(np.abs(found.pid), (PHOTON, NEUTRAL_HADRON))
    own = np.bincount(found.jet[charged], found.pt[charged], n_jets)
    near = close(axis, pileup, radius)
    others = np.bincount(near.one, pileup_pt[near.other], n_jets)
    beta_star = others / np.maximum(own + others, 1e-30)
    distance = (found.eta - axis.eta[found.jet]) ** 2 + delta_phi(found.phi, axis.phi[found.jet]) ** 2
    weight = found.pt**2
    sums = np.maximum(np.bincount(found.jet, weight, n_jets), 1e-30)
    spread = np.bincount(found.jet, weight * distance, n_jets) / sums * (0.4 / radius) ** 2
    region = np.searchsorted(_REGIONS, np.abs(axis.eta))
    logarithm = np.log(np.maximum(vertices[axis.event], 2) - 0.64)
    bits = np.zeros(n_jets, np.intp)
    passes = np.ones(n_jets, np.bool_)
    for name, bit in (("loose", 4), ("medium", 2), ("tight", 1)):
        passes &= beta_star < np.array(_BETA_STAR[name])[region] * logarithm
        passes &= spread < np.array(_SPREAD[name])[region]
        bits += bit * passes
    return bits


def b_tag_efficiency(pt: Float, flavour: Index) -> Float:
    """Efficiency (N,) of the CMS card of Delphes at a pt in GeV, for hadron flavours 5, 4 and others.

    References
    ----------
    ``delphes_card_CMS_PileUp.tcl``, after arXiv:1211.4462.
    """
    b = 0.85 * np.tanh(0.0025 * pt) * 25 / (1 + 0.063 * pt)
    c = 0.25 * np.tanh(0.018 * pt) / (1 + 0.0013 * pt)
    return np.asarray(np.where(flavour == 5, b, np.where(flavour == 4, c, 0.01 + 0.000038 * pt)))


B_TAG_CUT = 0.5
"""Above it the efficiency is that of the card."""
_B_TAG_WIDTH = 2.0


def b_tag(pt: Float, flavour: Index, uniform: Float) -> Float:
    r"""A continuous b-tag (N,), 0 to 1, from uniform random numbers (N,).

    Notes
    -----
    1 / (1 + \exp(-2 (\ln(e / (1 - e)) + \ln(u / (1 - u))))) with the card's efficiency e at the jet's pt and
    flavour and u uniform: above 0.5 in the fraction e of jets. Other cuts give other efficiencies, of b, c
    and light jets together.
    """
    efficiency = np.clip(b_tag_efficiency(pt, flavour), 1e-6, 1 - 1e-6)
    u = np.clip(uniform, 1e-9, 1 - 1e-9)
    logit = np.log(efficiency / (1 - efficiency)) + np.log(u / (1 - u))
    return np.asarray(1 / (1 + np.exp(-_B_TAG_WIDTH * logit)))
