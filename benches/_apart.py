"""Contenders in processes of their own: one that does not answer is stopped, named, and left out."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import torch
from _children import Child, Failed, Stopped
from _contenders import FORWARD, Answer, Contender, Pass
from torch import Tensor


class Apart:
    """A contender as `_contenders.Contender`, made by ``make``, "module:function", in another process.

    Times are taken there, so that no talk between processes is in them. ``stopped`` says why it was.
    """

    def __init__(
        self,
        name: str,
        make: str,
        *given: Any,
        gib: Callable[[Sequence[Tensor], bool], float] | None = None,
        limit: float | None = None,
    ) -> None:
        self.name, self.gib = name, gib
        self._child = Child("_apart:Served", make, given, torch.get_num_threads(), limit=limit)
        self.stopped = ""
        self._about: tuple[str, bool, bool] | None = None

    @property
    def missing(self) -> str:
        """Why it cannot be measured: what it says itself, or why it was stopped before."""
        if self.stopped:
            return f"left out: {self.stopped} before"
        try:
            return self._told()[0]
        except Failed as error:
            return str(error)

    def can(self, kind: Pass) -> bool:
        """Whether there is a function for it."""
        return self._told()[1 + kind.backward]

    def answer(self, kind: Pass, inputs: Sequence[Tensor]) -> Answer:
        """Outputs and gradients; compiled for these inputs, where it compiles.

        Raises
        ------
        Failed
            With what it says, or why it was stopped.
        """
        outputs, gradients = self.ask("answer", kind, [tensor.numpy() for tensor in inputs])
        return (
            [torch.from_numpy(part) for part in outputs],
            [None if part is None else torch.from_numpy(part) for part in gradients],
        )

    def call(self, kind: Pass, inputs: Sequence[Tensor]) -> _Call:
        """The call to measure: that of the last `answer`."""
        return _Call(self)

    def ask(self, method: str, *given: Any) -> Any:
        """What the process answers; once it is stopped, it stays left out."""
        if self.stopped:
            raise Stopped(self.stopped)
        try:
            return self._child.ask(method, *given)
        except Stopped as error:
            self.stopped = str(error)
            raise

    def close(self) -> None:
        """End its process."""
        self._child.close()

    def _told(self) -> tuple[str, bool, bool]:
        if self._about is None:
            self._about = self.ask("about")
        return self._about


class _Call:
    def __init__(self, contender: Apart) -> None:
        self._contender = contender

    def __call__(self) -> None:
        self.mean(1)

    def mean(self, repeats: int) -> float:
        """Seconds of a call, of so many."""
        seconds: float = self._contender.ask("mean", repeats)
        return seconds


class Served:
    """The contender in its process."""

    def __init__(self, make: str, given: Sequence[Any], threads: int) -> None:
        torch.set_num_threads(threads)
        module, _, function = make.partition(":")
        self._contender: Contender = getattr(import_module(module), function)(*given)

    def about(self) -> tuple[str, bool, bool]:
        """Why it is missing, and whether it can forward and backward."""
        gradients = Pass("", (True,))
        return self._contender.missing, *(self._contender.can(kind) for kind in (FORWARD, gradients))

    def answer(self, kind: Pass, arrays: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """As `Apart.answer`, with arrays."""
        if dynamo := sys.modules.get("torch._dynamo"):
            # Each shape is compiled for itself; too many of one function and PyTorch goes on uncompiled.
            dynamo.reset()
        inputs = [torch.from_numpy(array) for array in arrays]
        outputs, gradients = self._contender.answer(kind, inputs)
        self._call = self._contender.call(kind, inputs)
        self._call()
        gc.collect()
        return (
            [part.detach().numpy() for part in outputs],
            [None if part is None else part.numpy() for part in gradients],
        )

    def mean(self, repeats: int) -> float:
        """Seconds of a call, of so many."""
        gc.disable()
        started = time.perf_counter()
        for _ in range(repeats):
            self._call()
        seconds = (time.perf_counter() - started) / repeats
        gc.enable()
        return seconds
