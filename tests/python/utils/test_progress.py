"""Progress: plain lines without a terminal, a bar on one."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from pyjetsim._utils import progress as progress_module
from pyjetsim._utils.progress import Progress


def test_without_a_terminal_there_are_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now[0])
    text = io.StringIO()
    with Progress("generate", 1000, 200, console=Console(file=text, width=200)) as progress:
        now[0] += 10
        progress.advance(100)
        now[0] += 10
        progress.advance(100)
        now[0] += 60
    lines = text.getvalue().splitlines()
    assert lines == [
        "generate: 400 of 1000 events, 10.0 events/s, 0:01:00 left",
        "generate: 400 of 1000 events, 2.5 events/s, 0:04:00 left",
    ]


def test_nothing_done_yet_has_no_speed() -> None:
    text = io.StringIO()
    with Progress("generate", 5, 0, console=Console(file=text, width=200)):
        pass
    assert text.getvalue() == "generate: 0 of 5 events, 0.0 events/s\n"


def test_on_a_terminal_there_is_a_bar() -> None:
    text = io.StringIO()
    with Progress("generate", 10, 0, console=Console(file=text, width=120, force_terminal=True)) as progress:
        for _ in range(5):
            progress.advance(2)
    assert "generate" in text.getvalue()
    assert "10/10" in text.getvalue()
    assert "events/s" in text.getvalue()


def test_a_total_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now[0])
    text = io.StringIO()
    with Progress("simulate", None, unit="jets", console=Console(file=text, width=200)) as progress:
        now[0] += 2
        progress.advance(5000)
    assert text.getvalue() == "simulate: 5000 jets, 2500 jets/s\n"
    shown = io.StringIO()
    terminal = Console(file=shown, width=120, force_terminal=True)
    with Progress("simulate", None, unit="jets", console=terminal) as progress:
        progress.advance(7)
    assert "7/?" in shown.getvalue()


def test_transient_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now[0])
    text = io.StringIO()
    console = Console(file=text, width=200)
    with Progress("epoch 1/2", 10, unit="jets", transient=True, console=console) as progress:
        progress.advance(1)
        now[0] += 20
        progress.advance(1)
        now[0] += 20
    # What takes long is still told on the way.
    assert text.getvalue() == "epoch 1/2: 2 of 10 jets, 0.1 jets/s, 0:01:20 left\n"


@pytest.mark.parametrize("terminal", [True, False])
def test_quiet_shows_nothing(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now[0])
    text = io.StringIO()
    console = Console(file=text, width=200, force_terminal=terminal)
    with Progress("generate", 10, quiet=True, console=console) as progress:
        now[0] += 100
        progress.advance(10)
    assert text.getvalue() == ""
    assert progress.done == 10
