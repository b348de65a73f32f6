"""What stands where in a jets.h5: format ``pyjetsim.jets``, version 1 (``docs/formats.md``)."""

from __future__ import annotations

import numpy as np

FORMAT = "pyjetsim.jets"
VERSION = 1
CHUNK = 1024

JETS = {
    "constituents": (np.float32, (-1, 3)),
    "pid": (np.int32, (-1,)),
    "n_constituents": (np.int32, ()),
    "jet": (np.float32, (4,)),
}
PAIRS = {"event": np.int64, "delta_r": np.float32, "n_vertices": np.int32}

OPTIONAL = {
    "run": np.int64,
    "luminosity_block": np.int64,
    "weight": np.float64,
    "gen/parton_flavour": np.int32,
    "gen/hadron_flavour": np.int32,
    "gen/own_pt": np.float32,
    "reco/own_pt": np.float32,
    "copy": np.int32,
}
"""Columns that a file may have, one number a pair but for the weights (N, W). Others are carried through."""
EVENT_COLUMNS = ("run", "luminosity_block")
"""Which of them name an event, together with ``event``."""
COPY = "copy"
"""Which of several simulations of one gen jet a pair has."""
WEIGHT_NAMES = "weight_names"
"""Attribute of ``weight``: (W,) texts."""


def required() -> list[str]:
    """The paths of all datasets that a jets.h5 has."""
    return [*(f"{group}/{name}" for group in ("gen", "reco") for name in JETS), *PAIRS]
