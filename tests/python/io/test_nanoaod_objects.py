"""Plain NanoAOD read as object tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
from nanoaod_files import WRITERS, write_tree
from numpy.testing import assert_allclose, assert_array_equal
from plain_nanoaod import FIRST, Rows, events

from pyjetsim.errors import DataError, DataWarning
from pyjetsim.io.nanoaod_objects import NanoAODObjects, ObjectCuts
from pyjetsim.io.object_columns import KINDS
from pyjetsim.io.objects import EventObjects, ObjectsFile, ObjectsWriter, open_objects
from pyjetsim.io.splits import in_split


def reading(path: Path, **options: Any) -> EventObjects:
    with NanoAODObjects(path, **options) as file:
        return EventObjects.concatenate(list(file.batches(size=13)))


@pytest.fixture(scope="module")
def rows() -> Rows:
    return events()


@pytest.fixture(scope="module", params=WRITERS)
def path(request: pytest.FixtureRequest, rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return WRITERS[request.param](tmp_path_factory.mktemp("nano") / "nano.root", rows)


def flat(rows: Rows, name: str) -> np.ndarray:
    return np.asarray(ak.flatten(rows[name]), np.float64)


def test_columns_and_links_are_those_of_the_file(path: Path, rows: Rows) -> None:
    whole = reading(path)
    assert_array_equal(whole.event, FIRST + np.arange(60))
    assert_allclose(whole.columns["weight"], 0.5 + np.arange(60))
    assert_array_equal(whole.columns["pileup"], 20 + np.arange(60) % 9)
    assert_array_equal(whole.columns["run"], 1)
    gen, reco = whole.kinds["jets"]
    for side, table, names in (
        (gen, "GenJet", ("pt", "eta", "phi", "mass", "partonFlavour", "hadronFlavour")),
        (reco, "Jet", ("pt", "eta", "mass", "chHEF", "nConstituents", "puId")),
    ):
        assert_array_equal(side.count, [len(each) for each in rows[f"{table}_pt"]])
        for name in names:
            assert_allclose(side[name], flat(rows, f"{table}_{name}"), rtol=1e-6)
    assert_allclose(reco["btag"], flat(rows, "Jet_btagDeepFlavB"), rtol=1e-6)
    begin = np.cumsum(gen.count) - gen.count
    link = flat(rows, "Jet_genJetIdx").astype(int)
    assert_array_equal(reco.match, np.where(link >= 0, link + begin[reco.place], -1))
    linked = np.flatnonzero(reco.match >= 0)
    assert_array_equal(gen.match[reco.match[linked]], linked)
    assert (gen.match < 0).sum() == len(gen) - len(linked)


def test_muons_are_the_stable_ones_above_the_cut(path: Path, rows: Rows) -> None:
    whole = reading(path)
    gen, reco = whole.kinds["muons"]
    assert set(np.unique(gen["pt"])) == {20.0, 30.0}
    assert_array_equal(gen["charge"], np.where(gen["pt"] == 30, -1, 1))
    assert_array_equal(gen["nPU"], whole.columns["pileup"][gen.place])
    index = flat(rows, "Muon_genPartIdx").astype(int)
    partner = np.where(reco.match >= 0, gen["pt"][reco.match], 0)
    # The one that is too soft to be a gen muon is nobody's partner.
    assert_array_equal(partner, np.select([index == 1, index == 2], [30, 20], 0))
    assert reco["mediumId"].dtype == np.int32
    # The muon beside a jet knows it, and the jet it.
    jets = whole.kinds["jets"].gen
    first = np.cumsum(jets.count) - jets.count
    near = np.flatnonzero((gen["pt"] == 30) & (jets.count[gen.place] > 0))
    near = near[np.abs(jets["eta"][first[gen.place[near]]] / 2) < 0.3]
    assert len(near) > 3
    assert (gen["jet_pt"][near] > 0).all()
    assert (gen["jet_dr"][near] < 0.4).all()
    assert (jets["muon1_pt"] > 0).sum() >= len(near)


def test_splits_and_batches_give_the_same_events(path: Path) -> None:
    whole = reading(path)
    with NanoAODObjects(path) as file:
        train = EventObjects.concatenate(list(file.batches("train", size=7)))
        pairs = [part.gen["pt"] for part in file.pairs("jets", size=7)]
    expected = whole.events(in_split(whole.event, "train"))
    for one, other in zip(train.kinds["jets"], expected.kinds["jets"], strict=True):
        assert_array_equal(one.match, other.match)
        assert_array_equal(one["pt"], other["pt"])
    assert_array_equal(np.concatenate(pairs), whole.matched("jets").gen["pt"])


def test_cuts_and_columns_of_ones_own(path: Path) -> None:
    cuts = ObjectCuts(gen_pt_min=30, gen_eta_max=2.0, reco_pt_min=25)
    some = reading(path, cuts=cuts, columns={"jets/reco": ["pt", "bRegCorr"]})
    gen, reco = some.kinds["jets"]
    assert sorted(reco.columns) == ["bRegCorr", "pt"]
    assert gen["pt"].min() > 30
    assert reco["pt"].min() > 25
    assert np.abs(gen["eta"]).max() < 2
    rows = np.flatnonzero(gen.match >= 0)
    assert 0 < len(rows) < len(gen)
    assert_array_equal(reco.match[gen.match[rows]], rows)
    whole = reading(path).matched("jets")
    ratio = dict(zip(whole.gen["pt"].tolist(), whole.reco["pt"].tolist(), strict=True))
    assert all(
        ratio[a] == b
        for a, b in zip(gen["pt"][rows].tolist(), reco["pt"][gen.match[rows]].tolist(), strict=True)
    )


def test_it_is_opened_by_what_it_holds(path: Path, tmp_path: Path) -> None:
    with open_objects(path) as file:
        assert isinstance(file, NanoAODObjects)
        assert (file.kinds, file.n_events, file.task) == (["jets", "muons"], 60, "variables")
        assert file.provenance["jets"]["radius"] == 0.4
        assert file.column("jets", "reco", "pt") == KINDS["jets"]["reco"]["pt"]
        assert "area" not in file.columns("jets", "reco")
        with ObjectsWriter(tmp_path / "t.h5", file.task, file.provenance) as writer:
            for part in file.batches(size=20):
                writer.append(part)
    with open_objects(tmp_path / "t.h5") as again, open_objects(path) as file:
        assert isinstance(again, ObjectsFile)
        for kind in file.kinds:
            for side in ("gen", "reco"):
                assert again.columns(kind, side) == file.columns(kind, side)
        whole, copy = reading(path), again.read()
    for kind in ("jets", "muons"):
        for one, other in zip(whole.kinds[kind], copy.kinds[kind], strict=True):
            assert_array_equal(one.match, other.match)
    (tmp_path / "x.txt").write_text("no table")
    with pytest.raises(DataError, match="cannot be opened"):
        open_objects(tmp_path / "x.txt")
    with pytest.raises(DataError, match="cannot be opened"):
        open_objects(tmp_path / "nowhere.root")


def test_gen_alone_and_reco_alone(rows: Rows, tmp_path: Path) -> None:
    gen_only = {name: values for name, values in rows.items() if not name.startswith(("Jet_", "Muon_"))}
    whole = reading(write_tree(tmp_path / "gen.root", gen_only))
    assert len(whole.kinds["jets"].gen) > 60
    assert len(whole.kinds["jets"].reco) == len(whole.kinds["muons"].reco) == 0
    assert (whole.kinds["jets"].gen.match == -1).all()
    data = {name: values for name, values in rows.items() if not name.startswith("Gen")}
    whole = reading(write_tree(tmp_path / "data.root", data))
    assert len(whole.kinds["jets"].gen) == 0
    assert (whole.kinds["muons"].reco.match == -1).all()


def without(name: str) -> Callable[[Rows], None]:
    return lambda rows: rows.pop(name) and None


def wrong(name: str, value: float) -> Callable[[Rows], None]:
    def spoil(rows: Rows) -> None:
        event = next(i for i, each in enumerate(rows[name]) if each)
        rows[name] = [list(each) for each in rows[name]]
        rows[name][event][0] = value

    return spoil


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without("Jet_genJetIdx"), "has no branch Jet_genJetIdx"),
        (without("GenJet_eta"), "has no branch GenJet_eta"),
        (without("event"), r"has no branch event"),
        (wrong("Muon_genPartIdx", 77), r"Muon_genPartIdx is 77, and the event has 5 entries of GenPart"),
        (wrong("Jet_pt", np.nan), r"event \d+: Jet_pt is nan"),
        (wrong("GenJet_mass", -np.inf), r"event \d+: GenJet_mass is -inf"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    spoil: Callable[[Rows], None], message: str, rows: Rows, tmp_path: Path
) -> None:
    damaged = dict(rows)
    spoil(damaged)
    with pytest.raises(DataError, match=message) as told:
        reading(write_tree(tmp_path / "bad.root", damaged))
    assert "\n" not in str(told.value)


def test_a_gen_jet_that_is_too_soft_for_its_table_is_none(rows: Rows, tmp_path: Path) -> None:
    soft = dict(rows)
    wrong("Jet_genJetIdx", 9)(soft)
    write_tree(tmp_path / "soft.root", soft)
    with (
        NanoAODObjects(tmp_path / "soft.root") as file,
        pytest.warns(DataWarning, match=r"Jet_genJetIdx of 1 jets is beyond the table GenJet"),
    ):
        found = EventObjects.concatenate(list(file.batches()))
    spoilt = next(i for i, each in enumerate(rows["Jet_genJetIdx"]) if each)
    jets = found.kinds["jets"].reco
    assert jets.match[np.flatnonzero(jets.place == spoilt)[0]] == -1


def test_what_is_asked_for_and_not_there(path: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has no branch Jet_charm .*leave the column out"):
        NanoAODObjects(path, columns={"jets/reco": ["pt", "charm"]})
    with pytest.raises(DataError, match="columns of taus/reco are asked for"):
        NanoAODObjects(path, columns={"taus/reco": ["pt"]})
    nothing = write_tree(tmp_path / "n.root", {"event": [1, 2], "MET_pt": [3.0, 4.0]})
    with pytest.raises(DataError, match="has neither jets nor muons"):
        NanoAODObjects(nothing)
    other = write_tree(tmp_path / "o.root", {"event": [1, 2]}, tree="Delphes")
    with pytest.raises(DataError, match="has no tree Events"):
        NanoAODObjects(other)
    with NanoAODObjects(path) as file, pytest.raises(DataError, match="has no taus"):
        list(file.pairs("taus"))
