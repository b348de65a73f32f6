"""Planning of a dataset of many shards, for benches/scaling.py: the shards are links to a few files."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LINKS = 50_000
"""Names that one file is given: file systems allow some 65,000."""


class Begun(BaseException):
    """The first shard would be made now."""


@dataclass(frozen=True)
class Planned:
    """A job of `generate` that ends where its first shard begins."""

    job: Any

    @property
    def settings(self) -> dict[str, Any]:
        """Of the generation."""
        return dict(self.job.settings)

    @property
    def n_shards(self) -> int:
        """Of the generation."""
        return int(self.job.n_shards)

    def size(self, shard: int) -> int:
        """Of the generation."""
        return int(self.job.size(shard))

    def maker(self, advance: Callable[[int], None]) -> Callable[[int, Path], None]:
        """What stops at once."""

        def make(shard: int, path: Path) -> None:
            raise Begun

        return make


def planned(folder: Path, n_shards: int) -> dict[str, float]:
    """Plan a dataset, put all shards but the last into place, and plan again; then index them.

    Parameters
    ----------
    folder : Path
        Where it is made.
    n_shards : int
        How many.

    Returns
    -------
    dict
        Seconds and bytes by what was measured.
    """
    from _scaling_runs import synthetic

    from pyjetsim.generate import GenerateSettings
    from pyjetsim.generate.maker import DatasetJob
    from pyjetsim.io.dataset.folder import shard_name
    from pyjetsim.io.dataset.index import INDEX, joined, look, read_entries, read_index
    from pyjetsim.io.dataset.work import record

    settings = GenerateSettings.checked(process="ww", events=200 * n_shards)
    job = Planned(DatasetJob.checked(settings, 200))
    found = {"new: until the first shard, s": _until_begun(job, folder)}
    pattern = synthetic(folder.with_name("pattern.h5"), 20)
    entry, index = look(pattern)
    told = {**index.to_json(), "provenance": {**settings.provenance(), "counts": {"pairs": 20}}}
    for shard in range(n_shards - 1):
        if shard % _LINKS == 0:
            file = folder.with_name(f"pattern-{shard}.h5")
            file.write_bytes(pattern.read_bytes())
        os.link(file, folder / shard_name(shard))
        # Hashes differ as those of different shards do, and are not looked at.
        its = {**told["shards"][0], "name": shard_name(shard), "sha256": f"{shard:064x}"}
        record(folder, shard).write_text(json.dumps({**told, "shards": [its]}))
    found["resumed: until the first shard, s"] = _until_begun(job, folder)
    few = min(n_shards - 1, 10_000)
    start = time.perf_counter()
    whole = joined(folder, [read_entries(record(folder, shard)) for shard in range(few)])
    whole.write(folder)
    found["index of 10,000 shards: written, s" if few == 10_000 else "index: written, s"] = (
        time.perf_counter() - start
    )
    found["index: bytes a shard"] = (folder / INDEX).stat().st_size / few
    start = time.perf_counter()
    read_index(folder)
    found["index of 10,000 shards: read, s" if few == 10_000 else "index: read, s"] = (
        time.perf_counter() - start
    )
    assert entry.bytes == pattern.stat().st_size
    return found


def _until_begun(job: Planned, folder: Path) -> float:
    from pyjetsim.io.dataset.work import run_job

    start = time.perf_counter()
    try:
        run_job(job, folder, processes=1, quiet=True)
    except Begun:
        return time.perf_counter() - start
    raise AssertionError("no shard was missing")
