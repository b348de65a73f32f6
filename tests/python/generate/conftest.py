"""Fixtures of a small detector world."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_world import FAST, POOL_SIZE, MakeParticles, one_kind


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
