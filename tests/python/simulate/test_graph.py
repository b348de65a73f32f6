"""_core.Graph: a bundle of any task from Python, named arrays in and out."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from manifests import OTHER
from onnx import TensorProto, helper

from pyjetsim import _core
from pyjetsim.errors import BundleError, InputError
from pyjetsim.jets.event_ids import EventId, jet_ids
from pyjetsim.jets.noise import jet_noise
from pyjetsim.simulate.libraries import onnxruntime_folder


def _bundle(folder: Path) -> Path:
    """reco = gen / 2 + the noise, twice; the mean of kind is taken for nothing but its place."""
    graph = helper.make_graph(
        [
            helper.make_node("Mul", ["gen", "half"], ["halved"]),
            helper.make_node("Concat", ["z", "z"], ["noise"], axis=1),
            helper.make_node("Add", ["halved", "noise"], ["reco"]),
            helper.make_node("Add", ["kind", "one"], ["next"]),
        ],
        "lines",
        [
            helper.make_tensor_value_info("gen", TensorProto.FLOAT, ["batch", 4]),
            helper.make_tensor_value_info("z", TensorProto.FLOAT, ["batch", 2]),
            helper.make_tensor_value_info("kind", TensorProto.INT64, ["batch", 2, 3]),
        ],
        [
            helper.make_tensor_value_info("reco", TensorProto.FLOAT, ["batch", 4]),
            helper.make_tensor_value_info("next", TensorProto.INT64, ["batch", 2, 3]),
        ],
        [
            helper.make_tensor("half", TensorProto.FLOAT, [], [0.5]),
            helper.make_tensor("one", TensorProto.INT64, [], [1]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    golden = {
        "inputs": {"gen": [[1, 2, 3, 4]], "z": [[0.5, 1]], "kind": [[[1, 2, 3], [4, 5, 6]]]},
        "outputs": {"reco": [[1, 2, 2, 3]], "next": [[[2, 3, 4], [5, 6, 7]]]},
    }
    manifest: dict[str, Any] = json.loads(json.dumps(OTHER))
    manifest["outputs"].append({"name": "next", "dtype": "int64", "shape": ["batch", 2, 3], "unit": "number"})
    files = {"model.onnx": model.SerializeToString(), "golden.json": json.dumps(golden).encode()}
    manifest["files"] = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    for name, content in {**files, "manifest.json": json.dumps(manifest).encode()}.items():
        (folder / name).write_bytes(content)
    onnx.checker.check_model(model)
    return folder


@pytest.fixture
def graph(tmp_path: Path) -> _core.Graph:
    return load(_bundle(tmp_path))


def load(folder: Path, threads: int = 1) -> _core.Graph:
    onnxruntime = os.fsencode(onnxruntime_folder())
    return _core.Graph.load(os.fsencode(folder), "onnxruntime", "", threads, "cpu", onnxruntime)


def conditions(rows: int) -> dict[str, Any]:
    gen = np.arange(4 * rows, dtype=np.float32).reshape(rows, 4)
    return {"gen": gen, "kind": np.arange(6 * rows).reshape(rows, 2, 3)}


def test_it_is_the_model_with_keyed_noise(graph: _core.Graph) -> None:
    assert (graph.task, json.loads(graph.manifest_json)["task"]) == ("jet_momentum", "jet_momentum")
    assert graph.backend.startswith("ONNX Runtime ")
    given = conditions(200)
    event = np.arange(200) // 3
    found = graph.run(given, event, 7, copy=2)
    noise = jet_noise(7, jet_ids(200, event), 2, copy=2)
    np.testing.assert_allclose(found["reco"], given["gen"] / 2 + np.tile(noise, 2), rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(found["next"], given["kind"] + 1)
    assert found["reco"].dtype == np.float32
    assert found["next"].dtype == np.int64


def test_neither_batch_nor_threads_change_a_row(graph: _core.Graph, tmp_path: Path) -> None:
    given = conditions(500)
    whole = graph.run(given, EventId(1, 2, 3))["reco"]
    np.testing.assert_array_equal(load(tmp_path, 3).run(given, EventId(1, 2, 3))["reco"], whole)
    one = {name: array[77:78] for name, array in given.items()}
    np.testing.assert_array_equal(graph.run(one, EventId(1, 2, 3), jet=77)["reco"], whole[77:78])
    none = graph.run(conditions(0))
    assert (none["reco"].shape, none["next"].shape) == ((0, 4), (0, 2, 3))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g.pop("kind"), r"condition 'kind' is missing \(the graph needs gen, kind\)"),
        (lambda g: g.update(mass=g["gen"]), "there is no condition 'mass'"),
        (lambda g: g.update(z=np.zeros((3, 2), np.float32)), "there is no condition 'z'"),
        (lambda g: g.update(gen=g["gen"].astype(float)), r"'gen' is float64 of shape \(3, 4\).*as float32"),
        (lambda g: g.update(gen=g["gen"][:, :3]), r"'gen' is float32 of shape \(3, 3\).*of shape \(3, 4\)"),
        (lambda g: g.update(kind=g["kind"][:2]), r"'kind' is int64 of shape \(2, 2, 3\)"),
        (lambda g: g.update(gen=g["gen"] * np.nan), "condition 'gen' of row 0 is not finite"),
        (lambda g: g.clear(), "there are no conditions and no rows"),
    ],
)
def test_conditions_that_do_not_fit(graph: _core.Graph, change: Any, message: str) -> None:
    given = conditions(3)
    change(given)
    with pytest.raises(InputError, match=message):
        graph.run(given)


def test_what_is_not_in_order_is_put_in_order(graph: _core.Graph) -> None:
    given = conditions(10)
    turned = {"kind": given["kind"], "gen": np.asfortranarray(given["gen"])}
    np.testing.assert_array_equal(graph.run(turned)["reco"], graph.run(given)["reco"])


def test_golden_rows_are_replayed(tmp_path: Path) -> None:
    folder = _bundle(tmp_path)
    golden = json.loads((folder / "golden.json").read_text())
    golden["outputs"]["reco"][0][2] = 5
    manifest = json.loads((folder / "manifest.json").read_text())
    text = json.dumps(golden).encode()
    manifest["files"]["golden.json"] = hashlib.sha256(text).hexdigest()
    (folder / "golden.json").write_bytes(text)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match=r"golden rows: reco\[2\] of row 0 is 2 GeV with ONNX.*, not 5 GeV"):
        load(folder)


def test_a_simulator_of_jets_is_something_else(tmp_path: Path) -> None:
    import pyjetsim

    bundle = _bundle(tmp_path)
    with pytest.raises(BundleError, match=r'task is "jet_momentum", not "constituents".*load .* as a Graph'):
        pyjetsim.Simulator(bundle)
    with pytest.raises(BundleError, match="answers the task 'jet_momentum', which is unknown here"):
        pyjetsim.load(bundle)
