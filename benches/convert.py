"""How fast the files of others become pairs, and what memory that takes.

    python benches/convert.py [--json FILE] [--threads 1] [--events 2000]

Delphes trees with about as many particles and candidates as WW with a pileup of 50 has (470 gen particles,
65 tracks, 390 photons, 300 neutral hadrons an event), compressed by zlib; reading, clustering and writing in
one process. NanoAOD with candidates as the PFNano of hard QCD is: the file's own jets (--jets tree), of which
two an event pass the cuts and are counted, four are soft, and as many candidates again are in no jet.
NanoAOD-like ROOT is written as ``convert`` writes it, compressed by ZSTD, level 3: two pairs an event, 30
candidates a jet.
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
# Not getrusage, whose peak begins with that of the program that started this one.
_PEAK_MB = r'int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) * 1024 / 1e6'
_CONVERT = f"""
import json, re, sys, time
from pyjetsim.convert import convert
started = time.perf_counter()
summary = convert([sys.argv[1]], sys.argv[2], jets=sys.argv[3], quiet=True)
print(json.dumps([summary.events, summary.pairs, time.perf_counter() - started,
                  {_PEAK_MB}]))
"""
_WRITE = f"""
import json, re, sys, time
from dataclasses import replace
from pathlib import Path
import numpy as np
from pyjetsim.io.outputs import pairs_output
from pyjetsim.jets import Jets, Pairs, gen_reco_delta_r, momenta
random, n, P = np.random.default_rng(1), 4096, 80
def jets(axis_eta, axis_phi):
    there = np.arange(P) < random.poisson(30, n)[:, None]
    pt = 0.3 + random.exponential(8, (n, P))
    eta, phi = (axis[:, None] + random.normal(0, 0.1, (n, P)) for axis in (axis_eta, axis_phi))
    pid = random.choice(np.array([211, -211, 22, 130], np.int32), (n, P))
    return Jets.from_constituents(momenta(pt, eta, phi) * there[..., None], pid)
