"""Identities of constituents through a bundle: exported, given, told, and refused where they do not fit."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import awkward as ak
import numpy as np
import onnx
import pytest
import torch
from kinds import EXTRAS, Kinds, P
from torch import Tensor

import pyjetsim
from pyjetsim import Simulator
from pyjetsim.bundle import export as exporting
from pyjetsim.bundle.manifest import read_manifest
from pyjetsim.errors import BundleError, InputError
from pyjetsim.io import PairsFile, PairsWriter
from pyjetsim.jets import Jets, Pairs
from pyjetsim.simulate import simulate
from pyjetsim.tasks.base import Arrays

Change = Callable[..., None]
DOMAIN = {"pt": [100.0, 600.0], "eta": [-2.5, 2.5], "n_constituents": [5.0, 75.0]}
LOADERS: dict[str, Callable[[Path], Simulator]] = {
    "onnxruntime": Simulator,
    "torchscript": lambda folder: Simulator(folder, "torchscript"),
}


@pytest.fixture(params=LOADERS)
def load(request: pytest.FixtureRequest) -> Callable[[Path], Simulator]:
    return LOADERS[request.param]


@pytest.fixture(scope="module")
def pairs(make_pairs: Callable[..., Pairs]) -> Pairs:
    return make_pairs(200, 7)


def same(a: Jets, b: Jets) -> None:
    for name in ("constituents", "pid", "n_constituents", "jet"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


def test_the_bundle_says_what_it_takes_and_gives(kinds_bundle: Path) -> None:
    manifest = json.loads((kinds_bundle / "manifest.json").read_text())
    assert (manifest["version"], manifest["task"]) == (3, "constituents")
    pid = {"dtype": "int32", "unit": "PDG id"}
    assert manifest["inputs"][2] == {"name": "pid", "shape": ["batch", P], "role": "condition", **pid}
    assert manifest["outputs"][0]["shape"] == ["batch", P + EXTRAS, 3]
    assert manifest["outputs"][1] == {"name": "reco_pid", "shape": ["batch", P + EXTRAS], **pid}
    graph = onnx.load(kinds_bundle / "model.onnx").graph
    int32 = onnx.TensorProto.INT32
    assert [(t.name, t.type.tensor_type.elem_type) for t in (*graph.input, *graph.output)] == [
        ("constituents", 1),
        ("noise", 1),
        ("pid", int32),
        ("reco_constituents", 1),
        ("reco_pid", int32),
    ]


def test_bundles_without_pids_name_none(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text())
    assert (len(manifest["inputs"]), len(manifest["outputs"])) == (2, 1)
    golden = json.loads((bundle / "golden.json").read_text())
    assert (list(golden["inputs"]), list(golden["outputs"])) == (
        ["constituents", "noise"],
        ["reco_constituents"],
    )


def test_golden_jets_have_identities_and_not(kinds_bundle: Path) -> None:
    content = json.loads((kinds_bundle / "golden.json").read_text())
    golden = {k: np.array(v) for side in ("inputs", "outputs") for k, v in content[side].items()}
    known, unknown = np.split(golden["pid"], 2)
    assert not unknown.any()
    present = (golden["constituents"] != 0).any(axis=2)
    np.testing.assert_array_equal(known != 0, present[: len(known)])
    np.testing.assert_array_equal(*np.split(golden["constituents"], 2))
    assert golden["reco_pid"].shape == (len(golden["noise"]), P + EXTRAS)
    assert {211, -211, 22, 130} <= set(golden["reco_pid"].ravel().tolist())


class Same(Kinds):
    """As many constituents as it takes, and their kinds are not told."""

    uses_pid: ClassVar[bool] = False

    @property
    def max_reco_constituents(self) -> int:
        return P

    def forward(self, constituents: Tensor, noise: Tensor, pid: Tensor | None = None) -> Any:
        return constituents * (1 + 0.1 * noise[:, :P, None])


class Uses(Same):
    uses_pid: ClassVar[bool] = True

    def forward(self, constituents: Tensor, noise: Tensor, pid: Tensor | None = None) -> Any:
        assert pid is not None
        return constituents * (1 + 0.1 * noise[:, :P, None] * (pid == 22)[..., None])


class Tells(Same):
    def forward(self, constituents: Tensor, noise: Tensor, pid: Tensor | None = None) -> Any:
        reco = super().forward(constituents, noise)
        return reco, torch.where((reco != 0).any(dim=2), 130, 0).to(torch.int32)


class Fewer(Same):
    @property
    def max_reco_constituents(self) -> int:
        return P - 10

    def forward(self, constituents: Tensor, noise: Tensor, pid: Tensor | None = None) -> Any:
        return super().forward(constituents, noise)[:, : P - 10]


@pytest.mark.parametrize("kind", [Same, Uses, Tells, Fewer])
def test_each_of_them_alone(export: Callable[..., Path], pairs: Pairs, kind: type[Same]) -> None:
    folder = export(kind())
    assert read_manifest(folder).version == 3
    gen = pairs.gen
    answers = [loader(folder)(gen.constituents, gen.pid, pairs.event) for loader in LOADERS.values()]
    unknown = pyjetsim.load(folder)(gen.constituents, event=pairs.event)
    first = answers[0]
    for other in answers[1:]:
        np.testing.assert_allclose(other.constituents, first.constituents, rtol=1e-5, atol=1e-4)
        np.testing.assert_array_equal(other.pid, first.pid)
    assert np.array_equal(first.constituents, unknown.constituents) == (kind is not Uses)
    assert set(np.unique(first.pid)) == ({0, 130} if kind is Tells else {0})
    assert first.constituents.shape[1] == (30 if kind is Fewer else 40)


def test_order_and_truncation_carry_identities_along(
    kinds_bundle: Path, pairs: Pairs, load: Callable[[Path], Simulator]
) -> None:
    sim, gen = load(kinds_bundle), pairs.gen
    assert (gen.n_constituents > P).any()
    expected = sim(gen.constituents, gen.pid, pairs.event)
    order = np.random.default_rng(0).permutation(gen.constituents.shape[1])
    same(sim(gen.constituents[:, order], gen.pid[:, order], pairs.event), expected)
    same(sim(gen.constituents[:, :P], gen.pid[:, :P], pairs.event), expected)
    same(sim(gen.constituents, gen.pid.astype(np.int64), pairs.event), expected)
    same(sim(gen.constituents, gen.pid.tolist(), pairs.event), expected)
    same(sim(gen.constituents, np.asfortranarray(gen.pid), pairs.event), expected)
    unknown = sim(gen.constituents, event=pairs.event)
    same(sim(gen.constituents, np.zeros_like(gen.pid), pairs.event), unknown)
    assert not np.array_equal(unknown.constituents, expected.constituents)


def test_empty_and_no_jets(kinds_bundle: Path, load: Callable[[Path], Simulator]) -> None:
    sim = load(kinds_bundle)
    found = sim(np.zeros((2, 5, 3)), np.full((2, 5), 211))  # identities of padding
    assert found.n_constituents.tolist() == [0, 0]
    assert not found.pid.any()
    none = sim(np.zeros((0, 5, 3)), np.zeros((0, 5), int))
    assert none.constituents.shape == (0, P + EXTRAS, 3)
    assert none.pid.shape == (0, P + EXTRAS)
    assert none.pid.dtype == np.int32


@pytest.mark.parametrize(
    ("pid", "message"),
    [
        (np.zeros((2, 4), int), r"pid has shape \(2, 4\), constituents \(2, 5, 3\)"),
        (np.zeros((10,), int), r"pid has shape \(10,\)"),
        (np.zeros((2, 5)), "pid is not made of whole numbers"),
        (np.full((2, 5), np.nan), "pid is not made of whole numbers"),
        (np.full((2, 5), 2**31), "pid is not made of whole numbers below"),
        (np.full((2, 5), -(2**31)), "pid is not made of whole numbers below"),
        (np.full((2, 5), -(2**63)), "pid is not made of whole numbers below"),
        (np.full((2, 5), 2**64 - 1, np.uint64), "pid is not made of whole numbers below"),
        (np.full((2, 5), "pi+"), "pid is not made of whole numbers"),
    ],
)
def test_pid_that_cannot_be(
    kinds_bundle: Path, load: Callable[[Path], Simulator], pid: Any, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load(kinds_bundle)(np.ones((2, 5, 3)), pid)
    assert "\n" not in str(caught.value)


def test_not_finite_is_told_with_identities_too(
    kinds_bundle: Path, load: Callable[[Path], Simulator]
) -> None:
    gen = np.ones((3, 5, 3))
    gen[1, 2, 0] = np.nan
    with pytest.raises(InputError, match="constituents of jet 1 are not finite"):
        load(kinds_bundle)(gen, np.full((3, 5), 22))


def test_awkward_arrays(kinds_bundle: Path, pairs: Pairs) -> None:
    sim, gen = pyjetsim.load(kinds_bundle), pairs.gen
    count = gen.present.sum(axis=1)
    columns = [gen.constituents[..., i][gen.present] for i in range(3)]
    array = ak.unflatten(ak.zip(dict(zip(("px", "py", "pz"), columns, strict=True))), count)
    pid = ak.unflatten(gen.pid[gen.present], count)
    expected = sim(gen.constituents, gen.pid, event=7, jet=np.arange(200))
    for found in (
        sim(ak.with_field(array, pid, "pid"), event=7, jet=np.arange(200)),
        sim(array, pid, event=7, jet=np.arange(200)),
    ):
        np.testing.assert_array_equal(
            ak.flatten(found.constituents.pid, axis=None), expected.pid[expected.present]
        )
        np.testing.assert_array_equal(found.pt, expected.pt)
    events = ak.unflatten(array, [50, 0, 150])
    nested = sim(events, ak.unflatten(pid, [50, 0, 150]), event=[1, 2, 3])
    assert ak.num(nested.constituents.pid).tolist() == [50, 0, 150]
    with pytest.raises(InputError, match="pid is nested otherwise than the constituents"):
        sim(array, pid[:, 1:])
    with pytest.raises(InputError, match="pid is nested otherwise"):
        sim(events, pid)
    with pytest.raises(InputError, match="pid has missing values"):
        sim(array, ak.mask(pid, pid != 22))
    with pytest.raises(InputError, match="pid is not made of whole numbers"):
        sim(ak.with_field(array, pid * 1.0, "pid"))


def test_awkward_answers_of_other_models_have_no_pid(sim: Simulator) -> None:
    found = sim(ak.Array([[{"px": 100.0, "py": 1.0, "pz": 2.0, "pid": 211}]]))
    assert "pid" not in found.constituents.fields


def test_files_pass_identities(kinds_bundle: Path, pairs: Pairs, tmp_path: Path) -> None:
    with PairsWriter(tmp_path / "in.h5", {}, 80) as writer:
        writer.append(pairs)
    simulate(tmp_path / "in.h5", kinds_bundle, tmp_path / "out.h5", 3, quiet=True)
    with PairsFile(tmp_path / "out.h5") as file:
        found = file.read(0, len(file))
    np.testing.assert_array_equal(found.gen.pid, pairs.gen.pid)
    expected = pyjetsim.load(kinds_bundle)(pairs.gen.constituents, pairs.gen.pid, pairs.event, 3)
    same(found.reco, expected.padded_to(80))
    assert {-211, 22, 130, 211} <= set(np.unique(found.reco.pid))


def no_third_input(manifest: dict[str, Any]) -> None:
    del manifest["inputs"][2]


def no_output_pid(manifest: dict[str, Any]) -> None:
    del manifest["outputs"][1]


@pytest.mark.parametrize(
    ("edit", "messages"),
    [
        (
            no_third_input,
            {
                "onnxruntime": r"has inputs .*pid tensor\(int32\)",
                "torchscript": "takes 3 tensors, the manifest says 2",
            },
        ),
        (
            no_output_pid,
            {
                "onnxruntime": "has outputs .*reco_pid",
                "torchscript": "the model that the manifest describes has no reco_pid",
            },
        ),
    ],
)
@pytest.mark.parametrize("name", LOADERS)
def test_a_graph_with_more_than_the_manifest_says(
    kinds_copy: Path, change: Change, name: str, edit: Any, messages: dict[str, str]
) -> None:
    change(kinds_copy, edit)
    with pytest.raises(BundleError, match=messages[name]) as caught:
        LOADERS[name](kinds_copy)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("onnxruntime", r"has inputs .*, the manifest says .*pid tensor\(int32\)"),
        ("torchscript", "takes 2 tensors, the manifest says 3"),
    ],
)
def test_a_manifest_that_says_more_than_the_graph_has(
    kinds_copy: Path, export: Callable[..., Path], change: Change, name: str, message: str
) -> None:
    other = export(Tells())
    change(
        kinds_copy,
        model=(other / "model.onnx").read_bytes(),
        archive=(other / "model.pt").read_bytes(),
    )
    with pytest.raises(BundleError, match=message):
        LOADERS[name](kinds_copy)


def test_an_archive_that_tells_nothing(kinds_copy: Path, change: Change) -> None:
    class Mute(torch.nn.Module):
        def forward(self, constituents: Tensor, noise: Tensor, pid: Tensor) -> Tensor:
            return constituents

    archive = io.BytesIO()
    torch.jit.save(torch.jit.script(Mute()), archive)
    change(kinds_copy, archive=archive.getvalue())
    with pytest.raises(BundleError, match=r"gives Float .*, the manifest says Float \(.*, 3\) and Int \("):
        Simulator(kinds_copy, "torchscript")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda m: m["inputs"][2].update(shape=["batch", 3]),
            "/inputs/2/shape/1 is 3, and /inputs/0/shape/1 40",
        ),
        (lambda m: m["inputs"][2].update(unit="GeV"), '/inputs/2/unit is "GeV", not "PDG id"'),
        (
            lambda m: m["outputs"][1].update(shape=["batch", 3]),
            "/outputs/1/shape/1 is 3, and /outputs/0/shape/1 48",
        ),
        (
            lambda m: m["outputs"][0].update(shape=["batch", 3]),
            r'/outputs/0/shape is \["batch", 3\], not \(batch, P, 3\)',
        ),
        (lambda m: m["inputs"][0].update(unit="PDG id"), '/inputs/0/unit is "PDG id", not "GeV"'),
        (lambda m: m["inputs"].append({**m["inputs"][2], "name": "more"}), "/inputs is array of 4"),
    ],
)
def test_manifests_that_cannot_be(kinds_copy: Path, change: Change, edit: Any, message: str) -> None:
    change(kinds_copy, edit)
    with pytest.raises(BundleError, match=message) as caught:
        pyjetsim.load(kinds_copy)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda g: g["inputs"].pop("pid"), r"pid is not \(10, 40\) whole numbers"),
        (lambda g: g["inputs"]["pid"][0].append(1), r"pid is not \(10, 40\) whole numbers"),
        (lambda g: g["inputs"]["pid"][0].__setitem__(0, 1.5), r"pid is not \(10, 40\) whole numbers"),
        (
            lambda g: g["outputs"]["reco_pid"][0].__setitem__(0, 2**40),
            r"reco_pid is not \(10, 48\) whole numbers",
        ),
        (lambda g: g["outputs"]["reco_pid"][0].__setitem__(0, -(2**63)), "reco_pid is not .* below 2"),
        (lambda g: g["inputs"].update(extra=[1]), "has no extra"),
        (
            lambda g: g["outputs"]["reco_pid"][1].__setitem__(0, 13),
            "pid of constituent 0 of jet 1 is [-0-9]+ with .*, not 13",
        ),
    ],
)
def test_golden_identities(kinds_copy: Path, change: Change, edit: Any, message: str) -> None:
    golden = json.loads((kinds_copy / "golden.json").read_text())
    edit(golden)
    change(kinds_copy, golden=json.dumps(golden).encode())
    with pytest.raises(BundleError, match=message):
        pyjetsim.load(kinds_copy)


@pytest.mark.parametrize("name", ["onnxruntime", "torchscript"])
def test_golden_identities_in_cpp(kinds_copy: Path, change: Change, name: str) -> None:
    golden = json.loads((kinds_copy / "golden.json").read_text())
    golden["outputs"]["reco_pid"][1][0] = 13
    change(kinds_copy, golden=json.dumps(golden).encode())
    with pytest.raises(BundleError, match=r"pid of constituent 0 of jet 1 is [-0-9]+ with .*, not 13"):
        LOADERS[name](kinds_copy)


@pytest.mark.parametrize("kind", ["OnnxGraph", "TorchscriptGraph"])
@pytest.mark.parametrize("where", ["with pid", "without pid"])
def test_an_export_that_tells_others_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, where: str
) -> None:
    class Wrong(getattr(exporting, kind)):
        def __call__(self, inputs: Arrays) -> Arrays:
            output = super().__call__(inputs)
            if len(inputs["noise"]) == 64 and inputs["pid"].any() == (where == "with pid"):
                output["reco_pid"][63, 7] += 1
            return output

    monkeypatch.setattr(exporting, kind, Wrong)
    with pytest.raises(BundleError, match=f"batch of 64 {where}: pid of constituent 7 of jet 63 is "):
        exporting.export_model(Kinds(), tmp_path / "b", domain=DOMAIN, provenance={})
    assert list(tmp_path.iterdir()) == []


class Wide(Tells):
    @property
    def max_reco_constituents(self) -> int:
        return P + 1


class Long(Tells):
    def forward(self, constituents: Tensor, noise: Tensor, pid: Tensor | None = None) -> Any:
        reco, told = super().forward(constituents, noise)
        return reco, told.to(torch.int64)


class Three(Tells):
    def forward(self, constituents: Tensor, noise: Tensor, pid: Tensor | None = None) -> Any:
        return (*super().forward(constituents, noise), 1)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Wide, r"Wide answers .* with float32 \(\d+, 40, 3\) and int32 .*\(\d+, 41, 3\)"),
        (Long, r"Long answers .* and int64 \(\d+, 40\)"),
        (Three, "Three answers .* and int "),
    ],
)
def test_answers_that_no_bundle_holds(tmp_path: Path, kind: type[Tells], message: str) -> None:
    with pytest.raises(BundleError, match=message) as caught:
        exporting.export_model(kind(), tmp_path / "b", domain=DOMAIN, provenance={})
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
