"""The figures of merit, flat: name to number, so that results can be compared over time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pyjetsim.evaluate.metrics.base import Metric

Flat = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Scores:
    """By name; None where a figure was not measured.

    The prediction's names are bare, such as ``w1_over_floor_mass``; a baseline's begin with its own.
    """

    values: Flat = field(default_factory=dict)
    uncertainties: Flat = field(default_factory=dict)
    floors: Flat = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)


def flat_scores(found: Iterable[tuple[Metric[Any], Any]], samples: Sequence[str]) -> Scores:
    """What metrics say of each of ``samples``, from their results."""
    scores, known = Scores(), [(metric, result) for metric, result in found if result is not None]
    for sample in samples:
        prefix = "" if sample == "prediction" else f"{sample}_"
        for metric, result in known:
            for score in metric.scores(result, sample):
                name = prefix + score.name
                scores.values[name] = score.value
                scores.uncertainties[name] = score.uncertainty
                scores.floors[name] = score.floor
    return scores
