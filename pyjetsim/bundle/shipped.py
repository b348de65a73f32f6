"""The bundles that come with pyjetsim, in the folder ``pyjetsim/bundles``. C++ finds them by their names."""

from __future__ import annotations

BEST = "cells"
"""The one that simulates where none is named."""
SHIPPED = (BEST, "paper", "cells-1")
"""Their names. A model that a newer one took the name of keeps it with its number."""
