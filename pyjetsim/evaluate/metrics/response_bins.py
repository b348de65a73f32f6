"""Responses of target and prediction side by side, in bins of gen pt, |eta| and mass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pyjetsim.evaluate.metrics.base import Context, Drawing, Effective, Metric, Score, fields_of
from pyjetsim.evaluate.observables.bins import EDGES, FEW
from pyjetsim.evaluate.panels import grid, tell_empty
from pyjetsim.evaluate.samples import bootstrap_times
from pyjetsim.evaluate.view import ConstituentsView, JetBatch
from pyjetsim.jets import ETA, MASS, PHI, PT, Jets, delta_phi
from pyjetsim.jets.weights import effective_entries, weighted_quantiles

Values = NDArray[np.float64]
Quantity = Literal["pt", "mass", "deta", "dphi", "multiplicity"]
QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)
RATIOS: tuple[Quantity, ...] = ("pt", "mass", "multiplicity")
"""Reco over gen; the others are differences."""
GEN_MASS_MIN = 10.0
"""GeV: below, the ratio of masses says what pileup adds and not what the detector does."""

N_REPLICATES = 100


@dataclass
class Passages:
    """Pairs with gen pt and |eta| inside a selection, whatever became of the reco jet.

    A cut on gen, so that prediction and target keep the same pairs, and none that only fluctuated
    over a threshold.
    """

    gen_pt_min: float
    gen_eta_max: float
    _gen: list[NDArray[np.float32]] = field(default_factory=list)
    _reco: list[NDArray[np.float32]] = field(default_factory=list)
    _event: list[NDArray[np.int64]] = field(default_factory=list)
    _weight: list[Values] = field(default_factory=list)

    def add(self, gen: Jets, reco: Jets, event: NDArray[np.int64], weight: Values | None = None) -> None:
        """Pairs: gen as in the file, all constituents; reco after ``Selection.constituents``."""
        inside = (gen.pt > self.gen_pt_min) & (np.abs(gen.eta) < self.gen_eta_max) & (gen.pt > 0)
        for parts, jets in ((self._gen, gen), (self._reco, reco)):
            parts.append(np.column_stack([jets.jet, jets.n_constituents])[inside].astype(np.float32))
        self._event.append(event[inside])
        if weight is not None:
            self._weight.append(weight[inside])

    def merge(self, other: Passages) -> None:
        """Take over the pairs of another one."""
        self._gen += other._gen
        self._reco += other._reco
        self._event += other._event
        self._weight += other._weight

    @property
    def gen(self) -> Values:
        """(N, 5) pt, eta, phi, mass, constituents."""
        return _joined(self._gen)

    @property
    def event(self) -> NDArray[np.int64]:
        """(N,)."""
        return np.concatenate([np.zeros(0, np.int64), *self._event])

    @property
    def weight(self) -> Values | None:
        """(N,) of either sign; None: 1 each."""
        return np.concatenate(self._weight) if self._weight else None

    def response(self, of: Quantity) -> Values:
        """(N,) reco over gen, or reco minus gen in eta and phi; NaN where it has no meaning.

        That is: direction of a reco jet without constituents, and mass where gen's is below GEN_MASS_MIN.
        """
        gen, reco = self.gen, _joined(self._reco)
        if of == "deta":
            return np.where(reco[:, PT] > 0, reco[:, ETA] - gen[:, ETA], np.nan)
        if of == "dphi":
            return np.where(reco[:, PT] > 0, delta_phi(reco[:, PHI], gen[:, PHI]), np.nan)
        if of == "multiplicity":
            # A count is spread over its unit, evenly by golden section, so that quantiles have no steps.
            spread = (np.arange(len(gen)) * (np.sqrt(5) - 1) / 2) % 1 - 0.5
            return np.asarray((reco[:, 4] + spread) / np.maximum(gen[:, 4], 1))
        column, least = (PT, 0.0) if of == "pt" else (MASS, GEN_MASS_MIN)
        whole = gen[:, column]
        ratio = np.divide(reco[:, column], whole, out=np.full(len(gen), np.nan), where=whole > least)
        return np.asarray(ratio)


def _joined(parts: Sequence[NDArray[np.float32]]) -> Values:
    return np.concatenate([np.zeros((0, 5)), *parts]).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean, half the 16 to 84 % quantile range and standard deviation: first of the data, then resampled."""

    mean: Values
    width: Values
    std: Values

    @classmethod
    def of(cls, values: Values, times: NDArray[np.int8], weight: Values | None = None) -> Moments:
        """Each (1 + R,), of values (n,) and how often each replicate takes them (n, R).

        ``weight``: (n,) of either sign; a replicate whose sum is not above 0 has NaN.
        """
        if weight is not None:
            return cls._of_weighted(values, times, weight)
        order = np.argsort(values)
        ordered = values[order]
        weights = np.column_stack([np.ones(len(values), np.int32), times[order]])
        below = np.cumsum(weights, axis=0, dtype=np.int32)
        total = np.maximum(below[-1], 1)
        mean = ordered @ weights / total
        variance = np.square(ordered) @ weights / total - mean**2
        low, high = (ordered[np.argmax(below >= q * total, axis=0)] for q in (0.158655, 0.841345))
        return cls(mean, (high - low) / 2, np.sqrt(np.maximum(variance, 0)))

    @classmethod
    def _of_weighted(cls, values: Values, times: NDArray[np.int8], weight: Values) -> Moments:
        weights = weight[:, None] * np.column_stack([np.ones(len(values), np.int8), times])
        total = weights.sum(axis=0)
        total = np.where(total > 0, total, np.nan)
        mean = values @ weights / total
        variance = np.square(values) @ weights / total - mean**2
        low, high = weighted_quantiles(values, weights, (0.158655, 0.841345))
        return cls(mean, (high - low) / 2, np.sqrt(np.maximum(variance, 0)))


