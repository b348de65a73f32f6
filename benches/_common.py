"""What every bench shares: options, the table, and the JSON that figures are compared by."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benches" / "results"
# Programs that a bench starts measure the installed package, not the sources that they may stand beside.
os.environ["PYTHONSAFEPATH"] = "1"


def parser(description: str | None) -> argparse.ArgumentParser:
    """``--json``, ``--threads`` and ``--quick``; add a bench's own, and have all read by `parsed`."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--json", type=Path, metavar="FILE", help="also write the result here, as it comes")
    options.add_argument("--threads", type=int, default=1, help="threads to measure with (default 1)")
    options.add_argument(
        "--quick", action="store_true", help="fewer points and shorter repeats: to try it, not for figures"
    )
    return options


def parsed(
    options: argparse.ArgumentParser, words: Sequence[str] | None = None, **quick: Any
) -> argparse.Namespace:
    """What was given; with ``--quick``, ``quick`` are the defaults, and no real figures are replaced."""
    arguments = options.parse_args(words)
    if arguments.quick:
        options.set_defaults(**quick)
        arguments = options.parse_args(words)
        if arguments.json is not None and arguments.json.resolve().is_relative_to(RESULTS):
            options.error(f"--quick does not write to {RESULTS.relative_to(ROOT)}: name another file")
    return arguments


def use_threads(threads: int) -> None:
    """Hold the numerical libraries to so many threads; call before importing them."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)


def reference_data() -> Path:
    """Where the reference samples lie: ``$PYJETSIM_REFERENCE_DATA``, else beside the checkout."""
    return Path(os.environ.get("PYJETSIM_REFERENCE_DATA", ROOT.parent / "shared" / "data"))


def peak_rss_mb() -> float:
    """Largest resident memory of this process so far, MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


class Report:
    """Rows and figures as they come: each is written to ``json_file``, all are printed at the end.

    The file says ``"complete": false`` until the ``with`` block ends well, and what stopped it.
    """

    def __init__(self, json_file: Path | None = None, title: str = "", *, quick: bool = False) -> None:
        self.rows: list[dict[str, Any]] = []
        self.figures: dict[str, Any] = {}
        self._file, self._title = json_file, title
        self._about = {"machine": machine(), "commit": commit()} if json_file is not None else {}
        if quick:
            self._about["quick"] = True

    def add(self, *rows: Mapping[str, Any], **figures: float) -> None:
        """More of them."""
        self.rows.extend(dict(row) for row in rows)
        self.figures.update(figures)
        self._write(False)

    def __enter__(self) -> Report:
        # Also what is asked to stop by a signal leaves what was measured, and no process.
        self._before = signal.signal(signal.SIGTERM, _stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGTERM, self._before)
        # What measured nothing leaves the file as it was.
        if error is None or self.rows or self.figures:
            self._write(error is None, "" if error is None else first_line(error))
        console = Console()
        for title, rows in self.tables():
            columns = list(dict.fromkeys(name for row in rows for name in row))
            table = Table(*columns, title=title or None)
            for row in rows:
                table.add_row(*(_cell(row.get(name, "")) for name in columns))
            console.print(table)
        for name, value in self.figures.items():
            console.print(f"{name} = {_cell(value)}", highlight=False)

    def tables(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """What is printed: titles and rows."""
        return [(self._title, self.rows)]

    def _write(self, complete: bool, stopped: str = "") -> None:
        if self._file is None:
            return
        content = {
            **self._about,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "complete": complete,
            **({"stopped": stopped} if stopped else {}),
            "rows": self.rows,
            "figures": self.figures,
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._file.with_name(f"{self._file.name}.part")
        unfinished.write_text(json.dumps(content, indent=1) + "\n")
        unfinished.replace(self._file)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(f"stopped by {signal.Signals(number).name}")


def report(
    rows: Sequence[Mapping[str, Any]], figures: Mapping[str, float], json_file: Path | None, title: str = ""
) -> None:
    """Print ``rows`` as a table and ``figures`` below it; write both to ``json_file``."""
    with Report(json_file, title) as whole:
        whole.add(*rows, **figures)


def machine() -> dict[str, Any]:
    """What is measured on, and how busy that is before."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 2),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "torch": _version("torch"),
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def commit() -> str:
    """The commit measured, with ``+changes`` if sources differ from it; "unknown" outside git."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "pyjetsim", "csrc")
        return git("rev-parse", "--short=12", "HEAD") + ("+changes" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def first_line(problem: object) -> str:
    """What a table can say of an error: its kind and the beginning of its text, which may be empty."""
    kind = "" if isinstance(problem, str) else f"{type(problem).__name__}: "
    return (kind + str(problem).strip().partition("\n")[0])[:90]
