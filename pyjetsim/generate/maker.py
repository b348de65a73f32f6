"""What makes shards of events: for one file, and for a dataset, whose shards are several of those."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.processes import Advance
from pyjetsim.errors import DataError, Error, InputError
from pyjetsim.generate.chain import BATCH_EVENTS
from pyjetsim.generate.particles import Particles
from pyjetsim.generate.pool import ensure_pool
from pyjetsim.generate.products import in_whole_chunks, product_of
from pyjetsim.generate.pythia import Collisions, process_settings, seed_for
from pyjetsim.generate.settings import SHARD_EVENTS, GenerateSettings
from pyjetsim.generate.shards import Shards
from pyjetsim.io.dataset.folder import EVENTS_PER_SHARD
from pyjetsim.io.dataset.index import QUARANTINED
from pyjetsim.io.dataset.work import MakeShard, one_by_one, told_error


class ShardMaker:
    """Makes shards in one process; a shard does not depend on which process makes it, or when."""

    def __init__(
        self, settings: GenerateSettings, pool: Path | None, directory: Path, advance: Advance
    ) -> None:
        self._settings, self._directory, self._advance = settings, directory, advance
        lines = process_settings(settings.process, settings.pthat_min)
        self._collisions = Collisions(lines, seed_for(settings.seed))
        self._product = product_of(settings)
        self._chain = self._product.chain(pool)

    def __call__(self, shard: int) -> None:
        """Make a shard and write it."""
        parts, counts, left_out = self.made(shard)
        path = Shards.path_in(self._directory, shard)
        with self._product.writer(path, {"counts": counts, **told_quarantined(left_out)}) as writer:
            for made in parts:
                writer.append(made)

    def made(self, shard: int) -> tuple[list[Any], dict[str, int], list[dict[str, Any]]]:
        """What a shard has, batch by batch, its counts, and the events that failed."""
        numbers = np.array(self._settings.shard_events(shard), np.int64)
        self._collisions.reseed(seed_for(self._settings.seed, 0, shard))
        counts: dict[str, int] = {}
        parts: list[Any] = []
        left_out: list[dict[str, Any]] = []
        for start in range(0, len(numbers), BATCH_EVENTS):
            batch = numbers[start : start + BATCH_EVENTS]
            hard = self._chain.collide(self._collisions, len(batch))
            for made, found in self._batch(hard, batch, left_out):
                parts.append(made)
                counts = added(counts, found)
            self._advance(len(batch))
        return parts, counts, left_out

    def _batch(
        self, hard: Any, batch: NDArray[np.int64], left_out: list[dict[str, Any]]
    ) -> list[tuple[Any, dict[str, int]]]:
        """What the collisions of a batch become; one by one, without those that fail, where one does."""
        try:
            return [self._chain(hard, batch)]
        except (Error, OSError, MemoryError):
            raise
        except Exception:
            if not isinstance(hard, Particles):
                raise

        def alone(place: int) -> tuple[Any, dict[str, int]]:
            particles = hard[hard.event == place]
            its = replace(particles, event=np.zeros_like(particles.event))
            found: tuple[Any, dict[str, int]] = self._chain(its, batch[place : place + 1])
            return found

        made = []
        for place, found, error in one_by_one(alone, len(batch)):
            if error is None:
                made.append(found)
                continue
            number = int(batch[place])
            left_out.append(
                {
                    "event": number,
                    "seed": self._settings.seed,
                    "pythia_seed": seed_for(self._settings.seed, 0, number // SHARD_EVENTS),
                    "place": number % SHARD_EVENTS,
                    "error": told_error(error),
                }
            )
        return made


@dataclass(frozen=True)
class DatasetJob:
    """The shards of a dataset: so many of the shards that have a seed of their own, side by side."""

    generation: GenerateSettings
    events_per_shard: int
    began_with: str
    """The settings, with what is in the files that they name, as JSON."""

    @staticmethod
    def checked(settings: GenerateSettings, events_per_shard: int | None) -> DatasetJob:
        """With the number of events that is asked for; InputError for one that cannot be."""
        events = EVENTS_PER_SHARD if events_per_shard is None else events_per_shard
        if settings.write != "jets":
            raise InputError(
                "objects are to be written into a dataset",
                "a dataset holds pairs of jets",
                "write them into one file: leave out --shard, --scheduler and --events-per-shard",
            )
        if events < 1 or events % SHARD_EVENTS:
            raise InputError(
                f"events_per_shard is {events}",
                f"PYTHIA has a new seed every {SHARD_EVENTS} events: shards do not depend on each other",
                f"give a multiple of {SHARD_EVENTS}",
            )
        # Workers may be in other folders.
        own = {"process": settings.process, "detector": str(settings.detector or "")}
        files = {name: str(Path(file).absolute()) for name, file in own.items() if Path(file).is_file()}
        job = DatasetJob(settings.model_copy(update=files), events, "")
        return replace(job, began_with=job.told())

    @property
    def settings(self) -> dict[str, Any]:
        """Those of the generation, and the cut into shards."""
        return {"verb": "generate", "events_per_shard": self.events_per_shard, **self.generation.provenance()}

    def told(self) -> str:
        """The settings as they are now."""
        return json.dumps(self.settings, sort_keys=True)

    @property
    def n_shards(self) -> int:
        """How many."""
        return -(-self.generation.events // self.events_per_shard)

    def size(self, shard: int) -> int:
        """Events of a shard."""
        return min(self.events_per_shard, self.generation.events - shard * self.events_per_shard)

    def maker(self, advance: Advance) -> MakeShard:
        """PYTHIA and the detector, started once; the pool is that of this machine."""
        settings = self.generation
        if self.told() != self.began_with:
            raise DataError(
                f"the files of the settings of process {settings.process} changed since this began",
                "shards of different settings would be one dataset",
                "choose another output, or put the files back and run the same command again",
            )
        pool = ensure_pool(settings.pileup_pool, 1, quiet=True) if settings.pileup else None
        maker = ShardMaker(settings, pool, Path(), advance)
        per_shard = self.events_per_shard // SHARD_EVENTS
        provenance = settings.provenance()
        product = product_of(settings)

        def make(shard: int, path: Path) -> None:
            counts: dict[str, int] = {}
            left_out: list[dict[str, Any]] = []

            def parts() -> Iterator[Any]:
                nonlocal counts
                for number in range(shard * per_shard, min((shard + 1) * per_shard, settings.shards)):
                    made, found, failed = maker.made(number)
                    counts = added(counts, found)
                    left_out.extend(failed)
                    yield from made

            with product.writer(path, provenance) as writer:
                for pairs in in_whole_chunks(parts()):
                    writer.append(pairs)
                writer.provenance.update({"counts": product.counted(counts), **told_quarantined(left_out)})

        return make


def told_quarantined(left_out: list[dict[str, Any]]) -> dict[str, Any]:
    """For the provenance; nothing where no event failed."""
    return {QUARANTINED: left_out} if left_out else {}


def added(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    """Counts of both."""
    return {name: one.get(name, 0) + count for name, count in other.items()}
