"""Finished pieces of a generation, kept beside the output until all are there."""

from __future__ import annotations

import glob
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from pyjetsim._utils.output import locked, write_whole
from pyjetsim.errors import DataError, GenerationError
from pyjetsim.generate.products import Product
from pyjetsim.io.dataset.index import QUARANTINED
from pyjetsim.io.dataset.work import difference


class Shards:
    """The directory ``<output>.shards``: one file a shard, and the settings they belong to.

    Use as a context manager: only one run at a time may work on an output. Raises
    :class:`~pyjetsim.errors.GenerationError` if another one does, or if shards of other settings
    are there.
    """

    def __init__(self, output: Path, settings: Mapping[str, Any], product: Product) -> None:
        self.output, self.product = output, product
        self.directory = output.with_name(f"{output.name}.shards")
        self.settings = json.loads(json.dumps(settings))

    def __enter__(self) -> Shards:
        with ExitStack() as stack:
            stack.enter_context(locked(self.directory, GenerationError))
            self._remove_parts()
            self._check_settings()
            self._held = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def path(self, shard: int) -> Path:
        """File of a shard; it is there when the shard is finished."""
        return self.path_in(self.directory, shard)

    @staticmethod
    def path_in(directory: Path, shard: int) -> Path:
        """File of a shard, for processes that do not hold the lock."""
        return directory / f"{shard:06d}.h5"

    def finished(self, shard: int) -> bool:
        """Whether a shard is there and can be read; one that cannot is made anew."""
        try:
            return "counts" in self.product.provenance(self.path(shard))
        except DataError:
            return False

    def counts(self, shard: int) -> dict[str, int]:
        """What became of a finished shard's events."""
        return dict(self.product.provenance(self.path(shard))["counts"])

    def quarantined(self, shard: int) -> list[dict[str, Any]]:
        """Events of a finished shard that failed and were left out."""
        return list(self.product.provenance(self.path(shard)).get(QUARANTINED, []))

    def merged(self, shards: range) -> Iterator[Any]:
        """All that was made, in the order of the shards, some at a time."""
        return self.product.merged(map(self.path, shards))

    def remove(self) -> None:
        """Take the directory away. Settings go last: what is left of an interrupted removal stays known."""
        for path in (*self.directory.glob("*.h5"), *self.directory.glob("*.part")):
            path.unlink()
        for name in ("settings.json", "lock"):
            (self.directory / name).unlink(missing_ok=True)
        with suppress(OSError):  # Somebody else's files in it are theirs.
            self.directory.rmdir()

    def _remove_parts(self) -> None:
        """Remove what a killed run had begun; with the lock held, no other run is writing it."""
        own = f".{glob.escape(self.output.name)}.????????.part"
        for path in (*self.output.parent.glob(own), *self.directory.glob(".*.part")):
            path.unlink(missing_ok=True)

    def _check_settings(self) -> None:
        path = self.directory / "settings.json"
        # Settings without a finished shard may be changed: PYTHIA may have refused them.
        if path.is_file() and any(self.directory.glob("[0-9]*.h5")):
            try:
                found = json.loads(path.read_text())
            except ValueError:
                found = None
            different = difference(found, self.settings)
            if different:
                raise GenerationError(
                    f"{self.directory} holds shards of other settings: {different}",
                    "one file would hold two samples",
                    "give the same settings to go on, choose another output, or remove that directory",
                )
            return
        for leftover in self.directory.glob("*.h5"):
            leftover.unlink()  # Without settings it is of no use: a removal that was interrupted.
        write_whole(path, json.dumps(self.settings, indent=1, sort_keys=True))
