"""How fast the files of others become pairs, and what memory that takes.

    python benches/convert.py [--json FILE] [--threads 1] [--events 2000]

Delphes trees with about as many particles and candidates as WW with a pileup of 50 has (470 gen particles,
65 tracks, 390 photons, 300 neutral hadrons an event), compressed by zlib; reading, clustering and writing in
one process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import _common

SIZES = {"Particle": 470, "EFlowTrack": 65, "EFlowPhoton": 390, "EFlowNeutralHadron": 300, "Vertex": 50}
_GROWTH = 10
"""Times as many events in the file that memory is compared with."""
_CONVERT = """
import json, resource, sys, time
from pyjetsim.convert import convert
started = time.perf_counter()
summary = convert([sys.argv[1]], sys.argv[2], quiet=True)
print(json.dumps([summary.events, summary.pairs, time.perf_counter() - started,
                  resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6]))
"""


def parser() -> argparse.ArgumentParser:
    options = _common.parser(__doc__)
    options.add_argument("--events", type=int, default=2000, help="events of the smaller file")
    options.add_argument("--rounds", type=int, default=3, help="of the smaller file; the fastest counts")
    return options


def write_tree(path: Path, events: int) -> None:
    """Random events: two hard jets above a soft, even rest."""
    import awkward as ak
    import numpy as np
    import uproot

    random = np.random.default_rng(1)

    def objects(name: str, n: int) -> Any:
        count = random.poisson(SIZES[name], n)
        total = int(count.sum())
        hard = random.random(total) < 0.1
        axis = np.repeat(random.uniform(-np.pi, np.pi, n), count) + np.pi * (random.random(total) < 0.5)
        phi = np.where(hard, axis + random.normal(0, 0.1, total), random.uniform(-np.pi, np.pi, total))
        eta = np.where(hard, random.normal(0, 0.1, total), random.uniform(-5, 5, total))
        pt = 0.3 + random.exponential(np.where(hard, 8.0, 0.7))
        leaves = {"Eta": eta, "Phi": (phi + np.pi) % (2 * np.pi) - np.pi, "PT": pt, "ET": pt}
        if name == "Particle":
            leaves = {"Px": pt * np.cos(phi), "Py": pt * np.sin(phi), "Pz": pt * np.sinh(eta)}
            leaves["Mass"] = np.full(total, 0.14)
        columns = {leaf: values.astype(np.float32) for leaf, values in leaves.items()}
        columns["PID"] = np.full(total, 211, np.int32)
        columns["Status"] = np.ones(total, np.int32)
        columns["Z"] = np.zeros(total, np.float32)
        return ak.unflatten(ak.zip(columns), count)

    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        for start in range(0, events, 1000):
            n = min(1000, events - start)
            number = np.arange(start, start + n, dtype=np.int64)[:, None]
            arrays = {
                "Event": ak.zip({"Number": ak.from_regular(ak.Array(number))}),
                **{name: objects(name, n) for name in SIZES},
            }
            if start == 0:
                file.mktree(
                    "Delphes",
                    {name: array.type for name, array in arrays.items()},
                    counter_name=lambda counted: f"{counted}_size",
                    field_name=lambda outer, inner: f"{outer}.{inner}",
                )
            file["Delphes"].extend(arrays)


def measure(arguments: argparse.Namespace, folder: Path) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Rows and figures."""
    rows = []
    figures: dict[str, float] = {}
    rss = {}
    for events, rounds in ((arguments.events, arguments.rounds), (_GROWTH * arguments.events, 1)):
        path = folder / f"{events}.root"
        started = time.perf_counter()
        write_tree(path, events)
        writing = time.perf_counter() - started
        taken = [converted(path, folder / "x.h5") for _ in range(rounds)]
        read, pairs, seconds, rss[events] = min(taken, key=lambda each: each[2])
        assert read == events
        assert pairs > events / 2, "the jets of this bench have changed"
        rows.append(
            {
                "what": f"Delphes, {events} events",
                "events/s": events / seconds,
                "pairs": pairs,
                "file, MB": path.stat().st_size / 1e6,
                "peak memory, MB": rss[events],
                "making the file, s": writing,
            }
        )
        figures.setdefault("delphes_events_per_s", events / seconds)
    figures["convert_rss_growth_mb"] = rss[_GROWTH * arguments.events] - rss[arguments.events]
    return rows, figures


def converted(path: Path, output: Path) -> tuple[int, int, float, float]:
    """Events, pairs, seconds and peak memory in MB of a process that converts a file."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", _CONVERT, path, output], check=True, capture_output=True, text=True
    )
    events, pairs, seconds, rss = json.loads(done.stdout)
    return events, pairs, seconds, rss


def main() -> None:
    arguments = parser().parse_args()
    _common.use_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        rows, figures = measure(arguments, Path(folder))
    _common.report(rows, figures, arguments.json, "Converting files of others")


if __name__ == "__main__":
    main()
