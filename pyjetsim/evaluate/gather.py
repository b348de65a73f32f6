"""Read a target and a prediction in pieces, and let every metric gather what it needs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pyjetsim.errors import DataError
from pyjetsim.evaluate.metrics.base import Metric
from pyjetsim.evaluate.samples import Sample
from pyjetsim.evaluate.view import Baseline, Batch, View
from pyjetsim.io import Split


@dataclass(frozen=True)
class Gathered:
    """What is common to all metrics; the rest is in them."""

    samples: dict[str, Sample]
    """``target``, ``prediction`` and the baselines, in the widest acceptance."""
    baselines: Mapping[str, Baseline]
    n_pairs: dict[str, int]
    """Of target and prediction, in the split."""
    paired: bool
    """Both files have the same gen objects in the same order."""
    copies: dict[str, Sample]
    """All simulations of files with several of each gen object; elsewhere it is the first of each."""


def gather(
    view: View, target: Path, prediction: Path, split: Split, metrics: Sequence[Metric[Any]]
) -> Gathered:
    """Read each file once, the target before that for the baselines."""
    baselines = view.baselines(target)
    collectors = {name: view.collector() for name in ("target", "prediction", *baselines)}
    tallies = {"target": _Tally(view), "prediction": _Tally(view)}

    copies: dict[str, Any] = {}

    def first_of(name: str, batch: Any) -> Any:
        """The first simulation of each gen object; all of them are kept apart."""
        if getattr(batch, "copy", None) is None:
            return batch
        collect(copies.setdefault(name, view.collector()), batch)
        return batch.first()

    def collect(collector: Any, batch: Any) -> None:
        weight = getattr(batch, "weight", None)
        collector.add(batch.reco, batch.event, *(() if weight is None else (weight,)))

    def add(name: str, batch: Any) -> None:
        collect(collectors[name], batch)
        for metric in metrics:
            if metric.samples is None or name in metric.samples:
                metric.add(name, batch)

    for batch in tallies["target"].counted(first_of("target", each) for each in view.read(target, split)):
        add("target", batch)
        for name, baseline in baselines.items():
            add(name, baseline.of(batch))
    batches = (first_of("prediction", each) for each in view.read(prediction, split))
    for batch in tallies["prediction"].counted(batches):
        add("prediction", batch)
    return Gathered(
        {name: collector.sample() for name, collector in collectors.items()},
        baselines,
        {name: tally.n_pairs for name, tally in tallies.items()},
        tallies["target"].digest == tallies["prediction"].digest,
        {name: collector.sample() for name, collector in copies.items()},
    )


class _Tally:
    """Counts what passes by and takes the digest of its gen objects."""

    def __init__(self, view: View) -> None:
        self.n_pairs = 0
        self._view = view
        self._events, self._gen = hashlib.sha256(), hashlib.sha256()

    def counted(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        for batch in batches:
            self.n_pairs += len(batch.event)
            self._events.update(batch.event.tobytes())
            self._gen.update(self._view.pairing(batch))
            yield batch

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
