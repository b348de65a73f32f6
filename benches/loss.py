"""The reconstruction loss of the paper's training, against the same in PyTorch.

    python benches/loss.py [--json FILE] [--threads 1] [--batches 1024] [--points 50]

Microseconds a call; see benches/chamfer.py. "forward + backward" is training's: the prediction alone wants a
gradient. "eager" is the definition without masks, Chamfer distance by broadcast; ``torch.compile`` gets it
with the best of the settings in benches/_inductor.py, and once more with nearest points by ``argmin``.
"""

from __future__ import annotations

from collections.abc import Sequence

import _common
from _apart import Apart
from _contenders import FORWARD, OURS, Contender, Pass
from _grid import CENTRAL, QUICK, SINGLE, Kernel, Row, cells, grid_parser, measure, ratios, start, times
from _inductor import best_compiled
from _jets import decided, random_jets
from _rivals import broadcast, broadcast_argmin, bytes_a_pair
from torch import Tensor

from pyjetsim.ops import jet_reconstruction_loss, reference

TRAINING = Pass("forward + backward", (True, False))
BOTH = Pass("forward + backward of both", (True, True))
ALPHA_MASS, ALPHA_PT = 1.0, 0.1  # the paper's recipe
# A mass is rounded relative to itself, but its difference from another, often small, is squared.
TOLERANCE = 1e-4


def ours(prediction: Tensor, target: Tensor) -> Tensor:
    return jet_reconstruction_loss(prediction, target, alpha_mass=ALPHA_MASS, alpha_pt=ALPHA_PT)


def eager(prediction: Tensor, target: Tensor) -> Tensor:
    return broadcast(prediction, target) + kinematic_terms(prediction, target)


def eager_argmin(prediction: Tensor, target: Tensor) -> Tensor:
    return broadcast_argmin(prediction, target) + kinematic_terms(prediction, target)


def kinematic_terms(prediction: Tensor, target: Tensor) -> Tensor:
    predicted, truth = reference.jet_kinematics(prediction), reference.jet_kinematics(target)
    mass, pt = predicted.mass - truth.mass, predicted.pt - truth.pt
    return ALPHA_MASS * mass.square() + ALPHA_PT * pt.square()


def definition(prediction: Tensor, target: Tensor) -> Tensor:
    return reference.jet_reconstruction_loss(prediction, target, alpha_mass=ALPHA_MASS, alpha_pt=ALPHA_PT)


def eager_contender() -> Contender:
    """The definition in PyTorch."""
    return Contender("eager", eager)


def kernel(rivals: Sequence[Apart | Contender]) -> Kernel:
    """The loss of random jets."""
    contenders = [Contender(OURS, ours), *rivals]
    return Kernel(contenders, (FORWARD, TRAINING, BOTH), random_jets, definition, TOLERANCE, decided)


def figures_of(rows: Sequence[Row]) -> dict[str, float]:
    """The figures that come from the table."""
    short = {"eager": "eager", "compile": "torch.compile", "compile_argmin": "torch.compile, argmin"}
    figures = {}
    for prefix, kind in (("fwd", FORWARD), ("fb", TRAINING), ("fb_both", BOTH)):
        figures.update(ratios(rows, CENTRAL, kind, prefix, short))
        if single := times(rows, SINGLE, kind):
            figures[f"{prefix}_us_b1"] = single[OURS]
        if central := times(rows, CENTRAL, kind):
            figures[f"{prefix}_ns_a_jet"] = 1e3 * central[OURS] / CENTRAL.batch
    return figures


def main() -> None:
    options = grid_parser(__doc__)
    # Of 16,384 jets a call of the definition takes seconds, and there are three passes.
    options.set_defaults(batches=[1, 64, 1024])
    arguments = _common.parsed(options, **QUICK)
    start(arguments.threads)
    title = f"Reconstruction loss, µs a call, {arguments.threads} thread(s)"
    with _common.Report(arguments.json, title, quick=arguments.quick) as report:
        report.add(threads=arguments.threads)
        tried = {
            "gradients": TRAINING,
            "inputs": random_jets(*CENTRAL),
            "seconds": arguments.seconds / 2,
            "settings": arguments.settings,
        }
        compiled, settings = best_compiled(
            "torch.compile", "loss:eager", "loss:eager", gib=bytes_a_pair(4, 13), **tried
        )
        argmin, _ = best_compiled(
            "torch.compile, argmin", None, "loss:eager_argmin", gib=bytes_a_pair(4, 5), **tried
        )
        plain = Apart("eager", "loss:eager_contender", gib=bytes_a_pair(24, 61))
        kernels = kernel([plain, compiled, argmin])
        rows = measure(kernels, cells(arguments), arguments.seconds, report)
        report.add({"pass": "settings", "torch.compile": settings}, **figures_of(rows))


if __name__ == "__main__":
    main()
