"""The vocabulary: jets, pairs of gen and reco jets, and what is calculated of them."""

from pyjetsim.jets.jets import VERTEX_Z, Index, Jets, Pairs, gen_reco_delta_r
from pyjetsim.jets.kinematics import (
    ETA,
    MASS,
    PHI,
    PT,
    Float,
    Int,
    R,
    as_constituents,
    as_pid,
    check_shape,
    delta_phi,
    jet_kinematics,
    momenta,
    pseudorapidity,
    transverse_momentum,
)

__all__ = [
    "ETA",
    "MASS",
    "PHI",
    "PT",
    "VERTEX_Z",
    "Float",
    "Index",
    "Int",
    "Jets",
    "Pairs",
    "R",
    "as_constituents",
    "as_pid",
    "check_shape",
    "delta_phi",
    "gen_reco_delta_r",
    "jet_kinematics",
    "momenta",
    "pseudorapidity",
    "transverse_momentum",
]
