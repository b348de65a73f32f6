"""Fixtures of all tests."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from _pytest.terminal import TerminalReporter
from synthetic import MakePairs, synthetic_pairs


def pytest_configure() -> None:
    """Make the tests the same in a terminal, in the background and in any folder."""
    # Programs that tests start must import the installed package, not the sources they stand beside.
    os.environ["PYTHONSAFEPATH"] = "1"
    # Tests also run models in ONNX Runtime by itself, which would leave files in the user's home.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    # A shell starts what runs in the background with Ctrl-C ignored; tests send it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Processes that share the tests begin with the files that take minutes: none is left alone with them."""
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def cms() -> Any:
    """What data of the CMS-like detector tell of it."""
    from detectors import CMS

    return CMS


@pytest.fixture(scope="session")
def make_pairs() -> MakePairs:
    """Give ``make_pairs(n, seed, *, response=1.0, first_event=0)``."""
    return synthetic_pairs


def _blank_pictures(patch: pytest.MonkeyPatch) -> None:
    from matplotlib.figure import Figure

    original = Figure.savefig

    def savefig(self: Figure, *arguments: Any, **options: Any) -> None:
        original(Figure(figsize=self.get_size_inches()), *arguments, **options)

    patch.setattr(Figure, "savefig", savefig)


@pytest.fixture
def unrendered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are made, but their pictures are blank: rendering is most of the time of a small report."""
    _blank_pictures(monkeypatch)


@pytest.fixture(scope="module")
def unrendered_module() -> Iterator[None]:
    """The same for all tests of a module, and for what its fixtures make."""
    with pytest.MonkeyPatch.context() as patch:
        _blank_pictures(patch)
        yield


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say at the end which parts could not be tested on this machine."""
    reasons = Counter(
        str(report.longrepr[2]).removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    )
    if reasons:
        terminalreporter.section("not tested on this machine")
        for reason, tests in reasons.most_common():
            terminalreporter.write_line(f"{tests:4d}  {reason}")
