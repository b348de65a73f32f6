"""Write the tables of README and model card from the files that benches and `pyjetsim evaluate` wrote.

    python tools/results_table.py [--check]

Each table stands between `<!-- NAME -->` and `<!-- /NAME -->`. `--check` writes nothing and tells whether
they are up to date.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections.abc import Callable, Container
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "docs" / "results"
BENCHES = ROOT / "benches" / "results"
PAGES = (
    ROOT / "README.md",
    ROOT / "docs" / "models.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "docs" / "scaling.md",
    *(ROOT / "docs" / "guide" / name for name in ("variables.md", "clouds.md")),
    ROOT / "docs" / "howto" / "compare_with_peers.md",
    *(ROOT / "docs" / "studies" / name for name in ("generators.md", "paper.md")),
)
_KINEMATIC = ("mass", "pt", "energy", "eta", "phi", "sum")
_WHO = ("prediction", "identity", "smearing")
_SHOWN_EPOCHS = {10, 20, 50, 100, 120, 150, 200, 250, 300}


def _report(results: str = "paper_ww") -> Any:
    return json.loads((REPORTS / results / "report.json").read_text())["metrics"]


def _bench(name: str) -> Any:
    return json.loads((BENCHES / name).read_text())


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def wasserstein() -> str:
    """Wasserstein-1 over floor, by observable."""
    metrics = _report()
    rows = [
        [row["label"], *(f"{row['wasserstein'][who]['over_floor']:.1f}" for who in _WHO)]
        for row in metrics["observables"].values()
    ]
    return _table(["Wasserstein-1 over floor", "paper's VAE", "identity", "smearing"], rows)


def kld() -> str:
    """The selection criterion on the test split, on all jets of each sample."""
    metrics = _report()
    rows = [[name, *(f"{metrics['kinematic_kld'][who][name]:.3f}" for who in _WHO)] for name in _KINEMATIC]
    return _table(["symmetrised KLD", "paper's VAE", "identity", "smearing"], rows)


_MODELS = {
    "identity": "identity",
    "smearing": "smearing",
    "vae": "paper's VAE",
    "mask": "with a mask",
    "graph": "graph VAE",
    "before": "cells-1",
    "best": "**cells**",
}
_SHAPES = {
    "mass": "jet mass",
    "pt": "jet pt",
    **{f"flow{i}": f"momentum flow {i}" for i in range(1, 5)},
    "multiplicity": "constituents",
    "width": "width",
    "ptd": "ptD",
    "leading": "leading share",
    "tau21": "τ21",
    "tau32": "τ32",
    "d2": "D2",
}
_JOINT = {
    "auc": "AUC on jets (0.5)",
    "auc_constituents": "AUC on constituents (0.5)",
    "fpd": "FPD",
    "kpd": "KPD",
    "response_mean_error_max": "response means, worst bin",
    "response_width_error_max": "response widths, worst bin",
    "kld_sum": "KL divergence, five summed",
    "sample_jets": "jets a sample",
    "ms_per_jet": "ms a jet in C++, an event a call",
    "ms_per_jet_b64": "ms a jet in C++, 64 jets a call",
    "mb_per_thread": "MB a thread in C++",
}


def models() -> str:
    """All models on the same jets: Wasserstein-1 over floor, and what sees all observables at once."""
    figures = _models_file()["figures"]
    shown = [name for name in _MODELS if f"{name}_w1_over_floor_mass" in figures]
    rows = [
        [label, *(_score(figures, f"{name}_{key}") for name in shown), _floor(figures, key)]
        for key, label in _labels(figures, shown[-1])
    ]
    return _table(["", *(_MODELS[name] for name in shown), "floor"], rows)


def elsewhere() -> str:
    """The best model on jets of other processes."""
    return _by_sample(_models_file()["figures"])


def unseen() -> str:
    """The best model on jets of seeds that it was not trained with."""
    return _by_sample(json.loads((REPORTS / "unseen.json").read_text())["figures"])


def _by_sample(figures: dict[str, float]) -> str:
    samples = [name.removesuffix("_best_auc") for name in figures if name.endswith("_best_auc")]
    columns = ["", *(f"{sample}_" for sample in samples)]
    rows = [
        [label, *(_score(figures, f"{prefix}best_{key}") for prefix in columns)]
        for key, label in _labels(figures, "best")
    ]
    names = [prefix.strip("_").removeprefix("new_") for prefix in columns[1:]]
    return _table(["cells on", "WW", *names], rows)


def detectors() -> str:
    """The same training on two detectors, each judged on its own, and the first one's on the other."""
    figures = json.loads((REPORTS / "detectors" / "detectors.json").read_text())["figures"]
    own = [name.removesuffix("_train_jets") for name in figures if name.endswith("_train_jets")]
    shown = {name: f"of {name.upper()} on {name.upper()}" for name in own}
    shown |= {f"{own[0]}_on_{name}": f"of {own[0].upper()} on {name.upper()}" for name in own[1:]}
    rows = [
        [label, *(_floored(figures, name, key) for name in shown)] for key, label in _labels(figures, own[-1])
    ]
    return _table(["cells", *shown.values()], rows)


