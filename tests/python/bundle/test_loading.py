"""A bundle that is not whole, not ours or not itself is refused with one clear line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from pyjetsim.errors import BundleError
from pyjetsim.simulate import load

Change = Callable[..., None]


def refused(folder: Path, message: str) -> None:
    with pytest.raises(BundleError, match=message) as caught:
        load(folder)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("name", ["manifest.json", "model.onnx", "model.pt", "golden.json"])
def test_missing_file(copy: Path, name: str) -> None:
    (copy / name).unlink()
    refused(copy, name)


def test_no_folder(tmp_path: Path) -> None:
    refused(tmp_path / "nothing", "is no bundle: manifest.json is missing")


def test_a_file_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    refused(tmp_path / "file", "is no bundle")


@pytest.mark.parametrize("name", ["model.onnx", "model.pt", "golden.json"])
@pytest.mark.parametrize("damage", [lambda b: b[:-100], lambda b: b[:500] + bytes([b[500] ^ 1]) + b[501:]])
def test_truncated_or_altered_file(copy: Path, name: str, damage: Callable[[bytes], bytes]) -> None:
    path = copy / name
    path.write_bytes(damage(path.read_bytes()))
    refused(copy, rf"{name} has SHA-256 [0-9a-f]{{64}}, manifest.json says [0-9a-f]{{64}}")


def test_nested_deeper_than_any_stack(copy: Path, change: Callable[..., None]) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    change(copy, golden=b'{"constituents": %b, "noise": [], "output": []}' % deep)
    refused(copy, "golden.json holds no golden jets")
    (copy / "manifest.json").write_bytes(b'{"format": %b}' % deep)
    refused(copy, "is no readable JSON")


def test_truncated_manifest(copy: Path) -> None:
    path = copy / "manifest.json"
    path.write_text(path.read_text()[:200])
    refused(copy, "is no readable JSON")
    path.write_bytes(b"\xff\xfe\x00")
    refused(copy, "is no readable JSON")
    path.write_text("[]")
    refused(copy, 'format is null, not "pyjetsim.bundle"')


def set_field(*keys: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def edit(manifest: Any) -> None:
        for key in keys[:-1]:
            manifest = manifest[key]
        manifest[keys[-1]] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (set_field("format", value="other"), 'format is "other", not "pyjetsim.bundle"'),
        (set_field("version", value=4), "version is 4, this pyjetsim reads 1, 2 and 3"),
        (set_field("version", value="1"), 'version is "1", this pyjetsim reads 1, 2 and 3'),
        (lambda m: m.pop("version"), "version is null"),
        (lambda m: m["settings"].pop("cuts"), "/settings/cuts is missing"),
        (lambda m: m.pop("opset"), "/opset is missing"),
        (set_field("extra", value=1), 'it has a field "extra" that this pyjetsim does not know'),
        (
            set_field("settings", "cuts", "constituent_pt_min", value="0.25"),
            '/settings/cuts/constituent_pt_min is "0.25", not a number',
        ),
        (
            set_field("settings", "cuts", "constituent_pt_min", value=-1),
            "/settings/cuts/constituent_pt_min is -1",
        ),
        (set_field("domain", "pt", value=[5, 1]), r"/domain/pt is \[5, 1\], not the lowest and the highest"),
        (set_field("domain", "pt", value=float("nan")), "is no readable JSON"),
        (
            set_field("settings", "jet_definition", "algorithm", value="kt"),
            '/settings/jet_definition/algorithm is "kt", not "anti-kt"',
        ),
        (set_field("inputs", 0, "unit", value="MeV"), '/inputs/0/unit is "MeV", not "GeV"'),
        (set_field("tolerance", "absolute", value=0), "/tolerance/absolute is 0, not a number above 0"),
        (set_field("files", "../model.onnx", value="0" * 64), '"../model.onnx", which is not a plain name'),
        (set_field("files", "/etc/passwd", value="0" * 64), '"/etc/passwd", which is not a plain name'),
        (set_field("files", "..", value="0" * 64), '"..", which is not a plain name'),
        (set_field("files", "a\\b", value="0" * 64), "which is not a plain name"),
        (set_field("files", "model.onnx", value="xyz"), '/files/"model.onnx" is "xyz", not a SHA-256'),
        (lambda m: m["files"].pop("golden.json"), "/files does not name golden.json"),
        (set_field("inputs", 0, "name", value="jets"), "has inputs .*constituents tensor.*says jets tensor"),
        (set_field("outputs", 0, "name", value="reco"), "has outputs reco_constituents .*says reco "),
        (
            set_field("inputs", 1, "shape", value=["batch", 7]),
            r"has inputs .*noise tensor\(float\) \(batch, 6\)",
        ),
    ],
)
def test_manifest_that_cannot_be(copy: Path, change: Change, edit: Any, message: str) -> None:
    change(copy, edit)
    refused(copy, message)


def test_link_out_of_the_bundle(copy: Path, tmp_path: Path) -> None:
    (copy / "model.onnx").rename(tmp_path / "elsewhere.onnx")
    (copy / "model.onnx").symlink_to(tmp_path / "elsewhere.onnx")
    refused(copy, "model.onnx leads out of the bundle")


@pytest.mark.parametrize("content", [b"", b"no graph at all", bytes(range(256)) * 40])
def test_unreadable_graph(copy: Path, change: Change, content: bytes) -> None:
    change(copy, model=content)
    refused(copy, "model.onnx is no model that ONNX Runtime")


def graph(p: int = 40, kind: int = TensorProto.FLOAT, operator: str = "Identity", domain: str = "") -> bytes:
    tensors = [
        helper.make_tensor_value_info("constituents", kind, ["batch", p, 3]),
        helper.make_tensor_value_info("noise", TensorProto.FLOAT, ["batch", 6]),
        helper.make_tensor_value_info("reco_constituents", kind, ["batch", p, 3]),
    ]
    node = helper.make_node(operator, ["constituents"], ["reco_constituents"], domain=domain)
    opsets = [helper.make_opsetid("", 18)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    made = helper.make_graph([node], "g", tensors[:2], tensors[2:])
    return bytes(helper.make_model(made, opset_imports=opsets, ir_version=9).SerializeToString())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (graph(operator="NoSuchOperator"), "is no model that ONNX Runtime .*NoSuchOperator"),
        (graph(operator="Thing", domain="com.example"), "is no model that ONNX Runtime .*com.example"),
        (graph(p=30), r"has inputs constituents tensor\(float\) \(batch, 30, 3\).*says .*\(batch, 40, 3\)"),
        (graph(kind=TensorProto.DOUBLE), r"constituents tensor\(double\)"),
    ],
)
def test_another_graph(copy: Path, change: Change, content: bytes, message: str) -> None:
    change(copy, model=content)
    refused(copy, message)


def test_graph_that_answers_otherwise(copy: Path, change: Change) -> None:
    change(copy, model=graph())
    refused(copy, r"golden jets: p[xyz] of constituent \d+ of jet \d is \S+ GeV with ONNX .*, not \S+ GeV")


def test_weights_that_drifted(copy: Path, change: Change) -> None:
    model = onnx.load(copy / "model.onnx")
    weights = next(w for w in model.graph.initializer if w.name == "decoder.0.weight")
    values = np.frombuffer(weights.raw_data, np.float32).copy()
    values[3] += 0.5
    weights.raw_data = values.tobytes()
    change(copy, model=model.SerializeToString())
    refused(copy, "golden jets")


def golden(edit: Callable[[dict[str, Any]], Any]) -> Callable[[bytes], bytes]:
    def run(content: bytes) -> bytes:
        values = json.loads(content)
        edit(values)
        return json.dumps(values).encode()

    return run


@pytest.mark.parametrize(
    "edit",
    [
        lambda _: b"not json",
        lambda _: b"[]",
        lambda _: b'{"inputs": {"constituents": [], "noise": []}, "outputs": {"reco_constituents": []}}',
        golden(lambda v: v.pop("outputs")),
        golden(lambda v: v["inputs"].pop("noise")),
        golden(lambda v: v["inputs"]["noise"].pop()),
        golden(lambda v: v["inputs"]["noise"][0].pop()),
        golden(lambda v: v["outputs"]["reco_constituents"][0][0].append(1)),
        golden(lambda v: v["outputs"]["reco_constituents"][0][0].__setitem__(0, "x")),
        golden(lambda v: v["outputs"]["reco_constituents"][0][0].__setitem__(0, float("nan"))),
    ],
)
def test_golden_file_that_cannot_be(copy: Path, change: Change, edit: Callable[[bytes], bytes]) -> None:
    change(copy, golden=edit((copy / "golden.json").read_bytes()))
    refused(copy, "golden.json holds no golden jets")
