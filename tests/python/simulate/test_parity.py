"""Whatever runs a bundle simulates the jets that PyTorch does: ONNX Runtime and libtorch."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from by_pytorch import simulated
from kinds import Kinds
from numpy.typing import NDArray
from onnx import TensorProto, helper
from torch import Tensor

from pyjetsim import Simulator
from pyjetsim.errors import BundleError
from pyjetsim.jets import Jets, Pairs, pseudorapidity, transverse_momentum
from pyjetsim.jets.event_ids import EventId, jet_ids
from pyjetsim.jets.noise import reference_noise
from pyjetsim.models import VAE

Change = Callable[..., None]
JETS, SEED = 1000, 3
PT_MIN, ETA_MAX = 0.25, 3.2  # The bundle's cuts.
TOLERANCE = 1e-4
BACKENDS = ("onnxruntime", "torchscript")


@pytest.fixture(scope="module")
def pairs(make_pairs: Callable[..., Pairs]) -> Pairs:
    return make_pairs(JETS, 5)


@pytest.fixture(scope="module")
def reference(make_model: Callable[..., VAE], pairs: Pairs) -> Jets:
    """What PyTorch makes of all jets at once."""
    return simulated(make_model(), pairs.gen.constituents, None, jet_ids(JETS, pairs.event), SEED)


def at_a_cut(constituents: NDArray[Any]) -> NDArray[np.bool_]:
    """Rows so near a cut that the last bits decide on which side they fall."""
    near_pt = np.abs(transverse_momentum(constituents) / PT_MIN - 1) < TOLERANCE
    return near_pt | (np.abs(np.abs(pseudorapidity(constituents)) / ETA_MAX - 1) < TOLERANCE)


def unmatched(these: NDArray[Any], others: NDArray[Any]) -> NDArray[Any]:
    """Those of ``these`` (n, 3) that have no equal among ``others``, to 1e-4 of their momentum."""
    distance = np.linalg.norm(these[:, None] - others[None], axis=2).min(axis=1, initial=np.inf)
    return these[distance > TOLERANCE * np.linalg.norm(these, axis=1)]


def nearest(these: NDArray[Any], others: NDArray[Any]) -> NDArray[Any]:
    """For each of ``others`` (n, 3) the number of the nearest of ``these``."""
    if len(these) == 0:
        return np.zeros(0, np.int64)
    return np.asarray(np.linalg.norm(these[None] - others[:, None], axis=2).argmin(axis=1))


def agree(found: Jets, expected: Jets) -> None:
    """The same constituents, but for some at a cut; where none is, the same jets.

    Constituents are looked for in their jet, not in their place: two of nearly equal pt may change it.
    """
    assert found.constituents.shape == expected.constituents.shape
    at_cuts = 0
    for jet in range(len(expected)):
        ours, theirs = (jets.constituents[jet][: jets.n_constituents[jet]] for jets in (found, expected))
        lost = np.concatenate([unmatched(theirs, ours), unmatched(ours, theirs)])
        assert at_a_cut(lost).all(), f"jet {jet}: {lost}"
        at_cuts += len(lost)
        if len(lost) == 0:
            assert len(ours) == len(theirs), jet
            order = nearest(ours, theirs)
            np.testing.assert_array_equal(found.pid[jet][: len(ours)][order], expected.pid[jet][: len(ours)])
            np.testing.assert_allclose(found.jet[jet], expected.jet[jet], rtol=TOLERANCE, atol=TOLERANCE)
    # One in ten thousand lies that near to a cut, if at all.
    assert at_cuts <= 5


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("batch", [1, 7, JETS])
@pytest.mark.parametrize("backend", BACKENDS)
def test_same_jets(
    bundle: Path, pairs: Pairs, reference: Jets, backend: str, batch: int, threads: int
) -> None:
    simulate = Simulator(bundle, backend, threads=threads)
    ids = jet_ids(JETS, pairs.event)
    parts = [
        simulate(
            pairs.gen.constituents[i : i + batch],
            event=ids.event[i : i + batch],
            seed=SEED,
            jet=ids.jet[i : i + batch],
        )
        for i in range(0, JETS, batch)
    ]
    agree(Jets.concatenate(parts), reference)


@pytest.mark.parametrize("batch", [1, 7, JETS])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("backend", BACKENDS)
def test_same_jets_and_identities(
    kinds_bundle: Path, pairs: Pairs, backend: str, known: bool, batch: int
) -> None:
    gen, ids = pairs.gen, jet_ids(JETS, pairs.event)
    pid = gen.pid if known else None
    reference = simulated(Kinds(), gen.constituents, pid, ids, SEED)
    simulate = Simulator(kinds_bundle, backend)
    parts = []
    for i in range(0, JETS, batch):
        rows = slice(i, i + batch)
        given = None if pid is None else pid[rows]
        parts.append(simulate(gen.constituents[rows], given, ids.event[rows], SEED, jet=ids.jet[rows]))
    found = Jets.concatenate(parts)
    agree(found, reference)
    assert found.constituents.shape == (JETS, 48, 3)
    assert set(np.unique(found.pid)) == ({-211, 0, 22, 130, 211} if known else {0, 22, 130, 211})
    assert found.pid[found.present].all()
    assert not found.pid[~found.present].any()


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("backend", BACKENDS)
def test_same_jets_from_four_callers(
    bundle: Path, pairs: Pairs, reference: Jets, backend: str, threads: int
) -> None:
    simulate = Simulator(bundle, backend, threads=threads)
    rows = [slice(start, start + 50) for start in range(0, JETS, 50)]  # 25 events each
    with ThreadPoolExecutor(4) as pool:
        parts = list(
            pool.map(lambda r: simulate(pairs.gen.constituents[r], event=pairs.event[r], seed=SEED), rows * 2)
        )
    agree(Jets.concatenate(parts[:20]), reference)
    agree(Jets.concatenate(parts[20:]), reference)


def test_the_comparison_would_see_a_difference(reference: Jets) -> None:
    for changed in (1.001, 0.0):
        constituents = reference.constituents.copy()
        constituents[500, 0] *= changed
        with pytest.raises(AssertionError):
            agree(Jets(constituents, reference.pid, reference.n_constituents, reference.jet), reference)
    pid = reference.pid.copy()
    pid[500, 3] = 22
    with pytest.raises(AssertionError):
        agree(Jets(reference.constituents, pid, reference.n_constituents, reference.jet), reference)
    count = reference.n_constituents.copy()
    count[500] -= 1
    with pytest.raises(AssertionError):
        agree(Jets(reference.constituents, reference.pid, count, reference.jet), reference)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_noise_is_philox_bit_for_bit(copy: Path, change: Change, backend: str) -> None:
    change(copy, keep_all, **passing_noise_on())
    event = EventId(7, 8, np.arange(500) // 3)
    reco = Simulator(copy, backend)(np.ones((500, 3, 3), np.float32), event=event, seed=11)
    expected = reference_noise(11, jet_ids(500, event), 6).reshape(500, 2, 3)
    swap = transverse_momentum(expected)[:, 0] < transverse_momentum(expected)[:, 1]
    expected[swap] = expected[swap][:, ::-1]
    np.testing.assert_array_equal(reco.constituents[:, :2], expected)
    assert not reco.constituents[:, 2:].any()


def keep_all(manifest: dict[str, Any]) -> None:
    manifest["settings"]["cuts"] |= {"constituent_eta_max": None, "constituent_pt_min": 0.0}


class NoiseAsConstituents(torch.nn.Module):
    """Six numbers are two constituents."""

    def forward(self, constituents: Tensor, noise: Tensor) -> Tensor:
        jets = torch.zeros_like(constituents)
        jets[:, :2] = noise.reshape(-1, 2, 3)
        return jets


def passing_noise_on() -> dict[str, bytes]:
    """The files of a bundle whose model gives its noise."""
    noise = reference_noise(0, jet_ids(2), 6)
    output = np.zeros((2, 40, 3), np.float32)
    output[:, :2] = noise.reshape(2, 2, 3)
    golden = {
        "inputs": {"constituents": np.zeros((2, 40, 3)).tolist(), "noise": noise.tolist()},
        "outputs": {"reco_constituents": output.tolist()},
    }
    archive = io.BytesIO()
    torch.jit.save(torch.jit.script(NoiseAsConstituents()), archive)
    return {
        "model": noise_graph(),
        "archive": archive.getvalue(),
        "golden": json.dumps(golden).encode(),
    }


def noise_graph() -> bytes:
    """The same in ONNX."""
    tensors = [
        helper.make_tensor_value_info("constituents", TensorProto.FLOAT, ["batch", 40, 3]),
        helper.make_tensor_value_info("noise", TensorProto.FLOAT, ["batch", 6]),
        helper.make_tensor_value_info("reco_constituents", TensorProto.FLOAT, ["batch", 40, 3]),
    ]
    constants = [
        helper.make_tensor("shape", TensorProto.INT64, [3], [-1, 40, 3]),
        helper.make_tensor("pads", TensorProto.INT64, [4], [0, 0, 0, 114]),
        helper.make_tensor("zero", TensorProto.FLOAT, [], [0.0]),
    ]
    nodes = [
        helper.make_node("Pad", ["noise", "pads"], ["padded"]),
        helper.make_node("Reshape", ["padded", "shape"], ["jets"]),
        helper.make_node("Mul", ["constituents", "zero"], ["nothing"]),
        helper.make_node("Add", ["jets", "nothing"], ["reco_constituents"]),
    ]
    graph = helper.make_graph(nodes, "g", tensors[:2], tensors[2:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("backend", BACKENDS)
def test_golden_outputs_of_another_model(copy: Path, change: Change, backend: str) -> None:
    golden = json.loads((copy / "golden.json").read_text())
    golden["outputs"]["reco_constituents"][2][1][1] = 77.0
    change(copy, golden=json.dumps(golden).encode())
    with pytest.raises(BundleError, match=r"jets: py of constituent 1 of jet 2 is \S+ GeV.*, not 77 GeV"):
        Simulator(copy, backend)
