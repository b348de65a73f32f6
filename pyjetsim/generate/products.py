"""What a generation makes and writes: pairs of jets, or object tables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pyjetsim.generate.chain import Chain
from pyjetsim.generate.objects.chain import ObjectChain
from pyjetsim.generate.settings import GenerateSettings
from pyjetsim.io import PairsFile, PairsWriter
from pyjetsim.io.object_columns import TASK, told_columns
from pyjetsim.io.objects import EventObjects, ObjectsFile, ObjectsWriter
from pyjetsim.jets import Pairs

_ROWS = 4096
"""Rows written at a time: whole chunks of the file, so that none is compressed twice."""
_SHARDS = 20
"""Shards of objects written at a time."""


class Product(ABC):
    """One kind of file."""

    def __init__(self, settings: GenerateSettings) -> None:
        self.settings = settings

    @abstractmethod
    def chain(self, pool: Path | None) -> Any:
        """What makes it of events: ``collide(collisions, n)``, and a call for what that gives."""

    @abstractmethod
    def writer(self, path: Path, provenance: Mapping[str, Any]) -> AbstractContextManager[Any]:
        """A file to append to."""

    @abstractmethod
    def provenance(self, path: Path) -> dict[str, Any]:
        """Of a file that was written; DataError where it cannot be read."""

    @abstractmethod
    def merged(self, paths: Iterable[Path]) -> Iterator[Any]:
        """The content of several files, some at a time."""

    def counted(self, counts: dict[str, int]) -> dict[str, int]:
        """What the provenance says of what became of all events."""
        return counts


class PairsProduct(Product):
    """Pairs of jets, in a jets.h5."""

    def chain(self, pool: Path | None) -> Chain:
        """Up to pairs."""
        return Chain(self.settings, pool)

    def writer(self, path: Path, provenance: Mapping[str, Any]) -> PairsWriter:
        """A jets.h5."""
        return PairsWriter(path, provenance, self.settings.max_constituents)

    def provenance(self, path: Path) -> dict[str, Any]:
        """Of a jets.h5."""
        with PairsFile(path) as file:
            return file.provenance

    def merged(self, paths: Iterable[Path]) -> Iterator[Pairs]:
        """All pairs, a few thousand at a time."""

        def read() -> Iterator[Pairs]:
            for path in paths:
                with PairsFile(path) as file:
                    yield file.read()

        return in_whole_chunks(read())

    def counted(self, counts: dict[str, int]) -> dict[str, int]:
        """With the number of pairs."""
        return {**counts, "pairs": counts["gen_jets"] - counts["unmatched"]}


def in_whole_chunks(parts: Iterable[Pairs]) -> Iterator[Pairs]:
    """The same pairs, a few thousand at a time; at least one part."""
    held: list[Pairs] = []
    for part in parts:
        held.append(part)
        if sum(map(len, held)) >= _ROWS:
            joined = Pairs.concatenate(held)
            whole = len(joined) // _ROWS * _ROWS
            for start in range(0, whole, _ROWS):
                yield joined[start : start + _ROWS]
            held = [joined[whole:]]
    yield Pairs.concatenate(held)


class ObjectsProduct(Product):
    """Jets and muons, in object tables."""

    def chain(self, pool: Path | None) -> ObjectChain:
        """Up to objects."""
        return ObjectChain(self.settings, pool)

    def writer(self, path: Path, provenance: Mapping[str, Any]) -> ObjectsWriter:
        """Object tables."""
        return ObjectsWriter(path, TASK, provenance, told_columns())

    def provenance(self, path: Path) -> dict[str, Any]:
        """Of object tables."""
        with ObjectsFile(path) as file:
            return file.provenance

    def merged(self, paths: Iterable[Path]) -> Iterator[EventObjects]:
        """All objects, those of some shards at a time."""
        held: list[EventObjects] = []
        for path in paths:
            with ObjectsFile(path) as file:
                held.append(file.read())
            if len(held) == _SHARDS:
                yield EventObjects.concatenate(held)
                held = []
        if held:
            yield EventObjects.concatenate(held)


def product_of(settings: GenerateSettings) -> Product:
    """What the settings ask for."""
    return (PairsProduct if settings.write == "jets" else ObjectsProduct)(settings)
