"""How fast a training goes, and how much memory it holds on a file of two million pairs.

    python benches/train.py [--json FILE] [--threads 2] [--pairs 2000000]

Jets are synthetic: speed and memory do not depend on what is in them. Each training is a process
of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _common
import _quiet

_TRAIN = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
import _common
from pyjetsim.train import load_recipe, train
from pyjetsim.io.run_folder import read_log
data, run, epochs, threads = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[5])
train(load_recipe("paper").with_epochs(epochs), data, run, threads=threads, quiet=True)
speeds = [entry["train_jets_per_s"] for entry in read_log(run)]
print(json.dumps({"jets_per_s": speeds, "rss_mb": _common.peak_rss_mb()}))
"""


def write_synthetic(path: Path, pairs: int) -> None:
    """Pairs like those of the tests, 20,000 different ones repeated under new event numbers."""
    import numpy as np

    sys.path.insert(0, str(_common.ROOT / "tests" / "python"))
    from dataclasses import replace

    from synthetic import synthetic_pairs

    from pyjetsim.io import PairsWriter

    base = synthetic_pairs(min(20_000, pairs), seed=1)
    # Bare arrays in bulk: writing must not dominate the bench.
    with PairsWriter(path, {"generator": "synthetic"}, base.gen.constituents.shape[1]) as writer:
        while writer.written < pairs:
            part = base[: pairs - writer.written]
            writer.append(replace(part, event=part.event + np.int64(writer.written)))


def measure(data: Path, folder: Path, epochs: int, threads: int) -> tuple[list[float], float, float]:
    """Train in a fresh process; jets/s by epoch, peak memory in MB, seconds in all."""
    started = time.perf_counter()
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            _TRAIN,
            data,
            folder,
            str(epochs),
            str(_common.ROOT / "benches"),
            str(threads),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    result = json.loads(done.stdout.splitlines()[-1])
    return result["jets_per_s"], result["rss_mb"], time.perf_counter() - started


def main() -> None:
    options = _common.parser(__doc__)
    options.set_defaults(threads=2)
    options.add_argument("--pairs", type=int, default=2_000_000, help="pairs of the large file")
    options.add_argument("--speed-pairs", type=int, default=60_000, help="pairs of the speed measurement")
    options.add_argument("--epochs", type=int, default=5, help="epochs of the speed measurement")
    arguments = _common.parsed(options, pairs=10_000, speed_pairs=6_000, epochs=1)
    title = f"Training the paper's VAE, {arguments.threads} threads"
    with (
        tempfile.TemporaryDirectory() as name,
        _common.Report(arguments.json, title, quick=arguments.quick) as report,
    ):
        folder = Path(name)
        for label, pairs, epochs in (
            ("speed", arguments.speed_pairs, arguments.epochs),
            ("memory", arguments.pairs, 1),
        ):
            data = folder / f"{label}.h5"
            write_synthetic(data, pairs)
            busy = _quiet.busy() if arguments.threads > 1 else ""
            speeds, rss, seconds = measure(data, folder / label, epochs, arguments.threads)
            busy = busy or (_quiet.busy() if arguments.threads > 1 else "")
            speed = round(statistics.median(speeds), 1)
            row = {
                "what": label,
                "pairs": pairs,
                "epochs": epochs,
                "median_jets_per_s": busy or speed,
                "peak_rss_mb": round(rss, 1),
                "seconds": busy or round(seconds, 1),
            }
            if label == "memory":
                report.add(row, peak_rss_mb=row["peak_rss_mb"])
            else:
                report.add(row, **({} if busy else {"train_jets_per_s": speed}))


if __name__ == "__main__":
    main()
