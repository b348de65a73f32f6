"""How long a command takes to answer, a bundle to load, and one's own events to become jets; and the size.

    python benches/startup.py [--json FILE] [--wheel FILE | --environment FOLDER]

A new environment is made with venv, and pyjetsim and what it depends on are installed in it, without extras:
from ``--wheel``, or from the checkout, which is compiled for that. ``--environment`` is one that is there
already. Each time is that of a new process. The events are 1000 of two jets each in a HepMC3 file, simulated
by the command that the README begins with, which loads the shipped model. With --quick it is the environment
that this runs in, which has more than a plain installation: its size is left out.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import _common

WANTED = {
    "help_seconds": "<= 0.3",
    "load_cells_seconds": "<= 0.5",
    "own_events_seconds": "<= 300",
    "plain_install_mb": "<= 450",
}
_LOAD = """
import time
began = time.perf_counter()
import pyjetsim
pyjetsim.load("cells")
print(time.perf_counter() - began)
"""


def parser() -> argparse.ArgumentParser:
    options = _common.parser(__doc__)
    where = options.add_mutually_exclusive_group()
    where.add_argument("--wheel", type=Path, help="install this wheel")
    where.add_argument("--environment", type=Path, help="an environment with a plain installation")
    options.add_argument("--rounds", type=int, default=11, help="processes of each; the median counts")
    return options


def plain_environment(wheel: Path | None, folder: Path) -> Path:
    """A new environment with a plain installation; CalledProcessError where it cannot be made."""
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    command = [
        environment / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    done = subprocess.run([*command, wheel or _common.ROOT], stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"pip install failed:\n{done.stderr[-2000:]}")
    return environment


def megabytes(folder: Path) -> float:
    """What its files take, those with several names once."""
    sizes = {}
    for path in folder.rglob("*"):
        if not path.is_symlink() and path.is_file():
            status = path.stat()
            sizes[status.st_dev, status.st_ino] = status.st_size
    return sum(sizes.values()) / 1e6


def median(sample: Callable[[], float], rounds: int) -> float:
    """Of so many samples, after one that is left out: files are in memory then."""
    sample()
    return statistics.median(sample() for _ in range(rounds))


def events(path: Path, count: int) -> Path:
    """A HepMC3 file, made by what the tests make theirs with."""
    sys.path.insert(0, str(_common.ROOT / "tests" / "python"))
    from hepmc_events import write_hepmc

    return write_hepmc(path, list(range(count)))


def measure(
    environment: Path, rounds: int, report: _common.Report, folder: Path, *, plain: bool = True
) -> None:
    """Rows and figures; the size of a ``plain`` installation only."""
    own = events(folder / "events.hepmc.gz", 1000)
    python = environment / "bin" / "python"
    # As it is installed: no other packages, and no sources of the folder that this is run in.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    clean["PYTHONSAFEPATH"] = "1"

    def run(*words: object) -> str:
        command = [str(word) for word in words]
        return subprocess.run(command, env=clean, capture_output=True, text=True, check=True).stdout

    def asking() -> float:
        began = time.perf_counter()
        run(environment / "bin" / "pyjetsim", "--help")
        return time.perf_counter() - began

    def simulating() -> float:
        began = time.perf_counter()
        run(environment / "bin" / "pyjetsim", "simulate", own, "--output", folder / "jets.h5", "--quiet")
        return time.perf_counter() - began

    measured: dict[str, tuple[str, Callable[[], float]]] = {
        "help_seconds": ("pyjetsim --help, a whole process", lambda: median(asking, rounds)),
        "load_cells_seconds": (
            "import pyjetsim and load cells, golden jets replayed",
            lambda: median(lambda: float(run(python, "-c", _LOAD)), rounds),
        ),
        "own_events_seconds": (
            "pyjetsim simulate events.hepmc.gz, 1000 events, a whole process",
            lambda: median(simulating, rounds),
        ),
    }
    if plain:
        measured["plain_install_mb"] = (
            "an environment with a plain installation",
            lambda: megabytes(environment),
        )
    for name, (what, measuring) in measured.items():
        value = measuring()
        unit = "MB" if name.endswith("mb") else "s"
        report.add({"what": what, "unit": unit, "measured": value, "wanted": WANTED[name]}, **{name: value})


def main() -> None:
    arguments = _common.parsed(parser(), rounds=3)
    here = Path(sys.prefix) if arguments.quick and arguments.wheel is None else None
    with (
        tempfile.TemporaryDirectory() as name,
        _common.Report(arguments.json, "start and size", quick=arguments.quick) as report,
    ):
        folder = Path(name)
        environment = arguments.environment or here or plain_environment(arguments.wheel, folder)
        measure(environment, arguments.rounds, report, folder, plain=environment != here)


if __name__ == "__main__":
    main()
