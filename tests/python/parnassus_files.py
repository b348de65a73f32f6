"""Small files of Parnassus as it lays them out: a branch a member, `PFlow.PT`, and numbers of events."""

from __future__ import annotations

from pathlib import Path

import awkward as ak
import numpy as np
import uproot

Collections = dict[str, dict[str, list[list[float]]]]
_KINDS = {"PID": np.int32, "ClassID": np.int32, "Status": np.int32}


def events(n: int = 4, seed: int = 1, *, parametric: bool = True) -> Collections:
    """Two back-to-back jets an event, and what no jet holds; masses and status in the parametric mode."""
    random = np.random.default_rng(seed)
    more = ("Mass", "Status") if parametric else ()
    gen: dict[str, list[list[float]]] = {name: [] for name in ("PT", "Eta", "Phi", "PID", *more)}
    reco: dict[str, list[list[float]]] = {name: [] for name in ("PT", "Eta", "Phi", "PID")}
    for _ in range(n):
        phi = random.uniform(-3, 3)
        given, made = [], []
        for axis in (phi, phi + np.pi):
            for _ in range(random.integers(4, 9)):
                pt, eta, at = random.uniform(30, 60), random.normal(0.3, 0.05), axis + random.normal(0, 0.05)
                at = (at + np.pi) % (2 * np.pi) - np.pi
                pid, mass = ((211, 0.1396), (22, 0.0), (130, 0.4976))[random.integers(3)]
                given.append((pt, eta, at, pid, mass, 1))
                made.append((pt * random.normal(1, 0.02), eta, at, pid))
        given.append((500.0, 0.0, 0.0, 12, 0.0, 1))  # a neutrino
        if parametric:
            given.append((500.0, 0.0, 0.0, 23, 91.2, 2))  # and one that decayed
        made += [(0.1, 0.0, 0.0, 211), (50.0, 4.0, 0.0, 211)]  # too soft, too far forward
        for columns, rows in ((gen, given), (reco, made)):
            for name, column in zip(columns, zip(*rows, strict=True), strict=False):
                columns[name].append(list(column))
    return {"Truth": gen, "PFlow": reco}


def write(path: Path, collections: Collections, numbers: list[int] | None = None) -> Path:
    """Write the tree; without ``numbers`` it has none."""
    columns = {
        name: ak.zip(
            {
                leaf: ak.values_astype(ak.Array(values), _KINDS.get(leaf, np.float32))
                for leaf, values in of.items()
            }
        )
        for name, of in collections.items()
    }
    given = {} if numbers is None else {"Event": ak.Array({"EventNumber": np.array(numbers, np.int64)})}
    with uproot.recreate(path) as file:
        types = {name: array.type for name, array in columns.items()}
        if given:
            types["Event"] = given["Event"].type
        file.mktree(
            "Parnassus", types, field_name=lambda outer, inner: f"{outer}.{inner}" if outer else inner
        )
        file["Parnassus"].extend({**columns, **given})
    return path
