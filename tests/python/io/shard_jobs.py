"""Jobs of shards of synthetic pairs, for tests of what makes them: importable by worker processes."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from synthetic import synthetic_pairs

from pyjetsim._utils.processes import Advance
from pyjetsim.io import write_pairs
from pyjetsim.io.dataset.work import MakeShard

PAIRS = 20


@dataclass(frozen=True)
class Synthetic:
    """So many shards of 20 pairs, some of which do as they are told.

    They "fail", "die", "die once", "wait" or "write nothing".
    """

    n_shards: int = 4
    does: dict[int, str] = field(default_factory=dict)
    notes: str = ""
    """A folder for a note of every shard that is begun."""
    seed: int = 1
    columns: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        return {"verb": "test", "seed": self.seed}

    def size(self, shard: int) -> int:
        return PAIRS

    def maker(self, advance: Advance) -> MakeShard:
        def make(shard: int, path: Path) -> None:
            does = self.does.get(shard, "")
            begun = Path(self.notes) / str(shard)
            before = begun.read_text() if self.notes and begun.is_file() else ""
            if self.notes:
                begun.write_text(f"{before}{os.getpid()}\n")
            if does == "die" or (does == "die once" and not before):
                os.kill(os.getpid(), signal.SIGKILL)
            if does == "wait":
                time.sleep(300)
            if does == "fail":
                raise ValueError("poison")
            pairs = synthetic_pairs(PAIRS, self.seed * 1000 + shard, first_event=shard * PAIRS)
            if self.columns:
                columns = {name: np.full(PAIRS, 1, np.int64) for name in ("run", "luminosity_block")}
                pairs = replace(pairs, columns=columns)
            if does == "write nothing":
                pairs = synthetic_pairs(PAIRS, 1)[:0]
            write_pairs(path, pairs, {"seed": self.seed})
            advance(PAIRS)

        return make


if __name__ == "__main__":  # as the test of Ctrl-C starts it
    import sys

    from pyjetsim.io.dataset.work import run_job

    _, folder, notes, scheduler = sys.argv
    run_job(
        Synthetic(5, {3: "wait", 4: "wait"}, notes),
        Path(folder),
        scheduler=scheduler or None,
        processes=2,
        quiet=True,
    )
