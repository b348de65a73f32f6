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
