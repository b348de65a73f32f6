"""Where the libraries of the backends are."""

from __future__ import annotations

import ctypes
import operator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pyjetsim.errors import InputError


def whole_number(name: str, value: Any, least: int) -> int:
    """Check that ``value`` is an integer of at least ``least``.

    Raises
    ------
    InputError
        Where it is not.
    """
    try:
        number = operator.index(value)
    except TypeError as error:
        raise InputError(f"{name} is {value!r}", "it is counted", "give a whole number") from error
    if number < least:
        raise InputError(f"{name} is {number}", "somebody must do the work", f"give at least {least}")
    return number


def onnxruntime_folder() -> str:
    """The folder of the package onnxruntime's library; "" where there is none. It is not imported."""
    package = _package("onnxruntime")
    return "" if package is None else str(Path(package) / "capi")


def prepare_backend(backend: str, library: str | Path | None) -> None:
    """Load the libtorch of Python's torch for the backend "torchscript".

    Notes
    -----
    So it is found although it is not installed beside pyjetsim. What is wrong with it is reported where it is
    used.
    """
    package = _package("torch") if backend == "torchscript" and library is None else None
    if package is not None:
        # What is wrong with it is told when it is needed.
        with suppress(OSError):
            ctypes.CDLL(str(Path(package) / "lib" / "libtorch_cpu.so"))


def _package(name: str) -> str | None:
    """Where a package lies, wherever Python finds it; it is not imported."""
    try:
        found = find_spec(name)
    except (ImportError, ValueError):
        return None
    places = found.submodule_search_locations if found is not None else None
    return places[0] if places else None
