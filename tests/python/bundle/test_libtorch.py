"""The C++ library that runs bundles with libtorch: built, and held to ONNX Runtime's answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor

from pyjetsim.bundle import load
from pyjetsim.bundle.torchscript import torchscript_archive
from pyjetsim.models import VAE

_TESTS = Path(__file__).parents[2] / "cpp" / "torchscript"
_JETS = 1000


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


_BAD = {"narrow": Narrow, "double": Double, "pair": Pair, "raises": Raises, "one_input": OneInput}


@pytest.fixture(scope="module")
def folder(bundle: Path, make_model: Callable[..., VAE], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the bundle, jets with ONNX Runtime's answers, and models that are no good."""
    folder = tmp_path_factory.mktemp("libtorch")
    shutil.copytree(bundle, folder / "bundle")
    rng = np.random.default_rng(4)
    constituents = rng.normal(0, 20, (_JETS, 40, 3)).astype(np.float32)
    noise = rng.standard_normal((_JETS, 6), np.float32)
    session = onnxruntime.InferenceSession(bundle / "model.onnx")
    output = session.run(None, {"constituents": constituents, "noise": noise})[0]
    reco = load(bundle)(constituents, seed=5)
    jets = {
        "constituents": constituents,
        "noise": noise,
        "output": output,
        "reco": reco.constituents,
        "n_reco": reco.n_constituents,
        "kinematics": reco.jet,
    }
    (folder / "jets.json").write_text(json.dumps({name: x.ravel().tolist() for name, x in jets.items()}))
    (folder / "other.pt").write_bytes(torchscript_archive(make_model(2)))
    for name, kind in _BAD.items():
        torch.jit.save(torch.jit.script(kind()), str(folder / f"{name}.pt"))
    return folder


def test_in_cpp(folder: Path, tmp_path: Path) -> None:
    if shutil.which("cmake") is None:
        pytest.skip("cmake is missing: the library for libtorch is not built")
    configure = ["cmake", "-S", _TESTS, "-B", tmp_path, f"-DPython_EXECUTABLE={sys.executable}"]
    test = ["ctest", "--test-dir", tmp_path, "--output-on-failure", "--no-tests=error"]
    for command in (configure, ["cmake", "--build", tmp_path], test):
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYJETSIM_TEST_FOLDER": str(folder)},
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-8000:]}\n{done.stderr[-8000:]}"
