"""Simulating on a device: by ONNX Runtime's CUDA provider, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic import MakePairs

import pyjetsim
from pyjetsim import cli
from pyjetsim.errors import BundleError
from pyjetsim.io import write_pairs

onnxruntime = pytest.importorskip("onnxruntime")
cuda_built = "CUDAExecutionProvider" in onnxruntime.get_available_providers()


@pytest.mark.skipif(cuda_built, reason="this ONNX Runtime has a CUDA provider")
def test_an_onnxruntime_without_cuda_is_told_in_one_line(
    tmp_path: Path, make_pairs: MakePairs, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BundleError, match=r"has no CUDA provider .*: install onnxruntime-gpu"):
        pyjetsim.load("paper", device="cuda:1")
    write_pairs(tmp_path / "jets.h5", make_pairs(5, 1), {})
    command = ["simulate", str(tmp_path / "jets.h5"), "--bundle", "paper", "--device", "cuda"]
    assert cli.main([*command, "--output", str(tmp_path / "out.h5")]) == 2
    told = capsys.readouterr().err
    assert "onnxruntime-gpu" in told
    assert told.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["jets.h5"]


@pytest.mark.parametrize(
    "device", ["", "gpu", "CUDA", "cuda:", "cuda:-1", "cuda:1x", "cuda:99999", "auto", "cpu:0"]
)
def test_an_unknown_device_is_named(device: str) -> None:
    with pytest.raises(BundleError, match=r"is unknown .*: use cpu, cuda or cuda:N"):
        pyjetsim.load("paper", device=device)


def test_torchscript_stays_on_the_cpu() -> None:
    with pytest.raises(BundleError, match=r"'torchscript' runs on the CPU, and device 'cuda'"):
        pyjetsim.load("paper", backend="torchscript", device="cuda")
