"""No code that only new processors can run may take the place of code for all.

The linker keeps one copy of each inline function. If a file compiled for AVX-512 had a copy under a
name that other files share, it could be the one kept, and an older processor would stop at it.
"""

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

CSRC = Path(__file__).resolve().parents[3] / "csrc"
FLAGS = {"portable": [], "avx2": ["-mavx2", "-mfma"], "avx512": ["-mavx512f", "-mfma"]}


@pytest.mark.parametrize("path", FLAGS)
@pytest.mark.skipif(shutil.which("g++") is None or shutil.which("nm") is None, reason="needs g++ and nm")
def test_every_shared_symbol_is_in_a_namespace_of_its_own(path, tmp_path):
    if path != "portable" and platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("another processor's instructions")
    # Without optimisation nothing is inlined, so that every function that could be shared is seen.
    compiler = ["g++", "-O0", "-std=c++17", *FLAGS[path], f"-I{CSRC}", f"-I{CSRC / 'include'}"]
    source, binary = CSRC / "kernels/cpu" / f"{path}.cpp", tmp_path / "path.o"
    subprocess.run([*compiler, "-c", source, "-o", binary], check=True)
    listing = subprocess.run(
        ["nm", "--demangle", "--defined-only", binary], check=True, capture_output=True, text=True
    ).stdout
    symbols = [line.split(maxsplit=2)[1:] for line in listing.splitlines()]
    weak = [name for kind, name in symbols if kind in "VWu"]
    assert len(weak) > 100, "nothing to look at"
    assert [name for name in weak if f"pyjetsim::{path}::" not in name] == []
    # What the file offers to others besides: its two tables.
    offered = {name for kind, name in symbols if kind.isupper() and kind not in "VW"}
    assert offered == {f"pyjetsim::{path}_float", f"pyjetsim::{path}_double"}