@dataclass(frozen=True, slots=True)
class Side:
    """Moments of a response in one bin of one file."""

    mean: float
    width: float
    """Half the 16 to 84 % quantile range."""
    std: float


@dataclass(frozen=True, slots=True)
class Row:
    """A response in a bin of the gen jet. Uncertainties: bootstrap by event."""

    axis: str
    """Of EDGES."""
    low: float
    high: float
    quantity: Quantity
    n: Mapping[str, int]
    """Pairs of target and prediction."""
    few: bool
    """Fewer than FEW; of weighted pairs, the effective number."""
    target: Side
    prediction: Side
    mean_difference: float
    mean_difference_error: float
    width_ratio: float | None
    """Prediction over target; None where one of them vanishes."""
    width_ratio_error: float | None
    std_ratio: float | None
    std_ratio_error: float | None
    effective: Effective | None = None
    """Effective numbers of these pairs; None where neither file has weights."""


@dataclass(frozen=True, slots=True)
class Largest:
    """The largest error over bins of FEW pairs or more; None without such a bin."""

    value: float | None
    noise: float | None
    """What chance alone gives on average."""


@dataclass(frozen=True, slots=True)
class BinnedResponse:
    """Responses of a sample beside the target's."""

    rows: list[Row]
    errors: Mapping[str, Largest]
    """``width`` and ``std``, the largest distance of a ratio from 1, and ``mean``, the largest difference of
    means over the target's, of ratios only: a mean of about 0 has no relative error.
    """
    few: int = FEW
    replicates: int = N_REPLICATES


@dataclass(frozen=True, slots=True)
class BinnedResponses:
    """By sample, the target left out."""

    of: Mapping[str, BinnedResponse]

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return {name: fields_of(binned) for name, binned in self.of.items()}


