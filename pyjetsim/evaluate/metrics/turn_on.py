"""How thresholds turn on: what share of pairs passes a cut on reco, by what gen says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pyjetsim.evaluate.metrics.base import Context, Drawing, Metric
from pyjetsim.evaluate.panels import LOOKS, grid, tell_empty
from pyjetsim.evaluate.view import ConstituentsView, JetBatch
from pyjetsim.jets import Jets, transverse_momentum
from pyjetsim.jets.selection import Selection

Weights = NDArray[np.float64]
_PT_BINS = np.linspace(0.7, 1.4, 15)
"""In units of the cut."""
_ETA_BINS = np.linspace(-0.3, 0.3, 13)
"""From the cut."""
_CONSTITUENT_BINS = np.geomspace(1, 4, 13)
"""In units of the cut."""
_LABELS = {
    "jet_pt": "gen jet pt [GeV]: share of pairs with reco pt above the cut",
    "jet_eta": "gen jet |eta|: share of pairs with reco |eta| inside the cut",
    "constituent_pt": "reco constituent pt [GeV]: constituents in a jet",
}


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of pairs that pass, or constituents a jet; NaN without pairs."""

    value: float
    error: float
    n: int
    """Pairs."""


@dataclass(frozen=True, slots=True)
class Point:
    """Rates in one bin."""

    low: float
    high: float
    target: Rate
    prediction: Rate
    pull: float
    """The difference, in units of its uncertainty."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Rates around one cut."""

    label: str
    rows: list[Point]
    largest_pull: float | None
    """In size."""


@dataclass(frozen=True, slots=True)
class Curves:
    """By cut."""

    of: Mapping[str, Curve]

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return {name: asdict(curve) for name, curve in self.of.items()}


@dataclass
class Sums:
    """What is counted in bins, (B,) each."""

    n: NDArray[np.int64]
    value: Weights
    """Sums of weights."""
    squares: Weights
    """Sums of their squares."""

    @classmethod
    def none(cls, n_bins: int) -> Sums:
        """Empty bins."""
        return cls(np.zeros(n_bins, np.int64), np.zeros(n_bins), np.zeros(n_bins))

    @classmethod
    def of(cls, values: NDArray[Any], edges: Weights, weights: Weights) -> Sums:
        """Of values with weights (N,)."""
        each = (None, weights, np.square(weights))
        return cls(*(np.histogram(values, edges, weights=weight)[0] for weight in each))

    def add(self, other: Sums) -> None:
        """Add others, in the same bins."""
        self.n += other.n
        self.value += other.value
        self.squares += other.squares


