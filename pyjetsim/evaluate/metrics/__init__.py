"""Metrics that compare a prediction with its target: one file for each, and one line here."""

from __future__ import annotations

from typing import Any

from pyjetsim._utils.plugins import Registry
from pyjetsim.errors import InputError
from pyjetsim.evaluate.metrics.base import Metric

OWN = {
    "phase_space": "pyjetsim.evaluate.metrics.phase_space:PhaseSpace",
    "history": "pyjetsim.evaluate.metrics.history:TrainingHistory",
    "spectra": "pyjetsim.evaluate.metrics.spectra:Spectra",
    "classifiers": "pyjetsim.evaluate.metrics.classifiers:Classifiers",
    "columns": "pyjetsim.evaluate.metrics.columns:Columns",
    "physics_distances": "pyjetsim.evaluate.metrics.physics_distances:PhysicsDistances",
    "response": "pyjetsim.evaluate.metrics.response:Response",
    "response_bins": "pyjetsim.evaluate.metrics.response_bins:ResponseBins",
    "mass_bins": "pyjetsim.evaluate.metrics.mass_bins:MassBins",
    "tails": "pyjetsim.evaluate.metrics.tails:Tails",
    "tagger_closure": "pyjetsim.evaluate.metrics.tagger_closure:TaggerClosure",
    "turn_on": "pyjetsim.evaluate.metrics.turn_on:TurnOn",
    "clouds": "pyjetsim.evaluate.metrics.clouds:CloudMetrics",
    "wide_spectra": "pyjetsim.evaluate.metrics.wide_spectra:WideSpectra",
}
"""Name to ``module:class``, in the order of the report's figures and scores."""

METRICS: Registry[type[Metric[Any]]] = Registry(
    "metric",
    "pyjetsim.metrics",
    OWN,
    Metric,
    InputError,
    why="only what is registered can be measured",
    todo="use one of {known}",
)
"""Those of other packages are entry points of ``pyjetsim.metrics``.

Imported when they are asked for, and not before: they draw, and matplotlib takes its time.
"""
