"""JetClass: one jet an entry, told by the branches of its tree."""

from __future__ import annotations

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from synthetic import MakePairs

from pyjetsim.convert import convert
from pyjetsim.errors import DataError
from pyjetsim.io import PairsFile
from pyjetsim.io.formats import Reading, format_of, open_source
from pyjetsim.io.jetclass import JetClass
from pyjetsim.jets import Jets
from pyjetsim.simulate import simulate

FLAGS = {"part_isChargedHadron": 211, "part_isNeutralHadron": 130, "part_isPhoton": 22, "part_isElectron": 11}


@pytest.fixture(scope="module")
def jets(make_pairs: MakePairs) -> Jets:
    return make_pairs(25, 6).gen


def write(path: Path, jets: Jets) -> Path:
    there = jets.present
    count = there.sum(axis=1)
    rows, pid = jets.constituents[there].astype(np.float32), jets.pid[there]

    def jagged(values):
        return ak.unflatten(values, count)

    charge = np.where(np.abs(pid) == 211, np.sign(pid), np.where(np.abs(pid) == 11, -np.sign(pid), 0))
    branches = {f"part_{name}": jagged(rows[:, i]) for i, name in enumerate(("px", "py", "pz"))}
    branches["part_energy"] = jagged(np.linalg.norm(rows.astype(np.float64), axis=1).astype(np.float32))
    branches["part_charge"] = jagged(charge.astype(np.float32))
    for name, kind in FLAGS.items():
        branches[name] = jagged((np.abs(pid) == kind).astype(np.int32))
    with uproot.recreate(path) as file:
        file["tree"] = {
            **branches,
            "jet_pt": 1.1 * jets.pt,
            "jet_nparticles": count.astype(np.float32),
            "label_QCD": np.ones(len(jets), np.float32),
        }
    return path


def test_jets_with_what_their_constituents_are(jets: Jets, tmp_path: Path) -> None:
    path = write(tmp_path / "x.dat", jets)
    assert isinstance(format_of(path), JetClass)
    with open_source(path, Reading()) as source:
        (batch,) = source.batches()
    np.testing.assert_array_equal(batch.gen.constituents, jets.constituents)
    np.testing.assert_array_equal(batch.gen.pid, jets.pid)
    np.testing.assert_allclose(batch.gen.pt, jets.pt, rtol=1e-5)
    np.testing.assert_allclose(batch.columns["gen/own_pt"], 1.1 * jets.pt, rtol=1e-6)
    assert batch.event.tolist() == list(range(25))


def test_simulate_takes_them_and_convert_does_not(jets: Jets, tmp_path: Path) -> None:
    path = write(tmp_path / "x.root", jets)
    simulate(path, "paper", tmp_path / "x.h5", 1, quiet=True)
    with PairsFile(tmp_path / "x.h5") as file:
        pairs, provenance = file.read(), file.provenance
    assert len(pairs) == 25
    assert pairs.columns["label_QCD"].tolist() == [1] * 25
    assert "in the place of gen jets" in str(provenance)
    with pytest.raises(DataError, match="JetClass, which has no reco"):
        convert([path], tmp_path / "y.h5")
