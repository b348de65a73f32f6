"""The columns of jets and muons in object tables, called as in NanoAOD where that has them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.io.objects import Column
from pyjetsim.jets.proximity import Directions, ranked

TASK = "variables"
"""Whose columns these are."""

_MOMENTUM = {
    "pt": Column("GeV", "transverse momentum"),
    "eta": Column("", "pseudorapidity"),
    "phi": Column("rad", "azimuth"),
}
_CLOSE = {
    "pt": ("GeV", "transverse momentum"),
    "dr": ("", "distance"),
    "deta": ("", "eta less that of the jet"),
    "dphi": ("rad", "phi less that of the jet"),
}
JETS_GEN: Mapping[str, Column] = MappingProxyType(
    {
        **_MOMENTUM,
        "mass": Column("GeV", "mass"),
        "partonFlavour": Column("", "PDG id of the parton that decides, 0 for none"),
        "hadronFlavour": Column("", "5 with b hadrons, 4 with c hadrons, else 0"),
        **{
            f"muon{i}_{name}": Column(unit, f"{what} of the {nth} gen muon within 0.4, 0 for none")
            for i, nth in ((1, "closest"), (2, "second closest"))
            for name, (unit, what) in _CLOSE.items()
        },
    }
)
JETS_RECO: Mapping[str, Column] = MappingProxyType(
    {
        **_MOMENTUM,
        "mass": Column("GeV", "mass"),
        "area": Column("", "active area in rapidity and phi"),
        "nConstituents": Column("", "number of particle-flow candidates"),
        "chHEF": Column("", "charged hadrons' fraction of the energy"),
        "neHEF": Column("", "neutral hadrons' fraction of the energy"),
        "chEmEF": Column("", "electrons' fraction of the energy"),
        "neEmEF": Column("", "photons' fraction of the energy"),
        "muEF": Column("", "muons' fraction of the energy"),
        "qgl": Column("", "likelihood of a quark against a gluon, 0 to 1"),
        "puId": Column("", "pileup id, bits: 4 loose, 2 medium, 1 tight"),
        "jetId": Column("", "jet id, bits: 2 tight, 4 tight with lepton veto"),
        "btag": Column("", "b-tag, 0 to 1"),
    }
)
MUONS_GEN: Mapping[str, Column] = MappingProxyType(
    {
        **_MOMENTUM,
        "charge": Column("e", "charge"),
        "jet_pt": Column("GeV", "transverse momentum of the closest gen jet within 0.4, 0 for none"),
        "jet_dr": Column("", "its distance, 0 for none"),
        "jet_deta": Column("", "its eta less that of the muon, 0 for none"),
        "jet_dphi": Column("rad", "its phi less that of the muon, 0 for none"),
        "jet_mass": Column("GeV", "its mass, 0 for none"),
        "nPU": Column("", "pileup collisions of the event"),
    }
)
MUONS_RECO: Mapping[str, Column] = MappingProxyType(
    {
        **_MOMENTUM,
        "charge": Column("e", "charge"),
        "dxy": Column("cm", "distance from the hard vertex across the beam, with sign"),
        "dxyErr": Column("cm", "its uncertainty"),
        "dz": Column("cm", "distance from the hard vertex along the beam, with sign"),
        "dzErr": Column("cm", "its uncertainty"),
        "ip3d": Column("cm", "impact parameter in three dimensions"),
        "sip3d": Column("", "its significance"),
        "pfRelIso03_all": Column("", "isolation over pt within 0.3, all candidates, corrected for pileup"),
        "pfRelIso03_chg": Column("", "isolation over pt within 0.3, charged hadrons"),
        "pfRelIso04_all": Column("", "isolation over pt within 0.4, all candidates, corrected for pileup"),
        "jetRelIso": Column("", "pt of the jet with the muon over its own, less 1; else pfRelIso04_all"),
        "ptErr": Column("GeV", "uncertainty of pt"),
        "isGlobal": Column("", "found in tracker and muon chambers together"),
        "isPFcand": Column("", "a particle-flow candidate"),
        "isTracker": Column("", "a track with hits in the muon chambers"),
        "mediumId": Column("", "passes the medium id"),
        "softId": Column("", "passes the soft id"),
    }
)
EVENTS: Mapping[str, Column] = MappingProxyType(
    {
        "weight": Column("", "weight"),
        "pileup": Column("", "pileup collisions"),
        "rho": Column("GeV", "pileup's pt per unit of eta and phi within |eta| < 2.5"),
        "vertex_z": Column("m", "where along the beam the hard collision was"),
        "run": Column("", "run"),
        "luminosity_block": Column("", "luminosity block"),
    }
)
KINDS: Mapping[str, Mapping[str, Mapping[str, Column]]] = MappingProxyType(
    {
        "jets": {"gen": JETS_GEN, "reco": JETS_RECO},
        "muons": {"gen": MUONS_GEN, "reco": MUONS_RECO},
    }
)
WHOLE = (
    *("partonFlavour", "hadronFlavour", "nConstituents", "puId", "jetId", "charge", "nPU"),
    *("isGlobal", "isPFcand", "isTracker", "mediumId", "softId"),
)
"""Columns of whole numbers, int32; the others are float32."""


NEAR = 0.4
"""How far the closest muons of a jet, and the closest jet of a muon, are looked for."""

Values = NDArray[np.floating[Any]]


def muons_of_jets(jets: Directions, muons: Directions, muon_pt: Values) -> dict[str, NDArray[np.float64]]:
    """The columns ``muon1_pt`` to ``muon2_dphi`` of gen jets.

    Parameters
    ----------
    jets, muons : Directions
        Of N gen jets and of M gen muons.
    muon_pt : array (M,)
        GeV.

    Returns
    -------
    dict
        Name to (N,).
    """
    found = {}
    for i, near in enumerate(ranked(jets, muons, NEAR, 2), 1):
        values = {"pt": muon_pt[near.other], "dr": near.dr, "deta": -near.deta, "dphi": -near.dphi}
        for name, of_near in values.items():
            column = found[f"muon{i}_{name}"] = np.zeros(len(jets.event))
            column[near.one] = of_near
    return found


def jet_of_muons(
    muons: Directions, jets: Directions, jet_pt: Values, jet_mass: Values
) -> dict[str, NDArray[np.float64]]:
    """The columns ``jet_pt`` to ``jet_mass`` of gen muons.

    Parameters
    ----------
    muons, jets : Directions
        Of N gen muons and of M gen jets.
    jet_pt, jet_mass : array (M,)
        GeV.

    Returns
    -------
    dict
        Name to (N,).
    """
    (near,) = ranked(muons, jets, NEAR, 1)
    values = {"pt": jet_pt[near.other], "dr": near.dr, "deta": -near.deta, "dphi": -near.dphi}
    values["mass"] = jet_mass[near.other]
    found = {f"jet_{name}": np.zeros(len(muons.event)) for name in values}
    for name, of_near in values.items():
        found[f"jet_{name}"][near.one] = of_near
    return found


def told_columns() -> dict[str, Column]:
    """All of them by their path in the file, for :class:`~pyjetsim.io.objects.ObjectsWriter`."""
    found = {f"events/{name}": column for name, column in EVENTS.items()}
    for kind, sides in KINDS.items():
        for side, columns in sides.items():
            found.update({f"{kind}/{side}/{name}": column for name, column in columns.items()})
    return found
