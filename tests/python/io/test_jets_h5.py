"""jets.h5: what is written is read, and what is damaged is named."""

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from pyjetsim.errors import DataError, InputError, StorageError
from pyjetsim.io import PairsFile, PairsWriter, in_split, write_pairs
from pyjetsim.io.jets_h5.checked import CheckedOutput
from pyjetsim.jets import Pairs
from pyjetsim.jets.selection import Selection


@pytest.fixture
def path(tmp_path, make_pairs):
    file = tmp_path / "x.h5"
    write_pairs(file, make_pairs(300, 1), {"seed": 1})
    return file


def test_what_is_written_is_read(path, make_pairs):
    expected = make_pairs(300, 1)
    with PairsFile(path) as file:
        assert (len(file), file.max_constituents, file.provenance) == (300, 80, {"seed": 1})
        pairs = file.read(10, 20)
    for side in ("gen", "reco"):
        for name in ("constituents", "pid", "n_constituents", "jet"):
            np.testing.assert_array_equal(
                getattr(getattr(pairs, side), name), getattr(getattr(expected, side), name)[10:20]
            )
    np.testing.assert_array_equal(pairs.n_vertices, expected.n_vertices[10:20])


def test_pieces_make_the_same_file_as_one_write(tmp_path, path, make_pairs):
    pairs = make_pairs(300, 1)
    with PairsWriter(tmp_path / "y.h5", {"seed": 1}, 80) as writer:
        for start in range(0, 300, 70):
            writer.append(pairs[start : start + 70])
    with PairsFile(tmp_path / "y.h5") as one, PairsFile(path) as two:
        np.testing.assert_array_equal(one.read().reco.constituents, two.read().reco.constituents)
        np.testing.assert_array_equal(one.event, two.event)


def test_splits_are_disjoint_complete_by_event_and_of_the_right_size():
    event = np.repeat(np.arange(20_000), 2)
    splits = {name: in_split(event, name) for name in ("train", "validation", "test")}
    assert (sum(mask.astype(int) for mask in splits.values()) == 1).all()
    for name, fraction in (("train", 0.6), ("validation", 0.2), ("test", 0.2)):
        assert splits[name].mean() == pytest.approx(fraction, abs=0.01)
        assert (splits[name][::2] == splits[name][1::2]).all()
    with pytest.raises(InputError, match="no split 'val'"):
        in_split(event, "val")


def test_reading_by_split_and_selection(path):
    selection = Selection(jet_pt_min=150)
    with PairsFile(path) as file:
        whole = file.read()
        selected = [
            pairs for split in ("train", "validation", "test") for pairs in file.selected(selection, split)
        ]
    assert sum(map(len, selected)) == (whole.reco.pt > 150).sum()
    assert all((pairs.reco.pt > 150).all() for pairs in selected)


