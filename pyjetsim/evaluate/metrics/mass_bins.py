"""The reco mass in bins of the gen mass: its mean in GeV, and its standard deviation.

Beside the mass responses of ``response_bins.py``, which are relative and say little of light jets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pyjetsim.evaluate.metrics.base import Context, Drawing, Effective, Metric, fields_of
from pyjetsim.evaluate.metrics.response_bins import N_REPLICATES, Moments
from pyjetsim.evaluate.observables.bins import GEN_MASS_EDGES
from pyjetsim.evaluate.panels import LOOKS, grid, tell_empty
from pyjetsim.evaluate.samples import bootstrap_times
from pyjetsim.evaluate.verdict.tolerances import load_tolerances
from pyjetsim.evaluate.view import ConstituentsView, JetBatch
from pyjetsim.jets.weights import effective_entries

_FEW = 100
"""A bin with fewer jets, of weighted ones the effective number, is not drawn."""


@dataclass(frozen=True, slots=True)
class Side:
    """Reco mass in a bin, GeV."""

    mean: float
    std: float


@dataclass(frozen=True, slots=True)
class Row:
    """A bin of gen mass. Uncertainties: bootstrap by event."""

    low: float
    """GeV."""
    high: float
    """GeV."""
    n: Mapping[str, int]
    """Jets of target and prediction."""
    target: Side
    prediction: Side
    mean_difference: float
    """GeV."""
    mean_difference_error: float
    std_ratio: float | None
    """Prediction over target; None where the target's vanishes."""
    std_ratio_error: float | None
    effective: Effective | None = None
    """Effective numbers of these jets; None where neither file has weights."""


@dataclass(frozen=True, slots=True)
class MassRows:
    """The bins in order; those with fewer than two jets (effective ones) in either file are left out."""

    rows: list[Row]

    def to_json(self) -> dict[str, Any]:
        """All rows, and what they are of."""
        return {
            "definition": "reco mass after the selection's constituent cuts, GeV, of pairs whose gen jet "
            "passes the selection's cuts on jets",
            "rows": [fields_of(row) for row in self.rows],
        }


@dataclass(frozen=True, slots=True)
class Masses:
    """Of N pairs."""

    gen: NDArray[np.floating]
    """(N,) GeV."""
    reco: NDArray[np.floating]
    """(N,) GeV."""
    event: NDArray[np.int64]
    """(N,)."""
    weight: NDArray[np.float64] | None = None
    """(N,) of either sign; None: 1 each."""

    def __len__(self) -> int:
        return len(self.event)

    def __getitem__(self, rows: NDArray[np.bool_]) -> Masses:
        weight = None if self.weight is None else self.weight[rows]
        return Masses(self.gen[rows], self.reco[rows], self.event[rows], weight)


def mass_rows(target: Masses, prediction: Masses) -> list[Row]:
    """Compare the reco masses, bin by bin of gen mass."""
    rows = []
    sides = {"target": target, "prediction": prediction}
    weighted = any(side.weight is not None for side in sides.values())
    for low, high in pairwise(GEN_MASS_EDGES):
        inside = {name: side[(side.gen >= low) & (side.gen < high)] for name, side in sides.items()}
        effective = {name: effective_entries(len(side), side.weight) for name, side in inside.items()}
        if min(effective.values()) < 2:
            continue
        moments = {
            name: Moments.of(
                side.reco.astype(np.float64), bootstrap_times(side.event, N_REPLICATES), side.weight
            )
            for name, side in inside.items()
        }
        first, second = moments["target"], moments["prediction"]
        difference = second.mean - first.mean
        ratio = second.std / first.std if (first.std > 0).all() else None
        rows.append(
            Row(
                low,
                high,
                {name: len(side) for name, side in inside.items()},
                Side(float(first.mean[0]), float(first.std[0])),
                Side(float(second.mean[0]), float(second.std[0])),
                float(difference[0]),
                float(difference[1:].std()),
                None if ratio is None else float(ratio[0]),
                None if ratio is None else float(ratio[1:].std()),
                effective if weighted else None,
            )
        )
    return rows


def draw_mass_rows(rows: Sequence[Row]) -> Figure:
    """Differences of means and ratios of standard deviations, over gen mass."""
    figure, panels = grid(1, 2, width=5)
    limits = load_tolerances().mass
    drawn = [
        row for row in rows if min((row.effective or row.n).values()) >= _FEW and row.std_ratio is not None
    ]
    for panel, name, centre, band, label in (
        (panels[0], "mean_difference", 0.0, limits.mean, "Mean reco mass: prediction - target [GeV]"),
        (panels[1], "std_ratio", 1.0, limits.std, "Std of reco mass: prediction / target"),
    ):
        axes = panel.subplots()
        axes.axhspan(centre - band, centre + band, color="#e4e4e4", lw=0)
        axes.axhline(centre, color="#3f3f3f", lw=0.8)
        if drawn:
            edges, value, error = (
                np.array([getattr(row, key) for row in drawn], float)
                for key in ("high", name, f"{name}_error")
            )
            low = np.array([row.low for row in drawn])
            middle = (low + edges) / 2
            color = LOOKS["prediction"].color
            axes.errorbar(middle, value, error, [middle - low, edges - middle], "o", ms=4, color=color)
        else:
            tell_empty(axes, f"no bin of gen mass has {_FEW} jets")
        axes.set_xlabel("Gen jet mass [GeV]")
        axes.set_ylabel(label, fontsize=9)
    return figure


class MassBins(Metric[MassRows]):
    """Reco masses of target and prediction."""

    name = "mass_bins"
    needs = "constituents"
    samples = ("target", "prediction")
    place = ("mass_bins",)

    def __init__(self, view: ConstituentsView) -> None:
        super().__init__(view)
        self._cuts = view.selection
        self._of: dict[str, list[Masses]] = {name: [] for name in self.samples}

    def add(self, sample: str, batch: JetBatch) -> None:
        """Pairs whose gen jet is inside: a cut on reco would keep other pairs of the prediction."""
        inside = self._cuts.accepts(batch.whole_gen)
        pairs = Masses(batch.whole_gen.mass, batch.reco.mass, batch.event, batch.weight)
        self._of[sample].append(pairs[inside])

    def merge(self, other: MassBins) -> None:
        """File by file."""
        for name, parts in other._of.items():
            self._of[name] += parts

    def result(self, context: Context) -> MassRows:
        """All bins."""
        return MassRows(mass_rows(*(_joined(self._of[name]) for name in ("target", "prediction"))))

    def draw(self, result: MassRows) -> dict[str, Drawing]:
        """One figure."""
        return {
            "mass_bins": Drawing(
                draw_mass_rows(result.rows),
                "Reco mass in bins of gen mass: difference of means and ratio of standard deviations, with "
                f"bootstrap uncertainties, of bins with at least {_FEW} jets. Bands: the default tolerances.",
            )
        }


def _joined(parts: list[Masses]) -> Masses:
    none = Masses(np.zeros(0, np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64))
    columns = ([getattr(part, name) for part in (none, *parts)] for name in ("gen", "reco", "event"))
    weights = [part.weight for part in parts if part.weight is not None]
    gen, reco, event = map(np.concatenate, columns)
    return Masses(gen, reco, event, np.concatenate(weights) if weights else None)
