"""`pyjetsim convert`: from files to pairs, and what stops it."""

from __future__ import annotations

from pathlib import Path

import delphes_trees
import edm4hep_files
import nanoaod_files
import numpy as np
import pytest
from synthetic import MakePairs

from pyjetsim.cli import main
from pyjetsim.convert import convert
from pyjetsim.detector import conditions_of
from pyjetsim.errors import DataError, DataWarning, InputError
from pyjetsim.io import PairsFile, write_pairs

_HEPMC = (
    b"HepMC::Version 3.02.06\nHepMC::Asciiv3-START_EVENT_LISTING\nE 0 0 1\n"
    b"U GEV MM\nP 1 0 211 200 0 0 200 0 1\n"
    b"HepMC::Asciiv3-END_EVENT_LISTING\n"
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return delphes_trees.write(tmp_path / "tree.root", delphes_trees.events())


def pairs_of(path: Path):
    with PairsFile(path) as file:
        return file.read(), file.provenance


def test_a_tree_becomes_pairs(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["convert", str(tree), "--output", str(tmp_path / "x.h5"), "--detector", "atlas"]) == 0
    told = capsys.readouterr()
    assert "6 pairs" in told.out
    assert "neutrinos" in told.out
    assert "convert: 3 of 3 events" in told.err
    pairs, provenance = pairs_of(tmp_path / "x.h5")
    assert pairs.event.tolist() == [0, 0, 1, 1, 2, 2]
    assert pairs.n_vertices.tolist() == [2, 2, 3, 3, 4, 4]
    assert (pairs.delta_r < 0.01).all()
    assert provenance["counts"] == {"events": 3, "gen_jets": 6, "unmatched": 0, "pairs": 6}
    conditions = conditions_of(provenance, "x.h5")
    assert conditions.card is not None
    assert conditions.radius == 0.5
    assert provenance["reco"]["candidate_pt_min"] == conditions.candidate_pt_min


def test_quiet(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["convert", str(tree), "--output", str(tmp_path / "x.h5"), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert "detector" not in pairs_of(tmp_path / "x.h5")[1]


def test_cuts(tree: Path, tmp_path: Path):
    all_of_it = convert([tree], tmp_path / "x.h5", quiet=True)
    pt = np.sort(pairs_of(tmp_path / "x.h5")[0].gen.pt)
    middle = float(pt[2:4].mean())
    assert convert([tree], tmp_path / "y.h5", gen_pt_min=middle, quiet=True).pairs == all_of_it.pairs - 3
    unmatched = convert([tree], tmp_path / "y.h5", reco_pt_min=middle, quiet=True)
    assert unmatched.pairs == 3
    assert unmatched.counts["gen jets", f"no reco jet with pt > {middle:g} GeV within ΔR 0.4"] == 3
    assert convert([tree], tmp_path / "y.h5", max_events=2, quiet=True).events == 2
    # A small R takes the jets apart.
    assert convert([tree], tmp_path / "y.h5", radius=0.05, gen_pt_min=20, quiet=True).pairs > 6


def test_no_pairs_is_a_warning(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = ["convert", str(tree), "--output", str(tmp_path / "x.h5"), "--gen-pt-min", "5000", "--quiet"]
    assert main(words) == 0
    assert "x.h5 has no pairs" in capsys.readouterr().err
    assert len(pairs_of(tmp_path / "x.h5")[0]) == 0


def test_files_that_share_numbers_are_told_apart(tree: Path, tmp_path: Path):
    other = delphes_trees.write(tmp_path / "other.root", delphes_trees.events(2, seed=2))
    with pytest.warns(DataWarning, match="other.root: events have numbers of an earlier file"):
        convert([tree, other], tmp_path / "x.h5", quiet=True)
    pairs, provenance = pairs_of(tmp_path / "x.h5")
    assert pairs.event.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert provenance["converted"]["files"] == [
        {"file": "tree.root", "events": 3, "added_to_numbers": 0},
        {"file": "other.root", "events": 2, "added_to_numbers": 3},
    ]


def test_files_with_numbers_of_their_own_keep_them(tree: Path, tmp_path: Path):
    events = delphes_trees.events(2)
    events["Event"]["Number"] = [[70.0], [10.0]]
    other = delphes_trees.write(tmp_path / "other.root", events)
    convert([tree, other], tmp_path / "x.h5", max_events=4, quiet=True)  # a warning would be an error here
    assert np.unique(pairs_of(tmp_path / "x.h5")[0].event).tolist() == [0, 1, 2, 70]


def test_numbers_by_place(tmp_path: Path):
    events = delphes_trees.events(2)
    events["Event"]["Number"] = [[7.0], [7.0]]
    path = delphes_trees.write(tmp_path / "a.root", events)
    with pytest.warns(DataWarning, match="a.root: some events share a number"):
        convert([path], tmp_path / "x.h5", quiet=True)
    convert([path, path], tmp_path / "x.h5", number_events=True, quiet=True)
    assert np.unique(pairs_of(tmp_path / "x.h5")[0].event).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(("number", "told"), [(-3.0, "event number -3"), (2.0**62, r"pass 2\^63")])
def test_numbers_that_cannot_be_kept(number: float, told: str, tmp_path: Path):
    events = delphes_trees.events(2)
    events["Event"]["Number"] = [[0.0], [number]]
    path = delphes_trees.write(tmp_path / "a.root", events)
    with pytest.raises(DataError, match=told):
        convert([path] * 3, tmp_path / "x.h5", quiet=True)
    assert not (tmp_path / "x.h5").exists()


@pytest.mark.parametrize("output", ["tree.root", "."])
def test_outputs_that_cannot_be(output: str, tree: Path, tmp_path: Path):
    with pytest.raises(InputError, match=r"is a source|is a folder"):
        convert([tree], tmp_path / output)


@pytest.mark.parametrize("name", ["gen_eta_max", "match_delta_r", "radius"])
def test_values_that_make_no_pairs(name: str, tree: Path, tmp_path: Path):
    with pytest.raises(InputError, match=f"{name} is 0"):
        convert([tree], tmp_path / "x.h5", **{name: 0.0})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "is a pointer of Git LFS"),
        (b"root\x00\x00\xf3\xc0" + bytes(9), "is a ROOT file that cannot be read"),
        (_HEPMC, "is HepMC, which has no reco"),
        (b"\x89HDF\r\n\x1a\n" + bytes(900), ""),
        (b"nonsense", ""),
    ],
)
def test_files_that_cannot_be_converted(
    content: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "in.root"
    path.write_bytes(content)
    assert main(["convert", str(path), "--output", str(tmp_path / "out" / "x.h5")]) == 2
    message = capsys.readouterr().err
    assert str(path) in message
    assert told in message
    assert message.count("\n") == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.root"]


def test_the_last_file_is_checked_before_the_work(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "bad.root").write_bytes(tree.read_bytes()[:500])
    words = ["convert", str(tree), str(tmp_path / "bad.root"), "--output", str(tmp_path / "x.h5")]
    assert main(words) == 2
    assert capsys.readouterr().err.startswith(f"pyjetsim: {tmp_path / 'bad.root'} is a ROOT file that cannot")
    assert not (tmp_path / "x.h5").exists()


def test_kinds_are_not_mixed(tree: Path, make_pairs: MakePairs, tmp_path: Path):
    write_pairs(tmp_path / "in.h5", make_pairs(4, 1), {"made": "by the test"})
    with pytest.raises(InputError, match=r"tree.root is Delphes and .*in.h5 is jets.h5"):
        convert([tree, tmp_path / "in.h5"], tmp_path / "x.h5")
    with pytest.raises(DataError, match=r"in\.h5 is jets\.h5, whose jets are paired already"):
        convert([tmp_path / "in.h5"], tmp_path / "x.h5")


def test_an_error_in_the_middle_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pyjetsim.io.root.EVENTS", 1)
    events = delphes_trees.events()
    events["EFlowPhoton"]["ET"][2][0] = float("inf")
    path = delphes_trees.write(tmp_path / "a.root", events)
    (tmp_path / "x.h5").write_text("before")
    with pytest.raises(DataError, match="event 2"):
        convert([path], tmp_path / "x.h5", quiet=True)
    assert (tmp_path / "x.h5").read_text() == "before"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.root", "x.h5"]


def test_nanoaod_and_edm4hep_become_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    nano = nanoaod_files.write_tree(tmp_path / "nano.root", nanoaod_files.events())
    words = ["convert", "--gen-pt-min", "20", "--output", str(tmp_path / "x.h5")]
    assert main([*words, str(nano), "--jets", "tree", "--radius", "0.8"]) == 0
    pairs, provenance = pairs_of(tmp_path / "x.h5")
    assert conditions_of(provenance, "x.h5").radius == 0.8
    assert provenance["reco"]["particles"] == "PFCands, with PUPPI weights of FatJet, massless"
    assert set(pairs.columns) == {
        *("run", "luminosity_block", "weight", "gen/parton_flavour", "gen/hadron_flavour"),
        *("gen/own_pt", "reco/own_pt"),
    }
    np.testing.assert_array_equal(pairs.columns["luminosity_block"], pairs.event - 3_000_000_000 + 10)
    np.testing.assert_allclose(pairs.columns["reco/own_pt"], pairs.reco.pt * nanoaod_files.SCALE, rtol=1e-5)
    # AK4 where nothing else is said.
    assert main([*words, str(nano), "--jets", "tree"]) == 0
    assert pairs_of(tmp_path / "x.h5")[1]["jets"]["radius"] == 0.4
    events = {{"MCParticles": "Mine"}.get(name, name): c for name, c in edm4hep_files.events().items()}
    events["Others"] = edm4hep_files.events(seed=2)["MCParticles"]
    edm = edm4hep_files.write_tree(tmp_path / "edm.root", events)
    capsys.readouterr()
    assert main([*words, str(edm)]) == 2
    assert "has several collections of MCParticles, none of a usual name" in capsys.readouterr().err
    assert main([*words, str(edm), "--collections", "gen=Mine,reco=ReconstructedParticles"]) == 0
    assert pairs_of(tmp_path / "x.h5")[0].event.tolist() == [7, 7, 10, 10, 13, 13, 16, 16]
    with pytest.raises(InputError, match=r"--collections is given for .*nano\.root, which is NanoAOD"):
        convert([nano], tmp_path / "x.h5", collections={"gen": "Mine"})
    with pytest.raises(InputError, match=r"nano\.root is NanoAOD and .*edm\.root is EDM4hep"):
        convert([nano, edm], tmp_path / "x.h5")


@pytest.mark.parametrize("text", ["", "gen", "gen=", "all=X", "gen=X,gen=Y", "gen=X,"])
def test_collections_that_say_nothing(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = ["convert", "x.root", "--output", str(tmp_path / "x.h5"), "--collections", text]
    assert main(words) == 2
    assert "is not like gen=NAME,reco=NAME" in capsys.readouterr().err
