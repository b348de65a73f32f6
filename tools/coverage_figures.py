"""Gather what the tests cover, room by room, from the JSON that coverage or gcovr wrote.

    coverage json -o python.json && python tools/coverage_figures.py python.json
    gcovr --json-summary cpp.json && python tools/coverage_figures.py cpp.json

`make coverage` and `make coverage-cpp` do all of it. Of Python lines and branches count alike, as in
coverage's own report; of C++ lines alone, since compilers make branches that no source has. What Python's
tests run of the compiled parts is not in it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "docs" / "results" / "coverage.json"


def _of_python(report: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    for name, file in report["files"].items():
        summary = file["summary"]
        covered = summary["covered_lines"] + summary["covered_branches"]
        yield name, covered, summary["num_statements"] + summary["num_branches"]


def _of_cpp(report: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    for file in report["files"]:
        yield file["filename"], file["line_covered"], file["line_total"]


_TREES = {"python": ("pyjetsim", _of_python), "cpp": ("csrc", _of_cpp)}


def language_of(report: Mapping[str, Any]) -> str:
    """Whose report it is: coverage gives files by name, gcovr a list."""
    return "python" if isinstance(report["files"], Mapping) else "cpp"


def figures_of(report: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Percent and size of each folder of the sources, files beside them by the sources' name, and of all."""
    tree, counts = _TREES[language_of(report)]
    sums: dict[str, list[int]] = {}
    for name, covered, size in counts(report):
        parts = Path(name).parts
        if tree not in parts:
            continue
        inside = parts[parts.index(tree) + 1 :]
        for key in (inside[0] if len(inside) > 1 else tree, "all"):
            sums[key] = [a + b for a, b in zip(sums.get(key, [0, 0]), (covered, size), strict=True)]
    return {
        room: {"percent": round(100 * covered / max(size, 1), 1), "size": size}
        for room, (covered, size) in sorted(sums.items())
    }


def main() -> int:
    """Read, gather, write beside what the other language has."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("report", type=Path, help="what `coverage json` or `gcovr --json-summary` wrote")
    options.add_argument("--output", type=Path, default=OUTPUT)
    arguments = options.parse_args()
    report = json.loads(arguments.report.read_text())
    figures = figures_of(report)
    if "all" not in figures:
        print(f"{arguments.report} has no file of the project: nothing of it was run", file=sys.stderr)
        return 1
    sys.path.insert(0, str(ROOT / "benches"))
    from _common import commit

    content = json.loads(arguments.output.read_text()) if arguments.output.exists() else {}
    content[language_of(report)] = {
        "commit": commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "rooms": figures,
    }
    arguments.output.write_text(json.dumps(content, indent=1) + "\n")
    print(f"{figures['all']['percent']:.1f} % covered; folder by folder in {arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
