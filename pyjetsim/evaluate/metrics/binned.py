"""Distances between two distributions: symmetrised KLD and Wasserstein-1.

The binning of every histogram is defined here and nowhere else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyjetsim.errors import InputError
from pyjetsim.evaluate.observables.table import KINEMATIC, OBSERVABLES
from pyjetsim.jets import Jets
from pyjetsim.jets.weights import weighted_quantiles

QUANTILES = (0.001, 0.999)
"""Of the target: the range that is binned. Quantiles, so that one outlier moves no edge."""
N_BINS = 50
PSEUDO_COUNT = 0.5
"""Added to every bin (Jeffreys' prior): an empty bin then costs a finite amount."""


@dataclass(frozen=True, slots=True)
class Binning:
    """Equal-width bins between two quantiles of the target, and one bin below and one above.

    Notes
    -----
    The range is between the QUANTILES of the target. The paper (section 6) rescales both distributions so
    that the target fills [0, 1]; equal widths over the target's range are the same, without changing the
    values. The edges depend on the target alone, and not on the order of its jets.
    """

    edges: NDArray[np.float64]
    """(B + 1,) in the observable's unit."""

    @classmethod
    def of(
        cls,
        target: ArrayLike,
        *,
        discrete: bool = False,
        n_bins: int = N_BINS,
        weights: NDArray[np.float64] | None = None,
    ) -> Binning:
        """Derive the bins from a target.

        Parameters
        ----------
        target : array
            Values, at least one.
        discrete : bool
            For counts: edges lie between whole numbers.
        n_bins : int
            Number of bins inside the range.
        weights : array, optional
            Of the values, of either sign; None: 1 each.

        Returns
        -------
        Binning
            The bins.

        Raises
        ------
        InputError
            For a target without values.
        """
        values = np.asarray(target, np.float64)
        if values.size == 0:
            raise InputError(
                "the target of a comparison has no values",
                "the bins are derived from the target",
                "choose a selection and split that leave some jets",
            )
        low, high = (
            np.quantile(values, QUANTILES)
            if weights is None
            else weighted_quantiles(values, weights, QUANTILES)
        )
        if discrete:
            low, high = math.floor(low), math.ceil(high)
            width = math.ceil((high - low + 1) / n_bins)
            return cls(low - 0.5 + width * np.arange((high - low) // width + 2, dtype=np.float64))
        if not high > low:
            # All values alike: one narrow bin around them, so that any other value is seen.
            margin = 1e-6 * max(abs(low), 1.0)
            return cls(np.array([low - margin, low + margin]))
        return cls(np.linspace(low, high, n_bins + 1))

    def counts(self, values: ArrayLike) -> NDArray[np.int64]:
        """(B + 2,) entries: below, the bins, above. The last edge belongs to the last bin."""
        return np.bincount(self.places(values), minlength=len(self.edges) + 1)

    def sums(self, values: ArrayLike, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of weights in the bins; see `counts`.

        Parameters
        ----------
        values : array (N,)
            Values of the observable.
        weights : array (N,)
            Of the values, of either sign.

        Returns
        -------
        float64 array (B + 2,)
            Below, the bins, above.
        """
        sums: NDArray[np.float64] = np.bincount(
            self.places(values), weights, minlength=len(self.edges) + 1
        ).astype(np.float64, copy=False)
        return sums

    def places(self, values: ArrayLike) -> NDArray[np.intp]:
        """(N,) which of those each value is counted in, 0 to B + 1."""
        array = np.asarray(values, np.float64)
        index = np.searchsorted(self.edges, array, side="right")
        index[array == self.edges[-1]] -= 1
        return index

    def to_json(self) -> dict[str, Any]:
        """Edges, as written to the report."""
        return {"edges": self.edges.tolist(), "outside": "one bin below and one above"}


Weights = tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]
"""Of target and prediction; None: 1 each."""
UNIT: Weights = (None, None)


def _nothing(values: ArrayLike, weights: NDArray[np.float64] | None) -> bool:
    """Whether these are no distribution: without values, or with a sum of weights that is not above 0."""
    return np.size(values) == 0 or (weights is not None and not weights.sum() > 0)


def symmetrised_kld(
    target: ArrayLike, prediction: ArrayLike, binning: Binning, weights: Weights = UNIT
) -> float:
    r"""Symmetric Kullback-Leibler divergence of two histograms.

    Parameters
    ----------
    target, prediction : array (N,) and (M,)
        Values of the observable.
    binning : Binning
        The bins, from the target.
    weights : tuple of array (N,) and (M,), optional
        Of the values, of either sign; None: 1 each.

    Returns
    -------
    float
        0 for equal histograms; infinite for values without entries, or without a sum of weights above 0.

    Notes
    -----
    .. math:: D = \sum_i (p_i - q_i) \ln \frac{p_i}{q_i}

    over all bins; p and q are the histograms, PSEUDO_COUNT added to each bin, normalised to 1. A histogram of
    weights is scaled to its effective number of entries first, :math:`(\sum w)^2 / \sum w^2`, so that the
    pseudo-count means the same, and bins with a negative sum count as empty: a logarithm needs a density.

    References
    ----------
    S. Kullback and R. A. Leibler, Ann. Math. Statist. 22 (1951) 79; as used by M. Touranakou et al., Mach.
    Learn.: Sci. Technol. 3 (2022) 035003, section 6.

    Examples
    --------
    >>> values = np.linspace(0, 1, 100)
    >>> symmetrised_kld(values, values, Binning.of(values))
    0.0
    """
    if _nothing(prediction, weights[1]) or _nothing((0,), weights[0]):
        return math.inf
    p, q = (
        _entries(binning, values, own) + PSEUDO_COUNT
        for values, own in zip((target, prediction), weights, strict=True)
    )
    p, q = p / p.sum(), q / q.sum()
    return float(np.sum((p - q) * np.log(p / q)))


def _entries(
    binning: Binning, values: ArrayLike, weights: NDArray[np.float64] | None
) -> NDArray[np.float64] | NDArray[np.int64]:
    """Entries of each bin; of weighted values the effective number, not below 0."""
    if weights is None:
        return binning.counts(values)
    scale = weights.sum() / np.square(weights).sum()
    entries: NDArray[np.float64] = np.maximum(binning.sums(values, weights) * scale, 0)
    return entries


def wasserstein(target: ArrayLike, prediction: ArrayLike, weights: Weights = UNIT) -> float:
    """Wasserstein-1 distance of two samples.

    Parameters
    ----------
    target, prediction : array (N,) and (M,)
        Values of the observable.
    weights : tuple of array (N,) and (M,), optional
        Of the values, of either sign; None: 1 each.

    Returns
    -------
    float
        In the observable's unit; infinite for values without entries, or without a sum of weights above 0.

    Notes
    -----
    The area between the two cumulative distributions, as `scipy.stats.wasserstein_distance` computes it. With
    negative weights these need not rise, and the area is as well defined.

    Examples
    --------
    >>> wasserstein([1, 2, 3], [2, 3, 4])
    1.0
    """
    if _nothing(prediction, weights[1]) or _nothing((0,), weights[0]):
        return math.inf
    if weights[0] is not None or weights[1] is not None:
        return _weighted_wasserstein(target, prediction, weights)
    first, second = np.sort(np.asarray(target)), np.sort(np.asarray(prediction))
    both = np.concatenate([first, second]).astype(np.float64)
    # The area between the two cumulative distributions. A stable sort merges sorted runs in linear time.
    order = np.argsort(both, kind="stable")
    step = np.where(order < len(first), 1 / len(first), -1 / len(second))
    return float(np.abs(np.cumsum(step)[:-1]) @ np.diff(both[order]))


def _weighted_wasserstein(target: ArrayLike, prediction: ArrayLike, weights: Weights) -> float:
    sides = [np.asarray(values, np.float64) for values in (target, prediction)]
    given = [np.ones(len(values)) if own is None else own for values, own in zip(sides, weights, strict=True)]
    both = np.concatenate(sides)
    order = np.argsort(both, kind="stable")
    step = np.concatenate([given[0] / given[0].sum(), -given[1] / given[1].sum()])[order]
    return float(np.abs(np.cumsum(step)[:-1]) @ np.diff(both[order]))


def kinematic_kld(target: Jets, prediction: Jets) -> dict[str, float]:
    """Symmetrised KLD of jet mass, pt, energy, eta and phi, by which an epoch is selected.

    Parameters
    ----------
    target, prediction : Jets
        N and M jets in acceptance, after ``Selection.constituents``; they need not be paired.

    Returns
    -------
    dict of float
        By observable, and their ``sum``; infinite for a prediction without a jet.

    Raises
    ------
    InputError
        For a target without a jet.
    """
    scores = {}
    for name in KINEMATIC:
        observable = OBSERVABLES[name]
        values = observable.of(target)
        scores[name] = symmetrised_kld(values, observable.of(prediction), Binning.of(values))
    scores["sum"] = sum(scores.values())
    return scores
