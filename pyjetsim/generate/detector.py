"""The whole detector: particles in, particle-flow candidates out, for a batch of events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyjetsim.detector.card import DetectorCard
from pyjetsim.generate.particle_flow import CalorimeterFlow, Neutrals
from pyjetsim.generate.particles import Float, Particles, event_offsets
from pyjetsim.generate.propagation import propagate
from pyjetsim.generate.randomness import EventRandom
from pyjetsim.generate.tracking import TrackBatch, track
from pyjetsim.jets.clustering import in_acceptance

PHOTON, NEUTRAL_HADRON = 22, 130
"""PDG ids that neutral candidates are given."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates of E events, event after event; massless. GeV."""

    momenta: Float
    """(M, 3) px, py, pz."""
    pid: NDArray[np.int32]
    """(M,) a track's PDG id, 22 or 130."""
    offsets: NDArray[np.intp]
    """(E + 1,)."""


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """All that the detector sees of E events."""

    candidates: Candidates
    """What jets are made of."""
    tracks: TrackBatch
    """As measured, before particle flow; those of pileup too."""
    subtracted: Particles
    """Tracks of pileup that are no candidates."""


class Detector:
    """A parametrised detector. Calling it reconstructs a batch of events.

    Parameters
    ----------
    card : DetectorCard
        Its figures.

    Notes
    -----
    Tracks, then the electromagnetic and the hadronic calorimeter, each with particle flow (the
    latter with the tracks that the former passed on), then pileup subtraction for tracks.

    References
    ----------
    The steps are those of Delphes 3: J. de Favereau et al., JHEP 1402 (2014) 057, arXiv:1307.6346.
    """

    def __init__(self, card: DetectorCard) -> None:
        self.card = card
        # Only cells that reach inside the candidates' or the tracks' range can change anything.
        tracked = max(
            kind.efficiency[-1].eta_max
            for kind in (card.tracks.charged_hadron, card.tracks.electron, card.tracks.muon)
        )
        needed = max(card.candidates.eta_max, tracked)
        self.ecal = CalorimeterFlow(card.ecal, needed)
        self.hcal = CalorimeterFlow(card.hcal, needed)
        self.eta_max = max(self.ecal.cells.eta_max, self.hcal.cells.eta_max, tracked)
        r"""Particles that enter the calorimeters beyond this \|eta\| change nothing."""

    def __call__(self, particles: Particles, vertex_z: Float, random: EventRandom) -> Candidates:
        """Reconstruct E events.

        Parameters
        ----------
        particles : Particles
            Stable particles of all events, pileup included.
        vertex_z : array (E,)
            z of the hard collisions, m.
        random : EventRandom
            One stream of random numbers for each event.

        Returns
        -------
        Candidates
            Particle-flow candidates in acceptance.
        """
        return self.reconstruct(particles, vertex_z, random).candidates

    def reconstruct(self, particles: Particles, vertex_z: Float, random: EventRandom) -> Reconstruction:
        """Reconstruct E events, with their tracks.

        Parameters
        ----------
        particles : Particles
            Stable particles of all events, pileup included.
        vertex_z : array (E,)
            z of the hard collisions, m.
        random : EventRandom
            One stream of random numbers for each event.

        Returns
        -------
        Reconstruction
            The candidates that calling it gives, and tracks.
        """
        impacts = propagate(particles, self.card.magnet, self.eta_max)
        tracks = measured = track(impacts, self.card.tracks, random)
        photons, tracks = self.ecal(impacts, tracks, random)
        hadrons, tracks = self.hcal(impacts, tracks, random)
        # Pileup tracks that do not start at the hard vertex did their part in particle flow.
        found = tracks.particles
        far = np.abs(found.z - vertex_z[found.event]) > self.card.particle_flow.track_z_max
        dropped = found.pileup & far
        candidates = self._candidates(found[np.flatnonzero(~dropped)], photons, hadrons, len(random))
        return Reconstruction(candidates, measured, found[np.flatnonzero(dropped)])

    def _candidates(
        self, tracks: Particles, photons: Neutrals, hadrons: Neutrals, n_events: int
    ) -> Candidates:
        """In each event tracks, photons, neutral hadrons, those in acceptance."""
        momenta = np.concatenate([tracks.momenta, photons.momenta, hadrons.momenta])
        ids = (tracks.pid, np.full(len(photons.event), PHOTON), np.full(len(hadrons.event), NEUTRAL_HADRON))
        pid = np.concatenate(ids).astype(np.int32)
        event = np.concatenate([tracks.event, photons.event, hadrons.event])
        cuts = self.card.candidates
        accepted = np.flatnonzero(in_acceptance(momenta, pt_min=cuts.pt_min, eta_max=cuts.eta_max))
        order = accepted[np.argsort(event[accepted], kind="stable")]
        return Candidates(momenta[order], pid[order], event_offsets(event[order], n_events))
