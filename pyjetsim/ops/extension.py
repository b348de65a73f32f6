"""The compiled extension: importing it registers the ops with torch."""

from __future__ import annotations

import importlib
import re
from types import ModuleType

import torch

from pyjetsim.errors import ExtensionError

# The oldest torch with the stable ABI that the extension is built for.
OLDEST_TORCH = (2, 10)

_compiled_for: tuple[str, ...] = ()
"""Kinds of device; a plain value, which torch.compile can read."""


def load_extension() -> ModuleType:
    """Import ``pyjetsim._ops``.

    Raises
    ------
    ExtensionError
        Where it is missing, or torch is older than what it was built for.
    """
    release = tuple(int(number) for number in re.findall(r"\d+", torch.__version__)[:2])
    if release < OLDEST_TORCH:
        raise ExtensionError(
            f"torch is {torch.__version__}",
            "the compiled ops use an interface that it lacks",
            f"install torch {'.'.join(map(str, OLDEST_TORCH))} or later",
        )
    global _compiled_for
    try:
        extension = importlib.import_module("pyjetsim._ops")
        _compiled_for = ("cpu", "meta", "cuda") if extension.cuda_built() else ("cpu", "meta")
        return extension
    except ImportError as error:
        raise ExtensionError(
            f"pyjetsim._ops does not load with torch {torch.__version__}: {error}",
            "it holds the compiled ops",
            "install pyjetsim again, or build it against this torch",
        ) from error


def has_kernels(device: torch.device) -> bool:
    """Whether this build has kernels for tensors on ``device``.

    Parameters
    ----------
    device : torch.device
        For "meta" the answer is True: the shapes of results are always known.

    Notes
    -----
    Without kernels the ops raise InputError, and `pyjetsim.ops.reference` computes the same, slower.
    """
    return device.type in _compiled_for


def compiled_op(name: str) -> torch._ops.OpOverload:
    """The compiled op of that name.

    Raises
    ------
    ExtensionError
        Where the extension does not load, or was built before that op was added.
    """
    load_extension()
    try:
        op: torch._ops.OpOverload = getattr(torch.ops.pyjetsim, name).default
    except AttributeError as error:
        raise ExtensionError(
            f"pyjetsim._ops has no {name}", "it was built from older sources", "install pyjetsim again"
        ) from error
    return op
