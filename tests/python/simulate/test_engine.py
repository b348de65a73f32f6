"""The engine under the simulator: threads, memory, flags, the backend and its library."""

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
import torch
from by_pytorch import simulated
from onnx import TensorProto, helper

import pyjetsim
from pyjetsim import Simulator
from pyjetsim.errors import BundleError, InputError
from pyjetsim.jets import Jets, Pairs, jet_kinematics, transverse_momentum
from pyjetsim.jets.event_ids import EventId, jet_ids
from pyjetsim.jets.selection import Selection
from pyjetsim.models import VAE

Change = Callable[..., None]


@pytest.fixture(scope="module")
def pairs(make_pairs: Callable[..., Pairs]) -> Pairs:
    return make_pairs(1000, 5)


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


def test_the_same_jets_from_four_threads_at_once(sim: Simulator, pairs: Pairs) -> None:
    together = sim(pairs.gen.constituents, event=pairs.event, seed=3)
    rows = [slice(start, start + 50) for start in range(0, 1000, 50)]  # 25 events each
    with ThreadPoolExecutor(4) as pool:
        parts = list(
            pool.map(lambda r: sim(pairs.gen.constituents[r], event=pairs.event[r], seed=3), rows * 2)
        )
    same(Jets.concatenate(parts[:20]), together)
    same(Jets.concatenate(parts[20:]), together)


def test_cuts_flags_and_columns(sim: Simulator, pairs: Pairs) -> None:
    gen = pairs.gen.constituents
    found = sim.flagged(gen, event=pairs.event)
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


def test_fewer_constituents_kept_than_the_model_gives(
    copy: Path, change: Change, pairs: Pairs, make_model: Callable[..., VAE]
) -> None:
    def edit(manifest: dict[str, Any]) -> None:
        cuts = {"max_constituents": 7, "constituent_eta_max": None, "constituent_pt_min": 1.5}
        manifest["settings"]["cuts"] |= cuts

    change(copy, edit)
    gen, event = pairs.gen.constituents, pairs.event
    found = Simulator(copy)(gen, event=event)
    assert found.constituents.shape == (1000, 7, 3)
    cuts = Selection(constituent_pt_min=1.5, max_constituents=7)
    close(found, simulated(make_model(), gen, None, jet_ids(1000, event), cuts=cuts))


def test_arrays_of_other_kinds(sim: Simulator, pairs: Pairs) -> None:
    gen, event = pairs.gen.constituents[:50], pairs.event[:50]
    expected = sim(gen, event=event)
    same(sim(gen.astype(np.float64), event=event), expected)
    same(sim(np.asfortranarray(gen), event=event), expected)
    same(sim(gen.tolist(), event=event), expected)
    read_only = gen.copy()
    read_only.flags.writeable = False
    same(sim(read_only, event=event), expected)


