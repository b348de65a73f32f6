"""Ragged batches by the number of points in each set."""

from __future__ import annotations

import torch
from torch import Tensor

from pyjetsim.errors import InputError
from pyjetsim.ops.torch_api.routes import transformed

_SIGNED = (torch.int64, torch.int32, torch.int16, torch.int8)
_INTEGERS = (*_SIGNED, torch.uint8, torch.uint16, torch.uint32, torch.uint64)


def mask_from_lengths(name: str, lengths: object, x: Tensor, mask: Tensor | None) -> Tensor:
    """Mask (B, N) that is True for the first ``lengths[b]`` rows of set b of ``x``.

    Parameters
    ----------
    name : str
        "x" or "y", for messages.
    lengths : integer Tensor (B,)
        Number of points in each set, 0 to N.
    x : Tensor (B, N, D)
        The points.
    mask : Tensor, optional
        The mask that was given beside the lengths, which is an error.

    Returns
    -------
    bool Tensor (B, N)
        The mask.

    Raises
    ------
    InputError
        For another kind, shape or device, a length that is not between 0 and N, or a mask beside the lengths.

    Notes
    -----
    The values are checked in eager mode only. A traced program has no values yet: there a length beyond N
    counts as N and one below 0 as 0. On a GPU the check waits for the device; a mask avoids that.
    """
    if mask is not None:
        raise InputError(
            f"both {name}_lengths and {name}_mask are given",
            "they may contradict each other",
            "leave one out",
        )
    if not isinstance(lengths, Tensor) or lengths.dtype not in _INTEGERS:
        kind = lengths.dtype if isinstance(lengths, Tensor) else type(lengths).__name__
        raise InputError(f"{name}_lengths is {kind}", "lengths count points", "give a tensor of integers")
    if lengths.layout is not torch.strided:
        raise InputError(
            f"{name}_lengths has layout {lengths.layout}", "every one is read", "use .to_dense()"
        )
    if lengths.shape != x.shape[:1] or lengths.device != x.device:
        raise InputError(
            f"{name}_lengths has shape {tuple(lengths.shape)} on {lengths.device}",
            "there is one length for each set, beside it",
            f"give it the shape {tuple(x.shape[:1])} on {x.device}",
        )
    lengths = lengths.long()  # N may not fit into a smaller type, and would be compared as another number
    if not (torch.compiler.is_compiling() or transformed() or lengths.is_meta):
        wrong = ((lengths < 0) | (lengths > x.shape[1])).nonzero()
        if len(wrong):
            first = int(wrong[0])
            raise InputError(
                f"{name}_lengths[{first}] is {int(lengths[first])}",
                f"set {first} has room for {x.shape[1]} points",
                "give lengths between 0 and that",
            )
    return torch.arange(x.shape[1], device=x.device) < lengths[:, None]
