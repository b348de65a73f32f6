"""HepMC3 in ROOT: the same jets as of its ASCII, units, weights, and what cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot

from pyjetsim.errors import DataError, DataWarning
from pyjetsim.io.formats import GenBatch, PairReading, Reading, format_of, open_source
from pyjetsim.io.hepmc_root import HepMC3Root

Columns = dict[str, Any]


def events(n: int = 4, seed: int = 1, unit: int = 1) -> Columns:
    """Two jets an event, and particles that none holds; momenta in GeV, or in MeV for the unit 0."""
    random = np.random.default_rng(seed)
    rows: dict[str, list[list[float]]] = {name: [] for name in ("pid", "status", "x", "y", "z", "e")}
    for _ in range(n):
        phi = random.uniform(-3, 3)
        particles = [
            (pid, status, pt * np.cos(at), pt * np.sin(at), pt * np.sinh(eta), mass)
            for axis in (phi, phi + np.pi)
            for pid, status, mass in (
                (211, 1, 0.1396),
                (22, 1, 0.0),
                (2112, 1, 0.9396),
                (12, 1, 0.0),
                (23, 2, 91.0),
            )
            for pt, eta, at in [(random.uniform(40, 90), random.normal(0, 0.1), random.normal(axis, 0.1))]
        ]
        for name, values in zip(
            ("pid", "status", "x", "y", "z"), list(zip(*particles, strict=True))[:5], strict=True
        ):
            rows[name].append([*values])
        rows["e"].append([float(np.sqrt(x * x + y * y + z * z + m * m)) for _, _, x, y, z, m in particles])
    scale = 1.0 if unit else 1000.0
    particles = {
        "pid": ak.values_astype(ak.Array(rows["pid"]), np.int32),
        "status": ak.values_astype(ak.Array(rows["status"]), np.int32),
        **{f"momentum.m_v{i}": scale * ak.Array(rows[name]) for i, name in enumerate("xyze", 1)},
    }
    return {
        "event_number": np.arange(10, 10 + n, dtype=np.int32),
        "momentum_unit": np.full(n, unit, np.int32),
        "particles": ak.zip(particles),
        "weights": ak.from_regular(ak.Array(np.stack([np.arange(n) - 1.0, np.full(n, 2.0)], axis=1))),
    }


def write(path: Path, columns: Columns, prefix: str = "", tree: str = "hepmc3_tree") -> Path:
    with uproot.recreate(path) as file:
        named = {
            name if name == "particles" else f"{prefix}{name}": values for name, values in columns.items()
        }
        file.mktree(
            tree,
            {
                name: ak.type(values).content if isinstance(values, np.ndarray) else values.type
                for name, values in named.items()
            },
            counter_name=lambda counted: f"n_{counted}",
            field_name=lambda outer, inner: f"{prefix}{outer}.{inner}",
        )
        file[tree].extend(named)
    return path


def write_ascii(path: Path, columns: Columns) -> Path:
    lines = ["HepMC::Version 3.02.06", "HepMC::Asciiv3-START_EVENT_LISTING"]
    for e, number in enumerate(columns["event_number"]):
        each = columns["particles"][e].to_list()
        lines += [f"E {number} 0 {len(each)}", f"U {['MEV', 'GEV'][columns['momentum_unit'][e]]} MM"]
        for i, p in enumerate(each, 1):
            numbers = " ".join(repr(p[f"momentum.m_v{k}"]) for k in (1, 2, 3, 4))
            lines.append(f"P {i} 0 {p['pid']} {numbers} 0 {p['status']}")
    path.write_text("\n".join([*lines, "HepMC::Asciiv3-END_EVENT_LISTING", ""]))
    return path


def read(path: Path, reading: Reading | None = None) -> GenBatch:
    with open_source(path, reading or Reading(gen_pt_min=20)) as source:
        (batch,) = source.batches()
    return batch


@pytest.mark.parametrize("unit", [0, 1])
@pytest.mark.parametrize("prefix", ["", "hepmc3_event."])
def test_the_jets_are_those_of_the_ascii(prefix: str, unit: int, tmp_path: Path):
    columns = events(unit=unit)
    path = write(tmp_path / "x.root", columns, prefix)
    assert isinstance(format_of(path), HepMC3Root)
    found, wanted = read(path), read(write_ascii(tmp_path / "x.hepmc", columns))
    assert found.event.tolist() == wanted.event.tolist() == np.repeat([10, 11, 12, 13], 2).tolist()
    np.testing.assert_allclose(found.gen.constituents, wanted.gen.constituents, rtol=3e-7)
    np.testing.assert_allclose(found.gen.jet, wanted.gen.jet, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(found.gen.pid, wanted.gen.pid)
    assert found.weight_names == ("weights[0]", "weights[1]")
    assert found.columns["weight"].tolist() == [[w, 2.0] for w in (-1, -1, 0, 0, 1, 1, 2, 2)]


@pytest.mark.parametrize(
    ("names", "told"),
    [(["nominal", "scale up"], ("nominal", "scale up")), (["nominal"], ("weights[0]", "weights[1]"))],
)
def test_weights_have_the_names_of_the_run(names: list[str], told: tuple[str, ...], tmp_path: Path):
    columns = events()
    momentum = {f"m_v{i}": columns["particles"][f"momentum.m_v{i}"] for i in (1, 2, 3, 4)}
    members = {name: columns["particles"][name] for name in ("pid", "status")}
    columns["particles"] = ak.zip({**members, "momentum": ak.zip(momentum)})
    # An RNTuple, for uproot writes no texts to a TTree.
    with uproot.recreate(tmp_path / "x.root") as file:
        file.mkrntuple("hepmc3_tree", {**columns, "weight_names": ak.Array([names] * 4)})
    assert read(tmp_path / "x.root").weight_names == told


def test_weights_of_changing_number_are_left_out(tmp_path: Path):
    columns = events()
    columns["weights"] = ak.Array([[1.0], [1.0, 2.0], [1.0], [1.0]])
    with pytest.warns(DataWarning, match="has 1 to 2 weights an event"):
        assert read(write(tmp_path / "x.root", columns)).weight_names == ()


def test_an_unknown_unit(tmp_path: Path):
    columns = events()
    columns["momentum_unit"][2] = 7
    with pytest.raises(DataError, match="has the unit of momentum 7 "):
        read(write(tmp_path / "x.root", columns))


@pytest.mark.parametrize("name", ["event_number", "momentum_unit"])
def test_a_missing_branch_is_named(name: str, tmp_path: Path):
    columns = events()
    del columns[name]
    with pytest.raises(DataError, match=f"the tree hepmc3_tree of .* has no branch {name}"):
        read(write(tmp_path / "x.root", columns))


def test_there_is_no_reco(tmp_path: Path):
    path = write(tmp_path / "x.root", events())
    with (
        pytest.raises(DataError, match="is HepMC3 in ROOT, which has no reco"),
        format_of(path).events(path, PairReading()),
    ):
        pass
