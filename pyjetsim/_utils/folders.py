"""Where the C++ library that comes with the package is: for CMake, pkg-config and compilers."""

from __future__ import annotations

from pathlib import Path

from pyjetsim import _core
from pyjetsim.errors import ExtensionError

FOLDERS = {
    "cmake": "lib/cmake/pyjetsim",
    "include": "include",
    "library": "lib",
    "pkgconfig": "lib/pkgconfig",
}
"""By kind, inside the package."""


def folder(kind: str) -> Path:
    """The folder of that kind, of :data:`FOLDERS`.

    Raises
    ------
    ExtensionError
        Where it is not there.
    """
    # Not beside this file, which is among the sources where the package is installed editable.
    found = Path(_core.__file__).parent / FOLDERS[kind]
    if not found.is_dir():
        raise ExtensionError(
            f"{found} is missing", "C++ programs are built with what it holds", "install pyjetsim again"
        )
    return found
