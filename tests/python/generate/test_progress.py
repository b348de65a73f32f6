"""Progress: plain lines without a terminal, a bar on one."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from pyjetsim.generate import progress as progress_module
from pyjetsim.generate.progress import Progress


def test_without_a_terminal_there_are_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now[0])
    text = io.StringIO()
    with Progress("generate", 1000, 200, Console(file=text, width=200)) as progress:
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
    with Progress("generate", 5, 0, Console(file=text, width=200)):
        pass
    assert text.getvalue() == "generate: 0 of 5 events, 0.0 events/s\n"


def test_on_a_terminal_there_is_a_bar() -> None:
    text = io.StringIO()
    with Progress("generate", 10, 0, Console(file=text, width=120, force_terminal=True)) as progress:
        for _ in range(5):
            progress.advance(2)
    assert "generate" in text.getvalue()
    assert "10/10" in text.getvalue()
    assert "events/s" in text.getvalue()
