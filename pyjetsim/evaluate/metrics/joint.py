"""Tests of all observables at once: classifiers on pairs, and physics distances."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, get_args

import numpy as np

from pyjetsim._utils.extras import has
from pyjetsim.errors import InputError
from pyjetsim.evaluate.metrics.physics_distances import (
    Features,
    frechet_physics_distance,
    kernel_physics_distance,
)
from pyjetsim.evaluate.metrics.spectra import SAMPLE_JETS
from pyjetsim.evaluate.metrics.trees import trees_auc
from pyjetsim.evaluate.pairs import SHAPES, JetPairs, TwoSamples, against_target, pair_features
from pyjetsim.evaluate.samples import Sample, draw_halves

Test = Literal["trees", "sets", "distances"]
TESTS: tuple[Test, ...] = get_args(Test)
N_HALVINGS = 5
"""Orders of the events that a physics distance is averaged over."""


def check_tests(names: Collection[str]) -> None:
    """An unknown name raises :class:`~pyjetsim.errors.InputError`."""
    for name in names:
        if name not in TESTS:
            raise InputError(
                f"there is no test {name!r} to skip",
                "only the tests that take long can be left out",
                f"use {', '.join(TESTS)}",
            )


def classifiers(pairs: Mapping[str, JetPairs], skip: Collection[str]) -> dict[str, Any]:
    """AUC by test and sample, beside the floor; for JSON.

    The set network judges the prediction alone, and is left out where torch is not installed.
    """
    result: dict[str, Any] = {"pairs": None, "auc": {}, "auc_constituents": {}}
    if not {"target", "prediction"} <= pairs.keys():
        return result
    both = against_target(pairs, SAMPLE_JETS)
    result["pairs"] = both["floor"].size
    if "trees" not in skip:
        result["auc"] = {name: _trees(two) for name, two in both.items()}
    if "sets" not in skip and has("torch"):
        result["auc_constituents"] = {name: _sets(both[name]) for name in ("floor", "prediction")}
    return result


def _trees(two: TwoSamples) -> dict[str, Any]:
    return trees_auc(pair_features(two.pairs), two.is_second, two.event).to_json()


def _sets(two: TwoSamples) -> dict[str, Any]:
    # Here, so that who imports the metrics does not wait for torch.
    from pyjetsim.evaluate.metrics.set_network import set_network_auc

    return set_network_auc(two.pairs, two.is_second, two.event).to_json()


def distances(samples: Mapping[str, Sample], skip: Collection[str]) -> dict[str, Any]:
    """FPD and KPD of the observables SHAPES by sample, beside the floor; for JSON.

    At one number of jets: the target's first ones against each sample's last, other events. ``value`` is
    the mean over N_HALVINGS orders of the events, ``uncertainty`` their standard deviation.
    """
    size = max(1, min(SAMPLE_JETS, min(map(len, samples.values())) // 2))
    result: dict[str, Any] = {
        "jets": size,
        "halvings": N_HALVINGS,
        "features": list(SHAPES),
        "fpd": {},
        "kpd": {},
    }
    if "distances" in skip or size < len(SHAPES):
        return result
    halves = {name: draw_halves(sample.event, size, N_HALVINGS) for name, sample in samples.items()}
    features = {name: _features(sample) for name, sample in samples.items()}
    measures: dict[str, Callable[[Features, Features], float]] = {
        # JetNet's proportions, 20,000 to 50,000 and 5,000, at this size; its 10 batches, shared out.
        "fpd": lambda x, y: frechet_physics_distance(x, y, max(2 * size // 5, 2), size).value,
        "kpd": lambda x, y: kernel_physics_distance(x, y, 10 // N_HALVINGS, size).value,
    }
    others = {"floor": "target"} | {name: name for name in samples if name != "target"}
    for name, source in others.items():
        for measure, of in measures.items():
            found = [
                of(features["target"][first], features[source][last])
                for first, last in zip(halves["target"].first, halves[source].last, strict=True)
            ]
            result[measure][name] = {
                "value": float(np.mean(found)),
                "uncertainty": float(np.std(found, ddof=1)),
            }
    return result


def _features(sample: Sample) -> Features:
    return np.column_stack([sample.values(name) for name in SHAPES]).astype(np.float64)
