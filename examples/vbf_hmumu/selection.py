"""The selection of CMS's search for H to muons from vector-boson fusion, on object tables.

JHEP 01 (2021) 148, arXiv:2009.04363, as FlashSim uses it (arXiv:2402.13684).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from pyjetsim.io.objects import EventObjects, open_objects

MUON_PT_MIN, MUON_ETA_MAX, ISOLATION_MAX = 20.0, 2.4, 0.25
JET_PT_MIN, JET_ETA_MAX = (35.0, 25.0), 4.7
MASS_JJ_MIN, DELTA_ETA_MIN, OVERLAP = 400.0, 2.5, 0.4
SIGNAL_REGION, WITH_SIDEBANDS = (115.0, 135.0), (110.0, 150.0)
"""Of the mass of the two muons, GeV."""

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Selected:
    """Events with two muons and two jets that pass."""

    event: NDArray[np.int64]
    share: Float
    """1/K of each of the K simulations of an event."""
    weight: Float
    """With the share."""
    mass: Float
    """Of the two muons, GeV."""
    dimuon_pt: Float
    """GeV."""
    mass_jj: Float
    """Of the two jets, GeV."""
    delta_eta: Float
    """Of the two jets."""
    balance: Float
    """R(pt) = |sum of the four pt vectors| / (pt of the muons together + pt of each jet)."""
    zeppenfeld: Float
    """(y of the muons - mean y of the jets) / |difference of the jets' y|."""

    def __getitem__(self, rows: NDArray[np.bool_]) -> Selected:
        return Selected(*(getattr(self, field.name)[rows] for field in fields(self)))

    def within(self, region: tuple[float, float]) -> Selected:
        """Those with a mass of the muons in a region."""
        return self[(self.mass > region[0]) & (self.mass < region[1])]


