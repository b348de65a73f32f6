"""Reco muons: who is one, impact parameters, isolation, ids."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim.generate.detector import Candidates
from pyjetsim.generate.particles import Particles
from pyjetsim.generate.randomness import EventRandom, log_normal
from pyjetsim.generate.tracking import TrackBatch
from pyjetsim.jets.derived import impact_parameter, impact_significance
from pyjetsim.jets.kinematics import delta_phi

Float = NDArray[np.float64]
Index = NDArray[np.intp]

PT_MIN, GEN_ETA_MAX, RECO_ETA_MAX = 3.0, 2.5, 2.4
"""Muons of NanoAOD have pt above 3 GeV; the chambers end at |eta| 2.4."""
HADRON_RATE = 2e-3
"""How often the track of a charged hadron is taken for a muon: CMS, arXiv:1804.04528."""
_CM = 100.0
_DIRECTION = ((3e-4, 2e-3), (2e-4, 1.5e-3))
"""Widths of eta and phi: a constant, and a part that falls with pt in GeV."""
_DXY, _DZ = (10e-4, 80e-4), (20e-4, 100e-4)
"""Widths in cm: a constant, and a part of multiple scattering that falls with the momentum in GeV;
CMS, arXiv:1405.6569."""
_ERROR_WIDTH = 0.1
"""Relative, of the uncertainties that a fit tells."""
_TURN_ON = {"isTracker": (2.5, 0.35, 0.99), "isGlobal": (4.0, 0.6, 0.985)}
"""Where half of the muons are found, in GeV of pt times cosh(eta) to the power 1/2; width; plateau."""
_IDS = {"isPFcand": 0.995, "mediumId": 0.97, "softId": 0.98}
"""Probabilities for muons. With track and chambers 0.95 have the medium id, as in Delphes' CMS card."""
_IDS_OF_HADRONS = {"isPFcand": 0.5, "mediumId": 0.35, "softId": 0.4, "isGlobal": 0.4}


class Muons(NamedTuple):
    """Reco muons of E events."""

    columns: dict[str, Float]
    """All but ``jetRelIso``."""
    event: Index
    """(N,) 0 to E - 1, never falling."""


def gen_muons(hard: Particles) -> Particles:
    """Gen muons: stable ones of the hard collision with pt above 3 GeV and |eta| below 2.5."""
    found = hard[np.flatnonzero(np.abs(hard.pid) == 13)]
    eta = np.arcsinh(found.pz / np.maximum(found.pt, 1e-30))
    return found[np.flatnonzero((found.pt > PT_MIN) & (np.abs(eta) < GEN_ETA_MAX))]


def reco_muons(
    tracks: TrackBatch, candidates: Candidates, subtracted: Particles, vertex_z: Float, random: EventRandom
) -> Muons:
    """Reco muons among the tracks of E events.

    Parameters
    ----------
    tracks : TrackBatch
        As measured, of all vertices.
    candidates : Candidates
        For isolation.
    subtracted : Particles
        Tracks of pileup, for its correction.
    vertex_z : array (E,)
        z of the hard collisions, m.
    random : EventRandom
        One stream for each event, of these muons alone.

    Returns
    -------
    Muons
        With pt above 3 GeV and |eta| below 2.4, by event and falling pt.

    Notes
    -----
    A muon whose track the detector finds is reconstructed with a probability that rises with pt, as global
    or tracker muon or both, and then has each id with a fixed probability; a charged hadron's track becomes
    one with probability 0.002, and has the ids less often. pt is the track's. The width of dxy is
    sqrt(c^2 + (m / p)^2 cosh(eta)^3), that of dz has cosh(eta)^4, and the uncertainties scatter by 10 % about
    them; ip3d and sip3d are those of :mod:`pyjetsim.jets.derived`. The isolation is the sum of pt over the
    muon's pt: charged hadrons of the hard vertex, plus what neutral hadrons and photons above 0.5 GeV have
    beyond half the pt of pileup's tracks (CMS's delta-beta correction).
    """
    particles = tracks.particles
    eta = np.arcsinh(particles.pz / np.maximum(particles.pt, 1e-30))
    absolute = np.abs(particles.pid)
    hadron = ~np.isin(absolute, (11, 13))
    inside = (particles.pt > PT_MIN) & (np.abs(eta) < RECO_ETA_MAX)
    rows = np.flatnonzero(inside & (hadron | (absolute == 13)))
    chance = random.uniform(particles.event[rows])
    rows = rows[~hadron[rows] | (chance < HADRON_RATE)]
    found, hadron = particles[rows], hadron[rows]
    flags = _flags(found, eta[rows], hadron, random)
    seen = (flags["isGlobal"] | flags["isTracker"]).astype(bool)
    # All of an event's numbers are drawn before any of them is looked at.
    drawn = [random.normal(found.event) for _ in range(7)]
    resolution = tracks.resolution[rows]
    columns = {
        **_kinematics(found, eta[rows], drawn[0], drawn[1]),
        "charge": found.charge,
        **_impact(found, eta[rows], vertex_z, drawn[2:6]),
        "ptErr": log_normal(found.pt * resolution, found.pt * resolution * _ERROR_WIDTH, drawn[6]),
        **{name: values.astype(np.float64) for name, values in flags.items()},
    }
    order = np.flatnonzero(seen)
    order = order[np.lexsort((-columns["pt"][order], found.event[order]))]
    columns = {name: values[order] for name, values in columns.items()}
    columns.update(_isolation(found[order], candidates, subtracted))
    return Muons(columns, found.event[order])


