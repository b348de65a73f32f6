"""Particle flow in one calorimeter: tracks and cells are combined, cell by cell.

Where a cell holds significantly more than its tracks brought, the excess is a neutral candidate.
Otherwise the tracks are rescaled to the weighted mean of both measurements.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyjetsim.detector import card
from pyjetsim.generate.calorimeter import Cells, Fractions, Index, Resolution
from pyjetsim.generate.particles import Float
from pyjetsim.generate.propagation import Impacts
from pyjetsim.generate.randomness import EventRandom, log_normal
from pyjetsim.generate.tracking import TrackBatch, rescaled
from pyjetsim.jets import momenta


@dataclass(frozen=True, slots=True)
class Neutrals:
    """Massless candidates from one calorimeter, by event."""

    energy: Float
    eta: Float
    phi: Float
    event: Index

    @property
    def momenta(self) -> Float:
        """(M, 3) px, py, pz, from the detector's origin to the position."""
        return momenta(self.energy / np.cosh(self.eta), self.eta, self.phi)


class CalorimeterFlow:
    """One calorimeter with its particle flow."""

    def __init__(self, figures: card.Calorimeter, eta_max: float) -> None:
        """``eta_max``: cells that begin beyond it are of no use and left out."""
        self.figures = figures
        self.cells = Cells(figures, eta_max)
        self.resolution = Resolution(figures, self.cells)
        self.fractions = Fractions(figures)

    def __call__(
        self, impacts: Impacts, tracks: TrackBatch, random: EventRandom
    ) -> tuple[Neutrals, TrackBatch]:
        """Neutral candidates, and all tracks, some of them rescaled."""
        fraction, entered = self._entered(
            impacts.particles.pid, impacts.particles.event, impacts.eta, impacts.phi
        )
        share, crossed = self._entered(tracks.particles.pid, tracks.particles.event, tracks.eta, tracks.phi)
        deposits, visitors = np.flatnonzero(entered >= 0), np.flatnonzero(crossed >= 0)
        # All cells of all events that anything enters, in order; cells of other events are others.
        hit, place = np.unique(np.concatenate([entered[deposits], crossed[visitors]]), return_inverse=True)
        event, cell = np.divmod(hit, len(self.cells))
        ring = self.cells.ring_of(cell)
        deposit_place, track_place = place[: len(deposits)], place[len(deposits) :]

        true = _summed(deposit_place, impacts.particles[deposits].energy * fraction[deposits], len(hit))
        energy = log_normal(true, self.resolution(ring, true), random.normal(event))
        sigma = self.resolution(ring, energy)
        seen = (energy >= self.figures.energy_min) & (energy >= self.figures.significance_min * sigma)
        energy = np.where(seen, energy, 0.0)

        # What the tracks say. A cell better than the track keeps the share, a worse one all of it.
        momentum_energy = tracks.particles[visitors].energy
        left = momentum_energy * share[visitors]
        better = (
            self.resolution(ring[track_place], momentum_energy)
            < tracks.resolution[visitors] * momentum_energy
        )
        guess = np.where(better, left, momentum_energy)
        track_energy = _summed(track_place, left, len(hit))
        track_variance = _summed(track_place, (tracks.resolution[visitors] * guess) ** 2, len(hit))

        excess = np.maximum(energy - track_energy, 0.0)
        neutral = (excess > self.figures.energy_min) & (
            excess > self.figures.significance_min * np.sqrt(track_variance + sigma**2)
        )
        scale = _scale_to_mean(track_energy, track_variance, energy, sigma)
        scale[neutral] = 1.0
        all_scales = np.ones(len(tracks.eta))
        all_scales[visitors] = scale[track_place]
        flowing = TrackBatch(
            rescaled(tracks.particles, all_scales), tracks.eta, tracks.phi, tracks.resolution
        )

        where = np.flatnonzero(neutral)
        eta, phi = self.cells.position(
            cell[where], random.uniform(event[where]), random.uniform(event[where])
        )
        return Neutrals(excess[where], eta, phi, event[where]), flowing

    def _entered(self, pid: NDArray[np.int32], event: Index, eta: Float, phi: Float) -> tuple[Float, Index]:
        """Share of the energy left here, and the cell entered (event and cell in one), -1 for none."""
        fraction = self.fractions(pid)
        cell = np.full(len(pid), -1, np.intp)
        touching = np.flatnonzero(fraction > 0)
        found = self.cells.locate(eta[touching], phi[touching])
        cell[touching] = np.where(found >= 0, found + event[touching] * len(self.cells), -1)
        return fraction, cell


def _summed(place: Index, values: Float, n: int) -> Float:
    """Sum of the values at each of n places."""
    return np.bincount(place, values, n).astype(np.float64, copy=False)


def _scale_to_mean(track_energy: Float, track_variance: Float, energy: Float, sigma: Float) -> Float:
    """What tracks are multiplied by to sum to the mean of both, weighted with 1/variance; 1 without any."""
    with np.errstate(divide="ignore", invalid="ignore"):
        track_weight = np.where(track_variance > 0, 1 / track_variance, 0.0)
        cell_weight = np.where(sigma > 0, 1 / sigma**2, 0.0)
        mean = (track_weight * track_energy + cell_weight * energy) / (track_weight + cell_weight)
        scale = mean / track_energy
    return np.where(np.isfinite(scale), scale, 1.0)
