"""How variables go together, and with their conditions: correlations, contours, a classifier, profiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from pyjetsim.evaluate.metrics.base import Context, Drawing, Metric, Score
from pyjetsim.evaluate.metrics.classifiers.auc import Auc
from pyjetsim.evaluate.metrics.classifiers.pairs import Rows, against_target
from pyjetsim.evaluate.metrics.classifiers.trees import trees_auc
from pyjetsim.evaluate.panels import grid, look_of
from pyjetsim.evaluate.samples import SAMPLE_JETS, draw_halves
from pyjetsim.evaluate.view import View

Values = NDArray[np.float64]
_PT = "pt"
_BINS = 10
_CONTOURS = 4
"""Pairs of variables that are drawn: those that are most correlated in the target."""
_LEVELS = (0.5, 0.9)
"""Parts of the objects inside the contours."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A variable in bins of the gen object's pt."""

    edges: Values
    """(B + 1,) GeV."""
    median: Values
    """(B,)."""
    width: Values
    """(B,) half the distance between the quantiles at 16 and 84 %."""

    def to_json(self) -> dict[str, Any]:
        """All of it; None where a bin is empty."""
        return {
            name: [float(value) if np.isfinite(value) else None for value in getattr(self, name)]
            for name in ("edges", "median", "width")
        }


@dataclass(frozen=True)
class ColumnsResult:
    """What is compared beside the single distributions, by sample."""

    names: list[str]
    correlations: dict[str, Values]
    """(D, D) of ranks; ``floor``: of another half of the target, where that is ``half``."""
    differences: dict[str, float]
    """The largest difference of a coefficient from the target's; ``floor``: between the target's halves."""
    shares: dict[str, dict[str, float]]
    """Of whole numbers: the largest difference of a value's share from the target's, by variable."""
    profiles: dict[str, dict[str, Profile]]
    """By variable that is a ratio or a difference, and sample."""
    auc: dict[str, Auc]
    """Of trees that see conditions and variables; ``floor``: the target against itself."""
    samples: dict[str, Values] = field(default_factory=dict)
    """(N, D), for the contours."""

    def to_json(self) -> dict[str, Any]:
        """All but the samples."""
        return {
            "names": self.names,
            "correlations": {name: _plain(matrix) for name, matrix in self.correlations.items()},
            "correlation_difference_max": self.differences,
            "share_difference_max": self.shares,
            "profiles": {
                name: {sample: one.to_json() for sample, one in of.items()}
                for name, of in self.profiles.items()
            },
            "auc": {name: one.to_json() for name, one in self.auc.items()},
        }