def _flags(found: Particles, eta: Float, hadron: NDArray[np.bool_], random: EventRandom) -> dict[str, Index]:
    reach = found.pt * np.sqrt(np.cosh(eta))
    flags = {}
    for name in ("isGlobal", "isTracker", "isPFcand", "mediumId", "softId"):
        if name in _TURN_ON:
            start, width, plateau = _TURN_ON[name]
            chance = plateau / (1 + np.exp(-np.clip((reach - start) / width, -50, 50)))
        else:
            chance = np.full(len(found), _IDS[name])
        if name in _IDS_OF_HADRONS:
            chance = np.where(hadron, _IDS_OF_HADRONS[name], chance)
        flags[name] = (random.uniform(found.event) < chance).astype(np.intp)
    # Loose is what is a candidate; medium is loose, soft has a track in the tracker that chambers saw.
    flags["mediumId"] &= flags["isPFcand"]
    flags["softId"] &= flags["isTracker"]
    return flags


def _kinematics(found: Particles, eta: Float, along_eta: Float, along_phi: Float) -> dict[str, Float]:
    widths = [np.hypot(constant, part / found.pt) for constant, part in _DIRECTION]
    phi = np.arctan2(found.py, found.px) + widths[1] * along_phi
    phi = np.asarray(delta_phi(phi, np.zeros_like(phi)), np.float64)
    return {"pt": found.pt, "eta": eta + widths[0] * along_eta, "phi": phi}


def _impact(found: Particles, eta: Float, vertex_z: Float, normal: list[Float]) -> dict[str, Float]:
    cosh = np.cosh(eta)
    momentum = found.pt * cosh
    sigma_xy = np.hypot(_DXY[0], _DXY[1] / momentum * cosh**1.5)
    sigma_z = np.hypot(_DZ[0], _DZ[1] / momentum * cosh**2)
    ux, uy = found.px / found.pt, found.py / found.pt
    along = found.x * ux + found.y * uy
    dxy = (found.y * ux - found.x * uy) * _CM + sigma_xy * normal[0]
    dz = (found.z - vertex_z[found.event] - along * np.sinh(eta)) * _CM + sigma_z * normal[1]
    dxy_error = log_normal(sigma_xy, sigma_xy * _ERROR_WIDTH, normal[2])
    dz_error = log_normal(sigma_z, sigma_z * _ERROR_WIDTH, normal[3])
    return {
        "dxy": dxy,
        "dxyErr": dxy_error,
        "dz": dz,
        "dzErr": dz_error,
        "ip3d": impact_parameter(dxy, dz, eta),
        "sip3d": impact_significance(dxy, dz, eta, dxy_error, dz_error),
    }


def _isolation(found: Particles, candidates: Candidates, subtracted: Particles) -> dict[str, Float]:
    charged_03, all_03, all_04 = (np.zeros(len(found)) for _ in range(3))
    n_events = len(candidates.offsets) - 1
    pileup = subtracted.offsets(n_events)
    absolute = np.abs(candidates.pid)
    neutral = np.isin(absolute, (22, 130))
    hadron = ~neutral & ~np.isin(absolute, (11, 13))
    momenta = found.momenta
    for i, event in enumerate(found.event.tolist()):
        near = slice(candidates.offsets[event], candidates.offsets[event + 1])
        pt, dr = _distance(momenta[i], candidates.momenta[near])
        soft = pt < 0.5
        # A hadron that is taken for a muon is among the candidates.
        charged = np.where(hadron[near] & (dr > 1e-4), pt, 0.0)
        others = np.where(neutral[near] & (dr > 0.01) & ~soft, pt, 0.0)
        pu_pt, pu_dr = _distance(momenta[i], subtracted[slice(pileup[event], pileup[event + 1])].momenta)
        pu_pt = np.where((pu_pt > 0.5) & (pu_dr > 0.01), pu_pt, 0.0)
        sums = {}
        for cone in (0.3, 0.4):
            rest = others[dr < cone].sum() - 0.5 * pu_pt[pu_dr < cone].sum()
            sums[cone] = charged[dr < cone].sum(), max(rest, 0.0)
        charged_03[i], all_03[i], all_04[i] = sums[0.3][0], sum(sums[0.3]), sum(sums[0.4])
    pt = np.maximum(found.pt, 1e-30)
    return {
        "pfRelIso03_all": all_03 / pt,
        "pfRelIso03_chg": charged_03 / pt,
        "pfRelIso04_all": all_04 / pt,
    }


def _distance(axis: Float, momenta: Float) -> tuple[Float, Float]:
    """pt of momenta (M, 3), and their distance from one direction."""
    pt = np.hypot(momenta[:, 0], momenta[:, 1])
    eta = np.arcsinh(momenta[:, 2] / np.maximum(pt, 1e-30))
    own = float(np.hypot(axis[0], axis[1]))
    dphi = delta_phi(np.arctan2(momenta[:, 1], momenta[:, 0]), np.arctan2(axis[1], axis[0]))
    return pt, np.hypot(eta - np.arcsinh(axis[2] / own), dphi)


def jet_relative_isolation(pt: Float, jet_pt: Float, isolation: Float) -> Float:
    """jetRelIso (N,): pt of the jet over the muon's, less 1; ``isolation`` where ``jet_pt`` is 0."""
    return np.asarray(np.where(jet_pt > 0, jet_pt / np.maximum(pt, 1e-30) - 1, isolation))
