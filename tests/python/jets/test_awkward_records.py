"""Jets and pairs as awkward records: vector's methods on them, and the way back without a loss."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import awkward as ak
import numpy as np
import pytest
import vector
from synthetic import MakePairs

from pyjetsim.errors import InputError
from pyjetsim.jets import Jets, Pairs, pseudorapidity


@pytest.fixture(scope="module")
def pairs(make_pairs: MakePairs) -> Pairs:
    n = 40
    rng = np.random.default_rng(5)
    columns = {
        "run": np.arange(n) // 7 + 2**40,
        "weight": rng.normal(size=(n, 3)),
        "gen/parton_flavour": rng.integers(-5, 22, n).astype(np.int32),
        "reco/own_pt": rng.random(n).astype(np.float32),
        "gen/energy": rng.random(n),
        "of_mine": rng.random((n, 2, 2)),
    }
    return replace(make_pairs(n, 8), columns=columns, weight_names=("nominal", "up", "down"))


def same(found: Jets, expected: Jets) -> None:
    for name in ("constituents", "pid", "n_constituents", "jet"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        assert getattr(found, name).dtype == getattr(expected, name).dtype


def test_jets_have_vectors_methods(pairs: Pairs) -> None:
    gen, reco = pairs.gen.to_awkward(), pairs.reco.to_awkward()
    assert ak.to_numpy(gen.pt).tolist() == pairs.gen.pt.tolist()
    np.testing.assert_allclose(gen.deltaR(reco), pairs.delta_r, atol=2e-6)
    eta = pseudorapidity(pairs.gen.constituents)[pairs.gen.present]
    np.testing.assert_allclose(ak.flatten(gen.constituents.eta), eta, atol=1e-5)
    summed = ak.sum(gen.constituents, axis=1)
    np.testing.assert_allclose(summed.pt, gen.pt, rtol=1e-4)
    np.testing.assert_allclose(summed.mass, gen.mass, rtol=1e-3)
    two = gen[0] + gen[1]
    assert two.mass > gen[0].mass
    near = gen.constituents.deltaR(gen)
    assert ak.all(near < 1)
    assert ak.all(gen[gen.pt > 200].constituents.energy > 0)


def test_there_and_back_nothing_is_lost(pairs: Pairs) -> None:
    same(Jets.from_awkward(pairs.gen.to_awkward(), 80), pairs.gen)
    back = Pairs.from_awkward(pairs.to_awkward(), 80)
    same(back.gen, pairs.gen)
    same(back.reco, pairs.reco)
    for name in ("event", "delta_r", "n_vertices"):
        np.testing.assert_array_equal(getattr(back, name), getattr(pairs, name))
        assert getattr(back, name).dtype == getattr(pairs, name).dtype
    assert set(back.columns) == set(pairs.columns)
    for name, values in pairs.columns.items():
        np.testing.assert_array_equal(back.columns[name], values)
        assert back.columns[name].dtype == values.dtype
    assert back.weight_names == pairs.weight_names


def test_jets_that_were_cut_keep_what_they_were(pairs: Pairs) -> None:
    short = pairs.gen.padded_to(4)
    same(Jets.from_awkward(short.to_awkward(), 4), short)
    assert ak.any(short.to_awkward().n_constituents > 4)


def test_columns_of_a_jet_are_its_fields(pairs: Pairs) -> None:
    array = pairs.to_awkward()
    assert array.gen.parton_flavour.tolist() == pairs.columns["gen/parton_flavour"].tolist()
    assert array["gen/energy"].tolist() == pairs.columns["gen/energy"].tolist()  # no coordinate of the jet
    np.testing.assert_allclose(array.gen.energy, np.hypot(array.gen.p, array.gen.mass), rtol=1e-5)
    some = array[array.reco.pt > 150]
    back = Pairs.from_awkward(some)
    assert back.weight_names == ("nominal", "up", "down")
    assert back.columns["of_mine"].shape == (len(some), 2, 2)


def test_events_are_a_run_of_equal_numbers(pairs: Pairs) -> None:
    array = pairs.to_awkward()
    events = ak.unflatten(array, ak.run_lengths(array.event))
    assert ak.num(events).tolist() == [2] * 20
    dijet = events.gen[:, 0] + events.gen[:, 1]
    assert len(dijet.mass) == 20
    same(Pairs.from_awkward(events, 80).gen, pairs.gen)
    same(Jets.from_awkward(events.reco, 80), pairs.reco)


def test_others_arrays_are_read(pairs: Pairs) -> None:
    record = pairs.gen.to_awkward()
    of = record.constituents
    plain = ak.zip({"pt": of.pt, "eta": of.eta, "phi": of.phi})
    for array in (plain, ak.unflatten(plain[:, ::-1], [10, 0, 30])):
        found = Jets.from_awkward(array, 80)
        np.testing.assert_allclose(found.pt, pairs.gen.pt, rtol=1e-4)
        assert found.n_constituents.tolist() == pairs.gen.present.sum(axis=1).tolist()
        assert (found.pid == 0).all()


def test_no_jets() -> None:
    none = Jets.from_constituents(np.zeros((0, 5, 3), np.float32))
    same(Jets.from_awkward(none.to_awkward(), 5), none)
    empty = Jets.from_constituents(np.zeros((2, 5, 3), np.float32))
    same(Jets.from_awkward(empty.to_awkward(), 5), empty)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda array: array[["gen", "reco"]], "no field event"),
        (lambda array: ak.pad_none(array, 50, axis=0), "None instead of a jet"),
        (lambda array: ak.with_field(array, ["x"] * len(array), "name"), "name is no column of numbers"),
        (
            lambda array: ak.with_field(array, [[1.0] * (i % 3) for i in range(len(array))], "r"),
            "r is no column",
        ),
    ],
)
def test_what_cannot_be_read_is_told(pairs: Pairs, change, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Pairs.from_awkward(change(pairs.to_awkward()))


def test_nothing_is_registered_for_other_arrays() -> None:
    code = (
        "import awkward as ak, numpy as np\n"
        "from pyjetsim import Jets\n"
        "Jets.from_constituents(np.ones((1, 2, 3))).to_awkward().deltaR\n"
        "assert not ak.behavior, ak.behavior\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_vector_one_line_tells_it() -> None:
    code = (
        "import sys\nsys.modules['vector'] = None\n"
        "import numpy as np\nfrom pyjetsim import Jets\n"
        "try:\n    Jets.from_constituents(np.ones((1, 2, 3))).to_awkward()\n"
        "except ImportError as error:\n    print(error)"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert told == (
        "the package vector is not installed (arithmetic with awkward jets needs it): "
        "run pip install 'pyjetsim[formats]'\n"
    )


def test_vectors_numpy_arrays_are_constituents(pairs: Pairs) -> None:
    rows = pairs.gen.constituents[:, :30].astype(np.float64)
    array = vector.array({"px": rows[..., 0], "py": rows[..., 1], "pz": rows[..., 2]})
    from pyjetsim.simulate.arrays import as_numpy

    found, pid = as_numpy(array, None)
    np.testing.assert_allclose(found, rows)
    assert pid is None
