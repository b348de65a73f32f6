"""Pairs in ROOT and Parquet: what comes back is what went in, and other programs find the jets."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from columns import assert_same_columns, with_columns
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from synthetic import MakePairs

from pyjetsim.errors import DataError, InputError, StorageError
from pyjetsim.io import nanoaod_pairs, parquet
from pyjetsim.io.formats import format_of
from pyjetsim.io.outputs import pairs_output
from pyjetsim.jets import Jets, Pairs, delta_phi

pytest.importorskip("pyarrow")

KINDS = {"ROOT": ("x.ROOT", False), "RNTuple": ("x.root", True), "Parquet": ("x.parquet", False)}
FIELDS = ("constituents", "pid", "n_constituents", "jet")
PROVENANCE = {"generator": {"name": "täst", "tune": [1, 2.5, None]}}


def by_event(pairs: Pairs) -> Pairs:
    """What belongs to an event the same for its two jets."""
    first = np.arange(len(pairs)) // 2 * 2
    columns = dict(pairs.columns)
    for name in {"weight", "luminosity_block"} & set(columns):
        columns[name] = columns[name][first]
    return replace(pairs, n_vertices=pairs.n_vertices[first], columns=columns)


def write(path: Path, pieces: list[Pairs], rntuple: bool = False, provenance: dict | None = None) -> Path:
    room = pieces[0].gen.constituents.shape[1]
    with pairs_output(path, provenance or {}, room, rntuple=rntuple) as writer:
        for pairs in pieces:
            writer.append(pairs)
        assert writer.written == sum(map(len, pieces))
        writer.provenance["counts"] = {"pairs": writer.written}
    return path


def read(path: Path) -> tuple[Pairs, dict]:
    with format_of(path).pairs(path) as file:
        pairs = Pairs.concatenate([file.none(), *file.batches()])
        assert len(file) == len(pairs)
        np.testing.assert_array_equal(file.event, pairs.event)
        for name in ("run", "luminosity_block", "copy"):
            if name in file.columns:
                np.testing.assert_array_equal(file.column(name), pairs.columns[name])
        assert file.max_constituents == pairs.gen.constituents.shape[1]
        return pairs, file.provenance


def same(found: Pairs, expected: Pairs) -> None:
    for side in ("gen", "reco"):
        for name in FIELDS:
            one, other = getattr(getattr(found, side), name), getattr(getattr(expected, side), name)
            np.testing.assert_array_equal(one, other, err_msg=f"{side} {name}")
            assert one.dtype == other.dtype
    for name in ("event", "delta_r", "n_vertices"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
        assert getattr(found, name).dtype == getattr(expected, name).dtype
    assert_same_columns(found, expected)
    assert {name: one.dtype for name, one in found.columns.items()} == {
        name: one.dtype for name, one in expected.columns.items()
    }


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> tuple[str, bool]:
    return KINDS[request.param]


@st.composite
def some_pairs(draw: st.DrawFn) -> Pairs:
    n, room = draw(st.integers(0, 12)), draw(st.integers(1, 4))
    number = st.floats(-(2.0**60), 2.0**60, width=32)

    def jets() -> Jets:
        momenta = draw(arrays.arrays(np.float32, (n, room, 3), elements=number, fill=st.just(0)))
        pid = draw(arrays.arrays(np.int32, (n, room), elements=st.sampled_from([0, 22, -211, 130, 2112])))
        sorted_ones = Jets.from_constituents(momenta, pid)
        extra = draw(arrays.arrays(np.int32, n, elements=st.integers(0, 5)))
        jet = draw(arrays.arrays(np.float32, (n, 4), elements=number))
        return Jets(sorted_ones.constituents, sorted_ones.pid, sorted_ones.n_constituents + extra, jet)

    def column(dtype: object, elements: st.SearchStrategy) -> np.ndarray:
        return draw(arrays.arrays(dtype, n, elements=elements))

    small = st.integers(0, 2)
    columns = {
        "run": column(np.int64, st.sampled_from([0, 1, 2**32 - 1])),
        "luminosity_block": column(np.int64, small),
        "copy": column(np.int32, small),
        "weight": draw(arrays.arrays(np.float64, (n, 2), elements=st.sampled_from([1 / 3, -1.0, 1e300]))),
        "gen/hadron_flavour": column(np.int32, small),
        "reco/own_pt": column(np.float32, st.sampled_from([0, 1.5])),
        "reco/odd-name": column(np.float64, st.floats()),
        "gen/pt": column(np.uint8, st.integers(0, 255)),
        "whole": column(np.int64, st.integers(-(2**63), 2**63 - 1)),
        "half": column(np.float16, st.floats(width=16)),
        "flag": column(np.bool_, st.booleans()),
        "deep/table": draw(arrays.arrays(np.int16, (n, 2, 2), elements=st.integers(-9, 9))),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(columns))))
    names = draw(st.sampled_from([(), ("a", "b/c ü")])) if "weight" in chosen else ()
    return Pairs(
        jets(),
        jets(),
        column(np.int64, st.sampled_from([0, 1, 2**63 - 1, -5])),
        column(np.float32, st.floats(0, 9, width=32)),
        column(np.int32, small),
        {name: columns[name] for name in sorted(chosen)},
        names,
    )


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pairs=some_pairs(), cut=st.integers(0, 12))
def test_nothing_is_lost(pairs: Pairs, cut: int, kind: tuple[str, bool], tmp_path: Path) -> None:
    name, rntuple = kind
    write(tmp_path / name, [pairs[:cut], pairs[cut:]], rntuple, PROVENANCE)
    found, provenance = read(tmp_path / name)
    same(found, pairs)
    assert provenance == {**PROVENANCE, "counts": {"pairs": len(pairs)}}


def test_large_files_go_through_in_pieces(
    kind: tuple[str, bool], tmp_path: Path, make_pairs: MakePairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nanoaod_pairs, "_PAIRS", 64)
    monkeypatch.setattr(nanoaod_pairs, "_EVENTS", 13)
    monkeypatch.setattr(parquet, "_ROWS", 64)
    pairs = by_event(with_columns(make_pairs(501, 2)))
    pairs = pairs[np.repeat(np.arange(501), 3)]  # copies and jets of an event are interleaved
    pairs = replace(pairs, columns={**pairs.columns, "copy": np.tile(np.arange(3, dtype=np.int32), 501)})
    write(tmp_path / kind[0], [pairs[i : i + 100] for i in range(0, len(pairs), 100)], kind[1])
    found, _ = read(tmp_path / kind[0])
    same(found, pairs)
    if kind[0].endswith("root"):
        with uproot.open(tmp_path / kind[0]) as file:
            assert file["Events"].num_entries == 3 * 251


def test_a_jet_that_is_not_there_is_not_written(tmp_path: Path, make_pairs: MakePairs) -> None:
    pairs = by_event(make_pairs(6, 1))
    none = np.arange(6) == 2
    reco = Jets.from_constituents(np.where(none[:, None, None], 0, pairs.reco.constituents), pairs.reco.pid)
    write(tmp_path / "x.root", [replace(pairs, reco=reco)])
    same(read(tmp_path / "x.root")[0], replace(pairs, reco=reco))
    with uproot.open(tmp_path / "x.root") as file:
        tree = file["Events"]
        assert tree["nJet"].array().tolist() == [2, 1, 2]
        assert tree["GenJet_jetIdx"].array().tolist() == [[0, 1], [-1, 0], [0, 1]]
        assert tree["Jet_genJetIdx"].array().tolist() == [[0, 1], [1], [0, 1]]


def test_the_tree_is_as_pfnano_has_it(tmp_path: Path, make_pairs: MakePairs) -> None:
    pairs = by_event(with_columns(make_pairs(20, 1)))
    write(tmp_path / "x.root", [pairs])
    with uproot.open(tmp_path / "x.root") as file:
        tree = file["Events"]
        names = tree.keys()
        counters = {name for name in names if name.startswith("n") and name[1].isupper()}
        assert counters == {
            f"n{name}"
            for name in (
                *("GenJet", "Jet", "GenCands", "PFCands", "GenJetCands", "JetPFCands", "GenPart"),
                "LHEReweightingWeight",
            )
        }
        kinds = {name: tree[name].typename for name in ("run", "luminosityBlock", "event", "Jet_pt")}
        assert kinds == {
            "run": "uint32_t",
            "luminosityBlock": "uint32_t",
            "event": "uint64_t",
            "Jet_pt": "float[]",
        }
        events = tree.arrays()
        assert json.loads(str(file["pyjetsim"]))["format"] == "pyjetsim.pairs"
    assert events["event"].tolist() == list(range(10))
    np.testing.assert_array_equal(events["genWeight"], pairs.columns["weight"][::2, 0])
    np.testing.assert_array_equal(
        ak.flatten(events["GenJet_hadronFlavour"]), pairs.columns["gen/hadron_flavour"]
    )
    # The constituents that the tables name add up to the jets.
    for jet, candidates, links, jets in (
        ("Jet", "PFCands", "JetPFCands", pairs.reco),
        ("GenJet", "GenCands", "GenJetCands", pairs.gen),
    ):
        np.testing.assert_array_equal(ak.flatten(events[f"{jet}_pt"]), jets.pt)
        for number in range(2):
            mine = events[f"{links}_pFCandsIdx"][events[f"{links}_jetIdx"] == number]
            pt, eta, phi = (events[f"{candidates}_{name}"][mine] for name in ("pt", "eta", "phi"))
            px, py = (
                ak.to_numpy(ak.sum(pt * along(phi), axis=1)).astype(np.float64) for along in (np.cos, np.sin)
            )
            np.testing.assert_allclose(np.hypot(px, py), jets.pt[number::2], rtol=1e-4)
            assert (np.abs(delta_phi(np.arctan2(py, px), jets.phi[number::2])) < 1e-4).all()
            centre = ak.to_numpy(ak.sum(pt * eta, axis=1) / ak.sum(pt, axis=1))
            assert (np.abs(centre - jets.eta[number::2]) < 0.2).all()


def test_events_of_other_values_are_entries_of_their_own(tmp_path: Path, make_pairs: MakePairs) -> None:
    pairs = make_pairs(4, 1)
    write(tmp_path / "x.root", [replace(pairs, n_vertices=np.array([1, 2, 3, 3], np.int32))])
    with uproot.open(tmp_path / "x.root") as file:
        assert file["Events"]["PV_npvs"].array().tolist() == [1, 2, 3]


@pytest.mark.parametrize("run", [-1, 2**32])
def test_a_run_that_nanoaod_does_not_hold(tmp_path: Path, make_pairs: MakePairs, run: int) -> None:
    pairs = replace(make_pairs(4, 1), columns={"run": np.full(4, run)})
    with pytest.raises(InputError, match=f"run {run} is not from 0"):
        write(tmp_path / "x.root", [pairs])
    assert list(tmp_path.iterdir()) == []


def test_an_exception_leaves_nothing_and_keeps_the_old_file(
    kind: tuple[str, bool], tmp_path: Path, make_pairs: MakePairs
) -> None:
    path = tmp_path / kind[0]
    path.write_text("old")

    def interrupted() -> None:
        with pairs_output(path, {}, 80, rntuple=kind[1]) as writer:
            writer.append(make_pairs(20_000, 1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_refuses_is_one_error(
    kind: tuple[str, bool], tmp_path: Path, make_pairs: MakePairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    name = "_flush" if kind[0].endswith("parquet") else "_extend"
    writer = parquet.ParquetWriter if kind[0].endswith("parquet") else nanoaod_pairs.NanoAODWriter
    monkeypatch.setattr(writer, name, full)
    with pytest.raises(StorageError, match="the disk is full"):
        write(tmp_path / kind[0], [make_pairs(5, 1)], kind[1])
    assert list(tmp_path.iterdir()) == []


def test_an_rntuple_is_a_root_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"x\.parquet does not end in \.root"):
        pairs_output(tmp_path / "x.parquet", {}, 80, rntuple=True)


def test_other_versions_are_refused(tmp_path: Path, make_pairs: MakePairs) -> None:
    with uproot.recreate(tmp_path / "x.root") as file:
        file.mktree("Events", {"event": np.uint64})
        file["pyjetsim"] = json.dumps({"format": "pyjetsim.pairs", "version": 2})
    with pytest.raises(DataError, match=r"x\.root: version is 2, this pyjetsim reads 1"):
        read(tmp_path / "x.root")


def test_links_that_name_nothing(tmp_path: Path, make_pairs: MakePairs) -> None:
    write(tmp_path / "good.root", [make_pairs(4, 1)])
    with uproot.open(tmp_path / "good.root") as file:
        told, events = str(file["pyjetsim"]), file["Events"].arrays()
    for name in ("GenJet_jetIdx", "JetPFCands_jetIdx", "GenJetCands_pFCandsIdx"):
        spoilt = {key: events[key] for key in events.fields if not key.startswith("n")}
        spoilt[name] = spoilt[name] + 1000
        with uproot.recreate(tmp_path / "x.root") as file:
            file.mktree("Events", {key: array.type for key, array in spoilt.items()})
            file["Events"].extend(spoilt)
            file["pyjetsim"] = told
        with pytest.raises(DataError, match=f"{name} names"):
            read(tmp_path / "x.root")


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_other_programs_open_parquet(tmp_path: Path, make_pairs: MakePairs, library: str) -> None:
    module = pytest.importorskip(library, reason=f"{library} is not installed")
    pairs = with_columns(make_pairs(20, 1))
    table = module.read_parquet(write(tmp_path / "x.parquet", [pairs]))
    np.testing.assert_array_equal(table["reco_pt"], pairs.reco.pt)
    np.testing.assert_array_equal(
        np.asarray(table["gen_constituents_px"][3]),
        pairs.gen.constituents[3, : len(table["gen_constituents_px"][3]), 0],
    )


def test_awkward_opens_parquet(tmp_path: Path, make_pairs: MakePairs) -> None:
    pairs = with_columns(make_pairs(20, 1))
    table = ak.from_parquet(write(tmp_path / "x.parquet", [pairs]))
    np.testing.assert_array_equal(table["gen_eta"], pairs.gen.eta)
    assert ak.num(table["reco_constituents_pid"]).tolist() == pairs.reco.present.sum(axis=1).tolist()
    np.testing.assert_array_equal(table["weight_1"], pairs.columns["weight"][:, 1])


def test_charges() -> None:
    known = {211: 1, -211: -1, 321: 1, 11: -1, -13: 1, 22: 0, 130: 0, 310: 0, 2112: 0, 2212: 1, -2212: -1}
    known |= {3112: -1, 3122: 0, 3222: 1, 3312: -1, 3334: -1, -3334: 1, 411: 1, 421: 0, 511: 0, 521: 1, 12: 0}
    known |= {111: 0, 2224: 2, 1114: -1, 1000020040: 2, 24: 1, -24: -1, 0: 0, 1: 0, 431: 1, -431: -1, 541: 1}
    found = nanoaod_pairs.charge_of(np.array(list(known)))
    assert dict(zip(known, found.tolist(), strict=True)) == known
