"""Files in, a jets.h5 out: gen is passed on, reco is the simulation."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from hepmc_events import momenta, weight_of, write_hepmc

from pyjetsim.cli import main
from pyjetsim.errors import (
    BundleError,
    DataError,
    DataWarning,
    IncompleteFileError,
    InputError,
    StorageError,
)
from pyjetsim.io import PairsFile, PairsWriter, gen_events, in_split, open_pairs, write_pairs
from pyjetsim.io.hepmc import read_hepmc
from pyjetsim.io.jets_h5 import source as jets_h5_module
from pyjetsim.jets import Jets, Pairs, gen_reco_delta_r
from pyjetsim.jets.clustering import cluster
from pyjetsim.simulate import Simulator, simulate
from pyjetsim.simulate import files as pipeline_module

MakePairs = Callable[..., Pairs]
FIELDS = ("constituents", "pid", "n_constituents", "jet")


def read(path: Path) -> Pairs:
    with PairsFile(path) as file:
        return file.read()


def provenance(path: Path) -> dict:
    with PairsFile(path) as file:
        return file.provenance


def same(a: Jets, b: Jets) -> None:
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


@pytest.fixture
def source(tmp_path: Path, make_pairs: MakePairs) -> Path:
    pairs = make_pairs(300, 2)
    # Jets of an event need not lie together.
    order = np.random.default_rng(0).permutation(300)
    write_pairs(tmp_path / "in.h5", pairs[order], {"generator": {"name": "test"}})
    return tmp_path / "in.h5"


@pytest.mark.parametrize("suffix", [".h5", ".root", ".parquet"])
def test_weights_of_hepmc_arrive_in_every_format(bundle: Path, tmp_path: Path, suffix: str) -> None:
    names = ("nominal", "scale up")
    source = write_hepmc(tmp_path / "events.hepmc", [3, 9, 4], weights=names)
    simulate(source, bundle, tmp_path / f"out{suffix}", 5)
    with open_pairs(tmp_path / f"out{suffix}") as file:
        pairs = Pairs.concatenate(list(file.batches()))
    assert pairs.weight_names == names
    expected = [[weight_of(number, which) for which in range(2)] for number in pairs.event]
    np.testing.assert_array_equal(pairs.columns["weight"], expected)


def test_weights_of_a_split_without_events(bundle: Path, tmp_path: Path) -> None:
    source = write_hepmc(tmp_path / "events.hepmc", [3, 9, 4], weights=("nominal",))
    outside = next(s for s in ("train", "validation", "test") if not in_split(np.array([3, 9, 4]), s).any())
    with pytest.warns(DataWarning, match=f"no events in the split {outside} "):
        simulate(source, bundle, tmp_path / "out.h5", 5, split=outside)
    assert read(tmp_path / "out.h5").columns["weight"].shape == (0, 1)


def test_pairs_keep_gen_and_get_a_new_reco(
    source: Path, bundle: Path, sim: Simulator, tmp_path: Path
) -> None:
    summary = simulate(source, bundle, tmp_path / "out.h5", 5)
    before, after = read(source), read(tmp_path / "out.h5")
    same(after.gen, before.gen)
    np.testing.assert_array_equal(after.event, before.event)
    np.testing.assert_array_equal(after.n_vertices, before.n_vertices)
    same(after.reco, sim(before.gen.constituents, event=before.event, seed=5).padded_to(80))
    np.testing.assert_array_equal(after.delta_r, gen_reco_delta_r(after.gen, after.reco))
    gen = before.gen
    assert (summary.jets, summary.events) == (300, 150)
    assert summary.counts["truncated"] == (gen.n_constituents > 40).sum() > 0
    assert summary.counts["outside_domain"] == sim.outside_domain(gen).sum()
    assert summary.counts["empty"] == (after.reco.n_constituents == 0).sum()
    assert summary.jets_per_s > 0
    assert str(summary).startswith(f"{tmp_path / 'out.h5'}: 300 jets of 150 events simulated in ")


def test_provenance_is_extended(source: Path, bundle: Path, sim: Simulator, tmp_path: Path) -> None:
    simulate(source, bundle, tmp_path / "out.h5", 5, split="test")
    made = provenance(tmp_path / "out.h5")
    assert made["generator"] == {"name": "test"}
    simulation = made["simulation"]
    assert simulation["training"] == sim.manifest.provenance
    assert simulation["model_sha256"] == sim.manifest.files["model.onnx"]
    assert (simulation["seed"], simulation["split"], simulation["source"]) == (5, "test", "in.h5")
    assert simulation["complete"] is True
    assert simulation["counts"]["jets"] == len(read(tmp_path / "out.h5"))


@pytest.mark.parametrize("rows", [1, 7, 64])
def test_pieces_do_not_matter(
    source: Path, bundle: Path, tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate(source, bundle, tmp_path / "whole.h5", 5)
    monkeypatch.setattr(jets_h5_module, "_ROWS", rows)
    simulate(source, bundle, tmp_path / "pieces.h5", 5, threads=2)
    same(read(tmp_path / "pieces.h5").reco, read(tmp_path / "whole.h5").reco)


def test_a_split_gives_what_the_whole_file_gives(source: Path, bundle: Path, tmp_path: Path) -> None:
    simulate(source, bundle, tmp_path / "all.h5", 5)
    summary = simulate(source, bundle, tmp_path / "test.h5", 5, split="test")
    whole = read(tmp_path / "all.h5")
    inside = in_split(whole.event, "test")
    assert 0 < inside.sum() < 300
    same(read(tmp_path / "test.h5").reco, whole[inside].reco)
    assert summary.events == len(np.unique(whole.event[inside]))


def test_same_seed_same_file_other_seed_other_jets(source: Path, bundle: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate(source, bundle, tmp_path / f"{name}.h5", seed)
    assert provenance(tmp_path / "a.h5") == provenance(tmp_path / "b.h5")
    a, b, c = (read(tmp_path / f"{name}.h5").reco for name in "abc")
    same(a, b)
    assert (a.pt != c.pt).all()


def test_a_file_with_less_room_than_the_model(bundle: Path, make_pairs: MakePairs, tmp_path: Path) -> None:
    pairs = make_pairs(20, 1)
    short = Pairs(
        pairs.gen.padded_to(30), pairs.reco.padded_to(30), pairs.event, pairs.delta_r, pairs.n_vertices
    )
    write_pairs(tmp_path / "in.h5", short, {})
    summary = simulate(tmp_path / "in.h5", bundle, tmp_path / "out.h5", 1)
    assert summary.counts["truncated"] == (pairs.gen.n_constituents > 30).sum()
    assert read(tmp_path / "out.h5").reco.constituents.shape == (20, 40, 3)


def test_no_pairs(bundle: Path, tmp_path: Path) -> None:
    write_pairs(tmp_path / "in.h5", Pairs.empty(50), {})
    with pytest.warns(DataWarning, match=r"in\.h5 holds no jets \("):
        assert simulate(tmp_path / "in.h5", bundle, tmp_path / "out.h5", 1).jets == 0
    with PairsFile(tmp_path / "out.h5") as file:
        assert len(file) == 0


@pytest.mark.parametrize("suffix", [".hepmc", ".hepmc.gz", ".hepmc.zst"])
def test_hepmc(bundle: Path, sim: Simulator, tmp_path: Path, suffix: str) -> None:
    path = write_hepmc(tmp_path / f"events{suffix}", [4, 5, 9, 12], empty=(9,))
    summary = simulate(path, bundle, tmp_path / "out.h5", 3)
    pairs = read(tmp_path / "out.h5")
    assert (summary.events, summary.jets) == (4, 6)
    assert pairs.event.tolist() == [4, 4, 5, 5, 12, 12]
    assert pairs.n_vertices.tolist() == [1] * 6
    assert (pairs.gen.pt > 100).all()
    assert (np.abs(pairs.gen.eta) < 3.0).all()
    expected, _ = cluster(momenta(4), np.array([0, 36]), mass=np.full(36, 0.02**0.5), pt_min=100)
    same(pairs.gen[:2], Jets(expected.constituents, pairs.gen.pid[:2], expected.n_constituents, expected.jet))
    assert set(pairs.gen.pid[pairs.gen.present]) == {211}
    same(pairs.reco, sim(pairs.gen.constituents, event=pairs.event, seed=3).padded_to(80))
    made = provenance(tmp_path / "out.h5")
    assert made["source"]["file"] == path.name
    assert made["gen_jets"] == {"algorithm": "anti-kt", "pt_min": 100, "eta_max": 3, "radius": 0.5}


def test_hepmc_jets_are_those_of_their_event_alone(bundle: Path, sim: Simulator, tmp_path: Path) -> None:
    path = write_hepmc(tmp_path / "events.hepmc", [4, 5, 6])
    simulate(path, bundle, tmp_path / "out.h5", 3)
    reco = read(tmp_path / "out.h5").reco
    for i, event in enumerate(read_hepmc(path)):
        gen, _ = cluster(
            event.momenta, np.array([0, len(event.pid)]), event.pid, event.mass, pt_min=100, eta_max=3
        )
        alone = sim(gen.constituents, event=event.number, seed=3)
        same(alone.padded_to(80), reco[2 * i : 2 * i + 2])


def test_hepmc_in_pieces(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # An event number that comes again is another event: its jets get their own noise.
    path = write_hepmc(tmp_path / "events.hepmc", [0, 0, 1, 2, 1, 0, 3])
    told = "3 of the 7 events of .* have the number of an earlier one, the first is 0"
    with pytest.warns(DataWarning, match=told):
        simulate(path, bundle, tmp_path / "whole.h5", 3)
    monkeypatch.setattr(gen_events, "EVENTS", 2)
    with pytest.warns(DataWarning, match=told):
        simulate(path, bundle, tmp_path / "pieces.h5", 3)
    whole = read(tmp_path / "whole.h5")
    same(read(tmp_path / "pieces.h5").reco, whole.reco)
    assert len(np.unique(whole.reco.pt)) == 14


def test_hepmc_cuts_and_split(bundle: Path, tmp_path: Path) -> None:
    path = write_hepmc(tmp_path / "events.hepmc", list(range(40)))
    simulate(path, bundle, tmp_path / "low.h5", 3, gen_pt_min=30)
    low = read(tmp_path / "low.h5")
    assert len(low) == 120
    assert low.gen.pt.min() < 100
    with pytest.warns(DataWarning, match="passes the cuts .*: raise --gen-eta-max, which is 0.01"):
        assert simulate(path, bundle, tmp_path / "none.h5", 3, gen_eta_max=0.01).jets == 0
    summary = simulate(path, bundle, tmp_path / "test.h5", 3, gen_pt_min=30, split="test")
    inside = in_split(low.event, "test")
    same(read(tmp_path / "test.h5").reco, low[inside].reco)
    assert summary.events == inside.sum() / 3


@pytest.mark.parametrize("pieces", [1, 200])
def test_a_cut_hepmc_file_keeps_what_came_before(
    bundle: Path, tmp_path: Path, pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gen_events, "EVENTS", pieces)
    path = write_hepmc(tmp_path / "events.hepmc", [4, 5, 6, 7])
    simulate(path, bundle, tmp_path / "whole.h5", 3)
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"E 7 ") - 100])
    out = tmp_path / "out.h5"
    with pytest.raises(
        IncompleteFileError, match=r"stops after event 5: .*the 2 events before are simulated in .*out\.h5"
    ):
        simulate(path, bundle, out, 3)
    same(read(out).reco, read(tmp_path / "whole.h5").reco[:4])
    simulation = provenance(out)["simulation"]
    assert (simulation["complete"], simulation["counts"]["events"]) == (False, 2)


def test_the_command_tells_of_the_cut(
    bundle: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_hepmc(tmp_path / "events.hepmc.gz", list(range(100)))
    path.write_bytes(path.read_bytes()[:-2000])
    command = ["simulate", str(path), "--bundle", str(bundle), "--output", str(tmp_path / "out.h5")]
    assert main(command) == 2
    out, err = capfd.readouterr()
    counts = provenance(tmp_path / "out.h5")["simulation"]["counts"]
    told = f"{tmp_path / 'out.h5'}: {counts['jets']} jets of {counts['events']} events simulated in "
    assert out.startswith(told)
    assert f"the {counts['events']} events before are simulated in" in err.splitlines()[-1]
    assert main([*command, "--quiet"]) == 2
    assert capfd.readouterr() == ("", err)
    assert len(read(tmp_path / "out.h5")) > 100


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("backend", ["onnxruntime", "abacus"])
def test_the_command_takes_a_backend_and_writes_what_it_did(
    source: Path, bundle: Path, tmp_path: Path, backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output, told = tmp_path / "simulated.h5", tmp_path / "told.json"
    words = ["simulate", str(source), "--bundle", str(bundle), "--output", str(output)]
    code = main([*words, "--backend", backend, "--json", str(told)])
    if backend == "abacus":
        assert code == 2
        assert "there is no backend 'abacus'" in capsys.readouterr().err
        assert not output.exists()
        assert not told.exists()
        return
    assert code == 0
    report = json.loads(told.read_text())
    assert report["output"] == str(output)
    assert report["complete"] is True
    assert report["jets"] == len(read(output))
    assert {"events", "truncated", "outside_domain", "empty", "seconds", "jets_per_s"} <= set(report)


def test_a_hepmc_file_cut_at_once_leaves_nothing(bundle: Path, tmp_path: Path) -> None:
    path = write_hepmc(tmp_path / "events.hepmc", [4])
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(IncompleteFileError, match="stops before its first event"):
        simulate(path, bundle, tmp_path / "out.h5", 3)
    assert left(tmp_path) == ["events.hepmc"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.hepmc", b"", "a.hepmc is empty"),
        ("a.hepmc", b"garbage" * 100, "does not begin as a HepMC file"),
        (
            "a.hepmc",
            b"HepMC::Version 3.02.05\nHepMC::Asciiv3-START_EVENT_LISTING\nHepMC::Asciiv3-END_EVENT_LISTING\n",
            "a.hepmc has no events",
        ),
        ("a.h5", b"", "a.h5 is empty"),
        ("a.h5", b"garbage" * 100, "does not begin as a HepMC file"),
        ("a.hepmc", b"\x89HDF\r\n\x1a\n" + bytes(600), "is no readable HDF5 file"),
        ("a.hepmc", bytes(512) + b"\x89HDF\r\n\x1a\n" + bytes(600), "is no readable HDF5 file"),
        ("a.root", b"root", "a.root is a ROOT file"),
        ("a", b"x", "a does not begin as a HepMC file"),
    ],
)
def test_files_that_are_no_source(
    bundle: Path, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        simulate(tmp_path / name, bundle, tmp_path / "out.h5", 3)
    assert left(tmp_path) == [name]


@pytest.mark.parametrize("name", ["a.h5", "a.hepmc", "a.hepmc.gz"])
def test_missing_source(bundle: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="is not there"):
        simulate(tmp_path / name, bundle, tmp_path / "out.h5", 3)
    assert left(tmp_path) == []


def test_a_truncated_jets_file(source: Path, bundle: Path, tmp_path: Path) -> None:
    content = source.read_bytes()
    source.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=r"in\.h5 is no readable HDF5 file"):
        simulate(source, bundle, tmp_path / "out.h5", 3)
    assert left(tmp_path) == ["in.h5"]


def test_nan_in_a_jets_file(source: Path, bundle: Path, tmp_path: Path) -> None:
    with h5py.File(source, "r+") as file:
        file["gen/constituents"][123, 0, 0] = np.nan
    with pytest.raises(DataError, match="gen/constituents of jet 123 is not finite"):
        simulate(source, bundle, tmp_path / "out.h5", 3)
    assert left(tmp_path) == ["in.h5"]


def test_negative_event_number(source: Path, bundle: Path, tmp_path: Path) -> None:
    with h5py.File(source, "r+") as file:
        file["event"][7] = -3
    with pytest.raises(DataError, match=r"in\.h5: jets 0 to 299: event of jet 7 is -3"):
        simulate(source, bundle, tmp_path / "out.h5", 3)
    assert left(tmp_path) == ["in.h5"]


def test_the_content_decides_and_not_the_name(source: Path, bundle: Path, tmp_path: Path) -> None:
    pairs = source.rename(tmp_path / "pairs.hepmc")
    assert simulate(pairs, bundle, tmp_path / "out.h5", 3).jets == 300
    events = write_hepmc(tmp_path / "events.hepmc.gz", [4, 5]).rename(tmp_path / "events.h5")
    assert simulate(events, bundle, tmp_path / "out.h5", 3).jets == 4
    with pytest.raises(InputError, match=r"which is jets\.h5"):
        simulate(pairs, bundle, tmp_path / "out.h5", 3, number_events=True)


def test_the_command_reads_standard_input_and_warns(bundle: Path, tmp_path: Path) -> None:
    content = write_hepmc(tmp_path / "events.hepmc", [4, 4]).read_bytes()
    words = ["simulate", "-", "--bundle", str(bundle), "--output", str(tmp_path / "out.h5")]
    command = [sys.executable, "-P", "-m", "pyjetsim", *words]

    def told(content: bytes, *more: str) -> tuple[int, list[str]]:
        done = subprocess.run([*command, *more], input=content, capture_output=True)
        return done.returncode, done.stderr.decode().splitlines()

    assert told(content, "--number-events") == (0, [])
    made = provenance(tmp_path / "out.h5")
    assert (made["source"]["file"], made["source"]["event_numbers"]) == ("-", "by place")
    assert read(tmp_path / "out.h5").event.tolist() == [0, 0, 1, 1]
    status, (warning,) = told(content)
    assert status == 0
    assert warning.startswith("pyjetsim: warning: 1 of the 2 events of standard input has the number of an ")
    status, (*_, error) = told(content[: len(content) * 2 // 3])
    assert status == 2
    assert error.startswith(
        "pyjetsim: standard input stops after event 4: it ends in the middle of an event ("
    )
    status, (error,) = told((tmp_path / "out.h5").read_bytes())
    assert (status, "standard input is an HDF5 file" in error) == (2, True)


def test_one_event_is_told_as_one(bundle: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_hepmc(tmp_path / "in.hepmc", [4, 5])
    path.write_bytes(path.read_bytes()[:-200])
    command = ["simulate", str(path), "--bundle", str(bundle), "--output", str(tmp_path / "out.h5")]
    assert main(command) == 2
    out, err = capfd.readouterr()
    assert " jets of 1 event simulated in " in out
    assert "; the event before is simulated in " in err


@pytest.mark.parametrize("words", [("", "--output", "o.h5"), ("in.h5", "--output", "")])
def test_empty_names_are_no_folders(
    words: tuple[str, ...], capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["simulate", *words]) == 2
    assert ": the name is empty (the command cannot be understood): see" in capfd.readouterr().err
    with pytest.raises(InputError, match="source is empty"):
        simulate("", None, "o.h5", 1)
    with pytest.raises(InputError, match="output is empty"):
        simulate("in.h5", None, "", 1)
    assert left(tmp_path) == []


def test_wrong_arguments(source: Path, bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="seed is -1"):
        simulate(source, bundle, tmp_path / "out.h5", -1)
    with pytest.raises(InputError, match="there is no split 'tset'"):
        simulate(source, bundle, tmp_path / "out.h5", 1, split="tset")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="is the source"):
        simulate(source, bundle, source, 1)
    with pytest.raises(BundleError, match="is no bundle"):
        simulate(source, tmp_path, tmp_path / "out.h5", 1)
    assert left(tmp_path) == ["in.h5"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), StorageError("the disk is full", "x", "y")])
def test_interrupted_halfway(
    source: Path, bundle: Path, tmp_path: Path, stop: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jets_h5_module, "_ROWS", 100)
    append, calls = PairsWriter.append, []

    def stopping(self: PairsWriter, pairs: Pairs) -> None:
        calls.append(len(pairs))
        if len(calls) == 2:
            raise stop
        append(self, pairs)

    monkeypatch.setattr(PairsWriter, "append", stopping)
    (tmp_path / "out.h5").write_text("of an earlier run")
    with pytest.raises(type(stop)):
        simulate(source, bundle, tmp_path / "out.h5", 3)
    assert left(tmp_path) == ["in.h5", "out.h5"]
    assert (tmp_path / "out.h5").read_text() == "of an earlier run"


def test_progress_goes_to_stderr(
    source: Path, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulate(source, bundle, tmp_path / "a.h5", 3, quiet=True)
    assert capsys.readouterr() == ("", "")
    simulate(source, bundle, tmp_path / "b.h5", 3)
    assert capsys.readouterr().out == ""


def test_a_folder_as_output_is_told_before_the_work(
    source: Path, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline_module, "load", None)  # Calling it would be an error.
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path, Path()):
        with pytest.raises(InputError, match="is a folder"):
            simulate(source, bundle, folder, 3)
    assert left(tmp_path) == ["in.h5"]


def test_a_split_without_events_is_told(bundle: Path, tmp_path: Path) -> None:
    path = write_hepmc(
        tmp_path / "in.hepmc", [next(n for n in range(99) if not in_split(np.array([n]), "test")[0])]
    )
    simulate(path, bundle, tmp_path / "in.h5", 1)
    for source in (path, tmp_path / "in.h5"):
        with pytest.warns(DataWarning, match=f"{source.name} has no events in the split test "):
            assert simulate(source, bundle, tmp_path / "out.h5", 1, split="test").jets == 0
