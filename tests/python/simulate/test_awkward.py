"""Awkward arrays as others make them: any behaviour, coordinates and nesting, None in any place."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import vector

from pyjetsim import Simulator
from pyjetsim.errors import InputError
from pyjetsim.jets import Jets, Pairs
from pyjetsim.jets.coordinates import coordinates_of, momenta_from
from pyjetsim.jets.event_ids import EventId

COUNT = [2, 0, 3, 1, 4]
EVENT = [11, 12, 13, 14, 15]
N = sum(COUNT)


@pytest.fixture(scope="module")
def gen(make_pairs: Callable[..., Pairs]) -> Jets:
    return make_pairs(N, 3).gen


@pytest.fixture(scope="module")
def expected(sim: Simulator, gen: Jets) -> Jets:
    return sim(gen.constituents, event=np.repeat(EVENT, COUNT), seed=2)


@pytest.fixture(params=["plain", "registered"])
def behaviours(request: pytest.FixtureRequest) -> Iterator[str]:
    """With vector's behaviours for all arrays, and without."""
    before = dict(ak.behavior)
    if request.param == "registered":
        vector.register_awkward()
    try:
        yield request.param
    finally:
        ak.behavior.clear()
        ak.behavior.update(before)


def columns_of(gen: Jets, of_each: float = 0.13957) -> dict[str, Any]:
    """All of vector's coordinates of all constituents, of so much mass; those of pions."""
    px, py, pz = gen.constituents[gen.present].astype(np.float64).T
    mass = np.full(len(px), of_each)
    pt, p = np.hypot(px, py), np.sqrt(px**2 + py**2 + pz**2)
    energy = np.sqrt(p**2 + mass**2)
    return {
        **dict.fromkeys(("px", "x"), px),
        **dict.fromkeys(("py", "y"), py),
        **dict.fromkeys(("pz", "z"), pz),
        **dict.fromkeys(("pt", "rho"), pt),
        "phi": np.arctan2(py, px),
        "eta": np.arcsinh(pz / pt),
        "theta": np.arccos(pz / p),
        "rapidity": np.arctanh(pz / energy),
        **dict.fromkeys(("mass", "m", "M", "tau"), mass),
        **dict.fromkeys(("energy", "E", "e", "t"), energy),
    }


def events_of(gen: Jets, names: str, record: str | None = None) -> Any:
    columns = columns_of(gen)
    constituents = ak.zip({name: columns[name] for name in names.split()}, with_name=record)
    return ak.unflatten(ak.unflatten(constituents, gen.present.sum(axis=1)), COUNT)


def agree(found: Any, expected: Jets) -> None:
    """To rounding: other coordinates differ in their last bits."""
    assert ak.num(found).tolist() == COUNT
    flat = ak.flatten(found)
    assert ak.num(flat.constituents).tolist() == expected.n_constituents.tolist()
    for i, name in enumerate(("pt", "eta", "phi", "mass")):
        np.testing.assert_allclose(ak.to_numpy(flat[name]), expected.jet[:, i], rtol=2e-3, atol=2e-3)


TRANSVERSE = ["px py", "pt phi", "x y", "rho phi"]
LONGITUDINAL = ["pz", "z", "eta", "theta", "rapidity mass", "rapidity energy", "rapidity tau", "rapidity t"]


@pytest.mark.parametrize("transverse", TRANSVERSE)
@pytest.mark.parametrize("longitudinal", LONGITUDINAL)
def test_all_of_vectors_coordinates(
    sim: Simulator, gen: Jets, expected: Jets, transverse: str, longitudinal: str
) -> None:
    agree(sim(events_of(gen, f"{transverse} {longitudinal}"), event=EVENT, seed=2), expected)


@pytest.mark.parametrize("transverse", TRANSVERSE)
@pytest.mark.parametrize("longitudinal", LONGITUDINAL)
@pytest.mark.parametrize("mass", [0.0, 0.14, 91.0])
def test_momenta_to_the_last_digits(transverse: str, longitudinal: str, mass: float) -> None:
    rng = np.random.default_rng(1)
    momenta = rng.normal(0, 20, (1, 200, 3)).astype(np.float32)
    columns = columns_of(Jets.from_constituents(momenta), mass)
    chosen = coordinates_of(f"{transverse} {longitudinal}".split())
    found = momenta_from(chosen, columns)
    wanted = np.stack([columns[name] for name in ("px", "py", "pz")], axis=1)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-9)
    assert set(chosen.names) == {*transverse.split(), *longitudinal.split()}