@dataclass(frozen=True)
class Vector:
    """Four-momenta (E,), GeV."""

    px: Float
    py: Float
    pz: Float
    energy: Float

    @staticmethod
    def of(objects: ak.Array, mass: ak.Array | float) -> Vector:
        """Of one object an event, without a mass of its own or with it."""
        pt, eta, phi, mass = (
            ak.to_numpy(values).astype(np.float64)
            for values in ak.broadcast_arrays(objects.pt, objects.eta, objects.phi, mass)
        )
        pz = pt * np.sinh(eta)
        return Vector(pt * np.cos(phi), pt * np.sin(phi), pz, np.sqrt(pt**2 + pz**2 + mass**2))

    def __add__(self, other: Vector) -> Vector:
        return Vector(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    @property
    def pt(self) -> Float:
        """GeV."""
        return np.hypot(self.px, self.py)

    @property
    def mass(self) -> Float:
        """GeV."""
        return np.sqrt(np.maximum(self.energy**2 - self.px**2 - self.py**2 - self.pz**2, 0))

    @property
    def rapidity(self) -> Float:
        """(E,)."""
        return np.arctanh(self.pz / self.energy)


def _awkward(objects: EventObjects, kind: str, side: str, names: tuple[str, ...]) -> ak.Array:
    of = getattr(objects.kinds[kind], side)
    table = ak.unflatten(ak.zip({name: of[name] for name in names}), of.count)
    return table[ak.argsort(table.pt, axis=1, ascending=False)]


def _distance(jets: ak.Array, muon: ak.Array) -> ak.Array:
    dphi = (jets.phi - muon.phi + np.pi) % (2 * np.pi) - np.pi
    return np.hypot(jets.eta - muon.eta, dphi)


def select(objects: EventObjects, side: str) -> Selected:
    """The events of a batch that pass, by their gen or their reco objects.

    Parameters
    ----------
    objects : EventObjects
        Jets and muons of some events.
    side : {"gen", "reco"}
        Gen muons have no isolation and no id, and all pass.

    Returns
    -------
    Selected
        With any mass of the muons.
    """
    ids = ("pfRelIso04_all", "mediumId") if side == "reco" else ()
    muons = _awkward(objects, "muons", side, ("pt", "eta", "phi", "charge", *ids))
    good = (muons.pt > MUON_PT_MIN) & (abs(muons.eta) < MUON_ETA_MAX)
    if side == "reco":
        good = good & (muons.pfRelIso04_all < ISOLATION_MAX) & (muons.mediumId > 0)
    muons = muons[good]
    jets = _awkward(objects, "jets", side, ("pt", "eta", "phi", "mass"))
    rows = np.arange(len(objects))

    # The hardest muon of each charge.
    pair = [muons[muons.charge > 0], muons[muons.charge < 0]]
    keep = ak.to_numpy((ak.num(pair[0]) > 0) & (ak.num(pair[1]) > 0))
    plus, minus = (each[keep][:, 0] for each in pair)
    jets, rows = jets[keep], rows[keep]
    jets = jets[(jets.pt > JET_PT_MIN[1]) & (abs(jets.eta) < JET_ETA_MAX)]
    jets = jets[(_distance(jets, plus) > OVERLAP) & (_distance(jets, minus) > OVERLAP)]
    keep = ak.to_numpy(ak.num(jets) > 1)
    plus, minus, jets, rows = plus[keep], minus[keep], jets[keep], rows[keep]
    first, second = jets[:, 0], jets[:, 1]

    dimuon = Vector.of(plus, 0.1057) + Vector.of(minus, 0.1057)
    one, other = Vector.of(first, first.mass), Vector.of(second, second.mass)
    everything = dimuon + one + other
    delta_eta = np.abs(ak.to_numpy(first.eta - second.eta).astype(np.float64))
    found = Selected(
        objects.event[rows],
        np.ones(len(rows)),
        objects.columns["weight"][rows] if "weight" in objects.columns else np.ones(len(rows)),
        dimuon.mass,
        dimuon.pt,
        (one + other).mass,
        delta_eta,
        everything.pt / (dimuon.pt + one.pt + other.pt),
        (dimuon.rapidity - 0.5 * (one.rapidity + other.rapidity))
        / np.maximum(np.abs(one.rapidity - other.rapidity), 1e-9),
    )
    hard = ak.to_numpy(first.pt) > JET_PT_MIN[0]
    return found[hard & (found.mass_jj > MASS_JJ_MIN) & (found.delta_eta > DELTA_ETA_MIN)]


def selected(path: Path, side: str) -> tuple[Selected, int]:
    """The events of a file that pass, and how many it has; simulations of one event count as one together."""
    parts, copies = [], 1
    with open_objects(path) as file:
        for objects in file.batches():
            parts.append(select(objects, side))
            if "copy" in objects.columns and len(objects):
                copies = max(copies, int(objects.columns["copy"].max()) + 1)
        n_events = file.n_events // copies
    if not parts:
        parts = [Selected(np.zeros(0, np.int64), *(np.zeros(0) for _ in fields(Selected)[1:]))]
    joined = (np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Selected))
    found = Selected(*joined)
    return replace(found, share=found.share / copies, weight=found.weight / copies), n_events


def efficiency(passed: Selected, n_events: int) -> tuple[float, float]:
    """Share of events that pass and its uncertainty: simulations of one event share theirs."""
    _, which = np.unique(passed.event, return_inverse=True)
    of_event = np.bincount(which, passed.share)
    share = float(of_event.sum()) / max(n_events, 1)
    variance = float((of_event**2).sum()) / max(n_events, 1) - share**2
    return share, float(np.sqrt(max(variance, 0) / max(n_events, 1)))


def resolution(mass: Float) -> float:
    """Half of the central 68 % of the mass of the muons, GeV; NaN for fewer than ten events."""
    if len(mass) < 10:
        return float("nan")
    low, high = np.quantile(mass, [0.16, 0.84])
    return float(high - low) / 2
