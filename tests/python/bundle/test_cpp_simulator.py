"""The C++ simulator answers as the Python one does, and refuses what it must in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import pyjetsim
from pyjetsim import CppSimulator
from pyjetsim.bundle import EventId, Simulator
from pyjetsim.errors import BundleError, InputError
from pyjetsim.jets import Jets, Pairs, jet_kinematics, transverse_momentum

Change = Callable[..., None]


@pytest.fixture(scope="module")
def pairs(make_pairs: Callable[..., Pairs]) -> Pairs:
    return make_pairs(1000, 5)


@pytest.fixture(scope="module")
def cpp(bundle: Path) -> CppSimulator:
    return CppSimulator(bundle)


def same(a: Jets, b: Jets) -> None:
    for name in ("constituents", "pid", "n_constituents", "jet"):
        assert getattr(a, name).dtype == getattr(b, name).dtype
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


def close(a: Jets, b: Jets) -> None:
    """Every constituent within 1e-4 of its jet's largest momentum component, and 1 keV."""
    assert a.constituents.shape == b.constituents.shape
    np.testing.assert_array_equal(a.n_constituents, b.n_constituents)
    scale = np.abs(b.constituents).max(axis=(1, 2), initial=0)[:, None, None]
    assert (np.abs(a.constituents - b.constituents) <= 1e-4 * scale + 1e-6).all()
    np.testing.assert_allclose(a.jet, b.jet, rtol=1e-4, atol=1e-4)


def test_the_same_jets_from_four_threads_at_once(cpp: CppSimulator, pairs: Pairs) -> None:
    together = cpp(pairs.gen.constituents, event=pairs.event, seed=3)
    rows = [slice(start, start + 50) for start in range(0, 1000, 50)]  # 25 events each
    with ThreadPoolExecutor(4) as pool:
        parts = list(
            pool.map(lambda r: cpp(pairs.gen.constituents[r], event=pairs.event[r], seed=3), rows * 2)
        )
    same(Jets.concatenate(parts[:20]), together)
    same(Jets.concatenate(parts[20:]), together)


def test_cuts_flags_and_columns(cpp: CppSimulator, sim: Simulator, pairs: Pairs) -> None:
    gen = pairs.gen.constituents
    found = cpp.flagged(gen, event=pairs.event)
    np.testing.assert_array_equal(found.outside_domain, sim.outside_domain(gen))
    assert 0 < found.outside_domain.mean() < 1
    np.testing.assert_array_equal(found.truncated, (gen != 0).any(axis=2).sum(axis=1) > 40)
    assert 0 < found.truncated.mean() < 1
    reco = found.reco
    pt = transverse_momentum(reco.constituents)
    assert (pt[reco.present] > 0.25).all()
    assert (np.diff(pt, axis=1) <= 0).all()
    np.testing.assert_array_equal(reco.n_constituents, reco.present.sum(axis=1))
    np.testing.assert_array_equal(reco.jet, jet_kinematics(reco.constituents))


def test_fewer_constituents_kept_than_the_model_gives(copy: Path, change: Change, pairs: Pairs) -> None:
    def edit(manifest: dict[str, Any]) -> None:
        manifest["cuts"] |= {"max_constituents": 7, "constituent_eta_max": None, "constituent_pt_min": 1.5}

    change(copy, edit)
    gen, event = pairs.gen.constituents, pairs.event
    found = CppSimulator(copy)(gen, event=event)
    assert found.constituents.shape == (1000, 7, 3)
    close(found, pyjetsim.load(copy)(gen, event=event))


def test_order_and_padding_of_constituents_do_not_matter(cpp: CppSimulator, pairs: Pairs) -> None:
    gen = pairs.gen.constituents
    padded = np.pad(gen, ((0, 0), (3, 9), (0, 0)))
    order = np.random.default_rng(0).permutation(padded.shape[1])
    same(cpp(padded[:, order], event=pairs.event), cpp(gen, event=pairs.event))


