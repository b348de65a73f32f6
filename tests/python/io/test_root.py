"""Opening ROOT files: whose they are, and what is told of those that are nobody's."""

from __future__ import annotations

from pathlib import Path

import awkward as ak
import delphes_trees
import numpy as np
import pytest
import uproot

from pyjetsim.errors import DataError
from pyjetsim.io.formats import format_of
from pyjetsim.io.root import RootFile


def test_a_file_that_nobody_knows_is_one_line_with_its_trees(tmp_path: Path):
    path = delphes_trees.write(tmp_path / "x.root", delphes_trees.events(), tree="mine")
    with pytest.raises(
        DataError, match=r"x\.root is a ROOT file whose trees nobody here knows: mine"
    ) as caught:
        format_of(path)
    assert "Delphes trees (Delphes), NanoAOD with candidates (Events), EDM4hep (events)" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["Events", "events"])
def test_the_name_of_a_tree_is_not_enough(name: str, tmp_path: Path):
    path = delphes_trees.write(tmp_path / "x.root", delphes_trees.events(), tree=name)
    with pytest.raises(DataError, match=f"whose trees nobody here knows: {name}"):
        format_of(path)


def test_many_trees_are_not_all_told(tmp_path: Path):
    with uproot.recreate(tmp_path / "x.root") as file:
        for i in range(9):
            file.mktree(f"t{i}", {"x": "int32"})
    with pytest.raises(DataError, match=r"knows: t0, t1, t2, t3 and 5 more \("):
        format_of(tmp_path / "x.root")


def test_a_file_without_trees(tmp_path: Path):
    with uproot.recreate(tmp_path / "x.root") as file:
        file["text"] = "nothing"
    with pytest.raises(DataError, match=r"is a ROOT file without a tree; it holds text \(TObjString\)"):
        format_of(tmp_path / "x.root")
    with uproot.recreate(tmp_path / "y.root"):
        pass
    with pytest.raises(DataError, match="is a ROOT file without a tree; it is empty"):
        format_of(tmp_path / "y.root")


def test_clusters_of_an_rntuple_do_not_show(tmp_path: Path):
    values = np.arange(23)
    with uproot.recreate(tmp_path / "x.root") as file:
        file.mkrntuple("t", {"x": values[:1], "y": ak.Array([{"z": int(v)} for v in values[:1]])})
        for start, end in ((1, 2), (2, 15), (15, 23)):
            part = values[start:end]
            file["t"].extend({"x": part, "y": ak.Array([{"z": int(v)} for v in part])})
    with RootFile(tmp_path / "x.root") as file:
        tree = file.tree("t")
        assert tree.branches >= {"x", "y.z"}
        for n in (0, 1, 2, 7, 20, 23, None):
            for size in (1, 4, 100):
                parts = list(tree.batches(["x", "y.z"], n, size))
                assert all(len(part["x"]) <= size for part in parts)
                for name in ("x", "y.z"):
                    found = [value for part in parts for value in part[name].tolist()]
                    assert found == values[:n].tolist()
