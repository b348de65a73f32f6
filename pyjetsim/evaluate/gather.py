"""Read a target and a prediction in pieces, apply the cuts, and keep the observables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pyjetsim.errors import DataError
from pyjetsim.evaluate.baselines import Smearing, fit_smearing_to
from pyjetsim.evaluate.conditions import JetsOf
from pyjetsim.evaluate.metrics.passages import Passages
from pyjetsim.evaluate.metrics.response import Responses
from pyjetsim.evaluate.metrics.turn_on import TurnOn
from pyjetsim.evaluate.pairs import JetPairs, PairCollector
from pyjetsim.evaluate.samples import Collector, Sample
from pyjetsim.io import PairsFile, Split
from pyjetsim.jets import Jets, Pairs
from pyjetsim.jets.selection import SELECTIONS, Selection

SMEARING_SEED = 1
SAMPLES = ("target", "prediction", "identity", "smearing")


@dataclass(frozen=True)
class Gathered:
    """All that the metrics and figures need."""

    samples: dict[str, Sample]
    """By SAMPLES, in the wide acceptance."""
    responses: dict[str, Responses]
    passages: dict[str, Passages]
    turn_on: dict[str, TurnOn]
    """Of target and prediction."""
    pairs: dict[str, JetPairs]
    """Of samples with an accepted pair."""
    smearing: Smearing
    n_pairs: dict[str, int]
    """Of target and prediction, in the split."""
    paired: bool
    """Both files have the same gen jets in the same order."""


def widened(selection: Selection) -> Selection:
    """The selection, its jet pt cut no higher than the whole phase space of the paper's appendix."""
    return replace(selection, jet_pt_min=min(selection.jet_pt_min, SELECTIONS["paper-all"].jet_pt_min))


def gather(
    target: PairsFile, prediction: PairsFile, selection: Selection, split: Split, jets: JetsOf
) -> Gathered:
    """Read each file once (the target twice: the smearing is fitted first)."""
    smearing = fit_smearing_to(target, selection)
    rng = np.random.default_rng(SMEARING_SEED)
    collectors = {name: Collector(widened(selection), selection, radius=jets.radius) for name in SAMPLES}
    responses = {name: Responses(selection.jet_eta_max) for name in SAMPLES}
    passages = {name: Passages(selection.jet_pt_min, selection.jet_eta_max) for name in SAMPLES}
    kept = {name: PairCollector(selection, radius=jets.radius) for name in SAMPLES}
    turn_on = {name: TurnOn(selection, jets.candidate_pt_min) for name in ("target", "prediction")}
    tallies = {"target": _Tally(), "prediction": _Tally()}

    def add(name: str, pairs: Pairs, gen: Jets, reco: Jets) -> None:
        collectors[name].add(reco, pairs.event)
        responses[name].add(pairs.gen, reco)
        passages[name].add(pairs.gen, reco, pairs.event)
        kept[name].add(gen, reco, pairs.event)
        if name in turn_on:
            turn_on[name].add(pairs.gen, reco)

    for pairs in tallies["target"].counted(target, split):
        gen = selection.constituents(pairs.gen)
        add("target", pairs, gen, selection.constituents(pairs.reco))
        add("identity", pairs, gen, gen)
        add("smearing", pairs, gen, smearing(gen, selection, rng))
    for pairs in tallies["prediction"].counted(prediction, split):
        add("prediction", pairs, selection.constituents(pairs.gen), selection.constituents(pairs.reco))
    return Gathered(
        {name: collector.sample() for name, collector in collectors.items()},
        responses,
        passages,
        turn_on,
        {name: some for name, collector in kept.items() if (some := collector.pairs()) is not None},
        smearing,
        {name: tally.n_pairs for name, tally in tallies.items()},
        tallies["target"].digest == tallies["prediction"].digest,
    )


class _Tally:
    """Counts the pairs that pass by and takes the digest of their gen jets."""

    def __init__(self) -> None:
        self.n_pairs = 0
        self._events, self._jets = hashlib.sha256(), hashlib.sha256()

    def counted(self, file: PairsFile, split: Split) -> Iterator[Pairs]:
        for pairs in file.batches(split):
            self.n_pairs += len(pairs)
            self._events.update(pairs.event.tobytes())
            self._jets.update(pairs.gen.jet.tobytes())
            yield pairs

    @property
    def digest(self) -> tuple[str, str]:
        return self._events.hexdigest(), self._jets.hexdigest()


def is_comparable(sample: Sample) -> bool:
    """Two halves need two events."""
    return len(np.unique(sample.event)) >= 2


def check_comparable(what: str, sample: Sample, selection: str, split: str) -> None:
    """Raise :class:`~pyjetsim.errors.DataError` for a sample that cannot be halved."""
    if not is_comparable(sample):
        raise DataError(
            f"{what} has {len(sample)} jets, not from two events, in selection {selection}, split {split}",
            "a comparison and its floor need jets from at least two events",
            "choose a wider selection, another split or a longer file",
        )


def file_record(file: PairsFile, n_in_split: int, n_accepted: int) -> dict[str, Any]:
    """What the report says about a file."""
    return {
        "file": file.path.name,
        "pairs": len(file),
        "pairs_in_split": n_in_split,
        "jets_accepted": n_accepted,
        "provenance": file.provenance,
    }