def _floored(figures: dict[str, float], name: str, key: str) -> str:
    """A score, with its uncertainty and floor where it has one."""
    error, floor = (figures.get(f"{name}_{key}_{what}") for what in ("uncertainty", "floor"))
    text = _score(figures, f"{name}_{key}")
    if key.startswith("auc") and error is not None:
        text += f" ± {error:.3f}"
    return f"{text} ({_score(figures, f'{name}_{key}_floor')})" if floor is not None else text


def _models_file() -> Any:
    return json.loads((REPORTS / "models.json").read_text())


def _labels(figures: dict[str, float], name: str) -> list[tuple[str, str]]:
    shapes = [(f"w1_over_floor_{key}", label) for key, label in _SHAPES.items()]
    return [(key, label) for key, label in [*shapes, *_JOINT.items()] if f"{name}_{key}" in figures]


def _score(figures: dict[str, float], name: str) -> str:
    if name not in figures:
        return "–"
    if "w1_over_floor" in name:
        return f"{figures[name]:.2f}"
    if "error_max" in name:
        return f"{figures[name]:.1%}"
    if name.endswith("_jets"):
        return f"{figures[name]:.0f}"
    if "_mb_per_" in name:
        return f"{figures[name]:.2g}"
    return f"{figures[name]:.3f}" if figures[name] >= 0.01 else f"{figures[name]:.1e}"


def _floor(figures: dict[str, float], key: str) -> str:
    if key.startswith("w1_"):
        return "1"
    return _score(figures, "floor_kld_sum" if key == "kld_sum" else f"best_{key}_floor")


def speed() -> str:
    """What the benches measured."""
    wanted = [
        ("generate.json", "detector_ms_per_event", "detector with pileup 50, one core", "ms an event"),
        ("generate.json", "chain_events_per_s", "PYTHIA to jets.h5, one core", "events/s"),
        ("train.json", "train_jets_per_s", "training of `paper`, two threads", "jets/s"),
        ("train.json", "peak_rss_mb", "training on 2 million pairs, peak memory", "MB"),
        ("cells.json", "ms_per_jet_event", "`cells`, one event of two jets a call, one core", "ms a jet"),
        ("cells.json", "ms_per_jet_64", "`cells`, 64 jets a call, one core", "ms a jet"),
        ("cells.json", "two_thread_speedup", "`cells`, a second thread", "times"),
        ("cells.json", "mb_per_thread", "`cells`, memory of a thread beside the model", "MB"),
        ("simulate.json", "simulate_ms_per_jet_batch_1", "`paper`, one jet a call, one core", "ms a jet"),
        ("simulate.json", "simulate_jets_per_s", "`paper`, in batches, one core", "jets/s"),
        (
            "simulate.json",
            "python_over_cpp_b256",
            "`paper` from Python, 256 jets a call: time over that of a C++ program",
            "times",
        ),
        ("simulate.json", "python_call_overhead_us", "a call of one jet from Python, above C++", "µs"),
        ("flows.json", "flashsim_jets_per_s", "variables of jets by a flow, one core", "jets/s"),
        ("startup.json", "help_seconds", "`pyjetsim --help`, a whole process", "s"),
        ("startup.json", "load_cells_seconds", "importing pyjetsim and loading `cells`", "s"),
        (
            "startup.json",
            "own_events_seconds",
            "`pyjetsim simulate events.hepmc.gz`, 1000 events of two jets",
            "s",
        ),
        ("startup.json", "plain_install_mb", "an environment with a plain installation", "MB"),
    ]
    rows = []
    for file, name, what, unit in wanted:
        value = _bench(file)["figures"].get(name)
        rows.append([what, "not measured" if value is None else f"{_three_digits(value)} {unit}"])
    return _table(["what", "measured"], rows)


