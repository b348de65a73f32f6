"""Object tables: gen and reco with rows of their own, several kinds in one file."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from pyjetsim.errors import DataError, InputError
from pyjetsim.io.objects import (
    Column,
    EventObjects,
    Kind,
    Objects,
    ObjectsFile,
    ObjectsWriter,
    Side,
    paired,
)
from pyjetsim.io.splits import in_split


def kind(rng: np.random.Generator, n_events: int, most: int) -> Kind:
    """Any number of objects an event; some of each side have a partner."""
    counts = [rng.integers(0, most + 1, n_events).astype(np.int32) for _ in range(2)]
    matches = [np.full(count.sum(), -1, np.int32) for count in counts]
    begins = [np.cumsum(count) - count for count in counts]
    for event in range(n_events):
        for i in range(min(count[event] for count in counts)):
            if rng.random() < 0.7:
                gen, reco = begins[0][event] + i, begins[1][event] + counts[1][event] - 1 - i
                matches[0][gen], matches[1][reco] = reco, gen
    return Kind(
        *(
            Side({"pt": rng.exponential(30, len(match)).astype(np.float32)}, count, match)
            for count, match in zip(counts, matches, strict=True)
        )
    )


def events(n: int, seed: int = 1, first: int = 0) -> EventObjects:
    rng = np.random.default_rng(seed)
    kinds = {"jets": kind(rng, n, 4), "muons": kind(rng, n, 1)}
    return EventObjects(np.arange(first, first + n), kinds, {"weight": rng.normal(1, 0.1, n)})


def write(path: Path, *parts: EventObjects) -> Path:
    with ObjectsWriter(path, "things", {"a": 1}, {"jets/gen/pt": Column("GeV", "of the jet")}) as writer:
        for part in parts:
            writer.append(part)
    return path


def same(a: EventObjects, b: EventObjects) -> None:
    np.testing.assert_array_equal(a.event, b.event)
    np.testing.assert_array_equal(a.columns["weight"], b.columns["weight"])
    for name in ("jets", "muons"):
        for one, other in zip(a.kinds[name], b.kinds[name], strict=True):
            for column in ("count", "match"):
                np.testing.assert_array_equal(getattr(one, column), getattr(other, column))
            np.testing.assert_array_equal(one["pt"], other["pt"])


def test_what_is_written_is_read(tmp_path: Path) -> None:
    whole, parts = events(60), [events(60).events(np.arange(60) // 20 == i) for i in range(3)]
    same(EventObjects.concatenate(parts), whole)
    with ObjectsFile(write(tmp_path / "t.h5", *parts)) as file:
        assert (file.kinds, file.n_events, file.task, file.provenance) == (
            ["jets", "muons"],
            60,
            "things",
            {"a": 1},
        )
        assert file.columns("jets", "gen") == ["pt"]
        assert file.column("jets", "gen", "pt") == Column("GeV", "of the jet")
        assert file.length("jets", "reco") == len(whole.kinds["jets"].reco)
        same(file.read(), whole)
        same(EventObjects.concatenate(list(file.batches(size=7))), whole)
        same(EventObjects.concatenate([file.read(0, 13), file.read(13)]), whole)
        held = list(file.batches("train", size=11))
        same(EventObjects.concatenate(held), whole.events(in_split(whole.event, "train")))


def test_links_are_rows_of_the_file(tmp_path: Path) -> None:
    with h5py.File(write(tmp_path / "t.h5", events(30), events(30, 2, 30))) as file:
        gen, reco = file["jets/gen"], file["jets/reco"]
        linked = gen["reco"][:] >= 0
        assert 20 < linked.sum() < len(linked)
        rows = gen["reco"][:][linked]
        np.testing.assert_array_equal(reco["gen"][:][rows], np.flatnonzero(linked))
        np.testing.assert_array_equal(reco["event"][:][rows], gen["event"][:][linked])
        np.testing.assert_array_equal(
            np.bincount(gen["event"][:], minlength=60), file["events/n_jets_gen"][:]
        )


def test_pairs_are_those_with_a_partner(tmp_path: Path) -> None:
    whole = events(50)
    gen, reco = whole.kinds["jets"]
    with ObjectsFile(write(tmp_path / "t.h5", whole)) as file:
        parts = list(file.pairs("jets", size=9))
    rows = np.flatnonzero(gen.match >= 0)
    np.testing.assert_array_equal(np.concatenate([part.gen["pt"] for part in parts]), gen["pt"][rows])
    np.testing.assert_array_equal(
        np.concatenate([part.reco["pt"] for part in parts]), reco["pt"][gen.match[rows]]
    )
    np.testing.assert_array_equal(
        np.concatenate([part.event for part in parts]), whole.event[gen.place[rows]]
    )


def test_an_event_goes_on_in_the_next_batch(tmp_path: Path) -> None:
    event = np.array([3, 3, 5, 5, 5, 8])
    objects = Objects({"pt": np.arange(6.0)}, {"pt": np.arange(6.0) * 2}, event)
    with ObjectsWriter(tmp_path / "t.h5", "things", {}) as writer:
        for part in (slice(0, 3), slice(3, 4), slice(4, 6), slice(6, 6)):
            writer.append(paired("jets", objects.rows(part)))
    with ObjectsFile(tmp_path / "t.h5") as file:
        whole = file.read()
    np.testing.assert_array_equal(whole.event, [3, 5, 8])
    np.testing.assert_array_equal(whole.kinds["jets"].gen.count, [2, 3, 1])
    np.testing.assert_array_equal(whole.kinds["jets"].reco.match, np.arange(6))


def test_a_file_without_objects_and_without_events(tmp_path: Path) -> None:
    nothing = events(5).events(np.zeros(5, bool))
    with ObjectsFile(write(tmp_path / "none.h5", nothing)) as file:
        assert (file.n_events, file.length("jets", "gen"), list(file.pairs("muons"))) == (0, 0, [])
    empty = Kind(*(Side({"pt": np.zeros(0)}, np.zeros(4, np.int32), np.zeros(0, np.int32)) for _ in range(2)))
    with ObjectsWriter(tmp_path / "empty.h5", "things", {}) as writer:
        writer.append(EventObjects(np.arange(4), {"jets": empty}))
    with ObjectsFile(tmp_path / "empty.h5") as file:
        assert [len(part) for part in file.batches()] == [4]


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    whole = events(5)
    gen, reco = whole.kinds["jets"]

    def given(gen: Side) -> EventObjects:
        return EventObjects(whole.event, {"jets": Kind(gen, reco)}, whole.columns)

    cases = [
        (given(Side({"pt": gen["pt"][1:]}, gen.count, gen.match)), "jets/gen have different lengths"),
        (given(Side({"reco": gen["pt"]}, gen.count, gen.match)), "a column of jets/gen is called 'reco'"),
        (EventObjects(whole.event, whole.kinds, {"weight": np.ones(4)}), "events/weight has 4 entries for 5"),
    ]
    for objects, message in cases:
        with (
            pytest.raises(InputError, match=message),
            ObjectsWriter(tmp_path / "t.h5", "things", {}) as writer,
        ):
            writer.append(objects)
        assert not (tmp_path / "t.h5").exists()
    with pytest.raises(InputError, match=r"columns are .* and were"):
        write(tmp_path / "t.h5", whole, given(gen))


def test_damaged_links_and_counts_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "t.h5", events(40))

    def opened(damage) -> None:
        copy = Path(shutil.copy(path, tmp_path / "copy.h5"))
        with h5py.File(copy, "r+") as file:
            damage(file)
        with ObjectsFile(copy) as found:
            found.read()

    def foreign(file) -> None:
        row = int(np.flatnonzero(file["jets/gen/reco"][:] >= 0)[0])
        file["jets/gen/reco"][row] = len(file["jets/reco/event"]) - 1

    def fewer(file) -> None:
        file["events/n_muons_gen"][0] += 1

    with pytest.raises(DataError, match="jets/gen/reco names rows of other events"):
        opened(foreign)
    with pytest.raises(DataError, match=r"muons/gen/reco has .* entries, not"):
        opened(fewer)
    with pytest.raises(DataError, match="the file is damaged"):
        opened(lambda file: file["jets"].pop("reco"))
    with ObjectsFile(path) as file:
        with pytest.raises(DataError, match=r"has no taus .*its objects are jets, muons"):
            list(file.pairs("taus"))
        with pytest.raises(DataError, match=r"has no column jets/gen/mass .*use one of pt"):
            file.column("jets", "gen", "mass")
