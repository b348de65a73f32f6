"""Shards of work: the same bytes whoever makes them, kept after anything, failures told."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from shard_jobs import PAIRS, Synthetic
from synthetic import synthetic_pairs

from pyjetsim._utils.output import locked
from pyjetsim.errors import DataError, InputError, ShardError
from pyjetsim.io import write_pairs
from pyjetsim.io.dataset import PairsDataset, append, read_index, work
from pyjetsim.io.dataset import make as make_dataset
from pyjetsim.io.dataset.folder import shard_name
from pyjetsim.io.dataset.work import Done, Part, run_job

HERE = Path(__file__).parent


def make(folder: Path, job: Synthetic, **options: object) -> Done:
    return run_job(job, folder, **{"processes": 1, "quiet": True, **options})  # type: ignore[arg-type]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process writes."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    done = run_job(Synthetic(5), folder, processes=1, quiet=True)
    assert (done.made, done.found, done.missing) == ((0, 1, 2, 3, 4), (), 0)
    assert done.whole == read_index(folder)
    with PairsDataset(folder) as many:
        assert len(many) == 5 * PAIRS
    found = content(folder)
    assert sorted(found) == [*(f"{i:06d}.h5" for i in range(5)), "index.json"]
    return found


def test_parts_make_the_same_in_any_order(tmp_path: Path, whole: dict[str, bytes]) -> None:
    folder = tmp_path / "data"
    missing = [make(folder, Synthetic(5), part=f"{number}/3").missing for number in (3, 1, 2)]
    assert missing == [3, 2, 0]
    assert content(folder) == whole
    assert [list(Part(i, 3).shards(5)) for i in (1, 2, 3)] == [[0], [1, 2], [3, 4]]
    assert [list(Part(i, 3).shards(1)) for i in (1, 2, 3)] == [[], [], [0]]
    for text in ("0/3", "4/3", "1", "a/b", "1/0", "-1/3"):
        with pytest.raises(InputError, match="it says which part"):
            Part.parse(text)
    assert Part.parse("2/3") == Part(2, 3)


def test_what_is_there_is_not_made_again_unless_it_is_damaged(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    folder = tmp_path / "data"
    make(folder, Synthetic(5))
    shard = folder / "000002.h5"
    shard.write_bytes(bytes(len(shard.read_bytes())))
    (folder / "000004.h5").unlink()
    done = make(folder, Synthetic(5))
    assert done.made == (2, 4)
    assert content(folder) == whole
    with pytest.raises(InputError, match=r"holds shards of other settings: seed was 1, is 2"):
        make(folder, Synthetic(5, seed=2))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine").touch()
    with pytest.raises(InputError, match="other is there and is no dataset"):
        make(tmp_path / "other", Synthetic(5))


def test_a_damaged_record_is_written_anew_or_its_shard_is_made_again(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    folder = tmp_path / "data"
    make(folder, Synthetic(5))
    records = [folder / "work" / f"{i:06d}.json" for i in range(5)]
    texts = [path.read_bytes() for path in records]
    records[1].write_bytes(b"?" + texts[1][1:])  # Its end still tells the hash.
    records[2].write_bytes(texts[2][:-20])
    records[3].write_bytes(b"\xff" + texts[3])
    done = make(folder, Synthetic(5))
    assert done.made == (2, 3)
    assert content(folder) == whole
    assert [path.read_bytes() for path in records] == texts
    # Another part's, which this part does not make again.
    records[4].write_bytes(texts[4][:-20])
    with pytest.raises(DataError, match=r"000004\.json cannot be read: .* with all its parts"):
        make(folder, Synthetic(5), part="1/3")


def test_what_is_appended_takes_no_place_of_a_shard_to_come(tmp_path: Path, whole: dict[str, bytes]) -> None:
    folder, more = tmp_path / "data", tmp_path / "more.h5"
    with pytest.raises(ShardError):
        make(folder, Synthetic(5, {1: "fail"}))
    make_dataset(folder)
    write_pairs(more, synthetic_pairs(7, 99, first_event=10_000), {"seed": 1})
    append(folder, [more])
    done = make(folder, Synthetic(5))
    assert done.made == (1,)
    assert {
        name: found for name, found in content(folder).items() if name in whole and name != "index.json"
    } == {name: found for name, found in whole.items() if name != "index.json"}
    assert read_index(folder).pairs == 5 * PAIRS + 7
    # A lost shard's name is not taken either.
    (folder / "000003.h5").unlink()
    append(folder, [_other(tmp_path)])
    assert make(folder, Synthetic(5)).made == (3,)
    with PairsDataset(folder) as many:
        assert len(many) == 5 * PAIRS + 7 + 3


def _other(folder: Path) -> Path:
    write_pairs(folder / "other.h5", synthetic_pairs(3, 98, first_event=20_000), {"seed": 1})
    return folder / "other.h5"


def test_parts_that_overlap_refuse_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    make(folder, Synthetic(5), part="1/3")
    with locked(folder / "work", name="part-2-of-3.lock"):
        for part in (None, "2/2", "2/3"):
            with pytest.raises(InputError, match="another run is writing in"):
                make(folder, Synthetic(5), part=part)
        assert make(folder, Synthetic(5), part="3/3").missing == 2


def test_a_shard_without_pairs_knows_no_columns(tmp_path: Path) -> None:
    job = Synthetic(3, {0: "write nothing"}, columns=True)
    make(tmp_path / "data", job)
    with PairsDataset(tmp_path / "data") as many:
        assert many.columns == ("luminosity_block", "run")
        assert many.none().columns.keys() == {"run", "luminosity_block"}
        assert len(many.read()) == len(many.column("run")) == 2 * PAIRS
        assert len(many.column("run", slice(0, 0))) == 0


def test_a_shard_that_fails_is_told_and_the_others_are_kept(tmp_path: Path, whole: dict[str, bytes]) -> None:
    folder = tmp_path / "data"
    with pytest.raises(ShardError) as caught:
        make(folder, Synthetic(5, {1: "fail", 3: "fail"}))
    assert "2 of 5 shards failed, 000001 with: ValueError: poison; failed, too: 000003 (" in str(caught.value)
    told = json.loads((folder / "work" / "000001.failed.json").read_text())
    assert told["error"] == "ValueError: poison"
    assert not (folder / "index.json").exists()
    done = make(folder, Synthetic(5))
    assert done.made == (1, 3)
    assert content(folder) == whole
    assert not list((folder / "work").glob("*.failed.json"))


def test_a_worker_that_dies_is_replaced(tmp_path: Path, whole: dict[str, bytes]) -> None:
    """One dies once: its shard is made again. One dies always: it is told, and the others are kept."""
    folder, notes = tmp_path / "data", tmp_path / "notes"
    notes.mkdir()
    job = Synthetic(5, {1: "die once", 4: "die"}, str(notes))
    with pytest.raises(ShardError, match=r"1 of 5 shards failed, 000004 with: .* died, 3 times"):
        make(folder, job, processes=2)
    assert (notes / "1").read_text().count("\n") >= 2
    assert (notes / "4").read_text().count("\n") >= 3
    assert content(folder) == {f"{i:06d}.h5": whole[f"{i:06d}.h5"] for i in range(4)}
    done = make(folder, Synthetic(5))
    assert done.made == (4,)
    assert content(folder) == whole


@pytest.mark.parametrize("scheduler", ["", "local"])
def test_processes_that_all_die_end_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: dict[str, bytes], scheduler: str
) -> None:
    """A hundred thousand shards are not tried one by one. What was noted is made by the next command."""
    monkeypatch.setattr(work, "_HOPELESS", 2)
    folder = tmp_path / "data"
    with pytest.raises(ShardError, match=r"of 2 shards died, and no shard was made .*other 3 were not tried"):
        make(folder, Synthetic(5, dict.fromkeys(range(5), "die")), processes=2, scheduler=scheduler or None)
    assert make(folder, Synthetic(5)).made == tuple(range(5))
    assert content(folder) == whole


def test_a_job_is_not_warned_of_another_ones_cluster(tmp_path: Path, whole: dict[str, bytes]) -> None:
    """A warning is an error here. The port is that of Dask's dashboard."""
    with socket.socket() as taken:
        with suppress(OSError):  # another test's
            taken.bind(("", 8787))
            taken.listen()
        make(tmp_path / "data", Synthetic(5), scheduler="local")
        assert content(tmp_path / "data") == whole