eta, phi = random.uniform(-2, 2, n), random.uniform(-3, 3, n)
gen, reco = jets(eta, phi), jets(eta, phi)
event, one = np.arange(n) // 2, np.ones(n, np.int32)
pairs = Pairs(gen, reco, event, gen_reco_delta_r(gen, reco), one)
events, output = int(sys.argv[1]), Path(sys.argv[2])
started = time.perf_counter()
with pairs_output(output, {{}}, P) as writer:
    for first in range(0, events, n // 2):
        some = pairs[: 2 * (events - first)]
        writer.append(replace(some, event=some.event + first))
seconds = time.perf_counter() - started
print(json.dumps([seconds, {_PEAK_MB}]))
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


HARD, SOFT = (2, 40), (4, 20)
"""Jets of a NanoAOD event, and constituents of each."""


def write_nanoaod(path: Path, events: int) -> None:
    """Jets of candidates that stand in any order, with links; TTree."""
    import awkward as ak
    import numpy as np
    import uproot

    random = np.random.default_rng(1)
    per_jet = np.repeat([HARD[1], SOFT[1]], [HARD[0], SOFT[0]])
    jet = np.repeat(np.arange(len(per_jet)), per_jet)
    linked = len(jet)

    def side(n: int, axis: Any, table: str, links: str, jets: str) -> dict[str, Any]:
        total = 2 * linked
        of = np.concatenate([jet, np.zeros(linked, int)])
        free = np.arange(total) >= linked
        pt = 0.5 + random.exponential(np.where(free, 0.7, np.where(of < HARD[0], 10.0, 2.0)), (n, total))
        eta = np.where(free, random.uniform(-3, 3, (n, total)), random.normal(0, 0.1, (n, total)))
        phi = np.where(
            free, random.uniform(-3.1, 3.1, (n, total)), axis[:, of] + random.normal(0, 0.1, (n, total))
        )
        phi = (phi + np.pi) % (2 * np.pi) - np.pi
        order = np.argsort(random.random((n, total)), axis=1)
        place = np.argsort(order, axis=1)[:, :linked].astype(np.int32)
        momentum = (pt * np.exp(1j * phi))[:, :linked]
        own = np.abs(np.add.reduceat(momentum, np.concatenate([[0], np.cumsum(per_jet)[:-1]]), axis=1))
        leaves = {"pt": pt, "eta": eta, "phi": phi, "mass": np.full((n, total), 0.14)}
        columns = {
            name: np.take_along_axis(values, order, 1).astype(np.float32) for name, values in leaves.items()
        }
        columns["pdgId"] = np.full((n, total), 211, np.int32)
        link = {"jetIdx": np.broadcast_to(jet.astype(np.int32), place.shape), "pFCandsIdx": place}
        tables = {table: columns, links: link, jets: {"pt": own.astype(np.float32)}}
        return {
            name: ak.zip({leaf: ak.from_regular(ak.Array(values)) for leaf, values in each.items()})
            for name, each in tables.items()
        }

    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        for start in range(0, events, 1000):
            n = min(1000, events - start)
            axis = random.uniform(-np.pi, np.pi, (n, 1)) + np.arange(len(per_jet)) * 2 * np.pi / len(per_jet)
            arrays = {
                "run": np.ones(n, np.uint32),
                "luminosityBlock": np.ones(n, np.uint32),
                "event": np.arange(start, start + n, dtype=np.uint64),
                "genWeight": np.ones(n, np.float32),
                **side(n, axis, "PFCands", "JetPFCands", "Jet"),
                **side(n, axis, "GenCands", "GenJetCands", "GenJet"),
            }
            if start == 0:
                types = {name: getattr(array, "type", None) or array.dtype for name, array in arrays.items()}
                file.mktree("Events", types)
            file["Events"].extend(arrays)


def measure(arguments: argparse.Namespace, folder: Path, report: _common.Report) -> None:
    """Rows and figures."""
    growth = []
    for kind, write, jets in (("Delphes", write_tree, "cluster"), ("NanoAOD", write_nanoaod, "tree")):
        rss = {}
        for events, rounds in ((arguments.events, arguments.rounds), (_GROWTH * arguments.events, 1)):
            path = folder / "in.root"
            started = time.perf_counter()
            write(path, events)
            writing = time.perf_counter() - started
            taken = [converted(path, folder / "x.h5", jets) for _ in range(rounds)]
            read, pairs, seconds, rss[events] = min(taken, key=lambda each: each[2])
            assert read == events
            assert pairs > events / 2, "the jets of this bench have changed"
            report.add(
                {
                    "what": f"{kind}, {events} events",
                    "events/s": events / seconds,
                    "pairs": pairs,
                    "pairs/s": pairs / seconds,
                    "file, MB": path.stat().st_size / 1e6,
                    "peak memory, MB": rss[events],
                    "making the file, s": writing,
                }
            )
            if kind == "Delphes":
                report.figures.setdefault("delphes_events_per_s", events / seconds)
            else:
                # Of the larger file: the smaller one is read in less time than its tree is opened in.
                report.add(pfnano_jets_per_s=pairs / seconds)
        growth.append(rss[_GROWTH * arguments.events] - rss[arguments.events])
    rss = {}
    sizes = (_GROWTH * arguments.events, _GROWTH * _GROWTH * arguments.events)
    for events, rounds in zip(sizes, (arguments.rounds, 1), strict=True):
        path = folder / "out.root"
        seconds, rss[events] = min(written(events, path) for _ in range(rounds))
        report.add(
            {
                "what": f"writing NanoAOD (ZSTD, level 3), {events} events",
                "events/s": events / seconds,
                "pairs": 2 * events,
                "pairs/s": 2 * events / seconds,
                "file, MB": path.stat().st_size / 1e6,
                "peak memory, MB": rss[events],
            }
        )
        # Of the larger file: the smaller one is written in little more time than uproot is imported in.
        report.add(nanoaod_write_events_per_s=events / seconds)
    growth.append(rss[sizes[1]] - rss[sizes[0]])
    report.add(convert_rss_growth_mb=max(growth))


def converted(path: Path, output: Path, jets: str) -> tuple[int, int, float, float]:
    """Events, pairs, seconds and peak memory in MB of a process that converts a file."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", _CONVERT, path, output, jets], check=True, capture_output=True, text=True
    )
    events, pairs, seconds, rss = json.loads(done.stdout)
    return events, pairs, seconds, rss


def written(events: int, output: Path) -> tuple[float, float]:
    """Seconds and peak memory in MB of a process that writes pairs."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", _WRITE, str(events), output], check=True, capture_output=True, text=True
    )
    seconds, rss = json.loads(done.stdout)
    return seconds, rss


def main() -> None:
    arguments = _common.parsed(parser(), events=20, rounds=1)
    _common.use_threads(arguments.threads)
    title = "Converting files of others"
    with (
        tempfile.TemporaryDirectory() as folder,
        _common.Report(arguments.json, title, quick=arguments.quick) as report,
    ):
        measure(arguments, Path(folder), report)


if __name__ == "__main__":
    main()
