"""Objects in processes of their own, which are stopped when they do not answer in time.

A C++ compiler that hangs, and what calls it, stop for no thread and no signal handler of Python. So what may
hang is made and called in another process, the leader of its own group, and the whole group is killed.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

import _common

# TorchInductor then compiles in the process itself, not in a pool of others, which would have other groups.
os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")

LIMIT_S = 120.0
"""Seconds that any answer may take, compilation included."""


class Failed(Exception):
    """A question was answered by an error; its text is what a table says of it."""


class Stopped(Failed):
    """There was no answer, and there will be none: the process is gone."""


class Child:
    """An object that another process makes by ``make``, "module:function", from ``given``, and keeps.

    All that goes there and back is pickled. ``limit`` is the longest that an answer may take, seconds.
    """

    def __init__(self, make: str, *given: Any, limit: float | None = None) -> None:
        self.limit = LIMIT_S if limit is None else limit
        context = multiprocessing.get_context("spawn")  # a fork would share the threads' locks
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, make, given), daemon=True)
        self._process.start()
        theirs.close()
        atexit.register(self.close)  # with what it has started, which would go on otherwise
        self._ready = False

    def ask(self, method: str, *given: Any) -> Any:
        """What the object's method returns.

        Raises
        ------
        Failed
            If it raised an error.
        Stopped
            If there was no answer in time, or the process has died.
        """
        if not self._ready:
            try:
                self._answer()
            except Stopped:
                raise
            except Failed as error:
                self.close()
                raise Stopped(str(error)) from error
            self._ready = True
        try:
            self._connection.send((method, given))
        except OSError as error:  # closed, here or there
            raise Stopped("its process has ended") from error
        return self._answer()

    def _answer(self) -> Any:
        try:
            if not self._connection.poll(self.limit):
                self.close()
                raise Stopped(f"no answer within {self.limit:g} s")
            well, answer = self._connection.recv()
        except (EOFError, OSError) as error:
            self._process.join(1)
            code = self._process.exitcode
            self.close()
            raise Stopped(f"its process ended with {_ending(code)}") from error
        if not well:
            raise Failed(answer)
        return answer

    def close(self) -> None:
        """End the process, with all that it has started."""
        atexit.unregister(self.close)
        if self._process.pid is not None:
            # It leads its group, unless it has not come so far.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            self._process.join()
        self._connection.close()

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"


def _serve(connection: Connection, make: str, given: tuple[Any, ...]) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the bench stops it
    module, _, function = make.partition(":")
    served: Any = None

    def made() -> None:
        nonlocal served
        served = getattr(import_module(module), function)(*given)

    _send(connection, made)
    while True:
        try:
            method, arguments = connection.recv()
        except EOFError:
            sys.exit()
        _send(connection, lambda method=method, arguments=arguments: getattr(served, method)(*arguments))


def _send(connection: Connection, call: Callable[[], Any]) -> None:
    try:
        answer = (True, call())
    except Exception as error:  # whatever fails there is named here
        answer = (False, _common.first_line(error))
    connection.send(answer)
