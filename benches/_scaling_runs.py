"""What benches/scaling.py runs: whole programs with a time limit, and datasets put together from one file."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import _common


class TooLong(Exception):
    """A program that was stopped at its limit."""


class Ran(NamedTuple):
    """A program that ended well."""

    seconds: float
    peak_mb: float
    """Largest resident memory of any one of its processes."""
    output: str


def program(words: Sequence[object], folder: Path, limit: float) -> Ran:
    """Run ``python -P`` with these words in a process group of its own, one numerical thread a process."""
    command = [sys.executable, "-P", *map(str, words)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    with (folder / "output.txt").open("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stdout=output, stderr=output, env=environment, start_new_session=True
        )
        late = threading.Event()

        def stop() -> None:
            late.set()
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(limit, stop)
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            timer.cancel()
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)  # it was waited for here
        output.seek(0)
        said = output.read()
    what = " ".join(map(str, words))[:60]
    if late.is_set():
        raise TooLong(f"{what} took more than {limit:.0f} s")
    if process.returncode:
        print("\n".join(said.splitlines()[-40:]), file=sys.stderr, flush=True)
        raise RuntimeError(f"{what}: {_problem(said.splitlines())}")
    return Ran(seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6, said)


def _problem(lines: list[str]) -> str:
    """What a program said last of what went wrong; torchrun's own summary comes behind it."""
    errors = [line for line in lines if line.startswith("pyjetsim:") or "Error: " in line]
    return (errors or lines or ["no output"])[-1]


def pyjetsim(*words: object, folder: Path, limit: float) -> Ran:
    """A verb of the command."""
    return program(["-m", "pyjetsim", *words], folder, limit)


def synthetic(path: Path, pairs: int, seed: int = 1) -> Path:
    """A jets.h5 of the tests' pairs, two an event; the gen jets are the same for all seeds."""
    from dataclasses import replace

    sys.path.insert(0, str(_common.ROOT / "tests" / "python"))
    from synthetic import synthetic_pairs

    from pyjetsim.detector import load_card
    from pyjetsim.io import write_pairs

    made = synthetic_pairs(pairs, 1)
    if seed != 1:
        made = replace(made, reco=synthetic_pairs(pairs, seed).reco)
    card = load_card("cms").model_dump(mode="json")
    write_pairs(path, made, {"detector": card, "mean_pileup": 50.0, "jets": {"radius": 0.5}})
    return path


def repeated(source: Path, folder: Path, times: int) -> Path:
    """A dataset of so many copies of a file, with other event numbers in each."""
    import h5py

    from pyjetsim.io import dataset
    from pyjetsim.io.dataset.folder import shard_name

    folder.mkdir()
    for number in range(times):
        path = folder / shard_name(number)
        shutil.copyfile(source, path)
        with h5py.File(path, "r+") as file:
            event = file["event"][...]
            file["event"][...] = event + number * (int(event.max()) + 1)
    dataset.make(folder)
    return folder


def size_of(path: Path) -> int:
    """Bytes of a file, or of the shards of a dataset."""
    return path.stat().st_size if path.is_file() else sum(each.stat().st_size for each in path.glob("*.h5"))


class Workers:
    """Processes that each do the same work of one core when they are asked to."""

    def __init__(self, script: Path, count: int) -> None:
        command = [sys.executable, "-P", str(script)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self._all = [
            subprocess.Popen(
                [*command, str(seed)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                bufsize=1,
                env=environment,
            )
            for seed in range(1, count + 1)
        ]
        for each in self._all:
            while self._line(each) != "ready":
                pass

    def seconds(self, count: int) -> float:
        """How long it takes until the first ``count`` of them have done a piece of work, all at once."""
        start = time.perf_counter()
        asked = self._all[:count]
        for each in asked:
            assert each.stdin is not None
            each.stdin.write("\n")
        for each in asked:
            self._line(each)
        return time.perf_counter() - start

    @staticmethod
    def _line(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("a process that does the work of one core has ended")
        return line.strip()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._all:
            # Its input ends, and with it the process.
            each.__exit__(None, None, None)


class Results(_common.Report):
    """Rows by the table that they belong to, and steps that may fail."""

    _step = ""

    def row(self, part: str, what: str, **columns: Any) -> None:
        """Add one; ``part`` says which table it belongs to."""
        self.add({"part": part, "what": what, **columns, "step": self._step})

    def figure(self, name: str, value: float) -> None:
        """Add one."""
        self.row("figure", name, value=value)
        self.add(**{name: value})

    def keep(self, file: Path | None, steps: Sequence[str]) -> None:
        """Take over what ``file`` has of other steps than these."""
        if file is None or not file.is_file():
            return
        for row in json.loads(file.read_text())["rows"]:
            if row.get("step", "") not in ("", *steps):
                self.rows.append(row)
                if row["part"] == "figure":
                    self.figures[row["what"]] = row["value"]

    def tables(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """One a part."""
        parts: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows:
            columns = {name: value for name, value in row.items() if name not in ("part", "step")}
            parts.setdefault(row["part"], []).append(columns)
        return list(parts.items())

    def step(self, name: str, call: Callable[[], None]) -> None:
        """Make a step; where it fails, or takes too long, that is a row, and the bench goes on."""
        print(f"{name} ...", file=sys.stderr, flush=True)
        self._step = name
        try:
            call()
        except Exception as problem:
            self.row("problem", name, problem=_common.first_line(problem))
        finally:
            self._step = ""


def last_epoch(run: Path) -> float:
    """Training pairs a second of the last epoch of a run."""
    lines = (run / "log.jsonl").read_text().splitlines()
    return float(json.loads(lines[-1])["train_jets_per_s"])
