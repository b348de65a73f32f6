"""`vmap`: jets do not know of each other, so a mapped dimension is more jets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor


def folded(op: Callable[..., Any], info: Any, in_dims: tuple[int | None, ...], *arguments: Any) -> Any:
    """Call ``op`` once with the mapped dimension folded into the batch; results and where they are mapped."""
    size = info.batch_size
    given = [
        (tensor, dim) for tensor, dim in zip(arguments, in_dims, strict=True) if isinstance(tensor, Tensor)
    ]
    jets = _mapped(*given[0], size).shape[1]
    results = op(
        *(
            _mapped(argument, dim, size).flatten(0, 1) if isinstance(argument, Tensor) else argument
            for argument, dim in zip(arguments, in_dims, strict=True)
        )
    )
    if isinstance(results, Tensor):
        return _unfold(results, size, jets), 0
    return tuple(_unfold(result, size, jets) for result in results), (0,) * len(results)


def _mapped(tensor: Tensor, dim: int | None, size: int) -> Tensor:
    return tensor.expand(size, *tensor.shape) if dim is None else tensor.movedim(dim, 0)


def _unfold(tensor: Tensor, size: int, jets: int) -> Tensor:
    # Gradients that are not needed have shape (0,): that becomes (size, 0).
    rows = jets if tensor.shape[0] == size * jets else 0
    return tensor.reshape(size, rows, *tensor.shape[1:])
