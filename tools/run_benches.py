"""Run the benches one after another: one that fails, or does not end, is named and does not stop the rest.

    python tools/run_benches.py [--quick] [NAME ...]

Results go to benches/results/, those of --quick to build/benches/: they are for trying, not for comparing.
A bench writes what it measures as it comes, so an interrupted one leaves what it has. --limit ends a bench
that takes longer. The exit code is 1 if any failed.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCHES = ROOT / "benches"
_LIMIT_S, _QUICK_LIMIT_S = 3 * 3600.0, 300.0
_GRACE_S = 20.0
"""That a bench has to write down why it was stopped, and to stop what it has started."""


def benches() -> dict[str, Path]:
    """All of them, by name."""
    return {path.stem: path for path in sorted(BENCHES.glob("[a-z]*.py"))}


def run(command: Sequence[str | Path], limit: float) -> str:
    """Run one; why it failed, or nothing."""
    process = subprocess.Popen(list(map(str, command)), cwd=ROOT, start_new_session=True)
    try:
        code = process.wait(limit)
    except subprocess.TimeoutExpired:
        stop(process)
        return f"stopped after {limit:g} s"
    except BaseException:
        stop(process)
        raise
    return f"exit code {code}" if code else ""


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and end it with all of its group if it does not."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def main() -> int:
    """Run them."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("names", nargs="*", metavar="NAME", help="benches (default: all)")
    options.add_argument("--quick", action="store_true", help="each with --quick, into build/benches")
    options.add_argument(
        "--limit", type=float, metavar="SECONDS", help="a bench may take (10800; quick: 300)"
    )
    arguments = options.parse_args()
    known = benches()
    if unknown := [name for name in arguments.names if name not in known]:
        options.error(f"there is no bench {unknown[0]}: choose from {', '.join(known)}")
    limit = arguments.limit or (_QUICK_LIMIT_S if arguments.quick else _LIMIT_S)
    results = ROOT / "build" / "benches" if arguments.quick else BENCHES / "results"
    failed = {}
    began = time.monotonic()
    for name in arguments.names or known:
        print(f"== {name}", flush=True)
        words = [sys.executable, known[name], "--json", results / f"{name}.json"]
        started = time.monotonic()
        if problem := run([*words, *(["--quick"] if arguments.quick else [])], limit):
            failed[name] = problem
        print(f"== {name}: {problem or 'done'}, {time.monotonic() - started:.0f} s", flush=True)
    print(f"{len(arguments.names or known)} benches in {time.monotonic() - began:.0f} s")
    for name, problem in failed.items():
        print(f"failed: {name}, {problem}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
