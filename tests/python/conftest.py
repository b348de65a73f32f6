"""Fixtures of all tests."""

from __future__ import annotations

import os
import signal

import pytest
from synthetic import MakePairs, synthetic_pairs


def pytest_configure() -> None:
    """Make the tests the same in a terminal, in the background and in any folder."""
    # Programs that tests start must import the installed package, not the sources they stand beside.
    os.environ["PYTHONSAFEPATH"] = "1"
    # A shell starts what runs in the background with Ctrl-C ignored; tests send it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def make_pairs() -> MakePairs:
    """Give ``make_pairs(n, seed, *, response=1.0, first_event=0)``."""
    return synthetic_pairs
