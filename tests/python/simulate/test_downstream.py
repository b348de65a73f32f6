"""Somebody else's program (tests/downstream), built against the C++ library in each form of installation."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.testing import assert_allclose

from pyjetsim import Simulator
from pyjetsim.jets import clustering, jet_kinematics
from pyjetsim.jets.event_ids import EventId

_ROOT = Path(__file__).parents[3]
_SOURCES = _ROOT / "tests" / "downstream"
_PACKAGE_FOLDER = Path(onnxruntime.__file__).parent / "capi"
_LIBRARY = next(_PACKAGE_FOLDER.glob("libonnxruntime.so.*"))


def _run(*command: str | Path, **variables: str | Path) -> str:
    env = {**os.environ, **{name: str(value) for name, value in variables.items()}}
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=env)
    assert result.returncode == 0, f"{command}\n{result.stdout[-8000:]}\n{result.stderr[-8000:]}"
    return result.stdout


def _python(option: str) -> str:
    return _run(sys.executable, "-m", "pyjetsim", option).strip()


def _package(name: str) -> Path:
    spec = find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def _build(folder: Path, *options: str) -> Path:
    _run("cmake", "-S", _SOURCES, "-B", folder, *options)
    _run("cmake", "--build", folder)
    return folder


@pytest.fixture(scope="module")
def with_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the programs built against the Python package."""
    return _build(tmp_path_factory.mktemp("package"), f"-Dpyjetsim_DIR={_python('--cmake-dir')}")


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that `cmake --install` filled, without Python or torch, and that was moved afterwards."""
    folder = tmp_path_factory.mktemp("prefix")
    _run(
        "cmake",
        *("-S", _ROOT, "-B", folder / "build", f"-DCMAKE_INSTALL_PREFIX={folder / 'installed'}"),
        *("-DPYJETSIM_PYTHON=OFF", "-DPYJETSIM_RUN=OFF", "-DCMAKE_DISABLE_FIND_PACKAGE_Python=ON"),
        f"-DPYJETSIM_FASTJET_ROOT={_package('fastjet')}",
        f"-DPYJETSIM_NLOHMANN={_package('nlohmann_json') / 'include'}",
    )
    _run("cmake", "--build", folder / "build", "--target", "install")
    shutil.rmtree(folder / "build")
    return Path(shutil.move(folder / "installed", folder / "moved here"))


@pytest.fixture(scope="module")
def with_prefix(prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the program built against the moved installation."""
    return _build(tmp_path_factory.mktemp("moved"), f"-DCMAKE_PREFIX_PATH={prefix}")


def _pkg_config(folder: Path, program: Path) -> Path:
    """Build the program with what pkg-config says."""
    flags = _run(
        "pkg-config", "--cflags", "--libs", "pyjetsim-simulator", "pyjetsim-jets", PKG_CONFIG_PATH=folder
    )
    compiler = shutil.which("c++") or "g++"
    # As a shell would: pkg-config writes spaces in folders as "\ ".
    _run("sh", "-c", f"exec {compiler} -std=c++17 '{_SOURCES / 'main.cpp'}' -o '{program}' {flags}")
    return program


@pytest.fixture(scope="module")
def particles() -> np.ndarray:
    """Three jets of particles (N, 3), GeV, and some between them."""
    random = np.random.default_rng(5)
    phi = np.concatenate(
        [random.normal(centre, 0.15, 30) for centre in (0, 2, 4)] + [random.uniform(0, 6, 20)]
    )
    eta = random.normal(0, 0.15, len(phi))
    pt = random.exponential(8, len(phi)) + 0.3
    return np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=1)


def _simulate(
    program: Path, bundle: Path, particles: np.ndarray, **variables: str | Path
) -> tuple[str, list]:
    """Run the program: what ran the model, and the numbers of each jet."""
    env = {name: value for name, value in os.environ.items() if name != "PYJETSIM_ONNXRUNTIME"}
    result = subprocess.run(
        [program, bundle],
        input=" ".join(map(repr, particles.ravel().tolist())),
        capture_output=True,
        text=True,
        env={**env, **{name: str(value) for name, value in variables.items()}},
    )
    assert result.returncode == 0, result.stderr
    backend, *lines = result.stdout.splitlines()
    return backend, [np.array(line.split(), float) for line in lines]


