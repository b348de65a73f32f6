"""The grid that all kernels are measured on, and the measuring of one kernel against its rivals."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import _common
import torch
from _answers import Function, Truth
from _apart import Apart
from _children import Failed
from _contenders import OURS, Contender, Pass
from _inductor import SETTINGS
from _memory import extra_mb
from _timing import interleaved
from torch import Tensor

MEMORY_LIMIT_GIB = 6.0
_OTHER = ("B", "N", "pass", OURS, f"{OURS}, MB")
Row = dict[str, Any]


class Cell(NamedTuple):
    """So many jets of so many constituents."""

    batch: int
    points: int


CENTRAL = Cell(1024, 50)
SINGLE = Cell(1, 50)


def grid_parser(description: str | None) -> argparse.ArgumentParser:
    """The options of the kernels' benches."""
    options = _common.parser(description)
    options.add_argument("--batches", type=int, nargs="+", default=[1, 64, 1024, 16384], metavar="B")
    options.add_argument("--points", type=int, nargs="+", default=[30, 50, 100, 200], metavar="N")
    options.add_argument(
        "--seconds", type=float, default=2.0, help="of timing for each row (default 2), three rounds at least"
    )
    options.add_argument(
        "--settings",
        nargs="*",
        default=list(SETTINGS),
        choices=list(SETTINGS),
        help="of torch.compile, of which the fastest counts (default: all); none: it is left out",
    )
    return options


QUICK: dict[str, Any] = {"batches": [1, 1024], "points": [50], "seconds": 0.2, "settings": []}
"""What is tried of the grid in a hurry: compiling takes most of the time, so there is no torch.compile."""


def start(threads: int) -> None:
    """Hold PyTorch and what is imported or compiled from now on to so many threads."""
    _common.use_threads(threads)  # KeOps reads the environment
    torch.set_num_threads(threads)
    if not sys.stdout.isatty():
        os.environ.setdefault("COLUMNS", "160")  # the table is wide


def cells(arguments: argparse.Namespace) -> list[Cell]:
    """The cells asked for."""
    return [Cell(batch, points) for points in arguments.points for batch in arguments.batches]


class Kernel(NamedTuple):
    """What is measured: the contenders (ours is called OURS), their inputs and what is right."""

    contenders: Sequence[Apart | Contender]
    passes: Sequence[Pass]
    inputs: Callable[[int, int], tuple[Tensor, ...]]
    definition: Function
    tolerance: float
    clear: Callable[..., Tensor] | None = None


def measure(
    kernel: Kernel, where: Iterable[Cell], seconds: float, report: _common.Report | None = None
) -> list[Row]:
    """A row for each cell and pass: microseconds a call of every contender, or why there are none.

    ``report`` has each row as it comes.

    Raises
    ------
    AssertionError
        If our own answer is wrong.
    """
    rows = []
    for cell in where:
        inputs = kernel.inputs(*cell)
        truth = Truth(kernel.definition, inputs, kernel.clear)
        for kind in kernel.passes:
            row: Row = {"B": cell.batch, "N": cell.points, "pass": kind.name}
            calls = {}
            for contender in kernel.contenders:
                problem = _unfit(contender, kind, inputs, truth, kernel.tolerance)
                assert not (problem and contender.name == OURS), f"{row}: {problem}"
                row[contender.name] = problem
                if not problem:
                    calls[contender.name] = contender.call(kind, inputs)
            taken = interleaved(calls, seconds)
            for contender in kernel.contenders:
                name = contender.name
                if name in taken:
                    row[name] = _microseconds(taken[name])
                elif isinstance(contender, Apart) and name in calls:
                    row[name] = contender.stopped  # it answered once, and no more
            row[f"{OURS}, MB"] = extra_mb(calls[OURS])
            rows.append(row)
            if report is not None:
                report.add(row)
            print(_line(row), flush=True)
    return rows


def is_time(value: Any) -> bool:
    """Whether an entry of the table is a measured time, not a reason for there being none."""
    return isinstance(value, int | float)


def _microseconds(seconds: float) -> float:
    # Four digits or more: the rest is noise, and hard to read.
    time = 1e6 * seconds
    return round(time, 2) if time < 1000 else round(time)


def _unfit(
    contender: Apart | Contender, kind: Pass, inputs: Sequence[Tensor], truth: Truth, tolerance: float
) -> str | None:
    """Why this cell cannot be measured; None if the answers are right."""
    if contender.missing:
        return contender.missing
    if not contender.can(kind):
        return "only with gradients"
    need = contender.gib(inputs, kind.backward) if contender.gib else 0.0
    if need > MEMORY_LIMIT_GIB:
        return f"needs {need:.0f} GiB"
    try:
        answer = contender.answer(kind, inputs)
    except Failed as error:
        return str(error)
    except Exception as error:  # a rival's failure is a result
        if contender.name == OURS:
            raise
        return _common.first_line(error)
    return truth.wrong(*answer, tolerance)


def _line(row: Row) -> str:
    ours = row[OURS]
    rivals = (
        f"{name} {value / ours:.1f}x" for name, value in row.items() if is_time(value) and name not in _OTHER
    )
    return f"B={row['B']} N={row['N']} {row['pass']}: {ours:.1f} µs; " + ", ".join(rivals)


def times(rows: Sequence[Row], cell: Cell, kind: Pass) -> Mapping[str, Any]:
    """The row of a cell and pass; empty if it was not measured."""
    found = (row for row in rows if tuple(map(row.get, ("B", "N", "pass"))) == (*cell, kind.name))
    return next(found, {})


def ratios(
    rows: Sequence[Row], cell: Cell, kind: Pass, prefix: str, names: Mapping[str, str]
) -> dict[str, float]:
    """How many times slower rivals are, as figures ``{prefix}_vs_{short}``; ``names`` maps short to rival."""
    row = times(rows, cell, kind)
    return {
        f"{prefix}_vs_{short}": row[name] / row[OURS]
        for short, name in names.items()
        if is_time(row.get(name))
    }
