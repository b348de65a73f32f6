"""The backend native: the answers of PyTorch, the same bits everywhere, and clear errors."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from detectors import ATLAS
from native_bundles import TASK, make, write
from synthetic import synthetic_pairs

from pyjetsim import _core
from pyjetsim.bundle.contract import ask
from pyjetsim.bundle.export import differing, settled, with_noise
from pyjetsim.bundle.manifest import sha256
from pyjetsim.errors import BundleError
from pyjetsim.models.cells import CellsModel
from pyjetsim.simulate import Graph, load

Inputs = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def model() -> CellsModel:
    return make()


@pytest.fixture(scope="module")
def bundle(model: CellsModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(model, tmp_path_factory.mktemp("native") / "bundle")


def replace(bundle: Path, content: bytes) -> None:
    """Another native.bin, which the manifest names."""
    old = sha256((bundle / "native.bin").read_bytes())
    (bundle / "native.bin").write_bytes(content)
    text = (bundle / "manifest.json").read_text()
    assert old in text
    (bundle / "manifest.json").write_text(text.replace(old, sha256(content)))


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    folder.mkdir()
    for path in bundle.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture
def on_path() -> Iterator[Callable[[str], None]]:
    """Give a function that takes another set of instructions for the test."""
    before = _core.cpu_path()
    yield _core.use_cpu_path
    _core.use_cpu_path(before)


def jets(n: int, seed: int = 0) -> Inputs:
    gen = synthetic_pairs(n, seed).gen.padded_to(80)
    return {"gen_constituents": gen.constituents, "gen_pid": gen.pid}


def named(model: CellsModel, given: Inputs) -> Inputs:
    """The inputs by the names of the task's tensors: constituents and pid."""
    names = [spec.name for spec in TASK.inputs(model) if spec.role != "noise"]
    return dict(zip(names, given.values(), strict=True))


def answers(bundle: Path, model: CellsModel, given: Inputs, **options: Any) -> Inputs:
    return Graph(bundle, "native", **options)(named(model, given))


def same_bits(one: Inputs, other: Inputs) -> bool:
    return all(one[name].tobytes() == other[name].tobytes() for name in one)


def different(bundle: Path, model: CellsModel, given: Inputs) -> tuple[np.ndarray, np.ndarray]:
    """Which jets (N,) are another than PyTorch's, and which are so though PyTorch's hang on no rounding."""
    inputs = with_noise(model, TASK, named(model, given))
    expected = ask(model, TASK, inputs)
    graph = Graph(bundle, "native")

    def run(moved: Inputs) -> Inputs:
        return graph({name: moved[name] for name in named(model, given)})

    return differing(model, TASK, run, inputs, expected, run(inputs))


def test_answers_are_those_of_pytorch(bundle: Path, model: CellsModel) -> None:
    given = jets(200)
    other, wrong = different(bundle, model, given)
    assert not wrong.any()
    assert other.mean() < 0.02
    inputs = with_noise(model, TASK, named(model, given))
    assert (~settled(model, TASK, inputs, ask(model, TASK, inputs))).mean() < 0.2


@pytest.mark.parametrize(
    "settings",
    [
        {"detector": ATLAS},
        {"blocks": 0},
        {"blocks": 2, "heads": 2, "width": 16, "max_constituents": 60},
        {"width": 48, "max_extra_tracks": 2, "max_extra_photons": 3, "max_extra_neutrals": 40},
    ],
    ids=["ATLAS", "no block", "two blocks", "other extras"],
)
def test_other_sizes(settings: dict[str, Any], tmp_path: Path) -> None:
    model = make(1, **settings)
    rows = model.config.max_constituents
    given = {name: array[:, :rows] for name, array in jets(40, 1).items()}
    assert not different(write(model, tmp_path / "bundle"), model, given)[1].any()


def edge_cases() -> Inputs:
    rng = np.random.default_rng(3)
    shape = (12, 80)
    count = np.array([0, 1, 2, 50, 80, 80, 30, 30, 30, 5, 60, 40])
    pid = rng.choice(np.array([211, -211, 22, 130, 2112, 321], np.int32), shape)
    pid[6], pid[7], pid[8] = 22, 211, rng.choice(np.array([11, -11, 13, -13], np.int32), 80)
    pid[10] = 0
    pid[11, ::3] = 0
    pid[3, :4] = [1000010020, -(2**31), 2**31 - 1, 3334]
    pt = np.sort(rng.exponential(5, shape) + 0.01, 1)[:, ::-1]
    pt *= np.array([1, 50, 25, 1, 1, 40, 1, 1, 1, 10, 1, 1])[:, None]
    eta = rng.normal(0, 0.2, shape) + np.array([0, 0, 1, 0, 2.4, 1, -1, 0, 2, 4.9, -2.4, 0])[:, None]
    phi = rng.normal(0, 0.2, shape) + np.pi
    there = np.arange(80) < count[:, None]
    xyz = np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], -1) * there[..., None]
    return {"gen_constituents": xyz.astype(np.float32), "gen_pid": (pid * there).astype(np.int32)}


def test_edge_cases(bundle: Path, model: CellsModel) -> None:
    given = edge_cases()
    assert not different(bundle, model, given)[1].any()
    found = answers(bundle, model, given)
    reco, pid = found.values()
    assert (reco[0] == 0).all()
    assert (pid[0] == 0).all()
    assert np.isfinite(reco).all()


def test_rows_without_pt_may_stand_anywhere(bundle: Path, model: CellsModel) -> None:
    given = jets(20)
    given["gen_constituents"][:, 3:9:2] = 0
    given["gen_constituents"][:, 5, 2] = 1
    assert not different(bundle, model, given)[1].any()


