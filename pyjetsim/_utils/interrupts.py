"""Signals: who answers them, and that they wait while something runs that must not be cut in the middle."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
_ours: list[Any] = []
"""Handlers of :func:`answered`."""


@contextmanager
def answered(handler: Callable[[int, FrameType | None], None], signums: Iterable[int]) -> Iterator[None]:
    """Answer signals with ``handler`` inside; afterwards all is as it was.

    A signal that is ignored (nohup, a shell's background) or that another program answers keeps that. Does
    nothing outside the main thread, where no handler runs.
    """
    former: dict[int, Any] = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for signum in signums:
                now = signal.getsignal(signum)
                if now in (signal.SIG_DFL, signal.default_int_handler, *_ours):
                    former[signum] = now
                    signal.signal(signum, handler)
            _ours.append(handler)
        yield
    finally:
        for signum, now in former.items():
            signal.signal(signum, now)
        if handler in _ours:
            _ours.remove(handler)


class _Hold:
    """The handler meanwhile: notes the first signal; when it is over, passes all on."""

    def __init__(self) -> None:
        self.former: dict[int, Any] = {}
        self.pending: tuple[int, FrameType | None] | None = None
        self.over = False

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        if self.over:
            self.former[signum](signum, frame)
        elif self.pending is None:
            self.pending = signum, frame

    def start(self) -> None:
        for signum in _SIGNALS:
            handler = signal.getsignal(signum)
            # What is ignored, or ends the process without Python, cuts nothing in the middle.
            if callable(handler):
                self.former[signum] = handler
                signal.signal(signum, self)

    def end(self) -> None:
        interrupt: BaseException | None = None
        for signum, handler in self.former.items():
            # A signal that has its handler back may come while the next one is given back.
            while signal.getsignal(signum) is self:
                try:
                    signal.signal(signum, handler)
                except BaseException as error:
                    interrupt = error
        self.over = True
        if interrupt is not None:
            raise interrupt
        if self.pending is not None:
            signum, frame = self.pending
            self.former[signum](signum, frame)


@contextmanager
def held() -> Iterator[None]:
    """Hold SIGINT, SIGTERM and SIGUSR1 back: their handlers are called after the block, not inside it.

    For calls into C libraries that call Python back: an exception raised there is lost, and with it
    what was being done. May be nested. Does nothing outside the main thread, where no handler runs.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    hold = _Hold()
    try:
        hold.start()
        yield
    finally:
        hold.end()
