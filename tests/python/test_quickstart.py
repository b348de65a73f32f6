"""The whole chain, tiny: what it leaves, and that it goes on where it was."""

import json
from pathlib import Path

import pytest

from pyjetsim import load, quickstart
from pyjetsim.cli import main
from pyjetsim.io import PairsFile

pytestmark = pytest.mark.usefixtures("unrendered_module")

EVENTS = "100"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quickstart") / "q"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder.parent / "cache"))
        patch.setattr(quickstart, "PILEUP_POOL", 40)
        patch.setattr(quickstart, "PTHAT_MIN", 300.0)
        assert main(["quickstart", "--output", str(folder), "--events", EVENTS, "--processes", "2"]) == 0
    return folder


def test_it_leaves_a_dataset_a_bundle_and_a_report(folder):
    with PairsFile(folder / "jets.h5") as file:
        pairs = file.read()
        assert file.provenance["events"] == int(EVENTS)
    assert len(pairs) > int(EVENTS)
    assert load(folder / "bundle")(pairs.gen.constituents[:3]).jet.shape == (3, 4)
    assert (folder / "report" / "index.html").stat().st_size > 100_000
    assert set(json.loads((folder / "report" / "report.json").read_text())["metrics"]["kld_sum"]) >= {
        "floor",
        "prediction",
        "identity",
        "smearing",
    }
    with PairsFile(folder / "simulated_by_cells.h5") as file:
        assert file.provenance["simulation"]["model"] == "cells"
        assert (file.read().reco.pid != 0).any()
    assert (folder / "report_cells" / "index.html").is_file()


def test_the_same_command_reports_again_without_doing_it_again(folder, capsys):
    before = (folder / "jets.h5").stat().st_mtime_ns, (folder / "bundle" / "model.onnx").stat().st_mtime_ns
    assert main(["quickstart", "--output", str(folder), "--events", EVENTS]) == 0
    after = (folder / "jets.h5").stat().st_mtime_ns, (folder / "bundle" / "model.onnx").stat().st_mtime_ns
    assert before == after
    out = capsys.readouterr().out
    for word in (
        "What was made",
        "identity",
        "smearing",
        "floor",
        "ms a jet",
        "The paper's model, trained here",
        "cells, as it comes with the package",
        "Next",
        "pyjetsim train paper",
    ):
        assert word in out


def test_other_settings_do_not_mix(folder, capsys):
    assert main(["quickstart", "--output", str(folder), "--events", "7"]) == 2
    assert "'events': 7" in capsys.readouterr().err


def test_a_folder_with_other_files_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("")
    assert main(["quickstart", "--output", str(tmp_path)]) == 2
    assert "holds other files" in capsys.readouterr().err
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_interrupted_claim_leaves_the_folder_free(tmp_path, monkeypatch):
    def interrupted(self, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        quickstart._claim(tmp_path, {"events": 1, "seed": 1})
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []
    quickstart._claim(tmp_path, {"events": 1, "seed": 1})
    quickstart._claim(tmp_path, {"events": 1, "seed": 1})