def compare_responses(target: Passages, prediction: Passages) -> BinnedResponse:
    """Bin by bin; bins with fewer than two pairs on either side are left out."""
    rows: list[Row] = []
    errors: dict[str, list[Values]] = {"mean": [], "width": [], "std": []}
    sides = {"target": target, "prediction": prediction}
    axes = {name: _axes(side) for name, side in sides.items()}
    responses = {name: {of: side.response(of) for of in QUANTITIES} for name, side in sides.items()}
    events = {name: side.event for name, side in sides.items()}
    weights = {name: side.weight for name, side in sides.items()}
    weighted = any(weight is not None for weight in weights.values())
    for axis, edges in EDGES.items():
        for low, high in pairwise(edges):
            inside = {
                name: np.flatnonzero((axes[name][axis] >= low) & (axes[name][axis] < high)) for name in sides
            }
            if min(map(len, inside.values())) < 2:
                continue
            times = {name: bootstrap_times(events[name][inside[name]], N_REPLICATES) for name in sides}
            for of in QUANTITIES:
                moments, counts, effective = _moments(of, responses, inside, times, weights)
                if min(effective.values()) < 2:
                    continue
                numbers, deviations = _row(of, moments["target"], moments["prediction"])
                few = min(effective.values()) < FEW
                told = effective if weighted else None
                rows.append(Row(axis, low, high, of, counts, few, **numbers, effective=told))
                if not few:
                    for name, deviation in deviations.items():
                        errors[name].append(deviation)
    return BinnedResponse(rows, {name: _largest(deviations) for name, deviations in errors.items()})


def _axes(side: Passages) -> dict[str, Values]:
    gen = side.gen
    return {"pt": gen[:, PT], "abs_eta": np.abs(gen[:, ETA]), "mass": gen[:, MASS]}


def _moments(
    of: Quantity,
    responses: Mapping[str, Mapping[Quantity, Values]],
    inside: Mapping[str, NDArray[np.intp]],
    times: Mapping[str, NDArray[np.int8]],
    weights: Mapping[str, Values | None],
) -> tuple[dict[str, Moments], dict[str, int], dict[str, float]]:
    """Moments by side, how many pairs they are of, and the effective number of those."""
    moments, counts, effective = {}, {}, {}
    for name in inside:
        values = responses[name][of][inside[name]]
        known = np.isfinite(values)
        counts[name] = int(known.sum())
        every = weights[name]
        weight = None if every is None else every[inside[name]][known]
        effective[name] = effective_entries(counts[name], weight)
        if effective[name] >= 2:
            moments[name] = Moments.of(values[known], times[name][known], weight)
    return moments, counts, effective


def _row(of: Quantity, target: Moments, prediction: Moments) -> tuple[dict[str, Any], dict[str, Values]]:
    """The numbers of a row, and what counts as error: each (1 + R,), signed."""
    difference = prediction.mean - target.mean
    deviations = {}
    row: dict[str, Any] = {
        name: Side(float(side.mean[0]), float(side.width[0]), float(side.std[0]))
        for name, side in (("target", target), ("prediction", prediction))
    }
    row |= {"mean_difference": float(difference[0]), "mean_difference_error": float(difference[1:].std())}
    if of in RATIOS and (target.mean > 0).all():
        deviations["mean"] = difference / target.mean
    for name in ("width", "std"):
        first, second = getattr(target, name), getattr(prediction, name)
        if (first > 0).all():
            ratio = second / first
            row |= {f"{name}_ratio": float(ratio[0]), f"{name}_ratio_error": float(ratio[1:].std())}
            deviations[name] = ratio - 1
        else:
            row |= {f"{name}_ratio": None, f"{name}_ratio_error": None}
    return row, deviations


def _largest(deviations: list[Values]) -> Largest:
    if not deviations:
        return Largest(None, None)
    every = np.array(deviations)
    chance = np.abs(every[:, 1:] - every[:, :1]).max(axis=0)
    return Largest(float(np.abs(every[:, 0]).max()), float(chance.mean()))


_AXES = {"pt": r"Gen jet $p_T$ [GeV]", "abs_eta": r"Gen jet $|\eta|$", "mass": "Gen jet mass [GeV]"}
_QUANTITIES = {
    "pt": (r"$p_T$", "#d1495b"),
    "mass": ("mass", "#2a7f9e"),
    "multiplicity": ("multiplicity", "#8f7a2f"),
    "deta": (r"$\Delta\eta$", "#832db6"),
    "dphi": (r"$\Delta\phi$", "#3f3f3f"),
}


