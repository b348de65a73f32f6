"""Check for the compiled part: a checkout's folder has none, and hides the installed package."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

__all__ = ["__version__"]

if find_spec("pyjetsim._core") is None:
    folder = Path(__file__).parent
    raise ImportError(
        f"{folder} holds the sources of pyjetsim and not its compiled part (Python looks in the current "
        "folder before the installed packages): run it from another folder, or as `python -P ...`; "
        "to install it, `pip install .`",
        name="pyjetsim._core",
    )

from pyjetsim._core import __version__