def test_a_negative_mass_is_a_negative_square() -> None:
    """As vector has it for particles that are faster than light."""
    chosen = coordinates_of(("pt", "rapidity", "phi", "tau"))
    columns = {"pt": np.array([5.0]), "phi": np.array([0.0]), "rapidity": np.array([1.0])}
    found = momenta_from(chosen, {**columns, "tau": np.array([-3.0])})
    np.testing.assert_allclose(found, [[5, 0, 4 * np.sinh(1)]])


@pytest.mark.parametrize(
    ("record", "names"),
    [
        ("Momentum4D", "pt eta phi mass"),
        ("Momentum4D", "px py pz E"),
        ("Momentum4D", "pt theta phi M"),
        ("Momentum3D", "pt eta phi"),
        ("Momentum3D", "px py pz"),
        ("Vector4D", "x y z t"),
        ("Vector4D", "rho phi eta tau"),
        ("Vector3D", "rho phi theta"),
        ("PtEtaPhiMLorentzVector", "pt eta phi mass"),
        ("NobodyKnowsThis", "px py pz"),
        (None, "pt eta phi m"),
    ],
)
@pytest.mark.usefixtures("behaviours")
def test_records_of_any_name(
    sim: Simulator, gen: Jets, expected: Jets, record: str | None, names: str
) -> None:
    agree(sim(events_of(gen, names, record), event=EVENT, seed=2), expected)


def test_vectors_own_functions(sim: Simulator, gen: Jets, expected: Jets) -> None:
    events = events_of(gen, "pt eta phi mass")
    parts = {name: events[name] for name in events.fields}
    agree(sim(vector.zip(parts), event=EVENT, seed=2), expected)
    agree(sim(vector.Array(events), event=EVENT, seed=2), expected)
    pion = vector.Array(events)
    agree(sim(pion.to_xyzt(), event=EVENT, seed=2), expected)
    agree(sim(pion.to_rhophitheta(), event=EVENT, seed=2), expected)


def test_a_momentum_goes_before_a_place(sim: Simulator, gen: Jets, expected: Jets) -> None:
    columns = columns_of(gen)
    place = {name: np.full(len(columns["px"]), 0.1) for name in ("x", "y", "z", "t", "rho")}
    for names in ("px py pz", "pt eta phi"):
        parts = {**place, **{name: columns[name] for name in names.split()}}
        events = ak.unflatten(ak.unflatten(ak.zip(parts), gen.present.sum(axis=1)), COUNT)
        agree(sim(events, event=EVENT, seed=2), expected)


def test_other_fields_are_passed_over(sim: Simulator, gen: Jets, expected: Jets) -> None:
    events = events_of(gen, "pt eta phi")
    hits = ak.unflatten(np.arange(2 * ak.count(events.pt)), np.full(ak.count(events.pt), 2))
    nested = ak.unflatten(ak.unflatten(hits, gen.present.sum(axis=1)), COUNT)
    for extra in (nested, ak.full_like(events.pt, 3), ak.zip({"a": events.pt})):
        agree(sim(ak.with_field(events, extra, "extra"), event=EVENT, seed=2), expected)


@pytest.mark.usefixtures("behaviours")
def test_the_answer_is_taken_again(sim: Simulator, gen: Jets) -> None:
    answer = sim(events_of(gen, "px py pz"), event=EVENT, seed=2)
    again = sim(answer, event=EVENT, seed=3)
    reco = sim(np.array(padded(answer)), event=np.repeat(EVENT, COUNT), seed=3)
    np.testing.assert_array_equal(ak.flatten(again.pt), reco.pt)
    jets = ak.flatten(answer)
    np.testing.assert_array_equal(sim(jets, event=3).pt, sim(np.array(padded(answer)), event=3).pt)
    assert ak.flatten(again).fields == ["pt", "eta", "phi", "mass", "constituents"]


