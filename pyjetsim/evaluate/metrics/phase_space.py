"""The phase space of the target: what models are trained on, and what is compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from pyjetsim.evaluate.metrics.base import Context, Drawing, Metric
from pyjetsim.evaluate.observables.table import OBSERVABLES
from pyjetsim.evaluate.panels import grid
from pyjetsim.evaluate.samples import Sample
from pyjetsim.evaluate.view import ConstituentsView
from pyjetsim.jets.selection import Selection


@dataclass(frozen=True, slots=True)
class TwoAcceptances:
    """The target's jets in the wide and in the narrow selection."""

    wide: Sample
    narrow: Sample

    def to_json(self) -> dict[str, Any]:
        """How many there are of each."""
        return {"wide": len(self.wide), "narrow": len(self.narrow)}


def draw_phase_space(wide: Sample, narrow: Sample, selections: tuple[Selection, Selection]) -> Figure:
    """Spectra of jet pt in the wide and in the narrow selection."""
    figure, (panel,) = grid(1, 1, width=5.5)
    axes = panel.subplots()
    low, high = np.quantile(wide.values("pt"), [0, 0.999])
    if not high > low:  # all jets alike
        low, high = 0.9 * low, 1.1 * high
    edges = np.linspace(float(low), float(high), 60)
    for sample, selection, color in zip((wide, narrow), selections, ("#5790fc", "#f89c20"), strict=True):
        label = rf"$p_T$ > {selection.jet_pt_min:g} GeV: {len(sample):,} jets"
        axes.hist(
            sample.values("pt"),
            edges.tolist(),
            weights=sample.weights("pt"),
            histtype="stepfilled",
            alpha=0.65,
            color=color,
            label=label,
        )
    axes.set_yscale("log")
    axes.set_xlabel(OBSERVABLES["pt"].axis_label)
    axes.set_ylabel("Jets per bin" if wide.weight is None else "Sum of weights per bin")
    axes.set_xlim(edges[0], edges[-1])
    axes.legend(loc="upper right")
    return figure


class PhaseSpace(Metric[TwoAcceptances]):
    """Only drawn."""

    name = "phase_space"
    needs = "constituents"

    def __init__(self, view: ConstituentsView) -> None:
        super().__init__(view)
        self._selections = view.wide, view.selection

    def result(self, context: Context) -> TwoAcceptances:
        """Of the target."""
        return TwoAcceptances(context.wide["target"], context.samples["target"])

    def draw(self, result: TwoAcceptances) -> dict[str, Drawing]:
        """One figure."""
        return {
            "figure_2": Drawing(
                draw_phase_space(result.wide, result.narrow, self._selections),
                "Phase space of the target jets: the extended one that models are trained on, "
                "and the one that is compared.",
            )
        }
