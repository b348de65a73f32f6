"""Compare trained bundles on the same jets: simulate, evaluate, and gather the figures of merit.

    python tools/compare_models.py --data ww.h5 --model best=cells --model vae=paper [--also qcd=qcd.h5]
        --work FOLDER --json docs/results/models.json

A model is NAME=BUNDLE, a bundle a folder or the name of one that comes with pyjetsim. `--also` judges the
model named `best` on further samples; those named `new_...` hold no jets trained on and are taken whole.
Simulations and reports stay in the work folder; those that are there are not made again. `--split` is
`validation`: the test split is for looking at once.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BASELINES = ("identity", "smearing")
BEST = "best"
SEED = 1


def named(text: str) -> tuple[str, str]:
    """NAME=VALUE."""
    name, separator, value = text.partition("=")
    if not (name.isidentifier() and separator and value):
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE")
    return name, value


def judged(
    data: Path, bundle: str, split: str, work: Path, name: str, *, mix_detectors: bool = False
) -> dict[str, Any]:
    """The report on a bundle's answers to the jets of ``data``, which are of the detector that it learnt.

    Others are asked for with ``mix_detectors``.
    """
    from pyjetsim.evaluate import evaluate
    from pyjetsim.simulate import simulate

    report = work / f"{name}_report" / "report.json"
    if not report.is_file():
        simulate(data, bundle, work / f"{name}.h5", SEED, split=split)
        evaluate(data, work / f"{name}.h5", report.parent, split=split, mix_detectors=mix_detectors)
    content: dict[str, Any] = json.loads(report.read_text())
    return content


def figures_of(report: dict[str, Any], name: str) -> Iterator[tuple[str, float]]:
    """The prediction's scores under ``name``, with floors of what has one and uncertainties."""
    scores = report["scores"]
    for key, value in scores["values"].items():
        if value is None or key.startswith(BASELINES):
            continue
        yield f"{name}_{key}", value
        for kind, ending in (("uncertainties", "uncertainty"), ("floors", "floor")):
            if scores[kind][key] is not None and not (ending == "floor" and key.startswith("w1_")):
                yield f"{name}_{key}_{ending}", scores[kind][key]
    yield f"{name}_kld_sum", report["metrics"]["kld_sum"]["prediction"]
    yield f"{name}_sample_jets", report["metrics"]["settings"]["sample_jets"]["jet"]


def baselines_of(report: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """The baselines' scores, under the names they have."""
    for key, value in report["scores"]["values"].items():
        if value is not None and key.startswith(BASELINES):
            yield key, value
    for who in (*BASELINES, "floor"):
        if who in report["metrics"]["kld_sum"]:  # a baseline may have no jets in acceptance
            yield f"{who}_kld_sum", report["metrics"]["kld_sum"][who]


def timed_before(file: Path | None) -> dict[str, float]:
    """Speeds and memory in ``file``: they want a quiet machine, and what else is there does not."""
    if file is None or not file.is_file():
        return {}
    figures = json.loads(file.read_text())["figures"]
    return {name: value for name, value in figures.items() if "_ms_per_jet" in name or "_mb_per_" in name}


def rows_of(figures: dict[str, float], columns: list[str]) -> list[dict[str, Any]]:
    """One row a score, one column a model."""
    keys = [name.removeprefix(f"{columns[-1]}_") for name in figures if name.startswith(f"{columns[-1]}_")]
    keys = [key for key in keys if not key.endswith(("_uncertainty", "_floor"))]
    return [
        {"score": key, **{who: figures[f"{who}_{key}"] for who in columns if f"{who}_{key}" in figures}}
        for key in keys
    ]


def main() -> None:
    """Compare, print and write."""
    # What benches share, the tool shares.
    sys.path[:0] = [str(ROOT / "benches"), str(ROOT / "tests" / "python")]
    import _common
    from _event_timing import ms_and_mb

    options = _common.parser(__doc__)
    options.add_argument("--data", type=Path, required=True, help="jets.h5 with the target")
    options.add_argument("--split", default="validation")
    options.add_argument("--model", type=named, action="append", required=True, metavar="NAME=BUNDLE")
    options.add_argument("--also", type=named, action="append", default=[], metavar="NAME=FILE")
    options.add_argument("--work", type=Path, required=True, help="where simulations and reports are kept")
    options.add_argument("--time", action="store_true", help="measure the C++ simulator, too; be alone then")
    arguments = options.parse_args()
    _common.use_threads(arguments.threads)
    models = dict(arguments.model)
    if len(models) < len(arguments.model):
        options.error("two models have one name: give each another")
    if arguments.also and BEST not in models:
        options.error(f"--also judges the model named {BEST}, and there is none: name one of them so")
    arguments.work.mkdir(parents=True, exist_ok=True)

    figures: dict[str, float] = {} if arguments.time else timed_before(arguments.json)
    for name, bundle in models.items():
        report = judged(arguments.data, bundle, arguments.split, arguments.work, name)
        figures |= baselines_of(report)
        figures |= figures_of(report, name)
        if arguments.time:
            figures |= {f"{name}_{key}": value for key, value in ms_and_mb(arguments.data, bundle).items()}
    columns = [*BASELINES, *models]
    rows = rows_of(figures, columns)
    for sample, file in arguments.also:
        split = "all" if sample.startswith("new_") else arguments.split
        report = judged(Path(file), models[BEST], split, arguments.work, f"{sample}_{BEST}")
        figures |= {f"{sample}_{key}": value for key, value in baselines_of(report)}
        figures |= figures_of(report, f"{sample}_{BEST}")
    _common.report(rows, figures, arguments.json, title=f"{arguments.data.name}, {arguments.split}")


if __name__ == "__main__":
    main()
