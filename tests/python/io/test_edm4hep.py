"""EDM4hep: which collections are read, which particles, what the header tells, and bad files."""

from __future__ import annotations

import os
from pathlib import Path

import edm4hep_files
import numpy as np
import pytest
import uproot

from pyjetsim.errors import DataError, DataWarning, InputError
from pyjetsim.io.edm4hep import EDM4hep
from pyjetsim.io.formats import JetEvents, PairReading, Reading, format_of, open_source

_SHARED = Path(__file__).parents[3].parent / "shared"
TRIALS = Path(os.environ.get("PYJETSIM_TRIALS", _SHARED / "trials"))
READING = PairReading(gen_pt_min=20, reco_pt_min=10)


def read(path: Path, reading: PairReading = READING) -> JetEvents:
    """All events of a small file: one batch."""
    with EDM4hep().events(path, reading) as source:
        (batch,) = source.batches(len(source.numbers))
        return batch


@pytest.fixture(params=edm4hep_files.WRITERS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return edm4hep_files.WRITERS[request.param](tmp_path / "x.root", edm4hep_files.events())


def test_jets_of_both_sides(path: Path):
    batch, events = read(path), edm4hep_files.events()
    assert isinstance(format_of(path), EDM4hep)
    assert batch.gen_event.tolist() == batch.reco_event.tolist() == np.repeat(range(4), 2).tolist()
    # No decayed, simulated, invisible or overlaid particle: 500 GeV would show.
    per_event = np.array([len(row) for row in events["ReconstructedParticles"]["PDG"]])
    for jets in (batch.gen, batch.reco):
        assert jets.n_constituents.reshape(4, 2).sum(axis=1).tolist() == per_event.tolist()
        assert set(jets.pid[jets.present].tolist()) == {211, 22, 2112}
    energy = [sum(row) for row in events["ReconstructedParticles"]["energy"]]
    pt, eta, _, mass = batch.reco.jet.astype(float).T
    found = np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2).reshape(4, 2).sum(axis=1)
    np.testing.assert_allclose(found, energy, rtol=1e-5)
    assert batch.counts["gen particles", "not stable"] == 8
    assert batch.counts["gen particles", "of pileup"] == 4
    assert batch.counts["gen particles", "neutrinos, and others that no detector sees"] == 4


def test_what_the_header_tells(path: Path):
    batch = read(path)
    assert batch.number.tolist() == [7, 10, 13, 16]
    assert batch.event_columns["run"].tolist() == [5, 5, 5, 5]
    assert batch.weight_names == ("EventHeader.weight",)
    assert batch.event_columns["weight"].ravel().tolist() == [0.5, -0.5, -1.5, -2.5]


def test_its_gen_jets_are_simulated(path: Path):
    with open_source(path, Reading(gen_pt_min=20)) as source:
        (batch,) = source.batches()
    np.testing.assert_array_equal(batch.gen.constituents, read(path).gen.constituents)
    assert batch.columns["run"].tolist() == [5] * 8


@pytest.mark.parametrize("kind", edm4hep_files.WRITERS)
@pytest.mark.parametrize("header", [None, {"eventNumber": [[]] * 4, "weight": [[]] * 4}])
def test_without_a_header(header: dict | None, kind: str, tmp_path: Path):
    events = edm4hep_files.events()
    del events["EventHeader"]
    if header:
        events["EventHeader"] = header
    path = edm4hep_files.WRITERS[kind](tmp_path / "x.root", events)
    with pytest.warns(DataWarning, match=r"has no branch EventHeader\.eventNumber: its events are numbered"):
        batch = read(path)
    assert batch.number.tolist() == [0, 1, 2, 3]
    assert batch.weight_names == ()


def test_a_header_in_some_events_alone(tmp_path: Path):
    events = edm4hep_files.events()
    events["EventHeader"]["eventNumber"][1] = []
    for member in ("runNumber", "weight"):
        events["EventHeader"][member] = [
            events["EventHeader"][member][0],
            [],
            *events["EventHeader"][member][2:],
        ]
    path = edm4hep_files.write_tree(tmp_path / "x.root", events)
    with pytest.raises(DataError, match=r"has 3 entries of EventHeader\.eventNumber for 4 events"):
        read(path)


def test_a_weight_that_nobody_set(tmp_path: Path):
    events = edm4hep_files.events()
    events["EventHeader"]["weight"] = [[0.0]] * 4
    batch = read(edm4hep_files.write_tree(tmp_path / "x.root", events))
    assert "weight" not in batch.event_columns


