"""Small Delphes trees as real ones are laid out: `Particle.Px` and others, jagged, and `Particle_size`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

Collections = dict[str, dict[str, list[list[float]]]]
"""Branches by collection and leaf; events × objects."""
_WHOLE = {"PID", "Status", "IsPU", "fUniqueID", "Number"}
FLOW = {"EFlowTrack": "PT", "EFlowPhoton": "ET", "EFlowNeutralHadron": "ET"}


def events(n: int = 3, seed: int = 1) -> Collections:
    """Two back-to-back jets an event: what a detector without flaws makes of them, and what it cannot see."""
    random = np.random.default_rng(seed)
    gen: dict[str, list[list[float]]] = {
        leaf: [] for leaf in ("Px", "Py", "Pz", "Mass", "PID", "Status", "IsPU", "fUniqueID")
    }
    flow: dict[str, dict[str, list[list[float]]]] = {
        name: {leaf: [] for leaf in (pt, "Eta", "Phi", "PID", "fUniqueID")} for name, pt in FLOW.items()
    }
    for _ in range(n):
        phi = random.uniform(-3, 3)
        rows, held = [], {name: [] for name in FLOW}
        for axis in (phi, phi + np.pi):
            for i, (name, pid, mass) in enumerate(
                (("EFlowTrack", 211, 0.1396), ("EFlowPhoton", 22, 0.0), ("EFlowNeutralHadron", 130, 0.4976))
                * 2
            ):
                pt = random.uniform(30, 60)
                eta, at = random.normal(0.3, 0.05), axis + random.normal(0, 0.05)
                # The upper bits are another process's: references are compared without them.
                unique = len(rows) + 1 + (3 << 24)
                rows.append((pt * np.cos(at), pt * np.sin(at), pt * np.sinh(eta), mass, pid, 1, 0, unique))
                at = (at + np.pi) % (2 * np.pi) - np.pi
                held[name].append((pt, eta, at, pid, 1000 + len(rows) + i % 2 * (1 << 24)))
        # A neutrino, a particle that decayed, one of pileup, a photon along the beam.
        for pid, status, pileup in ((12, 1, 0), (23, 2, 0), (211, 1, 1)):
            rows.append((500.0, 0.0, 0.0, 0.0, pid, status, pileup, len(rows) + 1))
        rows.append((0.0, 0.0, 45.0, 0.0, 22, 1, 0, len(rows) + 1))
        for leaf, column in zip(gen, zip(*rows, strict=True), strict=True):
            gen[leaf].append(list(column))
        for name, candidates in held.items():
            # One too soft, one too far forward.
            candidates += [(0.1, 0.0, 0.0, 211, 5000), (50.0, 4.0, 0.0, 211, 5001)]
            for leaf, column in zip(flow[name], zip(*candidates, strict=True), strict=True):
                flow[name][leaf].append(list(column))
    return {
        "Event": {"Number": [[float(i)] for i in range(n)]},
        "Particle": gen,
        **flow,
        "Vertex": {"Z": [[0.0] * (i + 2) for i in range(n)]},
    }


def write(path: Path, collections: Mapping[str, Any], tree: str = "Delphes", cycles: int = 1) -> Path:
    """Write a tree; ``cycles``: several of its name, of which the older ones have the first event only."""
    columns = {}
    for name, leaves in collections.items():
        arrays = {}
        for leaf, values in leaves.items():
            kind = np.int64 if leaf == "Number" else np.int32 if leaf in _WHOLE else np.float32
            kind = np.uint32 if leaf == "fUniqueID" else kind
            arrays[leaf] = ak.values_astype(ak.Array([[*v] for v in values]), kind)
        columns[name] = ak.zip(arrays)
    with uproot.recreate(path) as file:
        for cycle in range(cycles):
            file.mktree(
                tree,
                {name: array.type for name, array in columns.items()},
                counter_name=lambda counted: f"{counted}_size",
                field_name=lambda outer, inner: f"{outer}.{inner}",
            )
            last = cycle == cycles - 1
            file[tree].extend({name: array if last else array[:1] for name, array in columns.items()})
    return path
