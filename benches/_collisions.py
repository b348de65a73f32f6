"""Collisions of PYTHIA's process ``ww``: as gen particles, and as HepMC3 events with their whole history."""

from __future__ import annotations

import graphlib
from pathlib import Path
from typing import Any

SEED = 20221
_INCOMING = (1, 2)


def gen_particles(events: int) -> Any:
    """Stable visible particles within eta of 5, as ``generate`` clusters them."""
    import numpy as np

    from pyjetsim.generate.pythia import Collisions, process_settings
    from pyjetsim.jets.selection import PARTICLE_ETA_MAX

    particles = Collisions(process_settings("ww"), SEED).events(events)
    return particles[np.abs(particles.pz) < np.sinh(PARTICLE_ETA_MAX) * particles.pt]


def write_hepmc(path: Path, events: int) -> Path:
    """Write collisions with all that PYTHIA knows of them, unless they are there already."""
    if path.exists():
        return path
    import pyhepmc
    import pythia8mc

    from pyjetsim.generate.pythia import process_settings

    pythia = pythia8mc.Pythia("", False)
    seed = ("Random:setSeed = on", f"Random:seed = {SEED}")
    for setting in (*process_settings("ww"), "Print:quiet = on", *seed):
        pythia.readString(setting)
    pythia.init()
    unfinished = path.with_name("unfinished.hepmc")
    with pyhepmc.open(unfinished, "w") as file:
        written = 0
        while written < events:
            if pythia.next():
                file.write(_whole_event(pythia.event, written))
                written += 1
    unfinished.rename(path)
    return path


def _whole_event(record: Any, number: int) -> Any:
    import pyhepmc

    event = pyhepmc.GenEvent(pyhepmc.Units.GEV, pyhepmc.Units.MM)
    event.event_number = number
    particles = [None, *(_particle(record[i]) for i in range(1, record.size()))]
    vertices, made_in = _vertices(record)
    # HepMC3 3.1 reads a file only if each vertex follows those that its particles come from.
    before = {v: {made_in[m] for m in mothers if m in made_in} for v, (mothers, _) in enumerate(vertices)}
    for v in graphlib.TopologicalSorter(before).static_order():
        mothers, daughters = vertices[v]
        first = record[daughters[0]]
        place = (
            (first.xProd(), first.yProd(), first.zProd(), first.tProd()) if first.hasVertex() else (0,) * 4
        )
        vertex = pyhepmc.GenVertex(place)
        for mother in mothers:
            vertex.add_particle_in(particles[mother])
        for daughter in daughters:
            vertex.add_particle_out(particles[daughter])
        event.add_vertex(vertex)
    return event


def _particle(entry: Any) -> Any:
    import pyhepmc

    momentum = (entry.px(), entry.py(), entry.pz(), entry.e())
    particle = pyhepmc.GenParticle(momentum, entry.id(), entry.statusHepMC())
    particle.generated_mass = entry.m()
    return particle


def _vertices(record: Any) -> tuple[list[tuple[list[int], list[int]]], dict[int, int]]:
    """Mothers and daughters of each vertex, and the vertex that each particle comes from."""
    vertices: list[tuple[list[int], list[int]]] = []
    made_in: dict[int, int] = {}
    ends_in: dict[int, int] = {}
    for i in range(1, record.size()):
        mothers = [] if i in _INCOMING else [m for m in record[i].motherList() if m > 0]
        if not mothers:
            continue
        vertex = next((ends_in[m] for m in mothers if m in ends_in), len(vertices))
        if vertex == len(vertices):
            vertices.append(([], []))
        # A particle ends once, wherever else it is named as a mother.
        for mother in mothers:
            if ends_in.setdefault(mother, vertex) == vertex and mother not in vertices[vertex][0]:
                vertices[vertex][0].append(mother)
        vertices[vertex][1].append(i)
        made_in[i] = vertex
    return vertices, made_in