def test_older_names_of_members(tmp_path: Path):
    events = edm4hep_files.events()
    reco = events["ReconstructedParticles"]
    reco["type"] = reco.pop("PDG")
    del events["MCParticles"]["simulatorStatus"]
    batch = read(edm4hep_files.write_tree(tmp_path / "x.root", events))
    assert set(batch.reco.pid[batch.reco.present].tolist()) == {211, 22, 2112}


def test_collections_by_name(tmp_path: Path):
    events = edm4hep_files.events()
    events["Jets"] = edm4hep_files.events(seed=2)["ReconstructedParticles"]
    # The usual one, whatever else there is.
    usual = read(edm4hep_files.write_tree(tmp_path / "x.root", events))
    asked = PairReading(gen_pt_min=20, reco_pt_min=10, collections={"reco": "Jets"})
    other = read(tmp_path / "x.root", asked)
    assert usual.reco.constituents.shape[0] > 0
    assert not np.array_equal(other.reco.jet, usual.reco.jet)
    events["MyPFOs"] = events.pop("ReconstructedParticles")
    path = edm4hep_files.write_tree(tmp_path / "y.root", events)
    with pytest.raises(DataError, match=r"has several collections .* \(it has Jets, MyPFOs\): name the one"):
        read(path)
    mine = PairReading(gen_pt_min=20, reco_pt_min=10, collections={"reco": "MyPFOs"})
    np.testing.assert_array_equal(read(path, mine).reco.jet, usual.reco.jet)
    with pytest.raises(DataError, match=r"no collection Nothing of MCParticles \(it has MCParticles\)"):
        read(path, PairReading(collections={"gen": "Nothing"}))


def test_one_collection_of_any_name(tmp_path: Path):
    events = {
        {"MCParticles": "Mine", "ReconstructedParticles": "Yours"}.get(name, name): members
        for name, members in edm4hep_files.events().items()
    }
    assert len(read(edm4hep_files.write_rntuple(tmp_path / "x.root", events)).gen) == 8


@pytest.mark.parametrize(
    ("drop", "told"),
    [
        ("MCParticles", r"has no collection of MCParticles \(gen jets are made of them; data have none\)"),
        ("ReconstructedParticles", "has no collection of ReconstructedParticles .*simulate takes gen alone"),
        ("MCParticles.mass", r"has no branch MCParticles\.mass \(making gen jets needs it\)"),
        ("ReconstructedParticles.PDG", r"has no branch ReconstructedParticles\.PDG \(making reco jets"),
        ("ReconstructedParticles.momentum.z", r"has no branch ReconstructedParticles\.momentum\.z"),
    ],
)
def test_what_is_missing_is_named(drop: str, told: str, tmp_path: Path):
    events = edm4hep_files.events()
    collection, _, member = drop.partition(".")
    if member:
        del events[collection][member]
    else:
        del events[collection]
    path = edm4hep_files.write_tree(tmp_path / "x.root", events)
    with pytest.raises(DataError, match=told) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_no_jets_of_its_own(path: Path, tmp_path: Path):
    with pytest.raises(InputError, match=r"is EDM4hep, which has no gen jets \(--jets tree"):
        read(path, PairReading(jets="tree"))
    gen = {name: of for name, of in edm4hep_files.events().items() if name != "ReconstructedParticles"}
    with pytest.raises(DataError, match="pyjetsim simulate takes gen alone"):
        read(edm4hep_files.write_tree(tmp_path / "gen.root", gen), PairReading(jets="tree"))


def test_no_events(tmp_path: Path):
    with uproot.recreate(tmp_path / "x.root") as file:
        file.mktree("events", {"MCParticles.generatorStatus": "var * int32"})
        file.mktree("podio_metadata", {"x": "int32"})
    with pytest.raises(DataError, match=r"the tree events of .* has no events"):
        read(tmp_path / "x.root")


@pytest.mark.parametrize("name", ["edm4hepjl_edm4hep_example.root", "edm4hepjl_edm4hep_example_rntuple.root"])
def test_a_real_file(name: str):
    path = TRIALS / name
    if not path.is_file():
        pytest.skip("the real files of ../shared/trials are not there")
    batch = read(path, PairReading(gen_pt_min=1, reco_pt_min=1, candidate_pt_min=0))
    assert batch.number.tolist() == [42, 42, 42]
    tree = uproot.open(path)["events"]
    px, py = (
        tree[f"ReconstructedParticleCollection.momentum.{axis}"].array()[:, 0].to_numpy().astype(float)
        for axis in ("x", "y")
    )
    np.testing.assert_allclose(batch.reco.pt, np.hypot(px, py), rtol=1e-6)
