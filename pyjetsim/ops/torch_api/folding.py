"""`vmap`: jets do not know of each other, so a mapped dimension is more jets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor


def folded(op: Callable[..., Any], info: Any, in_dims: tuple[int | None, ...], *arguments: Any) -> Any:
    """Call ``op`` once with the mapped dimension folded into the batch; results and where they are mapped."""
    size = info.batch_size
    results = op(
        *(
            _fold(argument, dim, size) if isinstance(argument, Tensor) else argument
            for argument, dim in zip(arguments, in_dims, strict=True)
        )
    )
    if isinstance(results, Tensor):
        return _unfold(results, size), 0
    return tuple(_unfold(result, size) for result in results), (0,) * len(results)


def _fold(tensor: Tensor, dim: int | None, size: int) -> Tensor:
    mapped = tensor.expand(size, *tensor.shape) if dim is None else tensor.movedim(dim, 0)
    return mapped.flatten(0, 1)


def _unfold(tensor: Tensor, size: int) -> Tensor:
    # Gradients that nobody wants have shape (0,): that becomes (size, 0).
    return tensor.reshape(size, tensor.shape[0] // max(size, 1), *tensor.shape[1:])
