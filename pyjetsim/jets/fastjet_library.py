"""The compiled clustering, and the FastJet library that it needs."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

from pyjetsim.errors import ExtensionError


def load_clustering() -> ModuleType:
    """Import ``pyjetsim._clustering``.

    Raises
    ------
    ExtensionError
        Where it or FastJet is missing, or FastJet is of another version than it was built for.
    """
    try:
        _load_library()
        return importlib.import_module("pyjetsim._clustering")
    except (ImportError, OSError) as error:
        raise ExtensionError(
            f"pyjetsim._clustering does not load: {error}",
            "jets are clustered by it and by FastJet",
            "run 'pip install \"fastjet>=3.4.3\"', or install pyjetsim again",
        ) from error


def _load_library() -> None:
    # From where Python would import `fastjet`, so that there are never two of its library. Its Python side,
    # which loads awkward, is not needed.
    spec = importlib.util.find_spec("fastjet")
    for folder in spec.submodule_search_locations or () if spec else ():
        for library in sorted(Path(folder).glob("lib*/libfastjet.so")):
            ctypes.CDLL(str(library))
            return
