"""`pyjetsim convert` into a dataset: a shard for each file, the pairs of one output."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import delphes_trees
import numpy as np
import pytest
from synthetic import MakePairs

from pyjetsim.cli import main
from pyjetsim.convert import convert
from pyjetsim.errors import DataWarning, InputError
from pyjetsim.io import PairsFile, open_pairs, write_pairs


@pytest.fixture
def trees(tmp_path: Path) -> list[Path]:
    """Three files, of 3, 5 and 3 events, whose numbers overlap."""
    sizes = (3, 5, 3)
    return [
        delphes_trees.write(tmp_path / f"{number}.root", delphes_trees.events(size))
        for number, size in enumerate(sizes)
    ]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_parts_and_one_process_make_the_pairs_of_one_output(
    trees: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["convert", *map(str, trees), "--detector", "cms", "--max-events", "10", "--number-events"]
    options = {"detector": "cms", "max_events": 10, "number_events": True, "quiet": True}
    one, whole, parts = tmp_path / "one.h5", tmp_path / "whole", tmp_path / "parts"
    convert(trees, one, **options)  # type: ignore[arg-type]
    convert(trees, whole, part="1/1", processes=1, **options)  # type: ignore[arg-type]
    assert main([*words, "--output", str(parts), "--shard", "2/2", "--processes", "1"]) == 0
    assert "parts: 2 of 3 shards are there" in " ".join(capsys.readouterr().out.split())
    summary = convert(trees, parts, part="1/2", **options)  # type: ignore[arg-type]
    assert summary.pairs == 6
    assert content(parts) == content(whole)
    assert sorted(content(whole)) == ["000000.h5", "000001.h5", "000002.h5", "index.json"]
    with PairsFile(one) as file, open_pairs(whole) as many:
        expected, found = file.read(), many.read()
        assert many.provenance["counts"] == file.provenance["counts"]
        told = [shard.provenance["converted"]["files"] for shard in many.index.shards]
        assert [each for of in told for each in of] == file.provenance["converted"]["files"]
        assert many.provenance["detector"] == file.provenance["detector"]
    assert len(expected) == 20
    for name in ("event", "delta_r", "n_vertices"):
        assert np.array_equal(getattr(found, name), getattr(expected, name))
    assert np.array_equal(found.reco.constituents, expected.reco.constituents)
    with pytest.raises(InputError, match=r"parts holds shards of other settings: gen\.pt_min was 100.0"):
        convert(trees, parts, part="1/2", gen_pt_min=150, **options)  # type: ignore[arg-type]


def test_other_files_of_the_same_names_are_refused(trees: list[Path], tmp_path: Path) -> None:
    (tmp_path / "others").mkdir()
    others = [
        delphes_trees.write(tmp_path / "others" / path.name, delphes_trees.events(size, seed=2))
        for path, size in zip(trees, (3, 5, 3), strict=True)
    ]
    options: dict[str, Any] = {"detector": "cms", "number_events": True, "quiet": True}
    convert(trees, tmp_path / "data", part="1/2", **options)
    with pytest.raises(InputError, match="holds shards of other settings: files"):
        convert(others, tmp_path / "data", part="2/2", **options)


def test_numbers_that_files_share_are_told_apart(trees: list[Path], tmp_path: Path) -> None:
    events = []
    for output, options in ((tmp_path / "one.h5", {}), (tmp_path / "whole", {"part": "1/1"})):
        with pytest.warns(DataWarning, match=r"1\.root and 1 more: events have numbers of an earlier file"):
            convert(trees, output, quiet=True, processes=1, **options)  # type: ignore[arg-type]
        with open_pairs(output) as file:
            events.append(file.event)
    assert np.array_equal(*events)
    assert len(np.unique(events[0])) == 11


def test_what_has_no_files_of_events_is_refused(
    trees: list[Path], make_pairs: MakePairs, tmp_path: Path
) -> None:
    write_pairs(tmp_path / "pairs.h5", make_pairs(20, 1), {})
    with pytest.raises(InputError, match=r"a dataset is asked for, and .*pairs\.h5 is .*dataset split"):
        convert([tmp_path / "pairs.h5"], tmp_path / "data", scheduler="local")
    with pytest.raises(InputError, match="an RNTuple would be its shards"):
        convert(trees, tmp_path / "data", part="1/1", rntuple=True)
    assert not (tmp_path / "data").exists()
