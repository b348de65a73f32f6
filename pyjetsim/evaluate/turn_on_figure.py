"""The figure of turn-on curves: target and prediction around each cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from pyjetsim.evaluate.panels import grid

_SIDES = {"target": "#3f3f3f", "prediction": "#d1495b"}


def draw_turn_on(curves: Mapping[str, Mapping[str, Any]]) -> Figure:
    """One panel a cut, with the pulls below. ``curves`` are those of `compare_turn_on`."""
    figure, panels = grid(1, max(1, len(curves)), height=4.4)
    for panel, (name, curve) in zip(panels, curves.items(), strict=False):
        above, below = panel.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        edges = [row["low"] for row in curve["rows"]] + [curve["rows"][-1]["high"]]
        middle = (np.array(edges[1:]) + np.array(edges[:-1])) / 2
        for side, color in _SIDES.items():
            value, error = (
                np.array([row[side][key] for row in curve["rows"]], float) for key in ("value", "error")
            )
            if side == "target":
                above.stairs(value, edges, color=color, fill=True, alpha=0.25, label=side)
            above.errorbar(middle, value, error, fmt="o", ms=3.5, lw=1, color=color, label=side)
        below.axhspan(-2, 2, color="#e4e4e4", lw=0)
        below.plot(middle, [row["pull"] for row in curve["rows"]], "o", ms=3.5, color=_SIDES["prediction"])
        below.set_ylim(-5, 5)
        what, rate = curve["label"].split(": ")
        above.set_ylabel(rate, fontsize=8)
        below.set_ylabel("pull", fontsize=8)
        below.set_xlabel(what)
        if name == "constituent_pt":
            below.set_xscale("log")
        handles, labels = above.get_legend_handles_labels()
        above.legend(handles[-2:], labels[-2:], fontsize=9)
    return figure
