"""Spectra of the whole generated phase space, below the threshold on jet pt too: the paper's appendix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyjetsim.evaluate.metrics.base import Context, Drawing, Metric
from pyjetsim.evaluate.metrics.spectra import draw_spectra
from pyjetsim.evaluate.samples import Sample

_FIGURES = {
    "figure_a1": (
        "figure_5",
        "Jet pt and mass in the whole generated phase space, below the threshold on jet pt too.",
    ),
    "figure_a2": (
        "figure_6",
        "Jet momentum components, energy, eta and phi in the whole generated phase space.",
    ),
}
"""Name to the figure of the selection that it is the like of, and the caption."""


@dataclass(frozen=True, slots=True)
class WideSamples:
    """The samples in the wide acceptance."""

    samples: Mapping[str, Sample]
    copies: Mapping[str, Sample]
    """All simulations of those with several of each gen jet."""

    def to_json(self) -> dict[str, Any]:
        """How many jets there are of each."""
        return {name: len(sample) for name, sample in self.samples.items()}


class WideSpectra(Metric[WideSamples]):
    """Only drawn."""

    name = "wide_spectra"
    needs = "constituents"

    def result(self, context: Context) -> WideSamples:
        """Of what is compared."""
        return WideSamples(context.wide, context.copies)

    def draw(self, result: WideSamples) -> dict[str, Drawing]:
        """Two figures."""
        drawings = {}
        for name, (like, caption) in _FIGURES.items():
            panels = self.view.figures[like]
            figure = draw_spectra(
                result.samples, panels.observables, panels.shape, self.view.observables, result.copies
            )
            drawings[name] = Drawing(figure, caption)
        return drawings
