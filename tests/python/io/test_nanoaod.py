"""NanoAOD with candidates: its own jets by their links, clustered ones, columns, bad files."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import awkward as ak
import nanoaod_files
import numpy as np
import pytest
import uproot

from pyjetsim.errors import DataError, DataWarning
from pyjetsim.io.formats import JetEvents, PairReading, Reading, format_of, open_source
from pyjetsim.io.nanoaod import NanoAOD

_SHARED = Path(__file__).parents[3].parent / "shared"
TRIALS = Path(os.environ.get("PYJETSIM_TRIALS", _SHARED / "trials"))
TREE_JETS = PairReading(jets="tree", gen_pt_min=0, reco_pt_min=0, gen_eta_max=10)
AK8 = PairReading(jets="tree", own_radius=0.8, gen_pt_min=0, reco_pt_min=0, gen_eta_max=10)


def read(path: Path, reading: PairReading = TREE_JETS) -> JetEvents:
    """All events of a small file: one batch."""
    with NanoAOD().events(path, reading) as source:
        (batch,) = source.batches(len(source.numbers))
        return batch


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return nanoaod_files.write_tree(tmp_path / "x.root", nanoaod_files.events())


def by_hand(
    rows: dict[str, list[Any]], event: int, jet: int, links: str, place: str, table: str
) -> np.ndarray:
    """(n, 4) pt, eta, phi, pdgId of the candidates of a jet, found by a loop over the links."""
    found = [
        [rows[f"{table}_{leaf}"][event][candidate] for leaf in ("pt", "eta", "phi", "pdgId")]
        for of, candidate in zip(rows[f"{links}_jetIdx"][event], rows[f"{links}_{place}"][event], strict=True)
        if of == jet
    ]
    # One that PUPPI gives the weight 0 is no constituent.
    return np.array(sorted((row for row in found if row[0] > 0), reverse=True)).reshape(-1, 4)


def in_cylinder(momenta: np.ndarray) -> np.ndarray:
    px, py, pz = momenta.astype(float).T
    return np.stack([np.hypot(px, py), np.arcsinh(pz / np.hypot(px, py)), np.arctan2(py, px)], axis=1)


def same_constituents(jets: Any, i: int, wanted: np.ndarray) -> None:
    n = jets.n_constituents[i]
    assert n == len(wanted)
    found = in_cylinder(jets.constituents[i, :n])
    np.testing.assert_allclose(found[:, :2], wanted[:, :2], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.cos(found[:, 2] - wanted[:, 2]), 1, atol=1e-10)
    assert jets.pid[i, :n].tolist() == wanted[:, 3].tolist()
    assert not jets.constituents[i, n:].any()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("style", nanoaod_files.STYLES)
@pytest.mark.parametrize("kind", nanoaod_files.WRITERS)
def test_jets_hold_what_their_links_name(kind: str, style: str, seed: int, tmp_path: Path):
    rows = nanoaod_files.events(seed=seed, style=style)
    batch = read(nanoaod_files.WRITERS[kind](tmp_path / "x.root", rows))
    reco, _, place, gen, _, gen_place = nanoaod_files.STYLES[style]
    links = {"gen": "GenJetCands", "reco": "JetPFCands"}
    if style == "NanoAOD 15":
        links = {"gen": "GenJetGenPartCand", "reco": "JetPFCand"}
    assert batch.gen_event.tolist() == batch.reco_event.tolist() == np.repeat(range(5), 2).tolist()
    for i in range(10):
        same_constituents(batch.gen, i, by_hand(rows, i // 2, i % 2, links["gen"], gen_place, gen))
        same_constituents(batch.reco, i, by_hand(rows, i // 2, i % 2, links["reco"], place, reco))
    np.testing.assert_allclose(
        batch.gen_columns["own_pt"], np.array(rows["GenJet_pt"])[:, :2].ravel(), rtol=1e-6
    )
    np.testing.assert_allclose(batch.reco_columns["own_pt"], batch.reco.pt * nanoaod_files.SCALE, rtol=1e-5)
    assert batch.gen_columns["parton_flavour"].tolist() == [21, -5] * 5
    assert batch.gen_columns["hadron_flavour"].tolist() == [0, 5] * 5
    assert batch.counts["gen jets of the file", "without constituents"] == 5
    assert batch.counts["gen jets of the file", ""] == 10


@pytest.mark.parametrize("kind", nanoaod_files.WRITERS)
@pytest.mark.parametrize("style", nanoaod_files.STYLES)
def test_wide_jets_are_of_weighted_candidates(style: str, kind: str, tmp_path: Path):
    rows = nanoaod_files.events(style=style)
    batch = read(nanoaod_files.WRITERS[kind](tmp_path / "x.root", rows), AK8)
    # The file's own pt, before energy corrections, is that of the sum, whatever the weights are kept in.
    np.testing.assert_allclose(batch.reco_columns["own_pt"] / nanoaod_files.SCALE, batch.reco.pt, rtol=1e-5)
    np.testing.assert_allclose(batch.gen_columns["own_pt"], batch.gen.pt, rtol=1e-5)
    weightless = batch.counts["constituents", "without momentum"]
    links = "FatJetPFCand" + ("" if style == "NanoAOD 15" else "s")
    assert weightless + batch.reco.n_constituents.sum() == sum(map(len, rows[f"{links}_jetIdx"]))
    assert weightless > 0


def test_clustered_from_all_candidates(path: Path):
    reading = PairReading(radius=0.4, gen_pt_min=0, reco_pt_min=0, gen_eta_max=10)
    clustered, own = read(path, reading), read(path)
    for side in ("gen", "reco"):
        jets, theirs = getattr(clustered, side), getattr(own, side)
        event = getattr(clustered, f"{side}_event")
        # The jets of the file, and those of what is in no jet.
        hardest = np.concatenate([np.flatnonzero(event == e)[:2] for e in range(5)])
        order = [2 * e + i for e in range(5) for i in np.argsort(-theirs.pt[2 * e : 2 * e + 2])]
        np.testing.assert_allclose(jets.jet[hardest, :2], theirs.jet[order, :2], rtol=1e-5, atol=1e-6)
        assert len(jets) > len(theirs)
    assert clustered.counts["gen particles", "neutrinos, and others that no detector sees"] == 5
    assert clustered.counts["candidates", ""] == clustered.reco.n_constituents.sum()


def test_what_is_known_of_events(path: Path):
    batch = read(path)
    assert batch.number.tolist() == [3_000_000_000 + i for i in range(5)]
    assert batch.n_vertices.tolist() == [20, 21, 22, 23, 24]
    assert batch.event_columns["run"].tolist() == [1] * 5
    assert batch.event_columns["luminosity_block"].tolist() == [10, 11, 12, 13, 14]
    assert batch.weight_names == ("genWeight", "LHEScaleWeight[0]", "LHEScaleWeight[1]", "LHEScaleWeight[2]")
    assert batch.event_columns["weight"][:, 0].tolist() == [-1.5, -0.5, 0.5, 1.5, 2.5]
    assert batch.event_columns["weight"][:, 1].tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]


def test_its_gen_jets_are_simulated(path: Path):
    with open_source(path, Reading(radius=0.4, gen_pt_min=20)) as source:
        (batch,) = source.batches()
    whole = read(path, PairReading(radius=0.4, gen_pt_min=20))
    np.testing.assert_array_equal(batch.gen.constituents, whole.gen.constituents)
    assert batch.event.tolist() == whole.number[whole.gen_event].tolist()
    assert batch.columns["luminosity_block"].tolist() == (whole.gen_event + 10).tolist()
    assert batch.columns["weight"][:, 0].tolist() == (whole.gen_event - 1.5).tolist()
    assert batch.weight_names[0] == "genWeight"


def test_batches_do_not_change_the_jets(path: Path, monkeypatch: pytest.MonkeyPatch):
    whole = read(path)
    monkeypatch.setattr("pyjetsim.io.root.EVENTS", 2)
    with NanoAOD().events(path, TREE_JETS) as source:
        parts = list(source.batches(5))
    assert [len(part.number) for part in parts] == [2, 2, 1]
    joined = np.concatenate([part.reco.constituents for part in parts])
    np.testing.assert_array_equal(joined, whole.reco.constituents)


def test_the_newest_cycle(tmp_path: Path):
    path = nanoaod_files.write_tree(tmp_path / "x.root", nanoaod_files.events(), cycles=2)
    assert len(read(path).number) == 5


def test_candidates_of_jets_alone_are_told(tmp_path: Path):
    path = nanoaod_files.write_tree(tmp_path / "x.root", nanoaod_files.events(outside=False))
    with pytest.warns(
        DataWarning, match="seems to hold only those GenCands and PFCands that are in its own jets"
    ):
        assert len(read(path, PairReading(radius=0.4, gen_pt_min=0, reco_pt_min=0)).gen) == 10
    read(path)  # A warning would be an error here: its own jets are whole.


def test_forward_candidates_have_pdg_ids(tmp_path: Path):
    rows = nanoaod_files.events(1)
    rows["PFCands_pdgId"] = [
        [1, 2] * (len(rows["PFCands_pdgId"][0]) // 2) + [22] * (len(rows["PFCands_pdgId"][0]) % 2)
    ]
    batch = read(nanoaod_files.write_tree(tmp_path / "x.root", rows))
    assert set(batch.reco.pid[batch.reco.present].tolist()) == {130, 22}


@pytest.mark.parametrize(
    ("jets", "branches"),
    [
        ("tree", ["PFCands_pt", "GenCands_phi", "JetPFCands_jetIdx", "Jet_pt", "run", "PV_npvs"]),
        ("cluster", ["PFCands_pt", "GenCands_phi", "run", "PV_npvs"]),
    ],
)
def test_branches_that_do_not_fit(jets: Any, branches: list[str], tmp_path: Path):
    """Of one number an event where there should be many, or the other way round; of texts; too short."""
    columns = nanoaod_files.arrays(nanoaod_files.events())
    for branch in branches:
        one, many, texts = ak.Array([1] * 5), ak.Array([[1, 2]] * 5), ak.Array([["a", "b"]] * 5)
        for i, other in enumerate(
            (many, texts) if columns[branch].ndim == 1 else (one, columns[branch][:, :-1], texts)
        ):
            path = tmp_path / f"{branch}{i}.root"
            with uproot.recreate(path) as file:
                file.mkrntuple("Events", {**columns, branch: other})
            with pytest.raises(DataError, match=re.escape(str(path))) as caught:
                read(path, PairReading(jets=jets, gen_pt_min=20))
            assert "\n" not in str(caught.value)


def test_no_jets_at_all(tmp_path: Path):
    rows = nanoaod_files.events(2)
    for name in rows:
        if isinstance(rows[name][0], list) and "Weight" not in name:
            rows[name][0] = []
    rows["PFCands_puppiWeight"][0] = []
    for kind, write in nanoaod_files.WRITERS.items():
        path = write(tmp_path / f"{kind}.root", rows)
        assert read(path).gen_event.tolist() == [1, 1]
        assert len(read(path, PairReading(gen_pt_min=20)).number) == 2


@pytest.mark.parametrize("value", [-1, 1000])
@pytest.mark.parametrize(
    ("branch", "table"),
    [
        ("JetPFCands_jetIdx", "Jet"),
        ("JetPFCands_pFCandsIdx", "PFCands"),
        ("GenJetCands_jetIdx", "GenJet"),
        ("GenJetCands_pFCandsIdx", "GenCands"),
    ],
)
def test_a_link_to_nothing(branch: str, table: str, value: int, tmp_path: Path):
    rows = nanoaod_files.events()
    rows[branch][3][2] = value
    path = nanoaod_files.write_tree(tmp_path / "x.root", rows)
    told = rf"event 3000000003: {branch} is {value}, and the event has \d+ entries of {table} \(a jet would"
    with pytest.raises(DataError, match=told):
        read(path)


def test_half_a_link(tmp_path: Path):
    columns = nanoaod_files.arrays(nanoaod_files.events())
    columns["GenJetCands_jetIdx"] = columns["GenJetCands_jetIdx"][:, 1:]
    with uproot.recreate(tmp_path / "x.root") as file:
        file.mkrntuple("Events", columns)
    with pytest.raises(DataError, match="has not as many GenJetCands_jetIdx as GenJetCands_pFCandsIdx"):
        read(tmp_path / "x.root")


@pytest.mark.parametrize(
    ("drop", "told"),
    [
        ("PFCands_", r"has no candidates \(PFCands or PFCand\) \(reco jets"),
        ("GenCands_", r"has no gen candidates \(GenCands or GenPartCand\), as data have none"),
        ("PFCands_phi", r"has no branch PFCands_phi \(making reco jets needs it\)"),
        ("GenCands_mass", r"has no branch GenCands_mass \(making gen jets needs it\)"),
        ("GenCands_pdgId", r"has no branch GenCands_pdgId \(making gen jets needs it\)"),
        ("JetPFCands_", "has no branches JetPFCands_jetIdx and JetPFCands_pFCandsIdx"),
        ("GenJetCands_pFCandsIdx", "has no branches GenJetCands_jetIdx and GenJetCands_genCandsIdx"),
        ("Jet_pt", r"has no branch Jet_pt \(taking the jets of Jet needs it\)"),
    ],
)
def test_a_missing_branch_is_named(drop: str, told: str, tmp_path: Path):
    rows = nanoaod_files.events()
    rows = {name: values for name, values in rows.items() if not name.startswith(drop)}
    path = nanoaod_files.write_tree(tmp_path / "x.root", rows)
    with pytest.raises(DataError, match=told) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_pruned_particles_are_not_clustered(tmp_path: Path):
    rows = nanoaod_files.events()
    rows = {name.replace("GenCands", "GenPart"): values for name, values in rows.items()}
    path = nanoaod_files.write_tree(tmp_path / "x.root", rows)
    with pytest.raises(DataError, match="GenPart is pruned"):
        read(path)
    with pytest.raises(DataError, match="GenPart is pruned"), open_source(path, Reading()):
        pass


def test_another_radius(path: Path):
    with pytest.raises(DataError, match=r"has no jets of R 0\.5 \(its own are AK4"):
        read(path, PairReading(jets="tree", own_radius=0.5))


def test_numbers_beyond_what_is_kept(tmp_path: Path):
    rows = nanoaod_files.events()
    rows["event"][2] = 2**63
    path = nanoaod_files.write_tree(tmp_path / "x.root", rows)
    with pytest.raises(DataError, match=r"the tree Events of .* has the event number 9223372036854775808"):
        read(path)
    assert read(path, PairReading(jets="tree", number_events=True)).number.tolist() == [0, 1, 2, 3, 4]


def test_numbers_that_are_not_there(tmp_path: Path):
    rows = nanoaod_files.events()
    del rows["event"]
    path = nanoaod_files.write_tree(tmp_path / "x.root", rows)
    with pytest.warns(DataWarning, match="has no branch event: its events are numbered by their place"):
        assert read(path).number.tolist() == [0, 1, 2, 3, 4]


def test_no_events(tmp_path: Path):
    rows = nanoaod_files.events(1)
    columns = {name: column[:0] for name, column in nanoaod_files.arrays(rows).items()}
    with uproot.recreate(tmp_path / "x.root") as file:
        file.mktree("Events", {name: column.type for name, column in columns.items()})
    with pytest.raises(DataError, match=r"the tree Events of .* has no events"):
        read(tmp_path / "x.root")


def test_weights_of_changing_number_are_left_out(tmp_path: Path):
    rows = nanoaod_files.events()
    rows["LHEScaleWeight"][1] = [1.0, 2.0]
    path = nanoaod_files.write_tree(tmp_path / "x.root", rows)
    with pytest.warns(DataWarning, match="has 2 to 3 entries of LHEScaleWeight an event"):
        assert read(path).weight_names == ("genWeight",)


def test_a_weight_that_is_no_number(tmp_path: Path):
    rows = nanoaod_files.events()
    rows["genWeight"][1] = float("inf")
    path = nanoaod_files.write_tree(tmp_path / "x.root", rows)
    with pytest.raises(DataError, match="event 3000000001: the weight genWeight is inf"):
        read(path)


@pytest.fixture
def trials() -> Path:
    if not TRIALS.is_dir():
        pytest.skip("the real files of ../shared/trials are not there")
    return TRIALS


@pytest.mark.parametrize("name", ["coffea_nano_dy.root", "coffea_nano_dy_rntuple.root"])
def test_a_real_file_without_candidates(name: str, trials: Path):
    assert isinstance(format_of(trials / name), NanoAOD)
    told = r"is plain NanoAOD, without candidates \(PFCands or .*; its GenPart is pruned"
    with pytest.raises(DataError, match=told):
        read(trials / name)
    with pytest.raises(DataError, match=told), open_source(trials / name, Reading()):
        pass


@pytest.mark.parametrize(
    ("reading", "sides"),
    [
        (TREE_JETS, {"gen": ("GenJet", "GenJetCands"), "reco": ("Jet", "JetPFCands")}),
        (AK8, {"gen": ("GenJetAK8", "GenFatJetCands"), "reco": ("FatJet", "FatJetPFCands")}),
    ],
)
def test_a_real_file(reading: PairReading, sides: dict[str, tuple[str, str]], trials: Path):
    path = trials / "coffea_pfnano_rntuple.root"
    batch = read(path, reading)
    tree = uproot.open(path)["Events"]
    for side, (jet, links) in sides.items():
        table = "GenCands" if side == "gen" else "PFCands"
        leaves = [f"{table}_{leaf}" for leaf in ("pt", "eta", "phi", "pdgId")]
        weight = ["PFCands_puppiWeight"] if jet == "FatJet" else []
        names = [f"{jet}_pt", f"{links}_jetIdx", f"{links}_pFCandsIdx", *leaves, *weight]
        # By one branch: of several at once, uproot lists all the fields, for half a minute.
        rows = ak.zip({name: tree[name].array() for name in names}, depth_limit=1).to_list()
        jets, event = getattr(batch, side), getattr(batch, f"{side}_event")
        i = 0
        for e, row in enumerate(rows):
            for j in range(len(row[f"{jet}_pt"])):
                of = [
                    c
                    for at, c in zip(row[f"{links}_jetIdx"], row[f"{links}_pFCandsIdx"], strict=True)
                    if at == j
                ]
                if not of:
                    continue
                by = row[weight[0]] if weight else [1.0] * len(row[leaves[0]])
                wanted = sorted((row[leaves[0]][c] * by[c] for c in of), reverse=True)
                n = jets.n_constituents[i]
                assert (event[i], n) == (e, len(wanted))
                pt = np.hypot(*jets.constituents[i, :, :2].astype(float).T)
                np.testing.assert_allclose(pt[: min(n, 80)], wanted[:80], rtol=1e-5)
                i += 1
        assert i == len(jets)
    raw = batch.gen_columns["own_pt"] / batch.gen.pt
    np.testing.assert_allclose(raw, 1, atol=2e-3)
    assert batch.number[0] == 1735802
    assert batch.n_vertices[0] == 21
