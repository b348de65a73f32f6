"""Classifiers that separate a sample from the target: trees on observables, a network on constituents.

``metric.py`` is the metric; the files beside it are what it measures with.
"""

from pyjetsim.evaluate.metrics.classifiers.metric import Classifiers, ClassifiersResult

__all__ = ["Classifiers", "ClassifiersResult"]