def _check(jets: list, bundle: Path, particles: np.ndarray, tolerance: float) -> None:
    """Hold what the program wrote against the same in Python."""
    simulator = Simulator(bundle)
    gen, _ = clustering.cluster(
        particles, np.array([0, len(particles)]), pt_min=50, radius=simulator.manifest.jet_definition.radius
    )
    reco = simulator(gen.constituents, event=EventId(1, 2, 3), seed=7)
    assert len(jets) == len(gen.jet) >= 3
    assert reco.n_constituents.sum() > 10
    masses = jet_kinematics(gen.constituents)[:, 3]
    for j, found in enumerate(jets):
        close = {"rtol": tolerance, "atol": tolerance * np.abs(reco.constituents[j]).max()}
        assert_allclose(found[:4], reco.jet[j], **close)
        assert_allclose(found[4], masses[j], rtol=1e-4)
        momenta = found[5:].reshape(-1, 3)
        assert len(momenta) == reco.n_constituents[j]
        assert_allclose(momenta, reco.constituents[j, : len(momenta)], **close)


def test_with_the_package_and_its_onnxruntime(with_package: Path, bundle: Path, particles: np.ndarray):
    backend, jets = _simulate(with_package / "downstream", bundle, particles)
    assert backend == f"ONNX Runtime {onnxruntime.__version__} ({_LIBRARY})"
    _check(jets, bundle, particles, 1e-6)


def test_with_the_package_and_libtorch(with_package: Path, bundle: Path, particles: np.ndarray):
    backend, jets = _simulate(with_package / "downstream_torchscript", bundle, particles)
    assert backend.startswith(f"libtorch {torch.__version__.split('+')[0]}")
    _check(jets, bundle, particles, 1e-4)


def test_with_an_installation_that_was_moved(with_prefix: Path, bundle: Path, particles: np.ndarray):
    _, jets = _simulate(with_prefix / "downstream", bundle, particles, PYJETSIM_ONNXRUNTIME=_LIBRARY)
    _check(jets, bundle, particles, 1e-6)


def test_a_bundle_that_came_with_the_moved_installation_is_found_by_its_name(
    with_prefix: Path, particles: np.ndarray
):
    _, jets = _simulate(with_prefix / "downstream", Path("paper"), particles, PYJETSIM_ONNXRUNTIME=_LIBRARY)
    _check(jets, Path("paper"), particles, 1e-5)


def test_without_an_onnxruntime_it_is_said_how_to_get_one(with_prefix: Path, bundle: Path):
    env = {name: value for name, value in os.environ.items() if name != "PYJETSIM_ONNXRUNTIME"}
    result = subprocess.run(
        [with_prefix / "downstream", bundle], input="", capture_output=True, text=True, env=env
    )
    wrong, why, todo = result.stderr.split("|")
    assert result.returncode == 2
    assert "ONNX Runtime cannot be loaded" in wrong
    assert "not in " in wrong
    assert why
    assert "pip install onnxruntime" in todo


def test_with_pkg_config_of_the_package(bundle: Path, particles: np.ndarray, tmp_path: Path):
    program = _pkg_config(Path(_python("--pkgconfig-dir")), tmp_path / "program")
    backend, jets = _simulate(program, bundle, particles)
    assert str(_LIBRARY) in backend
    _check(jets, bundle, particles, 1e-6)


def test_with_pkg_config_of_the_moved_installation(
    prefix: Path, bundle: Path, particles: np.ndarray, tmp_path: Path
):
    (folder,) = prefix.rglob("pkgconfig")
    program = _pkg_config(folder, tmp_path / "program")
    variables = {"PYJETSIM_ONNXRUNTIME": _LIBRARY, "LD_LIBRARY_PATH": folder.parent}
    _, jets = _simulate(program, bundle, particles, **variables)
    _check(jets, bundle, particles, 1e-6)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("COMPONENTS core torchscript", r"build pyjetsim with -DPYJETSIM_TORCHSCRIPT=ON, where libtorch is"),
        ("COMPONENTS nothing", r"there is no pyjetsim::nothing in .* ask for core, jets, simulator or torch"),
        ("0.2", r'compatible with requested version "0.2"'),
        ("COMPONENTS core simulator jets OPTIONAL_COMPONENTS torchscript", None),
    ],
)
def test_what_is_not_installed_is_refused(prefix: Path, tmp_path: Path, wanted: str, said: str | None):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\n"
        "project(wants LANGUAGES CXX)\n"
        f"find_package(pyjetsim {wanted} CONFIG REQUIRED)\n"
    )
    command = ["cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert (result.returncode == 0) == (said is None)
    if said is not None:
        text = " ".join(result.stderr.split())  # CMake breaks long messages into lines
        assert re.search(said, text), text