def _three_digits(value: float) -> str:
    return f"{float(f'{value:.3g}'):,.0f}" if value >= 1000 else f"{value:.3g}"


def chamfer() -> str:
    """Chamfer distance against its rivals: our time, and how many times longer they take."""
    return _slower("chamfer.json", "Chamfer distance", 50)


def loss() -> str:
    """The reconstruction loss against PyTorch."""
    return _slower("loss.json", "reconstruction loss", 50)


def kinematics() -> str:
    """Jet kinematics against PyTorch."""
    return _slower("kinematics.json", "jet kinematics", 50)


def _slower(file: str, what: str, points: int) -> str:
    rows = [row for row in _bench(file)["rows"] if row.get("N") == points]
    if not rows:
        raise FileNotFoundError(f"{file} ended before there was such a row")
    rivals = [name for name in rows[0] if name not in {"B", "N", "pass", "pyjetsim", "pyjetsim, MB"}]
    table = [
        [
            f"B = {row['B']}, {row['pass']}",
            f"{row['pyjetsim']:.3g} µs" if row["pyjetsim"] < 1000 else f"{row['pyjetsim'] / 1000:.3g} ms",
            *(_times(row.get(name, "not measured"), row["pyjetsim"]) for name in rivals),
        ]
        for row in rows
    ]
    return _table([f"{what}, N = {points}", "pyjetsim", *rivals], table)


def _times(entry: float | str, ours: float) -> str:
    if isinstance(entry, str):
        return entry  # why there is no time
    ratio = entry / ours
    return f"{ratio:.0f} ×" if ratio >= 10 else f"{ratio:.1f} ×"


def train_step() -> str:
    """A step of training with each loss."""
    rows = _bench("train_step.json")["rows"]
    return _table(
        ["step of the paper's training", "whole step", "loss, forward and backward", "share"],
        [
            [
                row["loss"],
                f"{row['step, ms']:.3g} ms",
                f"{row['loss, ms']:.2g} ms",
                f"{row['loss, share of the step']:.0%}",
            ]
            for row in rows
        ],
    )


def simulator() -> str:
    """The C++ simulator beside its rivals, the stages of an event, and times of others."""
    return _table(
        ["C++ simulator", "pyjetsim", "the other", "pyjetsim is faster by"],
        [
            [
                row["what"],
                _with_unit(row.get("pyjetsim"), row),
                _with_unit(row.get("other"), row),
                _faster(row),
            ]
            for row in _bench("simulator.json")["rows"]
        ],
    )


def _faster(row: dict[str, Any]) -> str:
    """How many times faster than the other, or why not; empty where the other does only a part."""
    if "other" not in row or row["what"].endswith("inference alone"):
        return ""
    if isinstance(row["ratio"], str):
        return row["ratio"]
    ours, other = row["pyjetsim"], row["other"]
    return f"{ours / other if row['unit'].endswith('/s') else other / ours:.2f} ×"


def _with_unit(entry: float | str | None, row: dict[str, Any]) -> str:
    if isinstance(entry, float | int):
        return f"{entry:,.0f} {row['unit']}" if entry >= 1000 else f"{entry:.3g} {row['unit']}"
    return entry or ""


