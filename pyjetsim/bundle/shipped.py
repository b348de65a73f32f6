"""The bundles that come with pyjetsim."""

from __future__ import annotations

import os
from pathlib import Path

BEST = "cells"
"""The one that simulates where none is named."""
SHIPPED = (BEST, "paper")
"""Names of folders in ``pyjetsim/bundles``."""
_HOME = Path(__file__).parents[1] / "bundles"


def bundle_folder(bundle: str | Path | None) -> Path:
    """The folder of ``bundle``: itself, or where no such path is there, the shipped one. None: the best."""
    name = BEST if bundle is None else os.fspath(bundle)
    # C++ finds them by the same rule.
    named = os.sep not in name and not Path(name).exists() and (_HOME / name / "manifest.json").is_file()
    return _HOME / name if named else Path(name)
