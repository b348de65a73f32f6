"""What every bench shares: options, the table, and the JSON that figures are compared by."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
# Programs that a bench starts measure the installed package, not the sources that they may stand beside.
os.environ["PYTHONSAFEPATH"] = "1"


def parser(description: str | None) -> argparse.ArgumentParser:
    """``--json`` and ``--threads``; add a bench's own options to it."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--json", type=Path, metavar="FILE", help="also write the result here")
    options.add_argument("--threads", type=int, default=1, help="threads to measure with (default 1)")
    return options


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


def report(
    rows: Sequence[Mapping[str, Any]], figures: Mapping[str, float], json_file: Path | None, title: str = ""
) -> None:
    """Print ``rows`` as a table and ``figures`` below it; write both to ``json_file``."""
    console = Console()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(*columns, title=title or None)
    for row in rows:
        table.add_row(*(_cell(row.get(name, "")) for name in columns))
    console.print(table)
    for name, value in figures.items():
        console.print(f"{name} = {_cell(value)}", highlight=False)
    if json_file is not None:
        content = {
            "machine": machine(),
            "commit": commit(),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "rows": [dict(row) for row in rows],
            "figures": dict(figures),
        }
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(content, indent=1) + "\n")


def machine() -> dict[str, Any]:
    """What it was measured on, and how busy that was."""
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
