"""Generated clouds: JetNet's definitions, and the same file from the same seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pyjetsim.cli import main
from pyjetsim.errors import InputError
from pyjetsim.generate import clouds as stage
from pyjetsim.generate.clouds import PT_MAX, PT_MIN, generate_clouds
from pyjetsim.io.clouds import read_clouds, relative_mass


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "SHARD_EVENTS", 10)
        output = tmp_path_factory.mktemp("clouds") / "clouds.h5"
        return generate_clouds(40, output, classes=("top", "light_quark"), processes=1, quiet=True)


def test_jets_are_as_jetnet_defines_them(path: Path) -> None:
    (clouds,) = read_clouds(path)
    gen, particles = clouds.gen, clouds.reco["particles"]
    assert 60 < len(clouds) <= 80  # two a collision, less those outside the window
    assert ((gen["pt"] > PT_MIN) & (gen["pt"] < PT_MAX)).all()
    assert np.unique(clouds.event, return_counts=True)[1].max() == 2
    # Shards of ten events, of the classes in turn.
    of = np.where(clouds.event // 10 % 2 == 0, 2, 1)
    np.testing.assert_array_equal(gen["jet_class"], of)
    assert np.median(gen["mass"][of == 2]) == pytest.approx(180, abs=25)
    assert np.median(gen["mass"][of == 1]) < 130
    pt = particles[:, :, 2]
    assert (np.diff(pt, axis=1) <= 0).all()
    assert (pt.sum(1) < 1.05).all()
    assert 0.7 < np.median(pt.sum(1)) < 0.99  # the softest are not among the 30
    np.testing.assert_allclose(clouds.reco["mass"], relative_mass(particles), rtol=1e-5)
    assert (clouds.reco["mass"] * gen["pt"] < gen["mass"] + 1).all()


def test_a_seed_gives_the_same_file_and_another_seed_another(path: Path, tmp_path: Path) -> None:
    (expected,) = read_clouds(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "SHARD_EVENTS", 10)
        again, other = (
            generate_clouds(
                20, tmp_path / f"{seed}.h5", classes=("top", "light_quark"), seed=seed, processes=1
            )
            for seed in (1, 2)
        )
    (same,), (different,) = read_clouds(again), read_clouds(other)
    np.testing.assert_array_equal(same.reco["particles"], expected.reco["particles"][: len(same)])
    assert same.gen["pt"][0] != different.gen["pt"][0]


def test_what_cannot_be_generated_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=r"no class of clouds 'charm' .* gluon, light_quark, top"):
        generate_clouds(10, tmp_path / "x.h5", classes=["charm"])
    for words, message in (
        (["clouds", "--pileup", "20"], "--pileup is 20.0, of clouds"),
        (["ww", "--classes", "top"], "--classes is top, of the process ww"),
    ):
        assert (
            main(["generate", "--process", *words, "--events", "5", "--output", str(tmp_path / "x.h5")]) == 2
        )
        told = capsys.readouterr().err
        assert message in told
        assert told.count("\n") == 1
    assert not (tmp_path / "x.h5").exists()
