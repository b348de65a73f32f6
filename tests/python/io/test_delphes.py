"""Delphes trees: which particles and candidates, the tree's own jets, and files that cannot be used."""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path

import awkward as ak
import delphes_trees
import numpy as np
import pytest
import uproot

from pyjetsim.errors import DataError, DataWarning
from pyjetsim.io import PairsFile
from pyjetsim.io.delphes import Delphes
from pyjetsim.io.formats import PairReading, Reading, format_of, open_source
from pyjetsim.io.root import RootFile, Tree

_SHARED = Path(__file__).parents[3].parent / "shared"
DATA = Path(os.environ.get("PYJETSIM_REFERENCE_DATA", _SHARED / "data"))
READING = PairReading(candidate_pt_min=0.25, candidate_eta_max=3.2)


def read(path: Path, reading: PairReading = READING):
    """All events of a small file: one batch."""
    with Delphes().events(path, reading) as source:
        (batch,) = source.batches(len(source.numbers))
        return batch


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return delphes_trees.write(tmp_path / "tree.root", delphes_trees.events())


def test_it_is_told_by_its_content(tree: Path):
    renamed = tree.rename(tree.with_name("events.hepmc"))
    assert isinstance(format_of(renamed), Delphes)


def test_gen_jets_hold_what_a_detector_can_see(tree: Path):
    batch = read(tree)
    assert batch.gen_event.tolist() == [0, 0, 1, 1, 2, 2]
    # No neutrino, decayed, pileup or beam photon among them: 500 GeV would show.
    assert (batch.gen.n_constituents == 6).all()
    assert set(batch.gen.pid[batch.gen.present].tolist()) == {211, 22, 130}
    constituents = delphes_trees.events()["Particle"]
    energy = np.sqrt(sum(np.square(constituents[leaf][0][:6]) for leaf in ("Px", "Py", "Pz", "Mass"))).sum()
    pt, eta, _, mass = batch.gen.jet[:2].astype(float).T
    assert np.isclose(np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2), energy, rtol=1e-5).any()
    assert batch.counts["gen particles", ""] == 36
    assert batch.counts["gen particles", "not stable"] == 3
    assert batch.counts["gen particles", "of pileup"] == 3
    assert batch.counts["gen particles", "not within |eta| < 5"] == 3


def test_reco_jets_hold_the_candidates_of_all_branches(tree: Path):
    batch = read(tree)
    assert (batch.reco.n_constituents == 6).all()
    assert set(batch.reco.pid[batch.reco.present].tolist()) == {211, 22, 130}
    np.testing.assert_allclose(batch.reco.pt, batch.gen.pt, rtol=1e-3)
    assert batch.counts["candidates", "pt ≤ 0.25 GeV"] == 9
    assert batch.counts["candidates", "not within |eta| < 3.2"] == 9
    assert batch.n_vertices.tolist() == [2, 3, 4]


def test_without_vertices_there_is_one(tmp_path: Path):
    events = delphes_trees.events()
    del events["Vertex"]
    assert read(delphes_trees.write(tmp_path / "x.root", events)).n_vertices.tolist() == [1, 1, 1]


def test_the_vertex_is_where_most_particles_begin(tmp_path: Path):
    events = delphes_trees.events()
    assert "vertex_z" not in read(delphes_trees.write(tmp_path / "without.root", events)).reco_columns
    places = []
    for event, z in enumerate((-30.0, 0.0, 55.5)):
        n = len(events["Particle"]["Px"][event])
        # Two of displaced decays; one that decayed and one of pileup are not asked.
        place = [z] * n
        place[0], place[5], place[-3], place[-2] = z + 200, z - 12, 900.0, -900.0
        places.append(place)
    events["Particle"]["Z"] = places
    batch = read(delphes_trees.write(tmp_path / "with.root", events))
    expected = np.array([-0.03, 0, 0.0555])[batch.reco_event]
    np.testing.assert_allclose(batch.reco_columns["vertex_z"], expected, rtol=1e-6)


