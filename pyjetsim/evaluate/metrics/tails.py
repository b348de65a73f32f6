"""The upper tail of responses: how often the prediction is above the target's 99.9 % quantile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim.evaluate.metrics.base import Context, Effective, Metric, fields_of
from pyjetsim.evaluate.metrics.response_bins import GEN_MASS_MIN
from pyjetsim.evaluate.view import ConstituentsView, JetBatch
from pyjetsim.jets.weights import effective_entries, weighted_quantiles

Weight = NDArray[np.float64]

QUANTILE = 0.999
"""Of the target's responses."""
Ratio = Literal["pt", "mass", "multiplicity"]
_LABELS: Mapping[Ratio, str] = {
    "pt": "pt response",
    "mass": "mass response",
    "multiplicity": "multiplicity response",
}


@dataclass(frozen=True, slots=True)
class Tail:
    """Of one response, reco over gen."""

    quantity: Ratio
    label: str
    quantile: float
    """QUANTILE."""
    threshold: float
    """That quantile of the target."""
    n: Mapping[str, int]
    """Pairs of target and prediction."""
    above: Mapping[str, int]
    """Those above the threshold."""
    target_share: float
    """Of the target's pairs above, by their weights: 0.001, or less where many responses are equal."""
    expected: float
    """Of the prediction's pairs above; of weighted ones, the effective number."""
    ratio: float | None
    """Those that are, over those expected; None where none is expected."""
    ratio_error: float | None
    """Poisson, of both files as if they were independent."""
    effective: Effective | None = None
    """Effective numbers of all pairs; None where neither file has weights."""


@dataclass(frozen=True, slots=True)
class TailResult:
    """By response."""

    tails: list[Tail]

    def to_json(self) -> list[dict[str, Any]]:
        """All of them."""
        return [fields_of(tail) for tail in self.tails]


class _Entries(NamedTuple):
    """Responses as entries of weight 1: of weighted ones the effective number, Σw²/Σw being one."""

    n: float
    """All of them."""
    above: float
    """Those above the threshold, below 0 where negative weights prevail there."""
    variance: float
    """Of ``above``, Poisson's."""

    @classmethod
    def of(cls, above: NDArray[np.bool_], weight: Weight | None) -> _Entries:
        """From which are above, (N,), and their weights."""
        n = effective_entries(len(above), weight)
        if weight is None:
            count = int(above.sum())
            return cls(n, count, count)
        scale = weight.sum() / np.square(weight).sum()
        own = weight[above] * scale
        return cls(n, float(own.sum()), float(np.square(own).sum()))


def compare_tails(
    quantity: Ratio,
    target: NDArray[np.floating],
    prediction: NDArray[np.floating],
    weights: tuple[Weight | None, Weight | None] = (None, None),
) -> Tail:
    """Compare responses.

    Parameters
    ----------
    quantity : str
        What they are of.
    target, prediction : array (N,) and (M,)
        Responses, at least one of each.
    weights : tuple of array (N,) and (M,), optional
        Of either sign, with sums above 0; None: 1 each.

    Returns
    -------
    Tail
        The pairs above the target's quantile, and how many were expected.
    """
    threshold = float(
        np.quantile(target, QUANTILE)
        if weights[0] is None
        else weighted_quantiles(target, weights[0], (QUANTILE,))[0]
    )
    above = {"target": target > threshold, "prediction": prediction > threshold}
    first, second = (_Entries.of(each, own) for each, own in zip(above.values(), weights, strict=True))
    share = first.above / first.n
    expected = share * second.n
    ratio = error = None
    if expected > 0:
        ratio = second.above / expected
        # With none above, the uncertainty is that of one.
        at_least, variance = max(second.above, 1), max(second.variance, 1)
        relative = variance / at_least**2 + first.variance / first.above**2
        error = float(at_least / expected * np.sqrt(relative))
    weighted = any(weight is not None for weight in weights)
    return Tail(
        quantity,
        _LABELS[quantity],
        QUANTILE,
        threshold,
        {name: len(each) for name, each in above.items()},
        {name: int(each.sum()) for name, each in above.items()},
        share,
        expected,
        ratio,
        error,
        {"target": first.n, "prediction": second.n} if weighted else None,
    )


class Tails(Metric[TailResult]):
    """Tails of the responses of pt, mass and multiplicity."""

    name = "tails"
    needs = "constituents"
    samples = ("target", "prediction")
    place = ("tails",)

    def __init__(self, view: ConstituentsView) -> None:
        super().__init__(view)
        self._cuts = view.selection
        self._of: dict[tuple[str, Ratio], list[NDArray[np.float32]]] = {
            (name, quantity): [] for name in self.samples for quantity in _LABELS
        }
        self._weights: dict[tuple[str, Ratio], list[Weight]] = {key: [] for key in self._of}

    def add(self, sample: str, batch: JetBatch) -> None:
        """Pairs whose gen jet is inside the cuts; mass of those with a gen mass of GEN_MASS_MIN."""
        inside = self._cuts.accepts(batch.whole_gen) & (batch.whole_gen.pt > 0)
        gen, reco = batch.whole_gen[inside], batch.reco[inside]
        heavy = gen.mass > GEN_MASS_MIN
        self._of[sample, "pt"].append(reco.pt / gen.pt)
        self._of[sample, "mass"].append(reco.mass[heavy] / gen.mass[heavy])
        counts = reco.n_constituents / np.maximum(gen.n_constituents, 1)
        self._of[sample, "multiplicity"].append(counts.astype(np.float32))
        if batch.weight is not None:
            weight = batch.weight[inside]
            for quantity in _LABELS:
                own = weight[heavy] if quantity == "mass" else weight
                self._weights[sample, quantity].append(own)

    def merge(self, other: Tails) -> None:
        """File by file."""
        for key, parts in other._of.items():
            self._of[key] += parts
            self._weights[key] += other._weights[key]

    def result(self, context: Context) -> TailResult:
        """Those that have pairs in both files, with a sum of weights above 0."""
        tails = []
        for quantity in _LABELS:
            keys = [(name, quantity) for name in ("target", "prediction")]
            target, prediction = (np.concatenate([np.zeros(0, np.float32), *self._of[key]]) for key in keys)
            first, second = (
                np.concatenate(self._weights[key]) if self._weights[key] else None for key in keys
            )
            if effective_entries(len(target), first) and effective_entries(len(prediction), second):
                tails.append(compare_tails(quantity, target, prediction, (first, second)))
        return TailResult(tails)
