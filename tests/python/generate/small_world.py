"""Particles by hand, a tiny pool, a PYTHIA that starts at once: what the tests of generate share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pyjetsim.generate.particles import Particles

MakeParticles = Callable[..., Particles]

POOL_SIZE = 40

FAST = """! Without multiparton interactions PYTHIA starts in no time.
Beams:eCM = 13000.
WeakDoubleBoson:ffbar2WW = on
24:onMode = off
24:onIfAny = 1 2 3 4 5
PhaseSpace:pTHatMin = 250.
PartonLevel:MPI = off
"""


def one_kind(
    n: int,
    pid: int,
    pt: float,
    eta: float | np.ndarray = 0.0,
    phi: float | np.ndarray = 0.3,
    *,
    charge: float = 0.0,
    mass: float = 0.0,
    position: tuple[float, float, float] = (0.0, 0.0, 0.0),
    pileup: bool = False,
    event: np.ndarray | None = None,
) -> Particles:
    """``n`` particles of one kind, each an event of its own unless ``event`` says otherwise."""
    eta, phi = np.broadcast_to(eta, n), np.broadcast_to(phi, n)
    return Particles(
        pt * np.cos(phi),
        pt * np.sin(phi),
        pt * np.sinh(eta),
        np.full(n, mass),
        *(np.full(n, value, float) for value in position),
        np.full(n, charge),
        np.full(n, pid, np.int32),
        np.full(n, pileup),
        np.arange(n) if event is None else event,
    )