def test_a_cluster_gives_the_same_bytes_and_tells_what_fails(tmp_path: Path, whole: dict[str, bytes]) -> None:
    """A cluster of somebody else, by its address: a worker dies once, a shard fails."""
    from distributed import LocalCluster

    folder, notes = tmp_path / "data", tmp_path / "notes"
    notes.mkdir()
    # Threads of one worker take turns.
    options = {"n_workers": 1, "threads_per_worker": 2, "dashboard_address": None}
    options["scheduler_kwargs"] = {"dashboard_address": ":0"}  # other tests may have a cluster
    with LocalCluster(processes=True, local_directory=str(tmp_path), **options) as cluster:
        address = cluster.scheduler_address
        with pytest.raises(ShardError, match="1 of 5 shards failed, 000002 with: ValueError: poison"):
            make(folder, Synthetic(5, {1: "die once", 2: "fail"}, str(notes)), scheduler=address)
        assert (notes / "1").read_text().count("\n") >= 2
        done = make(folder, Synthetic(5), scheduler=address)
        assert done.made == (2,)
        assert content(folder) == whole
        cluster.scheduler.allowed_failures = 0
        with pytest.raises(ShardError, match=r"1 of 1 shards failed, 000000 with: .* died"):
            make(tmp_path / "dies", Synthetic(1, {0: "die"}), scheduler=address)
    with pytest.raises(InputError, match="no scheduler answers at nonsense://"):
        make(tmp_path / "other", Synthetic(4), scheduler="nonsense://x:1")


