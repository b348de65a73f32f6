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
        """Batches of all pairs, and of what is kept, either None at times: the first simulation of each.

        All simulations that are kept are collected apart.
        """
        joiner = _Joiner(thinnings[name])
        batch: Any
        for batch in view.read(files[name], split):
            has_copies = getattr(batch, "copy", None) is not None
            whole = batch.first() if has_copies else batch
            kept = joiner.kept(batch)
            tallies[name].count(whole)
            yield whole, first_of(name, kept, batch, whole)
        yield None, first_of(name, joiner.rest(), None, None)

    def first_of(name: str, kept: Any, batch: Any, whole: Any) -> Any:
        if kept is None:
            return None
        if getattr(kept, "copy", None) is not None:
            collect(copies.setdefault(name, view.collector()), kept)
            kept = whole if kept is batch else kept.first()
        tallies[name].n_kept += len(kept.event)
        return kept

    def add(name: str, whole: Any, kept: Any) -> None:
        if kept is not None:
            collect(collectors[name], kept)
        for metric in metrics:
            some = whole if metric.every_pair else kept
            if some is not None and (metric.samples is None or name in metric.samples):
                metric.add(name, some)

    for whole, kept in read("target"):
        add("target", whole, kept)
        for name, baseline in baselines.items() if kept is not None else ():
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


class _Joiner:
    """What is kept of batches; of thinned ones so many together that there are not many small ones."""

    def __init__(self, thinning: Thinning) -> None:
        self._thinning = thinning
        self._held: list[Any] = []

    def kept(self, batch: Any) -> Any:
        """What is there to be looked at now; None for nothing."""
        kept = self._thinning.of(batch)
        if kept is batch:
            return batch
        self._held.append(kept)
        return self.rest() if sum(len(each.event) for each in self._held) >= _JOINED else None

    def rest(self) -> Any:
        """What is left; None for nothing."""
        held, self._held = [each for each in self._held if len(each.event)], []
        return type(held[0]).concatenate(held) if held else None


_JOINED = 4096
"""Pairs, at least, of a batch that is put together."""


class _Tally:
    """Counts what passes by and takes the digest of its gen objects."""

    def __init__(self, view: View) -> None:
        self.n_pairs = self.n_kept = 0
        self._view = view
        self._events, self._gen = hashlib.sha256(), hashlib.sha256()

    def count(self, batch: Batch) -> None:
        self.n_pairs += len(batch.event)
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
