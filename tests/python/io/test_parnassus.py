"""Parnassus: which particles are read, in both of its modes, and bad files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import parnassus_files
import pytest

from pyjetsim.convert import convert
from pyjetsim.errors import DataError, DataWarning, InputError
from pyjetsim.io import PairsFile
from pyjetsim.io.formats import JetEvents, PairReading, Reading, format_of, open_source
from pyjetsim.io.parnassus import Parnassus

READING = PairReading(gen_pt_min=20, reco_pt_min=10, candidate_pt_min=0.25, candidate_eta_max=3.2)


def read(path: Path) -> JetEvents:
    """All events of a small file: one batch."""
    with Parnassus().events(path, READING) as source:
        (batch,) = source.batches(len(source.numbers))
        return batch


@pytest.mark.parametrize("parametric", [True, False])
def test_jets_of_both_sides(parametric: bool, tmp_path: Path):
    events = parnassus_files.events(parametric=parametric)
    path = parnassus_files.write(tmp_path / "x.root", events, [7, 10, 13, 16])
    batch = read(path)
    assert isinstance(format_of(path), Parnassus)
    assert batch.number.tolist() == [7, 10, 13, 16]
    assert batch.gen_event.tolist() == batch.reco_event.tolist() == np.repeat(range(4), 2).tolist()
    # No neutrino, and nothing that decayed: 500 GeV would show.
    per_event = [len(row) - 2 for row in events["PFlow"]["PT"]]
    for jets in (batch.gen, batch.reco):
        assert jets.n_constituents.reshape(4, 2).sum(axis=1).tolist() == per_event
    assert batch.counts["gen particles", "neutrinos, and others that no detector sees"] == 4
    assert batch.counts.get(("gen particles", "not stable"), 0) == (4 if parametric else 0)
    # Gen jets have the masses of their particles, where the file tells them.
    for event, rows in enumerate(zip(*(events["Truth"][name] for name in ("PT", "Eta", "PID")), strict=True)):
        pt, eta, pid = (np.array(row) for row in rows)
        there = ~np.isin(pid, [12, 23])
        mass = np.array(events["Truth"]["Mass"][event]) if parametric else np.zeros(len(pt))
        energy = np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2)[there].sum()
        jet_pt, jet_eta, _, jet_mass = batch.gen.jet[2 * event : 2 * event + 2].astype(float).T
        found = np.sqrt((jet_pt * np.cosh(jet_eta)) ** 2 + jet_mass**2).sum()
        assert found == pytest.approx(energy, rel=1e-6)


def test_it_is_converted_and_its_gen_jets_simulated(tmp_path: Path):
    path = parnassus_files.write(tmp_path / "x.root", parnassus_files.events(), [7, 10, 13, 16])
    summary = convert([path], tmp_path / "x.h5", quiet=True)
    with PairsFile(tmp_path / "x.h5") as file:
        assert summary.pairs == len(file) > 2
        assert file.provenance["converted"]["format"] == "Parnassus"
        assert set(file.event.tolist()) <= {7, 10, 13, 16}
    with open_source(path, Reading(gen_pt_min=20)) as source:
        (batch,) = source.batches()
    np.testing.assert_array_equal(batch.gen.constituents, read(path).gen.constituents)


def test_events_without_numbers_have_their_places(tmp_path: Path):
    path = parnassus_files.write(tmp_path / "x.root", parnassus_files.events())
    with pytest.warns(DataWarning, match=r"no branch Event\.EventNumber"):
        assert read(path).number.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("branch", ["Truth.PID", "PFlow.Eta"])
def test_a_branch_that_is_missing_is_named(branch: str, tmp_path: Path):
    events = parnassus_files.events()
    collection, member = branch.split(".")
    del events[collection][member]
    path = parnassus_files.write(tmp_path / "x.root", events, [0, 1, 2, 3])
    with pytest.raises(DataError, match=f"has no branch {branch}"):
        read(path)


def test_its_own_jets_are_refused(tmp_path: Path):
    path = parnassus_files.write(tmp_path / "x.root", parnassus_files.events(), [0, 1, 2, 3])
    with pytest.raises(InputError, match="axes and no constituents"):
        convert([path], tmp_path / "x.h5", jets="tree", quiet=True)
    assert not (tmp_path / "x.h5").exists()
