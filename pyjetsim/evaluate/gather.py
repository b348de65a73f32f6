"""Read a target and a prediction in pieces, and let every metric gather what it needs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pyjetsim.errors import DataError
from pyjetsim.evaluate.metrics.base import Metric
from pyjetsim.evaluate.samples import MAX_PAIRS, Sample, Thinning
from pyjetsim.evaluate.view import Baseline, Batch, View
from pyjetsim.io import Split
from pyjetsim.io.splits import split_share


@dataclass(frozen=True)
class Gathered:
    """What is common to all metrics; the rest is in them."""

    samples: dict[str, Sample]
    """``target``, ``prediction`` and the baselines, in the widest acceptance."""
    baselines: Mapping[str, Baseline]
    n_pairs: dict[str, int]
    """Of target and prediction, in the split."""
    kept: dict[str, tuple[float, int]]
    """Of those that are thinned: which share of their events is kept, and how many pairs that is."""
    paired: bool
    """Both files have the same gen objects in the same order."""
    copies: dict[str, Sample]
    """All simulations of files with several of each gen object; elsewhere it is the first of each."""


def gather(
    view: View,
    target: Path,
    prediction: Path,
    split: Split,
    metrics: Sequence[Metric[Any]],
    max_pairs: int = MAX_PAIRS,
) -> Gathered:
    """Read each file once, the target before that for the baselines.

    Of files with more than ``max_pairs``, about so many are kept; every pair is counted.
    """
    files = {"target": target, "prediction": prediction}
    thinnings = {
        name: Thinning.to(max_pairs, split_share(split) * view.described(path).n)
        for name, path in files.items()
    }
    baselines = view.baselines(target)
    collectors = {name: view.collector() for name in (*files, *baselines)}
    tallies = {name: _Tally(view) for name in files}
    copies: dict[str, Any] = {}

    def collect(collector: Any, batch: Any) -> None:
        weight = getattr(batch, "weight", None)
        collector.add(batch.reco, batch.event, *(() if weight is None else (weight,)))

    def read(name: str) -> Iterator[tuple[Any, Any]]:
        """Batches of all pairs, and what is kept of them: the first simulation of each gen object.

        All simulations that are kept are collected apart.
        """
        batch: Any
        for batch in view.read(files[name], split):
            whole, kept = batch, thinnings[name].of(batch)
            if getattr(batch, "copy", None) is not None:
                collect(copies.setdefault(name, view.collector()), kept)
                whole = batch.first()
                kept = whole if kept is batch else kept.first()
            tallies[name].count(whole, kept)
            yield whole, kept

    def add(name: str, whole: Any, kept: Any) -> None:
        # A batch of which nothing is kept has nothing to measure.
        some = kept is whole or len(kept.event) > 0
        if some:
            collect(collectors[name], kept)
        for metric in metrics:
            if (some or metric.every_pair) and (metric.samples is None or name in metric.samples):
                metric.add(name, whole if metric.every_pair else kept)

    for whole, kept in read("target"):
        add("target", whole, kept)
        if kept is whole or len(kept.event):
            for name, baseline in baselines.items():
                made = baseline.of(kept)
                add(name, made, made)
    for whole, kept in read("prediction"):
        add("prediction", whole, kept)
    return Gathered(
        {name: collector.sample() for name, collector in collectors.items()},
        baselines,
        {name: tally.n_pairs for name, tally in tallies.items()},
        {
            name: (thinnings[name].share, tally.n_kept)
            for name, tally in tallies.items()
            if tally.n_kept < tally.n_pairs
        },
        tallies["target"].digest == tallies["prediction"].digest,
        {name: collector.sample() for name, collector in copies.items()},
    )


class _Tally:
    """Counts what passes by and takes the digest of its gen objects."""

    def __init__(self, view: View) -> None:
        self.n_pairs = self.n_kept = 0
        self._view = view
        self._events, self._gen = hashlib.sha256(), hashlib.sha256()

    def count(self, batch: Batch, kept: Batch) -> None:
        self.n_pairs += len(batch.event)
        self.n_kept += len(kept.event)
        self._events.update(batch.event.tobytes())
        self._gen.update(self._view.pairing(batch))

    @property
    def digest(self) -> tuple[str, str]:
        return self._events.hexdigest(), self._gen.hexdigest()


def is_comparable(sample: Sample) -> bool:
    """Two halves need two events, and a distribution a sum of weights above 0."""
    return len(np.unique(sample.event)) >= 2 and (sample.weight is None or sample.weight.sum() > 0)


def check_comparable(what: str, sample: Sample, view: View, split: Split) -> None:
    """Raise :class:`~pyjetsim.errors.DataError` for a sample that cannot be halved or normalised."""
    if sample.weight is not None and len(sample) and not sample.weight.sum() > 0:
        raise DataError(
            f"{what} has {len(sample)} {view.items} whose weights add up to {sample.weight.sum():g}, in "
            f"{view.told(split)}",
            "their distributions cannot be normalised",
            "choose another weight, or more events",
        )
    if not is_comparable(sample):
        raise DataError(
            f"{what} has {len(sample)} {view.items}, not from two events, in {view.told(split)}",
            f"a comparison and its floor need {view.items} from at least two events",
            "choose a wider selection, another split or a longer file",
        )
