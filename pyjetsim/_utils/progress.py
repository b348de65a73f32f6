"""How far a long job is: a bar with speed and time left, or plain lines where there is no terminal."""

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
    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: progress.Task) -> Text:
        return Text("" if task.speed is None else _speed(task.speed, self._unit))


class Progress:
    """Counts what is done of a job, on stderr. Use as a context manager."""

    def __init__(
        self,
        name: str,
        total: int | None,
        done: int = 0,
        *,
        unit: str = "events",
        transient: bool = False,
        quiet: bool = False,
        console: Console | None = None,
    ) -> None:
        """``total`` of ``unit``, None where it is not known, of which ``done`` were there before.

        ``transient``: nothing stays on the screen at the end, because the caller prints the result.
        ``quiet``: nothing is shown at all.
        """
        self.name, self.total, self.done, self.unit = name, total, done, unit
        self._transient, self._quiet = transient, quiet
        self._console = console or Console(stderr=True)
        self._bar: progress.Progress | None = None
        self._before = done

    def __enter__(self) -> Progress:
        self._started = self._last_line = time.monotonic()
        if self._console.is_terminal and not self._quiet:
            self._bar = progress.Progress(
                progress.TextColumn("{task.description}"),
                progress.BarColumn(),
                progress.MofNCompleteColumn(),
                _Speed(self.unit),
                progress.TimeRemainingColumn(),
                console=self._console,
                speed_estimate_period=60,
                transient=self._transient,
            )
            self._task = self._bar.add_task(self.name, total=self.total, completed=self.done)
            self._bar.start()
        return self

    def advance(self, count: int) -> None:
        """So many more are done."""
        self.done += count
        if self._bar is not None:
            self._bar.advance(self._task, count)
        elif time.monotonic() - self._last_line >= _LINE_EVERY:
            self._line()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        elif not self._transient:
            self._line()

    def _line(self) -> None:
        if self._quiet:
            return
        self._last_line = time.monotonic()
        speed = (self.done - self._before) / max(self._last_line - self._started, 1e-9)
        of, left = "", ""
        if self.total is not None:
            of = f" of {self.total}"
            left = f", {timedelta(seconds=round((self.total - self.done) / speed))} left" if speed else ""
        self._console.print(
            f"{self.name}: {self.done}{of} {self.unit}, {_speed(speed, self.unit)}{left}",
            highlight=False,
            soft_wrap=True,
        )


def _speed(speed: float, unit: str) -> str:
    return f"{speed:.{0 if speed >= 1000 else 1}f} {unit}/s"