def flows() -> str:
    """Variables of objects by flows, process by process."""
    figures = json.loads((REPORTS / "flows.json").read_text())["figures"]
    rows = []
    for name in dict.fromkeys(key.removesuffix("_auc") for key in figures if key.endswith("_auc")):
        kind, process = name.split("_", 1)
        value = {key.removeprefix(f"{name}_"): figures[key] for key in figures if key.startswith(f"{name}_")}
        rows.append(
            [
                f"{kind}, {process}",
                f"{value['w1_over_floor_median']:.2f}",
                f"{value['w1_over_floor_max']:.2f} ± {value['w1_over_floor_max_uncertainty']:.2f} "
                f"({value['w1_over_floor_max_of']})",
                f"{value['w1_over_floor_second']:.2f} ({value['w1_over_floor_second_of']})",
                f"{value['auc']:.3f} ± {value['auc_uncertainty']:.3f}",
                f"{value['correlation_difference_max']:.3f}",
                f"{value['share_difference_max']:.2%}",
            ]
        )
    head = ["objects, process", "W1/floor: median", "largest", "second", "AUC", "correlations", "shares"]
    return _table(head, rows)


def cloud_flows() -> str:
    """The three flows of clouds, distances over their floors."""
    figures = json.loads((REPORTS / "flows.json").read_text())["figures"]
    rows = [
        [who, *(f"{figures[f'cloud_{who}_{name}_floors']:.1f}" for name in ("w1m", "w1p", "w1efp"))]
        for who in ("vanilla", "conditioned", "constrained")
    ]
    return _table(["variant", "W1M / floor", "W1P / floor", "W1EFP / floor"], rows)


def generators() -> str:
    """Other generators than flows, after the same few minutes."""
    content = json.loads((REPORTS / "generators.json").read_text())
    rows = [
        [
            row["generator"],
            f"{row['steps']}",
            f"{row['w1_over_floor_median']:.1f}",
            f"{row['w1_over_floor_max']:.1f} ({row['w1_over_floor_max_of']})",
            f"{row['correlation_difference_max']:.2f}",
        ]
        for row in content["rows"]
    ]
    head = [
        f"{content['minutes']:g} minutes each",
        "steps",
        "W1 / floor: median",
        "largest",
        "correlations: largest difference",
    ]
    return _table(head, rows)


def _history(results: str) -> list[dict[str, Any]]:
    """A training, epoch by epoch: of a report, or a log."""
    if results.endswith(".jsonl"):
        return [json.loads(line) for line in (REPORTS / results).read_text().splitlines()]
    report = json.loads((REPORTS / results / "report.json").read_text())
    history: list[dict[str, Any]] = report["run"]["epochs"]
    return history


def paper_sizes() -> str:
    """Trainings of the paper's on fewer and on more jets, after as many jets seen."""
    trainings = ((67_116, "paper_ww"), (181_691, "paper_full/smaller.jsonl"), (584_740, "paper_full"))
    measured = [
        {jets * entry["epoch"]: entry for entry in _history(results) if entry.get("kld")}
        for jets, results in trainings
    ]
    rows = []
    for seen in measured[-1]:
        row = [f"{seen / 1e6:.1f} million"]
        for its in measured:
            entry = its[min(its, key=lambda other: abs(other - seen))]
            row.append(f"{entry['kld']['sum']:.2f}, {entry['validation']['total']:,.0f}")
        rows.append(row)
    return _table(["jets seen", *(f"{jets:,} jets" for jets, _ in trainings)], rows)


def paper_epochs(results: str = "paper_ww", shown: Container[int] = _SHOWN_EPOCHS) -> str:
    """KLD and loss of a training of the paper's, by epoch."""
    rows = []
    for entry in (entry for entry in _history(results) if entry["epoch"] in shown):
        parts = ("total", "reconstruction", "mass", "pt")
        rows.append(
            [
                f"{entry['epoch']}",
                *(f"{entry['kld'][name]:.3f}" for name in ("mass", "pt", "sum")),
                *(f"{entry['train'][name]:.0f} / {entry['validation'][name]:.0f}" for name in parts),
            ]
        )
    head = [
        "epoch",
        "KLD of mass",
        "of pt",
        "sum of five",
        "loss: train / validation",
        "Chamfer",
        "mass",
        "pt",
    ]
    return _table(head, rows)


