"""NanoAOD into object tables, by the command line and in Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from nanoaod_files import write_tree
from plain_nanoaod import FIRST, events

from pyjetsim.cli import main
from pyjetsim.convert import convert_objects
from pyjetsim.errors import DataError, InputError
from pyjetsim.io.objects import ObjectsFile


@pytest.fixture
def nano(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "nano.root", events(30))


def test_one_command_makes_tables(nano: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "t.h5"
    words = ["convert", str(nano), "--write", "objects", "--output", str(output), "--gen-pt-min", "25"]
    assert main(words) == 0
    told = capsys.readouterr().out
    with ObjectsFile(output) as file:
        whole, counts = file.read(), file.provenance["counts"]
        assert file.provenance["converted"]["cuts"] == {"gen_pt_min": 25}
        assert file.column("muons", "reco", "dxy").unit == "cm"
    assert f"{output}: 30 events, {counts['gen_jets']} gen jets, " in told
    assert whole.kinds["jets"].gen["pt"].min() > 25
    assert counts["matched_jets"] == (whole.kinds["jets"].gen.match >= 0).sum()
    # info and evaluate's readers know it by what it holds.
    assert main(["info", str(output)]) == 0
    assert "is: object table" in capsys.readouterr().out


def test_several_files_and_some_events(nano: Path, tmp_path: Path) -> None:
    more = write_tree(tmp_path / "more.root", events(20, seed=2))
    counts = convert_objects([nano, more], tmp_path / "t.h5", max_events=37, quiet=True)
    assert counts["events"] == 37
    with ObjectsFile(tmp_path / "t.h5") as file:
        numbers = file.read().event - FIRST
    np.testing.assert_array_equal(numbers, [*range(30), *range(7)])


def test_what_cannot_be_converted(nano: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fewer = events(5)
    del fewer["Jet_puId"]
    other = write_tree(tmp_path / "other.root", fewer)
    with pytest.raises(DataError, match="other columns than"):
        convert_objects([nano, other], tmp_path / "t.h5", quiet=True)
    with pytest.raises(InputError, match="gen_pt_min is -1"):
        convert_objects([nano], tmp_path / "t.h5", gen_pt_min=-1)
    with pytest.raises(InputError, match="named as ROOT"):
        convert_objects([nano], tmp_path / "t.root")
    words = ["convert", str(nano), "--write", "objects", "--output", str(tmp_path / "t.h5")]
    for option in (["--jets", "tree"], ["--radius", "0.4"], ["--number-events"]):
        assert main([*words, *option]) == 2
        error = capsys.readouterr().err
        assert f"{option[0]} means nothing with --write objects" in error
        assert error.count("\n") == 1
    assert not list(tmp_path.glob("t.*"))
