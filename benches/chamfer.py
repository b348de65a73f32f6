"""Chamfer distance, against the other ways to it.

    python benches/chamfer.py [--json FILE] [--threads 1] [--batches 1024] [--points 50]

Microseconds a call, medians of rounds in which all take turns; a call of more than two seconds is timed once.
Answers and gradients are checked against float64 first. "needs ... GiB": not run, it would take more than 6.
Rivals and their settings: benches/_rivals.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import _common
import torch
from _contenders import FORWARD, OURS, Contender, Pass
from _grid import (
    CENTRAL,
    QUICK,
    SINGLE,
    Cell,
    Kernel,
    Row,
    cells,
    grid_parser,
    is_time,
    measure,
    ratios,
    start,
    times,
)
from _jets import decided, random_jets
from _peak import Probe, peaks, probe
from _rivals import chamfer_rivals
from _threads import speed_up
from _timing import interleaved

from pyjetsim.ops import chamfer_distance, reference

BOTH = Pass("forward + backward", (True, True))
FLOP_A_PAIR = 8  # three differences, a product, two multiply-adds
TOLERANCE = 2e-6  # of right float32 answers; those by matrix multiplication are not
_SHORT = {
    "eager": "eager",
    "cdist": "cdist",
    "compile": "torch.compile",
    "compile_argmin": "torch.compile, argmin",
    "keops": "KeOps",
    "chamferdist": "chamferdist",
}


def kernel(rivals: Sequence[Contender]) -> Kernel:
    """Chamfer distance of random jets."""
    ours = Contender(OURS, chamfer_distance)
    return Kernel(
        [ours, *rivals], (FORWARD, BOTH), random_jets, reference.chamfer_distance, TOLERANCE, decided
    )


def figures_of(rows: Sequence[Row]) -> dict[str, float]:
    """The figures that come from the table."""
    figures = {
        **ratios(rows, CENTRAL, FORWARD, "fwd", _SHORT),
        **ratios(rows, CENTRAL, BOTH, "fb", _SHORT),
    }
    for prefix, kind in (("fwd", FORWARD), ("fb", BOTH)):
        single, central = times(rows, SINGLE, kind), times(rows, CENTRAL, kind)
        for name, contender in ((f"{prefix}_us_b1", OURS), (f"eager_{prefix}_us_b1", "eager")):
            if is_time(single.get(contender)):
                figures[name] = single[contender]
        if central:
            figures[f"{prefix}_ns_a_jet"] = 1e3 * central[OURS] / CENTRAL.batch
    return figures


def thread_figures(batches: Sequence[int], seconds: float) -> tuple[list[Row], dict[str, float]]:
    """One thread's time over two's, and why some are not measured; the central batch's has no suffix."""
    rows: list[Row] = []
    figures = {}
    for batch in sorted({CENTRAL.batch, *batches}):
        if batch < CENTRAL.batch:
            continue
        inputs = random_jets(batch, CENTRAL.points)
        suffix = "" if batch == CENTRAL.batch else f"_b{batch}"
        for prefix, kind in (("fwd", FORWARD), ("fb", BOTH)):
            ratio = speed_up(Contender(OURS, chamfer_distance).call(kind, inputs), seconds)
            if isinstance(ratio, str):
                rows.append({"pass": f"two threads, {kind.name}, B = {batch}", OURS: ratio})
            else:
                figures[f"two_thread_{prefix}{suffix}"] = ratio
    return rows, figures


def peak_figures(measure_peak: Probe, where: Cell, seconds: float) -> dict[str, float]:
    """The peaks of one core, and the fraction of the highest that the forward pass reaches, taken in turn."""
    found = peaks(measure_peak)
    figures = {f"peak_gflops_{width}": peak / 1e9 for width, peak in found.items()}
    best = max(found, key=lambda width: found[width])
    seen = []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        call = Contender(OURS, chamfer_distance).call(FORWARD, random_jets(*where))
        call()
        medians = interleaved({OURS: call, "peak": lambda: seen.append(measure_peak(best, 5e-3))}, seconds)
    finally:
        torch.set_num_threads(threads)
    flops = FLOP_A_PAIR * where.batch * where.points**2 / medians[OURS]
    return {**figures, "fwd_gflops": flops / 1e9, "fwd_peak_fraction": flops / sorted(seen)[len(seen) // 2]}


def main() -> None:
    arguments = _common.parsed(grid_parser(__doc__), **QUICK)
    start(arguments.threads)
    title = f"Chamfer distance, µs a call, {arguments.threads} thread(s)"
    with _common.Report(arguments.json, title, quick=arguments.quick) as report:
        report.add(threads=arguments.threads)
        seconds = arguments.seconds / 2
        rivals, settings = chamfer_rivals(BOTH, random_jets(*CENTRAL), seconds, arguments.settings)
        rows = measure(kernel(rivals), cells(arguments), arguments.seconds, report)
        report.add({"pass": "settings", "torch.compile": settings}, **figures_of(rows))
        in_threads, figures = thread_figures(arguments.batches, arguments.seconds)
        report.add(*in_threads, **figures)
        peak = probe()
        if isinstance(peak, str):
            report.add({"pass": "FMA peak", OURS: peak})
        else:
            report.add(**peak_figures(peak, CENTRAL, arguments.seconds))


if __name__ == "__main__":
    main()