def padded(answer: Any) -> Any:
    flat = ak.flatten(answer).constituents
    parts = [
        ak.to_numpy(ak.fill_none(ak.pad_none(flat[name], 40, clip=True), 0)) for name in ("px", "py", "pz")
    ]
    return np.stack(parts, axis=-1)


def test_regular_arrays(sim: Simulator, gen: Jets) -> None:
    rows = gen.constituents[:8, :30]
    jets = ak.zip({name: ak.from_numpy(rows[..., i]) for i, name in enumerate(("px", "py", "pz"))})
    assert "30 * " in str(jets.type)
    expected = sim(rows, event=np.repeat([5, 6], 4))
    np.testing.assert_array_equal(sim(jets, event=np.repeat([5, 6], 4)).pt, expected.pt)
    events = ak.zip(
        {name: ak.from_numpy(rows[..., i].reshape(2, 4, 30)) for i, name in enumerate(("px", "py", "pz"))}
    )
    found = sim(events, event=[5, 6])
    np.testing.assert_array_equal(ak.to_numpy(ak.flatten(found.pt)), expected.pt)
    none = ak.from_numpy(np.zeros((2, 0, 3)))
    empty = ak.zip(dict.fromkeys(("px", "py", "pz"), none))
    assert sim(empty, event=[5, 6]).tolist() == [[], []]


def test_none_constituents_are_none(sim: Simulator, gen: Jets, expected: Jets) -> None:
    events = events_of(gen, "px py pz", "Momentum3D")
    agree(sim(ak.pad_none(events, 100, axis=2), event=EVENT, seed=2), expected)
    agree(sim(ak.pad_none(events, 100, axis=2, clip=True), event=EVENT, seed=2), expected)
    hard = np.hypot(events.px, events.py) > 2
    kept, masked = (sim(given, event=EVENT, seed=2) for given in (events[hard], ak.mask(events, hard)))
    np.testing.assert_array_equal(ak.flatten(kept.pt), ak.flatten(masked.pt))
    assert not np.array_equal(ak.flatten(kept.pt), expected.pt)
    # Of each field by itself, as ak.zip makes them of padded ones.
    fields = {name: ak.pad_none(events[name], 90, axis=2) for name in events.fields}
    agree(sim(ak.zip(fields), event=EVENT, seed=2), expected)
    with pytest.raises(InputError, match="px, py, pz have missing values"):
        sim(ak.zip({**fields, "py": ak.mask(fields["py"], fields["py"] > 0)}))


def test_none_jets_and_events_keep_their_places(sim: Simulator, gen: Jets, expected: Jets) -> None:
    events = events_of(gen, "px py pz")
    keep = ak.unflatten(np.arange(N) % 3 != 1, COUNT)
    found = sim(ak.mask(events, keep), event=EVENT, seed=2)
    assert ak.is_none(found, axis=1).tolist() == (~keep).tolist()
    flat = ak.flatten(found)
    for jet, wanted in zip(flat, expected.pt.tolist(), strict=True):
        assert jet is None or jet.pt == wanted  # the same noise as without the mask
    flagged = sim.flagged(ak.mask(events, keep), event=EVENT, seed=2)
    assert ak.is_none(flagged.truncated, axis=1).tolist() == (~keep).tolist()

    some = ak.Array([True, False, True, False, True])
    found = sim(ak.mask(events, some), event=EVENT, seed=2)
    assert ak.is_none(found).tolist() == (~some).tolist()
    pt = ak.unflatten(expected.pt, COUNT)
    assert ak.drop_none(found).pt.tolist() == pt[some].tolist()
    assert ak.is_none(sim.outside_domain(ak.mask(events, some))).tolist() == (~some).tolist()

    jets = ak.flatten(events)
    found = sim(ak.mask(jets, np.arange(N) != 2), event=7)
    assert ak.is_none(found).tolist() == [i == 2 for i in range(N)]
    assert found.pt[3] == sim(jets, event=7).pt[3]
    nothing = sim(ak.mask(jets, np.zeros(N, bool)), event=7)
    assert nothing.tolist() == [None] * N


