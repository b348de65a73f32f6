"""The reconstruction loss of the paper's training, against the same in PyTorch.

    python benches/loss.py [--json FILE] [--threads 1] [--batches 1024] [--points 50]

Microseconds a call; see benches/chamfer.py. "forward + backward" is training's: the prediction alone wants a
gradient. "eager" is the definition without masks, Chamfer distance by broadcast; ``torch.compile`` gets it
with the best of the settings in benches/_inductor.py, and once more with nearest points by ``argmin``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import _common
from _contenders import FORWARD, OURS, Contender, Pass
from _grid import CENTRAL, SINGLE, Kernel, Row, cells, grid_parser, measure, ratios, start, times
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


def kernel(compiled: Contender, compiled_argmin: Contender) -> Kernel:
    """The loss of random jets."""
    contenders = [
        Contender(OURS, ours),
        Contender("eager", eager, gib=bytes_a_pair(24, 61)),
        replace(compiled, gib=bytes_a_pair(4, 13)),
        replace(compiled_argmin, gib=bytes_a_pair(4, 5)),
    ]
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
    arguments = options.parse_args()
    start(arguments.threads)
    inputs, seconds = random_jets(*CENTRAL), arguments.seconds / 2
    compiled, settings = best_compiled("torch.compile", eager, eager, TRAINING, inputs, seconds)
    argmin, _ = best_compiled("torch.compile, argmin", None, eager_argmin, TRAINING, inputs, seconds)
    rows = measure(kernel(compiled, argmin), cells(arguments), arguments.seconds)
    rows.append({"pass": "settings", "torch.compile": settings})
    title = f"Reconstruction loss, µs a call, {arguments.threads} thread(s)"
    figures = {"threads": arguments.threads, **figures_of(rows)}
    _common.report(rows, figures, arguments.json, title)


if __name__ == "__main__":
    main()
