"""libtorch runs model.pt in the C++ simulator: where it is found, and what is told where it does not fit."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from pyjetsim import Simulator, _core
from pyjetsim.bundle.torchscript import torchscript_archive
from pyjetsim.errors import BundleError
from pyjetsim.models import VAE
from pyjetsim.tasks.constituents import Constituents

Change = Callable[..., None]
TORCH = Path(torch.__file__).parent
GEN = np.ones((2, 5, 3), np.float32)


def refused(message: str, folder: Path, **options: Any) -> None:
    with pytest.raises(BundleError, match=message) as caught:
        Simulator(folder, "torchscript", **options)
    assert "\n" not in str(caught.value)


class Narrow(torch.nn.Module):
    def forward(self, constituents: Tensor, noise: Tensor) -> Tensor:
        return constituents[:, 1:] + noise.sum()


class Double(torch.nn.Module):
    def forward(self, constituents: Tensor, noise: Tensor) -> Tensor:
        return constituents.double() + noise.sum()


class Pair(torch.nn.Module):
    def forward(self, constituents: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        return constituents, noise


class Raises(torch.nn.Module):
    def forward(self, constituents: Tensor, noise: Tensor) -> Tensor:
        if noise.size(0) > 1:
            raise ValueError("too many jets")
        return constituents


class OneInput(torch.nn.Module):
    def forward(self, constituents: Tensor) -> Tensor:
        return constituents


class OtherNoise(torch.nn.Module):
    def forward(self, constituents: Tensor, noise: Tensor) -> Tensor:
        return constituents + noise.reshape(-1, 7).sum()


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Narrow, r"model.pt gives Float \[\d, 39, 3\], the manifest says Float \(batch, 40, 3\)"),
        (Double, r"model.pt gives Double \[\d, 40, 3\]"),
        (Pair, "model.pt gives Tuple"),
        (Raises, r"too many jets \(libtorch could not run it\)"),
        (OneInput, "model.pt takes 1 tensors, the manifest says 2"),
        (OtherNoise, r"shape '\[-1, 7\]' is invalid .*\(libtorch could not run it\)"),
    ],
)
def test_another_model(copy: Path, change: Change, kind: type[torch.nn.Module], message: str) -> None:
    stream = io.BytesIO()
    torch.jit.save(torch.jit.script(kind()), stream)
    change(copy, archive=stream.getvalue())
    refused(message, copy)


def test_what_is_no_archive(copy: Path, change: Change) -> None:
    whole = (copy / "model.pt").read_bytes()
    for content in (b"", b"no archive", whole[: len(whole) // 2]):
        change(copy, archive=content)
        refused(r"model\.pt is no model that libtorch 2\.\d+\.\d+ .* runs: ", copy)


def test_weights_of_another_model(copy: Path, change: Change, make_model: Callable[..., VAE]) -> None:
    change(copy, archive=torchscript_archive(make_model(2), Constituents()))
    refused(r"golden jets: p[xyz] of constituent \d+ of jet \d is \S+ GeV with libtorch 2\.", copy)
    Simulator(copy)  # whose model.onnx is the right one


def test_a_bundle_without_archive(copy: Path, change: Change) -> None:
    (copy / "model.pt").unlink()
    change(copy, lambda manifest: manifest["files"].pop("model.pt"))
    refused(r"has no model\.pt \(the backend 'torchscript' runs nothing else\)", copy)
    Simulator(copy)


def test_it_says_which_libtorch_it_is(bundle: Path) -> None:
    version = torch.__version__.split("+")[0]
    found = Simulator(bundle, "torchscript").backend
    assert found == f"libtorch {version} ({(TORCH / 'lib' / 'libtorch_cpu.so')})"


def test_the_threads_of_the_caller_stay(bundle: Path) -> None:
    simulator = Simulator(bundle, "torchscript", threads=3)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        simulator(GEN)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("first", ["pyjetsim", "torch"])
def test_python_and_the_simulator_share_one_libtorch(bundle: Path, first: str) -> None:
    program = """
