"""Optional columns of a jets.h5: written, read, carried through; bad ones are named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from columns import assert_same_columns, with_columns
from synthetic import MakePairs

from pyjetsim.errors import DataError, InputError
from pyjetsim.io import PairsFile, PairsWriter, write_pairs
from pyjetsim.jets import Pairs


@pytest.fixture
def path(tmp_path: Path, make_pairs: MakePairs) -> Path:
    write_pairs(tmp_path / "x.h5", with_columns(make_pairs(300, 1)), {"seed": 1})
    return tmp_path / "x.h5"


def write_pieces(path: Path, *pieces: Pairs) -> None:
    with PairsWriter(path, {}, 80) as writer:
        for pairs in pieces:
            writer.append(pairs)


def test_what_is_written_is_read(path: Path, make_pairs: MakePairs) -> None:
    expected = with_columns(make_pairs(300, 1))
    with PairsFile(path) as file:
        assert set(file.columns) == set(expected.columns)
        assert file.weight_names == expected.weight_names == ("nominal", "scale up")
        assert_same_columns(file.read(10, 20), expected[10:20])
        parts = [pairs for split in ("train", "validation", "test") for pairs in file.batches(split, 70)]
    joined = Pairs.concatenate(parts)
    assert_same_columns(joined[np.argsort(joined.columns["extra/number"])], expected)


def test_columns_have_the_types_of_the_format(tmp_path: Path, make_pairs: MakePairs) -> None:
    pairs = replace(
        make_pairs(4, 1),
        columns={
            "run": np.arange(4, dtype=np.uint16),
            "weight": np.ones((4, 1), np.float32),
            "mine": np.arange(4, dtype=">i2"),
            "gen/hadron_flavour": np.array([0, 4, 5, -5]),
        },
    )
    write_pairs(tmp_path / "x.h5", pairs, {})
    with h5py.File(tmp_path / "x.h5") as file:
        found = {name: file[name].dtype for name in pairs.columns}
        assert "weight_names" not in file["weight"].attrs
    assert found == {"run": "i8", "weight": "f8", "mine": "i2", "gen/hadron_flavour": "i4"}
    with PairsFile(tmp_path / "x.h5") as opened:
        assert_same_columns(opened.read(), pairs)
        assert opened.weight_names == ()


def test_pieces_have_the_same_columns(tmp_path: Path, make_pairs: MakePairs) -> None:
    pairs = with_columns(make_pairs(30, 1))
    fewer = replace(pairs, columns={"run": pairs.columns["run"]}, weight_names=())
    other = replace(pairs, weight_names=("nominal", "scale down"))
    wider = replace(pairs, columns={**pairs.columns, "weight": np.ones((30, 3))}, weight_names=())
    for change, message in (
        (fewer, r"columns are run, and before copy, "),
        (other, r"\(weights nominal, scale down\), and before "),
        (wider, r", and before .*\(weights nominal, scale up\)"),
        (make_pairs(5, 1), "columns are none"),
    ):
        with pytest.raises(InputError, match=message):
            Pairs.concatenate([pairs, change])
        with pytest.raises(InputError, match=message):
            write_pieces(tmp_path / "x.h5", pairs, change)
    assert list(tmp_path.iterdir()) == []


def test_rows_of_another_shape(tmp_path: Path, make_pairs: MakePairs) -> None:
    def pairs(width: int) -> Pairs:
        return replace(make_pairs(5, 1), columns={"extra": np.ones((5, width))})

    with pytest.raises(InputError, match=r"extra has shape \(5, 3\), and rows of \(2,\) before"):
        write_pieces(tmp_path / "x.h5", pairs(2), pairs(3))


@pytest.mark.parametrize("name", ["event", "gen", "gen/jet", "gen/jet/x", "", "/x", "x/", "a//b", "../x"])
def test_names_that_cannot_be(tmp_path: Path, make_pairs: MakePairs, name: str) -> None:
    pairs = replace(make_pairs(5, 1), columns={name: np.ones(5)})
    with pytest.raises(InputError, match="cannot be the name of an optional column"):
        write_pairs(tmp_path / "x.h5", pairs, {})
    assert list(tmp_path.iterdir()) == []


def test_numbers_that_do_not_fit(tmp_path: Path, make_pairs: MakePairs) -> None:
    for name, values in (("run", [1.5] * 5), ("copy", [2**40] * 5), ("gen/own_pt", [1 / 3] * 5)):
        pairs = replace(make_pairs(5, 1), columns={name: np.array(values)})
        with pytest.raises(InputError, match=f"{name} has values of type .* does not hold"):
            write_pairs(tmp_path / "x.h5", pairs, {})


@pytest.mark.parametrize(
    ("columns", "names", "message"),
    [
        ({"run": np.ones(4)}, (), "run has 4 entries for 5 pairs"),
        ({"run": np.float64(1)}, (), "run has no entries for 5 pairs"),
        ({"mine": np.array(["a"] * 5)}, (), "mine has type <U1"),
        ({"weight": np.ones(5)}, (), r"weight has shape \(5,\), not \(5, W\)"),
        ({"weight": np.ones((5, 0))}, (), r"weight has shape \(5, 0\)"),
        ({"weight": np.full((5, 1), np.nan)}, (), "weight of jet 0 is not finite"),
        ({"weight": np.ones((5, 2))}, ("a",), "there are 1 weight_names and 2 weights a jet"),
        ({}, ("a",), "there are 1 weight_names and 0 weights a jet"),
    ],
)
def test_columns_that_cannot_be(make_pairs: MakePairs, columns, names, message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(make_pairs(5, 1), columns=columns, weight_names=names)


def _put(name: str, values: object) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        if name in file:
            del file[name]
        file[name] = values

    return change


def _name(*names: object) -> Callable[[h5py.File], None]:
    return lambda file: file["weight"].attrs.__setitem__("weight_names", names)


BAD = {
    "too long": (_put("run", np.ones(301, np.int64)), "run has 301 entries for 300 pairs"),
    "one number": (_put("mine", 5), "mine has no entries for 300 pairs"),
    "text": (_put("mine", np.array([b"a"] * 300)), r"mine has type \|S1"),
    "text of any length": (_put("mine", ["a", "bc"] * 150), "mine has type object"),
    "records": (_put("mine", np.zeros(300, [("a", "i4")])), "mine has type"),
    "flat weights": (_put("weight", np.ones(300)), r"weight has shape \(300,\), not \(300, W\)"),
    "an infinite weight": (
        lambda file: file["weight"].__setitem__((70, 1), np.inf),
        "weight of jet 70 is not finite",
    ),
    "no weight": (
        lambda file: file["weight"].__setitem__((299, 0), np.nan),
        "weight of jet 299 is not finite",
    ),
    "a name too few": (_name("nominal"), "weight has 2 weights a jet and weight_names 1"),
    "names that are numbers": (_name(1, 2), "weight_names are no texts"),
    "a run of halves": (_put("run", np.full(300, 1.5)), "run has dtype float64, not int64"),
    "a run of unsigned numbers": (_put("run", np.ones(300, np.uint64)), "run has dtype uint64, not int64"),
    "a flavour a constituent": (
        _put("gen/hadron_flavour", np.zeros((300, 80), np.int32)),
        r"gen/hadron_flavour has shape \(300, 80\), not \(300,\)",
    ),
    "nothing": (_put("mine", h5py.Empty("f4")), "mine is missing|mine has"),
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_columns_are_named(path: Path, bad: str) -> None:
    change, message = BAD[bad]
    with h5py.File(path, "r+") as file:
        change(file)

    def read() -> None:
        with PairsFile(path) as file:
            for _ in file.batches(size=50):
                pass

    with pytest.raises(DataError, match=message) as told:
        read()
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)


def test_what_is_no_column_is_passed_over(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file.create_group("notes").attrs["by"] = "me"
        file["kind"] = np.dtype("i4")
        file["broken"] = h5py.SoftLink("/nowhere")
        file.attrs["mine"] = 1
    with PairsFile(path) as file:
        assert not {"notes", "kind", "broken"} & set(file.columns)


def test_a_file_without_pairs_keeps_its_columns(tmp_path: Path, make_pairs: MakePairs) -> None:
    write_pairs(tmp_path / "x.h5", with_columns(make_pairs(300, 1))[:0], {})
    with PairsFile(tmp_path / "x.h5") as file:
        assert set(file.columns) == set(with_columns(make_pairs(5, 1)).columns)
        assert len(file.weight_names) == 2
        assert len(file.read()) == 0