@pytest.mark.parametrize("path", _core.cpu_paths())
def test_every_set_of_instructions_gives_the_same_bits(
    path: str, bundle: Path, model: CellsModel, on_path: Callable[[str], None]
) -> None:
    given = {name: np.concatenate([both, edge_cases()[name]]) for name, both in jets(100, 5).items()}
    expected = answers(bundle, model, given)
    on_path(path)
    assert same_bits(answers(bundle, model, given), expected)


def test_batches_and_threads_give_the_same_bits(bundle: Path, model: CellsModel) -> None:
    given = jets(130, 6)
    expected = answers(bundle, model, given)
    assert same_bits(answers(bundle, model, given, threads=3), expected)
    graph = Graph(bundle, "native")
    for size in (1, 2, 64):
        parts = [
            graph(
                {name: each[i : i + size] for name, each in named(model, given).items()},
                event=np.arange(130)[i : i + size],
            )
            for i in range(0, 130, size)
        ]
        whole = graph(named(model, given), event=np.arange(130))
        assert all(
            np.array_equal(np.concatenate([part[name] for part in parts]), whole[name]) for name in whole
        )


def test_it_is_taken_where_the_bundle_has_it(bundle: Path) -> None:
    assert "native" in load(bundle).backend
    assert "native" in load(bundle, backend="native").backend
    with pytest.raises(BundleError, match=r"model\.onnx"):
        load(bundle, backend="onnxruntime")
    with pytest.raises(BundleError, match="device 'cuda' was asked for"):
        load(bundle, backend="native", device="cuda")
    with pytest.raises(BundleError, match=r"has no native\.bin"):
        load("paper", backend="native")
    assert "ONNX Runtime" in load("paper").backend


def test_jets_beyond_what_the_model_sees(bundle: Path) -> None:
    rng = np.random.default_rng(0)
    gen = rng.normal(0, 3, (3, 200, 3)).astype(np.float32)
    simulated = load(bundle)(gen)
    assert np.isfinite(simulated.constituents).all()


def test_missing_or_altered(copy: Path) -> None:
    content = (copy / "native.bin").read_bytes()
    (copy / "native.bin").unlink()
    with pytest.raises(BundleError, match=r"native\.bin cannot be read"):
        load(copy)
    (copy / "native.bin").write_bytes(content[:-1] + b"x")
    with pytest.raises(BundleError, match=r"native\.bin has SHA-256"):
        load(copy)


def header(content: bytes) -> tuple[int, bytes]:
    (length,) = struct.unpack_from("<I", content, 20)
    return length, content[24 : 24 + length]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: b"", "no model for the native backend"),
        (lambda c: c[:1000], "ends within its header"),
        (lambda c: c[:-4], "fewer than its tensors"),
        (lambda c: c + b"0000", "bytes, not"),
        (lambda c: c[:16] + struct.pack("<I", 2) + c[20:], "version is 2, this pyjetsim reads 1"),
        (lambda c: c.replace(b'"model": "cells"', b'"model": "sells"', 1), "does not know"),
        (lambda c: c.replace(b'"width": 32', b'"width": 48', 1), "of another shape"),
        (lambda c: c.replace(b'"width": 32', b'"width": -2', 1), "setting width"),
        (lambda c: c.replace(b'"max_constituents": 80', b'"max_constituents": 79', 1), "manifest.json says"),
        (
            lambda c: c.replace(b"encoder.told.weight", b"encoder.tell.weight", 1),
            "encoder.told.weight is missing",
        ),
        (lambda c: c[:-4] + struct.pack("<f", float("nan")), "not finite"),
        (lambda c: c.replace(b'{"model"', b'["model"', 1), "no readable JSON"),
    ],
)
def test_damage_is_told(copy: Path, change: Callable[[bytes], bytes], said: str) -> None:
    content = (copy / "native.bin").read_bytes()
    changed = change(content)
    assert changed != content
    replace(copy, changed)
    with pytest.raises(BundleError, match=said) as problem:
        load(copy)
    assert "\n" not in str(problem.value)


def problem_of(bundle: Path) -> str | None:
    try:
        load(bundle)
    except BundleError as problem:
        return str(problem)
    return None


def test_damage_anywhere_is_an_error_or_harmless(copy: Path) -> None:
    content = (copy / "native.bin").read_bytes()
    rng = np.random.default_rng(7)
    length, _ = header(content)
    places = np.concatenate([rng.integers(0, 24 + length, 60), rng.integers(24 + length, len(content), 30)])
    refused = 0
    for place in places:
        changed = bytearray(content)
        changed[place] ^= 1 << int(rng.integers(8))
        replace(copy, bytes(changed))
        problem = problem_of(copy)
        refused += problem is not None
        assert "\n" not in (problem or "")
    for size in rng.integers(0, len(content), 15):
        replace(copy, content[:size])
        with pytest.raises(BundleError):
            load(copy)
    assert refused > 45


def test_other_models_have_none() -> None:
    assert make(width=24, heads=4).native() is None


@pytest.mark.slow
def test_thousands_of_jets(bundle: Path, model: CellsModel, on_path: Callable[[str], None]) -> None:
    given = jets(4_000, 11)
    expected = answers(bundle, model, given)
    for path in _core.cpu_paths():
        on_path(path)
        assert same_bits(answers(bundle, model, given, threads=2), expected)
    other, wrong = different(bundle, model, given)
    assert not wrong.any()
    assert other.mean() < 0.003
