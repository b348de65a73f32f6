"""Tables of objects made by formulas: jets and muons whose detector is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pyjetsim.io.objects import Column, EventObjects, Kind, ObjectsWriter, Side

CONDITIONS = [
    {"name": "pt", "transform": "log"},
    {"name": "eta"},
    {"name": "phi"},
    {"name": "flavour", "values": [1, 5, 21]},
]
TARGETS = [
    {
        "name": "ptRatio",
        "column": "pt",
        "relative": "ratio",
        "range": [0.0, 3.0],
        "transform": "arctan",
        "scale": 5.0,
        "centre": 1.0,
    },
    {"name": "etaMinusGen", "column": "eta", "relative": "difference"},
    {"name": "phiMinusGen", "column": "phi", "relative": "angle", "range": [-0.5, 0.5]},
    {"name": "nConstituents", "integer": True, "range": [1.0, 100.0], "transform": "log"},
    {"name": "muEF", "range": [0.01, 0.99], "below": 0.0, "above": 1.0, "transform": "logit"},
    {"name": "puId", "values": [0, 4, 6, 7]},
]
COLUMNS = {
    "jets/gen/pt": Column("GeV", "transverse momentum"),
    "jets/reco/pt": Column("GeV", "transverse momentum"),
}


def reco_of(gen: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """What the detector makes of gen jets, all of which it finds."""
    n = len(gen["pt"])
    b = gen["flavour"] == 5
    response = rng.normal(np.where(b, 0.9, 1.0), 1.5 / np.sqrt(gen["pt"]) + 0.05)
    muon = np.where(rng.random(n) < np.where(b, 0.4, 0.05), np.clip(rng.beta(2, 5, n), 0.02, 0.98), 0.0)
    flag = np.searchsorted([0.1, 0.15, 0.25], rng.random(n))
    return {
        "pt": (gen["pt"] * np.clip(response, 0.2, 2.5)).astype(np.float32),
        "eta": (gen["eta"] + rng.normal(0, 0.02, n)).astype(np.float32),
        "phi": ((gen["phi"] + rng.normal(0, 0.02, n) + np.pi) % (2 * np.pi) - np.pi).astype(np.float32),
        "nConstituents": np.clip(rng.poisson(5 * np.log(gen["pt"])), 1, 100).astype(np.int32),
        "muEF": muon.astype(np.float32),
        "puId": np.array([0, 4, 6, 7], np.int32)[flag],
    }


def table(n_events: int, seed: int) -> EventObjects:
    """Events with up to three gen jets, of which hard ones are found more often, and with muons."""
    rng = np.random.default_rng(seed)
    count = rng.integers(0, 4, n_events).astype(np.int32)
    n = int(count.sum())
    gen = {
        "pt": (20 + rng.exponential(40, n)).astype(np.float32),
        "eta": rng.uniform(-3, 3, n).astype(np.float32),
        "phi": rng.uniform(-np.pi, np.pi, n).astype(np.float32),
        "flavour": rng.choice([1, 5, 21], n).astype(np.int32),
    }
    found = rng.random(n) < 1 - np.exp(-gen["pt"] / 20)
    rows = np.flatnonzero(found)
    match = np.full(n, -1, np.int32)
    match[rows] = np.arange(len(rows))
    place = np.repeat(np.arange(n_events), count)
    reco = reco_of({name: values[rows] for name, values in gen.items()}, rng)
    jets = Kind(
        Side(gen, count, match),
        Side(reco, np.bincount(place[rows], minlength=n_events).astype(np.int32), rows.astype(np.int32)),
    )
    ones = np.ones(n_events, np.int32)
    muon = {"pt": rng.uniform(5, 50, n_events).astype(np.float32)}
    same = np.arange(n_events, dtype=np.int32)
    muons = Kind(Side(muon, ones, same), Side(muon, ones, same))
    event = np.arange(n_events, dtype=np.int64) + 1000 * seed
    return EventObjects(
        event, {"jets": jets, "muons": muons}, {"pileup": rng.poisson(30, n_events).astype(np.int32)}
    )


def write_table(path: Path, objects: EventObjects, provenance: dict[str, Any] | None = None) -> Path:
    """As `pyjetsim generate` would."""
    with ObjectsWriter(path, "variables", provenance or {}, COLUMNS) as writer:
        writer.append(objects)
    return path


def recipe(**changes: Any) -> dict[str, Any]:
    """A small training of jets; ``changes`` to the section ``model``."""
    return {
        "model": {
            "name": "variables_flow",
            "kind": "jets",
            "conditions": CONDITIONS,
            "targets": TARGETS,
            "flow": {"layers": 4, "width": 24, "bins": 8},
            "efficiency_width": 16,
            **changes,
        },
        "data": {"selection": "all"},
        "optimiser": {"learning_rate": 5e-3, "schedule": "cosine", "batch_size": 128},
        "training": {"epochs": 10, "seed": 1},
        "select": {"every": 5},
    }
