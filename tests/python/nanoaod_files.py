"""Small NanoAOD with candidates, as real ones are laid out: `Jet_pt` and others, links by place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

Events = dict[str, list[Any]]
"""Branches by name; one entry an event, a list of objects or one number."""
SCALE = 1.25
"""What the energy of reco jets is corrected by."""
_WHOLE = {
    **dict.fromkeys(("pdgId", "jetIdx", "partonFlavour", "status", "charge", "puId"), np.int32),
    **dict.fromkeys(("hadronFlavour", "nConstituents"), np.uint8),
    "mediumId": np.bool_,
}
_SINGLE = {
    "run": np.uint32,
    "luminosityBlock": np.uint32,
    "event": np.uint64,
    "PV_npvs": np.int32,
    "genWeight": np.float32,
    "Pileup_nPU": np.int32,
}
STYLES: Mapping[str, tuple[str, str, str, str, str, str]] = {
    "PFNano": ("PFCands", "PFCands", "pFCandsIdx", "GenCands", "Cands", "pFCandsIdx"),
    "BTVNano": ("PFCands", "PFCands", "pFCandsIdx", "GenCands", "Cands", "genCandsIdx"),
    "NanoAOD 15": ("PFCand", "PFCand", "pfCandIdx", "GenPartCand", "GenPartCand", "genPartCandIdx"),
}
"""Candidates, end of their links and place; the same of gen."""


def events(n: int = 5, seed: int = 1, style: str = "PFNano", *, outside: bool = True) -> Events:
    """Two back-to-back jets and a soft one an event; the two are AK8 jets too.

    Links stand in any order, as do candidates. AK4 jets are of plain candidates, AK8 jets of weighted ones.
    The soft gen jet has no links. ``outside``: with candidates in no jet.
    """
    random = np.random.default_rng(seed)
    reco, reco_link, reco_place, gen, gen_link, gen_place = STYLES[style]
    gen_fat = "GenJetAK8" if style == "NanoAOD 15" else "GenFatJet"
    rows: Events = {}

    def add(name: str, values: Any) -> None:
        rows.setdefault(name, []).append(values if np.isscalar(values) else list(values))

    for event in range(n):
        phi = random.uniform(-np.pi, np.pi)
        jets = [
            [
                (
                    random.uniform(5, 30),
                    random.normal(0.4 * k, 0.05),
                    phi + k * np.pi + random.normal(0, 0.05),
                    *_SPECIES[random.integers(len(_SPECIES))],
                )
                for _ in range(random.integers(5, 12))
            ]
            for k in (0, 1)
        ]
        neutrino, pileup = (50.0, 0.0, phi, 0.0, 12), (3.0, -2.0, phi + 1.5, 0.1396, 211)
        members = [range(len(jets[0])), range(len(jets[0]), len(jets[0]) + len(jets[1]))]
        for name, prefix, place, side in ((gen, "Gen", gen_place, "gen"), (reco, "", reco_place, "reco")):
            particles = [*jets[0], *jets[1], *([pileup] if outside else [])]
            particles += [neutrino] if outside and side == "gen" else []
            order = random.permutation(len(particles))
            where = {int(old): new for new, old in enumerate(order)}
            weight = np.where(
                random.random(len(particles)) < 0.2, 0.0, random.uniform(0.5, 1, len(particles))
            )
            smear = random.normal(1, 0.02, len(particles)) if side == "reco" else np.ones(len(particles))
            table = np.array(particles)
            table[:, 0] *= smear
            weighted = side == "reco" and style == "NanoAOD 15"
            if weighted:
                table[:, [0, 3]] *= weight[:, None]
            for leaf, column in zip(("pt", "eta", "phi", "mass", "pdgId"), table[order].T, strict=True):
                add(f"{name}_{leaf}", column)
            if side == "reco" and not weighted:
                add(f"{name}_puppiWeight", weight[order])
            links = [(k, where[i]) for k in (0, 1) for i in members[k]]
            for jet, linked, scale in (
                (f"{prefix}Jet", f"{prefix}Jet", np.ones(len(particles))),
                (
                    "GenJetAK8" if side == "gen" else "FatJet",
                    gen_fat if side == "gen" else "FatJet",
                    weight if side == "reco" and not weighted else np.ones(len(particles)),
                ),
            ):
                sums = [
                    abs(sum(scale[i] * table[i][0] * np.exp(1j * table[i][2]) for i in members[k]))
                    for k in (0, 1)
                ]
                soft = jet == "GenJet"
                factor = SCALE if side == "reco" else 1
                add(f"{jet}_pt", [*(factor * each for each in sums), *([11.0] if soft else [])])
                if side == "reco":
                    add(f"{jet}_rawFactor", [1 - 1 / SCALE] * 2)
                else:
                    add(f"{jet}_partonFlavour", [21, -5, *([0] if soft else [])])
                    add(f"{jet}_hadronFlavour", [0, 5, *([0] if soft else [])])
                shuffled = random.permutation(len(links))
                table_of_links = f"{linked}{gen_link if side == 'gen' else reco_link}"
                add(f"{table_of_links}_jetIdx", [links[i][0] for i in shuffled])
                add(f"{table_of_links}_{place}", [links[i][1] for i in shuffled])
        for name, value in (
            ("run", 1),
            ("luminosityBlock", 10 + event),
            ("event", 3_000_000_000 + event),
            ("PV_npvs", 20 + event),
            ("genWeight", -1.5 + event),
        ):
            add(name, value)
        add("LHEScaleWeight", [0.5 + event, 1.0, 2.0])
    return rows


_SPECIES = ((0.1396, 211), (0.1396, -211), (0.0, 22), (0.4976, 130))


def arrays(rows: Mapping[str, list[Any]]) -> dict[str, ak.Array]:
    """Branches with the types that real files have."""
    out = {}
    for name, values in rows.items():
        leaf = name.rpartition("_")[2]
        kind = _SINGLE.get(name) or _WHOLE.get(leaf) or (np.int32 if leaf.endswith("Idx") else np.float32)
        column = [[*v] if isinstance(v, list) else v for v in values]
        flat = all(not isinstance(v, list) for v in column)
        out[name] = (
            ak.Array(np.array(column).astype(kind)) if flat else ak.values_astype(ak.Array(column), kind)
        )
    return out


def write_tree(path: Path, rows: Mapping[str, list[Any]], tree: str = "Events", cycles: int = 1) -> Path:
    """As a TTree; ``cycles``: several of its name, of which the older ones have the first event only."""
    branches = arrays(rows)
    tables: dict[str, Any] = {}
    for name, column in branches.items():
        table, _, leaf = name.rpartition("_")
        if column.ndim == 1 or not table:
            tables[name] = column
        else:
            tables.setdefault(table, {})[leaf] = column
    columns = {
        name: ak.zip(table, depth_limit=2) if isinstance(table, dict) else table
        for name, table in tables.items()
    }
    with uproot.recreate(path) as file:
        for cycle in range(cycles):
            file.mktree(tree, {name: column.type for name, column in columns.items()})
            last = cycle == cycles - 1
            file[tree].extend({name: column if last else column[:1] for name, column in columns.items()})
    return path


def write_rntuple(path: Path, rows: Mapping[str, list[Any]], name: str = "Events") -> Path:
    """As an RNTuple of two clusters."""
    columns = arrays(rows)
    n = len(next(iter(columns.values())))
    with uproot.recreate(path) as file:
        file.mkrntuple(name, {field: column[: n // 2] for field, column in columns.items()})
        file[name].extend({field: column[n // 2 :] for field, column in columns.items()})
    return path


WRITERS: Mapping[str, Callable[..., Path]] = {"TTree": write_tree, "RNTuple": write_rntuple}
