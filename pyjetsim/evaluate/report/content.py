"""What a report holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from pyjetsim import _core
from pyjetsim.evaluate.metrics.base import Metric, ToJson
from pyjetsim.evaluate.report.scores import Scores
from pyjetsim.evaluate.verdict import Tolerances, judge
from pyjetsim.evaluate.view import View
from pyjetsim.io import Split

FORMAT = "pyjetsim.report"
VERSION = 1
OTHERS = "metrics_of_others"
"""Where results of other packages' metrics stand, by name."""
_ORDER = (
    "format", "version", "pyjetsim", "verdict", "view", "target", "prediction", "selection", "split", "jets",
    "kept", "weights", "paired", "baselines", "metrics", "response", "mass_bins", "tails", "tagger_closure",
    "turn_on", "classifiers", "distances", "run", "scores", "figures",
)  # fmt: skip
"""Of the entries; new ones follow."""

R = TypeVar("R", bound=ToJson)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What was compared of a file."""

    file: str
    """Its name."""
    pairs: int
    """In the file."""
    pairs_in_split: int
    jets_accepted: int
    """Of the pairs that are kept."""
    provenance: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return {name: getattr(self, name) for name in self.__slots__}


class Kept(NamedTuple):
    """What is kept of a file with more pairs than figures are measured on."""

    max_pairs: int
    """About so many were asked for."""
    share_of_events: float
    pairs: int


@dataclass(frozen=True, slots=True)
class BaselineRecord:
    """What a baseline is, and how much of it was compared."""

    jets_accepted: int
    described: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """All of it, flat."""
        return {"jets_accepted": self.jets_accepted, **self.described}


class Found(NamedTuple):
    """A metric and its result; None where it found nothing."""

    metric: Metric[Any]
    result: Any


@dataclass(frozen=True)
class Report:
    """A comparison of a prediction with its target."""

    view: View
    target: FileRecord
    prediction: FileRecord
    split: Split
    paired: bool
    baselines: Mapping[str, BaselineRecord]
    """Those that were compared."""
    found: Sequence[Found]
    others: Mapping[str, Found]
    """Of metrics of other packages, by the names they are registered by."""
    weights: Mapping[str, Mapping[str, Any]]
    """Of target and prediction, where any has weights."""
    scores: Scores
    figures: Sequence[str]
    """Names."""
    kept: Mapping[str, Kept]
    """Of target and prediction, where not all pairs are kept."""
    tolerances: Tolerances
    """Of the verdict."""

    def of(self, metric: type[Metric[R]]) -> R | None:
        """The result of a metric; None where it does not apply or found nothing."""
        return next((found.result for found in self.found if type(found.metric) is metric), None)

    def to_json(self) -> dict[str, Any]:
        """As ``report.json`` has it."""
        report: dict[str, Any] = {
            "format": FORMAT,
            "version": VERSION,
            "pyjetsim": _core.__version__,
            "target": self.target.to_json(),
            "prediction": self.prediction.to_json(),
            "split": self.split,
            "paired": self.paired,
            "baselines": {name: record.to_json() for name, record in self.baselines.items()},
            **({"kept": {name: kept._asdict() for name, kept in self.kept.items()}} if self.kept else {}),
            **({"weights": self.weights} if self.weights else {}),
            "scores": self.scores.to_json(),
            "figures": list(self.figures),
            **self.view.to_json(),
        }
        for metric, result in self.found:
            _put(report, metric.place, result.to_json() if result is not None else None)
        if self.others:
            report[OTHERS] = {
                name: result.to_json() if result is not None else None
                for name, (_, result) in self.others.items()
            }
        # Judged as it is written, so that a report that is read from disk is judged alike.
        report = _finite(report)
        report["verdict"] = _finite(judge(report, self.tolerances).to_json())
        names = [*_ORDER, *(name for name in report if name not in _ORDER)]
        return {name: report[name] for name in names if name in report}


def _put(report: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    """At a path of names; nowhere for what is only drawn."""
    if not place:
        return
    *outer, last = place
    for name in outer:
        report = report.setdefault(name, {})
    report[last] = value


def _finite(value: Any) -> Any:
    """The same value for JSON, which knows no infinity: None, as for a cut that does not cut."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
