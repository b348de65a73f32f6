"""How fast the Python simulator answers: a jet at a time, an event, a batch, and a whole file.

    python benches/simulate.py [--json FILE] [--threads 1] [--bundle BUNDLE]

Without a bundle, the paper's model with random weights: speed does not depend on them. "graph" is
ONNX Runtime alone; "call" adds checks, noise, sorting, cuts and jet kinematics.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import _common

BATCHES = (1, 4, 256)


def milliseconds(call: Callable[[], Any], seconds: float = 1.0) -> float:
    """Median time of a call, after a warm-up."""
    times: list[float] = []
    until = time.perf_counter() + 1.2 * seconds
    while time.perf_counter() < until or len(times) < 10:
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times[len(times) // 6 :])


def main() -> None:
    options = _common.parser(__doc__)
    options.add_argument("--bundle", type=Path, help="measure this bundle")
    arguments = options.parse_args()
    _common.use_threads(arguments.threads)
    import numpy as np

    sys.path.insert(0, str(_common.ROOT / "tests" / "python"))
    from _bundle import exported
    from synthetic import synthetic_pairs

    import pyjetsim
    from pyjetsim.bundle import simulate
    from pyjetsim.bundle.tensors import Inputs
    from pyjetsim.identity import jet_ids
    from pyjetsim.noise import jet_noise
    from pyjetsim.store import write_pairs

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle = arguments.bundle or exported(folder)
        sim = pyjetsim.load(bundle, arguments.threads)
        pairs = synthetic_pairs(20_000, seed=1)
        gen, pid, event = pairs.gen.constituents, pairs.gen.pid, pairs.event
        answer = sim(gen[:256], pid[:256], event[:256]).constituents

        rows: list[dict[str, Any]] = []
        figures: dict[str, float] = {}
        for batch in BATCHES:
            alone = np.concatenate(
                [
                    sim(
                        gen[i : i + batch],
                        pid[i : i + batch],
                        event[i : i + batch],
                        jet=np.arange(i, i + batch) % 2,
                    ).constituents
                    for i in range(0, 256, batch)
                ]
            )
            assert (alone == answer).all(), f"a batch of {batch} answers otherwise"
            table = pairs.gen[:batch].padded_to(sim.max_constituents)
            noise = jet_noise(0, jet_ids(batch), sim.manifest.noise_size)
            ids = np.ascontiguousarray(table.pid) if sim.manifest.pid else None
            inputs = Inputs(np.ascontiguousarray(table.constituents), noise, ids)
            graph = milliseconds(lambda given=inputs: sim._graph(given)) / batch
            call = milliseconds(lambda b=batch: sim(gen[:b], pid[:b], event[:b])) / batch
            rows.append(
                {
                    "what": f"batch of {batch}",
                    "graph, ms/jet": graph,
                    "call, ms/jet": call,
                    "jets/s": 1000 / call,
                }
            )
            figures[f"simulate_ms_per_jet_batch_{batch}"] = call
            figures[f"graph_ms_per_jet_batch_{batch}"] = graph
        figures["simulate_jets_per_s"] = rows[-1]["jets/s"]

        write_pairs(folder / "in.h5", pairs, {"generator": "synthetic"})
        summary = simulate(
            folder / "in.h5", bundle, folder / "out.h5", 1, threads=arguments.threads, quiet=True
        )
        rows.append({"what": "jets.h5 to jets.h5", "jets/s": summary.jets_per_s})
        figures["simulate_file_jets_per_s"] = summary.jets_per_s
    title = f"Python simulator, {arguments.threads} thread(s)"
    _common.report(rows, figures, arguments.json, title=title)


if __name__ == "__main__":
    main()
