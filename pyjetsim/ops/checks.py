"""Checks of the ops' inputs, with messages that name what is wrong.

The ``fit`` functions are one condition each, because a batch of one jet costs microseconds; only where
they return False do the ``check`` functions look for the reason.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pyjetsim.errors import InputError

_FLOATS = (torch.float32, torch.float64)
_HALVES = (torch.float16, torch.bfloat16)
_DEVICES = ("cpu", "cuda", "meta")
# Kernels count rows in float32.
_MOST_POINTS = 2**24


@dataclass(frozen=True)
class Rows:
    """What the rows of an input are, and how many numbers each may have."""

    shape: str
    smallest: int
    largest: int


POINTS = Rows("(B, N, D) with D from 1 to 8", 1, 8)
CONSTITUENTS = Rows("(B, N, 3): px, py, pz in GeV", 3, 3)


def points_fit(x: object, rows: Rows) -> bool:
    """Whether a kernel can take ``x`` as it is."""
    if not isinstance(x, Tensor) or x.layout is not torch.strided or x.is_nested:
        return False
    shape = x.shape
    return (
        len(shape) == 3
        and rows.smallest <= shape[2] <= rows.largest
        and not _too_many(shape[1])
        and x.dtype in _FLOATS
        and x.device.type in _DEVICES
    )


def _too_many(points: int) -> bool:
    # A traced program leaves this to the kernel: a check here would restrict its sizes.
    return not torch.compiler.is_compiling() and points > _MOST_POINTS


def pair_fits(x: Tensor, y: Tensor, rows: Rows) -> bool:
    """Whether a kernel can take ``x`` and ``y`` together as they are."""
    if not (points_fit(x, rows) and points_fit(y, rows)):
        return False
    shape, other = x.shape, y.shape
    return shape[0] == other[0] and shape[2] == other[2] and x.dtype is y.dtype and x.device == y.device


def mask_fits(mask: object, x: Tensor) -> bool:
    """Whether ``mask`` is a mask for the rows of ``x``, or None."""
    return mask is None or (
        isinstance(mask, Tensor)
        and mask.dtype is torch.bool
        and mask.shape == x.shape[:2]
        and mask.device == x.device
        and mask.layout is torch.strided
    )


def checked_points(name: str, x: Tensor, rows: Rows) -> Tensor:
    """``x`` as a kernel can take it: half precision as float32 under autocast, else unchanged.

    Raises
    ------
    InputError
        Where no kernel can take it.
    """
    if not isinstance(x, Tensor):
        raise InputError(
            f"{name} is a {type(x).__name__}", "the ops work on tensors", "convert it with torch.as_tensor()"
        )
    if x.layout is not torch.strided or x.is_nested:
        raise InputError(
            f"{name} has layout {'nested' if x.is_nested else x.layout}",
            "the ops read every row of a dense tensor",
            "use .to_dense(), or torch.nested.to_padded_tensor() with a mask",
        )
    if x.device.type not in _DEVICES:
        raise InputError(
            f"{name} is on {x.device}", "there are kernels for CPU and CUDA only", "move it with .to('cpu')"
        )
    # Autocast knows no meta device.
    if x.dtype in _HALVES and not x.is_meta and torch.is_autocast_enabled(x.device.type):
        x = x.float()
    if x.dtype not in _FLOATS:
        raise InputError(
            f"{name} has dtype {x.dtype}",
            "the ops calculate in float32 and float64",
            "convert it with .float() or .double()",
        )
    if x.ndim != 3 or not rows.smallest <= x.shape[2] <= rows.largest:
        raise InputError(
            f"{name} has shape {tuple(x.shape)}",
            f"a batch is {rows.shape}",
            "add the missing dimension or drop what is too much",
        )
    if _too_many(x.shape[1]):
        raise InputError(
            f"{name} has {x.shape[1]} points a set", f"rows are counted to {_MOST_POINTS}", "split the sets"
        )
    return x


def check_alike(name: str, x: Tensor, other: str, y: Tensor) -> None:
    """Refuse two inputs, each good, whose dtypes, devices or shapes do not go together.

    Raises
    ------
    InputError
        Naming both.
    """
    both = f"{name} and {other}"
    if x.dtype is not y.dtype:
        raise InputError(
            f"{both} have dtypes {x.dtype} and {y.dtype}",
            "which precision is wanted is not ours to guess",
            "convert one of them",
        )
    if x.device != y.device:
        raise InputError(
            f"{both} are on {x.device} and {y.device}", "one kernel reads both", "move one of them"
        )
    if x.shape[0] != y.shape[0] or x.shape[2] != y.shape[2]:
        raise InputError(
            f"{both} have shapes {tuple(x.shape)} and {tuple(y.shape)}",
            "set b of one is compared with set b of the other",
            "give both the same batch size and last dimension",
        )


def check_mask(name: str, mask: object, x: Tensor) -> None:
    """Refuse a mask that does not belong to ``x``.

    Raises
    ------
    InputError
        Where it is not a dense bool tensor of the first two dimensions of ``x``, on its device.
    """
    if not isinstance(mask, Tensor) or mask.dtype is not torch.bool or mask.layout is not torch.strided:
        found = f"{mask.dtype}, {mask.layout}" if isinstance(mask, Tensor) else type(mask).__name__
        raise InputError(
            f"{name} is {found}",
            "a mask is a dense tensor of True for rows that count and False for the others",
            "make it a dense tensor and convert it with .bool()",
        )
    if mask.device != x.device:
        raise InputError(
            f"{name} is on {mask.device}, its rows on {x.device}", "one kernel reads both", "move it"
        )
    if mask.shape != x.shape[:2]:
        raise InputError(
            f"{name} has shape {tuple(mask.shape)}",
            "it says of each row whether it counts",
            f"give it the shape {tuple(x.shape[:2])}",
        )
