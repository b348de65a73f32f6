"""`pyjetsim convert` of files whose jets are paired already: another format, the same pairs."""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from columns import with_columns
from synthetic import MakePairs

from pyjetsim.cli import main
from pyjetsim.convert import convert
from pyjetsim.errors import DataError, DataWarning, InputError, MissingExtraError
from pyjetsim.evaluate import evaluate
from pyjetsim.io import PairsFile, open_pairs, write_pairs
from pyjetsim.jets import Pairs
from pyjetsim.jets.selection import Selection

pytest.importorskip("pyarrow")


@pytest.fixture
def path(tmp_path: Path, make_pairs: MakePairs) -> Path:
    write_pairs(tmp_path / "a.h5", with_columns(make_pairs(300, 1)), {"generator": {"name": "test"}})
    return tmp_path / "a.h5"


def same_files(one: Path, other: Path) -> None:
    with h5py.File(one) as a, h5py.File(other) as b:
        names: list[str] = []
        a.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        assert len(names) > 20
        for name in names:
            np.testing.assert_array_equal(a[name][...], b[name][...], err_msg=name)
            assert a[name].dtype == b[name].dtype
        assert dict(a.attrs) == dict(b.attrs)
        assert list(a["weight"].attrs["weight_names"]) == list(b["weight"].attrs["weight_names"])


def test_there_and_back(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, more in (("x.root", []), ("y.root", ["--rntuple"]), ("x.parquet", [])):
        assert main(["convert", str(path), "--output", str(tmp_path / name), *more]) == 0
        assert f"{name}: 300 pairs" in capsys.readouterr().out
        assert main(["convert", str(tmp_path / name), "--output", str(tmp_path / "b.h5")]) == 0
        same_files(path, tmp_path / "b.h5")
    convert([tmp_path / "x.root"], tmp_path / "z.parquet", quiet=True)
    convert([tmp_path / "z.parquet"], tmp_path / "b.h5", quiet=True)
    same_files(path, tmp_path / "b.h5")


def test_what_makes_no_sense_is_told(path: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.h5 is jets\.h5, whose jets are paired already"):
        convert([path], tmp_path / "b.h5")
    with pytest.raises(InputError, match="convert one at a time"):
        convert([path, path], tmp_path / "b.root")
    with pytest.raises(InputError, match=r"b\.h5 does not end in \.root"):
        convert([path], tmp_path / "b.h5", rntuple=True)
    for name, value, why in (
        ("detector", "cms", "paired already"),
        ("number_events", True, "have the numbers of their events"),
        ("jets", "tree", "taken as they are"),
        ("jets", "cluster", "taken as they are"),
        ("radius", 0.5, "paired already"),
        ("max_events", 7, "paired already"),
        ("max_constituents", 80, "paired already"),
        ("collections", {"gen": "x"}, "names of their own"),
        ("mapping", "gen=x", "known without one"),
    ):
        with pytest.raises(
            InputError, match=f"--{name.replace('_', '-').replace('ping', '')} is given for .*{why}"
        ):
            convert([path], tmp_path / "b.root", **{name: value})
    with pytest.raises(InputError, match="is a source"):
        convert([path], path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_file_leaves_nothing(path: Path, tmp_path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["gen/jet"][200, 0] = np.nan
    with pytest.raises(DataError, match="gen/jet of jet 200 is not finite"):
        convert([path], tmp_path / "b.root", quiet=True)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_without_pairs(tmp_path: Path) -> None:
    write_pairs(tmp_path / "a.h5", Pairs.empty(4), {})
    for name in ("b.root", "b.parquet"):
        with pytest.warns(DataWarning, match="has no pairs"):
            convert([tmp_path / "a.h5"], tmp_path / name, quiet=True)
        with pytest.warns(DataWarning, match="has no pairs"):
            convert([tmp_path / name], tmp_path / "b.h5", quiet=True)


@pytest.mark.usefixtures("unrendered")
def test_what_is_written_is_evaluated_and_learnt_from_as_it_is(path: Path, tmp_path: Path) -> None:
    for name in ("x.root", "x.parquet"):
        convert([path], tmp_path / name, quiet=True)
        with open_pairs(tmp_path / name) as file:
            one = Pairs.concatenate(list(file.selected(Selection(jet_pt_min=150), "train")))
        with PairsFile(path) as twin:
            other = Pairs.concatenate(list(twin.selected(Selection(jet_pt_min=150), "train")))
        np.testing.assert_array_equal(one.reco.constituents, other.reco.constituents)
    options = {"selection": "all", "skip": ("trees", "sets", "distances")}
    first = evaluate(path, path, tmp_path / "one", **options)
    second = evaluate(tmp_path / "x.root", tmp_path / "x.parquet", tmp_path / "two", **options)
    assert first["weights"] is not None
    for entry in ("metrics", "scores", "paired", "response", "weights"):
        np.testing.assert_equal(second[entry], first[entry])
    with open_pairs(path) as file:
        assert isinstance(file, PairsFile)
    (tmp_path / "y.root").write_bytes(b"root" + bytes(600))
    with pytest.raises(DataError, match=r"y\.root is a ROOT file"):
        open_pairs(tmp_path / "y.root")


@pytest.mark.parametrize(("name", "module"), [("x.root", "uproot"), ("x.parquet", "pyarrow")])
def test_a_missing_extra_is_named(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"{module} is not installed .*pyjetsim\[formats\]"):
        convert([path], tmp_path / name, quiet=True)
    assert list(tmp_path.iterdir()) == [path]
