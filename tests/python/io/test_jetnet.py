"""JetNet's HDF5: jets of constituents relative to their axis."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from synthetic import MakePairs

from pyjetsim.cli import main
from pyjetsim.convert import convert
from pyjetsim.errors import DataError, InputError
from pyjetsim.io import PairsFile
from pyjetsim.io.clouds import clouds_of, read_clouds
from pyjetsim.io.formats import Reading, format_of, open_source
from pyjetsim.io.jetnet import JetNet
from pyjetsim.jets import Jets, delta_phi, pseudorapidity, transverse_momentum


@pytest.fixture(scope="module")
def jets(make_pairs: MakePairs) -> Jets:
    return make_pairs(25, 6).gen


def write(path: Path, jets: Jets) -> Path:
    """As the JetNet library has it: etarel, phirel, ptrel, mask; pt, eta, mass, count."""
    c, there = jets.constituents.astype(np.float64), jets.present
    rel = [
        pseudorapidity(c) - jets.eta[:, None],
        delta_phi(np.arctan2(c[..., 1], c[..., 0]), jets.phi[:, None]),
        transverse_momentum(c) / jets.pt[:, None],
    ]
    features = np.stack([*(np.where(there, each, 0) for each in rel), there], axis=2)
    with h5py.File(path, "w") as file:
        file["particle_features"] = features.astype(np.float32)
        file["jet_features"] = np.stack([jets.pt, jets.eta, jets.mass, jets.n_constituents], axis=1).astype(
            np.float32
        )
    return path


def test_jets_come_back_but_for_their_phi(jets: Jets, tmp_path: Path) -> None:
    path = write(tmp_path / "t.hdf5", jets)
    assert isinstance(format_of(path), JetNet)
    with open_source(path, Reading()) as source:
        (batch,) = source.batches()
        assert "the file has none" in str(source.provenance)
    for name in ("pt", "eta", "mass"):
        np.testing.assert_allclose(getattr(batch.gen, name), getattr(jets, name), rtol=2e-3, atol=2e-3)
    assert batch.gen.n_constituents.tolist() == jets.n_constituents.tolist()
    assert batch.event.tolist() == list(range(25))
    # Spread over the circle: no quarter of it without an axis.
    assert (np.histogram(batch.gen.phi, 4, (-np.pi, np.pi))[0] > 3).all()


def test_simulate_takes_them_as_gen_jets(jets: Jets, tmp_path: Path) -> None:
    path = write(tmp_path / "t.hdf5", jets)
    words = ["simulate", str(path), "--bundle", "paper", "--output", str(tmp_path / "x.h5"), "--quiet"]
    assert main(words) == 0
    with PairsFile(tmp_path / "x.h5") as file:
        assert len(file) == 25
    with pytest.raises(DataError, match="JetNet, which has no reco"):  # asked for as pairs
        convert([path], tmp_path / "y.h5", radius=0.8)


def test_convert_makes_clouds_of_them(jets: Jets, tmp_path: Path) -> None:
    paths = [write(tmp_path / name, jets) for name in ("t.hdf5", "q150.hdf5")]
    summary = convert(paths, tmp_path / "clouds.h5")
    assert (summary.item, summary.pairs) == ("cloud", 50)
    (clouds,) = read_clouds(tmp_path / "clouds.h5")
    ours = clouds_of(jets, np.full(25, 2), np.arange(25))
    assert clouds.gen["jet_class"].tolist() == [2] * 25 + [1] * 25
    assert clouds.event.tolist() == list(range(50))
    for half in (slice(25), slice(25, 50)):
        np.testing.assert_allclose(clouds.reco["particles"][half], ours.reco["particles"], atol=2e-6)
        np.testing.assert_array_equal(clouds.reco["n"][half], ours.reco["n"])
        for name in ("pt", "eta", "mass", "n_constituents"):
            np.testing.assert_allclose(clouds.gen[name][half], ours.gen[name], rtol=1e-6)
    with pytest.raises(InputError, match=r"tells no class of jets .* t.hdf5 for tops"):
        convert([write(tmp_path / "jets.hdf5", jets)], tmp_path / "other.h5")
    assert not (tmp_path / "other.h5").exists()


def test_another_layout_is_told(jets: Jets, tmp_path: Path) -> None:
    path = write(tmp_path / "t.hdf5", jets)
    with h5py.File(path, "a") as file:
        values = file["particle_features"][:, :, :3]
        del file["particle_features"]
        file["particle_features"] = values
    with pytest.raises(DataError, match="particle_features"), open_source(path, Reading()):
        pass


def test_a_number_that_is_none_is_named(jets: Jets, tmp_path: Path) -> None:
    path = write(tmp_path / "t.hdf5", jets)
    with h5py.File(path, "a") as file:
        file["jet_features"][3, 0] = np.nan
    with (
        pytest.raises(DataError, match=r"constituent of jet 3 of .* is not finite"),
        open_source(path, Reading()) as source,
    ):
        list(source.batches())
