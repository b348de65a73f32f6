"""The wheel: built from the source distribution, installed where there is nothing else, and used."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import pytest
from synthetic import MakePairs

from pyjetsim.io import write_pairs

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from build_wheel import build_sdist, build_wheel

_OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
_VERSIONS = sorted({"3.11", "3.13", _OWN})
"""The oldest, the newest that most people have, and this one: each takes minutes."""
_EVENTS = """HepMC::Version 3.02.05
HepMC::Asciiv3-START_EVENT_LISTING
E 7 1 4
U GEV MM
P 1 0 2212 0 0 6500 6500 0.938 4
V -1 0 [1]
P 2 -1 211 200 1 2 200.1 0.13957 1
P 3 -1 -211 -200 3 4 200.1 0.13957 1
P 4 -1 22 50 90 5 103.1 0 1
HepMC::Asciiv3-END_EVENT_LISTING
"""

pytestmark = pytest.mark.slow


def _python(version: str) -> str | None:
    """An interpreter of that version: this one, one on the PATH, or one of pyenv's."""
    if version == _OWN:
        return sys.executable
    found = [shutil.which(f"python{version}")]
    found += map(str, sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"), reverse=True))
    for python in filter(None, found):
        if subprocess.run([python, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0:
            return python
    return None


def _output(*command: object, cwd: Path) -> str:
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=cwd)
    assert result.returncode == 0, f"{command}\n{result.stdout[-4000:]}\n{result.stderr[-4000:]}"
    return result.stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sdist(tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module", params=_VERSIONS)
def wheel(request: pytest.FixtureRequest, sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the wheel of a Python, in a folder beside the environment that it is installed in."""
    python = _python(request.param)
    if python is None:
        pytest.skip(f"Python {request.param} is not on this machine")
    folder = tmp_path_factory.mktemp("wheel")
    wheel = build_wheel(sdist, python, folder)
    _output(python, "-m", "venv", folder / "environment", cwd=folder)
    _output(folder / "environment/bin/python", "-m", "pip", "install", "--quiet", wheel, cwd=folder)
    return wheel


def _bin(wheel: Path) -> Path:
    return wheel.parent / "environment" / "bin"


def test_it_is_portable_and_whole(wheel: Path):
    assert "-manylinux_2_" in wheel.name
    names = zipfile.ZipFile(wheel).namelist()
    for part in ("_core", "_clustering", "_matching", "_ops"):
        assert any(name.startswith(f"pyjetsim/{part}.") and name.endswith(".so") for name in names), part
    assert "pyjetsim/bin/pyjetsim-run" in names
    bundled = [name for name in names if name.startswith("pyjetsim.libs/") or "/lib/lib" in name]
    assert not [name for name in bundled if any(word in name for word in ("torch", "c10", "fastjet", "onnx"))]


def test_a_plain_installation_simulates(wheel: Path, make_pairs: MakePairs, tmp_path: Path):
    installed = _output(_bin(wheel) / "python", "-m", "pip", "list", cwd=tmp_path).lower()
    for package in ("torch ", "pythia8mc ", "matplotlib ", "tensorboard "):
        assert f"\n{package}" not in installed
    write_pairs(tmp_path / "jets.h5", make_pairs(60, 3), {"made": "by the test"})
    (tmp_path / "events.hepmc").write_text(_EVENTS)
    program = _bin(wheel) / "pyjetsim"
    assert "usage: pyjetsim" in _output(program, "--help", cwd=tmp_path)
    _output(program, "simulate", "jets.h5", "--output", "from_jets.h5", cwd=tmp_path)
    _output(program, "simulate", "events.hepmc", "--output", "from_events.h5", cwd=tmp_path)
    _output(_bin(wheel) / "pyjetsim-run", "events.hepmc", "--output", "from_run.h5", cwd=tmp_path)
    for name, jets in (("from_jets", 60), ("from_events", 3), ("from_run", 3)):
        with h5py.File(tmp_path / f"{name}.h5") as file:
            assert len(file["event"]) == jets, name
    code = (
        "import numpy as np, pyjetsim\n"
        "print(len(pyjetsim.load()(np.full((3, 2, 3), 50, np.float32), event=1)))"
    )
    assert _output(_bin(wheel) / "python", "-c", code, cwd=tmp_path) == "3\n"


@pytest.mark.parametrize("wheel", [_OWN], indirect=True)  # torch is installed for the Python of the tests
def test_its_ops_are_those_of_torch(wheel: Path, tmp_path: Path):
    """The module is built without torch; here it meets one."""
    packages = next(wheel.parent.glob("environment/lib/python*/site-packages"))
    code = (
        f"import sys; sys.path.insert(0, {str(packages)!r})\n"
        "import torch, pyjetsim.ops\n"
        "x = torch.zeros(2, 3, 3)\n"
        "print(pyjetsim.__file__, pyjetsim.ops.chamfer_distance(x, x + 1).tolist())"
    )
    expected = f"{packages / 'pyjetsim' / '__init__.py'} [18.0, 18.0]\n"
    assert _output(sys.executable, "-c", code, cwd=tmp_path) == expected