def test_contiguous_float32_is_not_copied(bundle: Path) -> None:
    # 60 MB, of which a copy would be seen.
    command = """
import resource, sys, numpy as np
from pyjetsim import Simulator
simulator = Simulator(sys.argv[1])
gen = np.ones((10, 500_000, 3), np.float32)
gen[:, 100:] = 0
simulator(gen[:, :200])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
simulator(gen)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    out = subprocess.run([sys.executable, "-c", command, bundle], capture_output=True, text=True, check=True)
    assert int(out.stdout) < 30_000


def test_a_jet_without_constituents_gives_one_without(sim: Simulator, pairs: Pairs) -> None:
    gen = pairs.gen.constituents[:3].copy()
    gen[1] = 0
    found = sim(gen, event=7)
    assert found.n_constituents[1] == 0
    assert not found.jet[1].any()
    assert found.n_constituents[0] > 0
    same(found[[0, 2]], sim(gen[[0, 2]], event=7, jet=[0, 2]))


def test_no_jets_and_no_room_for_constituents(sim: Simulator) -> None:
    assert sim(np.zeros((0, 5, 3), np.float32)).constituents.shape == (0, 40, 3)
    assert sim(np.zeros((4, 0, 3), np.float32)).n_constituents.tolist() == [0] * 4


def test_copies_seeds_and_ids_change_the_jets(sim: Simulator, pairs: Pairs) -> None:
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
    results = [sim(gen, **each).constituents.tobytes() for each in settings]
    assert len(set(results)) == len(settings)
    assert results[0] == sim(gen, event=EventId(1, 2, 3), copy=0, seed=0).constituents.tobytes()


def test_other_threads_run_meanwhile(sim: Simulator, pairs: Pairs) -> None:
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
    sim(gen, event=0)
    ended = time.perf_counter()
    done.set()
    thread.join()
    # With the lock held there would be none in between.
    assert sum(began < t < ended for t in ticks) > 5


def test_output_that_is_not_finite_names_the_jet(boundless_bundle: Path, pairs: Pairs) -> None:
    gen = pairs.gen.constituents.copy()
    gen[600] = 3e38
    with pytest.raises(InputError, match="simulated constituents of jet 600 are not finite"):
        Simulator(boundless_bundle)(gen, event=pairs.event)


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
        ({"seed": 1.0}, "seed has type float64"),
        ({"seed": True}, "seed has type bool"),
        ({"copy": 2**64}, "copy is 18446744073709551616"),
        ({"event": np.array([1, 2, -3, 4])}, "event of jet 2 is -3"),
        ({"jet": np.array([0, 1, 2, -4])}, "jet of jet 3 is -4"),
        ({"event": np.zeros((4, 2), int)}, r"event has shape \(4, 2\)"),
        ({"event": EventId(2**32, 0, 1)}, "run is 4294967296"),
        ({"event": jet_ids(3)}, r"run has shape \(3,\), not \(4,\)"),
    ],
)
def test_wrong_arguments(sim: Simulator, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sim(**{"constituents": np.ones((4, 5, 3), np.float32), **arguments})


def refused(message: str, folder: Path, *arguments: Any, **options: Any) -> None:
    with pytest.raises(BundleError, match=message) as caught:
        Simulator(folder, *arguments, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["model.onnx", "model.pt", "golden.json"])
def test_file_that_is_none(copy: Path, name: str) -> None:
    (copy / name).unlink()
    (copy / name).mkdir()
    refused(f"{name} cannot be read: it is no file", copy)


def test_a_link_to_the_bundle_is_no_way_out(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(bundle)
    Simulator(f"{tmp_path / 'link'}/")


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
        "there is no backend 'tensorrt' in this program .*use one of native, onnxruntime, torchscript",
        bundle,
        "tensorrt",
    )
    for threads, message in ((0, "threads is 0"), (-1, "threads is -1"), (1.5, "threads is 1.5")):
        with pytest.raises(InputError, match=message):
            Simulator(bundle, threads=threads)  # type: ignore[arg-type]
    refused("threads is 100000 .*give 1 to 1024", bundle, threads=100_000)
    refused(
        "nowhere.so.*named by the option `library`.*pip install onnxruntime", bundle, library="/nowhere.so"
    )


def test_library_that_the_environment_names(bundle: Path) -> None:
    command = (
        "import sys, pyjetsim\n"
        "try: pyjetsim.load(sys.argv[1])\n"
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


def test_numbers_at_odd_addresses_are_taken(sim: Simulator, pairs: Pairs) -> None:
    momenta = pairs.gen.constituents[:5]
    odd = np.frombuffer(b"\0" + momenta.tobytes(), np.float32, offset=1).reshape(momenta.shape)
    assert not odd.flags.aligned
    same(sim(odd), sim(momenta))


@pytest.mark.parametrize("backend", ["onnxruntime", "torchscript"])
def test_threads_share_the_blocks_of_a_call(bundle: Path, sim: Simulator, pairs: Pairs, backend: str) -> None:
    gen, event = np.concatenate([pairs.gen.constituents] * 2), np.arange(2000)
    one = Simulator(bundle, backend)
    for threads in (2, 3, 100):
        several = Simulator(bundle, backend, threads=threads)
        for n in (0, 1, 64, 65, 127, 2000):
            same(several(gen[:n], event=event[:n]), one(gen[:n], event=event[:n]))


def test_with_threads_the_first_jet_that_is_wrong_is_told(boundless_bundle: Path, pairs: Pairs) -> None:
    several = Simulator(boundless_bundle, threads=4)
    gen = pairs.gen.constituents.copy()
    expected = several(gen[:400])
    for _ in range(10):
        gen[450:] = 3e38
        with pytest.raises(InputError, match="simulated constituents of jet 450 are not finite"):
            several(gen)
        same(several(gen[:400]), expected)


def test_ids_of_any_kind_name_the_same_jets(sim: Simulator, pairs: Pairs) -> None:
    gen, event = pairs.gen.constituents[:100], pairs.event[:100]
    place = jet_ids(100, event).jet
    expected = sim(gen, event=event)
    for ids in (
        {"event": event.astype(np.uint64)},
        {"event": event.astype(np.int32)},
        {"event": event.tolist()},
        {"event": torch.from_numpy(event)},
        {"event": np.repeat(event, 2)[::2]},  # strided
        {"event": EventId(0, 0, event)},
        {"event": np.stack([np.zeros(100, int), np.zeros(100, int), event], axis=1)},
        {"event": jet_ids(100, event)},
        {"event": event, "jet": place},
        {"event": event, "jet": place.astype(np.int64)},
        {"event": event, "jet": place.tolist()},
    ):
        same(sim(gen, seed=np.int64(0), copy=np.uint8(0), **ids), expected)
    of_one = jet_ids(100, EventId(3, 4, 5))
    for ids in (
        {"event": EventId(3, 4, 5)},
        {"event": EventId(3, np.uint8(4), 5)},
        {"event": EventId([3] * 100, 4, np.full(100, 5))},
        {"event": EventId(3, 4, np.full(100, 5, np.uint64))},
        {"event": EventId(3, 4, 5), "jet": np.arange(100)},
        {"event": of_one},
    ):
        same(sim(gen, **ids), sim(gen, event=of_one))
    same(sim(gen, event=7), sim(gen, event=np.full(100, 7)))
    same(sim(gen[:3], event=(7, 8, 9)), sim(gen[:3], event=[7, 8, 9]))  # no EventId
    same(sim(gen, event=event, jet=2), sim(gen, event=event, jet=np.full(100, 2)))
    # Jets of an event need not lie together.
    order = np.random.default_rng(0).permutation(100)
    same(sim(gen[order], event=event[order], jet=place[order]), expected[order])
    same(
        sim(gen[order], event=event[order]),
        sim(gen[order], event=event[order], jet=jet_ids(100, event[order]).jet),
    )
    top = np.full(100, 2**64 - 1, np.uint64)
    same(sim(gen, event=top), sim(gen, event=2**64 - 1))


@pytest.mark.parametrize("threads", [1, 3])
def test_ctrl_c_ends_a_long_call(bundle: Path, pairs: Pairs, tmp_path: Path, threads: int) -> None:
    program = """
