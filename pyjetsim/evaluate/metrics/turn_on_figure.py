"""The figure of turn-on curves: target and prediction around each cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from pyjetsim.evaluate.report.panels import LOOKS, grid, tell_empty


def draw_turn_on(curves: Mapping[str, Mapping[str, Any]]) -> Figure:
    """One panel a cut, with the pulls below. ``curves`` are those of `compare_turn_on`."""
    figure, panels = grid(1, max(1, len(curves)), height=4.4)
    for panel, (name, curve) in zip(panels, curves.items(), strict=False):
        above, below = panel.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        edges = [row["low"] for row in curve["rows"]] + [curve["rows"][-1]["high"]]
        middle = (np.array(edges[1:]) + np.array(edges[:-1])) / 2
        for side in ("target", "prediction"):
            look = LOOKS[side]
            value, error = (
                np.array([row[side][key] for row in curve["rows"]], float) for key in ("value", "error")
            )
            if side == "target":
                above.stairs(np.nan_to_num(value), edges, color="#d9d9d9", fill=True)
            above.errorbar(middle, value, error, fmt="o", ms=3.5, lw=1, color=look.color, label=look.label)
        below.axhspan(-2, 2, color="#e4e4e4", lw=0)
        pulls = np.array([row["pull"] for row in curve["rows"]], float)
        below.plot(middle, pulls, "o", ms=3.5, color=LOOKS["prediction"].color)
        if not np.isfinite(pulls).any():
            tell_empty(above, "no bin around this cut has pairs of both files")
        # The worst bin stays in sight, however bad it is.
        reach = max(5.0, 1.1 * (curve["largest_pull"] or 0))
        below.set_ylim(-reach, reach)
        what, rate = curve["label"].split(": ")
        above.set_ylabel(rate, fontsize=8)
        below.set_ylabel("pull", fontsize=8)
        below.set_xlabel(what)
        if name == "constituent_pt":
            below.set_xscale("log")
            below.set_xticks(edges[::3], [f"{edge:.2g}" for edge in edges[::3]])
            below.minorticks_off()
        above.set_ylim(0, 1.25 * above.get_ylim()[1])
        above.legend(fontsize=9, loc="upper center", ncols=2)
    return figure
