"""A training that is asked to stop: where it stands within an epoch, so that it can go on from there."""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from types import FrameType
from typing import Any, TypeVar

import torch
from torch import Tensor

from pyjetsim._utils.interrupts import answered

T = TypeVar("T")

SIGNALS = (signal.SIGTERM, signal.SIGUSR1)
"""By which batch systems say that a job will end soon."""


class Stop:
    """Asks a training to keep its state at the next step, and to end."""

    def __init__(self) -> None:
        self.requested = False
        self._has_state = False

    def request(self) -> None:
        """Ask, from any thread."""
        self.requested = True

    def watched(self, items: Iterable[T]) -> Iterator[T]:
        """The same items; :class:`Stopping` is raised between them."""
        for item in items:
            if self.requested:
                raise Stopping
            yield item

    @contextmanager
    def awaited(self) -> Generator[None]:
        """A training has steps inside; elsewhere there is no state to keep, and a signal is an interrupt."""
        self._has_state = True
        try:
            yield
        finally:
            self._has_state = False

    @contextmanager
    def by_signals(self) -> Generator[None]:
        """Ask by SIGTERM and SIGUSR1 inside."""

        def ask(signum: int, frame: FrameType | None) -> None:
            # Before the exception, which would be lost in a destructor.
            self.requested = True
            if not self._has_state:
                raise KeyboardInterrupt

        with answered(ask, SIGNALS):
            yield


class Stopping(Exception):
    """Raised inside an epoch that is asked to stop."""


@dataclass
class Within:
    """Where a training stands within an epoch."""

    batch: int = 0
    """Steps that are done."""
    sums: dict[str, float] = field(default_factory=dict)
    """Of each component of the loss over the jets of these steps."""
    seconds: float = 0.0
    generator: Tensor | None = None
    """State of torch's generator of the CPU after these steps."""
    device_generator: Tensor | None = None
    """Of the GPU's."""

    def note(self, batch: int, sums: dict[str, float], seconds: float, device: torch.device) -> None:
        """So far, and the generators as they are now."""
        self.batch, self.sums, self.seconds = batch, sums, seconds
        self.generator = torch.get_rng_state()
        self.device_generator = torch.cuda.get_rng_state(device) if device.type == "cuda" else None

    def restore(self, device: torch.device) -> None:
        """Set the generators back; on another kind of device, numbers that were drawn there differ."""
        if self.generator is not None:
            torch.set_rng_state(self.generator)
        if self.device_generator is not None and device.type == "cuda":
            torch.cuda.set_rng_state(self.device_generator, device)

    def as_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return asdict(self)
