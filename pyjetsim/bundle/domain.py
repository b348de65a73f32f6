"""How far gen jets lie outside the phase space that a model was trained on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyjetsim.bundle.manifest import Domain
from pyjetsim.jets import Jets

_LEAST = {"pt": 1e-3, "n_constituents": 0.5}
"""What is compared on a logarithmic scale, and below which a logarithm says nothing."""
_LEAST_WIDTH = 1e-6


def domain_distance(domain: Domain, gen: Jets) -> NDArray[np.float32]:
    """(N,): 0 inside the domain, 1 as far outside as its range is wide.

    The largest of the distances of pt in GeV (on a logarithmic scale), eta and the number of constituents
    (logarithmic) from the range trained on, each in widths of that range. Never infinite.
    """
    distance = np.zeros(len(gen))
    for name, limits in domain:
        # Limits in single precision, like the numbers they were taken from.
        low, high, values = (
            _scaled(name, np.asarray(x, np.float32)) for x in (limits[0], limits[1], getattr(gen, name))
        )
        beyond = np.maximum(np.maximum(low - values, values - high), 0) / max(high - low, _LEAST_WIDTH)
        distance = np.maximum(distance, beyond)
    return distance.astype(np.float32)


def _scaled(name: str, values: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = values.astype(np.float64)
    return np.log(np.maximum(wide, _LEAST[name])) if name in _LEAST else wide
