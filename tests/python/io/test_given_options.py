"""What a user gave: cuts are made of the jets of every format, and options without a meaning are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import delphes_trees
import edm4hep_files
import h5py
import nanoaod_files
import numpy as np
import pytest
from columns import with_columns
from synthetic import MakePairs

from pyjetsim.cli import main
from pyjetsim.cli.main import VERBS
from pyjetsim.convert import convert
from pyjetsim.errors import DataWarning, InputError
from pyjetsim.inspection.show import show
from pyjetsim.io import open_pairs, write_pairs
from pyjetsim.io.formats import FORMATS, Reading, format_of, open_source
from pyjetsim.io.outputs import ENDINGS
from pyjetsim.jets import Pairs
from pyjetsim.simulate import simulate

pytest.importorskip("pyarrow")
N = 60
KINDS = ("x.h5", "x.root", "x.parquet", "x.npz")
MAP = "gen=gen,event=event"


@pytest.fixture(scope="module")
def pairs(make_pairs: MakePairs) -> Pairs:
    return make_pairs(N, 4)


@pytest.fixture(scope="module")
def folder(pairs: Pairs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same jets in files of every kind that has jets as such, and files of events."""
    folder = tmp_path_factory.mktemp("given")
    write_pairs(folder / "x.h5", pairs, {})
    for name in ("x.root", "x.parquet"):
        convert([folder / "x.h5"], folder / name, quiet=True)
    np.savez(folder / "x.npz", gen=pairs.gen.constituents, reco=pairs.reco.constituents, event=pairs.event)
    with h5py.File(folder / "jetnet.h5", "w") as file:
        file["particle_features"] = np.ones((3, 4, 4), np.float32) * [0.01, 0.01, 0.25, 1]
        file["jet_features"] = np.array([[300, 0, 30, 4], [150, 0, 15, 4], [90, 0, 9, 4]], np.float32)
    delphes_trees.write(folder / "delphes.root", delphes_trees.events())
    nanoaod_files.write_tree(folder / "nano.root", nanoaod_files.events())
    edm4hep_files.write_tree(folder / "edm.root", edm4hep_files.events())
    return folder


def told_map(name: str) -> dict[str, Any]:
    return {"mapping": MAP} if name.endswith("npz") else {}


def read(path: Path) -> tuple[Pairs, dict[str, Any]]:
    with open_pairs(path) as file:
        return Pairs.concatenate([file.none(), *file.batches()]), file.provenance


@pytest.mark.parametrize("name", KINDS)
def test_simulate_cuts_on_the_jets_that_a_file_has(
    name: str, folder: Path, pairs: Pairs, tmp_path: Path
) -> None:
    more = told_map(name)
    simulate(folder / name, "paper", tmp_path / "all.h5", 3, quiet=True, **more)
    whole, _ = read(tmp_path / "all.h5")
    assert len(whole) == N
    cut = float(np.median(pairs.gen.pt))
    inside = (whole.gen.pt > cut) & (np.abs(whole.gen.eta) < 1.0)
    assert 0 < inside.sum() < N / 2
    summary = simulate(
        folder / name, "paper", tmp_path / "cut.h5", 3, gen_pt_min=cut, gen_eta_max=1.0, quiet=True, **more
    )
    some, provenance = read(tmp_path / "cut.h5")
    assert summary.jets == len(some) == inside.sum()
    np.testing.assert_array_equal(some.gen.constituents, whole.gen.constituents[inside])
    assert some.event.tolist() == whole.event[inside].tolist()
    # A jet keeps its place in its event, and so its noise.
    np.testing.assert_allclose(some.reco.pt, whole.reco.pt[inside], rtol=1e-5)
    assert provenance["gen_cuts"] == {"pt_min": cut, "eta_max": 1.0}


