"""The response, reco pt over gen pt, in bins of gen pt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pyjetsim.evaluate.metrics.base import Context, Drawing, Metric
from pyjetsim.evaluate.panels import LOOKS, grid, tell_empty
from pyjetsim.evaluate.view import ConstituentsView, JetBatch
from pyjetsim.jets import Jets
from pyjetsim.jets.weights import effective_number, weighted_quantiles

GEN_PT_EDGES = (100.0, 150.0, 200.0, 300.0, 500.0, 1000.0, 2000.0)
"""GeV."""
_PAIRS = 10
"""Fewer in a bin are not drawn."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The response of the pairs in a bin of gen pt; None for fewer than two."""

    low: float
    """GeV."""
    high: float
    """GeV."""
    n: int
    mean: float | None
    mean_error: float | None
    median: float | None
    width: float | None
    """Half the distance between the 16 and 84 % quantiles: a Gaussian's standard deviation, deaf to tails."""
    width_error: float | None
    std: float | None
    """It hears the tails."""


@dataclass(frozen=True, slots=True)
class ResponseTables:
    """Of every sample, the bins in order."""

    tables: Mapping[str, list[Bin]]

    def to_json(self) -> dict[str, Any]:
        """All tables, and what their columns mean."""
        return {
            "definition": "reco pt after the selection's constituent cuts over the file's gen pt; "
            "no reco pt cut",
            "width": "half of the 16 to 84 % quantile range",
            "tables": {name: [asdict(row) for row in rows] for name, rows in self.tables.items()},
        }


@dataclass
class Responses:
    """Gen and reco pt of all pairs, gathered in pieces."""

    gen_eta_max: float
    """Pairs beyond are left out. A cut on gen, so that prediction and target keep the same pairs."""
    _gen: list[NDArray[np.float32]] = field(default_factory=list)
    _reco: list[NDArray[np.float32]] = field(default_factory=list)
    _weight: list[NDArray[np.float64]] = field(default_factory=list)

    def add(self, gen: Jets, reco: Jets, weight: NDArray[np.float64] | None = None) -> None:
        """Pairs: gen as in the file, all constituents; reco after ``Selection.constituents``.

        No cut on reco pt: it would keep only the upward half of the jets near the threshold.
        """
        inside = (np.abs(gen.eta) < self.gen_eta_max) & (gen.pt > 0)
        self._gen.append(gen.pt[inside])
        self._reco.append(reco.pt[inside])
        if weight is not None:
            self._weight.append(weight[inside])

    def merge(self, other: Responses) -> None:
        """Take over the pairs of another one."""
        self._gen += other._gen
        self._reco += other._reco
        self._weight += other._weight

    def table(self) -> list[Bin]:
        """One row a bin of gen pt; see :func:`response_table`."""
        if not self._gen:
            return response_table(np.zeros(0), np.zeros(0))
        weight = np.concatenate(self._weight) if self._weight else None
        return response_table(np.concatenate(self._gen), np.concatenate(self._reco), weight)


def response_table(
    gen_pt: NDArray[np.floating], reco_pt: NDArray[np.floating], weight: NDArray[np.float64] | None = None
) -> list[Bin]:
    """One row a bin of ``gen_pt``, both (N,) in GeV. Errors are statistical, for a Gaussian.

    ``weight``: (N,) of the pairs, of either sign; None: 1 each.
    """
    response = np.asarray(reco_pt, np.float64) / np.asarray(gen_pt, np.float64)
    rows = []
    for low, high in pairwise(GEN_PT_EDGES):
        inside = (gen_pt >= low) & (gen_pt < high)
        found = (
            _moments(response[inside])
            if weight is None
            else _weighted_moments(response[inside], weight[inside])
        )
        rows.append(Bin(low, high, int(inside.sum()), **found))
    return rows


_MOMENTS = ("mean", "mean_error", "median", "width", "width_error", "std")


