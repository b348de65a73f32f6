"""Gen jets in, reco jets out: the same for a jet whatever comes with it."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest

import pyjetsim
from pyjetsim.errors import InputError
from pyjetsim.jets import Jets, Pairs, jet_kinematics, pseudorapidity, transverse_momentum
from pyjetsim.jets.event_ids import EventId
from pyjetsim.simulate import Simulator, load

FIELDS = ("constituents", "pid", "n_constituents", "jet")


@pytest.fixture(scope="module")
def pairs(make_pairs: Callable[..., Pairs]) -> Pairs:
    return make_pairs(600, 5)


def same(a: Jets, b: Jets) -> None:
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


def differ(a: Jets, b: Jets) -> bool:
    return bool((a.constituents[:, 0] != b.constituents[:, 0]).all())


def as_awkward(jets: Jets, names: str = "px py pz") -> Any:
    rows, count = jets.constituents[jets.present].astype(np.float64), jets.present.sum(axis=1)
    columns = list(rows.T)
    if names == "pt eta phi":
        pt = np.hypot(rows[:, 0], rows[:, 1])
        columns = [pt, np.arcsinh(rows[:, 2] / pt), np.arctan2(rows[:, 1], rows[:, 0])]
    return ak.unflatten(ak.zip(dict(zip(names.split(), columns, strict=True))), count)


def test_output_is_the_graphs_with_the_cuts(sim: Simulator, pairs: Pairs) -> None:
    reco = sim(pairs.gen.constituents, event=pairs.event, seed=1)
    assert len(reco) == len(pairs)
    pt, eta = transverse_momentum(reco.constituents), pseudorapidity(reco.constituents)
    assert (pt[reco.present] > 0.25).all()
    assert (np.abs(eta[reco.present]) < 3.2).all()
    assert (np.diff(pt, axis=1) <= 0).all()
    np.testing.assert_array_equal(reco.n_constituents, reco.present.sum(axis=1))
    np.testing.assert_array_equal(reco.jet, jet_kinematics(reco.constituents))
    assert not reco.pid.any()
    # The cuts did something, and did not eat all.
    assert 0 < reco.n_constituents.min() < reco.n_constituents.max() < 40 + 1


def test_event_by_event_is_the_whole_batch(sim: Simulator, pairs: Pairs) -> None:
    together = sim(pairs.gen.constituents, event=pairs.event, seed=1)
    events = [np.flatnonzero(pairs.event == event) for event in np.unique(pairs.event)]
    apart = [sim(pairs.gen.constituents[rows], event=pairs.event[rows], seed=1) for rows in events]
    same(Jets.concatenate(apart), together)


@pytest.mark.parametrize("size", [1, 2, 7, 64, 256, 257])
def test_any_batch_size_gives_the_same(sim: Simulator, pairs: Pairs, size: int) -> None:
    ids = {"event": pairs.event, "jet": np.arange(600) % 2}
    together = sim(pairs.gen.constituents, seed=1, **ids)
    parts = [
        sim(
            pairs.gen.constituents[i : i + size],
            seed=1,
            **{name: values[i : i + size] for name, values in ids.items()},
        )
        for i in range(0, 600, size)
    ]
    same(Jets.concatenate(parts), together)


def test_any_order_gives_the_same(sim: Simulator, pairs: Pairs) -> None:
    jet = np.arange(600) % 2
    order = np.random.default_rng(0).permutation(600)
    together = sim(pairs.gen.constituents, event=pairs.event, jet=jet)
    mixed = sim(pairs.gen.constituents[order], event=pairs.event[order], jet=jet[order])
    same(mixed, together[order])


def test_threads_give_the_same(sim: Simulator, bundle: Path, pairs: Pairs) -> None:
    # More than two blocks of jets, so that threads have something to share.
    constituents = np.concatenate([pairs.gen.constituents] * 2)
    same(load(bundle, threads=3)(constituents), sim(constituents))


def test_another_process_gives_the_same(sim: Simulator, bundle: Path, pairs: Pairs, tmp_path: Path) -> None:
    np.save(tmp_path / "gen.npy", pairs.gen.constituents[:50])
    program = (
        "import hashlib, sys, numpy, pyjetsim\n"
        "reco = pyjetsim.load(sys.argv[1])(numpy.load(sys.argv[2]), event=numpy.arange(50) + 9, seed=4)\n"
        "print(hashlib.sha256(reco.constituents.tobytes()).hexdigest())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, bundle, tmp_path / "gen.npy"],
        capture_output=True,
        text=True,
        check=False,
    )
    here = sim(pairs.gen.constituents[:50], event=np.arange(50) + 9, seed=4)
    assert (done.stdout.strip(), done.stderr) == (hashlib.sha256(here.constituents.tobytes()).hexdigest(), "")


def test_seed_event_and_jet_change_the_result(sim: Simulator, pairs: Pairs) -> None:
    gen = pairs.gen.constituents[:20]
    base = sim(gen, event=np.arange(20), seed=1)
    same(sim(gen, event=np.arange(20), seed=1), base)
    same(sim(gen, event=EventId(0, 0, np.arange(20)), seed=1), base)
    assert differ(sim(gen, event=np.arange(20), seed=2), base)
    assert differ(sim(gen, event=np.arange(20) + 1, seed=1), base)
    assert differ(sim(gen, event=np.arange(20), jet=np.ones(20, int), seed=1), base)
    assert differ(sim(gen, event=EventId(1, 0, np.arange(20)), seed=1), base)
    assert differ(sim(gen, event=EventId(0, 1, np.arange(20)), seed=1), base)


def test_order_and_padding_of_constituents_do_not_matter(sim: Simulator, pairs: Pairs) -> None:
    gen = pairs.gen.constituents
    expected = sim(gen)
    shuffled = np.random.default_rng(1).permuted(np.arange(80)[None].repeat(600, 0), axis=1)
    same(sim(np.take_along_axis(gen, shuffled[..., None], axis=1)), expected)
    same(sim(np.pad(gen, ((0, 0), (5, 3), (0, 0)))), expected)
    same(sim(gen.astype(np.float64)), expected)
    # The model sees the hardest 40 only.
    same(sim(gen[:, :40]), expected)


def test_fewer_columns_than_the_model_are_padded(sim: Simulator, pairs: Pairs) -> None:
    short = pairs.gen.constituents[:, :10]
    same(sim(short), sim(np.pad(short, ((0, 0), (0, 30), (0, 0)))))


def test_pid_is_taken_and_not_used(sim: Simulator, pairs: Pairs) -> None:
    same(sim(pairs.gen.constituents, pairs.gen.pid), sim(pairs.gen.constituents))
    with pytest.raises(InputError, match=r"pid has shape \(600, 2\)"):
        sim(pairs.gen.constituents, pairs.gen.pid[:, :2])


def test_edges(sim: Simulator) -> None:
    constituents = np.zeros((3, 60, 3), np.float32)
    constituents[1, 0] = [120, 5, 30]
    constituents[2] = [[3 + i, 1, -2] for i in range(60)]
    reco = sim(constituents)
    assert reco.n_constituents[0] == 0
    assert not reco.constituents[0].any()
    assert not reco.jet[0].any()
    assert (reco.n_constituents[1:] > 0).all()
    assert len(sim(np.zeros((0, 50, 3)))) == 0
    assert sim(np.zeros((2, 0, 3))).n_constituents.tolist() == [0, 0]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite(sim: Simulator, pairs: Pairs, value: float) -> None:
    gen = pairs.gen.constituents[:5].astype(np.float64)
    gen[3, 2, 1] = value
    with pytest.raises(InputError, match="constituents of jet 3 are not finite"):
        sim(gen)
    with pytest.raises(InputError, match="constituents of jet 3 are not finite"):
        sim(ak.zip({name: gen[..., i] for i, name in enumerate(("px", "py", "pz"))}, depth_limit=2))


@pytest.mark.parametrize("value", [1e39, -1e308])
def test_values_beyond_float32_are_told(sim: Simulator, pairs: Pairs, value: float) -> None:
    gen = pairs.gen.constituents[:5].astype(np.float64)
    gen[3, 2, 1] = value
    message = re.escape(f"py of constituent 2 of jet 3 is {value:g} GeV (numbers of 32 bits end at 3.4e+38)")
    for given in (gen, gen.tolist(), np.rec.fromarrays(np.moveaxis(gen, -1, 0), names="px,py,pz")):
        with pytest.raises(InputError, match=message):
            sim(given)
        with pytest.raises(InputError, match=message):
            sim.domain_distance(given)


@pytest.mark.parametrize("kind", [bool, complex])
def test_what_is_no_momentum(sim: Simulator, kind: type) -> None:
    with pytest.raises(InputError, match=f"constituents are no numbers: they are of type {kind.__name__}"):
        sim(np.ones((2, 3, 3), kind))


def test_a_jet_too_far_outside_is_named(boundless_bundle: Path, pairs: Pairs) -> None:
    gen = pairs.gen.constituents[:5].copy()
    gen[2] *= 1e33
    with pytest.raises(InputError, match="simulated constituents of jet 2 are not finite"):
        load(boundless_bundle)(gen)


@pytest.mark.parametrize(
    ("constituents", "message"),
    [
        (np.zeros((5, 3)), r"shape \(5, 3\)"),
        (np.zeros((5, 4, 4)), r"shape \(5, 4, 4\)"),
        ([[[1, 2, 3]], [[1, 2, 3], [4, 5, 6]]], "constituents are no numbers"),
        (np.array([[["a", "b", "c"]]]), "constituents are no numbers"),
        (None, "shape"),
    ],
)
def test_wrong_arrays(sim: Simulator, constituents: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        sim(constituents)


@pytest.mark.parametrize("names", ["px py pz", "pt eta phi"])
def test_awkward_events(sim: Simulator, pairs: Pairs, names: str) -> None:
    jets = as_awkward(pairs.gen, names)
    # Events with 0, 1, 2, 3, ... jets.
    count = np.array([0, 1, 2, 3, 0, 4] * 60)
    events = ak.unflatten(jets, count)
    number = np.arange(len(count)) * 3
    expected = sim(pairs.gen.constituents, event=np.repeat(number, count), seed=3)
    found = sim(events, event=number, seed=3)
    assert ak.num(found).tolist() == count.tolist()
    assert found.fields == ["pt", "eta", "phi", "mass", "constituents"]
    assert (
        ak.num(found.constituents, axis=2).tolist() == ak.unflatten(expected.n_constituents, count).tolist()
    )
    # Built from pt, eta, phi, the input differs in its last bits.
    tolerance = {"rtol": 0, "atol": 0} if names == "px py pz" else {"rtol": 1e-3, "atol": 1e-3}
    flat = ak.flatten(found)
    for name in ("pt", "eta", "phi", "mass"):
        np.testing.assert_allclose(flat[name], getattr(expected, name), **tolerance)
    rows = expected.constituents[expected.present]
    for i, name in enumerate(("px", "py", "pz")):
        np.testing.assert_allclose(ak.flatten(flat.constituents[name]), rows[:, i], **tolerance)


def test_awkward_jets_and_default_events(sim: Simulator, pairs: Pairs) -> None:
    jets = as_awkward(pairs.gen)
    expected = sim(pairs.gen.constituents)
    np.testing.assert_array_equal(sim(jets).pt, expected.pt)
    # One event each, numbered from 0.
    np.testing.assert_array_equal(ak.flatten(sim(ak.unflatten(jets, 1))).pt, expected.pt)
    paired = sim(ak.unflatten(jets, 2), event=EventId(1, 2, np.arange(300)))
    given = sim(pairs.gen.constituents, event=EventId(1, 2, np.repeat(np.arange(300), 2)))
    np.testing.assert_array_equal(ak.flatten(paired).pt, given.pt)
    place = ak.unflatten(np.arange(600), 2)
    np.testing.assert_array_equal(
        ak.flatten(sim(ak.unflatten(jets, 2), event=0, jet=place)).pt,
        sim(pairs.gen.constituents, event=0, jet=np.arange(600)).pt,
    )


def test_awkward_without_jets_or_constituents(sim: Simulator) -> None:
    jets = ak.Array([[{"px": 50.0, "py": 1.0, "pz": 2.0}], []])
    assert ak.num(sim(jets).constituents).tolist()[1] == 0
    assert len(sim(jets[:0])) == 0
    nothing = ak.unflatten(jets[:0], [0, 0, 0])
    assert ak.num(sim(nothing)).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (ak.Array([{"px": 1.0, "py": 1.0, "pz": 1.0}]), "the array has 1 level "),
        (ak.Array([[[[{"px": 1.0, "py": 1.0, "pz": 1.0}]]]]), "the array has 4 levels"),
        (ak.Array([[{"px": 1.0, "py": 1.0}]]), "the constituents have the fields px, py"),
        (ak.Array([[1.0, 2.0]]), "the array has no records: 1 . var . float64"),
        (ak.Array([[{"px": 1.0, "py": None, "pz": 1.0}]]), "px, py, pz have missing values"),
    ],
)
def test_wrong_awkward_arrays(sim: Simulator, array: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        sim(array)


def test_outside_domain(sim: Simulator, pairs: Pairs) -> None:
    gen = pairs.gen
    expected = (
        (gen.pt < 100)
        | (gen.pt > 600)
        | (np.abs(gen.eta) > 2.5)
        | (gen.n_constituents < 5)
        | (gen.n_constituents > 75)
    )
    np.testing.assert_array_equal(sim.outside_domain(gen), expected)
    far = np.array([[[100, 0, 0]] * 6, [[1000, 0, 0]] * 6, [[100, 0, 2000]] * 6, [[0, 0, 0]] * 6], np.float32)
    assert sim.outside_domain(far).tolist() == [False, True, True, True]
    # Flagged, and simulated all the same.
    assert len(sim(far)) == 4


def test_threads_must_be_positive(bundle: Path) -> None:
    with pytest.raises(InputError, match="threads is 0"):
        load(bundle, threads=0)


def test_load_is_at_hand(bundle: Path) -> None:
    assert isinstance(pyjetsim.load(str(bundle), 2), Simulator)
