"""Small EDM4hep files as podio lays them out: an array a member, `MCParticles.momentum.x`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

Collections = dict[str, dict[str, list[list[float]]]]
"""Branches by collection and member; events × objects."""
_WHOLE = {
    "PDG": np.int32,
    "type": np.int32,
    "generatorStatus": np.int32,
    "simulatorStatus": np.int32,
    "eventNumber": np.uint64,
    "runNumber": np.uint32,
    "weight": np.float64,
}
OVERLAY = 1 << 23


def events(n: int = 4, seed: int = 1) -> Collections:
    """Two back-to-back jets an event, what made them, and what no gen jet holds."""
    random = np.random.default_rng(seed)
    gen: dict[str, list[list[float]]] = {
        member: []
        for member in (
            *("momentum.x", "momentum.y", "momentum.z", "mass", "PDG", "generatorStatus", "simulatorStatus"),
        )
    }
    reco: dict[str, list[list[float]]] = {
        member: []
        for member in ("momentum.x", "momentum.y", "momentum.z", "energy", "mass", "PDG", "goodnessOfPID")
    }
    for _ in range(n):
        phi = random.uniform(-3, 3)
        particles, candidates = [], []
        for axis in (phi, phi + np.pi):
            for _ in range(random.integers(3, 9)):
                pt, eta, at = random.uniform(30, 60), random.normal(0.3, 0.05), axis + random.normal(0, 0.05)
                pid, mass = ((211, 0.1396), (22, 0.0), (2112, 0.9396))[random.integers(3)]
                momentum = (pt * np.cos(at), pt * np.sin(at), pt * np.sinh(eta))
                particles.append((*momentum, mass, pid, 1, 0))
                seen = random.normal(1, 0.02)
                candidates.append((*(seen * p for p in momentum), seen * pt * np.cosh(eta), mass, pid, 1.0))
        # A decayed particle, one that the simulation made, a neutrino, one of overlay.
        for pid, status, bits in ((23, 2, 0), (11, 0, 1 << 30), (12, 1, 0), (211, 1, OVERLAY)):
            particles.append((500.0, 0.0, 0.0, 0.0, pid, status, bits))
        for columns, rows in ((gen, particles), (reco, candidates)):
            for member, column in zip(columns, zip(*rows, strict=True), strict=True):
                columns[member].append(list(column))
    return {
        "EventHeader": {
            "eventNumber": [[7 + 3 * i] for i in range(n)],
            "runNumber": [[5]] * n,
            "weight": [[0.5 - i] for i in range(n)],
        },
        "MCParticles": gen,
        "ReconstructedParticles": reco,
    }


def _columns(collections: Mapping[str, Any]) -> dict[str, dict[str, ak.Array]]:
    return {
        name: {
            member: ak.unflatten(
                np.array([value for row in values for value in row]).astype(
                    _WHOLE.get(member, np.float64 if name == "MCParticles" else np.float32)
                ),
                [len(row) for row in values],
            )
            for member, values in members.items()
        }
        for name, members in collections.items()
    }


def write_tree(path: Path, collections: Mapping[str, Any]) -> Path:
    """As a TTree."""
    tables = {name: ak.zip(members) for name, members in _columns(collections).items()}
    with uproot.recreate(path) as file:
        file.mktree(
            "events",
            {name: table.type for name, table in tables.items()},
            field_name=lambda outer, inner: f"{outer}.{inner}",
        )
        file["events"].extend(tables)
        file.mktree("podio_metadata", {"x": "int32"})
    return path


def write_rntuple(path: Path, collections: Mapping[str, Any]) -> Path:
    """As an RNTuple: members of members are fields in fields."""
    tables = {}
    for name, members in _columns(collections).items():
        nested: dict[str, Any] = {}
        for member, values in members.items():
            outer, _, inner = member.partition(".")
            if inner:
                nested.setdefault(outer, {})[inner] = values
            else:
                nested[outer] = values
        tables[name] = ak.zip(
            {m: ak.zip(values) if isinstance(values, dict) else values for m, values in nested.items()},
            depth_limit=2,
        )
    with uproot.recreate(path) as file:
        file.mkrntuple("events", tables)
    return path


WRITERS: Mapping[str, Callable[..., Path]] = {"TTree": write_tree, "RNTuple": write_rntuple}
