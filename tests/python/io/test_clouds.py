"""Clouds of particles in tables of objects."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cloud_files import synthetic_clouds, write_clouds

from pyjetsim.errors import DataError
from pyjetsim.io.clouds import clouds_of, read_clouds, relative_mass
from pyjetsim.io.objects import Objects, ObjectsWriter, paired
from pyjetsim.jets import Jets
from pyjetsim.jets.clustering import cluster


def one_jet(seed: int = 1) -> Jets:
    """A jet of 40 massless particles around eta 1 and phi π, which some of them are beyond."""
    rng = np.random.default_rng(seed)
    eta, phi, pt = 1 + 0.1 * rng.normal(size=40), np.pi + 0.1 * rng.normal(size=40), rng.exponential(20, 40)
    momenta = np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=1)
    jets, _ = cluster(momenta, np.array([0, 40]), pt_min=100, radius=0.8)
    assert len(jets) == 1
    return jets


def test_mass_of_two_particles_by_hand() -> None:
    cloud = np.array([[[0.3, 0.1, 0.5], [-0.2, 0.4, 0.2], [0, 0, 0]]])
    expected = np.sqrt(2 * 0.5 * 0.2 * (np.cosh(0.5) - np.cos(0.3)))
    assert relative_mass(cloud) == pytest.approx([expected], rel=1e-12)


def test_pt_is_over_that_of_the_whole_jet() -> None:
    jets = one_jet()
    clouds = clouds_of(jets, np.array([2]), np.array([7]))
    particles = clouds.reco["particles"][0]
    assert particles.shape == (30, 3)
    assert clouds.reco["n"].tolist() == [30]
    # Ten of 40 particles are not among the hardest 30: what is left has less than the jet's pt.
    hardest = np.sort(np.hypot(*jets.constituents[0, :40, :2].T))[::-1][:30]
    np.testing.assert_allclose(particles[:, 2] * jets.pt[0], hardest, rtol=1e-5)
    assert 0.85 < particles[:, 2].sum() < 0.99
    assert np.abs(particles[:, :2]).max() < 0.8  # also across ±π
    whole = clouds_of(Jets(jets.constituents[:, :30], *jets_rest(jets, 30)), np.array([2]), np.array([7]))
    np.testing.assert_array_equal(whole.reco["particles"], clouds.reco["particles"])


def jets_rest(jets: Jets, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return jets.pid[:, :size], jets.n_constituents, jets.jet


def test_a_file_has_them_by_split(tmp_path: Path) -> None:
    clouds = synthetic_clouds(300, 1)
    path = write_clouds(tmp_path / "clouds.h5", clouds)
    found = {split: sum(map(len, read_clouds(path, split))) for split in ("train", "validation", "test")}
    assert sum(found.values()) == 300
    assert min(found.values()) > 20
    (whole,) = read_clouds(path)
    for name, values in clouds.reco.items():
        np.testing.assert_array_equal(whole.reco[name], values)


def spoiled(**columns: np.ndarray) -> Objects:
    clouds = synthetic_clouds(4, 1)
    return replace(
        clouds,
        gen={name: columns.get(name, values) for name, values in clouds.gen.items()},
        reco={name: columns.get(name, values) for name, values in clouds.reco.items()},
    )


WRONG = {
    "a class": (spoiled(jet_class=np.array([0, 1, 7, 2])), "jet_class is 7 .* use 0 to 4: gluon"),
    "not a number": (spoiled(mass=np.array([0.1, np.nan, 0.1, 0.1], np.float32)), "not finite"),
    "a shape": (spoiled(particles=np.zeros((4, 20, 3), np.float32)), r"the shape \(20, 3\)"),
    "a column": (replace(spoiled(), reco={"n": np.zeros(4, np.int32)}), "has no column reco/particles"),
}


@pytest.mark.parametrize(("clouds", "message"), WRONG.values(), ids=WRONG)
def test_what_is_no_cloud_is_told(tmp_path: Path, clouds: Objects, message: str) -> None:
    path = write_clouds(tmp_path / "clouds.h5", clouds)
    with pytest.raises(DataError, match=message) as caught:
        list(read_clouds(path))
    assert "\n" not in str(caught.value)


def test_another_task_is_told(tmp_path: Path) -> None:
    clouds = synthetic_clouds(4, 1)
    with ObjectsWriter(tmp_path / "o.h5", "variables", {}) as writer:
        writer.append(paired("jets", clouds))
    with pytest.raises(DataError, match="holds objects of the task variables"):
        list(read_clouds(tmp_path / "o.h5"))
