"""Random numbers of some rows of a batch, as those rows have them where one process takes the whole batch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

if TYPE_CHECKING:
    from pyjetsim.train.processes import Share


class Drawing:
    """What draws in the loss of many shares. Use as a context manager.

    Notes
    -----
    To look at every operation of a model in Python takes longer than many of them take. So it is done for the
    first share, and where only functions of torch that are known to draw did so, for those alone afterwards.
    These are replaced while the context lasts, and do as ever outside :meth:`of`.
    """

    def __init__(self) -> None:
        self._everywhere: bool | None = None
        self._mode: _RowsOfTheWhole | None = None
        """Inside :meth:`of`."""
        self._within = False
        """Whether a function that is known to draw is being called."""
        self._before: dict[tuple[Any, str], Any] = {}

    def __enter__(self) -> Self:
        self._before = {(place, name): vars(place).get(name) for place, name in _known()}
        for place, name in self._before:
            setattr(place, name, self._watched(getattr(place, name)))
        return self

    def __exit__(self, *_: object) -> None:
        for (place, name), function in self._before.items():
            if function is None:  # It is inherited.
                delattr(place, name)
            else:
                setattr(place, name, function)

    @contextmanager
    def of(self, share: Share) -> Generator[None]:
        """Random tensors inside are those of the whole batch, of which the share has its rows."""
        if share.rows == share.total:
            yield
            return
        self._mode = mode = _RowsOfTheWhole(share, self)
        try:
            with nullcontext() if self._everywhere is False else mode:
                yield
        finally:
            self._mode = None
        self._everywhere = bool(self._everywhere)

    def note(self) -> None:
        """Something draws; look for it in every operation where it is not known to."""
        if not self._within:
            self._everywhere = True

    def _watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            mode = self._mode
            if mode is None or self._within:
                return function(*args, **kwargs)
            self._within = True
            try:
                with mode if self._everywhere is False else nullcontext():
                    return function(*args, **kwargs)
            finally:
                self._within = False

        return call


@cache
def _known() -> list[tuple[Any, str]]:
    """Where the functions are that draw, and their names: by torch's own tags, and in torch.nn.functional."""
    operations: Any = torch.ops.aten
    drawn = [
        name
        for name in dir(operations)
        if hasattr(operation := getattr(operations, name), "overloads")
        and any(
            torch.Tag.nondeterministic_seeded in getattr(operation, overload).tags
            for overload in operation.overloads()
        )
    ]
    found: list[tuple[Any, str]] = [
        (place, name) for place in (torch, Tensor) for name in drawn if hasattr(place, name)
    ]
    layers = [name for name in dir(functional) if "dropout" in name and not name.startswith("_")]
    return [*found, *((functional, name) for name in (*layers, "rrelu", "scaled_dot_product_attention"))]


class _RowsOfTheWhole(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Draws random tensors for the whole batch, and gives out the rows of a share.

    A tensor is one of rows where its first dimension is their number. Others are drawn as they are: every
    process draws the same, as one process would.
    """

    def __init__(self, share: Share, drawing: Drawing) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._share, self._drawing = share, drawing
        self._rows = slice(share.start, share.start + share.rows)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if torch.Tag.nondeterministic_seeded not in func.tags:
            return func(*args, **kwargs)
        self._drawing.note()
        sizes = [self._size(value) for value in args]
        named = {name: self._size(value) for name, value in kwargs.items()}
        drawn = func(*tree_map(self._whole, tuple(sizes)), **tree_map(self._whole, named))
        if func._schema.is_mutable:
            filled: Tensor = args[0]
            return filled.copy_(self._own(drawn)) if self._is_of_rows(filled) else drawn
        return tree_map(self._own, drawn)

    def _size(self, value: Any) -> Any:
        """A size that is asked for, of the whole batch."""
        is_size = isinstance(value, Sequence) and len(value) > 0 and isinstance(value[0], int)
        if is_size and value[0] == self._share.rows:
            return [self._share.total, *value[1:]]
        return value

    def _whole(self, value: Any) -> Any:
        """A tensor with a row for each row of the batch, in the same order of memory."""
        if not isinstance(value, Tensor) or not self._is_of_rows(value):
            return value
        strides = value.stride()
        order = sorted(range(value.dim()), key=lambda place: (-strides[place], place))
        shape = (self._share.total, *value.shape[1:])
        whole = torch.empty_permuted(shape, order, dtype=value.dtype, device=value.device).zero_()
        whole[self._rows] = value
        return whole

    def _own(self, value: Any) -> Any:
        drawn = isinstance(value, Tensor) and value.dim() > 0 and len(value) == self._share.total
        return value[self._rows].clone() if drawn else value

    def _is_of_rows(self, value: Tensor) -> bool:
        return value.dim() > 0 and len(value) == self._share.rows