def test_none_and_pid(kinds_bundle: Path, gen: Jets) -> None:
    kinds = Simulator(kinds_bundle)
    events = events_of(gen, "px py pz")
    pid = ak.unflatten(ak.unflatten(gen.pid[gen.present], gen.present.sum(axis=1)), COUNT)
    expected = kinds(ak.with_field(events, pid, "pid"), event=EVENT)
    keep = ak.unflatten(np.arange(N) % 3 != 1, COUNT)
    for given in (
        (ak.mask(ak.with_field(events, pid, "pid"), keep), None),
        (ak.mask(events, keep), ak.mask(pid, keep)),
        (ak.pad_none(ak.with_field(ak.mask(events, keep), ak.mask(pid, keep), "pid"), 90, axis=2), None),
    ):
        found = kinds(*given, event=EVENT)
        assert ak.is_none(found, axis=1).tolist() == (~keep).tolist()
        wanted = ak.mask(expected, keep)
        assert found.constituents.pid.tolist() == wanted.constituents.pid.tolist()
    with pytest.raises(InputError, match="pid is nested otherwise"):
        kinds(ak.mask(events, keep), pid)


def test_ids_flags_and_copies(sim: Simulator, gen: Jets) -> None:
    events = events_of(gen, "px py pz")
    rows, event = gen.constituents, np.repeat(EVENT, COUNT)
    found = sim.flagged(events, event=EventId(1, [2, 2, 3, 3, 4], EVENT), seed=5, copy=6)
    flat = sim.flagged(rows, event=EventId(1, np.repeat([2, 2, 3, 3, 4], COUNT), event), seed=5, copy=6)
    np.testing.assert_array_equal(ak.flatten(found.reco.pt), flat.reco.pt)
    np.testing.assert_array_equal(ak.flatten(found.domain_distance), flat.domain_distance)
    np.testing.assert_array_equal(ak.flatten(found.outside_domain), flat.outside_domain)
    np.testing.assert_array_equal(ak.flatten(found.truncated), flat.truncated)
    assert not np.array_equal(flat.reco.pt, sim(rows, event=event, seed=5).pt)


