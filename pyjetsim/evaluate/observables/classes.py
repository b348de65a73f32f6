"""The classes of constituents, by PDG id: charged, photon, neutral."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pyjetsim.jets import Jets

Class = Literal["all", "charged", "photon", "neutral"]
CLASSES: tuple[Class, ...] = ("charged", "photon", "neutral")
PHOTON = 22
NEUTRAL = (130, 310, 2112, 3122, 3322)
"""Long-lived neutral hadrons: K0L (a reco jet's name for all of them), K0S, n, Lambda, Xi0."""


def members(jets: Jets, of: Class) -> NDArray[np.bool_]:
    """(N, P) true for constituents of a class. A constituent with pid 0 is in no class but ``all``."""
    present = jets.present
    neutral = np.isin(np.abs(jets.pid), NEUTRAL)
    known: dict[Class, NDArray[np.bool_]] = {
        "all": present,
        "charged": present & (jets.pid != 0) & (jets.pid != PHOTON) & ~neutral,
        "photon": present & (jets.pid == PHOTON),
        "neutral": present & neutral,
    }
    return known[of]
