"""Draw what the kernels' benches measured: time a jet, by jets a call and constituents a jet.

    python tools/plot_benches.py [benches/results/chamfer.json ...]

Each picture is written beside its file, as PNG. Without files, all in benches/results/ that can be drawn.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from matplotlib.transforms import offset_copy

RESULTS = Path(__file__).resolve().parent.parent / "benches" / "results"
OURS = "pyjetsim"
_TITLES = {
    "chamfer": "Chamfer distance",
    "loss": "Reconstruction loss",
    "kinematics": "Jet kinematics",
}
# Told apart without colour, too.
_STYLES = {
    OURS: {"color": "#c0142b", "marker": "o", "linewidth": 2.8, "markersize": 6, "zorder": 5},
    "eager": {"color": "#222222", "marker": "s"},
    "cdist": {"color": "#8c6bb1", "marker": "^"},
    "torch.compile": {"color": "#e6820e", "marker": "D"},
    "torch.compile, argmin": {
        "color": "#e6820e",
        "marker": "D",
        "linestyle": ":",
        "markerfacecolor": "white",
    },
    "KeOps": {"color": "#2b7bba", "marker": "v"},
    "chamferdist": {"color": "#2a9d5c", "marker": "P"},
}


def contenders(rows: list[dict[str, Any]]) -> list[str]:
    """Those of the table that have a time anywhere, ours first."""
    return [name for name in _STYLES if any(isinstance(row.get(name), int | float) for row in rows)]


def draw(result: dict[str, Any], title: str, output: Path) -> None:
    """One panel for each pass (down) and N (across); nothing of a bench that ended before its first row."""
    rows = [row for row in result["rows"] if row.get("N")]
    if not rows:
        return
    passes = list(dict.fromkeys(row["pass"] for row in rows))
    points, batches = (sorted({row[name] for row in rows}) for name in ("N", "B"))
    figure, panels = plt.subplots(
        len(passes),
        len(points),
        figsize=(1.2 + 2.9 * len(points), 1.6 + 2.8 * len(passes)),
        sharex=True,
        sharey="row",
        squeeze=False,
        layout="constrained",
    )
    for line, kind in zip(panels, passes, strict=True):
        for panel, number in zip(line, points, strict=True):
            chosen = sorted(
                (row for row in rows if row["pass"] == kind and row["N"] == number), key=lambda row: row["B"]
            )
            _draw_panel(panel, chosen, batches)
        line[0].set_ylabel(f"{kind}\ntime per jet", fontsize=11)
    for panel, number in zip(panels[0], points, strict=True):
        panel.set_title(f"N = {number} constituents", fontsize=11)
    for panel in panels[-1]:
        panel.set_xlabel("B, jets a call", fontsize=11)
    machine = result["machine"]
    figure.suptitle(
        f"{title}: time per jet, lower is better; × is eager's time over ours\n",
        fontsize=14,
        fontweight="bold",
        x=0.01,
        ha="left",
    )
    figure.text(
        0.01,
        1,
        f"{machine['cpu']}, {result['figures'].get('threads', 1)} thread(s), commit {result['commit']}",
        fontsize=9,
        color="#555555",
        va="top",
        transform=offset_copy(figure.transFigure, figure, 0, -28, units="points"),
    )
    handles, labels = _legend(panels)
    figure.legend(
        handles, labels, loc="outside lower center", ncols=min(8, len(labels)), frameon=False, fontsize=11
    )
    figure.savefig(output, dpi=130)
    plt.close(figure)


def _draw_panel(panel: Axes, rows: list[dict[str, Any]], batches: list[int]) -> None:
    for name in contenders(rows):
        measured = [
            (row["B"], 1e3 * row[name] / row["B"]) for row in rows if isinstance(row.get(name), int | float)
        ]
        panel.plot(
            *zip(*measured, strict=True), label=name, **{"linewidth": 1.4, "markersize": 5, **_STYLES[name]}
        )
    for row in rows:
        # At one jet the curves are too close for labels.
        if isinstance(row.get("eager"), int | float) and row["B"] > 1:
            panel.annotate(
                f"{row['eager'] / row[OURS]:.0f}×",
                (row["B"], 1e3 * row["eager"] / row["B"]),
                (0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=9,
            )
    panel.set(xscale="log", yscale="log")
    panel.margins(0.08, 0.1)
    panel.xaxis.set_major_locator(FixedLocator(batches))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    panel.yaxis.set_major_formatter(FuncFormatter(_nanoseconds))
    panel.grid(which="major", color="#dddddd", linewidth=0.7)
    panel.spines[["top", "right"]].set_visible(False)


def _nanoseconds(value: float, _: int) -> str:
    for unit, size in (("ms", 1e6), ("µs", 1e3)):
        if value >= size:
            return f"{value / size:g} {unit}"
    return f"{value:g} ns"


def _legend(panels: Any) -> tuple[list[Any], list[str]]:
    found = {}
    for panel in panels.flat:
        found.update(
            {label: handle for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)}
        )
    labels = [name for name in _STYLES if name in found]
    return [found[label] for label in labels], labels


def main() -> None:
    """Draw them."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("files", type=Path, nargs="*")
    files = options.parse_args().files or [RESULTS / f"{name}.json" for name in _TITLES]
    for file in files:
        if file.is_file():
            draw(json.loads(file.read_text()), _TITLES[file.stem], file.with_suffix(".png"))


if __name__ == "__main__":
    main()
