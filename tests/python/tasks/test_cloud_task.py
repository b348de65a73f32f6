"""The task ``cloud`` from training to report, and what can be wrong on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cloud_files import synthetic_clouds, write_clouds

import pyjetsim
from pyjetsim.cli import main
from pyjetsim.errors import InputError
from pyjetsim.io.clouds import read_clouds

RECIPE = """
[model]
name = "cloud_flow"
variant = "{variant}"
layers = 2
width = 24
blocks = 0
bins = 4

[loss]
mass_weight = {weight}

[optimiser]
learning_rate = 5e-3
batch_size = 128
clip_norm = 10.0

[training]
epochs = 3

[select]
every = 1
"""


def recipe(folder: Path, variant: str, weight: float = 1e3) -> Path:
    path = folder / f"{variant}.toml"
    path.write_text(RECIPE.format(variant=variant, weight=weight))
    return path


@pytest.fixture(scope="module", params=["vanilla", "constrained"])
def chain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data, run, bundle and simulation."""
    folder = tmp_path_factory.mktemp(request.param)
    data = write_clouds(folder / "clouds.h5", synthetic_clouds(1200, 1))
    toml, run, bundle = recipe(folder, request.param), folder / "run", folder / "bundle"
    words = ["train", toml, "--data", data, "--output", run, "--threads", 1, "--quiet"]
    assert main(list(map(str, words))) == 0
    assert main(["export", str(run), "--output", str(bundle)]) == 0
    words = ["simulate", data, "--bundle", bundle, "--output", folder / "out.h5", "--seed", 1, "--quiet"]
    assert main(list(map(str, words))) == 0
    return folder


def test_the_chain(chain: Path) -> None:
    entries = [json.loads(line) for line in (chain / "run" / "log.jsonl").read_text().splitlines()]
    assert entries[-1]["validation"]["particles"] < entries[0]["validation"]["particles"]
    assert all(np.isfinite(entry["w1"]["sum"]) for entry in entries)
    manifest = json.loads((chain / "bundle" / "manifest.json").read_text())
    assert (manifest["task"], manifest["model"]) == ("cloud", "cloud_flow")
    assert manifest["domain"]["jet_class"] == [0, 2]
    (given,), (found,) = read_clouds(chain / "clouds.h5"), read_clouds(chain / "out.h5")
    np.testing.assert_array_equal(found.gen["jet_class"], given.gen["jet_class"])
    np.testing.assert_array_equal(found.event, given.event)
    pt = found.reco["particles"][:, :, 2]
    assert (np.diff(pt, axis=1) <= 0).all()
    np.testing.assert_array_equal(found.reco["n"], (pt > 0).sum(1))


def test_a_cloud_does_not_depend_on_the_file_around_it(chain: Path) -> None:
    words = ["simulate", chain / "clouds.h5", "--bundle", chain / "bundle", "--output", chain / "t.h5"]
    assert main([*map(str, words), "--seed", "1", "--split", "test", "--quiet"]) == 0
    (whole,), (part,) = read_clouds(chain / "out.h5", "test"), read_clouds(chain / "t.h5")
    np.testing.assert_allclose(part.reco["particles"], whole.reco["particles"], rtol=1e-4, atol=1e-6)


def test_clouds_are_drawn_by_class_and_as_asked_for(chain: Path) -> None:
    sim = pyjetsim.load(chain / "bundle")
    tops = sim.draw("top", 50, seed=3)
    assert tops["particles"].shape == (50, 30, 3)
    np.testing.assert_array_equal(sim.draw("top", 50, seed=3)["particles"], tops["particles"])
    assert (sim.draw("top", 50, seed=4)["particles"] != tops["particles"]).any()
    if "constrained" in str(chain):
        asked = sim.draw("light_quark", 50, n=np.full(50, 12), mass=np.full(50, 0.1))
        assert (asked["n"] == 12).all()
        with pytest.raises(InputError, match="n of cloud 0 is 31"):
            sim.draw("top", 1, n=[31])
        with pytest.raises(InputError, match="mass of cloud 0 is nan"):
            sim.draw("top", 1, mass=[np.nan])
        # Beyond the training's range: answered and counted.
        clouds, outside = sim.drawn(
            {"jet_class": np.array([4]), "mass": np.array([3.0])}, pyjetsim.jets.event_ids.jet_ids(1), 0
        )
        assert (outside, clouds["particles"].shape) == (1, (1, 30, 3))
    else:
        with pytest.raises(InputError, match="n is given, which is no condition of this bundle"):
            sim.draw("top", 1, n=[20])
    with pytest.raises(InputError, match="the class of a jet is 'charm'"):
        sim.draw("charm", 5)
    with pytest.raises(InputError, match="the class of a jet is 9"):
        sim.draw([9])


def told(words: list[object], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(list(map(str, words))) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    return message


def test_a_weight_that_makes_the_loss_infinite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_clouds(tmp_path / "clouds.h5", synthetic_clouds(200, 1))
    words = ["train", recipe(tmp_path, "constrained", 1e300), "--data", data, "--output", tmp_path / "run"]
    message = told([*words, "--quiet"], capsys)
    assert "the loss is not finite in batch 0 of epoch 1" in message
    assert not (tmp_path / "run").exists()


def test_data_that_are_no_clouds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clouds = synthetic_clouds(200, 1)
    unknown = replace(clouds, gen={"jet_class": clouds.gen["jet_class"] + 3})
    path = write_clouds(tmp_path / "clouds.h5", unknown)
    words = ["train", recipe(tmp_path, "vanilla"), "--data", path, "--output", tmp_path / "run", "--quiet"]
    assert "jet_class is 5" in told(words, capsys)
    (tmp_path / "bad.toml").write_text('[model]\nname = "cloud_flow"\nvariant = "plain"\n')
    words[1] = tmp_path / "bad.toml"
    assert "variant" in told(words, capsys)