import sys
if sys.argv[2] == "torch":
    import torch
import numpy, pyjetsim
simulator = pyjetsim.Simulator(sys.argv[1], "torchscript")
assert ("torch" in sys.modules) == (sys.argv[2] == "torch")
import torch
assert torch.ones(3).sum() == 3
assert len(simulator(numpy.ones((2, 5, 3), "f4"))) == 2
print(len({line.split()[-1] for line in open("/proc/self/maps") if "libtorch_cpu" in line}))
"""
    done = subprocess.run([sys.executable, "-c", program, bundle, first], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_libraries_that_are_none(bundle: Path) -> None:
    refused("the backend torchscript cannot be loaded: /nowhere.so: ", bundle, library="/nowhere.so")
    refused(r"libm\.so\.6 is another library than libpyjetsim_torchscript", bundle, library="libm.so.6")


def _in_another_process(bundle: Path, library: str, **environment: str) -> str:
    program = (
        "import sys, pyjetsim\n"
        "try: print(pyjetsim.Simulator(sys.argv[1], 'torchscript', library=sys.argv[2] or None).backend)\n"
        "except pyjetsim.Error as error: print(type(error).__name__, error)\n"
    )
    command = [sys.executable, "-c", program, bundle, library]
    env = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout


def test_without_libtorch(bundle: Path, tmp_path: Path) -> None:
    # As in an environment of its own, where torch is in none of the folders around it.
    shutil.copytree(Path(_core.__file__).parent / "lib", tmp_path / "site" / "pyjetsim" / "lib")
    library = next((tmp_path / "site" / "pyjetsim" / "lib").glob("libpyjetsim_torchscript.so.*"))
    found = _in_another_process(bundle, str(library))
    assert found.startswith("BundleError the backend torchscript cannot be loaded: libtorch_cpu.so: ")
    assert "install the version of torch that it was compiled with" in found
    found = _in_another_process(bundle, str(library), LD_LIBRARY_PATH=str(TORCH / "lib"))
    assert found.startswith("libtorch 2.")


def test_a_libtorch_of_other_functions(bundle: Path, tmp_path: Path) -> None:
    # As one that is much newer or older: it has none of those that are called.
    (tmp_path / "none.c").write_text("")
    for name in ("libtorch_cpu.so", "libtorch.so", "libc10.so"):
        command = [
            "cc",
            "-shared",
            "-fPIC",
            f"-Wl,-soname,{name}",
            "-o",
            tmp_path / name,
            tmp_path / "none.c",
        ]
        subprocess.run(command, check=True)
    library = next((Path(_core.__file__).parent / "lib").glob("libpyjetsim_torchscript.so.*"))
    found = _in_another_process(bundle, str(library), LD_LIBRARY_PATH=str(tmp_path))
    assert found.startswith(
        "BundleError the backend torchscript cannot be loaded, for the libtorch that is there is "
    )
    assert "compile pyjetsim where yours is installed, or use the backend onnxruntime" in found
    assert found.count("\n") == 1


@pytest.mark.parametrize(("shift", "fits"), [(56, False), (48, False), (40, True)])
def test_another_version_of_libtorch(bundle: Path, tmp_path: Path, shift: int, fits: bool) -> None:
    # Only that it says so: major, minor or patch is one more.
    major, minor, patch = (int(number) for number in torch.__version__.split("+")[0].split("."))
    version = (major << 56 | minor << 48 | patch << 40) + (1 << shift)
    source, library = tmp_path / "other.c", tmp_path / "libother.so"
    source.write_text(f"unsigned long aoti_torch_abi_version(void) {{ return {version}ul; }}\n")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    found = _in_another_process(bundle, "", LD_PRELOAD=str(library))
    if fits:
        assert found.startswith(f"libtorch {major}.{minor}.{patch + 1} (")
    else:
        assert found.startswith("BundleError libtorch ")
        assert f"and the backend torchscript was compiled with {major}.{minor}.{patch} (" in found
        assert f"install torch {major}.{minor}, or compile pyjetsim where yours is installed" in found
