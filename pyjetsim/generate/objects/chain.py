"""From hard collisions to object tables: all steps for a batch of events."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim.generate.chain import Chain
from pyjetsim.generate.detector import Reconstruction
from pyjetsim.generate.objects.flavour import GHOST_SCALE, flavours
from pyjetsim.generate.objects.jets import (
    Constituents,
    b_tag,
    density,
    fractions,
    jet_id,
    pileup_id,
    quark_gluon,
    shape,
)
from pyjetsim.generate.objects.muons import Muons, gen_muons, jet_relative_isolation, reco_muons
from pyjetsim.generate.particles import Particles, event_offsets
from pyjetsim.generate.pileup import mix
from pyjetsim.generate.pythia import Collisions, Truth
from pyjetsim.generate.randomness import EventRandom
from pyjetsim.generate.settings import GenerateSettings
from pyjetsim.io.object_columns import KINDS, NEAR, WHOLE, jet_of_muons, muons_of_jets
from pyjetsim.io.objects import EventObjects, Kind, Side, object_counts
from pyjetsim.jets import Jets
from pyjetsim.jets.clustering import GHOST_AREA, active_areas, cluster, in_acceptance
from pyjetsim.jets.noise import stream
from pyjetsim.jets.proximity import Directions, partners, ranked

SOFT_PT_MIN = 10.0
"""GeV. Jets below the cuts and above this say of which flavour a reco jet is, and which jet a muon is in."""
MUON_DELTA_R = 0.03
"""Largest distance of a gen muon and its reco muon."""
Float = NDArray[np.float64]
Index = NDArray[np.intp]


class ObjectChain:
    """Pileup, detector, jets and muons, their properties and links, with one set of settings."""

    def __init__(self, settings: GenerateSettings, pool_path: Path | None) -> None:
        """``pool_path``: the pileup pool; None without pileup."""
        self.settings = settings
        self._chain = Chain(settings, pool_path)
        self._reach = settings.particle_eta_max

    def collide(self, collisions: Collisions, n: int) -> tuple[Particles, Truth]:
        """The next ``n`` collisions."""
        return collisions.events_with_truth(n)

    def __call__(
        self, collided: tuple[Particles, Truth], events: NDArray[np.int64]
    ) -> tuple[EventObjects, dict[str, int]]:
        """Objects of collisions, which are the ``events`` (E,) of the run; and what became of them."""
        hard, truth = collided
        settings, chain, n = self.settings, self._chain, len(events)
        numbers = events.tolist()
        random = EventRandom.of_events(settings.seed, numbers)
        particles, vertex_z, n_vertices = mix(hard, chain.pool, settings.pileup, chain.card.vertex, random)
        seen = chain.detector.reconstruct(particles, vertex_z, random)

        gen_jets = self._gen_jets(hard, truth, n)
        muons = gen_muons(hard)
        found = reco_muons(
            seen.tracks,
            seen.candidates,
            seen.subtracted,
            vertex_z,
            EventRandom.of_events(settings.seed, numbers, "muons"),
        )
        reco_jets, rho = self._reco_jets(seen, n_vertices, numbers)
        jets = self._linked_jets(gen_jets, reco_jets, muons, numbers)
        kinds = {
            "jets": jets,
            "muons": _linked_muons(muons, found, gen_jets, reco_jets, n_vertices),
        }
        objects = EventObjects(
            events,
            {name: _stored(name, kind, n) for name, kind in kinds.items()},
            {
                "weight": truth.weight,
                "pileup": n_vertices - 1,
                "rho": rho[:, 0].astype(np.float32),
                "vertex_z": vertex_z.astype(np.float32),
            },
        )
        return objects, object_counts(objects)

    def _gen_jets(self, hard: Particles, truth: Truth, n: int) -> _Table:
        """Those above the soft threshold, with their flavours."""
        near = hard[in_acceptance(hard.momenta, eta_max=self._reach)]
        ghosts = np.flatnonzero(in_acceptance(truth.momenta, eta_max=self._reach))
        momenta = np.concatenate([near.momenta, truth.momenta[ghosts] * GHOST_SCALE])
        event = np.concatenate([near.event, truth.event[ghosts]])
        mass = np.concatenate([near.mass, np.zeros(len(ghosts))])
        order = np.argsort(event, kind="stable")
        jets, jet, row, of_event = self._clustered(
            momenta[order], event_offsets(event[order], n), mass[order], self.settings.gen_pt_min
        )
        ghost = order[row] - len(near)
        is_ghost = ghost >= 0
        parton, hadron = flavours(len(jets), jet[is_ghost], ghosts[ghost[is_ghost]], truth)
        columns = {**_momentum(jets), "partonFlavour": parton, "hadronFlavour": hadron}
        return _Table(columns, of_event)

    def _reco_jets(
        self, seen: Reconstruction, n_vertices: NDArray[np.int32], numbers: list[int]
    ) -> tuple[_Table, Float]:
        """Those above the soft threshold after pileup subtraction; and its density (E, 2), GeV."""
        settings, candidates = self.settings, seen.candidates
        n = len(numbers)
        jets, jet, row, event = self._clustered(
            candidates.momenta, candidates.offsets, None, settings.reco_pt_min
        )
        seeds = np.array(
            [stream("areas", settings.seed, each).integers(1, 2_000_000_000, 2) for each in numbers], np.int32
        )
        area_of = active_areas(
            candidates.momenta,
            candidates.offsets,
            seeds.reshape(n, 2),
            pt_min=0.9 * min(SOFT_PT_MIN, settings.reco_pt_min),
            rapidity_max=self._reach + settings.radius,
            radius=settings.radius,
        )
        area = np.zeros(len(jets))
        area[jet] = area_of[row]
        owner = np.repeat(np.arange(n), np.diff(candidates.offsets))
        rho = density(candidates.momenta, owner, n)
        momentum = _momentum(jets)
        pt, eta = momentum["pt"], momentum["eta"]
        left = np.clip(1 - rho[event, (np.abs(eta) > 2.5).astype(int)] * area / pt, 0, 1)
        keep = np.flatnonzero(pt * left > min(SOFT_PT_MIN, settings.reco_pt_min))
        moved = np.full(len(jets), -1)
        moved[keep] = np.arange(len(keep))
        inside = moved[jet] >= 0
        given = candidates.momenta[row[inside]]
        given_pt = np.hypot(given[:, 0], given[:, 1])
        constituents = Constituents(
            moved[jet[inside]],
            given,
            candidates.pid[row[inside]],
            given_pt,
            np.arcsinh(given[:, 2] / given_pt),
            np.arctan2(given[:, 1], given[:, 0]),
        )
        columns: dict[str, Any] = {name: values[keep] for name, values in momentum.items()}
        raw_pt = columns["pt"]
        columns["pt"], columns["mass"] = raw_pt * left[keep], columns["mass"] * left[keep]
        axis = Directions(columns["eta"], columns["phi"], event[keep])
        parts = fractions(constituents, len(keep))
        pileup = seen.subtracted
        pileup_pt = pileup.pt
        directions = Directions(
            np.arcsinh(pileup.pz / np.maximum(pileup_pt, 1e-30)),
            np.arctan2(pileup.py, pileup.px),
            pileup.event,
        )
        # An area is a number of ghosts; where in its step it lies is not known.
        inside_step = EventRandom.of_events(settings.seed, numbers, "area").uniform(axis.event) - 0.5
        columns.update(
            area=area[keep] + GHOST_AREA * inside_step,
            nConstituents=np.bincount(constituents.jet, minlength=len(keep)),
            **parts,
            qgl=quark_gluon(columns["pt"], axis.eta, *shape(constituents, axis)),
            puId=pileup_id(axis, constituents, directions, pileup_pt, n_vertices, settings.radius),
            jetId=jet_id(axis.eta, parts, constituents),
        )
        order = np.lexsort((-columns["pt"], axis.event))
        return _Table({name: values[order] for name, values in columns.items()}, axis.event[order]), rho

    def _clustered(
        self, momenta: Float, offsets: Index, mass: Float | None, pt_min: float
    ) -> tuple[Jets, Index, Index, Index]:
        """Jets above the soft threshold; jet and particle of each constituent; the event of each jet."""
        most = max(int(np.diff(offsets).max(initial=0)), 1)
        jets, event = cluster(
            momenta,
            offsets,
            np.arange(1, len(momenta) + 1),
            mass,
            pt_min=min(SOFT_PT_MIN, pt_min),
            eta_max=self.settings.gen_eta_max + NEAR,
            radius=self.settings.radius,
            max_constituents=most,
        )
        jet, place = np.nonzero(jets.pid)
        return jets, jet, jets.pid[jet, place].astype(np.intp) - 1, event.astype(np.intp)

    def _linked_jets(self, gen: _Table, reco: _Table, muons: Particles, numbers: list[int]) -> _Kind:
        """Those inside the cuts, with partners; the flavour of reco jets may come from softer gen jets."""
        settings = self.settings
        gen_kept = np.flatnonzero(gen.inside(settings.gen_pt_min, settings.gen_eta_max))
        reco_kept = np.flatnonzero(reco.inside(settings.reco_pt_min, settings.gen_eta_max))
        kept_gen, kept_reco = gen.rows(gen_kept), reco.rows(reco_kept)
        of_gen, of_reco = partners(kept_gen.directions, kept_reco.directions, settings.match_delta_r)
        flavour = np.where(of_reco >= 0, kept_gen["hadronFlavour"][of_reco], 0) if len(gen_kept) else 0
        flavour = np.broadcast_to(flavour, len(reco_kept)).copy()
        alone = np.flatnonzero(of_reco < 0)
        others = gen.rows(np.setdiff1d(np.arange(len(gen)), gen_kept))
        _, softer = partners(others.directions, kept_reco.rows(alone).directions, settings.match_delta_r)
        flavour[alone[softer >= 0]] = others["hadronFlavour"][softer[softer >= 0]]
        uniform = EventRandom.of_events(settings.seed, numbers, "b-tag").uniform(kept_reco.event)
        kept_reco.columns["btag"] = b_tag(kept_reco["pt"], flavour, uniform)

        kept_gen.columns.update(muons_of_jets(kept_gen.directions, _directions(muons), muons.pt))
        return _Kind(kept_gen, kept_reco, of_gen, of_reco)


class _Table:
    """Objects of several events with their columns."""

    def __init__(self, columns: dict[str, Any], event: Index) -> None:
        self.columns, self.event = columns, event

    def __len__(self) -> int:
        return len(self.event)

    def __getitem__(self, name: str) -> Any:
        return self.columns[name]

    def rows(self, index: Index) -> _Table:
        return _Table({name: values[index] for name, values in self.columns.items()}, self.event[index])

    def inside(self, pt_min: float, eta_max: float) -> NDArray[np.bool_]:
        return np.asarray((self["pt"] > pt_min) & (np.abs(self["eta"]) < eta_max))

    @property
    def directions(self) -> Directions:
        return Directions(self["eta"], self["phi"], self.event)


class _Kind(NamedTuple):
    """Gen and reco objects with the rows of their partners."""

    gen: _Table
    reco: _Table
    of_gen: Index
    of_reco: Index


def _momentum(jets: Jets) -> dict[str, Float]:
    return {name: jets.jet[:, i].astype(np.float64) for i, name in enumerate(("pt", "eta", "phi", "mass"))}


def _directions(particles: Particles) -> Directions:
    return Directions(
        np.arcsinh(particles.pz / particles.pt), np.arctan2(particles.py, particles.px), particles.event
    )


def _linked_muons(
    muons: Particles, found: Muons, gen_jets: _Table, reco_jets: _Table, n_vertices: NDArray[np.int32]
) -> _Kind:
    directions = _directions(muons)
    order = np.lexsort((-muons.pt, muons.event))
    columns: dict[str, Any] = {
        "pt": muons.pt,
        "eta": directions.eta,
        "phi": directions.phi,
        "charge": muons.charge,
        "nPU": n_vertices[muons.event] - 1,
    }
    columns.update(jet_of_muons(directions, gen_jets.directions, gen_jets["pt"], gen_jets["mass"]))
    gen = _Table(columns, muons.event).rows(order)
    reco = _Table(dict(found.columns), found.event)
    jet_pt = np.zeros(len(reco))
    (near,) = ranked(reco.directions, reco_jets.directions, NEAR, 1)
    jet_pt[near.one] = reco_jets["pt"][near.other]
    reco.columns["jetRelIso"] = jet_relative_isolation(reco["pt"], jet_pt, reco["pfRelIso04_all"])
    return _Kind(gen, reco, *partners(gen.directions, reco.directions, MUON_DELTA_R))


def _stored(name: str, kind: _Kind, n_events: int) -> Kind:
    """With the types and the order of columns that files have."""
    sides = []
    for side, objects, match in (("gen", kind.gen, kind.of_gen), ("reco", kind.reco, kind.of_reco)):
        columns = {
            column: np.asarray(objects[column], np.int32 if column in WHOLE else np.float32)
            for column in KINDS[name][side]
        }
        count = np.bincount(objects.event, minlength=n_events).astype(np.int32)
        sides.append(Side(columns, count, match.astype(np.int32)))
    return Kind(*sides)
