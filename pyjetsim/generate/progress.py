"""How far a long job is: a bar with events/s and time left, or plain lines where there is no terminal."""

from __future__ import annotations

import time
from datetime import timedelta
from types import TracebackType

from rich import progress
from rich.console import Console
from rich.text import Text

_LINE_EVERY = 15.0
"""Seconds between plain lines."""


class _Speed(progress.ProgressColumn):
    def render(self, task: progress.Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.1f} events/s")


class Progress:
    """Counts events of ``total``, of which ``done`` were there before. Use as a context manager."""

    def __init__(self, name: str, total: int, done: int = 0, console: Console | None = None) -> None:
        self.name, self.total, self.done = name, total, done
        self._console = console or Console(stderr=True)
        self._bar: progress.Progress | None = None
        self._before = done

    def __enter__(self) -> Progress:
        self._started = self._last_line = time.monotonic()
        if self._console.is_terminal:
            self._bar = progress.Progress(
                progress.TextColumn("{task.description}"),
                progress.BarColumn(),
                progress.MofNCompleteColumn(),
                _Speed(),
                progress.TimeRemainingColumn(),
                console=self._console,
                speed_estimate_period=60,
            )
            self._task = self._bar.add_task(self.name, total=self.total, completed=self.done)
            self._bar.start()
        return self

    def advance(self, events: int) -> None:
        """So many more are done."""
        self.done += events
        if self._bar is not None:
            self._bar.advance(self._task, events)
        elif time.monotonic() - self._last_line >= _LINE_EVERY:
            self._line()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        else:
            self._line()

    def _line(self) -> None:
        self._last_line = time.monotonic()
        speed = (self.done - self._before) / max(self._last_line - self._started, 1e-9)
        left = f", {timedelta(seconds=round((self.total - self.done) / speed))} left" if speed else ""
        self._console.print(
            f"{self.name}: {self.done} of {self.total} events, {speed:.1f} events/s{left}",
            highlight=False,
            soft_wrap=True,
        )
