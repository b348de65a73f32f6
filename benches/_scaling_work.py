"""Work of one core for benches/scaling.py: a shard of 200 WW events with pileup 50, whenever it is asked for.

Prints "ready" when PYTHIA and the detector are there, then the seconds of a shard for each line it is given.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path


def main() -> None:
    from pyjetsim.generate import GenerateSettings
    from pyjetsim.generate.maker import ShardMaker
    from pyjetsim.generate.pool import POOL_SIZE, ensure_pool

    shards = 1000
    settings = GenerateSettings.checked(process="ww", events=200 * shards, seed=int(sys.argv[1]))
    maker = ShardMaker(settings, ensure_pool(POOL_SIZE, 1, quiet=True), Path(), lambda events: None)
    maker.made(0)
    # PYTHIA writes to the standard output when it starts.
    print("ready", flush=True)
    for number, _ in enumerate(sys.stdin, 1):
        start = time.perf_counter()
        maker.made(number % shards)
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