def test_an_exception_leaves_nothing(tmp_path, make_pairs):
    def interrupted():
        with PairsWriter(tmp_path / "x.h5", {}, 80) as writer:
            writer.append(make_pairs(5, 1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_error_and_keeps_the_old_file(path, make_pairs, monkeypatch):
    before = path.read_bytes()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(h5py.Dataset, "resize", full)
    with pytest.raises(StorageError, match="disk is full"):
        write_pairs(path, make_pairs(5, 1), {})
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["x.h5"]


def _break(change):
    def apply(path):
        with h5py.File(path, "r+") as file:
            change(file)

    return apply


def _set(name, index, value):
    def change(file):
        file[name][index] = value

    return _break(change)


def _replace(name, shape, dtype=np.float32):
    def change(file):
        del file[name]
        file[name] = np.zeros(shape, dtype)

    return _break(change)


def _group(name):
    def change(file):
        del file[name]
        file.create_group(name)

    return _break(change)


def _link(name, target):
    def change(file):
        del file[name]
        file[name] = target

    return _break(change)


HEPMC = """HepMC::Version 3.02.05
HepMC::Asciiv3-START_EVENT_LISTING
E 8 0 1
U GEV MM
P 1 0 211 200 1 2 201 0.139 1
HepMC::Asciiv3-END_EVENT_LISTING
"""

DAMAGES = {
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:5000]), "no readable HDF5 file"),
    "not hdf5": (lambda path: path.write_text("pt,eta,phi"), "is no HDF5 file"),
    "missing": (lambda path: path.unlink(), "is not there"),
    "empty": (lambda path: path.write_bytes(b""), "is empty"),
    "ROOT": (lambda path: path.write_bytes(b"root" + bytes(600)), "is a ROOT file"),
    "HepMC": (lambda path: path.write_text(HEPMC), r"is a HepMC3 file \(it has .* no reco jets"),
    "HepMC, compressed": (
        lambda path: path.write_bytes(gzip.compress(HEPMC.encode())),
        r"is a HepMC3 file \(it has .* no reco jets",
    ),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), r"is a folder \(.*\): name the jets\.h5 in it"),
    "a pipe": (lambda path: (path.unlink(), os.mkfifo(path)), "is no regular file"),
    "another format": (_break(lambda f: f.attrs.update(format="jetnet")), "format is 'jetnet'"),
    "another version": (_break(lambda f: f.attrs.update(version=2)), "version is 2, this pyjetsim reads 1"),
    "no dataset": (_break(lambda f: f.__delitem__("reco/pid")), "reco/pid is missing"),
    "a group for a dataset": (_group("event"), "event is missing"),
    "one dimension for three": (_replace("gen/constituents", (300,)), r"gen/constituents has shape \(300,\)"),
    "text for numbers": (_replace("gen/jet", (300, 4), "S5"), r"gen/jet has dtype \|S5, not float32"),
    "doubles for integers": (_replace("event", 300, np.float64), r"event has dtype float64, not int64"),
    "provenance that is a number": (_break(lambda f: f.attrs.update(provenance=5)), "no JSON object"),
    "provenance that is a text": (_break(lambda f: f.attrs.update(provenance='"x"')), "no JSON object"),
    "other length": (_replace("delta_r", 299), r"delta_r has shape \(299,\)"),
    "other rank": (_replace("gen/jet", (300, 3)), r"gen/jet has shape \(300, 3\)"),
    "NaN": (_set("reco/constituents", (7, 0, 1), np.nan), "reco/constituents of jet 7 is not finite"),
    "infinite jet": (_set("gen/jet", (3, 0), np.inf), "gen/jet of jet 3 is not finite"),
    "unsorted": (_set("gen/constituents", (5, 4), (900, 0, 0)), "jet 5 are not pt-descending"),
    "a format of two": (_break(lambda f: f.attrs.update(format=["pyjetsim.jets"] * 2)), "format is array"),
    "a version of three": (_break(lambda f: f.attrs.update(version=[1, 1, 1])), r"version is \[1 1 1\]"),
    "a version that is true": (_break(lambda f: f.attrs.update(version=True)), "version is True"),
    "a dataset of nothing": (_link("reco/jet", h5py.Empty("f4")), "reco/jet is missing"),
    "a link to itself": (_link("event", h5py.SoftLink("/event")), "event cannot be read"),
    "a link to nowhere": (_link("event", h5py.SoftLink("/nowhere")), "event is missing"),
    "provenance too deep": (_break(lambda f: f.attrs.update(provenance="[" * 60000)), "no JSON object"),
    "no provenance": (_break(lambda f: f.attrs.__delitem__("provenance")), "provenance is missing"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_named(path, damage):
    apply, message = DAMAGES[damage]
    apply(path)

    def read():
        with PairsFile(path) as file:
            json.dumps(file.provenance)
            for _ in file.batches():
                pass

    with pytest.raises(DataError, match=message):
        read()


@pytest.mark.parametrize(
    ("libver", "locking", "message"),
    [
        ("earliest", None, "is locked by another program"),
        ("latest", None, "is locked by another program"),
        ("latest", "FALSE", "is open for writing elsewhere"),
    ],
)
def test_a_file_that_is_being_written(tmp_path, make_pairs, libver, locking, message):
    path = tmp_path / "pairs.h5"
    program = (
        "import sys\nfrom pyjetsim.errors import DataError\nfrom pyjetsim.io import PairsFile\n"
        "try: PairsFile(sys.argv[1])\nexcept DataError as error: print(error)\n"
    )
    env = {**os.environ, **({} if locking is None else {"HDF5_USE_FILE_LOCKING": locking})}
    with h5py.File(path, "w", libver=libver) as file:
        file["event"] = [1, 2]
        file.flush()
        read = subprocess.run(
            [sys.executable, "-c", program, path], capture_output=True, text=True, check=True, env=env
        )
    assert read.stdout.startswith(f"{path} {message}"), read.stdout
    assert read.stdout.count("\n") == 1
    assert "damaged" not in read.stdout


def test_hundreds_of_damaged_files_are_read_or_refused(tmp_path):
    """In a process of its own: on what it is given HDF5 may crash or hang."""
    tests = Path(__file__).parent
    command = [sys.executable, tests / "fuzz_jets_h5.py", tmp_path, "0", "300"]
    env = {**os.environ, "PYTHONPATH": str(tests.parent)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)
    at = tmp_path / "number"
    assert done.returncode == 0, f"file {at.read_text() if at.exists() else None}: {done.stderr}"
    seen = json.loads(done.stdout)
    # Both ways are taken, or nothing was tried.
    assert seen["refused"] > 100
    assert seen["read"] > 20
    assert seen["refused"] + seen["read"] == 300


def test_an_empty_file_is_a_file(tmp_path):
    with PairsWriter(tmp_path / "x.h5", {}, 80):
        pass
    with PairsFile(tmp_path / "x.h5") as file:
        assert len(file) == 0
        assert list(file.batches()) == []


@pytest.mark.parametrize("value", [np.float32(1), {1, 2}, {1: "x", "y": 2}])
def test_a_provenance_that_is_no_json_is_told_before_the_work(tmp_path, make_pairs, value):
    with pytest.raises(InputError, match=r"provenance of .*x\.h5 cannot be written as JSON"):
        write_pairs(tmp_path / "x.h5", make_pairs(5, 1), {"bad": value})
    assert list(tmp_path.iterdir()) == []


def test_a_provenance_spoilt_while_writing_leaves_nothing(path, make_pairs):
    before = path.read_bytes()

    def write():
        with PairsWriter(path, {}, 80) as writer:
            writer.append(make_pairs(5, 1))
            writer.provenance["bad"] = np.arange(3)

    with pytest.raises(InputError, match="cannot be written as JSON"):
        write()
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["x.h5"]


def test_the_provenance_is_the_writers_own(tmp_path):
    provenance = {"counts": {"jets": 1}}
    with PairsWriter(tmp_path / "x.h5", provenance, 80) as writer:
        provenance["counts"]["jets"] = 2
        writer.provenance["complete"] = True
    with PairsFile(tmp_path / "x.h5") as file:
        assert file.provenance == {"counts": {"jets": 1}, "complete": True}


def test_two_writers_of_one_path_do_not_meet(tmp_path, make_pairs):
    """Both files are whole; the last to finish stays."""
    first, second = make_pairs(3000, 1), make_pairs(3000, 2)
    path = tmp_path / "x.h5"
    with PairsWriter(path, {"seed": 1}, 80) as one:
        one.append(first[:1500])
        with PairsWriter(path, {"seed": 2}, 80) as two:
            two.append(second)
        with PairsFile(path) as file:
            assert file.provenance == {"seed": 2}
            np.testing.assert_array_equal(file.read().reco.constituents, second.reco.constituents)
        one.append(first[1500:])
    with PairsFile(path) as file:
        assert file.provenance == {"seed": 1}
        np.testing.assert_array_equal(file.read().reco.constituents, first.reco.constituents)
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.h5"]


@pytest.mark.parametrize("step", ["File", "_create"])
def test_an_interrupt_while_the_file_is_begun_leaves_nothing(tmp_path, monkeypatch, step):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(h5py if step == "File" else PairsWriter, step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_pairs(tmp_path / "x.h5", Pairs.empty(80), {})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_jets_h5(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in (".", str(tmp_path)):
        with pytest.raises(InputError, match="is a folder"):
            PairsWriter(folder, {}, 80)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_waits_for_hdf5(tmp_path, make_pairs, monkeypatch, signum):
    """HDF5 calls the output's methods; what is raised in them does not arrive anywhere."""
    seen = []
    write = CheckedOutput.write

    def interrupted(self, data):
        os.kill(os.getpid(), signum)
        seen.append(signal.getsignal(signum))
        return write(self, data)

    def answer(number, frame):
        raise KeyboardInterrupt

    monkeypatch.setattr(CheckedOutput, "write", interrupted)
    before = signal.signal(signum, answer)
    try:
        with pytest.raises(KeyboardInterrupt):
            write_pairs(tmp_path / "x.h5", make_pairs(5, 1), {})
        assert signal.getsignal(signum) is answer
    finally:
        signal.signal(signum, before)
    assert seen
    assert answer not in seen
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_at_the_end_leaves_the_whole_file(tmp_path, make_pairs, monkeypatch):
    pairs = make_pairs(5, 1)
    close = CheckedOutput.close

    def interrupted(self):
        signal.raise_signal(signal.SIGINT)
        close(self)

    monkeypatch.setattr(CheckedOutput, "close", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_pairs(tmp_path / "x.h5", pairs, {})
    assert [path.name for path in tmp_path.iterdir()] == ["x.h5"]
    with PairsFile(tmp_path / "x.h5") as file:
        np.testing.assert_array_equal(file.read().reco.constituents, pairs.reco.constituents)
