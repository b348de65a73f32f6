"""How fast is generate on one core, stage by stage, and does its memory stay flat?

WW with pileup 50. The detector's figure includes mixing the pileup; the chain's is a whole `generate`
with one process, PYTHIA's start and the merging included, the pileup pool being there already.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _common

CHAIN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import _common
from pyjetsim.generate import generate
generate("ww", int(sys.argv[2]), Path(sys.argv[3]), seed=7, processes=1, pileup_pool=int(sys.argv[4]))
print(_common.peak_rss_mb())
"""


def main() -> int:
    parser = _common.parser(__doc__)
    parser.add_argument("--events", type=int, default=2000, help="events of the long run (default 2000)")
    parser.add_argument("--pool", type=int, default=15_000, help="minimum-bias collisions for pileup")
    options = _common.parsed(parser, events=400, pool=500)
    _common.use_threads(options.threads)

    from pyjetsim.generate.pool import ensure_pool

    pool = ensure_pool(options.pool, options.threads)
    with _common.Report(options.json, "WW, pileup 50, one core", quick=options.quick) as report:
        rows, detector = stages(pool, options.events // 4)
        report.add(*rows, detector_ms_per_event=detector)
        for events in (options.events // 4, options.events):
            seconds, peak = chain(events, options.pool)
            row = {
                "stage": f"generate, {events} events",
                "ms per event": 1000 * seconds / events,
                "peak RSS MB": peak,
            }
            report.add(row)
        report.add(chain_events_per_s=options.events / seconds)
    return 0


def stages(pool: Path, events: int):
    """A row a stage, and the detector's ms per event with pileup."""
    import numpy as np

    from pyjetsim.generate import GenerateSettings
    from pyjetsim.generate.chain import BATCH_EVENTS, Chain
    from pyjetsim.generate.pileup import mix
    from pyjetsim.generate.pythia import Collisions, process_settings
    from pyjetsim.generate.randomness import EventRandom
    from pyjetsim.io import write_pairs
    from pyjetsim.jets import Pairs, gen_reco_delta_r
    from pyjetsim.jets.clustering import match_nearest

    settings = GenerateSettings.checked(process="ww", events=events)
    chain = Chain(settings, pool)
    collisions = Collisions(process_settings("ww"), 1)
    names = (
        "PYTHIA",
        "pileup mixing",
        "detector",
        "clustering gen",
        "clustering reco",
        "matching",
        "writing",
    )
    spent = dict.fromkeys(names, 0.0)
    all_pairs = []

    def timed(name, call, *arguments):
        start = time.perf_counter()
        result = call(*arguments)
        spent[name] += time.perf_counter() - start
        return result

    made = 0
    while made < events:
        if made == BATCH_EVENTS:  # The first batch warms up.
            spent = dict.fromkeys(names, 0.0)
        numbers = np.arange(made, made + BATCH_EVENTS)
        hard = timed("PYTHIA", collisions.events, BATCH_EVENTS)
        random = EventRandom.of_events(1, numbers.tolist())
        particles, z, n_vertices = timed(
            "pileup mixing", mix, hard, chain.pool, settings.pileup, chain.card.vertex, random
        )
        candidates = timed("detector", chain.detector, particles, z, random)
        gen, gen_event = timed("clustering gen", chain.gen_jets, hard, BATCH_EVENTS)
        reco, reco_event = timed("clustering reco", chain.reco_jets, candidates)
        match = timed("matching", match_nearest, gen, gen_event, reco, reco_event)
        keep = match >= 0
        pairs = Pairs(
            gen[keep],
            reco[match[keep]],
            numbers[gen_event[keep]],
            gen_reco_delta_r(gen[keep], reco[match[keep]]),
            n_vertices[gen_event[keep]],
        )
        all_pairs.append(pairs)
        made += BATCH_EVENTS
    with tempfile.TemporaryDirectory() as folder:
        timed("writing", lambda: write_pairs(Path(folder) / "x.h5", Pairs.concatenate(all_pairs), {}))
    rows = [
        {"stage": name, "ms per event": 1000 * seconds / (made - BATCH_EVENTS)}
        for name, seconds in spent.items()
    ]
    cost = {row["stage"]: row["ms per event"] for row in rows}
    return rows, cost["pileup mixing"] + cost["detector"]


def chain(events: int, pool: int) -> tuple[float, float]:
    """Seconds and peak RSS (MB) of one `generate` in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                CHAIN,
                str(_common.ROOT / "benches"),
                str(events),
                str(Path(folder) / "pairs.h5"),
                str(pool),
            ],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            # Not the repository, whose folder pyjetsim has no compiled part.
            cwd=folder,
        )
        return time.perf_counter() - start, float(done.stdout.split()[-1])


if __name__ == "__main__":
    sys.exit(main())
