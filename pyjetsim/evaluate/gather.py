"""Read a target and a prediction in pieces, and let every metric gather what it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.processes import ATTEMPTS, Advance, available_processes
from pyjetsim._utils.progress import Progress
from pyjetsim.errors import DataError, ShardError
from pyjetsim.evaluate.metrics.base import Metric
from pyjetsim.evaluate.samples import MAX_PAIRS, Sample, Thinning
from pyjetsim.evaluate.view import Baseline, Batch, View
from pyjetsim.io import Split
from pyjetsim.io.dataset.scheduler import run_anywhere
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


@dataclass(frozen=True, slots=True)
class Workers:
    """Who reads the shards of datasets. The report does not depend on it."""

    processes: int | None = None
    """Processes here; None: one for each core."""
    scheduler: str | None = None
    """Of dask.distributed, "local" or an address; None: processes of our own."""
    quiet: bool = True
    """Show no progress."""


def gather(
    view: View,
    target: Path,
    prediction: Path,
    split: Split,
    metrics: Sequence[Metric[Any]],
    max_pairs: int = MAX_PAIRS,
    workers: Workers | None = None,
) -> Gathered:
    """Read each file once, the target before that for the baselines.

    Of files with more than ``max_pairs``, about so many are kept; every pair is counted. A dataset is read
    shard by shard, by several processes, and what they gather is merged in the order of the shards: the same,
    to the bit, whoever reads them.
    """
    workers = workers or Workers(1)
    files = {"target": target, "prediction": prediction}
    n = {name: view.described(path).n for name, path in files.items()}
    thinnings = {name: Thinning.to(max_pairs, split_share(split) * n_pairs) for name, n_pairs in n.items()}
    baselines = view.baselines(target)
    pieces = [
        _Piece(name, path, piece, size)
        for name, path in files.items()
        for piece, size in view.pieces(path) or [(None, n[name])]
    ]
    if not all(metric.can_merge for metric in metrics):
        pieces = [_Piece(name, path, None, n[name]) for name, path in files.items()]
    whole = _Part(view, metrics, baselines)
    progress = Progress("evaluate", sum(n.values()), unit=view.items, transient=True, quiet=workers.quiet)
    if len(pieces) == len(files):
        # Nothing is merged or sent: metrics of other packages need not know how.
        with progress:
            for piece in pieces:
                whole.read(view, piece, split, thinnings[piece.of], progress.advance)
    else:
        # Copies: processes may start when there is something in the metrics already.
        empty = deepcopy((list(metrics), dict(baselines)))
        make_worker = partial(_Worker, view, split, thinnings, empty, pieces)
        _merge_all(whole, make_worker, pieces, workers, progress)
    return Gathered(
        {name: collector.sample() for name, collector in whole.collectors.items()},
        baselines,
        {name: tally.n_pairs for name, tally in whole.tallies.items()},
        {
            name: (thinnings[name].share, tally.n_kept)
            for name, tally in whole.tallies.items()
            if tally.n_kept < tally.n_pairs
        },
        whole.tallies["target"].digest == whole.tallies["prediction"].digest,
        {name: collector.sample() for name, collector in whole.copies.items()},
    )


class _Piece(NamedTuple):
    """What is read at once: a file, or a shard of a dataset."""

    of: str
    """"target" or "prediction"."""
    path: Path
    """The file, or the dataset."""
    which: Any
    """What :meth:`View.read_piece` is given; None: all."""
    size: int
    """Objects in it."""


class _Part:
    """What was gathered of some pieces."""

    def __init__(self, view: View, metrics: Sequence[Metric[Any]], baselines: Mapping[str, Baseline]) -> None:
        files = ("target", "prediction")
        self.metrics, self._baselines = metrics, baselines
        self.collectors = {name: view.collector() for name in (*files, *baselines)}
        self.copies: dict[str, Any] = {}
        self.tallies = {name: _Tally() for name in files}

    def read(self, view: View, piece: _Piece, split: Split, thinning: Thinning, advance: Advance) -> None:
        """Gather from a piece; from the target for the baselines, too."""
        name, counted = piece.of, 0
        for whole, kept in self._batches(view, piece, split, _Joiner(thinning)):
            self._add(name, whole, kept)
            if name == "target" and kept is not None:
                for baseline, simple in self._baselines.items():
                    made = simple.of(kept)
                    self._add(baseline, made, made)
            if whole is not None:
                counted += len(whole.event)
                advance(len(whole.event))
        # Objects of other splits, too, have been passed over.
        advance(piece.size - counted)

    def _batches(self, view: View, piece: _Piece, split: Split, joiner: _Joiner) -> Iterator[tuple[Any, Any]]:
        """Batches of all pairs, and of what is kept, either None at times: the first simulation of each.

        All simulations that are kept are collected apart.
        """
        batch: Any
        for batch in view.read_piece(piece.path, split, piece.which):
            has_copies = getattr(batch, "copy", None) is not None
            whole = batch.first() if has_copies else batch
            kept = joiner.kept(batch)
            self.tallies[piece.of].count(view, whole)
            yield whole, self._first_of(view, piece.of, kept, batch, whole)
        yield None, self._first_of(view, piece.of, joiner.rest(), None, None)

    def _first_of(self, view: View, name: str, kept: Any, batch: Any, whole: Any) -> Any:
        if kept is None:
            return None
        if getattr(kept, "copy", None) is not None:
            _collect(self.copies.setdefault(name, view.collector()), kept)
            kept = whole if kept is batch else kept.first()
        self.tallies[name].n_kept += len(kept.event)
        return kept

    def _add(self, name: str, whole: Any, kept: Any) -> None:
        if kept is not None:
            _collect(self.collectors[name], kept)
        for metric in self.metrics:
            some = whole if metric.every_pair else kept
            if some is not None and (metric.samples is None or name in metric.samples):
                metric.add(name, some)

    def forget_baselines(self) -> None:
        """Nothing more is read."""
        self._baselines = {}

    def merge(self, later: _Part) -> None:
        """Add what was gathered of later pieces."""
        for mine, its in zip(self.metrics, later.metrics, strict=True):
            mine.merge(its)
        for name, collector in later.collectors.items():
            self.collectors[name].merge(collector)
        for name, collector in later.copies.items():
            if name in self.copies:
                self.copies[name].merge(collector)
            else:
                self.copies[name] = collector
        for name, tally in later.tallies.items():
            self.tallies[name].merge(tally)


def _collect(collector: Any, batch: Any) -> None:
    weight = getattr(batch, "weight", None)
    collector.add(batch.reco, batch.event, *(() if weight is None else (weight,)))


class _Worker:
    """Gathers from pieces, by number, each as if it were alone."""

    def __init__(
        self,
        view: View,
        split: Split,
        thinnings: Mapping[str, Thinning],
        empty: tuple[list[Metric[Any]], dict[str, Baseline]],
        pieces: Sequence[_Piece],
        advance: Advance,
    ) -> None:
        self._view, self._split, self._thinnings = view, split, thinnings
        self._empty, self._pieces, self._advance = empty, pieces, advance

    def __call__(self, number: int) -> _Part:
        piece = self._pieces[number]
        part = _Part(self._view, *deepcopy(self._empty))
        part.read(self._view, piece, self._split, self._thinnings[piece.of], self._advance)
        part.forget_baselines()
        return part


def _merge_all(
    whole: _Part, make_worker: Any, pieces: Sequence[_Piece], workers: Workers, progress: Progress
) -> None:
    """Merge what is gathered of all pieces, in their order."""
    waiting: dict[int, _Part] = {}
    merged = 0

    def done(number: int, part: _Part) -> None:
        nonlocal merged
        waiting[number] = part
        while merged in waiting:
            whole.merge(waiting.pop(merged))
            merged += 1

    def lost(number: int) -> None:
        raise ShardError(
            f"{pieces[number].path}: the process that read {pieces[number].which.name} died {ATTEMPTS} times",
            "a report is of all shards",
            "run the same again, with fewer processes if memory is short",
        )

    processes = available_processes() if workers.processes is None else workers.processes
    run_anywhere(
        workers.scheduler,
        make_worker,
        list(range(len(pieces))),
        processes,
        done,
        progress,
        lost,
        lambda number: pieces[number].size,
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
_BASE, _MIX = np.uint64(0xD1342543DE82EF95), np.uint64(0x9E3779B97F4A7C15)
"""Odd numbers whose bits look random."""


class _Tally:
    """Counts what passes by, and takes a digest of its gen objects that is the same however they are cut.

    The digest is a polynomial in an odd number, modulo 2^64, with a hash of each object as coefficients, in
    their order.
    """

    def __init__(self) -> None:
        self.n_pairs = self.n_kept = 0
        self._sum, self._power = np.uint64(0), np.uint64(1)

    def count(self, view: View, batch: Batch) -> None:
        """Of a batch."""
        n = len(batch.event)
        if n == 0:
            return
        hashes = np.zeros(n, np.uint64)
        for values in (np.asarray(batch.event), *view.pairing(batch)):
            for word in _words(values).T:
                hashes = (hashes ^ word) * _MIX
                hashes ^= hashes >> np.uint64(29)
        powers = np.multiply.accumulate(np.full(n + 1, _BASE)) * _INVERSE
        self._append(n, np.sum(hashes * powers[:n], dtype=np.uint64), powers[n])

    def merge(self, later: _Tally) -> None:
        """Add what another one counted behind."""
        self.n_kept += later.n_kept
        self._append(later.n_pairs, later._sum, later._power)

    def _append(self, n: int, its: np.uint64, power: np.uint64) -> None:
        self.n_pairs += n
        with np.errstate(over="ignore"):
            self._sum += self._power * its
            self._power *= power

    @property
    def digest(self) -> tuple[int, int]:
        """Equal for the same gen objects in the same order."""
        return self.n_pairs, int(self._sum)


_INVERSE = np.uint64(pow(int(_BASE), -1, 1 << 64))


def _words(values: NDArray[Any]) -> NDArray[np.uint64]:
    """(N, W) the bytes of each of N values or rows."""
    rows = np.ascontiguousarray(values).reshape(len(values), -1)
    size = rows.shape[1] * rows.itemsize
    padded = np.zeros((len(rows), -(-size // 8) * 8), np.uint8)
    padded[:, :size] = rows.view(np.uint8).reshape(len(rows), size)
    return padded.view(np.uint64)


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
