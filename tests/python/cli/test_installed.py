"""The C++ library as the package installs it: what it shows, what it is called, and that it is found."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pyjetsim._utils.folders import FOLDERS, folder
from pyjetsim.cli import main

_LIBRARIES = ("core", "jets", "simulator", "torchscript")
# Shown for each other, and in no public header.
_BETWEEN_LIBRARIES = {
    "Backend",
    "active_areas",
    "cpu_paths",
    "current_cpu_path",
    "look_for_onnxruntime_in",
    "parse_manifest",
    "pyjetsim_torchscript_entry",
    "register_backend",
    "run_model",
    "simulate_in_blocks",
    "thread_scratch",
    "use_cpu_path",
}


def _library(name: str) -> Path:
    return folder("library") / f"libpyjetsim_{name}.so.0.1"


def _output(*command: object) -> str:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True).stdout


def _headers() -> dict[str, str]:
    return {header.name: header.read_text() for header in (folder("include") / "pyjetsim").glob("*.h")}


def _marked() -> set[str]:
    """The classes and functions that public headers mark as shown."""
    found = set()
    for name, text in _headers().items():
        if name != "export.h":
            found |= set(
                re.findall(r"PYJETSIM_EXPORT [^(;{]*?(\w+)(?: final)?(?: : [^{]*)?[({\n ]*[({]", text)
            )
    return found


def test_only_what_is_meant_to_be_is_shown():
    shown = set()
    for library in _LIBRARIES:
        symbols = _output("nm", "-DC", "--defined-only", _library(library)).splitlines()
        assert symbols
        for symbol in symbols:
            match = re.search(
                r"^\w+ \w (?:void |typeinfo (?:name )?for |vtable for )?(?:pyjetsim::)?(\w+)", symbol
            )
            assert match, f"{library} shows {symbol}"
            shown.add(match[1])
    assert shown == _marked() | _BETWEEN_LIBRARIES


@pytest.mark.parametrize("name", _LIBRARIES)
def test_the_version_is_in_the_name(name: str):
    dynamic = _output("readelf", "-d", _library(name))
    assert f"soname: [{_library(name).name}]" in dynamic
    runpath = re.search(r"runpath: \[(.*)\]", dynamic)
    assert runpath
    assert all(part.startswith("$ORIGIN") for part in runpath[1].split(":")), runpath[1]


def test_the_simulator_needs_no_torch_and_no_fastjet():
    needed = _output("readelf", "-d", _library("simulator"))
    assert not re.search(r"NEEDED.*(torch|c10|fastjet|onnx)", needed)


def test_public_headers_include_nothing_of_others():
    headers = _headers()
    assert "simulator.h" in headers
    for name, text in headers.items():
        for included in re.findall(r'#include ([<"].*[>"])', text):
            assert re.fullmatch(r"<[a-z_]+>", included) or included.strip('"').startswith("pyjetsim/"), name


@pytest.mark.parametrize("kind", FOLDERS)
def test_the_command_says_where_it_is(kind: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main([f"--{kind}-dir"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"{folder(kind)}\n"
    assert any(folder(kind).iterdir())


def test_it_is_found_without_torch():
    found = "import sys, pyjetsim.cli as cli\ntry: cli.main(['--cmake-dir'])\nexcept SystemExit: pass\n"
    code = found + "sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ}, stdout=subprocess.DEVNULL)


def test_a_process_has_one_copy_of_each_library():
    code = (
        "import pyjetsim, pyjetsim.jets.clustering, pyjetsim.ops\n"
        "print(*sorted({line.split()[-1] for line in open('/proc/self/maps') if 'libpyjetsim' in line}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env={**os.environ}
    ).stdout.split()
    assert loaded == [str(_library(name)) for name in ("core", "jets", "simulator")]
