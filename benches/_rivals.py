"""Other ways to the Chamfer distance, each with the settings that were best for it.

- *eager*: the (B, N, M, D) tensor of differences, ``square().sum(-1)`` and ``min``. Without masks: those of
  `pyjetsim.ops.reference` would make it slower. ``amin`` is no faster forward, and slower with gradients.
- *cdist*: ``compute_mode="donot_use_mm_for_euclid_dist"``, with ``amin``; where gradients are wanted, the
  nearest points without and their distances taken again, which beats the gradient of ``cdist`` itself.
  Matrix multiplication, |p|² + |q|² - 2pq, would be up to twice as fast, but puts the rounding of |p|² in
  every distance: wrong by 1e-5 on these jets, and by more the harder a jet is and the nearer its points are.
- *torch.compile*: the eager function, with the settings of benches/_inductor.py that are best for it.
- *torch.compile, argmin*: as above, rewritten by hand like cdist's, which spares a backward pass over all
  pairs. Forward it would be the same.
- *KeOps*: ``LazyTensor`` minima; with gradients, ``argmin`` and the distances taken again (KeOps has no
  gradient of a minimum). Compiled with ``-march=native``.
- *chamferdist*: ``bidirectional=True``, sums; as its build on installation made it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

import _common
import torch
from _apart import Apart
from _contenders import Contender, Pass
from _inductor import SETTINGS, best_compiled
from torch import Tensor


def broadcast(x: Tensor, y: Tensor) -> Tensor:
    squared = (x[:, :, None] - y[:, None]).square().sum(-1)
    return squared.min(2).values.sum(1) + squared.min(1).values.sum(1)


def broadcast_argmin(x: Tensor, y: Tensor) -> Tensor:
    with torch.no_grad():
        squared = (x[:, :, None] - y[:, None]).square().sum(-1)
        to_y, to_x = squared.argmin(2), squared.argmin(1)
    return _between(x, _rows(y, to_y)) + _between(y, _rows(x, to_x))


def cdist(x: Tensor, y: Tensor, mode: str) -> Tensor:
    distance = torch.cdist(x, y, compute_mode=mode)
    return distance.amin(2).square().sum(1) + distance.amin(1).square().sum(1)


def cdist_nearest(x: Tensor, y: Tensor, mode: str) -> Tensor:
    with torch.no_grad():
        distance = torch.cdist(x, y, compute_mode=mode)
        # Faster than argmin, but not for TorchInductor.
        to_y, to_x = distance.min(2).indices, distance.min(1).indices
    return _between(x, _rows(y, to_y)) + _between(y, _rows(x, to_x))


def _rows(points: Tensor, index: Tensor) -> Tensor:
    return points.gather(1, index[..., None].expand(-1, -1, points.shape[2]))


def _between(points: Tensor, others: Tensor) -> Tensor:
    return (points - others).square().sum((1, 2))


def bytes_a_pair(plain: float, gradients: float) -> Callable[[Sequence[Tensor], bool], float]:
    """GiB of a batch whose intermediates take so many bytes a pair of points."""

    def gib(inputs: Sequence[Tensor], backward: bool) -> float:
        x, y = inputs
        return (gradients if backward else plain) * x.shape[0] * x.shape[1] * y.shape[1] / 2**30

    return gib


def keops() -> Contender:
    """KeOps, or why not."""
    flags = os.environ.get("CXXFLAGS")
    os.environ["CXXFLAGS"] = f"{flags or ''} -march=native".strip()
    try:
        package = import_module("pykeops")
        lazy = import_module("pykeops.torch").LazyTensor
        package.set_verbose(False)
    except Exception as problem:  # it compiles on import: whatever fails there is named
        return Contender("KeOps", missing=_reason(problem))
    finally:
        if flags is None:
            del os.environ["CXXFLAGS"]
        else:
            os.environ["CXXFLAGS"] = flags

    def squared(x: Tensor, y: Tensor) -> Any:
        return ((lazy(x[:, :, None, :]) - lazy(y[:, None, :, :])) ** 2).sum(-1)

    def plain(x: Tensor, y: Tensor) -> Tensor:
        pairs = squared(x, y)
        return pairs.min(2).sum((1, 2)) + pairs.min(1).sum((1, 2))

    def differentiable(x: Tensor, y: Tensor) -> Tensor:
        pairs = squared(x, y)
        to_y, to_x = pairs.argmin(2).squeeze(-1), pairs.argmin(1).squeeze(-1)
        return _between(x, _rows(y, to_y)) + _between(y, _rows(x, to_x))

    return Contender("KeOps", plain, differentiable)


def chamferdist() -> Contender:
    """The package chamferdist, or why not."""
    try:
        module = import_module("chamferdist").ChamferDistance()
    except Exception as problem:  # built against one PyTorch, it fails in its own ways with another
        return Contender("chamferdist", missing=_reason(problem))
    return Contender("chamferdist", lambda x, y: module(x, y, bidirectional=True, batch_reduction=None))


def _reason(problem: Exception) -> str:
    if isinstance(problem, ModuleNotFoundError):
        return f"not installed ({problem.name})"
    return _common.first_line(problem)


def eager() -> Contender:
    """PyTorch's definition."""
    return Contender("eager", broadcast)


def by_cdist() -> Contender:
    """`torch.cdist` of true distances."""
    direct = "donot_use_mm_for_euclid_dist"
    return Contender("cdist", partial(cdist, mode=direct), partial(cdist_nearest, mode=direct))


def chamfer_rivals(
    gradients: Pass,
    inputs: Sequence[Tensor],
    seconds: float = 1.0,
    settings: Sequence[str] = tuple(SETTINGS),
) -> tuple[list[Apart | Contender], str]:
    """All of them, each in a process of its own, and torch.compile's settings; tried on ``inputs``."""
    tried = {"gradients": gradients, "inputs": inputs, "seconds": seconds, "settings": settings}
    whole, found = best_compiled(
        "torch.compile", "_rivals:broadcast", "_rivals:broadcast", gib=bytes_a_pair(4, 13), **tried
    )
    argmin, _ = best_compiled(
        "torch.compile, argmin", None, "_rivals:broadcast_argmin", gib=bytes_a_pair(4, 5), **tried
    )
    return [
        Apart("eager", "_rivals:eager", gib=bytes_a_pair(24, 61)),
        Apart("cdist", "_rivals:by_cdist", gib=bytes_a_pair(4, 7)),
        whole,
        argmin,
        Apart("KeOps", "_rivals:keops"),
        Apart("chamferdist", "_rivals:chamferdist"),
    ], found