class Columns(Metric[ColumnsResult]):
    """For views whose batches have columns of gen objects, and variables in ``reco``."""

    name = "columns"
    needs = "columns"
    place = ("columns",)

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self._given: dict[str, list[Values]] = {}
        self._answered: dict[str, list[Values]] = {}
        self._pt: dict[str, list[Values]] = {}
        self._event: dict[str, list[NDArray[np.int64]]] = {}

    def add(self, sample: str, batch: Any) -> None:
        """Keep the columns."""
        names = list(self.view.observables)
        pt = np.asarray(batch.gen.get(_PT, np.zeros(len(batch.event))), np.float64)
        self._given.setdefault(sample, []).append(_stacked(batch.gen, sorted(batch.gen)))
        self._answered.setdefault(sample, []).append(_stacked(batch.reco, names))
        self._pt.setdefault(sample, []).append(pt)
        self._event.setdefault(sample, []).append(np.asarray(batch.event))

    def merge(self, other: Columns) -> None:
        """Sample by sample."""
        for mine, theirs in zip(self._all(), other._all(), strict=True):
            for sample, parts in theirs.items():
                mine.setdefault(sample, []).extend(parts)

    def _all(self) -> tuple[dict[str, list[Any]], ...]:
        return self._given, self._answered, self._pt, self._event

    def result(self, context: Context) -> ColumnsResult:
        """Everything; the classifier unless trees are skipped."""
        names = list(self.view.observables)
        given, answered, pt, event = (
            {name: np.concatenate(held[name]) for name in context.samples} for held in self._all()
        )
        target = answered["target"]
        halves = draw_halves(event["target"], max(1, len(target) // 2), 1)
        correlations = {name: correlations_of(values) for name, values in answered.items()}
        one, other = (correlations_of(target[half[0]]) for half in (halves.first, halves.last))
        differences = {
            name: float(np.nanmax(np.abs(matrix - correlations["target"]), initial=0.0))
            for name, matrix in correlations.items()
            if name != "target"
        }
        differences["floor"] = float(np.nanmax(np.abs(one - other), initial=0.0))
        discrete = [i for i, name in enumerate(names) if self.view.observables[name].discrete]
        shares = {
            sample: {names[i]: share_difference(target[:, i], values[:, i]) for i in discrete}
            for sample, values in answered.items()
            if sample != "target"
        }
        edges = np.unique(np.quantile(pt["target"], np.linspace(0, 1, _BINS + 1)))
        profiles = {}
        if len(edges) > 1:
            for i, name in enumerate(names):
                if name.endswith(("Ratio", "MinusGen")):
                    profiles[name] = {
                        sample: profile_of(edges, pt[sample], values[:, i])
                        for sample, values in answered.items()
                    }
        auc = {}
        if "trees" not in context.skip:
            rows = {
                name: Rows(np.column_stack([given[name], values]), event[name])
                for name, values in answered.items()
            }
            auc = {
                name: trees_auc(two.pairs.features, two.is_second, two.event)
                for name, two in against_target(rows, SAMPLE_JETS).items()
            }
        return ColumnsResult(names, correlations, differences, shares, profiles, auc, answered)

    def draw(self, result: ColumnsResult) -> dict[str, Drawing]:
        """Correlations, contours and profiles."""
        drawings = {"correlations": Drawing(_draw_correlations(result), "Correlations of the variables.")}
        if len(result.names) > 1:
            told = "Contours that hold half and nine tenths of the objects, of the variables most correlated."
            drawings["contours"] = Drawing(_draw_contours(result), told)
        if result.profiles:
            told = "Median and width of variables in bins of the gen object's pt."
            drawings["profiles"] = Drawing(_draw_profiles(result), told)
        return drawings

    def scores(self, result: ColumnsResult, sample: str) -> Iterator[Score]:
        """The largest difference of a correlation, and the classifier's area."""
        found, floor = result.auc.get(sample), result.auc.get("floor")
        yield Score(
            "correlation_difference_max", result.differences.get(sample), None, result.differences["floor"]
        )
        yield Score(
            "auc_with_conditions",
            found.value if found else None,
            found.uncertainty if found else None,
            floor.value if floor else None,
        )


def correlations_of(values: Values) -> Values:
    """Spearman's rank correlation coefficients (D, D) of (N, D); NaN for what does not vary.

    Of ranks, since those of the values hang on a few objects far out where tails are long: between two halves
    of muons, by up to 0.8.
    """
    ranks = rankdata(values, axis=0)
    centred = ranks - ranks.mean(0)
    width = np.sqrt(np.square(centred).mean(0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((centred.T @ centred) / len(values) / np.outer(width, width))


def share_difference(target: Values, prediction: Values) -> float:
    """The largest difference of a value's share in two samples of whole numbers."""
    values = np.unique(np.concatenate([target, prediction]))
    shares = [
        np.bincount(np.searchsorted(values, sample), minlength=len(values)) / len(sample)
        for sample in (target, prediction)
    ]
    return float(np.abs(shares[0] - shares[1]).max())


def profile_of(edges: Values, pt: Values, values: Values) -> Profile:
    """Median and width in bins of pt; NaN where there is nothing."""
    place = np.clip(np.searchsorted(edges, pt, side="right") - 1, 0, len(edges) - 2)
    found = np.full((2, len(edges) - 1), np.nan)
    for k in range(len(edges) - 1):
        inside = values[place == k]
        if len(inside):
            low, middle, high = np.quantile(inside, (0.16, 0.5, 0.84))
            found[:, k] = middle, (high - low) / 2
    return Profile(edges, *found)


def _stacked(columns: Any, names: list[str]) -> Values:
    return np.column_stack([np.asarray(columns[name], np.float64) for name in names])


def _plain(matrix: Values) -> list[list[float | None]]:
    return [[float(value) if np.isfinite(value) else None for value in row] for row in matrix]


def _draw_correlations(result: ColumnsResult) -> Any:
    figure, panels = grid(1, 2, width=6.5, height=6.0)
    difference = result.correlations["prediction"] - result.correlations["target"]
    for panel, matrix, most, title in zip(
        panels, (result.correlations["target"], difference), (1.0, 0.1), ("Target", "Difference"), strict=True
    ):
        axes = panel.subplots()
        image = axes.imshow(matrix, vmin=-most, vmax=most, cmap="RdBu_r")
        axes.set_xticks(range(len(result.names)), result.names, rotation=90, fontsize=7)
        axes.set_yticks(range(len(result.names)), result.names, fontsize=7)
        axes.tick_params(which="both", length=0)
        axes.set_title(title)
        panel.colorbar(image, ax=axes, shrink=0.8)
    return figure


def _draw_contours(result: ColumnsResult) -> Any:
    strength = np.abs(np.nan_to_num(np.triu(result.correlations["target"], 1)))
    order = np.argsort(strength, axis=None)[::-1][:_CONTOURS]
    pairs = [divmod(int(at), len(result.names)) for at in order if strength.flat[at] > 0]
    figure, panels = grid(1, max(1, len(pairs)))
    for panel, (i, j) in zip(panels, pairs, strict=False):
        axes = panel.subplots()
        target = result.samples["target"][:, [i, j]]
        ranges = np.quantile(target, (0.005, 0.995), axis=0).T
        if (np.diff(ranges, axis=1) <= 0).any():
            ranges = np.stack([target.min(0) - 0.5, target.max(0) + 0.5], 1)
        for sample in ("target", "prediction"):
            values = result.samples[sample][:, [i, j]]
            counts, x, y = np.histogram2d(values[:, 0], values[:, 1], bins=25, range=ranges.tolist())
            falling = np.sort(counts, axis=None)[::-1]
            inside = np.searchsorted(np.cumsum(falling), np.multiply(_LEVELS, falling.sum()))
            levels = np.unique(falling[np.minimum(inside, falling.size - 1)])
            look = look_of(sample)
            centres = [(edges[1:] + edges[:-1]) / 2 for edges in (x, y)]
            axes.contour(*centres, counts.T, levels=levels, colors=look.color, linewidths=look.width)
            axes.plot([], [], color=look.color, label=look.label)
        axes.set_xlabel(result.names[i])
        axes.set_ylabel(result.names[j])
        axes.legend()
    return figure


def _draw_profiles(result: ColumnsResult) -> Any:
    figure, panels = grid(2, len(result.profiles))
    for column, (name, of) in enumerate(result.profiles.items()):
        for row, what in enumerate(("median", "width")):
            axes = panels[row * len(result.profiles) + column].subplots()
            for sample, profile in of.items():
                look = look_of(sample)
                axes.stairs(
                    getattr(profile, what), profile.edges, color=look.color, lw=look.width, label=look.label,
                    baseline=None,
                )  # fmt: skip
            axes.set_xscale("log")
            axes.set_xlabel("Gen pt [GeV]")
            axes.set_ylabel(f"{what.capitalize()} of {name}")
            axes.legend()
    return figure
