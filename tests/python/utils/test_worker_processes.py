"""Tasks on processes: results, errors, a worker that dies, an interrupt."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable

import pytest

from pyjetsim._utils.processes import available_processes, run_tasks
from pyjetsim._utils.progress import Progress
from pyjetsim.errors import GenerationError, InputError, StorageError


class Square:
    def __init__(self, advance: Callable[[int], None]) -> None:
        self.advance = advance

    def __call__(self, task: int) -> tuple[int, int]:
        self.advance(10)
        return task**2, os.getpid()


class Failing(Square):
    def __call__(self, task: int) -> tuple[int, int]:
        if task == 2:
            raise StorageError("disk", "full", "free space")
        return super().__call__(task)


class Unmakeable(Square):
    def __init__(self, advance: Callable[[int], None]) -> None:
        raise GenerationError("PYTHIA cannot start", "no process", "correct it")


class Dying(Square):
    def __call__(self, task: int) -> tuple[int, int]:
        if task == 2:
            os._exit(3)
        return super().__call__(task)


class Sleeping(Square):
    def __call__(self, task: int) -> tuple[int, int]:
        if task > 1:
            time.sleep(60)
        return super().__call__(task)


def silent() -> Progress:
    return Progress("tasks", 60, quiet=True)


def assert_no_children() -> None:
    """The last ones may be about to be reaped."""
    started = time.monotonic()
    while multiprocessing.active_children():
        assert time.monotonic() - started < 20
        time.sleep(0.02)


def collect(worker: Callable[..., object], processes: int) -> tuple[dict[int, tuple[int, int]], int]:
    found: dict[int, tuple[int, int]] = {}
    progress = silent()
    run_tasks(worker, range(6), processes, found.__setitem__, progress)  # type: ignore[arg-type]
    return found, progress.done


@pytest.mark.parametrize("processes", [1, 2])
def test_every_task_is_served_and_counted(processes: int) -> None:
    found, events = collect(Square, processes)
    assert {task: value for task, (value, _) in found.items()} == {task: task**2 for task in range(6)}
    assert events == 60
    assert (os.getpid() in {process for _, process in found.values()}) == (processes == 1)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize(("worker", "message"), [(Failing, "disk"), (Unmakeable, "PYTHIA cannot start")])
def test_an_error_arrives_as_it_was_raised(
    processes: int, worker: Callable[..., object], message: str
) -> None:
    with pytest.raises((StorageError, GenerationError), match=message) as caught:
        collect(worker, processes)
    assert caught.value.todo in ("free space", "correct it")
    assert_no_children()


def test_the_worker_is_made_before_the_bar_is_on_the_screen() -> None:
    """PYTHIA starts with the process's output turned away: a bar would disappear in it."""
    order: list[str] = []

    class Watched(Progress):
        def __enter__(self) -> Progress:
            order.append("bar")
            return super().__enter__()

    def make(advance: Callable[[int], None]) -> Square:
        order.append("worker")
        return Square(advance)

    run_tasks(make, range(2), 1, lambda task, result: None, Watched("tasks", 20, quiet=True))
    assert order == ["worker", "bar"]


def test_a_worker_that_dies_is_told() -> None:
    with pytest.raises(GenerationError, match="a worker process died"):
        collect(Dying, 2)


def test_an_interrupt_ends_the_workers_at_once() -> None:
    started = time.monotonic()

    def interrupt(task: int, result: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_tasks(Sleeping, range(6), 2, interrupt, silent())
    assert_no_children()
    assert time.monotonic() - started < 30


def test_no_tasks_and_no_processes() -> None:
    run_tasks(Unmakeable, [], 2, lambda task, result: None, silent())
    with pytest.raises(InputError, match="processes is 0"):
        run_tasks(Square, [1], 0, lambda task, result: None, silent())
    assert available_processes() >= 1
