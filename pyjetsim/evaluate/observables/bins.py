"""The bins of the gen jet, in which responses and masses are compared."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EDGES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "pt": (100, 150, 200, 250, 300, 400, 500, 700, 1000, 2000),
        "abs_eta": (0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0),
        "mass": (10, 20, 30, 40, 60, 75, 85, 100, 130, 200, 400),
    }
)
"""Of the gen jet, for responses; GeV for pt and mass."""
GEN_MASS_EDGES = (0.0, *EDGES["mass"])
"""GeV, for the reco mass itself, which means something for light jets, too."""
FEW = 500
"""A bin with fewer pairs is shown, flagged, and not counted."""
