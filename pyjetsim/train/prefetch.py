"""Batches on their way to a device, ahead of the step that takes them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any, TypeVar

import torch
from torch import Tensor

_AHEAD = 4
"""Batches that wait: enough for the uneven reading of a pool, little memory."""

T = TypeVar("T")
B = TypeVar("B", bound=Any)
"""A batch: a NamedTuple of tensors, of mappings of tensors, and of other things."""


def on_device(batches: Iterable[B], device: torch.device) -> Iterator[B]:
    """The same batches in the same order, on ``device``.

    For another device than the CPU a thread reads ahead into pinned memory, and each batch is copied while
    the step before it still works.
    """
    if device.type == "cpu":
        yield from batches
        return
    pinned = device.type == "cuda"
    with closing(
        ahead(_moved(batch, Tensor.pin_memory) if pinned else batch for batch in batches)
    ) as waiting:
        coming: B | None = None
        for batch in waiting:
            # Queued behind the step before, not waited for.
            here = _moved(batch, lambda tensor: tensor.to(device, non_blocking=pinned))
            if coming is not None:
                yield coming
            coming = here
        if coming is not None:
            yield coming


def ahead(items: Iterable[T], size: int = _AHEAD) -> Generator[T]:
    """The same items in the same order, made by a thread that is up to ``size`` of them ahead.

    What making an item raises is raised here, in its place. Closing the iterator ends the thread.
    """
    made: queue.Queue[tuple[bool, T | BaseException | None]] = queue.Queue(size)
    closed = threading.Event()

    def put(more: bool, item: T | BaseException | None) -> None:
        while not closed.is_set():
            try:
                made.put((more, item), timeout=0.1)
                return
            except queue.Full:
                continue

    def make() -> None:
        try:
            for item in items:
                put(True, item)
                if closed.is_set():
                    return
            put(False, None)
        except BaseException as error:
            put(False, error)

    thread = threading.Thread(target=make, name="pyjetsim-prefetch", daemon=True)
    thread.start()
    try:
        while True:
            more, item = made.get()
            if more:
                yield item  # type: ignore[misc]
            elif isinstance(item, BaseException):
                raise item
            else:
                return
    finally:
        closed.set()
        thread.join()


def _moved(batch: B, move: Callable[[Tensor], Tensor]) -> B:
    def part(value: Any) -> Any:
        if isinstance(value, Tensor):
            return move(value)
        return {name: move(each) for name, each in value.items()} if isinstance(value, Mapping) else value

    moved: B = batch._replace(**{name: part(getattr(batch, name)) for name in batch._fields})
    return moved