class PassCounts:
    """Counts around the cuts of a selection, in bins. Cuts that do not cut have none."""

    def __init__(self, selection: Selection, candidate_pt_min: float = 0.0) -> None:
        """``candidate_pt_min`` in GeV: the detector's own threshold, where a selection cuts below it."""
        self._cuts = selection
        edges = {
            "jet_pt": selection.jet_pt_min * _PT_BINS,
            "jet_eta": selection.jet_eta_max + _ETA_BINS,
            "constituent_pt": max(selection.constituent_pt_min, candidate_pt_min) * _CONSTITUENT_BINS,
        }
        self.edges = {name: bins for name, bins in edges.items() if np.isfinite(bins).all() and bins[-1] > 0}
        self.total = {name: Sums.none(len(bins) - 1) for name, bins in self.edges.items()}
        self.passed = {name: Sums.none(len(bins) - 1) for name, bins in self.edges.items()}

    def add(self, gen: Jets, reco: Jets, weight: Weights | None = None) -> None:
        """Pairs: gen as in the file; reco after ``Selection.constituents``.

        ``weight``: (N,) of either sign; None: 1 each.
        """
        cuts = self._cuts
        eta = np.abs(gen.eta)
        central, hard = eta < cuts.jet_eta_max, gen.pt > cuts.jet_pt_min
        there = reco.n_constituents > 0
        weights = np.ones(len(gen)) if weight is None else weight
        self._count("jet_pt", gen.pt, reco.pt > cuts.jet_pt_min, central, weights)
        self._count("jet_eta", eta, there & (np.abs(reco.eta) < cuts.jet_eta_max), hard, weights)
        if "constituent_pt" in self.edges:
            inside, weights = reco[central & hard], weights[central & hard]
            pt = transverse_momentum(inside.constituents)[inside.present]
            each = np.repeat(weights, inside.present.sum(axis=1))
            # Every jet counts in each bin.
            total = self.total["constituent_pt"]
            total.n += len(inside)
            total.value += weights.sum()
            total.squares += np.square(weights).sum()
            self.passed["constituent_pt"].add(Sums.of(pt, self.edges["constituent_pt"], each))

    def merge(self, other: PassCounts) -> None:
        """Add the counts of another one, around the same cuts."""
        for name in self.edges:
            self.total[name].add(other.total[name])
            self.passed[name].add(other.passed[name])

    def _count(
        self,
        name: str,
        values: NDArray[Any],
        passes: NDArray[np.bool_],
        taken: NDArray[np.bool_],
        weights: Weights,
    ) -> None:
        if name in self.edges:
            for sums, rows in ((self.total, taken), (self.passed, taken & passes)):
                sums[name].add(Sums.of(values[rows], self.edges[name], weights[rows]))

    def rates(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of each bin the share that passes, or constituents a jet, and its uncertainty; NaN without entries.

        Binomial, with one success and one failure added so that no bin is certain, and Poisson for
        constituents. Of weighted pairs the rate is that of sums of weights, and the uncertainty that of as
        many pairs, with that rate, as have the relative uncertainty of the sum.
        """
        total, passed = self.total[name], self.passed[name]
        whole, part = total.value, passed.value
        rate = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
        # Of a pair on average, as far as the uncertainty goes: 1 for pairs without weights.
        unit = np.divide(total.squares, whole, out=np.ones(len(whole)), where=whole > 0)
        if name == "constituent_pt":
            return rate, np.sqrt(np.maximum(passed.squares, unit**2)) / np.maximum(whole, unit)
        likely = np.clip((part + unit) / (whole + 2 * unit), 0, 1)
        return rate, np.sqrt(likely * (1 - likely) / np.maximum(whole / unit, 1))


def compare_turn_on(target: PassCounts, prediction: PassCounts) -> dict[str, Curve]:
    """By cut."""
    curves = {}
    for name, edges in target.edges.items():
        sides = {"target": target, "prediction": prediction}
        rates = {side: counts.rates(name) for side, counts in sides.items()}
        error = np.hypot(rates["target"][1], rates["prediction"][1])
        pulls = (rates["prediction"][0] - rates["target"][0]) / error
        target_rates, prediction_rates = (
            [
                Rate(float(value), float(error), int(n))
                for value, error, n in zip(*rates[side], counts.total[name].n, strict=True)
            ]
            for side, counts in sides.items()
        )
        rows = [
            Point(float(edges[i]), float(edges[i + 1]), target_rates[i], prediction_rates[i], float(pulls[i]))
            for i in range(len(edges) - 1)
        ]
        known = pulls[np.isfinite(pulls)]
        largest = float(np.abs(known).max()) if len(known) else None
        curves[name] = Curve(_LABELS[name], rows, largest)
    return curves


def draw_turn_on(curves: Mapping[str, Curve]) -> Figure:
    """One panel a cut, with the pulls below. ``curves`` are those of `compare_turn_on`."""
    figure, panels = grid(1, max(1, len(curves)), height=4.4)
    for panel, (name, curve) in zip(panels, curves.items(), strict=False):
        above, below = panel.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        edges = [row.low for row in curve.rows] + [curve.rows[-1].high]
        middle = (np.array(edges[1:]) + np.array(edges[:-1])) / 2
        for side in ("target", "prediction"):
            look = LOOKS[side]
            value, error = (
                np.array([getattr(getattr(row, side), key) for row in curve.rows], float)
                for key in ("value", "error")
            )
            if side == "target":
                above.stairs(np.nan_to_num(value), edges, color="#d9d9d9", fill=True)
            above.errorbar(middle, value, error, fmt="o", ms=3.5, lw=1, color=look.color, label=look.label)
        below.axhspan(-2, 2, color="#e4e4e4", lw=0)
        pulls = np.array([row.pull for row in curve.rows], float)
        below.plot(middle, pulls, "o", ms=3.5, color=LOOKS["prediction"].color)
        if not np.isfinite(pulls).any():
            tell_empty(above, "no bin around this cut has pairs of both files")
        # The worst bin stays in sight, however bad it is.
        reach = max(5.0, 1.1 * (curve.largest_pull or 0))
        below.set_ylim(-reach, reach)
        what, rate = curve.label.split(": ")
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


class TurnOn(Metric[Curves]):
    """What passes the cuts around their thresholds, in both files."""

    name = "turn_on"
    needs = "constituents"
    samples = ("target", "prediction")
    every_pair = True
    place = ("turn_on",)

    def __init__(self, view: ConstituentsView) -> None:
        super().__init__(view)
        self._of = {name: PassCounts(view.selection, view.jets.candidate_pt_min) for name in self.samples}

    def add(self, sample: str, batch: JetBatch) -> None:
        """All pairs."""
        self._of[sample].add(batch.whole_gen, batch.reco, batch.weight)

    def merge(self, other: TurnOn) -> None:
        """File by file."""
        for name, counts in other._of.items():
            self._of[name].merge(counts)

    def result(self, context: Context) -> Curves:
        """Around each cut that cuts."""
        return Curves(compare_turn_on(self._of["target"], self._of["prediction"]))

    def draw(self, result: Curves) -> dict[str, Drawing]:
        """One figure, where there is a cut."""
        if not result.of:
            return {}
        return {
            "turn_on": Drawing(
                draw_turn_on(result.of),
                "What share of pairs passes each cut on reco, by gen, and the soft end of the spectrum of "
                "constituents. Below, the difference in units of its uncertainty; the band is two of them.",
            )
        }
