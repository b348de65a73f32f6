"""The upper tail of responses: how often the prediction is above the target's 99.9 % quantile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pyjetsim.evaluate.metrics.base import Context, Metric
from pyjetsim.evaluate.metrics.response_bins import GEN_MASS_MIN
from pyjetsim.evaluate.view import ConstituentsView, JetBatch

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
    """Of the target's pairs above: 0.001, or less where many responses are equal."""
    expected: float
    """Of the prediction's pairs above."""
    ratio: float | None
    """Those that are, over those expected; None where none is expected."""
    ratio_error: float | None
    """Poisson, of both files as if they were independent."""


@dataclass(frozen=True, slots=True)
class TailResult:
    """By response."""

    tails: list[Tail]

    def to_json(self) -> list[dict[str, Any]]:
        """All of them."""
        return [asdict(tail) for tail in self.tails]


def compare_tails(quantity: Ratio, target: NDArray[np.floating], prediction: NDArray[np.floating]) -> Tail:
    """Compare responses, (N,) and (M,), at least one of each."""
    threshold = float(np.quantile(target, QUANTILE))
    responses = {"target": target, "prediction": prediction}
    n = {name: len(values) for name, values in responses.items()}
    above = {name: int((values > threshold).sum()) for name, values in responses.items()}
    share = above["target"] / n["target"]
    expected = share * n["prediction"]
    ratio = above["prediction"] / expected if expected else None
    # With none above, the uncertainty is that of one.
    at_least = max(above["prediction"], 1)
    error = at_least / expected * np.sqrt(1 / at_least + 1 / above["target"]) if expected else None
    return Tail(
        quantity,
        _LABELS[quantity],
        QUANTILE,
        threshold,
        n,
        above,
        share,
        expected,
        ratio,
        None if error is None else float(error),
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

    def add(self, sample: str, batch: JetBatch) -> None:
        """Pairs whose gen jet is inside the cuts; mass of those with a gen mass of GEN_MASS_MIN."""
        inside = self._cuts.accepts(batch.whole_gen) & (batch.whole_gen.pt > 0)
        gen, reco = batch.whole_gen[inside], batch.reco[inside]
        heavy = gen.mass > GEN_MASS_MIN
        self._of[sample, "pt"].append(reco.pt / gen.pt)
        self._of[sample, "mass"].append(reco.mass[heavy] / gen.mass[heavy])
        counts = reco.n_constituents / np.maximum(gen.n_constituents, 1)
        self._of[sample, "multiplicity"].append(counts.astype(np.float32))

    def merge(self, other: Tails) -> None:
        """File by file."""
        for key, parts in other._of.items():
            self._of[key] += parts

    def result(self, context: Context) -> TailResult:
        """Those that have pairs in both files."""
        tails = []
        for quantity in _LABELS:
            target, prediction = (
                np.concatenate([np.zeros(0, np.float32), *self._of[name, quantity]])
                for name in ("target", "prediction")
            )
            if len(target) and len(prediction):
                tails.append(compare_tails(quantity, target, prediction))
        return TailResult(tails)
