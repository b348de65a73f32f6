"""A format, lines px,py,pz of a constituent with a blank line between jets; and a metric."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pyjetsim.evaluate.metrics.base import Metric
from pyjetsim.io.formats import Format, GenBatch
from pyjetsim.jets import Jets


class Csv(Format):
    """Jets as text, each an event."""

    protocol = 1
    name = "jets.csv"

    def recognises(self, start):
        return start.startswith(b"px,py,pz\n")

    @contextmanager
    def open(self, path, reading):
        blocks = path.read_text().split("\n", 1)[1].strip().split("\n\n")
        yield CsvSource([np.loadtxt(block.split("\n"), delimiter=",", ndmin=2) for block in blocks])


class CsvSource:
    """Gen jets of one file."""

    provenance: ClassVar = {"jets": {"source": "csv"}}

    def __init__(self, jets):
        self._jets, self.n_jets, self.max_constituents = jets, len(jets), max(map(len, jets))

    def batches(self):
        gen = np.zeros((self.n_jets, self.max_constituents, 3), np.float32)
        for row, jet in zip(gen, self._jets, strict=True):
            row[: len(jet)] = jet
        n, zeros = self.n_jets, np.zeros(self.n_jets)
        yield GenBatch(
            Jets.from_constituents(gen), np.arange(n), zeros.astype(np.uint64), zeros.astype(np.int32), n
        )

    def no_jets(self):
        return "no jets"


@dataclass
class Events:
    """How many events each sample has."""

    events: dict

    def to_json(self):
        return self.events


class EventCount(Metric):
    """Counts."""

    protocol = 1
    name = "events"

    def __init__(self, view):
        super().__init__(view)
        self._seen = {}

    def add(self, sample, batch):
        self._seen.setdefault(sample, set()).update(batch.event.tolist())

    def result(self, context):
        return Events({name: len(seen) for name, seen in self._seen.items()})
