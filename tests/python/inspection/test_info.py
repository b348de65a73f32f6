"""What `pyjetsim info` tells of every kind of file, and of what is none."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import delphes_trees
import h5py
import nanoaod_files
import numpy as np
import pytest
import torch
from synthetic import MakePairs

from pyjetsim.bundle.shipped import OF_JETS, SHIPPED
from pyjetsim.cli import main
from pyjetsim.errors import DataError, RecipeError
from pyjetsim.inspection.info import info
from pyjetsim.io import write_pairs
from pyjetsim.simulate import simulate

EVENT = """HepMC::Version 3.02.06
HepMC::Asciiv3-START_EVENT_LISTING
E {n} 1 4
U GEV MM
W 1
P 1 0 2212 0 0 6500 6500 0.938 4
V -1 0 [1]
P 2 -1 211 200 1 2 200.1 0.1395 1
P 3 -1 -211 -200 3 4 200.1 0.1395 1
P 4 -1 22 50 90 5 103.1 0 1
HepMC::Asciiv3-END_EVENT_LISTING
"""


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["info", *words]) == 0
    return capsys.readouterr().out


def test_pairs(make_pairs: MakePairs, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = make_pairs(20, 1)
    weights = {"weight": np.ones((20, 2)), "run": np.arange(20)}
    path = tmp_path / "x.h5"
    made = {"detector": "an experiment's", "pileup": {"mean": 34.5}, "jets": {"radius": 0.8}}
    write_pairs(path, replace(pairs, columns=weights, weight_names=("nominal", "up")), made)
    found = info(path)
    assert (found["is"], found["pairs"], found["events"]) == ("jets.h5", 20, 10)
    assert (found["detector"], found["mean_pileup"], found["radius"]) == ("an experiment's", 34.5, 0.8)
    assert found["ranges"]["gen"]["pt"]["highest"] == pytest.approx(pairs.gen.pt.max())
    assert found["ranges"]["reco"]["mass"]["median"] == pytest.approx(np.median(pairs.reco.mass))
    assert found["ranges"]["reco"]["n_constituents"]["lowest"] == pairs.reco.n_constituents.min()
    assert found["columns"]["weight"]["weight_names"] == ["nominal", "up"]
    assert found["provenance"] == made
    assert json.loads(told(capsys, str(path), "--json")) == found
    text = told(capsys, str(path))
    for part in (
        "pairs: 20",
        "detector: an experiment's",
        "names nominal, up",
        "pt: 10",
        "weight: float64 (20, 2)",
    ):
        assert part in text


def test_no_pairs(make_pairs: MakePairs, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pairs(tmp_path / "x.h5", make_pairs(20, 1)[:0], {})
    assert "pairs: 0" in told(capsys, str(tmp_path / "x.h5"))


@pytest.mark.parametrize("ending", ["root", "parquet"])
def test_pairs_of_other_files(
    ending: str, make_pairs: MakePairs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = replace(make_pairs(20, 1), columns={"weight": np.ones((20, 1))}, weight_names=("nominal",))
    write_pairs(tmp_path / "x.h5", pairs, {})
    simulate(tmp_path / "x.h5", "paper", tmp_path / f"x.{ending}", 1, quiet=True)
    found = info(tmp_path / f"x.{ending}")
    assert (found["pairs"], found["events"], found["what"]) == (20, 10, "simulated jets")
    assert found["columns"]["weight"] == {"shape": [20, 1], "dtype": "float64", "weight_names": ["nominal"]}
    assert found["ranges"]["gen"]["pt"]["highest"] == pytest.approx(pairs.gen.pt.max(), rel=1e-5)
    assert "pairs: 20" in told(capsys, str(tmp_path / f"x.{ending}"))


@pytest.mark.parametrize("name", OF_JETS)
def test_bundles_by_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = info(name)
    assert (found["is"], found["task"], found["model"]) == ("bundle", "constituents", info(name)["model"])
    assert found["whole"]
    assert {each["name"] for each in found["inputs"]} >= {"constituents", "noise"}
    assert found["domain"]["pt"][1] > 500
    text = told(capsys, name)
    assert "model.onnx: ok" in text
    assert "task: constituents" in text


def test_an_altered_bundle(tmp_path: Path) -> None:
    shutil.copytree(info("paper")["file"], tmp_path / "paper")
    with (tmp_path / "paper" / "golden.json").open("a") as file:
        file.write(" ")
    (tmp_path / "paper" / "model.pt").unlink()
    found = info(tmp_path / "paper")
    assert {name: of["state"] for name, of in found["files"].items()} == {
        "model.onnx": "ok", "golden.json": "altered", "model.pt": "missing",
    }  # fmt: skip
    assert not found["whole"]


def test_delphes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = info(delphes_trees.write(tmp_path / "x.root", delphes_trees.events()))
    assert (found["is"], found["read_as"]) == ("ROOT", "Delphes")
    assert found["content"]["Delphes"]["entries"] == 3
    assert any(branch.startswith("Particle (") for branch in found["content"]["Delphes"]["branches"])


def test_a_root_file_is_told_by_which_verbs_it_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = info(delphes_trees.write(tmp_path / "d.root", delphes_trees.events()))
    assert whole["read_by"] == ["simulate", "convert"]
    assert "not_read" not in whole
    gen = {name: leaves for name, leaves in delphes_trees.events().items() if name in ("Event", "Particle")}
    alone = info(delphes_trees.write(tmp_path / "gen.root", gen))
    assert (alone["read_as"], alone["read_by"]) == ("Delphes", ["simulate"])
    assert "has no energy-flow candidates" in alone["not_read"]["convert"]
    events = nanoaod_files.events()
    nano = info(nanoaod_files.write_tree(tmp_path / "pfnano.root", events))
    assert nano["read_by"] == ["simulate", "convert", "convert --jets tree"]
    plain = {name: rows for name, rows in events.items() if "Cand" not in name}
    nano = info(nanoaod_files.write_tree(tmp_path / "nano.root", plain))
    assert nano["read_as"] is None
    assert "is plain NanoAOD, without candidates" in nano["not_read"]["as NanoAOD"]
    text = told(capsys, str(tmp_path / "nano.root"))
    assert "read as: nothing" in text
    assert "read by" not in text
    odd = info(delphes_trees.write(tmp_path / "odd.root", gen, tree="mine"))
    assert odd["read_as"] is None
    assert "Delphes trees (Delphes)" in odd["not_read"]


@pytest.mark.parametrize("name", ["cms", "atlas", "graph_vae", "masked_vae", "quickstart"])
def test_cards_and_recipes_by_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = info(name)
    assert found["is"] == ("detector card" if name in ("cms", "atlas") else "recipe")
    assert Path(found["file"]).name == f"{name}.toml"
    with pytest.raises(
        DataError, match=r"nobody is not there .*cells, paper, cells-1, flashsim.*, atlas, cms, .* come with"
    ):
        info("nobody")


def test_a_card_with_a_mistake_is_told_as_a_card(tmp_path: Path) -> None:
    card = Path(info("cms")["file"]).read_text()
    (tmp_path / "x.toml").write_text(card.replace("[magnet]", "[magnets]"))
    with pytest.raises(RecipeError, match="magnet"):
        info(tmp_path / "x.toml")
    (tmp_path / "x.toml").write_text(card.replace("[magnet]", "[magnet"))
    with pytest.raises(RecipeError, match="is no TOML"):
        info(tmp_path / "x.toml")


@pytest.mark.parametrize("kind", ["x.h5", "x.npy", "x.root", "cells", "cms"])
def test_max_events_of_what_is_not_read_by_events_is_refused(
    kind: str, make_pairs: MakePairs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pairs(tmp_path / "x.h5", make_pairs(4, 1), {})
    np.save(tmp_path / "x.npy", np.zeros((4, 3, 3)))
    delphes_trees.write(tmp_path / "x.root", delphes_trees.events())
    path = tmp_path / kind if "." in kind else kind
    assert main(["info", str(path), "--max-events", "2"]) == 2
    assert "leave out --max-events" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(set(SHIPPED) - set(OF_JETS)))
def test_bundles_of_objects_by_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = info(name)
    assert (found["is"], found["task"], found["model"]) == ("bundle", "variables", "variables_flow")
    assert found["whole"]
    assert {each["name"] for each in found["inputs"]} == {"conditions", "noise"}
    assert "model.onnx: ok" in told(capsys, name)


def test_simulated_jets_keep_radius_and_pileup(make_pairs: MakePairs, tmp_path: Path) -> None:
    write_pairs(tmp_path / "x.h5", make_pairs(6, 1), {"pileup": {"mean": 7}, "jets": {"radius": 0.5}})
    for bundle in OF_JETS:
        simulate(tmp_path / "x.h5", bundle, tmp_path / "y.h5", 1, quiet=True)
        found = info(tmp_path / "y.h5")
        # The pileup is that of the training: the reco jets are the model's.
        assert (found["radius"], found["mean_pileup"]) == (0.5, 50)


def test_event_numbers_are_a_range(
    make_pairs: MakePairs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pairs(tmp_path / "x.h5", make_pairs(20, 1, first_event=3), {})
    assert "event numbers: 3 to 12\n" in told(capsys, str(tmp_path / "x.h5"))
    write_pairs(tmp_path / "x.h5", make_pairs(2, 1, first_event=3), {})
    assert "event numbers: 3\n" in told(capsys, str(tmp_path / "x.h5"))


def test_hepmc(tmp_path: Path) -> None:
    start, event, end = (
        EVENT.partition("E {n}")[0],
        EVENT[EVENT.index("E {n}") : EVENT.index("HepMC::Asciiv3-END")],
        "",
    )
    text = start + "".join(event.format(n=n) for n in (5, 6, 9)) + "HepMC::Asciiv3-END_EVENT_LISTING\n" + end
    (tmp_path / "x").write_text(text)
    found = info(tmp_path / "x")
    assert (found["is"], found["events"], found["whole"]) == ("HepMC3", 3, True)
    assert found["event_numbers"] == [5, 9]
    assert found["visible_particles"]["median"] == 3
    part = info(tmp_path / "x", max_events=2)
    assert (part["events"], part["whole"]) == (2, False)


def test_arrays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "x.npy", np.zeros((4, 3, 128), np.float32))
    assert info(tmp_path / "x.npy")["arrays"] == {"array": {"shape": [4, 3, 128], "dtype": "float32"}}
    torch.save({"gen": torch.zeros(2, 5, 3)}, tmp_path / "x.pt")
    assert info(tmp_path / "x.pt")["arrays"]["gen"]["shape"] == [2, 5, 3]
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["a/b"] = np.zeros((3, 2))
        file["a/b"].attrs["unit"] = "MeV"
    assert "a/b: float64 (3, 2), MeV" in told(capsys, str(tmp_path / "x.h5"))


def test_cards_and_recipes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, kind in (
        (["generate", "--print-detector", "atlas"], "detector card"),
        (["train", "--print-recipe", "paper"], "recipe"),
    ):
        with pytest.raises(SystemExit):
            main(words)
        (tmp_path / "x.toml").write_text(capsys.readouterr().out)
        assert info(tmp_path / "x.toml")["is"] == kind


def test_a_training(tmp_path: Path) -> None:
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    (run / "checkpoints" / "last.pt").touch()
    recipe = {"model": {"name": "vae"}, "training": {"epochs": 5}}
    (run / "run.json").write_text(json.dumps({"pyjetsim": "0.1", "recipe": recipe}))
    (run / "log.jsonl").write_text('{"epoch": 1, "loss": 2.0}\n{"epoch": 2, "loss": 1.0}\n')
    (run / "selection.json").write_text('{"epoch": 2}')
    found = info(run)
    assert (found["is"], found["model"], found["epochs_finished"], found["selected_epoch"]) == (
        "training",
        "vae",
        2,
        2,
    )


@pytest.mark.parametrize("kind", ["missing", "folder", "text", "nothing", "damaged"])
def test_what_is_none_of_these_is_one_line(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x"
    if kind == "folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("once upon a time")
    elif kind == "nothing":
        path.touch()
    elif kind == "damaged":
        with h5py.File(path, "w") as file:
            file.attrs["format"] = "pyjetsim.jets"
    with pytest.raises(DataError):
        info(path)
    assert main(["info", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
