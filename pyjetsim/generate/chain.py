"""From a hard collision to pairs of gen and reco jets: all steps for a batch of events."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pyjetsim.generate.detector import Candidates, Detector
from pyjetsim.generate.particles import Particles
from pyjetsim.generate.pileup import mix
from pyjetsim.generate.pool import Pool
from pyjetsim.generate.pythia import Collisions
from pyjetsim.generate.randomness import EventRandom
from pyjetsim.generate.settings import GenerateSettings
from pyjetsim.jets import VERTEX_Z, Jets, Pairs
from pyjetsim.jets.clustering import cluster, in_acceptance, nearest_pairs
from pyjetsim.jets.selection import PARTICLE_ETA_MAX

BATCH_EVENTS = 20
"""Events worked on at a time: enough to amortise Python, few enough to stay in the cache."""


class Chain:
    """Pileup, detector, clustering and matching with one set of settings."""

    def __init__(self, settings: GenerateSettings, pool_path: Path | None) -> None:
        """``pool_path``: the pileup pool; None without pileup."""
        self.settings = settings
        self.card = settings.card()
        self.detector = Detector(self.card)
        self.pool = (
            None
            if pool_path is None
            else Pool(pool_path, settings.pileup_pool, self.card, self.detector.eta_max)
        )

    def collide(self, collisions: Collisions, n: int) -> Particles:
        """The next ``n`` collisions."""
        return collisions.events(n)

    def __call__(self, hard: Particles, events: NDArray[np.int64]) -> tuple[Pairs, dict[str, int]]:
        """Pairs of the collisions ``hard``, which are the ``events`` (E,) of the run, and their counts."""
        random = EventRandom.of_events(self.settings.seed, events.tolist())
        gen, gen_event = self.gen_jets(hard, len(events))
        candidates, vertex_z, n_vertices = self.candidates(hard, random)
        reco, reco_event = self.reco_jets(candidates)
        pairs, _ = nearest_pairs(
            gen,
            gen_event,
            reco,
            reco_event,
            events,
            n_vertices,
            self.settings.match_delta_r,
            event_columns={VERTEX_Z: vertex_z},
        )
        return pairs, {"events": len(events), "gen_jets": len(gen), "unmatched": len(gen) - len(pairs)}

    def gen_jets(self, hard: Particles, n_events: int) -> tuple[Jets, NDArray[np.int64]]:
        """Jets of stable visible particles, with their masses, and the event of each."""
        near = hard[in_acceptance(hard.momenta, eta_max=PARTICLE_ETA_MAX)]
        return cluster(
            near.momenta,
            near.offsets(n_events),
            near.pid,
            near.mass,
            pt_min=self.settings.gen_pt_min,
            eta_max=self.settings.gen_eta_max,
            radius=self.settings.radius,
            max_constituents=self.settings.max_constituents,
        )

    def candidates(
        self, hard: Particles, random: EventRandom
    ) -> tuple[Candidates, NDArray[np.float64], NDArray[np.int32]]:
        """What the detector sees of collisions with pileup; z of the hard ones (E,), m; vertices (E,)."""
        particles, vertex_z, n_vertices = mix(hard, self.pool, self.settings.pileup, self.card.vertex, random)
        return self.detector(particles, vertex_z, random), vertex_z, n_vertices

    def reco_jets(self, candidates: Candidates) -> tuple[Jets, NDArray[np.int64]]:
        """Jets of massless candidates, and the event of each."""
        return cluster(
            candidates.momenta,
            candidates.offsets,
            candidates.pid,
            pt_min=self.settings.reco_pt_min,
            radius=self.settings.radius,
            max_constituents=self.settings.max_constituents,
        )
