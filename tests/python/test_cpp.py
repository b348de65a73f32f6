"""The tests in C++, and the CUDA kernels without a GPU: run by an emulation, and compiled by nvcc."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

_ROOT = Path(__file__).parents[2]
_PYTHON = f"-DPython_EXECUTABLE={sys.executable}"  # whose packages hold what is compiled against
# Of tests/cpp; that none is forgotten is a test below.
_EMULATED = ("emulation_itself", "chamfer", "kinematics", "reconstruction_loss", "barriers", "not_built")
_ON_X86 = ("cpu_avx2", "cpu_avx512") if platform.machine() in ("x86_64", "AMD64") else ()
_JETS = ("jets", "jets_in_threads")
_FRAMEWORK = ("framework", "framework_in_threads", "jet_modules", "jet_modules_in_threads")
_IO = ("io", "io_bundled_libs", "io_fuzz", "io_in_threads")
_SIMULATOR = (
    "simulator",
    "simulator_memory",
    "simulator_library",
    "simulator_on_gpu",
    "simulator_torchscript",
    "simulator_in_threads",
)
_EXAMPLES = ("cmssw_example", "gaudi_example")
_TESTS = (
    *_EMULATED,
    "core",
    "cpu_portable",
    *_ON_X86,
    *_JETS,
    *_SIMULATOR,
    *_FRAMEWORK,
    *_IO,
    *_EXAMPLES,
)


def _run(*command: str | Path) -> str:
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    assert result.returncode == 0, f"{command}\n{result.stdout[-8000:]}\n{result.stderr[-8000:]}"
    return result.stdout


@pytest.fixture(scope="module")
def cmake() -> str:
    program = shutil.which("cmake")
    assert program, "cmake is missing (the C++ tests are built with it): install cmake and libgtest-dev"
    return program


@pytest.fixture(scope="module")
def built(cmake: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the built C++ tests."""
    folder = tmp_path_factory.mktemp("tests_cpp")
    _run(cmake, "-S", _ROOT / "tests" / "cpp", "-B", folder, _PYTHON)
    _run(cmake, "--build", folder, "--parallel", str(os.cpu_count() or 1))
    return folder


@pytest.mark.parametrize("name", _TESTS)
def test_in_cpp(built: Path, name: str):
    # ThreadSanitizer needs addresses that are not drawn from the whole range.
    still = ("setarch", platform.machine(), "-R") if shutil.which("setarch") else ()
    found = _run(*still, "ctest", "--test-dir", built, "--output-on-failure", "-R", f"^{name}$")
    assert f": {name} ." in found, "there is no test of this name"
    if "Skipped" in found:
        pytest.skip(
            "ThreadSanitizer does not run on this system (vm.mmap_rnd_bits is above 28)"
            if name == "barriers" or name.endswith("_in_threads")
            else "this processor lacks the instructions"
        )


def test_every_test_in_cpp_is_run(built: Path):
    assert f"Total Tests: {len(_TESTS)}" in _run("ctest", "--test-dir", built, "-N")


def test_nvcc_compiles_the_kernels_without_a_warning_or_a_spilled_register(cmake: str, tmp_path: Path):
    if shutil.which("nvcc") is None:
        pytest.skip("nvcc is missing: the CUDA kernels are not compiled for a GPU")
    options = (_PYTHON, "-DPYJETSIM_PYTHON=OFF", "-DPYJETSIM_CUDA=ON", "-DPYJETSIM_WERROR=ON")
    _run(cmake, "-S", _ROOT, "-B", tmp_path, *options)
    _run(cmake, "--build", tmp_path, "--target", "pyjetsim_cuda")
