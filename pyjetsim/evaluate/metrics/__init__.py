"""How a prediction is held against its target: one file a metric, one line here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyjetsim.evaluate.metrics.base import Metric

OWN = {
    "phase_space": "pyjetsim.evaluate.metrics.phase_space:PhaseSpace",
    "history": "pyjetsim.evaluate.metrics.history:TrainingHistory",
    "spectra": "pyjetsim.evaluate.metrics.spectra:Spectra",
    "classifiers": "pyjetsim.evaluate.metrics.classifiers:Classifiers",
    "physics_distances": "pyjetsim.evaluate.metrics.physics_distances:PhysicsDistances",
    "response": "pyjetsim.evaluate.metrics.response:Response",
    "response_bins": "pyjetsim.evaluate.metrics.response_bins:ResponseBins",
    "turn_on": "pyjetsim.evaluate.metrics.turn_on:TurnOn",
    "wide_spectra": "pyjetsim.evaluate.metrics.wide_spectra:WideSpectra",
}
"""Name to ``module:class``, in the order of the report's figures and scores."""


class _Metrics(Mapping[str, "type[Metric[Any]]"]):
    """Imported when they are asked for, and not before: they draw, and matplotlib takes its time."""

    def __getitem__(self, name: str) -> type[Metric[Any]]:
        module, _, attribute = OWN[name].partition(":")
        metric: type[Metric[Any]] = getattr(import_module(module), attribute)
        return metric

    def __iter__(self) -> Iterator[str]:
        return iter(OWN)

    def __len__(self) -> int:
        return len(OWN)


METRICS: Mapping[str, type[Metric[Any]]] = _Metrics()
