"""Tracks: which charged particles are found, and how well their pt is measured."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pyjetsim.detector.card import TrackKinds, Tracks
from pyjetsim.generate.particles import Float, Particles
from pyjetsim.generate.propagation import Impacts
from pyjetsim.generate.randomness import EventRandom, log_normal


@dataclass(frozen=True, slots=True)
class TrackBatch:
    """Tracks of several events: momentum as measured, and where they enter the calorimeters."""

    particles: Particles
    eta: Float
    phi: Float
    resolution: Float
    """Relative, of pt, at most 1."""

    def __getitem__(self, index: NDArray[np.bool_] | NDArray[np.intp]) -> TrackBatch:
        return TrackBatch(self.particles[index], self.eta[index], self.phi[index], self.resolution[index])


def track(impacts: Impacts, kinds: TrackKinds, random: EventRandom) -> TrackBatch:
    """Find tracks among the particles that reached the calorimeters and measure their pt.

    Efficiency and resolution are taken at the eta where the particle enters the calorimeters.
    """
    charged = np.flatnonzero(impacts.particles.charge != 0)
    particles, eta, phi = impacts.particles[charged], impacts.eta[charged], impacts.phi[charged]
    pt, abs_eta = particles.pt, np.abs(eta)
    kind = np.zeros(len(charged), np.intp)
    kind[np.abs(particles.pid) == 11] = 1
    kind[np.abs(particles.pid) == 13] = 2
    efficiency, resolution = np.zeros(len(charged)), np.zeros(len(charged))
    for number, figures in enumerate((kinds.charged_hadron, kinds.electron, kinds.muon)):
        mine = np.flatnonzero(kind == number)
        efficiency[mine] = _efficiency(figures, abs_eta[mine], pt[mine])
        resolution[mine] = _resolution(figures, abs_eta[mine], pt[mine])

    found = np.flatnonzero(random.uniform(particles.event) < efficiency)
    particles, pt, resolution = particles[found], pt[found], np.minimum(resolution[found], 1.0)
    scale = log_normal(np.ones(len(found)), resolution, random.normal(particles.event))
    return TrackBatch(rescaled(particles, scale), eta[found], phi[found], resolution)


def rescaled(particles: Particles, scale: Float) -> Particles:
    """The same particles with their momenta times ``scale``; mass and direction stay."""
    return replace(particles, px=particles.px * scale, py=particles.py * scale, pz=particles.pz * scale)


def _efficiency(figures: Tracks, abs_eta: Float, pt: Float) -> Float:
    rows = figures.efficiency
    row = np.searchsorted([each.eta_max for each in rows], abs_eta)
    efficiency = np.zeros(len(pt))
    for number, each in enumerate(rows):
        value = np.array([0.0, *each.efficiency])[np.searchsorted(each.pt_above, pt)]
        efficiency = np.where(row == number, value, efficiency)
    if figures.decline is not None:
        above = np.maximum(pt - figures.decline.pt_above, 0.0)
        efficiency = efficiency * np.exp(-figures.decline.rate * above)
    return efficiency


def _resolution(figures: Tracks, abs_eta: Float, pt: Float) -> Float:
    rows = figures.resolution
    row = np.minimum(np.searchsorted([each.eta_max for each in rows], abs_eta), len(rows) - 1)
    constant = np.array([each.constant for each in rows])[row]
    slope = np.array([each.slope for each in rows])[row]
    return np.asarray(np.hypot(constant, slope * pt))
