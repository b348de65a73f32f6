"""A small bundle with random weights, and HepMC3 events, for the tests beside this file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from boundless import Boundless
from kinds import Kinds

from pyjetsim.bundle import export as export_module
from pyjetsim.bundle import export_model
from pyjetsim.bundle.manifest import sha256
from pyjetsim.models import VAE, JetModel, Standardisation
from pyjetsim.models.vae import VAEConfig
from pyjetsim.simulate import Simulator, load
from pyjetsim.tasks import Task

__all__ = [
    "boundless_bundle",
    "bundle",
    "change",
    "copy",
    "export",
    "kinds_bundle",
    "kinds_copy",
    "known_graphs",
    "make_model",
    "sim",
]

DOMAIN = {"pt": [100.0, 600.0], "eta": [-2.5, 2.5], "n_constituents": [5.0, 75.0]}
PROVENANCE = {"recipe": {"model": {"name": "vae"}}, "epoch": 3}


def random_model(seed: int = 1) -> VAE:
    """An untrained model whose output depends on its input and noise, on both sides of the cuts."""
    torch.manual_seed(seed)
    model = VAE(VAEConfig(max_constituents=40, latent=6, hidden=16, channels=(4, 6, 8)))
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(1.7)
    model.set_standardisation(
        Standardisation(torch.tensor([0.1, -0.2, 0.3]), torch.tensor([6.0, 6.0, 12.0])),
        Standardisation(torch.tensor([0.0, 0.1, 0.2]), torch.tensor([2.0, 2.0, 5.0])),
    )
    return model


@pytest.fixture(scope="session")
def make_model() -> Callable[..., VAE]:
    """Give ``make_model(seed)``."""
    return random_model


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Give ``export(model, **settings)``: the path of a new bundle."""

    def run(model: JetModel, **settings: Any) -> Path:
        path = tmp_path_factory.mktemp("bundles") / "bundle"
        training = model.training
        export_model(model, path, **{"domain": DOMAIN, "provenance": PROVENANCE, **settings})
        assert all(part.training == training for part in model.modules())
        return path

    return run


_GRAPHS: dict[str, bytes] = {}


@pytest.fixture
def known_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Export the graph of each model only once: for tests of what comes after."""
    make = export_module.onnx_graph

    def remembered(model: VAE, task: Task) -> bytes:
        key = sha256(b"".join(value.numpy().tobytes() for value in model.state_dict().values()))
        if key not in _GRAPHS:
            _GRAPHS[key] = make(model, task)
        return _GRAPHS[key]

    monkeypatch.setattr(export_module, "onnx_graph", remembered)


@pytest.fixture(scope="session")
def bundle(export: Callable[..., Path]) -> Path:
    """A good bundle; copy it before changing anything."""
    return export(random_model())


@pytest.fixture(scope="session")
def boundless_bundle(export: Callable[..., Path]) -> Path:
    """A bundle whose answer overflows for jets far outside its domain."""
    return export(Boundless())


@pytest.fixture(scope="session")
def kinds_bundle(export: Callable[..., Path]) -> Path:
    """A good bundle whose model uses identities and tells them."""
    return export(Kinds())


@pytest.fixture
def kinds_copy(kinds_bundle: Path, tmp_path: Path) -> Path:
    """A copy of it to damage."""
    return Path(shutil.copytree(kinds_bundle, tmp_path / "copy"))


@pytest.fixture(scope="session")
def sim(bundle: Path) -> Simulator:
    """The good bundle, loaded."""
    return load(bundle)


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    """A copy of the good bundle to damage."""
    return Path(shutil.copytree(bundle, tmp_path / "copy"))


@pytest.fixture(scope="session")
def change() -> Callable[..., None]:
    """Give ``change(folder, edit)``, which edits the manifest's JSON.

    ``change(folder, name=bytes)`` puts another file in, with its right hash.
    """

    def run(folder: Path, edit: Callable[[dict[str, Any]], Any] | None = None, **files: bytes) -> None:
        path = folder / "manifest.json"
        manifest = json.loads(path.read_text())
        if edit:
            edit(manifest)
        for stem, content in files.items():
            name = {"model": "model.onnx", "archive": "model.pt", "golden": "golden.json"}[stem]
            (folder / name).write_bytes(content)
            manifest["files"][name] = sha256(content)
        path.write_text(json.dumps(manifest))

    return run