def test_structured_numpy_arrays(sim: Simulator, gen: Jets) -> None:
    expected = sim(gen.constituents)
    for names in ("px py pz", "x y z"):
        kind = [(name, np.float64) for name in names.split()]
        records = np.zeros(gen.constituents.shape[:2], [*kind, ("pid", np.int32)])
        for i, name in enumerate(names.split()):
            records[name] = gen.constituents[..., i]
        np.testing.assert_array_equal(sim(records).constituents, expected.constituents)
        own = vector.array(records[names.split()])
        np.testing.assert_array_equal(sim(own).constituents, expected.constituents)
    with pytest.raises(InputError, match="the constituents have the fields px, py"):
        sim(np.zeros((2, 3), [("px", float), ("py", float)]))
    with pytest.raises(InputError, match="the field px of the constituents holds bool"):
        sim(np.zeros((2, 3), [("px", bool), ("py", float), ("pz", float)]))
    with pytest.raises(InputError, match="the field px of the constituents holds <U3"):
        sim(np.zeros((2, 3), [("px", "U3"), ("py", float), ("pz", float)]))
    with pytest.raises(InputError, match=r"constituents have shape \(2, 3\)"):
        sim(np.zeros(2, [("px", float), ("py", float), ("pz", float)]))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        ([[{"pt": 1.0, "y": 0.5, "phi": 0.0, "mass": 0.1}]], "a y without x may be a rapidity"),
        ([[{"pt": 1.0, "rapidity": 0.5, "phi": 0.0}]], "have a rapidity, and neither mass nor energy"),
        ([[{"pt": 1.0, "phi": 0.5}]], "the constituents have the fields pt, phi"),
        ([[{"pt": 1.0, "eta": 0.5}]], "the constituents have the fields pt, eta"),
        ([[{"pt": "a", "eta": 0.5, "phi": 1.0}]], "pt of the constituents are no numbers: 1 . string"),
        ([[{"px": True, "py": False, "pz": True}]], "px of the constituents are no numbers: 1 . bool"),
        ([[{"px": [1.0], "py": 0.5, "pz": 1.0}]], "px of the constituents are no numbers"),
        ([[{"px": 1j, "py": 0.5, "pz": 1.0}]], "px of the constituents are no numbers"),
        ([[{"px": 1.0, "py": "x", "pz": 1.0}, {"px": 1.0, "py": 2.0, "pz": 1.0}]], "py of the constituents"),
        ([[{"pt": 3.0, "eta": 1000.0, "phi": 1.0}]], "a constituent has eta 1000 and pt 3 GeV"),
        (
            [[{"pt": 3.0, "eta": -900.0, "phi": 1.0}]],
            r"eta -900 and pt 3 GeV \(its momentum along the beam is",
        ),
        ([[{"pt": 3.0, "theta": 0.0, "phi": 1.0}]], "a constituent has theta 0 and pt 3 GeV"),
        (
            [[{"pt": 3.0, "rapidity": 99.0, "phi": 1.0, "m": 1.0}]],
            "a constituent has rapidity 99 and pt 3 GeV",
        ),
        ([[{"pt": 3.0, "eta": np.inf, "phi": 1.0}]], "constituents of jet 0 are not finite"),
        ([[{"px": 1e308, "py": 0.0, "pz": 1.0}]], r"px of constituent 0 of jet 0 is 1e\+308 GeV"),
        ([[{"pt": 3.0, "rapidity": 1.0, "phi": 1.0, "tau": -4.0}]], "has tau -4 GeV and pt 3 GeV"),
        ([{"px": 1.0, "py": 0.0, "pz": 1.0}], r"the array has 1 level \("),
        ([], r"the array is empty and has no type: 0 \* unknown"),
        ([[]], r"the array is empty and has no type: 1 \* var \* unknown"),
        ([[], []], r"the array is empty and has no type: 2 \* var \* unknown"),
        ([[1.0, 2.0]], r"the array has no records: 1 \* var \* float64"),
        (["text"], r"the array has no records: 1 \* string"),
        ([[{"px": 1.0, "py": 0.0, "pz": 1.0}, 5.0]], r"the array mixes different types: 1 \* var \* union"),
        ([[{"px": 1.0, "py": 0.0, "pz": 1.0}], 5.0], r"the array mixes different types: 2 \* union"),
    ],
)
@pytest.mark.usefixtures("behaviours")
def test_what_cannot_be(sim: Simulator, array: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        sim(ak.Array(array))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("px py pz pt", "the constituents have the fields px, py, pt .*: leave out px, py or pt"),
        ("px py pz phi", "the constituents have the fields px, py, phi "),
        ("pt eta phi px py", "the constituents have the fields px, py, pt, phi "),
        ("px py pz eta", "the constituents have the fields pz, eta .*: leave out pz or eta"),
        ("pt phi theta eta", "the constituents have the fields eta, theta "),
        ("x y z rho", "the constituents have the fields x, y, rho "),
        ("x y z eta", "the constituents have the fields eta, z "),
        ("pt rapidity phi mass energy", "the constituents have the fields mass, energy "),
        ("pt rapidity phi mass m", "the constituents have the fields mass, m "),
    ],
)
def test_a_momentum_that_is_told_twice(sim: Simulator, gen: Jets, names: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        sim(events_of(gen, names))
    records = np.zeros((2, 3), [(name, np.float64) for name in names.split()])
    with pytest.raises(InputError, match=message):
        sim(records)


def test_what_is_not_needed_may_be_told_twice(sim: Simulator, gen: Jets, expected: Jets) -> None:
    agree(sim(events_of(gen, "px py pz mass energy m E"), event=EVENT, seed=2), expected)


@pytest.mark.parametrize("levels", [2, 3])
def test_empty_arrays_of_a_known_type_give_empty_answers(sim: Simulator, gen: Jets, levels: int) -> None:
    events = events_of(gen, "px py pz")
    given = events if levels == 3 else ak.flatten(events)
    found = sim(given[:0])
    assert found.tolist() == []
    assert found.fields == sim(given).fields
    assert sim(given[:, :0]).pt.tolist() == ([[]] * len(given) if levels == 3 else [0.0] * len(given))


@pytest.mark.usefixtures("behaviours")
def test_a_typetracer_has_no_values(sim: Simulator, gen: Jets) -> None:
    traced = ak.to_backend(events_of(gen, "px py pz"), "typetracer")
    for call in (sim, sim.outside_domain):
        with pytest.raises(InputError, match=r"the array is a typetracer \(it has a type and no values"):
            call(traced)


def test_one_record_is_no_array(sim: Simulator, gen: Jets) -> None:
    with pytest.raises(InputError, match="the array is one record"):
        sim(events_of(gen, "px py pz")[0, 0, 0])


def test_a_constituent_along_the_beam_in_theta(sim: Simulator) -> None:
    """Padding of zeros is none in these coordinates, too."""
    jets = ak.Array([[{"pt": 100.0, "theta": 1.5, "phi": 0.1}, {"pt": 0.0, "theta": 0.0, "phi": 0.0}]])
    np.testing.assert_array_equal(sim(jets).pt, sim(jets[:, :1]).pt)


def test_vector_is_not_needed(bundle: Path) -> None:
    program = (
        "import sys\nsys.modules['vector'] = None\nimport awkward as ak, pyjetsim\n"
        "array = ak.Array([[{'pt': 100.0, 'eta': 0.1, 'phi': 0.2}]], with_name='Momentum3D')\n"
        "print(len(pyjetsim.load(sys.argv[1])(array)))\n"
    )
    out = subprocess.run([sys.executable, "-c", program, bundle], capture_output=True, text=True, check=True)
    assert (out.stdout, out.stderr) == ("1\n", "")


def test_masked_constituents_are_none(sim):
    gen = np.full((2, 3, 3), 50, np.float32) + np.arange(9, dtype=np.float32).reshape(3, 3)
    mask = np.zeros(gen.shape, bool)
    mask[:, 2] = True
    absent = gen.copy()
    absent[:, 2] = 0
    masked = np.ma.masked_array(gen, mask)
    np.testing.assert_array_equal(sim(masked, seed=1).constituents, sim(absent, seed=1).constituents)
    mask[0, 1, 0] = True
    with pytest.raises(InputError, match=r"masked in some of its numbers .*: mask px, py and pz"):
        sim(np.ma.masked_array(gen, mask))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pt": -100.0, "eta": 0.1, "phi": 0.2}, r"a constituent has pt -100 GeV \(.*\): give its magnitude"),
        ({"rho": -3.0, "eta": 0.1, "phi": 0.2}, r"a constituent has rho -3 GeV"),
        ({"pt": 50.0, "rapidity": 1.0, "phi": 0.2, "E": 1.0}, r"energy 1 GeV, pt 50 GeV and rapidity 1 \("),
    ],
)
def test_momenta_that_cannot_be_are_told(sim, fields, message):
    with pytest.raises(InputError, match=message):
        sim(ak.Array([[fields]]))


def test_a_particle_without_momentum_along_the_beam_is_none(sim):
    along = {"pt": 0.0, "eta": 999.9, "phi": 0.0}
    jet = [{"pt": 50.0, "eta": 0.1, "phi": 0.0}, {"pt": 60.0, "eta": 0.2, "phi": 0.1}]
    with_it, without = sim(ak.Array([[*jet, along]]), seed=1), sim(ak.Array([jet]), seed=1)
    assert with_it.constituents.px.tolist() == without.constituents.px.tolist()


@pytest.mark.parametrize("event", [[[1, 2], [1]], ak.Array([1, None]), ak.Array([[1], [2, 3]])])
def test_event_numbers_that_are_no_plain_array(sim, event):
    with pytest.raises(InputError, match=r"event numbers .*: give "):
        sim(np.full((2, 2, 3), 50, np.float32), event=event)


def test_pids_of_different_lengths(sim):
    with pytest.raises(InputError, match="pid has shape of different lengths"):
        sim(np.full((2, 2, 3), 50, np.float32), pid=[[1], [2, 3]])
