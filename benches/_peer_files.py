"""The files of a contest: the truth, and what others made of the same events."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.convert import convert
from pyjetsim.generate.particles import Particles
from pyjetsim.io import PairsFile, PairsWriter, write_pairs
from pyjetsim.io.formats import format_of
from pyjetsim.io.splits import Split, in_split
from pyjetsim.jets import Pairs
from pyjetsim.jets.clustering import nearest_pairs, visible

LOOSE_GEN_PT_MIN = 20.0
"""GeV: of a rival's own gen jets, which only lead to its reco jets."""
_MM = 1e-3


class NoSuchEvents(Exception):
    """A rival's file does not have the events of the truth."""


def truth(target: Path, output: Path, jets: int, split: Split) -> Path:
    """Write the first events of the truth, until ``jets`` pairs of it are in the split."""
    whole = output.with_name("whole.h5")
    if format_of(target).name == "jets.h5":
        whole = target
    else:
        convert([target], whole, quiet=True)
    with PairsFile(whole) as file:
        event = file.event
        chosen = np.flatnonzero(in_split(event, split))
        end = len(file) if len(chosen) <= jets else int(chosen[jets])
        while 0 < end < len(file) and event[end] == event[end - 1]:  # no event in two
            end += 1
        pairs, provenance = file.read(0, end), file.provenance
    write_pairs(output, pairs, provenance)
    return output


def of_rival(file: Path, target: Path, output: Path) -> int:
    """Pair the gen jets of the truth with the nearest reco jets of a rival's file; how many pairs there are.

    What the rival kept of the generator's particles does not matter then: the gen jets are the truth's.
    """
    own = output.with_name(f"own_{output.name}")
    convert([file], own, gen_pt_min=LOOSE_GEN_PT_MIN, quiet=True)
    with PairsFile(own) as theirs:
        return paired(theirs.read(), target, output, theirs.provenance)


def paired(theirs: Pairs, target: Path, output: Path, provenance: dict[str, Any]) -> int:
    """The same of pairs, whose gen jets are not used."""
    with PairsFile(target) as file:
        ours = file.read()
    events = np.unique(ours.event)
    theirs = theirs[np.argsort(theirs.event, kind="stable")]
    known = theirs[np.isin(theirs.event, events)]
    if len(known) == 0:
        raise NoSuchEvents(
            f"none of its {len(np.unique(theirs.event))} events has a number of the truth's: "
            "give it the same events, with their numbers"
        )
    ours = ours[np.argsort(ours.event, kind="stable")]
    index = np.searchsorted(events, ours.event)
    vertices = np.ones(len(events), np.int32)
    vertices[index] = ours.n_vertices
    size = max(ours.gen.constituents.shape[1], known.reco.constituents.shape[1])
    pairs, _ = nearest_pairs(
        ours.gen.padded_to(size),
        index,
        known.reco.padded_to(size),
        np.searchsorted(events, known.event),
        events,
        vertices,
    )
    write_pairs(output, pairs, provenance)
    return len(pairs)


def of_detector(hepmc: Path, output: Path, seed: int, pool_size: int) -> float:
    """Pairs that our own detector makes of HepMC events, written to ``output``; seconds that they took."""
    from pyjetsim.generate import GenerateSettings
    from pyjetsim.generate.chain import BATCH_EVENTS, Chain
    from pyjetsim.generate.pool import ensure_pool

    settings = GenerateSettings.checked(process="ww", events=1, seed=seed, pileup_pool=pool_size)
    chain = Chain(settings, ensure_pool(pool_size, quiet=True))
    provenance = {"generator": hepmc.name, "detector": "pyjetsim's, card cms", "seed": seed}
    seconds = 0.0
    with PairsWriter(output, provenance, settings.max_constituents) as writer:
        for hard, numbers in _collisions(hepmc, BATCH_EVENTS):
            began = time.perf_counter()
            pairs, _ = chain(hard, numbers)
            seconds += time.perf_counter() - began
            writer.append(pairs)
    return seconds


def _collisions(path: Path, size: int) -> Iterator[tuple[Particles, NDArray[np.int64]]]:
    import pyhepmc
    import pythia8mc

    species = pythia8mc.Pythia("", False).particleData
    batch: list[Any] = []
    with pyhepmc.open(path) as file:
        for event in file:
            batch.append(_particles(event, len(batch), species))
            if len(batch) == size:
                yield _joined(batch)
                batch = []
    if batch:
        yield _joined(batch)


def _joined(batch: Sequence[tuple[int, Particles]]) -> tuple[Particles, NDArray[np.int64]]:
    return Particles.concatenate([each for _, each in batch]), np.array([n for n, _ in batch], np.int64)


def _particles(event: Any, place: int, species: Any) -> tuple[int, Particles]:
    """Its stable visible particles, with the collision at 0: the vertex is drawn where pileup is mixed in."""
    length = _MM * (10.0 if event.length_unit.name == "CM" else 1.0)
    unit = 1e-3 if event.momentum_unit.name == "MEV" else 1.0
    stable = [particle for particle in event.particles if particle.status == 1]
    momenta = np.array([tuple(particle.momentum)[:3] for particle in stable]).reshape(-1, 3) * unit
    mass = np.array([particle.generated_mass for particle in stable]) * unit
    where = np.array(
        [tuple(p.production_vertex.position)[:3] if p.production_vertex else (0.0,) * 3 for p in stable]
    ).reshape(-1, 3)
    where = (where - np.median(where, axis=0) if len(where) else where) * length
    pid = np.array([particle.pid for particle in stable], np.int32)
    seen = visible(pid)
    return event.event_number, Particles(
        *(momenta[seen].T),
        np.maximum(mass[seen], 0.0),
        *(where[seen].T),
        np.array([species.charge(int(each)) for each in pid[seen]], np.float64),
        pid[seen],
        np.zeros(int(seen.sum()), np.bool_),
        np.full(int(seen.sum()), place, np.intp),
    )