def test_merged_candidates(tmp_path: Path):
    events = delphes_trees.events()
    flow = [events.pop(name) for name in delphes_trees.FLOW]
    merged = {
        leaf: [[*chain(*parts)] for parts in zip(*(list(kind.values())[i] for kind in flow), strict=True)]
        for i, leaf in enumerate(("PT", "Eta", "Phi", "PID"))
    }
    whole = delphes_trees.write(tmp_path / "whole.root", delphes_trees.events())
    path = delphes_trees.write(tmp_path / "x.root", {**events, "ParticleFlowCandidate": merged})
    np.testing.assert_array_equal(read(path).reco.constituents, read(whole).reco.constituents)


def test_towers_instead_of_photons_and_neutral_hadrons(tmp_path: Path):
    events = delphes_trees.events()
    towers = events.pop("EFlowPhoton")
    del events["EFlowNeutralHadron"]
    towers["Eem"] = [[float(i % 3 != 1) for i in range(len(row))] for row in towers["ET"]]
    towers["Ehad"] = [[float(i % 3 != 0) for i in range(len(row))] for row in towers["ET"]]
    batch = read(delphes_trees.write(tmp_path / "x.root", {**events, "EFlowTower": towers}))
    assert (batch.reco.n_constituents == 4).all()
    assert set(batch.reco.pid[batch.reco.present].tolist()) == {211, 22, 130, 0}


def test_the_newest_cycle(tmp_path: Path):
    path = delphes_trees.write(tmp_path / "x.root", delphes_trees.events(), cycles=2)
    assert read(path).number.tolist() == [0, 1, 2]


def test_batches_do_not_change_the_jets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = delphes_trees.write(tmp_path / "x.root", delphes_trees.events(7))
    whole = read(path)
    monkeypatch.setattr("pyjetsim.io.root.EVENTS", 2)
    with Delphes().events(path, READING) as source:
        parts = list(source.batches(5))
    assert [len(part.number) for part in parts] == [2, 2, 1]
    np.testing.assert_array_equal(
        np.concatenate([part.reco.constituents for part in parts]), whole.reco.constituents[:10]
    )


def with_jets(monkeypatch: pytest.MonkeyPatch, events: delphes_trees.Collections, refs: list, gen: list):
    """Put in the tree's own jets, as uproot reads TRefArray: it cannot write one."""
    jets = {"Jet.Constituents": refs, "GenJet.Constituents": gen}
    arrays = {
        name: ak.zip({"fSize": ak.num(ak.Array(jet), axis=2), "refs": ak.Array(jet)}, depth_limit=2)
        for name, jet in jets.items()
    }
    read_batches, opened = Tree.batches, Tree.__init__

    def batches(self, branches, n_events=None):
        for found in read_batches(self, branches, n_events):
            yield {**found, **{name: arrays[name][:n_events] for name in branches if name in arrays}}

    def open_tree(self, *arguments):
        opened(self, *arguments)
        self.branches |= set(jets)

    monkeypatch.setattr(Tree, "batches", batches)
    monkeypatch.setattr(Tree, "__init__", open_tree)


def own_jets(events: delphes_trees.Collections):
    """References of two jets an event: the candidates of the one axis, then of the other."""
    ids = [
        [events[name]["fUniqueID"][e][:4] for name in delphes_trees.FLOW]
        for e in range(len(events["Particle"]["Px"]))
    ]
    reco = [[[*chain(*(row[i : i + 2] for row in one))] for i in (0, 2)] for one in ids]
    gen = [[row[:6], row[6:12]] for row in events["Particle"]["fUniqueID"]]
    return [[[*map(int, jet)] for jet in event] for event in reco], gen