def _weighted_moments(response: NDArray[np.float64], weight: NDArray[np.float64]) -> dict[str, float | None]:
    """As `_moments`, with the effective number of pairs; for equal weights the same, but for quantiles.

    Those are of :func:`~pyjetsim.jets.weights.weighted_quantiles`, which does not interpolate.
    """
    n = effective_number(weight)
    if n < 2 or not weight.sum() > 0:
        return dict.fromkeys(_MOMENTS)
    share = weight / weight.sum()
    mean = share @ response
    low, median, high = weighted_quantiles(response, weight, (0.158655, 0.5, 0.841345))
    width = (high - low) / 2
    squares = np.square(response - mean)
    # Negative weights may leave less than nothing.
    variance = max(share @ squares, 0) * n / (n - 1)
    mean_error = np.sqrt(np.square(share) @ squares * n / (n - 1))
    values = (mean, mean_error, median, width, 0.962 * width / np.sqrt(n), np.sqrt(variance))
    return {name: float(value) for name, value in zip(_MOMENTS, values, strict=True)}


def _moments(response: NDArray[np.float64]) -> dict[str, float | None]:
    n = len(response)
    if n < 2:
        return dict.fromkeys(_MOMENTS)
    low, median, high = np.quantile(response, [0.158655, 0.5, 0.841345])
    width, std = (high - low) / 2, response.std(ddof=1)
    # The variance of half a quantile range of n Gaussian values is (0.962 sigma)² / n.
    values = (response.mean(), std / np.sqrt(n), median, width, 0.962 * width / np.sqrt(n), std)
    return {name: float(value) for name, value in zip(_MOMENTS, values, strict=True)}


def draw_response(tables: Mapping[str, list[Bin]]) -> Figure:
    """Mean and width in bins of gen pt."""
    figure, panels = grid(1, 2, width=5)
    drawn = [name for name in ("target", "smearing", "prediction") if name in tables]
    for panel, quantity in zip(panels, ("mean", "width"), strict=True):
        axes = panel.subplots()
        for shift, name in enumerate(drawn):
            rows = [row for row in tables[name] if getattr(row, quantity) is not None and row.n >= _PAIRS]
            if not rows:
                continue
            # On a logarithmic axis, side by side inside their bin, so that none hides another.
            low, high = (np.array([getattr(row, key) for row in rows]) for key in ("low", "high"))
            centre = low * (high / low) ** (0.35 + 0.15 * shift)
            value, error = (
                np.array([getattr(row, key) for row in rows]) for key in (quantity, f"{quantity}_error")
            )
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
        axes.set_ylabel(f"Response {quantity}")
        low_edge, high_edge = axes.get_ylim()
        axes.set_ylim(low_edge, high_edge + 0.35 * (high_edge - low_edge))
        if empty:
            tell_empty(axes, f"no bin of gen jet $p_T$ has {_PAIRS} pairs")
        else:
            axes.legend(loc="upper right")
    return figure


class Response(Metric[ResponseTables]):
    """Mean and width of the pt response by gen pt, of all samples."""

    name = "response"
    needs = "constituents"
    place = ("response",)

    def __init__(self, view: ConstituentsView) -> None:
        super().__init__(view)
        self._eta_max = view.selection.jet_eta_max
        self._of: dict[str, Responses] = {}

    def add(self, sample: str, batch: JetBatch) -> None:
        """All pairs."""
        self._responses(sample).add(batch.whole_gen, batch.reco, batch.weight)

    def merge(self, other: Response) -> None:
        """Sample by sample."""
        for name, responses in other._of.items():
            self._responses(name).merge(responses)

    def _responses(self, sample: str) -> Responses:
        return self._of.setdefault(sample, Responses(self._eta_max))

    def result(self, context: Context) -> ResponseTables:
        """Tables of the samples that are compared."""
        return ResponseTables({name: self._responses(name).table() for name in context.samples})

    def draw(self, result: ResponseTables) -> dict[str, Drawing]:
        """One figure."""
        return {
            "response": Drawing(
                draw_response(result.tables),
                "Response, reco pt over gen pt, in bins of gen pt: its mean, "
                "and its width (half the 16 to 84 % quantile range).",
            )
        }