def test_a_cut_at_the_default_is_a_cut_and_cuts_add_up(folder: Path, tmp_path: Path) -> None:
    with open_source(folder / "jetnet.h5", Reading.of(gen_pt_min=100.0)) as source:
        assert sum(len(batch.gen) for batch in source.batches()) == 2
    with open_source(folder / "jetnet.h5", Reading.of(gen_pt_min=None)) as source:
        assert sum(len(batch.gen) for batch in source.batches()) == 3
    words = ["convert", str(folder / "x.h5"), "--quiet", "--output"]
    assert main([*words, str(tmp_path / "a.h5"), "--gen-pt-min", "150", "--gen-eta-max", "2"]) == 0
    words[1] = str(tmp_path / "a.h5")
    assert main([*words, str(tmp_path / "b.h5"), "--gen-pt-min", "120", "--gen-eta-max", "1"]) == 0
    assert read(tmp_path / "b.h5")[1]["gen_cuts"] == {"pt_min": 150, "eta_max": 1}


@pytest.mark.parametrize(
    ("cuts", "told"),
    [
        ({"gen_pt_min": 1e5}, r"the hardest has pt [\d.]+ GeV at eta .*above 1e\+05 GeV.*lower --gen-pt-min"),
        ({"gen_eta_max": 1e-9}, r"raise --gen-eta-max"),
    ],
)
def test_no_jet_inside_the_cuts_is_told(
    cuts: dict[str, float], told: str, folder: Path, tmp_path: Path
) -> None:
    with pytest.warns(DataWarning, match=r"no gen jet of .*x\.h5 passes the cuts") as caught:
        assert simulate(folder / "x.h5", "paper", tmp_path / "x.h5", 1, quiet=True, **cuts).jets == 0
    caught_text = str(caught[0].message)
    assert "inf" not in caught_text
    with pytest.warns(DataWarning, match=told):
        simulate(folder / "x.h5", "paper", tmp_path / "x.h5", 1, quiet=True, **cuts)


@pytest.mark.parametrize("name", KINDS[:3])
def test_convert_cuts_on_pairs(name: str, folder: Path, pairs: Pairs, tmp_path: Path) -> None:
    pt, dr = float(np.median(pairs.reco.pt)), float(np.median(pairs.delta_r))
    for cut, inside in (
        ({"gen_pt_min": 150.0}, pairs.gen.pt > 150),
        ({"gen_eta_max": 1.0}, np.abs(pairs.gen.eta) < 1),
        ({"reco_pt_min": pt}, pairs.reco.pt > pt),
        ({"match_delta_r": dr}, pairs.delta_r < dr),
    ):
        assert 0 < inside.sum() < N
        summary = convert([folder / name], tmp_path / "out.h5", quiet=True, **cut)
        found, provenance = read(tmp_path / "out.h5")
        assert summary.pairs == inside.sum()
        np.testing.assert_array_equal(found.gen.constituents, pairs.gen.constituents[inside])
        assert provenance["gen_cuts" if next(iter(cut)).startswith("gen") else "reco_cuts"]
    with pytest.warns(DataWarning, match="has no pairs within the cuts"):
        convert([folder / name], tmp_path / "out.h5", quiet=True, gen_pt_min=1e6)


@pytest.mark.parametrize("name", KINDS)
def test_show_counts_the_jets_inside_the_cuts(name: str, folder: Path, pairs: Pairs, tmp_path: Path) -> None:
    picture = tmp_path / "x.png"
    cut = 150.0
    inside = np.flatnonzero(pairs.gen.pt > cut)
    shown = show(folder / name, picture, jet=2, gen_pt_min=cut, **told_map(name))
    np.testing.assert_allclose(shown.gen.pt, pairs.gen.pt[inside[[2]]], rtol=1e-5)
    event = int(pairs.event[inside[2]])
    shown = show(folder / name, picture, event=event, gen_pt_min=cut, **told_map(name))
    assert len(shown.gen) == (pairs.event[inside] == event).sum()


def test_show_reads_as_simulate_does(folder: Path, tmp_path: Path) -> None:
    edm = {"MCParticles": "Mine", "ReconstructedParticles": "Theirs"}
    events = {edm.get(name, name): columns for name, columns in edm4hep_files.events().items()}
    events["Others"] = edm4hep_files.events(seed=2)["MCParticles"]
    path = edm4hep_files.write_tree(tmp_path / "edm.root", events)
    words = ["show", str(path), "--collections", "gen=Mine", "--number-events", "--gen-pt-min", "20"]
    assert main([*words, "--event", "0", "--output", str(tmp_path / "x.png")]) == 0
    with pytest.raises(InputError, match=r"--number-events is given for .*numbers of their events"):
        show(folder / "x.h5", tmp_path / "y.png", number_events=True)


