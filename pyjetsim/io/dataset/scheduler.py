"""Shards on the workers of dask.distributed, which write for themselves."""

from __future__ import annotations

import hashlib
import logging
import pickle
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from itertools import islice
from threading import Lock
from typing import Any

from pyjetsim._utils.extras import needs
from pyjetsim._utils.interrupts import held
from pyjetsim._utils.processes import MakeWorker, interrupts_ignored, run_tasks
from pyjetsim._utils.progress import Progress
from pyjetsim.errors import InputError, ShardError

LOCAL = "local"
_AHEAD = 1000
"""Tasks that a scheduler has at a time, at least: a hundred thousand would fill it before the first began."""
_FAST = {
    # Arrays would be given back to the system, and asked for again, at each operation.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
    # A look at what the worker does, a hundred times a second.
    "distributed.worker.profile.enabled": False,
}
"""Settings of workers that are started here: they are slower with those that they come with."""
_TIMEOUT = 30.0
"""Seconds to wait for a scheduler, and for its first worker."""


def run_anywhere(
    scheduler: str | None,
    make_worker: MakeWorker,
    tasks: list[int],
    processes: int,
    done: Callable[[int, Any], None],
    progress: Progress,
    lost: Callable[[int], None],
    size: Callable[[int], int],
) -> None:
    """Serve tasks on processes of our own, or, with a scheduler, on its workers; see :func:`run_tasks`."""
    if scheduler is None:
        run_tasks(make_worker, tasks, processes, done, progress, lost)
    else:
        _run_on_scheduler(scheduler, make_worker, tasks, processes, done, progress, lost, size)


def _run_on_scheduler(
    address: str,
    make_worker: MakeWorker,
    tasks: list[int],
    processes: int,
    done: Callable[[int, Any], None],
    progress: Progress,
    lost: Callable[[int], None],
    size: Callable[[int], int],
) -> None:
    """Serve tasks as :func:`pyjetsim._utils.processes.run_tasks` does, on workers of dask.distributed.

    A task whose worker dies is given to another; ``lost`` is called where the scheduler gives it up, by its
    own ``distributed.scheduler.allowed-failures``. Progress comes with whole shards.
    """
    distributed = _distributed()
    if not tasks:
        return
    content = pickle.dumps(make_worker)
    with _client(address, min(processes, len(tasks))) as client, progress:
        waiting = iter(tasks)
        futures: dict[Any, int] = {}

        def more() -> list[Any]:
            """Hand on as many tasks as keep all workers busy."""
            room = max(_AHEAD, 2 * sum(client.nthreads().values())) - len(futures)
            new = {client.submit(_serve, content, task, pure=False): task for task in islice(waiting, room)}
            futures.update(new)
            return list(new)

        try:
            finished = distributed.as_completed(more(), loop=client.loop)
            for future in finished:
                task = futures.pop(future)
                try:
                    result = future.result()
                except distributed.scheduler.KilledWorker:
                    lost(task)
                except (CancelledError, distributed.comm.CommClosedError) as error:
                    raise ShardError(
                        f"the scheduler at {address} is lost: {' '.join(str(error).split())[:80]}",
                        "its workers do nothing more; shards that are finished are kept",
                        "start it again, and run the same command again",
                    ) from error
                else:
                    done(task, result)
                progress.advance(size(task))
                future.release()
                finished.update(more())
        except BaseException:
            with held(), suppress(Exception):
                client.cancel(list(futures), force=True)
            raise


def _distributed() -> Any:
    with needs("scale", "--scheduler"):
        return import_module("distributed")


@contextmanager
def _client(address: str, processes: int) -> Iterator[Any]:
    distributed = _distributed()
    # What it says of workers that end is told by us.
    logger = logging.getLogger("distributed")
    before = logger.level
    with ExitStack() as stack:
        logger.setLevel(logging.CRITICAL)
        stack.callback(logger.setLevel, before)
        if address == LOCAL:
            stack.enter_context(import_module("dask").config.set(_FAST))
            scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="pyjetsim-dask-"))
            with held(), interrupts_ignored():  # Ctrl-C is this process's to answer.
                cluster = distributed.LocalCluster(
                    n_workers=processes,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=None,
                    # A port that is free: of two jobs on a machine, the second would be warned of the first.
                    scheduler_kwargs={"dashboard_address": ":0"},
                    local_directory=scratch,
                    silence_logs=logging.CRITICAL,
                )
            stack.enter_context(cluster)
            client = distributed.Client(cluster)
        else:
            try:
                client = distributed.Client(address, timeout=_TIMEOUT, set_as_default=False)
            except (OSError, ValueError, TypeError) as error:
                raise InputError(
                    f"no scheduler answers at {address}: {' '.join(str(error).split())[:120]}",
                    "its workers are to do the work",
                    "give its address, such as tcp://host:8786, or `local`",
                ) from error
        stack.enter_context(client)
        try:
            client.wait_for_workers(1, timeout=_TIMEOUT)
        except (OSError, TimeoutError) as error:
            raise ShardError(
                f"the scheduler at {address} has no workers",
                "nobody would do the work",
                "start some, with one thread each: dask worker --nthreads 1",
            ) from error
        yield client


_worker: tuple[str, Callable[[int], Any]] | None = None
_one_at_a_time = Lock()


def _serve(content: bytes, task: int) -> Any:
    """Serve a task on a worker. What serves them is made once a process; PYTHIA is not for threads."""
    global _worker
    with _one_at_a_time:
        key = hashlib.sha256(content).hexdigest()
        if _worker is None or _worker[0] != key:
            _worker = key, pickle.loads(content)(lambda events: None)
        return _worker[1](task)
