"""Datasets: read as one file, checked to the byte, written by one process at a time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from synthetic import MakePairs

from pyjetsim.cli import main
from pyjetsim.errors import DataError, DataWarning, InputError
from pyjetsim.io import PairsFile, dataset, in_split, open_pairs, write_pairs
from pyjetsim.io.dataset import PairsDataset, reader
from pyjetsim.io.formats import Reading, open_source
from pyjetsim.jets import Pairs
from pyjetsim.jets.selection import Selection

SIZES = (300, 120, 0, 250)


def same(one: Pairs, other: Pairs) -> None:
    for side in ("gen", "reco"):
        for name in ("constituents", "pid", "n_constituents", "jet"):
            assert_array_equal(getattr(getattr(one, side), name), getattr(getattr(other, side), name))
    for name in ("event", "delta_r", "n_vertices"):
        assert_array_equal(getattr(one, name), getattr(other, name))
    assert set(one.columns) == set(other.columns)
    for name, values in one.columns.items():
        assert_array_equal(values, other.columns[name])


@pytest.fixture(scope="module")
def sample(make_pairs: MakePairs) -> Pairs:
    pairs = make_pairs(sum(SIZES), 3)
    rng = np.random.default_rng(1)
    columns = {"weight": rng.normal(1, 0.1, (len(pairs), 2)), "reco/vertex_z": rng.normal(0, 1, len(pairs))}
    return replace(pairs, columns=columns, weight_names=("nominal", "up"))


@pytest.fixture(scope="module")
def card(cms: Any) -> dict[str, Any]:
    """Figures of a detector, as provenance has them."""
    return dict(cms.figures)


@pytest.fixture
def one(tmp_path: Path, sample: Pairs, card: object) -> Path:
    """All pairs in one file."""
    write_pairs(tmp_path / "one.h5", sample, {"seed": 1, "detector": card})
    return tmp_path / "one.h5"


@pytest.fixture
def folder(tmp_path: Path, sample: Pairs, card: object) -> Path:
    """The same pairs in shards, with an index."""
    folder, start = tmp_path / "many", 0
    for number, size in enumerate(SIZES):
        counts = {"counts": {"pairs": size}, "shard": number}
        told = {"seed": 1, "detector": card, **counts}
        write_pairs(folder / f"{number}.h5", sample[start : start + size], told)
        start += size
    dataset.make(folder)
    return folder


# Reading


def test_it_reads_as_one_file(one: Path, folder: Path, sample: Pairs) -> None:
    with open_pairs(folder) as many, PairsFile(one) as file:
        assert isinstance(many, PairsDataset)
        assert (len(many), many.columns, many.weight_names) == (len(file), file.columns, file.weight_names)
        same(many.read(), sample)
        for start, stop in ((0, 0), (10, 20), (290, 430), (419, 421), (300, 300), (500, None), (0, 10_000)):
            same(many.read(start, stop), file.read(start, stop))
        for split in ("train", "validation", "test", "all"):
            same(Pairs.concatenate(list(many.batches(split, 97))), sample[in_split(sample.event, split)])
        cuts = Selection(jet_pt_min=150)
        same(Pairs.concatenate(list(many.selected(cuts))), sample[cuts.accepts(sample.reco)])
        assert_array_equal(many.event, sample.event)
        assert_array_equal(many.column("weight"), sample.columns["weight"])
        assert_array_equal(many.column("gen/jet", slice(250, 310)), sample.gen.jet[250:310])
        same(many.none(), sample[:0])
    with open_source(folder, Reading()) as jets, open_source(one, Reading()) as of_one:
        # Places in the event are counted over all shards: the noise is that of one file.
        places = [np.concatenate([batch.jet for batch in source.batches()]) for source in (jets, of_one)]
        assert_array_equal(*places)


def test_two_readings_at_a_time_do_not_disturb_each_other(folder: Path, sample: Pairs) -> None:
    with PairsDataset(folder) as many:
        found = []
        for pairs in many.batches(size=50):
            assert len(many.event) == len(sample)  # opens every shard
            found.append(pairs)
    same(Pairs.concatenate(found), sample)


def test_provenance_is_what_all_shards_say_and_their_counts(folder: Path, card: object) -> None:
    with PairsDataset(folder) as many:
        found = many.provenance
    assert found == {
        "seed": 1,
        "detector": card,
        "counts": {"pairs": sum(SIZES)},
        "dataset": {"shards": len(SIZES), "sha256": dataset.read_index(folder).sha256},
    }
    told = json.loads((folder / "index.json").read_text())
    assert [each["provenance"] for each in told["shards"]] == [
        {"counts": {"pairs": size}, "shard": number} for number, size in enumerate(SIZES)
    ]
    for shard in dataset.read_index(folder).shards:
        with PairsFile(folder / shard.name) as file:
            assert shard.provenance == file.provenance


def test_a_shuffle_is_the_same_whatever_reads_and_has_every_pair_once(folder: Path, sample: Pairs) -> None:
    with PairsDataset(folder) as many:
        orders = {
            (seed, workers): np.concatenate(
                [pairs.gen.jet[:, 0] for pairs in many.shuffled(64, seed, "train", blocks=2, workers=workers)]
            )
            for seed, workers in ((1, 1), (1, 3), (2, 1))
        }
        sizes = [len(pairs) for pairs in many.shuffled(64, 1, "train", blocks=2, workers=2)]
        with pytest.raises(InputError, match="workers is 0"):
            next(many.shuffled(64, 1, workers=0))
    expected = sample[in_split(sample.event, "train")].gen.jet[:, 0]
    assert_array_equal(orders[1, 1], orders[1, 3])
    assert not np.array_equal(orders[1, 1], orders[2, 1])
    assert not np.array_equal(orders[1, 1], expected)
    assert_array_equal(np.sort(orders[1, 1]), np.sort(expected))
    assert set(sizes[:-1]) == {64}
    assert sum(sizes) == len(expected)


def test_a_shuffle_that_is_left_ends_its_threads(folder: Path) -> None:
    import threading

    with PairsDataset(folder) as many:
        shuffled = many.shuffled(10, 1, workers=2)
        next(shuffled)
        shuffled.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("pyjetsim-read")]


# Faults


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


FAULTS = {
    "flipped": (flip, "the shard 1.h5 is not what was indexed: its SHA-256 is another (a bit was flipped"),
    "truncated": (cut, "when it was indexed (it is truncated, or was changed)"),
    "missing": (Path.unlink, "the shard 1.h5, which its index names, is not there (its 120 pairs would be"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_shard_that_is_not_as_it_was_is_named(
    folder: Path, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    break_it, message = FAULTS[fault]
    break_it(folder / "1.h5")
    with pytest.raises(DataError) as caught, PairsDataset(folder) as many:
        many.read()
    assert message in str(caught.value)
    assert "1.h5" in str(caught.value)
    assert main(["dataset", "verify", str(folder)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert message in said


def test_verify_names_all_and_looks_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dataset", "verify", str(folder)]) == 0
    assert f"{folder}: 4 shards, 670 pairs: as they were indexed" in capsys.readouterr().out
    times = (folder / "0.h5").stat()
    flip(folder / "0.h5")
    os.utime(folder / "0.h5", ns=(times.st_atime_ns, times.st_mtime_ns))  # as a disk does it
    (folder / "1.h5").unlink()
    shutil.copy(folder / "3.h5", folder / "stranger.h5")
    assert main(["dataset", "verify", str(folder)]) == 2
    said = capsys.readouterr()
    assert "0.h5 is not what was indexed" in said.err
    assert "; and 1 more (" in said.err
    assert "1.h5, which its index names, is not there" in said.out
    assert "stranger.h5 is not in the index, and is not read" in said.out


def test_an_empty_folder_and_one_without_an_index(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "empty").mkdir()
    for what in (lambda: PairsDataset(tmp_path / "empty"), lambda: dataset.make(tmp_path / "empty")):
        with pytest.raises(DataError, match=r"empty is an empty folder \("):
            what()
    assert not list((tmp_path / "empty").iterdir())
    (folder / "index.json").unlink()
    with pytest.raises(DataError, match=r"is a folder of 4 jets\.h5, without index\.json .*dataset make"):
        open_pairs(folder)
    with pytest.raises(DataError, match="none is not there"):
        dataset.append(tmp_path / "none", [])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda told: told.update(version=9), "version are 'pyjetsim.dataset' 9, this pyjetsim reads"),
        (lambda told: told["shards"][0].update(name="../x.h5"), "'../x.h5' is no name of a file"),
        (lambda told: told["shards"].append(told["shards"][0]), "it names no shards, or one twice"),
        (lambda told: told.pop("columns"), "index.json cannot be read"),
        (lambda told: told["shards"][0].update(pairs=299), "0.h5 is not what was indexed"),
    ],
)
def test_an_index_that_cannot_be(folder: Path, change: object, message: str) -> None:
    told = json.loads((folder / "index.json").read_text())
    change(told)  # type: ignore[operator]
    (folder / "index.json").write_text(json.dumps(told))
    with pytest.raises(DataError) as caught, PairsDataset(folder) as many:
        many.read()
    assert message in str(caught.value)


def test_shards_of_another_version_detector_or_kind_are_refused(
    folder: Path, tmp_path: Path, sample: Pairs, card: dict[str, object]
) -> None:
    other = tmp_path / "other.h5"
    before = (folder / "index.json").read_bytes()

    def refused(message: str) -> None:
        with pytest.raises(DataError, match=message):
            dataset.append(folder, [other])
        assert (folder / "index.json").read_bytes() == before
        assert len(list(folder.iterdir())) == 5

    write_pairs(other, sample[:10], {"detector": {**card, "magnet": {**card["magnet"], "field": 2.0}}})  # type: ignore[dict-item]
    refused(r"they differ in magnet\.field.*make a dataset for each detector")
    write_pairs(other, sample[:10], {"detector": card})
    with h5py.File(other, "r+") as file:
        file.attrs["version"] = 7
    refused(r"other\.h5: version is 7, this pyjetsim reads 1")
    write_pairs(other, replace(sample[:10], columns={}, weight_names=()), {"detector": card})
    refused(r"has columns none, and 0\.h5 .*weight")
    shutil.copy(folder / "1.h5", other)
    refused("is the same file as 1.h5, to the byte")
    other.write_bytes(b"nothing")
    refused("is no HDF5 file")


def test_two_writers_do_not_meet(folder: Path, tmp_path: Path) -> None:
    hold = (
        "import sys, time, pathlib; from pyjetsim._utils.output import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
    )
    more = tmp_path / "more.h5"
    shutil.copy(folder / "1.h5", more)
    with subprocess.Popen([sys.executable, "-c", hold, folder], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InputError, match=f"another run is writing in .*: process {other.pid} on"):
            dataset.append(folder, [more])
        other.kill()
    (folder / "index.json").unlink()
    with pytest.warns(DataWarning, match=f"process {other.pid} on .*, which has ended: its lock is taken"):
        dataset.make(folder)


# The verbs


def test_append_merge_and_split(
    folder: Path, one: Path, tmp_path: Path, sample: Pairs, make_pairs: MakePairs
) -> None:
    later = replace(
        make_pairs(40, 9, first_event=5000),
        columns={"weight": np.ones((40, 2)), "reco/vertex_z": np.zeros(40)},
        weight_names=sample.weight_names,
    )
    with PairsFile(one) as file:
        provenance = file.provenance
    write_pairs(tmp_path / "later.h5", later, provenance)
    write_pairs(folder / "inside.h5", later[:20], provenance)
    whole = Pairs.concatenate([sample, later])
    assert main(["dataset", "append", str(folder), str(tmp_path / "later.h5")]) == 0
    assert (folder / "000000.h5").read_bytes() == (tmp_path / "later.h5").read_bytes()
    with PairsDataset(folder) as many:
        same(many.read(), whole)
    with pytest.warns(DataWarning, match="10 events of one shard have the number of an event of another"):
        dataset.append(folder, [folder / "inside.h5"])
    assert [shard.name for shard in dataset.read_index(folder).shards][-1] == "inside.h5"
    with pytest.raises(InputError, match=r"inside\.h5 is a shard of .* already"):
        dataset.append(folder, [folder / "inside.h5"])

    assert main(["dataset", "split", str(tmp_path / "cut"), str(one), "--events-per-shard", "100"]) == 0
    index = dataset.read_index(tmp_path / "cut")
    assert [shard.events for shard in index.shards] == [100, 100, 100, 35]
    assert (
        main(["dataset", "merge", str(tmp_path / "all"), str(tmp_path / "cut"), str(tmp_path / "later.h5")])
        == 0
    )
    with PairsDataset(tmp_path / "all") as many:
        same(many.read(), whole)
        assert many.provenance["detector"] == provenance["detector"]
    with pytest.raises(InputError, match="is there and is no free place for a dataset"):
        dataset.merge(tmp_path / "all", [one])
    with pytest.raises(InputError, match="has an index already"):
        dataset.make(tmp_path / "all")


def test_what_appears_meanwhile_is_not_replaced(
    one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "data"

    def meanwhile(*_: object) -> None:
        place.mkdir()
        (place / "mine").touch()

    monkeypatch.setattr(dataset.folder, "warn_of_shared_events", meanwhile)
    with pytest.raises(InputError, match="is there and is no free place for a dataset"):
        dataset.merge(place, [one])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "one.h5"]
    assert [path.name for path in place.iterdir()] == ["mine"]


@pytest.mark.parametrize("events", [60, 64, 335, 400])
def test_a_cut_dataset_has_whole_events_and_all_pairs(
    folder: Path, tmp_path: Path, sample: Pairs, events: int
) -> None:
    index = dataset.split(tmp_path / "cut", folder, events)
    numbers = [shard.event_range for shard in index.shards]
    assert all(low[1] < high[0] for low, high in pairwise(numbers))
    assert {shard.events for shard in index.shards[:-1]} <= {events}
    with PairsDataset(tmp_path / "cut") as many:
        same(many.read(), sample)


def test_info_tells_of_shards_and_pairs(folder: Path, one: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert main(["info", str(one), "--json"]) == 0
    of_one = json.loads(capsys.readouterr().out)
    assert found["is"] == "dataset"
    assert [each["pairs"] for each in found["shards"]] == list(SIZES)
    for name in ("pairs", "events", "event_numbers", "max_constituents", "detector", "ranges"):
        assert found[name] == of_one[name], name
    assert main(["dataset", "info", str(folder)]) == 0
    assert "pairs: 670" in capsys.readouterr().out


def test_convert_writes_a_dataset_as_one_file(folder: Path, tmp_path: Path, sample: Pairs) -> None:
    assert main(["convert", str(folder), "--output", str(tmp_path / "whole.h5"), "--quiet"]) == 0
    with PairsFile(tmp_path / "whole.h5") as file:
        same(file.read(), sample)


def test_a_hash_is_looked_at_once_in_a_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []
    original = reader.sha256_of
    monkeypatch.setattr(reader, "sha256_of", lambda path: (seen.append(path), original(path))[1])
    for _ in range(2):
        with PairsDataset(folder) as many:
            list(many.batches())
    assert [path.name for path in seen] == ["0.h5", "1.h5", "3.h5"]