import os, signal, sys, threading, time, numpy, pyjetsim
sim = pyjetsim.load(sys.argv[1], threads=int(sys.argv[2]))
gen = numpy.repeat(numpy.load(sys.argv[3]), 400, axis=0)
expected = sim(gen[:100]).constituents
began = time.perf_counter()
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    sim(gen)
    print("it was not interrupted")
except KeyboardInterrupt:
    print("interrupted")
assert (sim(gen[:100]).constituents == expected).all()
"""
    np.save(tmp_path / "gen.npy", pairs.gen.constituents)
    command = [sys.executable, "-c", program, str(bundle), str(threads), str(tmp_path / "gen.npy")]
    out = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (out.stdout, out.stderr) == ("interrupted\n", "")


def test_torch_tensors(sim: Simulator, pairs: Pairs) -> None:
    gen, pid = pairs.gen.constituents[:20], pairs.gen.pid[:20]
    expected = sim(gen, pid)
    tensor = torch.from_numpy(gen)
    same(sim(tensor, torch.from_numpy(pid)), expected)
    same(sim(tensor.double().requires_grad_()), expected)
    same(sim(tensor.flip(1)), expected)
    half = sim(tensor.bfloat16())
    same(half, sim(tensor.bfloat16().float().numpy()))
    with pytest.raises(InputError, match=r"constituents have shape \(3, 4\)"):
        sim(torch.ones(3, 4))


def test_calls_leave_no_memory_behind(sim: Simulator, pairs: Pairs) -> None:
    # The memory of a call is used again by the next, whatever its size, and answers stay as they were.
    first = sim(pairs.gen.constituents, event=pairs.event)
    kept = Jets(*(getattr(first, name).copy() for name in ("constituents", "pid", "n_constituents", "jet")))
    for n in (1, 500, 3):
        sim(pairs.gen.constituents[:n] * 2, event=pairs.event[:n])
    same(first, kept)
    same(sim(pairs.gen.constituents, event=pairs.event), kept)


def test_the_former_name_stays_for_a_while() -> None:
    with pytest.warns(DeprecationWarning, match=r"CppSimulator is called pyjetsim\.Simulator now"):
        assert pyjetsim.CppSimulator is Simulator
    with pytest.raises(AttributeError, match="no attribute 'Simulater'"):
        _ = pyjetsim.Simulater


def test_simulating_imports_nothing_of_others(bundle: Path) -> None:
    program = (
        "import sys, numpy, pyjetsim\n"
        "sim = pyjetsim.load(sys.argv[1])\n"
        "sim(numpy.ones((2, 5, 3)), event=[3, 3])\n"
        "sim.manifest, sim.outside_domain(numpy.ones((2, 5, 3)))\n"
        "print(*({'torch', 'onnxruntime', 'onnx', 'matplotlib', 'pydantic', 'awkward', 'h5py', 'fastjet'} "
        "& set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", program, bundle], capture_output=True, text=True, check=True)
    assert (out.stdout, out.stderr) == ("\n", "")


@pytest.mark.parametrize("asked", [None, "0"])
def test_nothing_is_written_in_the_users_home(bundle: Path, tmp_path: Path, asked: str | None) -> None:
    program = "import sys, numpy, pyjetsim\npyjetsim.load(sys.argv[1])(numpy.ones((2, 5, 3)))\n"
    places = {"HOME": tmp_path / "home", "XDG_CACHE_HOME": tmp_path / "cache", "TMPDIR": tmp_path / "tmp"}
    for place in places.values():
        place.mkdir()
    env = {**os.environ, **{name: str(place) for name, place in places.items()}}
    env.pop("ORT_DISABLE_TELEMETRY", None)
    if asked is not None:
        env["ORT_DISABLE_TELEMETRY"] = asked
    subprocess.run([sys.executable, "-c", program, bundle], check=True, env=env, cwd=tmp_path)
    assert [path for path in tmp_path.rglob("*") if path not in places.values()] == []
