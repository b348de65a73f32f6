"""Jet kinematics from constituents, against the same in PyTorch.

    python benches/kinematics.py [--json FILE] [--threads 1] [--batches 1024] [--points 50]

Microseconds a call; see benches/chamfer.py. All eight of energy, momentum, pt, eta, phi and mass are taken,
and the gradient of their sum. ``torch.compile`` gets the best of the settings in benches/_inductor.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import _common
from _apart import Apart
from _contenders import FORWARD, OURS, Contender, Pass
from _grid import CENTRAL, QUICK, SINGLE, Kernel, Row, cells, grid_parser, measure, ratios, start, times
from _inductor import best_compiled
from _jets import random_jets
from torch import Tensor

from pyjetsim.ops import jet_kinematics, reference

GRADIENT = Pass("forward + backward", (True,), outputs=8)
TOLERANCE = 1e-5


def jets(batch: int, points: int) -> tuple[Tensor, ...]:
    return random_jets(batch, points)[:1]


def contiguous(constituents: Tensor) -> tuple[Tensor, ...]:
    """The definition for torch.compile, which expects gradients to be strided as px, py and pz are."""
    return tuple(part.contiguous() for part in reference.jet_kinematics(constituents))


def eager_contender() -> Contender:
    """The definition in PyTorch."""
    return Contender("eager", reference.jet_kinematics)


def kernel(rivals: Sequence[Apart | Contender]) -> Kernel:
    """Kinematics of random jets."""
    contenders = [Contender(OURS, jet_kinematics), *rivals]
    return Kernel(contenders, (FORWARD, GRADIENT), jets, reference.jet_kinematics, TOLERANCE)


def figures_of(rows: Sequence[Row]) -> dict[str, float]:
    """The figures that come from the table."""
    short = {"eager": "eager", "compile": "torch.compile"}
    figures = {}
    for prefix, kind in (("fwd", FORWARD), ("fb", GRADIENT)):
        figures.update(ratios(rows, CENTRAL, kind, prefix, short))
        if single := times(rows, SINGLE, kind):
            figures[f"{prefix}_us_b1"] = single[OURS]
        if central := times(rows, CENTRAL, kind):
            figures[f"{prefix}_ns_a_jet"] = 1e3 * central[OURS] / CENTRAL.batch
    return figures


def main() -> None:
    arguments = _common.parsed(grid_parser(__doc__), **QUICK)
    start(arguments.threads)
    title = f"Jet kinematics, µs a call, {arguments.threads} thread(s)"
    with _common.Report(arguments.json, title, quick=arguments.quick) as report:
        report.add(threads=arguments.threads)
        compiled, settings = best_compiled(
            "torch.compile",
            "kinematics:contiguous",
            "kinematics:contiguous",
            GRADIENT,
            jets(*CENTRAL),
            arguments.seconds / 2,
            settings=arguments.settings,
        )
        rivals = [Apart("eager", "kinematics:eager_contender"), compiled]
        rows = measure(kernel(rivals), cells(arguments), arguments.seconds, report)
        report.add({"pass": "settings", "torch.compile": settings}, **figures_of(rows))


if __name__ == "__main__":
    main()
