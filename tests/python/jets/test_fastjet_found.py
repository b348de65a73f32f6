"""Which FastJet the build takes, and what it says of those it cannot take."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_MODULES = Path(__file__).parents[3] / "cmake"
_PROJECT = f"""
cmake_minimum_required(VERSION 3.20)
project(finder LANGUAGES CXX)
list(APPEND CMAKE_MODULE_PATH "{_MODULES.as_posix()}")
find_package(PyjetsimFastJet 3.4 REQUIRED)
get_target_property(library pyjetsim::fastjet IMPORTED_LOCATION)
message(STATUS "library=${{library}}")
message(STATUS "beside=${{PyjetsimFastJet_BESIDE}}")
message(STATUS "thread_safe=${{PyjetsimFastJet_THREAD_SAFE}}")
"""


@pytest.fixture
def configure(tmp_path: Path):
    assert shutil.which("cmake"), "cmake is missing (the build is described in it): install cmake"
    (tmp_path / "CMakeLists.txt").write_text(_PROJECT)

    def run(**options: str | Path) -> tuple[int, str]:
        words = [f"-D{name}={value}" for name, value in options.items()]
        result = subprocess.run(
            ["cmake", "-S", tmp_path, "-B", tmp_path / "build", *words], capture_output=True, text=True
        )
        # CMake breaks long messages into lines.
        return result.returncode, " ".join((result.stdout + result.stderr).split())

    return run


def make_fastjet(folder: Path, settings: str) -> Path:
    """Give a folder that looks like FastJet's to CMake."""
    (folder / "include" / "fastjet").mkdir(parents=True)
    (folder / "include" / "fastjet" / "ClusterSequence.hh").touch()
    (folder / "include" / "fastjet" / "config_auto.h").write_text(settings)
    (folder / "lib").mkdir()
    (folder / "lib" / "libfastjet.so").touch()
    return folder


def test_that_of_the_python_package(configure):
    code, said = configure(Python_EXECUTABLE=sys.executable)
    assert code == 0, said
    assert "beside=fastjet/lib" in said
    assert "thread_safe=TRUE" in said
    assert "thread safety" not in said


def test_a_folder_that_is_given_goes_first(configure, tmp_path: Path):
    settings = '#define FASTJET_VERSION "3.5.0"\n#define FASTJET_HAVE_LIMITED_THREAD_SAFETY\n'
    folder = make_fastjet(tmp_path / "mine", settings)
    code, said = configure(Python_EXECUTABLE=sys.executable, PYJETSIM_FASTJET_ROOT=folder)
    assert code == 0, said
    assert f"library={folder}/lib/libfastjet.so" in said
    assert "beside= " in said
    assert "thread safety" not in said


def test_one_without_thread_safety_is_taken_with_a_warning(configure, tmp_path: Path):
    settings = '#define FASTJET_VERSION  "3.4.0"\n/* #undef FASTJET_HAVE_LIMITED_THREAD_SAFETY */\n'
    folder = make_fastjet(tmp_path / "debian", settings)
    code, said = configure(PYJETSIM_FASTJET_ROOT=folder)
    assert code == 0, said
    assert "thread_safe=FALSE" in said
    assert "FastJet 3.4.0 in" in said
    assert "was built without thread safety (threads that cluster at the same time" in said


def test_one_that_is_too_old_is_refused(configure, tmp_path: Path):
    folder = make_fastjet(tmp_path / "old", '#define FASTJET_VERSION "3.3.4"\n')
    code, said = configure(PYJETSIM_FASTJET_ROOT=folder)
    assert code != 0
    assert '"3.3.4", but required is at least "3.4"' in said
    assert "run 'pip install \"fastjet>=3.4.3\"'" in said


def test_a_folder_without_it_is_refused(configure, tmp_path: Path):
    code, said = configure(Python_EXECUTABLE=sys.executable, PYJETSIM_FASTJET_ROOT=tmp_path / "nothing")
    assert code != 0
    assert "(jets are clustered with it): run 'pip install" in said