MEANINGLESS = {
    "mapping": ("gen=gen", ("x.h5", "x.root", "x.parquet", "jetnet.h5", "delphes.root", "edm.root")),
    "collections": ({"gen": "x"}, ("x.h5", "x.root", "x.parquet", "x.npz", "jetnet.h5", "nano.root")),
    "number_events": (True, ("x.h5", "x.root", "x.parquet")),
}


@pytest.mark.parametrize(
    ("option", "name"), [(option, name) for option, (_, names) in MEANINGLESS.items() for name in names]
)
def test_what_means_nothing_for_a_format_is_refused_by_all_verbs(
    option: str, name: str, folder: Path, tmp_path: Path
) -> None:
    given = {**told_map(name), option: MEANINGLESS[option][0]}
    flag = f"--{option.replace('_', '-').removesuffix('ping')}"
    kind = format_of(folder / name).name
    told = rf"{flag} is given for .*{name}, which is {kind} \(.*\): leave out {flag}"
    with pytest.raises(InputError, match=told):
        simulate(folder / name, "paper", tmp_path / "out.h5", 1, quiet=True, **given)
    with pytest.raises(InputError, match=told):
        show(folder / name, tmp_path / "x.png", **given)
    with pytest.raises(InputError, match=told):
        convert([folder / name], tmp_path / "out.parquet", quiet=True, **given)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("jets", ["cluster", "tree"])
def test_jets_of_arrays_are_taken_as_they_are(jets: str, folder: Path, tmp_path: Path) -> None:
    words = ["convert", str(folder / "x.npz"), "--map", f"{MAP},reco=reco", "--quiet"]
    words += ["--output", str(tmp_path / "out.h5")]
    assert main([*words, "--jets", jets]) == 2
    assert main(words) == 0
    # No R is claimed that nobody told.
    assert "radius" not in read(tmp_path / "out.h5")[1]["jets"]
    assert main([*words, "--radius", "0.8"]) == 0
    assert read(tmp_path / "out.h5")[1]["jets"]["radius"] == 0.8


def test_collections_of_reco_alone_mean_nothing_for_gen(folder: Path, tmp_path: Path) -> None:
    words = ["simulate", str(folder / "edm.root"), "--collections", "reco=ReconstructedParticles"]
    with pytest.raises(InputError, match=r"names no gen particles of .*edm\.root \(reco is not read here\)"):
        show(folder / "edm.root", tmp_path / "x.png", collections={"reco": "ReconstructedParticles"})
    assert main([*words, "--output", str(tmp_path / "x.h5")]) == 2
    assert not list(tmp_path.iterdir())


