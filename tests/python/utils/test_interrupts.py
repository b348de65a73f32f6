"""Signals wait for the end of a held block, and are answered then by whoever answered them before."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from pyjetsim._utils.interrupts import held

BOTH = [signal.SIGINT, signal.SIGTERM]


def interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signum)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Both signals interrupt; a test must leave it so."""
    before = {signum: signal.signal(signum, interrupt) for signum in BOTH}
    try:
        yield
        assert [signal.getsignal(signum) for signum in BOTH] == [interrupt, interrupt]
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


@pytest.mark.parametrize("signum", BOTH)
def test_a_signal_is_raised_after_the_block(signum: signal.Signals) -> None:
    steps = []
    with pytest.raises(KeyboardInterrupt) as caught:  # noqa: PT012
        with held():
            os.kill(os.getpid(), signum)
            steps.append("went on")
        steps.append("not reached")
    assert steps == ["went on"]
    assert caught.value.args == (signum,)


def test_without_a_signal_nothing_happens() -> None:
    with held():
        assert interrupt not in [signal.getsignal(signum) for signum in BOTH]
    assert [signal.getsignal(signum) for signum in BOTH] == [interrupt, interrupt]


def test_of_several_signals_the_first_is_answered() -> None:
    with pytest.raises(KeyboardInterrupt) as caught, held():  # noqa: PT012
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            os.kill(os.getpid(), signum)
    assert caught.value.args == (signal.SIGTERM,)


def test_nested_blocks_wait_for_the_outermost() -> None:
    steps = []
    with pytest.raises(KeyboardInterrupt), held():  # noqa: PT012
        with held():
            os.kill(os.getpid(), signal.SIGINT)
        steps.append("between")
        with held():
            steps.append("another")
    assert steps == ["between", "another"]


def test_an_error_in_the_block_is_the_interrupts_context() -> None:
    with pytest.raises(KeyboardInterrupt) as caught, held():  # noqa: PT012
        os.kill(os.getpid(), signal.SIGINT)
        raise OSError("full")
    assert isinstance(caught.value.__context__, OSError)
    with pytest.raises(OSError, match="full"), held():
        raise OSError("full")


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with held():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, interrupt)


def test_in_another_thread_handlers_are_left_alone() -> None:
    seen: list[object] = []

    def work() -> None:
        with held():
            seen.extend(signal.getsignal(signum) for signum in BOTH)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [interrupt, interrupt]