def test_the_jets_of_the_tree(tree: Path, monkeypatch: pytest.MonkeyPatch):
    clustered, events = read(tree), delphes_trees.events()
    reco, gen = own_jets(events)
    # References of a process carry its number in the upper bits.
    reco = [[[id ^ (7 << 24) for id in jet] for jet in event] for event in reco]
    with_jets(monkeypatch, events, reco, gen)
    batch = read(tree, PairReading(jets="tree"))
    assert batch.reco_event.tolist() == [0, 0, 1, 1, 2, 2]
    for side in ("gen", "reco"):
        mine, theirs = getattr(batch, side), getattr(clustered, side)
        order = [2 * e + i for e in range(3) for i in np.argsort(-mine.pt[2 * e : 2 * e + 2])]
        np.testing.assert_array_equal(mine.constituents[order], theirs.constituents)
        np.testing.assert_array_equal(mine.pid[order], theirs.pid)
        np.testing.assert_allclose(mine.jet[order], theirs.jet, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dangling", [77, 0, 1 << 24])
def test_a_reference_to_nothing(dangling: int, tree: Path, monkeypatch: pytest.MonkeyPatch):
    events = delphes_trees.events()
    reco, gen = own_jets(events)
    reco[1][0][2] = dangling
    with_jets(monkeypatch, events, reco, gen)
    with pytest.raises(
        DataError, match=r"event 1: a constituent of a Jet refers to object \d+, which no branch"
    ):
        read(tree, PairReading(jets="tree"))


def test_its_gen_jets_are_simulated(tree: Path):
    with open_source(tree, Reading(max_constituents=10)) as source:
        (batch,) = source.batches()
    np.testing.assert_array_equal(batch.gen.constituents, read(tree).gen.constituents[:, :10])
    assert batch.event.tolist() == [0, 0, 1, 1, 2, 2]
    assert batch.jet.tolist() == [0, 1, 0, 1, 0, 1]


def test_numbers_that_are_not_there(tmp_path: Path):
    events = delphes_trees.events()
    del events["Event"]
    path = delphes_trees.write(tmp_path / "x.root", events)
    with pytest.warns(DataWarning, match=r"x.root has no branch Event\.Number"):
        assert read(path).number.tolist() == [0, 1, 2]


def test_a_shared_number_is_told_to_who_simulates(tmp_path: Path):
    events = delphes_trees.events()
    events["Event"]["Number"] = [[4.0]] * 3
    path = delphes_trees.write(tmp_path / "x.root", events)
    with (
        pytest.warns(DataWarning, match="some events share a number"),
        open_source(path, Reading()) as source,
    ):
        (batch,) = source.batches()
    assert batch.jet.tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("drop", "told"),
    [
        ("Particle", r"no gen particles \(branch Particle\) \(gen jets are made of them; data have none\)"),
        ("Particle.Mass", r"has no branch Particle\.Mass \(making gen jets needs it\)"),
        ("Particle.Status", r"has no branch Particle\.Status \(making gen jets needs it\)"),
        ("EFlowPhoton", r"has no branch EFlowPhoton\.ET \(clustering reco jets needs it\)"),
        ("EFlowTrack.PID", r"has no branch EFlowTrack\.PID \(clustering reco jets needs it\)"),
    ],
)
def test_a_missing_branch_is_named(drop: str, told: str, tmp_path: Path):
    events = delphes_trees.events()
    collection, _, leaf = drop.partition(".")
    if leaf:
        del events[collection][leaf]
    else:
        del events[collection]
    path = delphes_trees.write(tmp_path / "x.root", events)
    with pytest.raises(DataError, match=told):
        read(path)


def test_what_is_advised_works(tmp_path: Path):
    whole = delphes_trees.events()
    path = delphes_trees.write(tmp_path / "x.root", whole)
    with pytest.raises(DataError, match="or leave out --jets tree"):
        read(path, PairReading(jets="tree"))
    read(path)
    gen = {name: leaves for name, leaves in whole.items() if name in ("Event", "Particle")}
    path = delphes_trees.write(tmp_path / "gen.root", gen)
    for jets in ("cluster", "tree"):
        with pytest.raises(DataError, match="pyjetsim simulate takes the gen particles alone") as caught:
            read(path, PairReading(jets=jets))
        assert "--jets tree" not in str(caught.value)
    with open_source(path, Reading()) as source:
        list(source.batches())


def test_no_candidates_at_all(tmp_path: Path):
    events = delphes_trees.events()
    for name in delphes_trees.FLOW:
        del events[name]
    path = delphes_trees.write(tmp_path / "x.root", events)
    with pytest.raises(DataError, match="has no energy-flow candidates"):
        read(path)


def test_no_jets_of_its_own(tree: Path):
    with pytest.raises(DataError, match=r"has no branch GenJet\.Constituents \(taking the tree's own jets"):
        read(tree, PairReading(jets="tree"))


def test_no_events(tmp_path: Path):
    path = tmp_path / "x.root"
    with uproot.recreate(path) as file:
        file.mktree("Delphes", {"Particle.Px": "var * float32"})
    with pytest.raises(DataError, match=r"the tree Delphes of .* has no events"):
        read(path)


