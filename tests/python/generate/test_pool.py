"""The pileup pool and mixing: cache, damage, vertices, numbers, rotation."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_world import POOL_SIZE, MakeParticles

from pyjetsim.errors import GenerationError, StorageError
from pyjetsim.generate import Detector, load_card
from pyjetsim.generate import pool as pool_module
from pyjetsim.generate.pileup import mix
from pyjetsim.generate.pool import Pool, cache_directory, ensure_pool, pool_path
from pyjetsim.generate.randomness import EventRandom

CARD = load_card()
N = 400


@pytest.fixture
def pool(cache: Path) -> Pool:
    return Pool(pool_path(POOL_SIZE, cache), POOL_SIZE)


def test_cache_directory_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory() == tmp_path / "pyjetsim"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_directory() == Path.home() / ".cache" / "pyjetsim"


def test_the_name_tells_apart_what_the_content_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {pool_path(10).name, pool_path(11).name}
    monkeypatch.setattr(pool_module, "MINIMUM_BIAS", ("SoftQCD:nonDiffractive = on",))
    names.add(pool_path(10).name)
    monkeypatch.setattr(pool_module, "pythia_version", lambda: "8.999")
    names.add(pool_path(10).name)
    assert len(names) == 4


def test_a_pool_in_the_cache_is_not_made_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "run_tasks", None)  # Calling it would be an error.
    path = ensure_pool(POOL_SIZE)
    assert path.parent == cache
    assert [each.name for each in cache.iterdir()] == [path.name]


@pytest.mark.parametrize("damage", ["truncated", "text", "empty", "other fields", "out of order"])
def test_a_damaged_pool_is_an_error_and_is_made_again(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    good = pool_path(POOL_SIZE, cache)
    path = pool_path(POOL_SIZE, tmp_path)
    records = np.load(good)
    if damage == "truncated":
        path.write_bytes(good.read_bytes()[:-1000])
    elif damage == "text":
        path.write_text("no array at all")
    elif damage == "empty":
        path.touch()
    elif damage == "other fields":
        with path.open("wb") as file:
            np.save(file, np.zeros(5))
    else:
        with path.open("wb") as file:
            np.save(file, records[::-1])
    with pytest.raises(GenerationError, match=r"pileup pool .* is damaged"):
        Pool(path, POOL_SIZE)

    def made(make_worker: object, tasks: range, processes: int, done: object, advance: object) -> None:
        assert list(tasks) == [0]
        done(0, records)  # type: ignore[operator]

    monkeypatch.setattr(pool_module, "run_tasks", made)
    assert ensure_pool(POOL_SIZE, directory=tmp_path) == path
    assert path.read_bytes() == good.read_bytes()


def test_a_cache_that_cannot_be_written_is_named(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(pool_module, "run_tasks", None)  # no work before
    for place in (tmp_path / "file", Path("/proc/none")):
        with pytest.raises(StorageError, match=r"cannot write .*kept there\): set XDG_CACHE_HOME"):
            ensure_pool(POOL_SIZE, directory=place)


def test_a_user_without_a_home_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(StorageError, match=r"no home folder.*set XDG_CACHE_HOME"):
        cache_directory()


def test_collisions_of_the_pool(pool: Pool) -> None:
    records, owner = pool.take(np.arange(POOL_SIZE))
    assert 50 < len(records) / POOL_SIZE < 400
    assert_array_equal(np.bincount(owner, minlength=POOL_SIZE), np.diff(pool._start))
    pt = np.hypot(records["px"], records["py"])
    assert 0.3 < pt.mean() < 0.7
    assert np.abs(records["charge"]).mean() > 0.4
    twice, owner = pool.take(np.array([3, 3]))
    assert_array_equal(twice[owner == 0], twice[owner == 1])


def test_leaving_out_what_cannot_reach_changes_no_candidate(
    cache: Path, pool: Pool, make_particles: MakeParticles
) -> None:
    detector = Detector(CARD)
    near = Pool(pool_path(POOL_SIZE, cache), POOL_SIZE, CARD, detector.eta_max)
    found = []
    for each in (pool, near):
        random = EventRandom.of_events(3, range(20))
        particles, z, _ = mix(make_particles(20, 22, 50.0), each, 30.0, CARD.vertex, random)
        found.append((len(particles), detector(particles, z, random)))
    (all_particles, complete), (fewer, reached) = found
    assert fewer < 0.8 * all_particles
    assert_array_equal(reached.momenta, complete.momenta)
    assert_array_equal(reached.pid, complete.pid)


def test_mixing_numbers_vertices_and_flags(pool: Pool, make_particles: MakeParticles) -> None:
    hard = make_particles(N, 211, 10.0, charge=1.0)
    particles, z, n_vertices = mix(hard, pool, 20.0, CARD.vertex, EventRandom.of_events(1, range(N)))
    assert_allclose(n_vertices.mean() - 1, 20, atol=4 * np.sqrt(20 / N))
    assert_allclose((n_vertices - 1).var(), 20, rtol=0.3)
    assert_allclose(z.std(), 0.053, rtol=0.15)
    assert (np.diff(particles.event) >= 0).all()
    ours = ~particles.pileup
    assert_array_equal(particles.event[ours], np.arange(N))
    assert_allclose(particles.z[ours], z)
    # As many collisions as vertices, each with a z of its own.
    prompt = particles.pileup & (np.hypot(particles.x, particles.y) == 0)
    for event in range(10):
        mine = prompt & (particles.event == event)
        assert len(np.unique(particles.z[mine].round(9))) <= n_vertices[event] - 1
        assert len(np.unique(particles.z[mine].round(9))) > 0.7 * (n_vertices[event] - 1)


def test_pileup_is_turned_but_keeps_its_pt(pool: Pool, make_particles: MakeParticles) -> None:
    nothing = make_particles(0, 22, 1.0)
    particles, _, _ = mix(nothing, pool, 50.0, CARD.vertex, EventRandom.of_events(1, range(5)))
    known = np.hypot(*(pool.take(np.arange(POOL_SIZE))[0][name].astype(float) for name in ("px", "py")))
    assert np.isin(particles.pt.round(6), known.round(6)).mean() > 0.9
    angle = np.arctan2(particles.py, particles.px)
    assert_allclose(np.histogram(angle, 4, (-np.pi, np.pi))[0] / len(angle), 0.25, atol=0.03)


def test_without_pileup_there_is_one_vertex(make_particles: MakeParticles) -> None:
    hard = make_particles(4, 22, 10.0)
    particles, z, n_vertices = mix(hard, None, 0.0, CARD.vertex, EventRandom.of_events(1, range(4)))
    assert_array_equal(n_vertices, 1)
    assert_array_equal(particles.z, z)
    assert len(np.unique(z)) == 4


def test_vertices_stay_within_their_limit(make_particles: MakeParticles) -> None:
    wide = CARD.vertex.model_copy(update={"sigma_z": 1.0})
    _, z, _ = mix(make_particles(500, 22, 1.0), None, 0.0, wide, EventRandom.of_events(1, range(500)))
    assert 0.24 < np.abs(z).max() <= 0.25
    point = CARD.vertex.model_copy(update={"sigma_z": 0.0})
    _, z, _ = mix(make_particles(5, 22, 1.0), None, 0.0, point, EventRandom.of_events(1, range(5)))
    assert_array_equal(z, 0)


def test_an_event_is_mixed_the_same_in_any_batch(pool: Pool, make_particles: MakeParticles) -> None:
    hard = make_particles(3, 22, 10.0)
    together, z, _ = mix(hard, pool, 10.0, CARD.vertex, EventRandom.of_events(1, [7, 8, 9]))
    last = replace(hard[hard.event == 2], event=np.zeros(1, int))
    alone, z_alone, _ = mix(last, pool, 10.0, CARD.vertex, EventRandom.of_events(1, [9]))
    assert z_alone == z[2]
    assert_array_equal(alone.px, together.px[together.event == 2])


def test_the_pool_does_not_depend_on_the_run(cache: Path, tmp_path: Path) -> None:
    """Made again it is the same file."""
    copy = tmp_path / "copy.npy"
    shutil.copy(pool_path(POOL_SIZE, cache), copy)
    made = ensure_pool(POOL_SIZE, directory=tmp_path)
    assert made.read_bytes() == copy.read_bytes()
