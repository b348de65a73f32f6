"""How fast does the flow of variables simulate jets, and its spline train?

    python benches/flows.py [--json FILE] [--threads 1] [--jets 20000] [--rounds 5]

The model is the recipe "flashsim_jets"'s with random weights. One core, all jets in one call: the C++
engine with the native backend and with ONNX Runtime, and the same flow in eager PyTorch, with the compiled
spline and with zuko's. Answers of the backends are compared first. Beside them the spline alone with its
gradient, also nflows' where that is installed. A rival that needs more than two minutes a call is named and
left out.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import _common

_LONGEST = 120.0


def model_and_task() -> tuple[Any, Any]:
    """The recipe's, with weights that are not those of an untrained one, whose splines do nothing."""
    import torch

    from pyjetsim.models import Standardisation
    from pyjetsim.train import load_recipe

    recipe = load_recipe("flashsim_jets")
    torch.manual_seed(1)
    model = recipe.new_model().eval()
    sizes = {name: getattr(model, f"{name}_mean").shape for name in ("condition", "target")}
    model.set_standardisation(
        **{name: Standardisation(torch.zeros(size), torch.ones(size)) for name, size in sizes.items()}
    )
    with torch.no_grad():
        for layer in model.flow.layers:
            layer.conditioner.last.weight.normal_(0, 0.05)
    return model, recipe.new_task()


def domain_of(model: Any) -> dict[str, list[float]]:
    """Something near where jets are."""
    ranges = {"pt": [15.0, 500.0], "eta": [-4.7, 4.7], "phi": [-3.14, 3.14], "mass": [1.0, 80.0]}
    return {column.name: ranges.get(column.name, [0.0, 1.0]) for column in model.config.conditions}


def seconds_of(run: Callable[[], object], rounds: int) -> float | None:
    """The median of several calls; None where one takes too long."""
    taken = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
        if taken[-1] > _LONGEST:
            return None
    return sorted(taken[1:])[rounds // 2]


def measure(jets: int, rounds: int) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """The table, and the figures."""
    import numpy as np
    import torch

    from pyjetsim.bundle import export_model
    from pyjetsim.models.flows import splines
    from pyjetsim.simulate import Graph

    model, task = model_and_task()
    conditions = task.trials(domain_of(model), model, jets)[""]
    rows: list[dict[str, Any]] = []
    figures: dict[str, float] = {}
    contenders: dict[str, Callable[[], object]] = {}
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "bundle"
        export_model(model, bundle, domain=domain_of(model), provenance={}, task=task)
        graphs = {name: Graph(bundle, name) for name in ("native", "onnxruntime")}
        answers = [graph(conditions, np.arange(jets), 1)["variables"] for graph in graphs.values()]
        close = np.isclose(*answers, rtol=1e-3, atol=1e-3).all(1).mean()
        if close < 0.99:
            raise SystemExit(f"the backends agree on {close:.1%} of the jets only")
        for name, graph in graphs.items():
            contenders[f"pyjetsim, {name}"] = lambda graph=graph: graph(conditions, np.arange(jets), 1)
        given, noise = torch.from_numpy(conditions["conditions"]), torch.randn(jets, model.noise_size)

        def eager() -> None:
            with torch.inference_mode():
                for first in range(0, jets, 1024):
                    model(given[first : first + 1024], noise[first : first + 1024])

        def by_zuko() -> None:
            kernel, splines._by_kernel = splines._by_kernel, lambda values: False
            try:
                eager()
            finally:
                splines._by_kernel = kernel

        contenders |= {"PyTorch, compiled spline": eager, "PyTorch, zuko": by_zuko}
        for name, run in contenders.items():
            seconds = seconds_of(run, rounds)
            rows.append(
                {"what": "jets", "by": name, "a second": "left out" if seconds is None else jets / seconds}
            )
            if seconds is not None:
                figures[f"flashsim_jets_per_s{'' if name.endswith('native') else '_' + _word(name)}"] = (
                    jets / seconds
                )
    for name, function in _spline_contenders().items():
        seconds = seconds_of(function, rounds)
        what = "splines with gradient"
        rows.append(
            {"what": what, "by": name, "a second": "left out" if seconds is None else _SPLINES / seconds}
        )
        if seconds is not None:
            figures[f"splines_per_s_{_word(name)}"] = _SPLINES / seconds
    return rows, figures


_SPLINES = 512 * 9


def _spline_contenders() -> dict[str, Callable[[], object]]:
    """A layer's splines of a batch, forward and back."""
    import torch
    from zuko.transforms import MonotonicRQSTransform

    from pyjetsim.ops import rational_quadratic_spline

    values = torch.randn(_SPLINES)
    parameters = torch.randn(_SPLINES, 47, requires_grad=True)

    def back(changed: torch.Tensor, log_slope: torch.Tensor) -> None:
        parameters.grad = None
        (changed.square().sum() - log_slope.sum()).backward()

    def zuko() -> None:
        back(*MonotonicRQSTransform(*torch.split(parameters, [16, 16, 15], -1)).call_and_ladj(values))

    found: dict[str, Callable[[], object]] = {
        "pyjetsim": lambda: back(*rational_quadratic_spline(values, parameters)),
        "zuko": zuko,
    }
    if find_spec("nflows") is not None:
        from nflows.transforms.splines.rational_quadratic import unconstrained_rational_quadratic_spline

        def nflows() -> None:
            parts = torch.split(parameters, [16, 16, 15], -1)
            back(*unconstrained_rational_quadratic_spline(values, *parts, tails="linear", tail_bound=5.0))

        found["nflows"] = nflows
    return found


def _word(name: str) -> str:
    return name.lower().replace(", ", "_").replace(" ", "_").removeprefix("pyjetsim_")


def main() -> None:
    options = _common.parser(__doc__)
    options.add_argument("--jets", type=int, default=20000, help="jets in a call (default 20000)")
    options.add_argument("--rounds", type=int, default=5, help="calls of each (default 5)")
    arguments = options.parse_args()
    _common.use_threads(arguments.threads)
    import torch

    torch.set_num_threads(arguments.threads)
    rows, figures = measure(arguments.jets, arguments.rounds)
    _common.report(rows, {"threads": arguments.threads, **figures}, arguments.json, "Flow of variables")


if __name__ == "__main__":
    main()
