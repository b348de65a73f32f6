"""model.pt is the same model as model.onnx, the same bytes for the same weights, and tells of no machine."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor

from pyjetsim.bundle import export
from pyjetsim.bundle.manifest import read_manifest, sha256
from pyjetsim.bundle.torchscript import TorchscriptGraph, torchscript_archive
from pyjetsim.errors import BundleError
from pyjetsim.models import VAE
from pyjetsim.simulate import load
from pyjetsim.tasks.base import Arrays
from pyjetsim.tasks.constituents import Constituents

MakeModel = Callable[..., VAE]
DOMAIN = {"pt": [100.0, 600.0], "eta": [-2.5, 2.5], "n_constituents": [5, 75]}


def archive(model: VAE) -> bytes:
    """``model`` exported."""
    return torchscript_archive(model, Constituents())


@pytest.mark.parametrize("batch", [1, 300])
def test_answers_as_pytorch_and_onnx_do(bundle: Path, make_model: MakeModel, batch: int) -> None:
    rng = np.random.default_rng(batch)
    constituents = rng.normal(0, 20, (batch, 40, 3)).astype(np.float32)
    noise = rng.standard_normal((batch, 6), np.float32)
    graph = TorchscriptGraph((bundle / "model.pt").read_bytes(), Constituents().outputs(make_model()))
    found = graph({"constituents": constituents, "noise": noise})["reco_constituents"]
    session = onnxruntime.InferenceSession(bundle / "model.onnx")
    onnx = session.run(None, {"constituents": constituents, "noise": noise})[0]
    with torch.no_grad():
        eager = make_model().eval()(torch.from_numpy(constituents), torch.from_numpy(noise)).numpy()
    assert found.std() > 0.1
    for expected in (onnx, eager):
        np.testing.assert_allclose(found, expected, atol=1e-4, rtol=1e-5)


def test_same_weights_same_bytes(bundle: Path, make_model: MakeModel) -> None:
    content = (bundle / "model.pt").read_bytes()
    model = make_model()
    assert archive(model) == archive(model.eval()) == content
    assert archive(make_model(2)) != content
    assert read_manifest(bundle).files["model.pt"] == sha256(content)


def test_the_model_is_left_as_it_was(make_model: MakeModel) -> None:
    model = make_model().train()
    archive(model)
    assert all(part.training for part in model.modules())
    assert all(weight.requires_grad for weight in model.parameters())


def test_the_exporting_machine_leaves_no_trace(bundle: Path) -> None:
    with zipfile.ZipFile(bundle / "model.pt") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        text = b"".join(archive.read(name) for name in archive.namelist() if "/constants/" not in name)
        assert not [name for name in archive.namelist() if "debug" in name]
    for word in (str(Path(__file__).parents[3]), str(Path(torch.__file__).parent), "pyjetsim", "mangle"):
        assert word.encode() not in text


def test_weights_ask_for_no_gradient(bundle: Path) -> None:
    module = torch.jit.load(bundle / "model.pt")
    assert list(module.parameters()) == []
    constituents = torch.ones(2, 40, 3)
    assert not module(constituents, torch.zeros(2, 6)).requires_grad
    assert (constituents == 1).all()


def test_a_missing_or_altered_archive_is_refused(copy: Path) -> None:
    content = (copy / "model.pt").read_bytes()
    (copy / "model.pt").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(BundleError, match=r"model\.pt has SHA-256"):
        load(copy)
    (copy / "model.pt").unlink()
    with pytest.raises(BundleError, match=r"model\.pt cannot be read"):
        load(copy)


def test_an_older_bundle_without_it_is_read(copy: Path) -> None:
    (copy / "model.pt").unlink()
    manifest = json.loads((copy / "manifest.json").read_text())
    del manifest["files"]["model.pt"]
    (copy / "manifest.json").write_text(json.dumps(manifest))
    load(copy)


@pytest.mark.usefixtures("known_graphs")
def test_an_archive_that_answers_otherwise_is_refused(
    make_model: MakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = archive(make_model(2))
    monkeypatch.setattr(export, "torchscript_archive", lambda *_: other)
    with pytest.raises(BundleError, match=r"TorchScript: golden jets: p[xyz] of constituent \d+"):
        export.export_model(make_model(1), tmp_path / "b", domain=DOMAIN, provenance={})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("known_graphs")
def test_a_difference_beyond_the_golden_jets_is_found(
    make_model: MakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(TorchscriptGraph):
        def __call__(self, inputs: Arrays) -> Arrays:
            wrong = len(inputs["noise"]) == 64
            return {name: values + wrong for name, values in super().__call__(inputs).items()}

    monkeypatch.setattr(export, "TorchscriptGraph", Wrong)
    with pytest.raises(BundleError, match="TorchScript against PyTorch, batch of 64"):
        export.export_model(make_model(), tmp_path / "b", domain=DOMAIN, provenance={})
    assert list(tmp_path.iterdir()) == []


class Branching(VAE):
    def forward(self, constituents: Tensor, noise: Tensor) -> Tensor:
        return constituents if noise.sum() > 0 else -constituents


class Failing(VAE):
    def forward(self, constituents: Tensor, noise: Tensor) -> Tensor:
        raise RuntimeError("no such thing\nand more")


@pytest.mark.parametrize("kind", [Branching, Failing])
def test_a_model_that_cannot_be_traced(kind: type[VAE]) -> None:
    with pytest.raises(BundleError, match=f"{kind.__name__} cannot be exported to TorchScript: ") as caught:
        archive(kind())
    assert "\n" not in str(caught.value)


def test_warnings_of_others_stay(make_model: MakeModel) -> None:
    with pytest.warns(DeprecationWarning, match=r"torch\.jit\.load"):
        torch.jit.load(io.BytesIO(archive(make_model())))
