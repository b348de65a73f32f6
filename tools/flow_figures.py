"""Gather the figures of the flows from reports of `pyjetsim evaluate` and of the benchmark.

    python tools/flow_figures.py --report jets_vbf=REPORT [...] [--hmumu vbf_hmumu.json]
        [--clouds clouds.json ...] --json docs/results/flows.json

What is not given, reports, benchmark or clouds, stays in the file as it was. A report is named KIND_PROCESS.
Of each: the largest W1 over its floor and of which variable, the second largest, the area under the curve of
a classifier without and with the conditions, the largest differences of correlation coefficients and of the
shares of whole numbers, and how many objects a sample has.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

_W1 = "w1_over_floor_"
_CLOUD_DISTANCES = ("w1m", "w1p", "w1efp")


def figures_of(report: dict[str, Any]) -> dict[str, Any]:
    """Of one report."""
    values, uncertainties = report["scores"]["values"], report["scores"]["uncertainties"]
    over = {name: value for name, value in values.items() if name.startswith(_W1) and value is not None}
    first, second = sorted(over, key=lambda name: -over[name])[:2]
    return {
        "w1_over_floor_max": over[first],
        "w1_over_floor_max_uncertainty": uncertainties[first],
        "w1_over_floor_max_of": first.removeprefix(_W1),
        "w1_over_floor_second": over[second],
        "w1_over_floor_second_of": second.removeprefix(_W1),
        "w1_over_floor_median": sorted(over.values())[len(over) // 2],
        "auc": values["auc"],
        "auc_uncertainty": uncertainties["auc"],
        "auc_with_conditions": values["auc_with_conditions"],
        "correlation_difference_max": report["columns"]["correlation_difference_max"]["prediction"],
        "share_difference_max": max(
            report["columns"]["share_difference_max"]["prediction"].values(), default=0.0
        ),
        "sample": report["classifiers"]["pairs"] or report["distances"]["jets"],
    }


def of_benchmark(content: dict[str, Any]) -> dict[str, float]:
    """Resolution and efficiency of the flow over the detector's, of the signal."""
    samples = content["signal"]
    return {
        f"hmumu_{short}_ratio": samples["model"][name] / samples["detector"][name]
        for short, name in (("resolution", "resolution_gev"), ("efficiency", "efficiency"))
    } | {"hmumu_events": samples["detector"]["events"], "hmumu_selected": samples["detector"]["selected"]}


def main() -> None:
    """Gather and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--report", action="append", default=[], metavar="KIND_PROCESS=FOLDER")
    parser.add_argument("--hmumu", type=Path)
    parser.add_argument("--clouds", type=Path, action="append", default=[])
    parser.add_argument("--json", type=Path, required=True)
    options = parser.parse_args()
    before = json.loads(options.json.read_text())["figures"] if options.json.is_file() else {}
    given = {"cloud_": options.clouds, "hmumu_": options.hmumu}
    figures: dict[str, Any] = {
        key: value
        for key, value in before.items()
        if not next((new for start, new in given.items() if key.startswith(start)), options.report)
    }
    for named in options.report:
        name, folder = named.split("=", 1)
        report = json.loads((Path(folder) / "report.json").read_text())
        figures |= {f"{name}_{key}": value for key, value in figures_of(report).items()}
    if options.hmumu is not None:
        figures |= of_benchmark(json.loads(options.hmumu.read_text()))
    clouds: dict[str, float] = {}
    for path in options.clouds:
        clouds |= json.loads(path.read_text())["figures"]
    figures |= {f"cloud_{name}": value for name, value in clouds.items()}
    for name in _CLOUD_DISTANCES if clouds else ():
        figures[f"cloud_{name}_floors"] = clouds[f"constrained_{name}_floors"]
    options.json.write_text(json.dumps({"figures": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