@pytest.mark.parametrize("scheduler", ["", "local"])
def test_interrupted_it_goes_on(tmp_path: Path, whole: dict[str, bytes], scheduler: str) -> None:
    folder, notes = tmp_path / "data", tmp_path / "notes"
    notes.mkdir()
    words = [sys.executable, "-P", str(HERE / "shard_jobs.py"), str(folder), str(notes), scheduler]
    paths = os.pathsep.join([str(HERE), str(HERE.parent)])
    going = subprocess.Popen(
        words, stderr=subprocess.DEVNULL, start_new_session=True, env={**os.environ, "PYTHONPATH": paths}
    )
    while not (notes / "3").is_file() or not (notes / "4").is_file():
        assert going.poll() is None
        time.sleep(0.05)
    with pytest.raises(InputError, match=f"another run is writing in .* process {going.pid} on"):
        make(folder, Synthetic(5))
    os.killpg(going.pid, signal.SIGINT)  # As a terminal does: to all processes.
    assert going.wait(timeout=90) != 0
    assert sorted(content(folder)) == ["000000.h5", "000001.h5", "000002.h5"]
    done = make(folder, Synthetic(5))
    assert done.made == (3, 4)
    assert content(folder) == whole
    workers = {int(pid) for note in notes.iterdir() for pid in note.read_text().split()}
    end = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < end:
        time.sleep(0.05)
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


def test_a_shard_that_was_cut_behind_its_time_is_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    make(folder, Synthetic(3))
    shard = folder / shard_name(1)
    whole, stat = shard.read_bytes(), shard.stat()
    shard.write_bytes(whole[:-100])
    os.utime(shard, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert make(folder, Synthetic(3)).made == (1,)
    assert shard.read_bytes() == whole
