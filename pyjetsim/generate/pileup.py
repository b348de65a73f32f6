"""Mixing pileup: every event gets its vertices and a Poisson number of minimum-bias collisions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pyjetsim.detector.card import Vertex
from pyjetsim.generate.particles import Float, Particles
from pyjetsim.generate.pool import Pool
from pyjetsim.generate.randomness import EventRandom


def mix(
    hard: Particles, pool: Pool | None, mean: float, vertex: Vertex, random: EventRandom
) -> tuple[Particles, Float, NDArray[np.int32]]:
    """Give each hard collision its vertex and a Poisson number of pileup collisions with theirs.

    Returns all particles by event, the hard vertices' z (E,) in m, and the number of vertices (E,).
    Pileup collisions are turned by a random phi, so that a pool serves more events than it has.
    """
    n_events = len(random)
    vertex_z, number = np.empty(n_events), np.zeros(n_events, np.intp)
    picks, shifts, turns = [], [], []
    for event, generator in enumerate(random.generators):
        if pool is not None:
            number[event] = generator.poisson(mean)
        z = _vertices(generator, int(number[event]) + 1, vertex)
        vertex_z[event] = z[0]
        if number[event]:
            picks.append(generator.integers(pool.size if pool else 0, size=number[event]))
            shifts.append(z[1:])
            turns.append(generator.uniform(-np.pi, np.pi, number[event]))
    shifted = replace(hard, z=hard.z + vertex_z[hard.event])
    n_vertices = (number + 1).astype(np.int32)
    if pool is None or not picks:
        return shifted, vertex_z, n_vertices
    records, owner = pool.take(np.concatenate(picks))
    angle = np.concatenate(turns)
    cos, sin = np.cos(angle)[owner], np.sin(angle)[owner]
    px, py, x, y = (records[name].astype(np.float64) for name in ("px", "py", "x", "y"))
    overlay = Particles(
        px=cos * px - sin * py,
        py=sin * px + cos * py,
        pz=records["pz"].astype(np.float64),
        mass=records["mass"].astype(np.float64),
        x=cos * x - sin * y,
        y=sin * x + cos * y,
        z=records["z"] + np.concatenate(shifts)[owner],
        charge=records["charge"].astype(np.float64),
        pid=records["pid"],
        pileup=np.ones(len(records), np.bool_),
        event=np.repeat(np.arange(n_events), number)[owner],
    )
    return Particles.concatenate([shifted, overlay]), vertex_z, n_vertices


def _vertices(generator: np.random.Generator, n: int, vertex: Vertex) -> Float:
    """``n`` positions along the beam, m."""
    z = generator.normal(0.0, vertex.sigma_z, n) if vertex.sigma_z else np.zeros(n)
    while (outside := np.abs(z) > vertex.max_z).any():
        z[outside] = generator.normal(0.0, vertex.sigma_z, int(outside.sum()))
    return z
