"""Compare what one training reaches on different detectors: each model on data of its own detector.

    python tools/compare_detectors.py --detector cms cms.h5 cms_bundle --detector atlas atlas.h5 atlas_bundle
        --work FOLDER --json docs/results/detectors/detectors.json

The first detector is what the others are held against; its model is judged on their data as well, to show
how much they differ. `--split` is `validation`: the test split is for
looking at once. Simulations and reports stay in the work folder; those that are there are not made again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from compare_models import figures_of, judged, rows_of

ROOT = Path(__file__).resolve().parent.parent


def trained(bundle: Path) -> dict[str, float]:
    """How long the bundle's training was."""
    provenance = json.loads((bundle / "manifest.json").read_text())["provenance"]
    jets = provenance["data"]["train"]
    return {"train_jets": jets, "epochs": provenance["epoch"]}


def comparison(reports: dict[str, dict[str, Any]]) -> dict[str, float]:
    """All scores by detector, with floors and uncertainties, and how far each AUC is from the first one's."""
    figures: dict[str, float] = {}
    for name, report in reports.items():
        figures |= figures_of(report, name)
    first, *others = reports
    for name in others:
        for auc in ("auc", "auc_constituents"):
            figures[f"{auc}_{name}_minus_{first}"] = figures[f"{name}_{auc}"] - figures[f"{first}_{auc}"]
    return figures


def main() -> None:
    """Compare, print and write."""
    # What benches share, the tool shares.
    sys.path.insert(0, str(ROOT / "benches"))
    import _common

    options = _common.parser(__doc__)
    options.add_argument(
        "--detector",
        nargs=3,
        action="append",
        required=True,
        metavar=("NAME", "DATA", "BUNDLE"),
        help="a detector, a jets.h5 of it, and the bundle that was trained on that",
    )
    options.add_argument("--split", default="validation")
    options.add_argument("--work", type=Path, required=True, help="where simulations and reports are kept")
    arguments = options.parse_args()
    _common.use_threads(arguments.threads)
    if len({name for name, *_ in arguments.detector}) < max(2, len(arguments.detector)):
        options.error("give at least two detectors, each with a name of its own")
    arguments.work.mkdir(parents=True, exist_ok=True)
    reports = {
        name: judged(Path(data), bundle, arguments.split, arguments.work, name)
        for name, data, bundle in arguments.detector
    }
    figures = comparison(reports)
    (first, _, bundle), *others = arguments.detector
    for name, data, _ in others:
        crossed = f"{first}_on_{name}"
        report = judged(Path(data), bundle, arguments.split, arguments.work, crossed, mix_detectors=True)
        figures |= figures_of(report, crossed)
    for name, _, bundle in arguments.detector:
        figures |= {f"{name}_{key}": value for key, value in trained(Path(bundle)).items()}
    _common.report(rows_of(figures, list(reports)), figures, arguments.json, title=arguments.split)


if __name__ == "__main__":
    main()
