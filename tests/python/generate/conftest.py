"""A small detector world: particles by hand, a tiny pool, a PYTHIA that starts at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

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


@pytest.fixture(scope="session")
def make_particles() -> MakeParticles:
    """Give ``make_particles(n, pid, pt, eta=0, phi=0.3, *, charge, mass, position, pileup, event)``."""
    return one_kind


@pytest.fixture
def fast_cmnd(tmp_path: Path) -> Path:
    """PYTHIA settings that start in a moment."""
    path = tmp_path / "fast.cmnd"
    path.write_text(FAST)
    return path


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache directory of this test session, with a pool of POOL_SIZE collisions."""
    from pyjetsim.generate.pool import ensure_pool

    home = tmp_path_factory.mktemp("cache")
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(home))
    ensure_pool(POOL_SIZE)
    yield home / "pyjetsim"
    patch.undo()
