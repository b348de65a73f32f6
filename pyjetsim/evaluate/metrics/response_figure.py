"""The figure of responses in bins: how prediction and target differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pyjetsim.evaluate.metrics.passages import RATIOS
from pyjetsim.evaluate.metrics.response_bins import EDGES
from pyjetsim.evaluate.report.panels import grid, tell_empty

_AXES = {"pt": r"Gen jet $p_T$ [GeV]", "abs_eta": r"Gen jet $|\eta|$", "mass": "Gen jet mass [GeV]"}
_QUANTITIES = {
    "pt": (r"$p_T$", "#d1495b"),
    "mass": ("mass", "#2a7f9e"),
    "multiplicity": ("multiplicity", "#8f7a2f"),
    "deta": (r"$\Delta\eta$", "#832db6"),
    "dphi": (r"$\Delta\phi$", "#3f3f3f"),
}


def draw_response_bins(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Two rows of panels, means and widths; a column for each axis of bins."""
    figure, panels = grid(2, len(_AXES), height=3.6)
    for column, axis in enumerate(_AXES):
        here = [row for row in rows if row["axis"] == axis]
        means, widths = panels[column].subplots(), panels[column + len(_AXES)].subplots()
        for shift, of in enumerate(_QUANTITIES):
            drawn = [row for row in here if row["quantity"] == of]
            if of in RATIOS:
                _points(means, drawn, of, shift, "mean_difference", relative=True)
            _points(widths, drawn, of, shift, "width_ratio")
        for axes, centre, band, label in (
            (means, 0.0, 0.01, "Mean response: (prediction - target) / target"),
            (widths, 1.0, 0.05, "Width of response: prediction / target"),
        ):
            axes.axhspan(centre - band, centre + band, color="#e4e4e4", lw=0)
            axes.axhline(centre, color="#3f3f3f", lw=0.8)
            if axis != "abs_eta":
                axes.set_xscale("log")
                ticks = [
                    edge for edge in EDGES[axis] if any(edge in (row["low"], row["high"]) for row in here)
                ]
                axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks], fontsize=8)
                axes.minorticks_off()
            axes.set_xlabel(_AXES[axis])
            axes.set_ylabel(label, fontsize=9)
            _room(axes)
    return figure


def _points(
    axes: Axes,
    rows: Sequence[Mapping[str, Any]],
    of: str,
    shift: int,
    name: str,
    *,
    relative: bool = False,
) -> None:
    label, color = _QUANTITIES[of]
    shown = [row for row in rows if row[name] is not None]
    for few in (False, True):
        chosen = [row for row in shown if row["few"] == few]
        if not chosen:
            continue
        low, high = (np.array([row[key] for row in chosen], float) for key in ("low", "high"))
        # Side by side inside their bin, so that none hides another.
        at = low + (high - low) * (0.2 + 0.15 * shift)
        scale = np.array([row["target"]["mean"] if relative else 1.0 for row in chosen])
        value, error = (
            np.array([row[key] for row in chosen], float) / scale for key in (name, f"{name}_error")
        )
        axes.errorbar(
            at, value, error, fmt="o", ms=3.5, lw=1, color=color, mfc="white" if few else color,
            label=None if few and any(not row["few"] for row in shown) else label,
        )  # fmt: skip


def _room(axes: Axes) -> None:
    """For the legend."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.35 * (high - low))
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper center", ncols=3, fontsize=9)
    else:
        tell_empty(axes, "too few pairs in every bin")
