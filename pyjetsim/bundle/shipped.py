"""The bundles that come with pyjetsim, in the folder ``pyjetsim/bundles``. C++ finds them by their names."""

from __future__ import annotations

BEST = "cells"
"""The one that simulates where none is named."""
SHIPPED = {
    BEST: "constituents",
    "paper": "constituents",
    "cells-1": "constituents",
    "flashsim_jets": "variables",
    "flashsim_muons": "variables",
    "flashsim_fakes": "variables",
}
"""Their tasks by name. A model that a newer one took the name of keeps it with its number."""
OF_JETS = tuple(name for name, task in SHIPPED.items() if task == "constituents")
"""Names of those that take constituents of jets."""
