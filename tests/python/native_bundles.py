"""Bundles of the model of cells for the backend native alone: the export of a graph takes a minute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from detectors import CMS

from pyjetsim.bundle.export import golden_items
from pyjetsim.bundle.manifest import Manifest, Tensor, sha256
from pyjetsim.bundle.native import native_file
from pyjetsim.jets.selection import SELECTIONS
from pyjetsim.models.cells import CellsConfig, CellsModel
from pyjetsim.tasks import TASKS

TASK = TASKS["constituents"]()
DOMAIN = {"pt": (50.0, 3000.0), "eta": (-2.5, 2.5), "n_constituents": (1.0, 80.0)}


def make(seed: int = 0, **settings: Any) -> CellsModel:
    """Make a model with weights of chance; ``settings`` of its config, and perhaps ``detector``."""
    torch.manual_seed(seed)
    detector = settings.pop("detector", CMS)
    return CellsModel(CellsConfig(**{"width": 32, **settings}).for_conditions(detector)).eval()


def write(model: CellsModel, folder: Path) -> Path:
    """Write a bundle without a graph, which only the native backend runs."""
    content = native_file(model.native())
    golden = golden_items(model, TASK, DOMAIN).as_json()
    files = {"model.onnx": b"", "golden.json": golden, "native.bin": content}
    manifest = Manifest(
        model="cells",
        opset=20,
        inputs=tuple(Tensor.of(spec) for spec in TASK.inputs(model)),
        outputs=tuple(Tensor.of(spec) for spec in TASK.outputs(model)),
        settings=TASK.bundle_settings(model, SELECTIONS["paper"], 0.5),
        domain=DOMAIN,
        provenance={},
        files={name: sha256(data) for name, data in files.items()},
    )
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "manifest.json").write_bytes(manifest.as_json(folder / "manifest.json"))
    return folder