def test_weights_are_kept(tmp_path: Path):
    events = delphes_trees.events()
    events["Event"]["Weight"] = [[-1.0], [2.5], [0.0]]
    path = delphes_trees.write(tmp_path / "x.root", events)
    batch = read(path)
    assert batch.weight_names == ("Event.Weight",)
    assert batch.event_columns["weight"].tolist() == [[-1.0], [2.5], [0.0]]
    with open_source(path, Reading()) as source:
        (gen,) = source.batches()
    assert gen.columns["weight"].ravel().tolist() == [-1.0, -1.0, 2.5, 2.5, 0.0, 0.0]
    events["Event"]["Weight"][1] = [float("nan")]
    with pytest.raises(DataError, match=r"event 1: the weight Event\.Weight is nan"):
        read(delphes_trees.write(path, events))


def test_a_truncated_file_is_one_line(tree: Path):
    content = tree.read_bytes()
    for part in (20, 200, len(content) // 2, len(content) - 100):
        tree.write_bytes(content[:part])
        with pytest.raises(DataError, match="is a ROOT file that cannot be read") as caught:
            read(tree)
        assert "\n" not in str(caught.value)


def test_a_momentum_that_is_no_number(tmp_path: Path):
    for collection, leaf, what in (("Particle", "Px", "px"), ("EFlowTrack", "PT", "px")):
        events = delphes_trees.events()
        events[collection][leaf][1][0] = float("nan")
        path = delphes_trees.write(tmp_path / "x.root", events)
        with pytest.raises(DataError, match=f"x.root: event 1: {what} of particle 0 is nan"):
            read(path)


@pytest.fixture
def reference() -> Path:
    path = DATA / "delphes_ww_200events.root"
    if not path.is_file():
        pytest.skip(f"the reference data are not in {DATA}: set PYJETSIM_REFERENCE_DATA")
    return path


def test_a_real_tree_gives_the_pairs_of_its_twin(reference: Path, tmp_path: Path):
    from pyjetsim.convert import convert

    summary = convert([reference], tmp_path / "pairs.h5", quiet=True)
    assert (summary.events, summary.pairs) == (200, 327)
    with PairsFile(tmp_path / "pairs.h5") as mine, PairsFile(reference.with_suffix(".h5")) as other:
        found, wanted = mine.read(), other.read()
    # Jets of an event have another order there.
    found, wanted = (pairs[np.lexsort((-pairs.gen.pt, pairs.event))] for pairs in (found, wanted))
    np.testing.assert_array_equal(found.event, wanted.event)
    np.testing.assert_array_equal(found.n_vertices, wanted.n_vertices)
    with uproot.open(reference) as file:
        first = ak.to_numpy(file["Delphes/Vertex/Vertex.Z"].array()[:, 0]) * 1e-3
        number = ak.to_numpy(ak.flatten(file["Delphes/Event/Event.Number"].array()))
    at = {int(n): z for n, z in zip(number, first, strict=True)}
    np.testing.assert_allclose(found.columns["reco/vertex_z"], [at[n] for n in found.event], atol=1e-6)
    for one, two in ((found.gen, wanted.gen), (found.reco, wanted.reco)):
        np.testing.assert_array_equal(one.n_constituents, two.n_constituents)
        np.testing.assert_array_equal(one.pid, two.pid)
        # A unit in the last place of float32.
        np.testing.assert_allclose(one.constituents, two.constituents, rtol=2e-7)
        np.testing.assert_allclose(one.jet, two.jet, rtol=1e-3, atol=1e-5)


def test_real_references(reference: Path):
    """TRefArray, which cannot be written here, is read as the tests of jets take it to be."""
    from pyjetsim.io.delphes import _references

    names = ["EFlowPhoton.Particles", "EFlowPhoton.ET"]
    with RootFile(reference) as file:
        arrays = next(iter(file.tree("Delphes").batches(names, 5)))
    per_event, per_jet, ids = _references(arrays["EFlowPhoton.Particles"])
    assert per_event.tolist() == ak.num(arrays["EFlowPhoton.ET"]).tolist()
    assert per_jet.sum() == len(ids) > 0
    assert per_jet.tolist() == ak.flatten(arrays["EFlowPhoton.Particles"]["fSize"]).tolist()