def test_what_is_damaged_is_told_before_an_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_text("once upon a time")
    words = ["simulate", str(tmp_path / "x"), "--map", "gen=x", "--output", str(tmp_path / "out.h5")]
    assert main(words) == 2
    assert (
        "does not begin as a HepMC file, nor as another that is read; it is text" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("content", "likeness"),
    [
        (b"# A page\n\nof text\n", "it is text"),
        (b'{"a": 1}', "it is JSON"),
        (b"\x80\x04\x95" + bytes(30), "it is a pickle"),
        (bytes(range(256)) * 20, "it is binary"),
        (("é" * 5000).encode(), "it is text"),
    ],
)
def test_what_nobody_reads_is_told_with_what_is_read(
    content: bytes, likeness: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x").write_bytes(content)
    for words in (
        ["info"],
        ["simulate", "--output", str(tmp_path / "out.h5")],
        ["convert", "--output", "y.h5"],
    ):
        assert main([words[0], str(tmp_path / "x"), *words[1:]]) == 2
        error = capsys.readouterr().err
        assert f"nor as another that is read; {likeness}" in error
        for name in ("jets.h5", "Delphes trees", "EDM4hep", "HepMC", "JetClass"):
            assert name in error
        assert error.count("\n") == 1


@pytest.mark.parametrize("verb", ["simulate", "convert", "show"])
def test_help_tells_every_format(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([verb, "--help"])
    told = " ".join(capsys.readouterr().out.replace("-\n", "-").split())
    for name in FORMATS:
        format = FORMATS[name]
        assert ((format.reads or format.name) in told) == (verb != "convert" or format.has_reco)


@pytest.mark.parametrize("verb", VERBS)
def test_help_tells_a_default_once(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([verb, "--help"])
    _, _, options = capsys.readouterr().out.partition("options:")
    for option in " ".join(options.split()).split(" --"):
        assert option.count("default") <= 1, option


@pytest.mark.parametrize("name", ["x.txt", "x.root.gz", "x.h", "x.h5.bak", "x.5"])
def test_an_ending_that_says_nothing_is_refused(name: str, folder: Path, tmp_path: Path) -> None:
    told = r"its ending says what is written.*: name it \.h5, \.hdf5, \.root, \.parquet or \.pq"
    with pytest.raises(InputError, match=told):
        simulate(folder / "x.h5", "paper", tmp_path / name, 1, quiet=True)
    with pytest.raises(InputError, match=told):
        convert([folder / "x.root"], tmp_path / name, quiet=True)
    words = ["generate", "--process", "ww", "--events", "1", "--output", str(tmp_path / name)]
    assert main(words) == 2
    assert not list(tmp_path.iterdir())


def test_generate_writes_jets_h5_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("x.root", "x.PQ"):
        words = ["generate", "--process", "ww", "--events", "1", "--output", str(tmp_path / name)]
        assert main(words) == 2
        assert "only jets.h5 is written here): name it .h5 or .hdf5" in capsys.readouterr().err


@pytest.mark.parametrize("ending", [*ENDINGS, ".PQ", ".H5", ""])
def test_endings_say_what_is_written_and_missing_folders_are_made(
    ending: str, folder: Path, pairs: Pairs, tmp_path: Path
) -> None:
    output = tmp_path / "a" / "b" / f"out{ending}"
    simulate(folder / "x.h5", "paper", output, 1, quiet=True)
    assert len(read(output)[0]) == N
    known = {"jets.h5": "jets.h5", "ROOT": "NanoAOD-like ROOT of pyjetsim", "Parquet": "Parquet of pyjetsim"}
    assert format_of(output).name == known[ENDINGS.get(ending.lower(), "jets.h5")]


@pytest.mark.parametrize("ending", [".h5", ".root", ".parquet"])
def test_folders_that_were_made_go_with_what_failed(
    ending: str, folder: Path, pairs: Pairs, tmp_path: Path
) -> None:
    write_pairs(tmp_path / "in.h5", with_columns(pairs), {})
    with h5py.File(tmp_path / "in.h5", "r+") as file:
        file["gen/constituents"][N - 1, 0, 0] = np.nan
    words = ["simulate", str(tmp_path / "in.h5"), "--bundle", "paper", "--quiet", "--output"]
    assert main([*words, str(tmp_path / "a" / "b" / f"out{ending}")]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["in.h5"]


@pytest.mark.parametrize(("radius", "warned"), [(0.8, True), (0.5, False), (None, False)])
def test_jets_of_another_radius_are_told_once(
    radius: float | None, warned: bool, pairs: Pairs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A detector may be any: gen jets have not met it.
    made = {"detector": "somebody's", **({} if radius is None else {"jets": {"radius": radius}})}
    write_pairs(tmp_path / "x.h5", pairs, made)
    words = ["simulate", str(tmp_path / "x.h5"), "--quiet", "--bundle", "paper"]
    assert main([*words, "--output", str(tmp_path / "out.h5")]) == 0
    told = "x.h5 has jets of R 0.8, and the model was trained on jets of R 0.5: do not trust its answers"
    assert capsys.readouterr().err.count(told) == warned
    # What was simulated keeps its R, and is told again.
    words[1] = str(tmp_path / "out.h5")
    assert main([*words, "--output", str(tmp_path / "again.parquet")]) == 0
    assert ("has jets of R 0.8" in capsys.readouterr().err) == warned
