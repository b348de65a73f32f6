"""The area under the ROC curve of a classifier that separates two samples: 0.5 is perfect."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.evaluate.samples import bootstrap_times, event_noise

Values = NDArray[np.float64]
Fold = NDArray[np.int64]
N_REPLICATES = 100
_FOLD_SEED = 4


@dataclass(frozen=True, slots=True)
class Auc:
    """A value and its statistical uncertainty (bootstrap by event)."""

    value: float
    uncertainty: float
    seed_spread: float | None = None
    """Standard deviation over trainings, where there are several."""

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)


def folds_by_event(event: NDArray[np.int64], n_folds: int) -> Fold:
    """(N,) 0 to n_folds - 1. Jets of one event share their fold, also across two paired samples.

    A gen jet that was trained on with one label is so never tested with the other: a classifier
    that knows it by heart would answer wrongly, and score below one half.
    """
    noise = event_noise(event, _FOLD_SEED, 1)[:, 0]
    unique, inverse = np.unique(event, return_inverse=True)
    first = np.zeros(len(unique), noise.dtype)
    first[inverse] = noise
    rank = np.empty(len(unique), np.int64)
    rank[np.lexsort((unique, first))] = np.arange(len(unique))
    return np.asarray(rank[inverse] % n_folds)


def training_weights(weight: Values | None, is_second: NDArray[np.bool_]) -> Values | None:
    """(N,) by which a classifier learns: the sizes of ``weight``, with mean 1 on either side.

    A training must not lower the loss by being wrong, as it would of negative weights. What it learns is
    then measured with the signs (`measured`), so that it is no less right: samples of the same distribution
    score 0.5 by any classifier.
    """
    if weight is None:
        return None
    size = np.abs(weight)
    for side in (is_second, ~is_second):
        total = size[side].sum()
        size[side] *= side.sum() / total if total > 0 else 1
    return size


def area(
    scores: Values, is_second: NDArray[np.bool_], weights: NDArray[np.integer] | NDArray[np.float64]
) -> Values:
    """(R,) the probability that a random second scores above a random first, ties counted half.

    ``scores`` and ``is_second`` (N,); ``weights`` (N, R) of either sign, one column a replicate. NaN where
    one of the two samples is empty, or has a sum of weights that is not above 0.
    """
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) != 0])
    second, first = (
        np.add.reduceat(np.where(side[order, None], weights[order], 0).astype(np.float64), starts, axis=0)
        for side in (is_second, ~is_second)
    )
    below = np.cumsum(first, axis=0) - first
    sums = first.sum(axis=0), second.sum(axis=0)
    pairs = sums[0] * sums[1]
    won = (second * (below + first / 2)).sum(axis=0)
    there = (sums[0] > 0) & (sums[1] > 0)
    return np.asarray(np.divide(won, pairs, out=np.full(len(pairs), np.nan), where=there))


def measured(
    scores: list[Values],
    fold: Fold,
    is_second: NDArray[np.bool_],
    event: NDArray[np.int64],
    weight: Values | None = None,
) -> Auc:
    """The mean over folds and trainings; ``scores``, one (N,) a training, are out-of-fold ones.

    Folds are measured apart, because a score means something else in each. ``weight`` (N,), of either sign,
    counts with its sign.
    """
    times = bootstrap_times(event, N_REPLICATES)
    weights: NDArray[Any] = np.column_stack([np.ones(len(event), np.int8), times])
    if weight is not None:
        weights = weight[:, None] * weights
    by_training = np.array([_mean_over_folds(one, fold, is_second, weights) for one in scores])
    mean = by_training.mean(axis=0)
    spread = float(by_training[:, 0].std(ddof=1)) if len(scores) > 1 else None
    resampled = mean[1:][np.isfinite(mean[1:])]
    return Auc(float(mean[0]), float(resampled.std()) if len(resampled) else np.nan, spread)


def _mean_over_folds(
    scores: Values, fold: Fold, is_second: NDArray[np.bool_], weights: NDArray[Any]
) -> Values:
    """(R,) NaN where no fold has both samples."""
    areas = np.array(
        [area(scores[fold == k], is_second[fold == k], weights[fold == k]) for k in np.unique(fold)]
    )
    known = np.isfinite(areas)
    total, count = np.where(known, areas, 0).sum(axis=0), known.sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0))
