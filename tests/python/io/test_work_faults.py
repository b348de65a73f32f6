"""What happens to a dataset that is being made when a scheduler, a disk or a shard goes wrong."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import pytest
from shard_jobs import Synthetic
from synthetic import synthetic_pairs

from pyjetsim.errors import DataError, StorageError
from pyjetsim.io import dataset, write_pairs
from pyjetsim.io.dataset.index import look
from pyjetsim.io.dataset.work import record, run_job

HERE = Path(__file__).parent
N = 5
CLIENT = """
import sys
from pathlib import Path
from shard_jobs import Synthetic
from pyjetsim.errors import Error
from pyjetsim.io.dataset.work import run_job
try:
    job = Synthetic(5, {3: "wait", 4: "wait"}, sys.argv[2])
    run_job(job, Path(sys.argv[1]), scheduler=sys.argv[3], quiet=True)
except Error as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What an undisturbed process writes."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    run_job(Synthetic(N), folder, processes=1, quiet=True)
    return content(folder)


def started(*words: object, **options: object) -> subprocess.Popen[str]:
    paths = os.pathsep.join([str(HERE), str(HERE.parent)])
    environment = {**os.environ, "PYTHONPATH": paths, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s"}
    return subprocess.Popen([sys.executable, "-P", *map(str, words)], env=environment, text=True, **options)  # type: ignore[call-overload,no-any-return]


@contextmanager
def cluster(
    port: int, scratch: Path, limits: tuple[int | None, ...] = (None,)
) -> Iterator[subprocess.Popen[str]]:
    """A scheduler and its workers, each a process; ``limits``: the largest file that each may write."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    address = f"tcp://127.0.0.1:{port}"
    scheduler = started(
        "-m",
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        port,
        "--no-dashboard",
        **quiet,
    )
    workers = []
    for limit in limits:

        def limited(limit: int | None = limit) -> None:
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        words = ["--nthreads", 1, "--no-nanny", "--no-dashboard", "--local-directory", scratch]
        workers.append(
            started("-m", "distributed.cli.dask_worker", address, *words, preexec_fn=limited, **quiet)
        )
    try:
        yield scheduler
    finally:
        for each in (*workers, scheduler):
            each.kill()
            each.wait()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_scheduler_that_is_killed_is_told_and_the_next_one_goes_on(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    folder, notes, port = tmp_path / "data", tmp_path / "notes", free_port()
    notes.mkdir()
    address = f"tcp://127.0.0.1:{port}"
    with cluster(port, tmp_path, (None, None)) as scheduler:
        client = started("-c", CLIENT, folder, notes, address, stderr=subprocess.PIPE)
        while not (notes / "3").is_file() or not (notes / "4").is_file():
            assert client.poll() is None
            time.sleep(0.05)
        scheduler.kill()
        _, said = client.communicate(timeout=120)
    assert client.returncode == 1
    assert said.strip().splitlines()[-1].startswith(f"ShardError: the scheduler at {address} is lost"), said
    assert sorted(content(folder)) == ["000000.h5", "000001.h5", "000002.h5"]
    with cluster(port, tmp_path):
        done = run_job(Synthetic(N), folder, scheduler=address, quiet=True)
    assert done.made == (3, 4)
    assert content(folder) == whole


def test_a_disk_that_is_full_on_one_worker(tmp_path: Path, whole: dict[str, bytes]) -> None:
    """No half of a shard stays, and the same command completes when there is room."""
    folder, port = tmp_path / "data", free_port()
    address = f"tcp://127.0.0.1:{port}"
    too_small = len(whole["000000.h5"]) // 2
    with (
        cluster(port, tmp_path, (too_small,)),
        pytest.raises(StorageError, match=r"cannot write .*h5: .*what was there before is kept"),
    ):
        run_job(Synthetic(N), folder, scheduler=address, quiet=True)
    assert content(folder) == {}
    with cluster(port, tmp_path):
        run_job(Synthetic(N), folder, scheduler=address, quiet=True)
    assert content(folder) == whole


def test_shards_of_another_version_or_detector_do_not_get_in(
    tmp_path: Path, whole: dict[str, bytes], cms: Any
) -> None:
    folder = tmp_path / "data"
    run_job(Synthetic(N), folder, processes=1, quiet=True)
    # Another version under the name of a shard: it is not what was noted, and is made again.
    with h5py.File(folder / "000002.h5", "r+") as file:
        file.attrs["version"] = 7
    assert run_job(Synthetic(N), folder, processes=1, quiet=True).made == (2,)
    assert content(folder) == whole
    # Under a name of its own it is no shard; to take it in is refused.
    other = folder / "other.h5"
    other.write_bytes(whole["000001.h5"])
    with h5py.File(other, "r+") as file:
        file.attrs["version"] = 7
    assert dataset.verify(folder).strangers == ("other.h5",)
    (folder / "index.json").unlink()
    with pytest.raises(DataError, match=r"other\.h5: version is 7, this pyjetsim reads 1"):
        dataset.make(folder)
    assert not (folder / "index.json").exists()
    other.unlink()
    # Another detector, with a note of its own, as a part that was made elsewhere has.
    pairs = synthetic_pairs(20, 1, first_event=20)
    write_pairs(folder / "000001.h5", pairs, {"seed": 1, "detector": dict(cms.figures)})
    look(folder / "000001.h5")[1].write(folder / "work", record(folder, 1).name)
    with pytest.raises(DataError, match=r"000000\.h5 is of detector unnamed, .*000001\.h5 of CMS"):
        run_job(Synthetic(N), folder, processes=1, quiet=True)
    assert not (folder / "index.json").exists()
