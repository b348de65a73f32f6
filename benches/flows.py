"""How fast does the flow of variables simulate jets, and its spline train?

    python benches/flows.py [--json FILE] [--threads 1] [--jets 20000] [--rounds 5]

The model is the recipe "flashsim_jets"'s with random weights. One core, all jets in one call: the C++
engine with the native backend and with ONNX Runtime, and the same flow in eager PyTorch, with the compiled
spline and with zuko's. Answers of the backends are compared first. Beside them the spline alone with its
gradient, also nflows' where that is installed. Rivals run in processes of their own: one that needs more than
two minutes a call is stopped and named.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import _common


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


def seconds_of(run: Callable[[], object], rounds: int) -> float:
    """The median of several calls, after one that is left out."""
    return median(lambda: timed(run), rounds)


def median(sample: Callable[[], float], rounds: int) -> float:
    """Of so many samples, after one that is left out."""
    return sorted([sample() for _ in range(rounds + 1)][1:])[rounds // 2]


def timed(run: Callable[[], object]) -> float:
    """Seconds of a call."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


class EagerFlow:
    """The same flow in eager PyTorch, with the compiled spline or with zuko's."""

    def __init__(self, conditions: Any, threads: int, *, zuko: bool) -> None:
        import torch

        from pyjetsim.models.flows import splines

        torch.set_num_threads(threads)
        self._model, _ = model_and_task()
        self._given = torch.from_numpy(conditions)
        self._noise = torch.randn(len(conditions), self._model.noise_size)
        if zuko:
            splines._by_kernel = lambda values: False

    def seconds(self) -> float:
        """Of all jets."""
        return timed(self._run)

    def _run(self) -> None:
        import torch

        with torch.inference_mode():
            for first in range(0, len(self._given), 1024):
                self._model(self._given[first : first + 1024], self._noise[first : first + 1024])


class Splines:
    """A layer's splines of a batch, forward and back, by one of `spline_contenders`."""

    def __init__(self, name: str, threads: int) -> None:
        import torch

        torch.set_num_threads(threads)
        self._run = spline_contenders()[name]

    def seconds(self) -> float:
        """Of a call."""
        return timed(self._run)


def measure(jets: int, rounds: int, threads: int, report: _common.Report) -> None:
    """The table, and the figures."""
    import numpy as np
    from _children import Child, Failed

    from pyjetsim.bundle import export_model
    from pyjetsim.simulate import Graph

    model, task = model_and_task()
    conditions = task.trials(domain_of(model), model, jets)[""]
    report.add(threads=threads)

    def add(what: str, by: str, measuring: Callable[[], float], per_call: int, figure: str) -> None:
        try:
            speed = per_call / measuring()
        except Failed as problem:
            report.add({"what": what, "by": by, "a second": str(problem)})
        else:
            report.add({"what": what, "by": by, "a second": speed}, **{figure: speed})

    def apart(make: str, *given: Any) -> float:
        with Child(make, *given) as child:
            return median(lambda: float(child.ask("seconds")), rounds)

    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "bundle"
        export_model(model, bundle, domain=domain_of(model), provenance={}, task=task)
        graphs = {name: Graph(bundle, name) for name in ("native", "onnxruntime")}
        answers = [graph(conditions, np.arange(jets), 1)["variables"] for graph in graphs.values()]
        close = np.isclose(*answers, rtol=1e-3, atol=1e-3).all(1).mean()
        if close < 0.99:
            raise SystemExit(f"the backends agree on {close:.1%} of the jets only")
        for name, graph in graphs.items():
            figure = "flashsim_jets_per_s" + ("" if name == "native" else f"_{name}")

            def run(graph: Any = graph) -> object:
                return graph(conditions, np.arange(jets), 1)

            add("jets", f"pyjetsim, {name}", lambda run=run: seconds_of(run, rounds), jets, figure)
    given = conditions["conditions"]
    for name, make in (
        ("PyTorch, compiled spline", "flows:eager_flow"),
        ("PyTorch, zuko", "flows:zuko_flow"),
    ):
        figure = f"flashsim_jets_per_s_{_word(name)}"
        add("jets", name, lambda make=make: apart(make, given, threads), jets, figure)
    for name in spline_contenders():
        figure = f"splines_per_s_{_word(name)}"
        add(
            "splines with gradient",
            name,
            lambda name=name: apart("flows:Splines", name, threads),
            _SPLINES,
            figure,
        )


def eager_flow(conditions: Any, threads: int) -> EagerFlow:
    """With the compiled spline."""
    return EagerFlow(conditions, threads, zuko=False)


def zuko_flow(conditions: Any, threads: int) -> EagerFlow:
    """With zuko's."""
    return EagerFlow(conditions, threads, zuko=True)


_SPLINES = 512 * 9


def spline_contenders() -> dict[str, Callable[[], object]]:
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
    arguments = _common.parsed(options, jets=2000, rounds=1)
    _common.use_threads(arguments.threads)
    import torch

    torch.set_num_threads(arguments.threads)
    with _common.Report(arguments.json, "Flow of variables", quick=arguments.quick) as report:
        measure(arguments.jets, arguments.rounds, arguments.threads, report)


if __name__ == "__main__":
    main()
