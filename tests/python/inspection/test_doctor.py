"""What `pyjetsim doctor` tells, with everything there and with little."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from pyjetsim import __version__
from pyjetsim._utils.extras import EXTRAS
from pyjetsim.bundle.shipped import SHIPPED
from pyjetsim.cli import main


def test_everything_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["versions"]["pyjetsim"] == __version__
    assert report["machine"]["cores"] >= 1
    assert report["compiled"]["_core"] == "loads"
    assert "FastJet" in report["compiled"]["_clustering"]
    ops = report["compiled"]["_ops"]
    assert ops["in_use"] in ops["instruction_sets"]
    assert set(report["extras"]) == set(EXTRAS)
    assert set(report["bundles"]) == set(SHIPPED)
    assert all(state.startswith("loads, with ") for state in report["bundles"].values())
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"pyjetsim {__version__}, Python ")
    assert "extras:" in text


def test_what_is_missing_is_told_with_the_way_to_get_it() -> None:
    names = {"torch", "pythia8mc", "matplotlib", "uproot"}
    program = f"""
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names}:
            raise ModuleNotFoundError("No module named " + name, name=name)
sys.meta_path.insert(0, Without())
import importlib.util
find = importlib.util.find_spec
def without(name, package=None):
    return None if name.partition(".")[0] in {names} else find(name, package)
importlib.util.find_spec = without
import pyjetsim._utils.extras as extras
extras.find_spec = importlib.util.find_spec
from pyjetsim.cli import main
sys.exit(main(["doctor"]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    for extra in ("train", "generate", "evaluate", "formats"):
        assert f"run pip install 'pyjetsim[{extra}]'" in done.stdout
    assert "needs torch, which is not installed" in done.stdout


def test_a_library_that_is_wrong_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pyjetsim.simulate.load", _refuses)
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert "bundle paper: does not load: broken" in text
    assert "the bundle paper (it simulates out of the box)" in text


def _refuses(name: str) -> None:
    raise OSError("broken")
