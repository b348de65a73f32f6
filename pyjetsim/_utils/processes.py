"""Numbered tasks on several processes; a worker is made once a process and serves many tasks."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection
from typing import TYPE_CHECKING, Any

from pyjetsim._utils.interrupts import held
from pyjetsim.errors import GenerationError, InputError

if TYPE_CHECKING:  # rich takes long to import
    from pyjetsim._utils.progress import Progress

Advance = Callable[[int], None]
MakeWorker = Callable[[Advance], Callable[[int], Any]]
"""Given a function to report events to, makes what serves the tasks. Must be picklable."""

ATTEMPTS = 3
"""How often a task is tried whose process dies."""
_POLL = 0.2
"""Seconds between looks at how many events are done."""
_END = 10.0
"""Seconds that a terminated process is waited for."""


def available_processes() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_number(processes: int | None) -> None:
    """Raise :class:`~pyjetsim.errors.InputError` for fewer than one process; None is one for each core."""
    if processes is not None and processes < 1:
        raise InputError(f"processes is {processes}", "somebody must do the work", "give at least 1")


def run_tasks(
    make_worker: MakeWorker,
    tasks: Iterable[int],
    processes: int,
    done: Callable[[int, Any], None],
    progress: Progress,
    lost: Callable[[int], None] | None = None,
) -> None:
    """Serve all tasks; call ``done(task, result)`` for each, in any order, in this process.

    With one process (or one task) the work is done here; ``progress`` is entered once the worker is
    made, because making one may take the process's output to itself for a while. An error of a
    worker, or an interrupt, stops all and is raised here; a worker that dies is a
    :class:`~pyjetsim.errors.GenerationError`. What ``done`` was called for is finished.

    With ``lost``, tasks whose process died are tried again, each in a process of its own; it is called for
    those whose process dies ATTEMPTS times.
    """
    waiting = list(tasks)
    check_number(processes)
    if min(processes, len(waiting)) <= 1:
        worker = make_worker(progress.advance) if waiting else None
        with progress:
            for task in waiting:
                assert worker is not None
                done(task, worker(task))
        return
    with progress:
        left = waiting
        while left:
            suspects = _run_pool(make_worker, left, processes, done, progress.advance)
            if not suspects:
                return
            if lost is None:
                raise _died()
            for task in suspects:
                if not any(
                    not _run_pool(make_worker, [task], 1, done, progress.advance) for _ in range(1, ATTEMPTS)
                ):
                    lost(task)


def _died() -> GenerationError:
    return GenerationError(
        "a worker process died",
        "it was killed, ran out of memory, or could not start; what was finished is kept",
        "run the same again, with fewer processes if memory is short; a script that starts "
        'processes needs `if __name__ == "__main__":`',
    )


def _run_pool(
    make_worker: MakeWorker,
    tasks: list[int],
    processes: int,
    done: Callable[[int, Any], None],
    advance: Advance,
) -> list[int]:
    """Serve tasks, and take them from the list; those that were worked on when a process died, or none."""
    # Fresh interpreters: forked copies of PYTHIA, HDF5 and threads are not safe.
    context = multiprocessing.get_context("spawn")
    counter, seen = context.Value("q", 0), 0
    others = set(multiprocessing.active_children())
    processes = min(processes, len(tasks))
    executor = ProcessPoolExecutor(processes, context, _start, (make_worker, counter))
    pending: dict[Future[Any], int] = {}

    def submit(task: int) -> None:
        with held(), interrupts_ignored():  # While processes start: they inherit it.
            try:
                pending[executor.submit(_serve, task)] = task
            except BrokenProcessPool:
                pending[Future()] = task
                raise

    try:
        # No more than are worked on: who is lost with a process is known.
        while tasks and len(pending) < processes:
            submit(tasks.pop(0))
        while pending:
            finished, _ = wait(pending, timeout=_POLL, return_when=FIRST_COMPLETED)
            now = counter.value
            if now > seen:
                advance(now - seen)
                seen = now
            for future in finished:
                result = future.result()
                done(pending.pop(future), result)
                if tasks:
                    submit(tasks.pop(0))
    except BaseException as error:
        with held():  # A second Ctrl-C would leave the executor to end in tracebacks at exit.
            _end(executor, set(multiprocessing.active_children()) - others)
        if isinstance(error, BrokenProcessPool):
            return list(pending.values())
        raise
    executor.shutdown()
    return []


def _end(executor: ProcessPoolExecutor, children: set[Any]) -> None:
    """End processes first: the executor can only end when none of them works for it."""
    for child in children:
        child.terminate()
    # Not join: the executor's own thread reaps them, and two cannot.
    for child in children:
        if not connection.wait([child.sentinel], _END):
            child.kill()
    executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def interrupts_ignored() -> Iterator[None]:
    """Ctrl-C reaches every process of a terminal; only the parent is to answer."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


_make_worker: MakeWorker | None = None
_advance: Advance | None = None
_worker: Callable[[int], Any] | None = None


def _start(make_worker: MakeWorker, counter: Any) -> None:
    """Prepare a process. The worker itself is made with the first task: errors then reach the parent."""
    global _make_worker, _advance
    _make_worker = make_worker

    def advance(events: int) -> None:
        with counter.get_lock():
            counter.value += events

    _advance = advance
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when its parent was killed, and cannot end it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _serve(task: int) -> Any:
    global _worker
    if _worker is None:
        assert _make_worker is not None
        assert _advance is not None
        _worker = _make_worker(_advance)
    return _worker(task)
