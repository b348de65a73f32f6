"""Train the three flows of clouds alike, evaluate them, and gather their figures; finished parts stay.

    python tools/compare_clouds.py --data clouds.h5 --work FOLDER --json docs/results/clouds.json
        [--recipe cloud_flow] [--epochs N] [--variants vanilla conditioned constrained]
        [--padding apart source]

Each variant and padding of the recipe is a training of its own in the work folder, which is gone on with
where it is not finished. Clouds are drawn for the classes of the test split and compared with its jets;
the report of each has the figures of the source.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

METRICS = ("w1m", "w1p", "w1efp", "fpd", "kpd", "coverage", "mmd")


def trained(recipe: Any, data: list[Path], run: Path) -> Path:
    """The run of a recipe, begun or gone on with."""
    from pyjetsim.train import train

    train(recipe, data, run, resume=run.exists(), threads=1)
    return run


def variant_of(name: str, variant: str, padding: str, epochs: int | None) -> Any:
    """The recipe with another variant and padding."""
    from pyjetsim.train import load_recipe

    recipe = load_recipe(name)
    model = {**recipe.model, "variant": variant, "padding": padding}
    recipe = recipe.model_copy(update={"model": model})
    return recipe if epochs is None else recipe.with_epochs(epochs)


def judged(data: Path, run: Path, split: str) -> dict[str, Any]:
    """The report on a run's best epoch."""
    from pyjetsim.bundle import export_model
    from pyjetsim.evaluate import evaluate
    from pyjetsim.simulate import simulate
    from pyjetsim.train import load_model

    report = run.with_name(f"{run.name}_report") / "report.json"
    if not report.is_file():
        model, checkpoint = load_model(run)
        bundle = run.with_name(f"{run.name}_bundle")
        export_model(
            model,
            bundle,
            domain=checkpoint.domain,
            provenance=checkpoint.training_provenance,
            cuts=checkpoint.cuts,
            task=checkpoint.task,
        )
        output = run.with_name(f"{run.name}.h5")
        began = time.perf_counter()
        summary = simulate(data, bundle, output, 1, split=split)
        speed = 1e6 * (time.perf_counter() - began) / max(summary.jets, 1)
        content = evaluate(data, output, report.parent, split=split, run=run, skip=("trees", "sets"))
        content["microseconds_a_jet"] = speed
        report.write_text(json.dumps(content) + "\n")
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def figures_of(report: dict[str, Any], name: str) -> dict[str, float]:
    """Means over classes, and over their floors, under ``name``."""
    scores, found = report["scores"], {}
    for metric in METRICS:
        value, floor = scores["values"].get(metric), scores["floors"].get(metric)
        if value is None:
            continue
        found[f"{name}_{metric}"] = value
        found[f"{name}_{metric}_uncertainty"] = scores["uncertainties"][metric]
        found[f"{name}_{metric}_floor"] = floor
        if floor and metric.startswith("w1"):
            found[f"{name}_{metric}_floors"] = value / floor
    found[f"{name}_clouds_a_sample"] = min(report["clouds"]["sizes"].values())
    return found


def main() -> None:
    """Train, evaluate and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--recipe", default="cloud_flow")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--variants", nargs="+", default=["vanilla", "conditioned", "constrained"])
    parser.add_argument("--padding", nargs="+", default=["apart"])
    parser.add_argument("--split", default="test")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    for padding in options.padding:
        for variant in options.variants:
            name = variant if padding == "apart" else f"{variant}_{padding}"
            recipe = variant_of(options.recipe, variant, padding, options.epochs)
            run = trained(recipe, [options.data], options.work / name)
            figures |= figures_of(judged(options.data, run, options.split), name)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({"figures": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
