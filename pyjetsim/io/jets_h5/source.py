"""The gen jets of files of pairs, of a jets.h5 first of all, for what simulates them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar

from pyjetsim._core import is_hdf5
from pyjetsim.errors import DataError
from pyjetsim.io.formats import (
    Format,
    GenBatch,
    JetEventSource,
    PairReading,
    Reading,
    Source,
    none_in_split,
)
from pyjetsim.io.jets_h5.layout import COPY, EVENT_COLUMNS
from pyjetsim.io.jets_h5.reader import PairsFile
from pyjetsim.io.splits import Split, in_split
from pyjetsim.jets import Pairs
from pyjetsim.jets.event_ids import ordinal_in_event

_ROWS = 4096
"""Pairs read at a time."""


class PairsFormat(Format):
    """A format of pairs: it gives their gen jets in the file's order, and has no events."""

    holds_pairs: ClassVar[bool] = True

    @contextmanager
    def open(self, path: Path, reading: Reading) -> Iterator[Source]:
        """The gen jets of a split."""
        with self.pairs(path) as pairs:
            yield PairsSource(path, pairs, reading.split, reading.rows, reading.whole_events)

    def events(self, path: Path, reading: PairReading) -> AbstractContextManager[JetEventSource]:
        """Refused: its pairs are made. What is no such file is told first."""
        with self.pairs(path):
            pass
        raise refuse_pairs(path, self.name)


def refuse_pairs(path: Path, name: str) -> DataError:
    """The error for a file of pairs where events are asked for, or the same pairs in the same format."""
    return DataError(
        f"{path} is {name}, whose jets are paired already",
        "pairs are made of events",
        "give it to train, simulate or evaluate as it is; convert writes it alone, in another format or cut",
    )


class JetsH5(PairsFormat):
    """Pairs in HDF5."""

    protocol: ClassVar[int] = 1
    name: ClassVar[str] = "jets.h5"

    def recognises(self, start: bytes) -> bool:
        """HDF5 of any kind: what is wrong with another is told by who opens it."""
        return bool(is_hdf5(start))

    def pairs(self, path: Path) -> AbstractContextManager[PairsFile]:
        """All pairs."""
        return PairsFile(path)


class PairsSource:
    """The gen jets of a file of pairs, in its order.

    ``rows`` are the first and the one after the last; ``whole_events``: no event of theirs has others.
    """

    def __init__(
        self,
        path: Path,
        file: Any,
        split: Split,
        rows: tuple[int, int] | None = None,
        whole_events: bool = False,
    ) -> None:
        self._path, self._file, self._split = path, file, split
        self._rows = rows
        # Places of jets in their events are counted over all rows of an event.
        # Only files whose rows can be asked for are cut.
        counted = (slice(*rows),) if rows is not None and whole_events else ()
        self._first = counted[0].start if counted else 0
        event = file.column("event", *counted) if counted else file.event
        keys = [event, *(file.column(name, *counted) for name in EVENT_COLUMNS if name in file.columns)]
        # The copies of a jet are one jet, and have the same place in the event.
        jets = [*keys, file.column(COPY, *counted)] if COPY in file.columns else keys
        self._inside = in_split(event, split)
        self._jet = ordinal_in_event(*jets)
        self._begins = ordinal_in_event(*keys) == 0
        self.max_constituents = file.max_constituents
        self.provenance = file.provenance
        own = slice(None) if rows is None else slice(rows[0] - self._first, rows[1] - self._first)
        self.n_jets: int | None = int(self._inside[own].sum())

    def _pieces(self) -> Iterator[Pairs]:
        if self._rows is None:
            yield from self._file.batches(size=_ROWS)
            return
        for start in range(*self._rows, _ROWS):
            yield self._file.read(start, min(start + _ROWS, self._rows[1]))

    def batches(self) -> Iterator[GenBatch]:
        """All jets of the split, without what the file knows of their reco jets."""
        start = 0 if self._rows is None else self._rows[0] - self._first
        for piece in self._pieces():
            rows = slice(start, start + len(piece))
            start += len(piece)
            inside = self._inside[rows]
            if inside.any():
                pairs = piece[inside]
                columns = {
                    name: values for name, values in pairs.columns.items() if not name.startswith("reco/")
                }
                yield GenBatch(
                    pairs.gen,
                    pairs.event,
                    self._jet[rows][inside],
                    pairs.n_vertices,
                    int(self._begins[rows][inside].sum()),
                    columns,
                    pairs.weight_names,
                )

    def no_jets(self) -> str:
        """Tell why there are none."""
        if len(self._file):
            return none_in_split(str(self._path), self._split)
        return str(
            DataError(f"{self._file.path} holds no jets", "the output has none", "check how it was made")
        )
