"""The building blocks of figures: a comparison with its ratio, and a style that leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib.style
import mplhep
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from pyjetsim.evaluate.folds import folded_counts
from pyjetsim.evaluate.metrics.binned import Binning
from pyjetsim.evaluate.observables.table import Observable


@dataclass(frozen=True, slots=True)
class Look:
    """How a sample is drawn, the same in every figure."""

    label: str
    color: str
    width: float
    line: str = "-"


LOOKS: Mapping[str, Look] = {
    "target": Look("Target", "#3f3f3f", 1.2),
    "prediction": Look("Prediction", "#d1495b", 1.8),
    "smearing": Look("Smearing", "#2a7f9e", 1.0, "--"),
    "identity": Look("Identity", "#8f7a2f", 1.0, ":"),
}


def look_of(sample: str) -> Look:
    """As in LOOKS; baselines of other views share one."""
    return LOOKS.get(sample) or Look(sample.capitalize(), "#832db6", 1.0, "-.")


_STYLE = {
    **{key: value for key, value in mplhep.style.CMS.items() if value is not None},
    "font.size": 12,
    "axes.labelsize": 13,
    "axes.titlesize": 13,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 11,
    "axes.linewidth": 1.0,
    # A panel has a hundred of them, and drawing them takes longer than all the rest.
    "xtick.minor.visible": False,
    "ytick.minor.visible": False,
    "savefig.bbox": None,
    "figure.constrained_layout.use": False,
}
DPI = 110


@contextmanager
def style() -> Iterator[None]:
    """The mplhep style at report size; what the caller had set comes back afterwards."""
    with matplotlib.style.context([_STYLE]):
        yield


def grid(rows: int, columns: int, width: float = 4.6, height: float = 4.4) -> tuple[Figure, list[SubFigure]]:
    """A figure of panels, drawn without pyplot so that no figure is registered anywhere."""
    figure = Figure(figsize=(width * columns, height * rows), layout="constrained", dpi=DPI)
    panels = np.atleast_1d(np.asarray(figure.subfigures(rows, columns, wspace=0.02, hspace=0.03))).ravel()
    return figure, list(panels)


def tell_empty(axes: Axes, why: str) -> None:
    """Say in a panel why nothing is drawn in it."""
    axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center", fontsize=9, color="#6f6f6f")


def compared(
    panel: SubFigure,
    observable: Observable,
    binning: Binning,
    samples: Mapping[str, ArrayLike],
    events: Mapping[str, NDArray[np.int64]] | None = None,
    weights: Mapping[str, NDArray[np.float64] | None] | None = None,
) -> None:
    """Draw the samples over the target, and below their ratio to it, with statistical uncertainties.

    Histograms are normalised to the number of values, inside the bins and out, so that a shift
    between the two is seen. ``events``: of samples whose values of one event share their uncertainty, the
    event of each value; values of others are taken as independent, at constituent level too. ``weights``: of
    each value, of either sign, of samples that have them.
    """
    main, ratio = panel.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    edges = binning.edges
    shapes = {
        name: _density(binning, values, (events or {}).get(name), (weights or {}).get(name))
        for name, values in samples.items()
    }
    others = [name for name in samples if name not in LOOKS]
    order = [name for name in ("target", *others, "identity", "smearing", "prediction") if name in samples]
    for name in order:
        look = look_of(name)
        density, _ = shapes[name]
        if name == "target":
            mplhep.histplot(density, edges, ax=main, histtype="fill", color="#d9d9d9", label=look.label)
            mplhep.histplot(density, edges, ax=main, yerr=False, color=look.color, lw=look.width, edges=False)
        else:
            mplhep.histplot(
                density, edges, ax=main, yerr=False, color=look.color, lw=look.width, ls=look.line,
                label=look.label, edges=False,
            )  # fmt: skip
    _ratios(ratio, edges, shapes, order)
    _scale(main, shapes, observable.falling)
    main.set_ylabel("Probability density" + (f" [1/{observable.unit}]" if observable.unit else ""))
    main.set_xlim(edges[0], edges[-1])
    handles, labels = main.get_legend_handles_labels()
    # Drawn last, to lie on top, but named second.
    ranked = [
        next(i for i, text in enumerate(labels) if text == look_of(name).label)
        for name in (*LOOKS, *others)
        if name in samples
    ]
    main.legend([handles[i] for i in ranked], [labels[i] for i in ranked], ncols=2, loc="upper center")
    ratio.set_xlabel(observable.axis_label)


def _density(
    binning: Binning,
    values: ArrayLike,
    event: NDArray[np.int64] | None,
    weights: NDArray[np.float64] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Density in the bins, and its uncertainty: of independent values, or of those that share an event."""
    if event is not None:
        counts, variance = folded_counts(binning.places(values), len(binning.edges) + 1, event, weights)
    elif weights is None:
        counts = binning.counts(values).astype(np.float64)
        variance = counts
    else:
        counts, variance = binning.sums(values, weights), binning.sums(values, weights**2)
    # At least 1, where it counts values: of no value there is no density.
    total = max(counts.sum(), 1) if weights is None else counts.sum() or 1.0
    scale = 1 / (total * np.diff(binning.edges))
    return counts[1:-1] * scale, np.sqrt(variance[1:-1]) * scale


def _ratios(
    axes: Axes,
    edges: NDArray[np.float64],
    shapes: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
    order: list[str],
) -> None:
    target, target_error = shapes["target"]
    seen = target > 0
    centres = (edges[1:] + edges[:-1]) / 2

    # A ratio means nothing where the target's own uncertainty is above a half.
    seen &= target_error <= 0.5 * target

    def over_target(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.divide(values, target, out=np.full_like(values, np.nan), where=seen)

    band = np.nan_to_num(over_target(target_error))
    axes.stairs(1 + band, edges, baseline=1 - band, fill=True, color="#d9d9d9", lw=0)
    axes.axhline(1, color=LOOKS["target"].color, lw=0.8)
    spread = 0.0
    for name in order:
        if name == "target":
            continue
        look, (values, error) = look_of(name), shapes[name]
        if name == "prediction":
            axes.errorbar(
                centres, over_target(values), over_target(error), fmt="o", ms=2.5, lw=0.9, color=look.color
            )
        else:
            axes.stairs(over_target(values), edges, color=look.color, lw=look.width, ls=look.line)
        far = np.abs(over_target(values) - 1)[seen & (target_error < 0.2 * target)]
        spread = max(spread, float(np.quantile(far, 0.9)) if far.size else 0)
    if not seen.any():
        tell_empty(axes, "too few jets in every bin for a ratio")
    reach = 0.25 if spread < 0.2 else 0.5 if spread < 0.45 else 1.0
    axes.set_ylim(1 - reach, 1 + reach)
    axes.yaxis.set_major_locator(MaxNLocator(4, prune="both"))
    axes.set_ylabel("Ratio", loc="center")


def _scale(
    axes: Axes, shapes: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]], falling: bool
) -> None:
    top = max(float(density.max(initial=0)) for density, _ in shapes.values()) or 1.0
    positive = np.concatenate([density[density > 0] for density, _ in shapes.values()])
    if falling and positive.size:
        axes.set_yscale("log")
        low = float(positive.min()) / 2
        # A third of the height, in decades, is the legend's.
        axes.set_ylim(low, top * (top / low) ** 0.4)
    else:
        axes.set_ylim(0, 1.4 * top)
        axes.ticklabel_format(axis="y", style="sci", scilimits=(-3, 3), useMathText=True)
