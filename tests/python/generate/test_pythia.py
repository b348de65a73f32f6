"""PYTHIA: presets, the user's settings, reseeding, and clear errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pyjetsim.errors import GenerationError, InputError, RecipeError
from pyjetsim.generate.pythia import (
    PRESETS,
    Collisions,
    check_settings,
    process_settings,
    pythia_version,
    seed_for,
)


@pytest.fixture
def fast_settings(fast_cmnd: Path) -> tuple[str, ...]:
    return process_settings(str(fast_cmnd))


def test_version_is_a_release_of_pythia_8() -> None:
    assert pythia_version().startswith("8.3")


@pytest.mark.parametrize("name", PRESETS)
def test_pythia_accepts_the_presets(name: str) -> None:
    check_settings(process_settings(name))


def test_pthat_min_replaces_the_presets(fast_cmnd: Path) -> None:
    assert process_settings("ww", 180.0)[-1] == "PhaseSpace:pTHatMin = 180.0"
    assert process_settings(str(fast_cmnd), 300.0)[-1] == "PhaseSpace:pTHatMin = 300.0"
    assert process_settings("ww") == PRESETS["ww"]


def test_collisions_are_ww_to_quarks(fast_settings: tuple[str, ...]) -> None:
    hard = Collisions(fast_settings, 1).events(30)
    assert_array_equal(np.unique(hard.event), np.arange(30))
    assert (np.diff(hard.event) >= 0).all()
    # 13 TeV, of which the neutrinos of decays are missing.
    total = np.bincount(hard.event, hard.energy)
    assert (total <= 13_000.1).all()
    assert np.median(total) > 12_900
    assert not np.isin(np.abs(hard.pid), (12, 14, 16)).any()
    assert_array_equal(hard.charge[hard.pid == -211], -1)
    assert_array_equal(hard.charge[hard.pid == 22], 0)
    assert_allclose(hard.mass[np.abs(hard.pid) == 211], 0.13957, atol=1e-4)
    # Positions in metres: most from the vertex, some from decays further out.
    distance = np.hypot(hard.x, hard.y)
    assert np.median(distance) < 1e-6
    assert (distance > 1e-3).mean() > 0.01


def test_a_shard_depends_on_its_seed_and_not_on_what_came_before(fast_settings: tuple[str, ...]) -> None:
    used, fresh = Collisions(fast_settings, 5), Collisions(fast_settings, 5)
    used.events(7)
    for each in (used, fresh):
        each.reseed(seed_for(5, 0, 3))
    again, first = used.events(10), fresh.events(10)
    assert_array_equal(again.px, first.px)
    # In pieces it is the same, too.
    used.reseed(seed_for(5, 0, 3))
    pieces = [used.events(4), used.events(6)]
    assert_array_equal(np.concatenate([piece.px for piece in pieces]), first.px)
    fresh.reseed(seed_for(5, 0, 4))
    assert not np.array_equal(fresh.events(10).px[:100], first.px[:100])


def test_seeds_are_in_pythias_range_and_differ() -> None:
    seeds = {seed_for(seed, 0, shard) for seed in range(20) for shard in range(200)}
    assert len(seeds) > 3990
    assert min(seeds) >= 1
    assert max(seeds) <= 900_000_000


@pytest.mark.parametrize("name", ["wz", "", "WW"])
def test_an_unknown_preset_is_named_with_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match=f"there is no process '{name}'") as caught:
        process_settings(name)
    assert "ww, qcd, ttbar" in str(caught.value)


def test_a_settings_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.cmnd cannot be read"):
        process_settings(str(tmp_path / "none.cmnd"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("HardQCD:al = on", "not found"),
        ("PhaseSpace:pTHatMin = many", "not meaningful"),
    ],
)
def test_a_line_that_pythia_rejects_is_shown_and_pythia_stays_quiet(
    line: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RecipeError, match=said) as caught:
        check_settings(["Beams:eCM = 13000.", line])
    assert line in str(caught.value)
    assert "line 2" in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_events_from_a_file_are_refused() -> None:
    with pytest.raises(RecipeError, match="Beams:frameType"):
        check_settings(["Beams:frameType = 4", "Beams:LHEF = events.lhe"])


@pytest.mark.parametrize(
    "settings", [[], ["WeakDoubleBoson:ffbar2WW = on", "Beams:eCM = 13000.", "PhaseSpace:pTHatMin = 7000."]]
)
def test_settings_without_any_process_are_told(
    settings: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(GenerationError, match=r"PYTHIA cannot start: PYTHIA (Error|Abort)"):
        Collisions(settings, 1)
    assert capfd.readouterr() == ("", "")


def test_a_pythia_that_fails_all_the_time_is_stopped(fast_settings: tuple[str, ...]) -> None:
    impossible = (*fast_settings, "Check:epTolErr = 1e-30")
    with pytest.raises(GenerationError, match="PYTHIA failed 5 times in a row"):
        Collisions(impossible, 1).events(5)


def test_shards_of_a_long_run_have_seeds_of_their_own():
    seeds = {seed_for(7, 0, shard) for shard in range(100_000)}
    assert len(seeds) == 100_000
    assert all(1 <= seed < 900_000_000 for seed in seeds)
    assert seed_for(7, 0, 5) != seed_for(8, 0, 5)