def draw_response_bins(rows: Sequence[Row]) -> Figure:
    """Two rows of panels, means and widths; a column for each axis of bins."""
    figure, panels = grid(2, len(_AXES), height=3.6)
    for column, axis in enumerate(_AXES):
        here = [row for row in rows if row.axis == axis]
        means, widths = panels[column].subplots(), panels[column + len(_AXES)].subplots()
        for shift, of in enumerate(_QUANTITIES):
            drawn = [row for row in here if row.quantity == of]
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
                ticks = [edge for edge in EDGES[axis] if any(edge in (row.low, row.high) for row in here)]
                axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks], fontsize=8)
                axes.minorticks_off()
            axes.set_xlabel(_AXES[axis])
            axes.set_ylabel(label, fontsize=9)
            _room(axes)
    return figure


def _points(
    axes: Axes,
    rows: Sequence[Row],
    of: str,
    shift: int,
    name: str,
    *,
    relative: bool = False,
) -> None:
    label, color = _QUANTITIES[of]
    shown = [row for row in rows if getattr(row, name) is not None]
    for few in (False, True):
        chosen = [row for row in shown if row.few == few]
        if not chosen:
            continue
        low, high = (np.array([getattr(row, key) for row in chosen], float) for key in ("low", "high"))
        # Side by side inside their bin, so that none hides another.
        at = low + (high - low) * (0.2 + 0.15 * shift)
        scale = np.array([row.target.mean if relative else 1.0 for row in chosen])
        value, error = (
            np.array([getattr(row, key) for row in chosen], float) / scale for key in (name, f"{name}_error")
        )
        axes.errorbar(
            at, value, error, fmt="o", ms=3.5, lw=1, color=color, mfc="white" if few else color,
            label=None if few and any(not row.few for row in shown) else label,
        )  # fmt: skip


def _room(axes: Axes) -> None:
    """For the legend."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.35 * (high - low))
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper center", ncols=3, fontsize=9)
    else:
        tell_empty(axes, "too few pairs in every bin")


class ResponseBins(Metric[BinnedResponses]):
    """Responses of pt, mass, multiplicity and direction in bins of the gen jet."""

    name = "response_bins"
    needs = "constituents"
    place = ("response", "bins")

    def __init__(self, view: ConstituentsView) -> None:
        super().__init__(view)
        self._cuts = view.selection
        self._of: dict[str, Passages] = {}

    def add(self, sample: str, batch: JetBatch) -> None:
        """All pairs."""
        self._passages(sample).add(batch.whole_gen, batch.reco, batch.event, batch.weight)

    def merge(self, other: ResponseBins) -> None:
        """Sample by sample."""
        for name, passages in other._of.items():
            self._passages(name).merge(passages)

    def _passages(self, sample: str) -> Passages:
        return self._of.setdefault(sample, Passages(self._cuts.jet_pt_min, self._cuts.jet_eta_max))

    def result(self, context: Context) -> BinnedResponses:
        """Every sample beside the target."""
        target = self._passages("target")
        return BinnedResponses(
            {name: compare_responses(target, self._passages(name)) for name in context.others}
        )

    def draw(self, result: BinnedResponses) -> dict[str, Drawing]:
        """One figure, of the prediction."""
        return {
            "response_bins": Drawing(
                draw_response_bins(result.of["prediction"].rows),
                "Responses of prediction and target in bins of gen pt, |eta| and mass: relative "
                "difference of means and ratio of widths, with bootstrap uncertainties. "
                "Hollow: a bin with fewer than 500 pairs. Bands: 1 % and 5 %.",
            )
        }

    def scores(self, result: BinnedResponses, sample: str) -> Iterator[Score]:
        """The largest errors; their floor is what chance alone gives."""
        errors = result.of[sample].errors if sample in result.of else {}
        for moment in ("mean", "width", "std"):
            error = errors.get(moment, Largest(None, None))
            yield Score(f"response_{moment}_error_max", error.value, None, error.noise)
