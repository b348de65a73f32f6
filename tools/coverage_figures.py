"""Gather what the tests cover, package by package, from the JSON that coverage wrote.

    coverage json -o build/coverage.json && python tools/coverage_figures.py build/coverage.json

`make coverage` does all of it. Lines and branches count alike, as in coverage's own report. Compiled parts,
which C++ tests and Python's use, are not in it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "docs" / "results" / "coverage.json"
PACKAGE = "pyjetsim"
_COUNTS = ("covered_lines", "num_statements", "covered_branches", "num_branches")


def figures_of(report: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Percent and size of each package of ``pyjetsim``, its own files as "pyjetsim", and of all together."""
    sums: dict[str, list[int]] = {}
    for name, file in report["files"].items():
        parts = Path(name).parts
        if PACKAGE not in parts:
            continue
        inside = parts[parts.index(PACKAGE) + 1 :]
        package = inside[0] if len(inside) > 1 else PACKAGE
        counts = [file["summary"][each] for each in _COUNTS]
        for key in (package, "all"):
            sums[key] = [a + b for a, b in zip(sums.get(key, [0] * 4), counts, strict=True)]
    return {
        package: {
            "percent": round(100 * (lines + branches) / max(statements + of_branches, 1), 1),
            "statements": statements,
            "branches": of_branches,
        }
        for package, (lines, statements, branches, of_branches) in sorted(sums.items())
    }


def main() -> int:
    """Read, gather, write."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("report", type=Path, help="what `coverage json` wrote")
    options.add_argument("--output", type=Path, default=OUTPUT)
    arguments = options.parse_args()
    figures = figures_of(json.loads(arguments.report.read_text()))
    if "all" not in figures:
        print(f"{arguments.report} has no file of {PACKAGE}: nothing of it was run", file=sys.stderr)
        return 1
    sys.path.insert(0, str(ROOT / "benches"))
    from _common import commit

    content = {
        "commit": commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "packages": figures,
    }
    arguments.output.write_text(json.dumps(content, indent=1) + "\n")
    print(f"{figures['all']['percent']:.1f} % of lines and branches; by package in {arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