def paper_figures(results: str = "paper_ww") -> str:
    """What the paper's figures show, in floors, beside what needs no training."""
    observables = _report(results)["observables"]
    groups = {
        "4: constituents": ("constituent_px", "constituent_py", "constituent_pz"),
        "5: pt, mass": ("pt", "mass"),
        "6: the rest of the jet": ("px", "py", "pz", "energy", "eta", "phi"),
        "7: momentum flows": ("flow1", "flow2", "flow3", "flow4"),
    }
    rows = []
    for figure, names in groups.items():
        for who, label in (("prediction", "paper's VAE"), ("identity", "identity"), ("smearing", "smearing")):
            ratios = [observables[name]["wasserstein"][who]["over_floor"] for name in names]
            rows.append([figure, label, ", ".join(f"{ratio:.1f}" for ratio in ratios)])
    return _table(["figure", "who", "Wasserstein-1 over floor"], rows)


def paper_scan() -> str:
    """The grid of the paper's three weights: KLD of each point, mass and pt apart."""
    rows = _scan_rows("paper_scan")
    betas = sorted({row["loss.beta"] for row in rows})
    points = sorted({(row["loss.alpha_mass"], row["loss.alpha_pt"]) for row in rows})
    table = []
    for alpha_mass, alpha_pt in points:
        line = [f"{alpha_mass:g}", f"{alpha_pt:g}"]
        for beta in betas:
            point = (beta, alpha_mass, alpha_pt)
            found = next(
                row
                for row in rows
                if (row["loss.beta"], row["loss.alpha_mass"], row["loss.alpha_pt"]) == point
            )
            line.append(f"{found['kld.sum']:.2f} ({found['kld.mass'] + found['kld.pt']:.2f})")
        table.append(line)
    return _table(["α_m", "α_pt", *(f"β = {beta:.3g}" for beta in betas)], table)


def paper_variants() -> str:
    """Other losses than the paper's, trained alike."""
    rows = sorted(_scan_rows("paper_variants"), key=lambda row: row["kld.sum"])
    return _table(
        ["reconstruction", "weight of px, py, pz", "sum of the KLD", "mass", "pt", "energy, eta, phi"],
        [
            [
                row["loss.reconstruction"],
                f"{row['loss.alpha_momentum']:g}",
                f"{row['kld.sum']:.2f}",
                f"{row['kld.mass']:.2f}",
                f"{row['kld.pt']:.3f}",
                f"{row['kld.energy'] + row['kld.eta'] + row['kld.phi']:.2f}",
            ]
            for row in rows
        ],
    )


