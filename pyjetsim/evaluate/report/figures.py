"""The figures of the report, by the paper's numbers."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from pyjetsim.evaluate.metrics.response_figure import draw_response_bins
from pyjetsim.evaluate.metrics.spectra import binnings, comparable
from pyjetsim.evaluate.metrics.turn_on_figure import draw_turn_on
from pyjetsim.evaluate.observables.classes import CLASSES
from pyjetsim.evaluate.observables.table import OBSERVABLES, SUBSTRUCTURE
from pyjetsim.evaluate.report.history import History
from pyjetsim.evaluate.report.panels import DPI, LOOKS, compared, grid, style, tell_empty
from pyjetsim.evaluate.samples import Sample
from pyjetsim.jets.selection import Selection

Samples = Mapping[str, Sample]

CAPTIONS: Mapping[str, str] = {
    "figure_2": "Phase space of the target jets: the extended one that models are trained on, "
    "and the one that is compared.",
    "figure_3": "Left: the components of the loss by epoch, training (dashed) and validation (solid). "
    "Right: KL divergence of the jet observables on validation. The vertical line is the chosen epoch.",
    "figure_4": "Momentum components of the constituents.",
    "figure_5": "Jet pt and mass.",
    "figure_6": "Jet momentum components, energy, eta and phi.",
    "figure_7": "Momentum flows: the share of the jet's pt in four rings around its axis, "
    "from the core outwards.",
    "multiplicity": "Constituents in a jet, after the selection, which keeps the hardest ones only.",
    "substructure": "Width, ptD, leading share, N-subjettiness ratios and D2.",
    "spectra": "Constituents by class: pt, and direction from the jet axis.",
    "response": "Response, reco pt over gen pt, in bins of gen pt: its mean, "
    "and its width (half the 16 to 84 % quantile range).",
    "response_bins": "Responses of prediction and target in bins of gen pt, |eta| and mass: relative "
    "difference of means and ratio of widths, with bootstrap uncertainties. "
    "Hollow: a bin with fewer than 500 pairs. Bands: 1 % and 5 %.",
    "turn_on": "What share of pairs passes each cut on reco, by gen, and the soft end of the spectrum of "
    "constituents. Below, the difference in units of its uncertainty; the band is two of them.",
    "figure_a1": "Jet pt and mass in the whole generated phase space, below the threshold on jet pt too.",
    "figure_a2": "Jet momentum components, energy, eta and phi in the whole generated phase space.",
}
_PANELS: Mapping[str, tuple[Sequence[str], tuple[int, int]]] = {
    "figure_4": (("constituent_px", "constituent_py", "constituent_pz"), (1, 3)),
    "figure_5": (("pt", "mass"), (1, 2)),
    "figure_6": (("px", "py", "pz", "energy", "eta", "phi"), (2, 3)),
    "figure_7": (("flow1", "flow2", "flow3", "flow4"), (2, 2)),
    "multiplicity": (("multiplicity",), (1, 1)),
    "substructure": (SUBSTRUCTURE, (2, 3)),
    "spectra": ([f"{of}_{what}" for of in CLASSES for what in ("pt", "deta", "dphi")], (3, 3)),
}
_PAIRS = 10
"""Fewer in a bin of the response are not drawn."""
_APPENDIX = {"figure_a1": "figure_5", "figure_a2": "figure_6"}


def draw_all(
    wide: Samples,
    narrow: Samples,
    selections: tuple[Selection, Selection],
    response: Mapping[str, Any],
    turn_on: Mapping[str, Any],
    history: History | None,
) -> dict[str, bytes]:
    """PNGs by the names of CAPTIONS, in that order; ``figure_3`` only where there is a history,
    ``spectra`` only where the files know identities.

    ``selections`` are those of ``wide`` and ``narrow``; ``response`` and ``turn_on`` are the
    report's.
    """
    makers: dict[str, Callable[[], Figure]] = {
        "figure_2": partial(_phase_space, wide["target"], narrow["target"], selections),
        "response": partial(_response, response["tables"]),
        "response_bins": partial(draw_response_bins, response["bins"]["prediction"]["rows"]),
    }
    if turn_on:
        makers["turn_on"] = partial(draw_turn_on, turn_on)
    if history is not None:
        makers["figure_3"] = partial(_history, history)
    known = comparable(narrow)
    for name, (observables, shape) in _PANELS.items():
        if set(observables) <= set(known):
            makers[name] = partial(_comparisons, narrow, observables, shape)
    for name, source in _APPENDIX.items():
        makers[name] = partial(_comparisons, wide, *_PANELS[source])
    with style():
        return {name: _png(makers[name]()) for name in CAPTIONS if name in makers}


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    # Without the version and date, the same input gives the same bytes.
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


def _comparisons(samples: Samples, names: Sequence[str], shape: tuple[int, int]) -> Figure:
    figure, panels = grid(*shape)
    bins = binnings(samples["target"], names)
    for panel, name in zip(panels, names, strict=True):
        values = {sample: samples[sample].values(name) for sample in samples}
        compared(panel, OBSERVABLES[name], bins[name], values)
    return figure


def _phase_space(wide: Sample, narrow: Sample, selections: tuple[Selection, Selection]) -> Figure:
    figure, (panel,) = grid(1, 1, width=5.5)
    axes = panel.subplots()
    low, high = np.quantile(wide.values("pt"), [0, 0.999])
    if not high > low:  # all jets alike
        low, high = 0.9 * low, 1.1 * high
    edges = np.linspace(float(low), float(high), 60)
    for sample, selection, color in zip((wide, narrow), selections, ("#5790fc", "#f89c20"), strict=True):
        label = rf"$p_T$ > {selection.jet_pt_min:g} GeV: {len(sample):,} jets"
        axes.hist(
            sample.values("pt"), edges.tolist(), histtype="stepfilled", alpha=0.65, color=color, label=label
        )
    axes.set_yscale("log")
    axes.set_xlabel(OBSERVABLES["pt"].axis_label)
    axes.set_ylabel("Jets per bin")
    axes.set_xlim(edges[0], edges[-1])
    axes.legend(loc="upper right")
    return figure


def _response(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    figure, panels = grid(1, 2, width=5)
    drawn = [name for name in ("target", "smearing", "prediction") if name in tables]
    for panel, quantity, label in zip(panels, ("mean", "width"), ("mean", "width"), strict=True):
        axes = panel.subplots()
        for shift, name in enumerate(drawn):
            rows = [row for row in tables[name] if row[quantity] is not None and row["n"] >= _PAIRS]
            if not rows:
                continue
            # On a logarithmic axis, side by side inside their bin, so that none hides another.
            low, high = (np.array([row[key] for row in rows]) for key in ("low", "high"))
            centre = low * (high / low) ** (0.35 + 0.15 * shift)
            value, error = (np.array([row[key] for row in rows]) for key in (quantity, f"{quantity}_error"))
            look = LOOKS[name]
            across = [centre - low, high - centre]
            axes.errorbar(
                centre, value, error, across, "o", color=look.color, ms=4, lw=look.width, label=look.label
            )
        empty = not axes.get_legend_handles_labels()[0]
        axes.set_xscale("log")
        axes.set_xticks([100, 200, 300, 500, 1000, 2000], ["100", "200", "300", "500", "1000", "2000"])
        axes.minorticks_off()
        axes.set_xlabel(r"Gen jet $p_T$ [GeV]")
        axes.set_ylabel(f"Response {label}")
        low_edge, high_edge = axes.get_ylim()
        axes.set_ylim(low_edge, high_edge + 0.35 * (high_edge - low_edge))
        if empty:
            tell_empty(axes, f"no bin of gen jet $p_T$ has {_PAIRS} pairs")
        else:
            axes.legend(loc="upper right")
    return figure


def _history(history: History) -> Figure:
    figure, panels = grid(1, 2, width=6)
    losses, scores = (panel.subplots() for panel in panels)
    epochs = [entry.epoch for entry in history.epochs]
    colors = ("#3f3f3f", "#3f90da", "#ffa90e", "#bd1f01", "#832db6", "#a96b59")
    for color, name in zip(colors, history.epochs[0].train, strict=False):
        for part, line in (("train", "--"), ("validation", "-")):
            values = [getattr(entry, part).get(name, np.nan) for entry in history.epochs]
            label = name if part == "validation" else None
            losses.plot(epochs, values, line, color=color, lw=1.3, label=label, **_marker(epochs))
    measured = [entry for entry in history.epochs if entry.kld]
    at = [entry.epoch for entry in measured]
    for color, name in zip(colors, ("sum", "mass", "pt", "energy", "eta", "phi"), strict=True):
        scored = np.array([(entry.kld or {}).get(name, np.nan) for entry in measured], float)
        if np.isfinite(scored).any():
            shown = np.where(np.isfinite(scored), scored, np.nan)
            scores.plot(at, shown, "o-", color=color, lw=1.3, ms=3, label=name)
    if not scores.get_legend_handles_labels()[0]:
        tell_empty(scores, "no epoch has a finite KL divergence")
    for axes, label in ((losses, "Loss"), (scores, "KL divergence (validation)")):
        axes.set_yscale("log")
        axes.set_xlabel("Epoch")
        axes.set_ylabel(label)
        low, high = axes.get_ylim()
        axes.set_ylim(low, high * (high / low) ** 0.25)
        if history.chosen is not None:
            axes.axvline(history.chosen, color="black", ls="--", lw=1, label=f"chosen: {history.chosen}")
        if axes.get_legend_handles_labels()[0]:
            # Opaque: the line of the chosen epoch passes behind it.
            axes.legend(ncols=3, loc="upper center", frameon=True, framealpha=1, edgecolor="none")
    return figure


def _marker(epochs: Sequence[int]) -> dict[str, Any]:
    # One epoch makes no line.
    return {"marker": "o", "ms": 3} if len(epochs) < 3 else {}