def test_arrays_of_other_kinds(cpp: CppSimulator, pairs: Pairs) -> None:
    gen, event = pairs.gen.constituents[:50], pairs.event[:50]
    expected = cpp(gen, event=event)
    same(cpp(gen.astype(np.float64), event=event), expected)
    same(cpp(np.asfortranarray(gen), event=event), expected)
    same(cpp(gen.tolist(), event=event), expected)
    read_only = gen.copy()
    read_only.flags.writeable = False
    same(cpp(read_only, event=event), expected)


def test_contiguous_float32_is_not_copied(bundle: Path) -> None:
    # 60 MB, of which a copy would be seen.
    command = """
import resource, sys, numpy as np
from pyjetsim import CppSimulator
simulator = CppSimulator(sys.argv[1])
gen = np.ones((10, 500_000, 3), np.float32)
gen[:, 100:] = 0
simulator(gen[:, :200])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
simulator(gen)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    out = subprocess.run([sys.executable, "-c", command, bundle], capture_output=True, text=True, check=True)
    assert int(out.stdout) < 30_000


def test_a_jet_without_constituents_gives_one_without(cpp: CppSimulator, pairs: Pairs) -> None:
    gen = pairs.gen.constituents[:3].copy()
    gen[1] = 0
    found = cpp(gen, event=7)
    assert found.n_constituents[1] == 0
    assert not found.jet[1].any()
    assert found.n_constituents[0] > 0
    same(found[[0, 2]], cpp(gen[[0, 2]], event=7, jet=[0, 2]))


def test_no_jets_and_no_room_for_constituents(cpp: CppSimulator) -> None:
    assert cpp(np.zeros((0, 5, 3), np.float32)).constituents.shape == (0, 40, 3)
    assert cpp(np.zeros((4, 0, 3), np.float32)).n_constituents.tolist() == [0] * 4


def test_copies_seeds_and_ids_change_the_jets(cpp: CppSimulator, pairs: Pairs) -> None:
    gen = pairs.gen.constituents[:1]
    settings: list[dict[str, Any]] = [
        {"event": EventId(1, 2, 3)},
        {"event": EventId(1, 2, 4)},
        {"event": EventId(1, 3, 3)},
        {"event": EventId(2, 2, 3)},
        {"event": EventId(1, 2, 3), "jet": [1]},
        {"event": EventId(1, 2, 3), "copy": 1},
        {"event": EventId(1, 2, 3), "seed": 2**64 - 1},
    ]
    results = [cpp(gen, **each).constituents.tobytes() for each in settings]
    assert len(set(results)) == len(settings)
    assert results[0] == cpp(gen, event=EventId(1, 2, 3), copy=0, seed=0).constituents.tobytes()


def test_other_threads_run_meanwhile(cpp: CppSimulator, pairs: Pairs) -> None:
    gen = np.repeat(pairs.gen.constituents, 4, axis=0)
    done = threading.Event()
    ticks = []

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    began = time.perf_counter()
    cpp(gen, event=0)
    ended = time.perf_counter()
    done.set()
    thread.join()
    # With the lock held there would be none in between.
    assert sum(began < t < ended for t in ticks) > 5


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
def test_not_finite(cpp: CppSimulator, pairs: Pairs, bad: float) -> None:
    gen = pairs.gen.constituents.astype(np.float64)
    gen[321, 4, 1] = bad
    with pytest.raises(InputError, match="constituents of jet 321 are not finite"):
        cpp(gen, event=pairs.event)


def test_output_that_is_not_finite_names_the_jet(boundless_bundle: Path, pairs: Pairs) -> None:
    gen = pairs.gen.constituents.copy()
    gen[600] = 3e38
    with pytest.raises(InputError, match="simulated constituents of jet 600 are not finite"):
        CppSimulator(boundless_bundle)(gen, event=pairs.event)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"constituents": np.zeros((3, 3))}, r"constituents have shape \(3, 3\)"),
        ({"constituents": np.zeros((2, 5, 4))}, r"constituents have shape \(2, 5, 4\)"),
        ({"constituents": [[[1, 2, 3]], [[1, 2, 3], [4, 5, 6]]]}, "constituents are no numbers"),
        ({"constituents": "jets"}, "constituents are no numbers"),
        ({"event": [1, 2]}, r"event has shape \(2,\), not \(4,\)"),
        ({"event": 1.5}, "event has type float64"),
        ({"jet": [0]}, r"jet has shape \(1,\), not \(4,\)"),
        ({"seed": -1}, "seed is -1"),
        ({"copy": 2**64}, "copy is 18446744073709551616"),
    ],
)
def test_wrong_arguments(cpp: CppSimulator, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        cpp(**{"constituents": np.ones((4, 5, 3), np.float32), **arguments})


def refused(message: str, folder: Path, *arguments: Any, **options: Any) -> None:
    with pytest.raises(BundleError, match=message) as caught:
        CppSimulator(folder, *arguments, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["manifest.json", "model.onnx", "model.pt", "golden.json"])
def test_missing_file(copy: Path, name: str) -> None:
    (copy / name).unlink()
    refused(name, copy)


@pytest.mark.parametrize("name", ["model.onnx", "model.pt", "golden.json"])
def test_file_that_is_none(copy: Path, name: str) -> None:
    (copy / name).unlink()
    (copy / name).mkdir()
    refused(f"{name} cannot be read: it is no file", copy)


@pytest.mark.parametrize("name", ["provenance", "opset"])
def test_what_only_python_reads_of_a_manifest_is_missing(copy: Path, change: Change, name: str) -> None:
    change(copy, lambda manifest: manifest.pop(name))
    refused(f"manifest.json: {name} is missing", copy)


def test_no_folder(tmp_path: Path) -> None:
    refused("is no bundle: manifest.json is missing", tmp_path / "nothing")
    (tmp_path / "file").write_text("x")
    refused("is no bundle", tmp_path / "file")


@pytest.mark.parametrize("name", ["model.onnx", "model.pt", "golden.json"])
@pytest.mark.parametrize("damage", [lambda b: b[:-100], lambda b: b[:500] + bytes([b[500] ^ 1]) + b[501:]])
def test_truncated_or_altered_file(copy: Path, name: str, damage: Callable[[bytes], bytes]) -> None:
    path = copy / name
    path.write_bytes(damage(path.read_bytes()))
    refused(rf"{name} has SHA-256 [0-9a-f]{{64}}, manifest.json says [0-9a-f]{{64}}", copy)


def test_link_out_of_the_bundle(copy: Path, tmp_path: Path) -> None:
    (copy / "model.onnx").rename(tmp_path / "elsewhere.onnx")
    (copy / "model.onnx").symlink_to(tmp_path / "elsewhere.onnx")
    refused("model.onnx leads out of the bundle", copy)


def test_a_link_to_the_bundle_is_no_way_out(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(bundle)
    CppSimulator(f"{tmp_path / 'link'}/")


def test_another_format_version(copy: Path, change: Change) -> None:
    change(copy, lambda manifest: manifest.__setitem__("version", 3))
    refused("version is 3, this pyjetsim reads 1 and 2", copy)


def rename_input(manifest: dict[str, Any]) -> None:
    manifest["inputs"][0]["name"] = "jets"


def shorten_noise(manifest: dict[str, Any]) -> None:
    manifest["inputs"][1]["shape"][1] = 5


def test_wrong_names_and_shapes(copy: Path, bundle: Path, change: Change, tmp_path: Path) -> None:
    change(copy, rename_input)
    refused(r"has inputs constituents tensor\(float\) \(batch, 40, 3\), noise .*says jets tensor", copy)
    change(copy, lambda manifest: manifest.update(json.loads((bundle / "manifest.json").read_text())))
    change(copy, shorten_noise)
    refused(
        r"noise tensor\(float\) \(batch, 6\), the manifest says .* noise tensor\(float\) \(batch, 5\)", copy
    )


def graph(kind: int = TensorProto.FLOAT, operator: str = "Identity", domain: str = "") -> bytes:
    tensors = [
        helper.make_tensor_value_info("constituents", kind, ["batch", 40, 3]),
        helper.make_tensor_value_info("noise", TensorProto.FLOAT, ["batch", 6]),
        helper.make_tensor_value_info("reco_constituents", kind, ["batch", 40, 3]),
    ]
    node = helper.make_node(operator, ["constituents"], ["reco_constituents"], domain=domain)
    opsets = [helper.make_opsetid("", 18)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    made = helper.make_graph([node], "g", tensors[:2], tensors[2:])
    return bytes(helper.make_model(made, opset_imports=opsets, ir_version=9).SerializeToString())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "model.onnx is no model that ONNX Runtime .* runs: "),
        (b"no graph at all", "model.onnx is no model that ONNX Runtime"),
        (graph(operator="NoSuchOperator"), "is no model that ONNX Runtime .*NoSuchOperator"),
        (graph(operator="Thing", domain="com.example"), "is no model that ONNX Runtime .*com.example"),
        (graph(kind=TensorProto.DOUBLE), r"constituents tensor\(double\)"),
        (graph(), r"golden jets: p[xyz] of constituent \d+ of jet \d is \S+ GeV with ONNX Runtime"),
    ],
)
def test_another_graph(copy: Path, change: Change, content: bytes, message: str) -> None:
    change(copy, model=content)
    refused(message, copy)


@pytest.mark.parametrize("location", ["weights.bin", "../weights.bin", "/etc/passwd"])
def test_weights_in_other_files(copy: Path, change: Change, location: str) -> None:
    model = onnx.load(copy / "model.onnx")
    weights = next(w for w in model.graph.initializer if w.name == "decoder.0.weight")
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value=location)
    change(copy, model=model.SerializeToString())
    refused("model.onnx keeps weights in other files", copy)


def test_weights_in_other_files_deep_inside(copy: Path, change: Change) -> None:
    outside = helper.make_tensor("value", TensorProto.FLOAT, [1], [0.0])
    outside.ClearField("float_data")
    outside.data_location = TensorProto.EXTERNAL
    outside.external_data.add(key="location", value="../secret")
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    branch = helper.make_graph([helper.make_node("Constant", [], ["y"], value=outside)], "b", [], [result])
    condition = helper.make_tensor("condition", TensorProto.BOOL, [], [True])
    model = onnx.load_from_string(graph())
    model.graph.initializer.append(condition)
    model.graph.node.append(
        helper.make_node("If", ["condition"], ["unused"], then_branch=branch, else_branch=branch)
    )
    change(copy, model=model.SerializeToString())
    refused("model.onnx keeps weights in other files", copy)


def test_wrong_options(bundle: Path) -> None:
    refused(
        "there is no backend 'tensorrt' in this program .*use one of onnxruntime, torchscript",
        bundle,
        "tensorrt",
    )
    refused("threads is 0", bundle, threads=0)
    refused(
        "nowhere.so.*named by the option `library`.*pip install onnxruntime", bundle, library="/nowhere.so"
    )


def test_library_that_the_environment_names(bundle: Path) -> None:
    command = (
        "import sys, pyjetsim\n"
        "try: pyjetsim.CppSimulator(sys.argv[1])\n"
        "except pyjetsim.Error as error: print(type(error).__name__, error)"
    )
    out = subprocess.run(
        [sys.executable, "-c", command, bundle],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYJETSIM_ONNXRUNTIME": "/no/such/libonnxruntime.so"},
    )
    assert out.stdout.startswith("BundleError ONNX Runtime cannot be loaded: /no/such/libonnxruntime.so")
    assert "named by PYJETSIM_ONNXRUNTIME" in out.stdout


def test_numbers_at_odd_addresses_are_taken(cpp: CppSimulator, pairs: Pairs) -> None:
    momenta = pairs.gen.constituents[:5]
    odd = np.frombuffer(b"\0" + momenta.tobytes(), np.float32, offset=1).reshape(momenta.shape)
    assert not odd.flags.aligned
    same(cpp(odd), cpp(momenta))
