"""Batches on their way to a device, ahead of the step that takes them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from typing import TypeVar

import torch
from torch import Tensor

from pyjetsim.models import Batch

_AHEAD = 4
"""Batches that wait: enough for the uneven reading of a pool, little memory."""

T = TypeVar("T")


def on_device(batches: Iterable[Batch], device: torch.device) -> Iterator[Batch]:
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
        coming: Batch | None = None
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


def _moved(batch: Batch, move: Callable[[Tensor], Tensor]) -> Batch:
    return batch._replace(
        gen=move(batch.gen),
        reco=move(batch.reco),
        gen_pid=move(batch.gen_pid),
        tensors={name: move(tensor) for name, tensor in batch.tensors.items()},
    )
