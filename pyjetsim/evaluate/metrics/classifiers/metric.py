"""How well a classifier separates a sample from the target: AUC, 0.5 is perfect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyjetsim._utils.extras import has
from pyjetsim.evaluate.metrics.base import Context, Metric, Score
from pyjetsim.evaluate.metrics.classifiers.auc import Auc
from pyjetsim.evaluate.metrics.classifiers.pairs import (
    JetPairs,
    PairCollector,
    Rows,
    TwoSamples,
    against_target,
    pair_features,
)
from pyjetsim.evaluate.metrics.classifiers.trees import trees_auc
from pyjetsim.evaluate.samples import SAMPLE_JETS
from pyjetsim.evaluate.view import ConstituentsView, JetBatch, View

Aucs = dict[str, Auc]


@dataclass(frozen=True)
class ClassifiersResult:
    """AUC by sample, beside the ``floor``: the target against itself."""

    pairs: int | None = None
    """Of either label, at most; None where nothing was measured."""
    auc: Aucs = field(default_factory=dict)
    """Trees on observables: of gen and reco where there are pairs of jets, else of each object."""
    auc_constituents: Aucs = field(default_factory=dict)
    """The network, which judges the prediction alone, where torch is installed."""

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        tests = {"auc": self.auc, "auc_constituents": self.auc_constituents}
        return {
            "pairs": self.pairs,
            **{test: {name: auc.to_json() for name, auc in aucs.items()} for test, aucs in tests.items()},
        }


class Classifiers(Metric[ClassifiersResult]):
    """Trees for any view; the network where batches have constituents."""

    name = "classifiers"
    place = ("classifiers",)

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self._pairs: dict[str, PairCollector] = {}

    def add(self, sample: str, batch: Any) -> None:
        """Pairs of jets; other objects are in the context."""
        if isinstance(batch, JetBatch):
            self._collector(sample).add(batch.gen, batch.reco, batch.event, batch.weight)

    def merge(self, other: Classifiers) -> None:
        """Sample by sample."""
        for name, collector in other._pairs.items():
            self._collector(name).merge(collector)

    def _collector(self, sample: str) -> PairCollector:
        view = self.view
        assert isinstance(view, ConstituentsView)
        return self._pairs.setdefault(sample, PairCollector(view.selection, radius=view.jets.radius))

    def result(self, context: Context) -> ClassifiersResult:
        """What was not skipped."""
        if "constituents" in self.view.gives:
            return self._of_pairs(context)
        if "trees" in context.skip:
            return ClassifiersResult()
        rows = {
            name: Rows(sample.table(self.view.shapes), sample.event, sample.weight)
            for name, sample in context.samples.items()
        }
        both = against_target(rows, SAMPLE_JETS)
        return ClassifiersResult(
            both["floor"].size,
            {
                name: trees_auc(two.pairs.features, two.is_second, two.event, two.weight)
                for name, two in both.items()
            },
        )

    def _of_pairs(self, context: Context) -> ClassifiersResult:
        found = {name: self._collector(name).pairs() for name in context.samples}
        pairs = {name: some for name, some in found.items() if some is not None}
        if not {"target", "prediction"} <= pairs.keys():
            return ClassifiersResult()
        both = against_target(pairs, SAMPLE_JETS)
        trees: Aucs = {}
        sets: Aucs = {}
        if "trees" not in context.skip:
            trees = {
                name: trees_auc(pair_features(two.pairs), two.is_second, two.event, two.weight)
                for name, two in both.items()
            }
        if "sets" not in context.skip and has("torch"):
            sets = {name: _sets(both[name]) for name in ("floor", "prediction")}
        return ClassifiersResult(both["floor"].size, trees, sets)

    def scores(self, result: ClassifiersResult, sample: str) -> Iterator[Score]:
        """Both tests; the network's only of a view with constituents."""
        tests: Mapping[str, Aucs] = {"auc": result.auc}
        if "constituents" in self.view.gives:
            tests = {**tests, "auc_constituents": result.auc_constituents}
        for test, aucs in tests.items():
            found, floor = aucs.get(sample), aucs.get("floor")
            yield Score(
                test,
                found.value if found else None,
                found.uncertainty if found else None,
                floor.value if floor else None,
            )


def _sets(two: TwoSamples[JetPairs]) -> Auc:
    # Imported here: measuring with trees alone needs no torch.
    from pyjetsim.evaluate.metrics.classifiers.set_network import set_network_auc

    return set_network_auc(two.pairs, two.is_second, two.event)