def _scan_rows(folder: str) -> list[dict[str, Any]]:
    with (REPORTS / folder / "trials.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["state"] == "finished"]
    return [{key: _number(entry) for key, entry in row.items()} for row in rows]


def _number(entry: str) -> float | str:
    try:
        return float(entry)
    except ValueError:
        return entry


def peers() -> str:
    """Simulations of the same events: truth and costs, and who was left out."""
    content = _bench("peers.json")
    figures = content["figures"]
    shown = [row["who"] for row in content["rows"] if "told" not in row]
    if not shown:
        raise FileNotFoundError("the contest ended before there was a score")
    judged = [name for name in shown if f"{name}_verdict_failed" in figures]
    last = judged[-1] if judged else shown[-1]
    rows = [
        [label, *(_score(figures, f"{name}_{key}") for name in shown), _floor_of(figures, last, key)]
        for key, label in _labels(figures, last)
        if key != "sample_jets"
    ]
    outcomes = ("passed", "failed", "undecided")
    counts = [
        " / ".join(str(figures[f"{name}_verdict_{outcome}"]) for outcome in outcomes)
        if name in judged
        else "–"
        for name in shown
    ]
    rows.append(["verdict: figures passed / failed / undecided", *counts, ""])
    costs = {
        "tagger_rejection_ratio": "rejection of a tagger trained on it, over one trained on the truth",
        "ms_per_jet": "ms a jet, an event a call",
        "mb_per_thread": "MB a thread",
    }
    for key, label in costs.items():
        if any(f"{name}_{key}" in figures for name in shown) and [label] not in [row[:1] for row in rows]:
            rows = [row for row in rows if row[0] != _JOINT.get(key)]
            rows.append([label, *(_score(figures, f"{name}_{key}") for name in shown), ""])
    table = _table(["", *(f"`{name}`" if name in _BUNDLES else name for name in shown), "floor"], rows)
    told = [f"{row['who']} ({row['told']})" for row in content["rows"] if "told" in row]
    return "\n\n".join([table, *([f"Not in the table: {', '.join(told)}."] if told else [])])


_BUNDLES = ("paper", "cells")


def coverage() -> str:
    """What share of each package the tests cover."""
    content = json.loads((REPORTS / "coverage.json").read_text())
    parts = [
        (title, content[key]["rooms"])
        for title, key in (("Python", "python"), ("C++", "cpp"))
        if key in content
    ]
    rows = [
        [f"{title}: {'all' if name == 'all' else f'`{name}`'}", f"{room['percent']:.1f} %"]
        for title, rooms in parts
        for name, room in sorted(rooms.items(), key=lambda item: (item[0] == "all", item[0]))
    ]
    return _table(["", "covered"], rows)


def _floor_of(figures: dict[str, float], name: str, key: str) -> str:
    if key.startswith("w1_"):
        return "1"
    return _score(figures, "floor_kld_sum" if key == "kld_sum" else f"{name}_{key}_floor")


_SCALING = {
    "core_limit_2": ("two independent processes over one: the machine's own limit", ""),
    "generate_speedup_2": ("`generate`, two workers over one", ""),
    "simulate_speedup_2": ("`simulate`, two workers over one", ""),
    "train_speedup_2": ("`train cells`, batches of 128, two ranks of torchrun over one", ""),
    "train_limit_2": ("the same with half a batch in one process, twice: its limit", ""),
    "train_speedup_2_large": ("`train cells`, batches of 1024, two ranks over one", ""),
    "train_limit_2_large": ("its limit", ""),
    "train_speedup_2_paper": ("`train paper`, batches of 100, two ranks over one", ""),
    "train_limit_2_paper": ("its limit", ""),
    "dask_overhead": ("dask over processes of our own, whole `generate`, 400 events a shard", ""),
    "plan_100k_shards_s": ("100,000 shards: planned, or resumed", " s"),
    "loader_jets_per_s": ("`PairsDataset.shuffled`, one process, pairs a second", ""),
    "evaluate_2m_pairs_mb": ("`evaluate` of 2 million pairs, peak memory", " MB"),
}
"""Figures of benches/scaling.py: what they are, and their unit."""
_PREDICTED = ("1.7 million", "100 million", "a billion")


def _scaling(part: str) -> list[dict[str, Any]]:
    return [row for row in _bench("scaling.json")["rows"] if row["part"] == part]


def scaling_figures() -> str:
    """What was asked of scaling, and what was measured."""
    content = _bench("scaling.json")
    asked = {row["what"]: row["wanted"] for row in _scaling("wanted")}
    rows = [
        [what, _figure(content["figures"].get(name), unit), asked.get(name, "")]
        for name, (what, unit) in _SCALING.items()
    ]
    return _table(["", "measured", "wanted"], rows)


def _figure(value: float | None, unit: str = "") -> str:
    if value is None:
        return "not measured"
    return f"{value:,.0f}{unit}" if abs(value) >= 100 else f"{value:.3g}{unit}"


def scaling_weak() -> str:
    """Twice the work for twice the workers."""
    rows = [
        [
            f"`{row['what']}`",
            str(row["workers"]),
            f"{row['n']:,} {row['unit']}",
            *(_figure(row[name]) for name in ("seconds", "per_s")),
        ]
        for row in _scaling("weak")
    ]
    return _table(["", "workers", "work", "s", "a second"], rows)


def scaling_cost() -> str:
    """Seconds of a core, and bytes, of each stage."""
    names = ("fixed_s", "core_s_per_million", "gb_per_million")
    rows = [[row["what"], *(_figure(row[name] or None) for name in names)] for row in _scaling("cost")]
    cells = [[cell.replace("not measured", "–") for cell in row] for row in rows]
    return _table(["", "fixed, s", "core seconds a million jets", "GB a million jets"], cells)


def scaling_predictions() -> str:
    """Hours of a core for more jets."""
    rows = [
        [row["what"], *(f"{_figure(row[f'core_h_{name}'])} h" for name in _PREDICTED)]
        for row in _scaling("cost")
    ]
    sizes = [
        [f"{row['what']}: disk", *(f"{_figure(row[f'gb_{name}'])} GB" for name in _PREDICTED)]
        for row in _scaling("cost")
        if row["gb_per_million"]
    ]
    return _table(["jets", *_PREDICTED], [*rows, *sizes])


def scaling_plan() -> str:
    """What a dataset of many shards costs beside its content."""
    rows = [[f"{row['what']}", f"{row['shards']:,}", _figure(row["value"])] for row in _scaling("plan")]
    return _table(["", "shards planned", ""], rows)


def scaling_runs() -> str:
    """The runs that all of it comes from."""
    shown = ("workers", "events", "pairs", "seconds", "per_s", "peak_mb")
    rows = [
        [row["what"], *(_figure(row[name]) if name in row else "" for name in shown)]
        for row in _scaling("run")
    ]
    problems = [[f"{row['what']}: {row['problem']}", *("" for _ in shown)] for row in _scaling("problem")]
    head = ["", "workers", "events", "pairs", "s", "pairs a second", "peak memory, MB"]
    return _table(head, [*rows, *problems])


TABLES: dict[str, Callable[[], str]] = {
    "models": models,
    "elsewhere": elsewhere,
    "unseen": unseen,
    "detectors": detectors,
    "wasserstein": wasserstein,
    "kld": kld,
    "speed": speed,
    "chamfer": chamfer,
    "loss": loss,
    "kinematics": kinematics,
    "train_step": train_step,
    "simulator": simulator,
    "flows": flows,
    "cloud_flows": cloud_flows,
    "generators": generators,
    "paper_scan": paper_scan,
    "paper_variants": paper_variants,
    "paper_epochs": paper_epochs,
    "paper_figures": paper_figures,
    "paper_full_epochs": lambda: paper_epochs("paper_full", range(0, 301, 5)),
    "paper_full_figures": lambda: paper_figures("paper_full"),
    "paper_sizes": paper_sizes,
    "peers": peers,
    "coverage": coverage,
    "scaling_figures": scaling_figures,
    "scaling_weak": scaling_weak,
    "scaling_cost": scaling_cost,
    "scaling_predictions": scaling_predictions,
    "scaling_plan": scaling_plan,
    "scaling_runs": scaling_runs,
}


def filled(text: str) -> str:
    """The text with every table made anew."""
    for name, make in TABLES.items():
        pattern = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text = pattern.sub(lambda match, make=make: _made(match, make), text)
    return text


def _made(match: re.Match[str], make: Callable[[], str]) -> str:
    try:
        return f"{match[1]}{make()}\n{match[2]}"
    except FileNotFoundError:
        return match[0]  # not measured yet


def main() -> int:
    """Write, or check."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true")
    check = options.parse_args().check
    changed = False
    for page in PAGES:
        before = page.read_text()
        after = filled(before)
        changed = changed or before != after
        if not check:
            page.write_text(after)
    return int(check and changed)


if __name__ == "__main__":
    sys.exit(main())
