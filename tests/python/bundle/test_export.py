"""A model becomes a bundle only if ONNX answers as PyTorch does, and only where there is room."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from pyjetsim.bundle import export
from pyjetsim.bundle.golden import check_agreement
from pyjetsim.bundle.manifest import Tolerance, read_manifest
from pyjetsim.errors import BundleError, StorageError
from pyjetsim.jets.selection import SELECTIONS, Selection
from pyjetsim.models import VAE
from pyjetsim.simulate import load
from pyjetsim.tasks.base import Arrays
from pyjetsim.tasks.constituents import Constituents

MakeModel = Callable[..., VAE]
DOMAIN = {"pt": [100.0, 600.0], "eta": [-2.5, 2.5], "n_constituents": [5, 75]}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_graph_takes_and_gives_what_the_manifest_says(bundle: Path) -> None:
    manifest = read_manifest(bundle)
    session = onnxruntime.InferenceSession(bundle / "model.onnx")
    assert [(t.name, t.shape) for t in session.get_inputs()] == [
        ("constituents", ["batch", 40, 3]),
        ("noise", ["batch", 6]),
    ]
    assert [(t.name, t.shape) for t in session.get_outputs()] == [("reco_constituents", ["batch", 40, 3])]
    assert [t.name for t in manifest.inputs] == ["constituents", "noise"]
    assert manifest.output.name == "reco_constituents"
    assert (manifest.max_constituents, manifest.noise_size, manifest.model) == (40, 6, "vae")
    assert sorted(contents(bundle)) == ["golden.json", "manifest.json", "model.onnx", "model.pt"]
    onnx.checker.check_model(str(bundle / "model.onnx"), full_check=True)
    assert manifest.opset == onnx.load(bundle / "model.onnx").opset_import[0].version


@pytest.mark.parametrize("batch", [1, 2, 3, 64, 257])
def test_onnx_answers_as_pytorch_does(bundle: Path, make_model: MakeModel, batch: int) -> None:
    model = make_model().eval()
    rng = np.random.default_rng(batch)
    constituents = rng.normal(0, 20, (batch, 40, 3)).astype(np.float32)
    noise = rng.standard_normal((batch, 6), np.float32)
    session = onnxruntime.InferenceSession(bundle / "model.onnx")
    found = session.run(None, {"constituents": constituents, "noise": noise})[0]
    with torch.no_grad():
        expected = model(torch.from_numpy(constituents), torch.from_numpy(noise)).numpy()
    assert expected.std() > 0.1
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=1e-5)


def test_golden_jets_are_pytorchs_and_cover_the_edges(bundle: Path, make_model: MakeModel) -> None:
    values = json.loads((bundle / "golden.json").read_text())
    constituents, noise = (np.array(values["inputs"][name], np.float32) for name in ("constituents", "noise"))
    counts = (constituents != 0).any(axis=-1).sum(axis=1)
    assert {0, 1, 40} <= set(counts.tolist())
    pt = np.hypot(constituents[..., 0], constituents[..., 1])
    assert (np.diff(pt, axis=1) <= 0).all()
    with torch.no_grad():
        model = make_model().eval()
        expected = model(torch.from_numpy(constituents), torch.from_numpy(noise)).numpy()
    np.testing.assert_allclose(values["outputs"]["reco_constituents"], expected, atol=1e-5, rtol=1e-6)


def test_same_weights_same_bundle_in_silence(
    bundle: Path,
    make_model: MakeModel,
    export: Callable[..., Path],
    capfd: pytest.CaptureFixture[str],
) -> None:
    # The fixture's model was in training mode: dropout is off whatever the mode before.
    assert contents(export(make_model().eval())) == contents(bundle)
    assert capfd.readouterr() == ("", "")


def test_the_exporting_machine_leaves_no_trace(bundle: Path) -> None:
    content = (bundle / "model.onnx").read_bytes()
    assert b".py" not in content
    assert str(Path(__file__).parents[3]).encode() not in content


@pytest.mark.usefixtures("known_graphs")
def test_settings_reach_the_manifest(make_model: MakeModel, export: Callable[..., Path]) -> None:
    cuts = Selection(constituent_pt_min=0.5, max_constituents=30)
    manifest = read_manifest(export(make_model(), cuts=cuts, radius=0.8, provenance={"data": {"n": [1, 2]}}))
    assert manifest.cuts.selection == cuts
    assert manifest.cuts.constituent_eta_max is None
    assert asdict(manifest.jet_definition) == {"algorithm": "anti-kt", "radius": 0.8}
    assert manifest.provenance == {"data": {"n": [1, 2]}}
    assert manifest.domain == {"pt": (100, 600), "eta": (-2.5, 2.5), "n_constituents": (5, 75)}


def test_default_cuts_are_the_papers(bundle: Path) -> None:
    cuts, paper = read_manifest(bundle).cuts.selection, SELECTIONS["paper"]
    assert (cuts.constituent_pt_min, cuts.constituent_eta_max) == (0.25, 3.2)
    assert cuts.max_constituents == paper.max_constituents


@pytest.mark.usefixtures("known_graphs")
def test_a_graph_that_answers_otherwise_is_refused(
    make_model: MakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = export.onnx_graph(make_model(2), Constituents())
    monkeypatch.setattr(export, "onnx_graph", lambda *_: other)
    with pytest.raises(
        BundleError, match=r"p[xyz] of constituent \d+ of jet \d+ is \S+ GeV with .*, not \S+ GeV"
    ):
        export.export_model(make_model(1), tmp_path / "b", domain=DOMAIN, provenance={})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("known_graphs")
def test_a_difference_beyond_the_golden_jets_is_found(
    make_model: MakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Right for batches up to the golden jets, wrong for one jet of a larger one.
    class Wrong(export.OnnxGraph):
        def __call__(self, inputs: Arrays) -> Arrays:
            output = super().__call__(inputs)
            if len(inputs["noise"]) == 64:
                output["reco_constituents"][63, 7, 2] += 1
            return output

    monkeypatch.setattr(export, "OnnxGraph", Wrong)
    with pytest.raises(BundleError, match="batch of 64: pz of constituent 7 of jet 63"):
        export.export_model(make_model(), tmp_path / "b", domain=DOMAIN, provenance={})
    assert list(tmp_path.iterdir()) == []


def test_a_model_onnx_cannot_say(tmp_path: Path, make_model: MakeModel) -> None:
    class Strange(VAE):
        def forward(self, constituents: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
            # A loop that depends on the data.
            for _ in range(int(noise.sum().item()) + 2):
                constituents = constituents * 2
            return constituents

    with pytest.raises(BundleError, match="Strange cannot be exported to ONNX"):
        export.export_model(Strange(), tmp_path / "b", domain=DOMAIN, provenance={})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("known_graphs")
def test_an_older_bundle_is_replaced(copy: Path, make_model: MakeModel) -> None:
    before = contents(copy)
    (copy / "notes.txt").write_text("old")
    export.export_model(make_model(2), copy, domain=DOMAIN, provenance={})
    assert contents(copy).keys() == before.keys()
    assert contents(copy)["model.onnx"] != before["model.onnx"]
    load(copy)
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


@pytest.mark.usefixtures("known_graphs")
def test_an_older_bundle_survives_a_failure(
    copy: Path, make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(copy)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export, "_verify", full)
    with pytest.raises(StorageError, match="the disk is full"):
        export.export_model(make_model(2), copy, domain=DOMAIN, provenance={})
    assert contents(copy) == before
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


def test_other_folders_and_files_are_left_alone(tmp_path: Path, make_model: MakeModel) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.tex").write_text("years")
    (tmp_path / "file").write_text("x")
    for name, message in (("precious", "is there and is no bundle"), ("file", "is a file")):
        with pytest.raises(BundleError, match=message):
            export.export_model(make_model(), tmp_path / name, domain=DOMAIN, provenance={})
    assert (precious / "thesis.tex").read_text() == "years"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "precious"]


@pytest.mark.usefixtures("known_graphs")
def test_an_empty_folder_is_filled(tmp_path: Path, make_model: MakeModel) -> None:
    (tmp_path / "b").mkdir()
    export.export_model(make_model(), tmp_path / "b", domain=DOMAIN, provenance={})
    load(tmp_path / "b")


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        ({**DOMAIN, "pt": [600.0, 100.0]}, "pt goes from 600.0 to 100.0"),
        ({**DOMAIN, "pt": [100.0, np.inf]}, r"domain\.pt goes from 100\.0 to inf"),
        ({**DOMAIN, "pt": [np.nan, 600.0]}, r"domain\.pt goes from nan"),
        ({**DOMAIN, "pt": [100.0, 1e300]}, r"domain\.pt goes from 100\.0 to 1e\+300"),
        ({**DOMAIN, "pt": [100.0]}, r"domain\.pt is \[100.0\]"),
        ({**DOMAIN, "mass": [0.0, 1.0]}, "domain: mass is missing, or is not known"),
        ({"pt": [100.0, 600.0]}, "domain: eta, n_constituents is missing"),
        ({**DOMAIN, "eta": None}, r"domain\.eta is None"),
    ],
)
def test_bad_domain(tmp_path: Path, make_model: MakeModel, domain: Any, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        export.export_model(make_model(), tmp_path / "b", domain=domain, provenance={})


@pytest.mark.parametrize("value", [np.float32(1), float("nan"), {1, 2}])
def test_provenance_must_be_json(tmp_path: Path, make_model: MakeModel, value: Any) -> None:
    with pytest.raises(BundleError, match="provenance cannot be written as JSON"):
        export.export_model(make_model(), tmp_path / "b", domain=DOMAIN, provenance={"x": value})
    assert list(tmp_path.iterdir()) == []


def agree(found: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> None:
    """Constituents within the tolerance of a bundle."""
    name = "reco_constituents"
    check_agreement({name: found}, {name: expected}, Tolerance(), "here", Constituents())


def test_tolerance_is_relative_to_the_jet() -> None:
    expected = np.zeros((2, 3, 3), np.float32)
    expected[0, 0] = [1000, 0, 0]
    found = expected.copy()
    found[0, 1, 2] = 0.1
    agree(found, expected)
    found[1, 1, 2] = 0.1
    with pytest.raises(BundleError, match=r"here: pz of constituent 1 of jet 1 is 0\.1 GeV, not 0 GeV"):
        agree(found, expected)
    found[1] = np.nan
    with pytest.raises(BundleError, match="is nan GeV"):
        agree(found, expected)
