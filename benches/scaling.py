"""How far does it scale: two workers beside one, a hundred thousand shards, and what a million jets cost.

    python benches/scaling.py [--json FILE] [--quick] [--steps NAME...]

`core_limit_2` is what this machine gives: two processes that know nothing of each other each make shards
of WW collisions with pileup, PYTHIA to jets, in memory, at the same time; the work done a second, over
that of one process alone (median of rounds that take turns). Cores that share memory, caches or a
physical core give less than 2, and no program can do better.

`generate_speedup_2` and `simulate_speedup_2` are of whole programs with `--scheduler local`, two worker
processes over one: scheduler, workers' start and files included, of medians of runs that take turns.
`dask_overhead` is the time of a whole `generate --scheduler local` over that with
the pool of processes that pyjetsim has of its own, both with two processes and 400 events a shard, start
included: medians of runs that take turns. `train_speedup_2` is of jets a second, two ranks of torchrun
over one, one thread each, in the last epoch: medians again. `train_limit_2` is what two ranks would give
if they needed no words with each other: twice the speed of one process that has half a batch a step, over
that of one with the whole batch.

`plan_100k_shards_s` is the longer of two: from the beginning of a job of 100,000 shards of `generate`
until its first shard is made, and the same where all but the last are there, which a resumed job looks
for.

The cost model is seconds = fixed + jets x slope of one process, from two lengths. The predictions take it
as it is: they say what a larger job costs if nothing else breaks first. Results are written as they come;
a step that fails or takes too long is named in the rows, and the rest goes on.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import _common
import tomli_w
from _scaling_runs import (
    Ran,
    Results,
    Workers,
    last_epoch,
    program,
    pyjetsim,
    repeated,
    size_of,
    synthetic,
)

WANTED = {
    "generate_speedup_2": ">= 1.8",
    "simulate_speedup_2": ">= 1.8",
    "train_speedup_2": ">= 1.6",
    "dask_overhead": "<= 1.05",
    "plan_100k_shards_s": "<= 10",
    "loader_jets_per_s": ">= 100,000",
    "evaluate_2m_pairs_mb": "<= 2,000",
}
PREDICTED = {"1.7 million": 1.7e6, "100 million": 1e8, "a billion": 1e9}
"""Jets that costs are predicted for: the paper's sample, and what an analysis and an experiment need."""


class Sizes:
    """How much is run; ``quick`` is enough to see that it works."""

    def __init__(self, quick: bool) -> None:
        self.rounds = 1 if quick else 4
        self.turns = 1 if quick else 3
        self.weak = not quick
        """Whether twice the work is given to twice the workers, too."""
        # Long enough that starting is a small part of the second one.
        self.events = (50, 100) if quick else (800, 2400)
        self.dask_events, self.dask_rounds = (50, 1) if quick else (6000, 3)
        self.simulated = (1, 2) if quick else (1, 5)
        """Shards of ``unit`` pairs that are simulated."""
        # By what figures are called: recipe, batch, pairs. Batches are those of the recipes, and larger.
        self.training = (
            {"_paper": ("paper", 100, 1000)}
            if quick
            else {
                "": ("cells", 128, 2000),
                "_large": ("cells", 1024, 8000),
                "_paper": ("paper", 100, 20_000),
            }
        )
        self.shards = 2000 if quick else 100_000
        self.loader = 1 if quick else 10
        """Shards of ``unit`` pairs."""
        self.unit = 2000 if quick else 20_000
        self.evaluated = (1, 2) if quick else (25, 100)
        """Shards of ``unit`` pairs, target and prediction each."""
        self.max_pairs = 1000 if quick else 400_000
        self.limit = 240.0
        """Seconds of a program."""


class Bench:
    """The steps; each adds rows and figures."""

    def __init__(self, sizes: Sizes, results: Results, folder: Path) -> None:
        self.sizes, self.results, self.folder = sizes, results, folder
        self._unit: dict[str, Path] = {}
        self._pool_made = False

    def steps(self) -> dict[str, Callable[[], None]]:
        """In their order: short ones first."""
        return {
            "plan": self.plan,
            "loader": self.loader,
            "limit": self.limit,
            "train": self.train,
            "simulate": self.simulate,
            "generate": self.generate,
            "dask": self.dask,
            "evaluate": self.evaluate,
        }

    def run(self, *words: object, limit: float | None = None) -> Ran:
        """A verb of the command, in the bench's folder."""
        return pyjetsim(*words, folder=self.folder, limit=limit or self.sizes.limit)

    def unit(self, name: str) -> Path:
        """A file of ``unit`` pairs: target and prediction have the same gen jets."""
        if name not in self._unit:
            seed = 1 if name == "target" else 2
            self._unit[name] = synthetic(self.folder / f"{name}.h5", self.sizes.unit, seed)
        return self._unit[name]

    def limit(self) -> None:
        """The machine's own limit of two cores."""
        times: dict[int, list[float]] = {1: [], 2: []}
        with Workers(_common.ROOT / "benches" / "_scaling_work.py", 2) as workers:
            for _ in range(self.sizes.rounds):
                for count, taken in times.items():
                    taken.append(workers.seconds(count))
        one, two = (statistics.median(taken) for taken in times.values())
        self.results.row("limit", "200 events in one process", workers=1, seconds=one)
        self.results.row("limit", "200 events in each of two processes", workers=2, seconds=two)
        self.results.figure("core_limit_2", 2 * one / two)

    def generate(self) -> None:
        """Two lengths with one worker and with two, and what it costs."""

        def once(workers: int, events: int) -> tuple[float, int, int]:
            return self._generated(workers, events, 200, "local")

        self._make_pool()
        found = self._two_lengths("generate", once, self.sizes.events, "events")
        self._cost("generate, WW with pileup 50", found, self.sizes.events)

    def _make_pool(self) -> None:
        """The pool of pileup, which is kept: the first job would take longer than those after it."""
        if not self._pool_made:
            self._generated(1, 1, 1, "")
            self._pool_made = True

    def _generated(
        self, workers: int, events: int, events_per_shard: int, scheduler: str
    ) -> tuple[float, int, int]:
        """Seconds, jets and bytes of a dataset; without a scheduler by the pool of our own."""
        data = self.folder / f"generated-{scheduler}-{workers}-{events}-{events_per_shard}"
        given = ("--scheduler", scheduler) if scheduler else ()
        ran = self.run(
            *("generate", "--process", "ww", "--events", events, "--events-per-shard", events_per_shard),
            *("--seed", 7, *given, "--processes", workers, "--output", data, "--quiet"),
        )
        return ran.seconds, *_removed(data)

    def dask(self) -> None:
        """A scheduler beside the pool of our own: two processes, 400 events a shard, in turns."""
        self._make_pool()
        seconds: dict[str, list[float]] = {"local": [], "": []}
        for _ in range(self.sizes.dask_rounds):
            for scheduler, taken in seconds.items():
                taken.append(self._generated(2, self.sizes.dask_events, 400, scheduler)[0])
        for scheduler, taken in seconds.items():
            what = "generate --scheduler local" if scheduler else "generate, pool of its own"
            for each in taken:
                self.results.row(
                    "run", what, workers=2, events=self.sizes.dask_events, seconds=each, events_per_shard=400
                )
        self.results.figure(
            "dask_overhead", statistics.median(seconds["local"]) / statistics.median(seconds[""])
        )

    def simulate(self) -> None:
        """The same of `simulate` with the bundle `cells`."""
        target = self.unit("target")

        def source(pairs: int) -> Path:
            path = self.folder / f"source-{pairs}"
            return path if path.exists() else repeated(target, path, pairs // self.sizes.unit)

        def once(workers: int, pairs: int) -> tuple[float, int, int]:
            data = self.folder / f"simulated-{workers}-{pairs}"
            ran = self.run(
                *("simulate", source(pairs), "--events-per-shard", 500),
                *("--scheduler", "local", "--processes", workers, "--output", data, "--quiet"),
            )
            return ran.seconds, *_removed(data)

        short, long = (times * self.sizes.unit for times in self.sizes.simulated)
        found = self._two_lengths("simulate", once, (short, long), "pairs")
        self._cost("simulate, `cells`", found, (short, long))

    def _two_lengths(
        self,
        verb: str,
        once: Callable[[int, int], tuple[float, int, int]],
        lengths: tuple[int, int],
        unit: str,
    ) -> dict[tuple[int, int], tuple[float, int, int]]:
        short, long = lengths
        found = {(1, short): once(1, short)}
        # In turns: a machine that others share is not always equally fast.
        taken: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(self.sizes.turns):
            for workers, seconds in taken.items():
                found[workers, long] = once(workers, long)
                seconds.append(found[workers, long][0])
        twice = [(2, 2 * long)] if self.sizes.weak else []
        for workers, n in twice:
            found[workers, n] = once(workers, n)
        for workers, seconds in taken.items():
            found[workers, long] = (statistics.median(seconds), *found[workers, long][1:])
            for each in seconds:
                self._ran(verb, workers, unit, long, each)
        for workers, n in ((1, short), *twice):
            self._ran(verb, workers, unit, n, found[workers, n][0])
        for workers, n in ((1, long), *twice):
            at = found[workers, n][0]
            self.results.row("weak", verb, workers=workers, n=n, unit=unit, seconds=at, per_s=n / at)
        self.results.figure(f"{verb}_speedup_2", statistics.median(taken[1]) / statistics.median(taken[2]))
        return found

    def _ran(self, verb: str, workers: int, unit: str, n: int, seconds: float) -> None:
        row: dict[str, Any] = {"workers": workers, unit: n, "seconds": seconds}
        self.results.row("run", f"{verb} --scheduler local", **row)

    def train(self) -> None:
        """Two ranks beside one, in turns, and one with half the batch: what a rank has to do at least."""
        for name, (recipe, batch, pairs) in self.sizes.training.items():
            data = _first(self.unit("target"), self.folder / f"train-{pairs}.h5", pairs)
            whole, half = (self._recipe(recipe, size) for size in (batch, batch // 2))
            runs = {"one": (whole, 1), "two": (whole, 2), "half": (half, 1)}
            speeds: dict[str, list[float]] = {which: [] for which in runs}
            for _ in range(self.sizes.turns):
                for which, (file, ranks) in runs.items():
                    of = batch if which != "half" else batch // 2
                    ran, speed = self._trained(file, data, ranks)
                    speeds[which].append(speed)
                    told = {"seconds": ran.seconds, "per_s": speed, "peak_mb": ran.peak_mb}
                    what = f"train {recipe}, batches of {of}, torchrun"
                    self.results.row("run", what, workers=ranks, pairs=pairs, **told)
            one, two, alone = (statistics.median(its) for its in speeds.values())
            self.results.figure(f"train_speedup_2{name}", two / one)
            self.results.figure(f"train_limit_2{name}", 2 * alone / one)
            if not name.endswith("large"):
                self._cost_row(f"train, `{recipe}`, an epoch", 0.0, 1 / one, 0.0)

    def _recipe(self, name: str, batch: int) -> Path:
        """A recipe of the package with batches of that size."""
        from pyjetsim.train.recipe import load_recipe
        from pyjetsim.train.scan.plan import recipe_content

        settings = recipe_content(load_recipe(name))
        settings["optimiser"]["batch_size"] = batch
        path = self.folder / f"{name}-{batch}.toml"
        path.write_text(tomli_w.dumps(settings))
        return path

    def _trained(self, recipe: Path, data: Path, ranks: int) -> tuple[Ran, float]:
        """Two epochs: the whole run, and jets a second of the last epoch."""
        run = self.folder / "run"
        launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", ranks)
        words = ("-m", "pyjetsim", "train", recipe, "--data", data, "--output", run)
        ran = program([*launcher, *words, "--epochs", 2, "--threads", 1], self.folder, self.sizes.limit)
        speed = last_epoch(run)
        shutil.rmtree(run)
        return ran, speed

    def loader(self) -> None:
        """Pairs a second of a shuffle through a dataset, in one process; hashed before."""
        from pyjetsim._utils.processes import available_processes
        from pyjetsim.io.dataset import PairsDataset

        data = repeated(self.unit("target"), self.folder / "loaded", self.sizes.loader)
        speeds = []
        with PairsDataset(data) as many:
            for epoch in range(3):
                start = time.perf_counter()
                n = sum(len(pairs) for pairs in many.shuffled(256, seed=epoch))
                speeds.append(n / (time.perf_counter() - start))
        told = {"pairs": n, "first_per_s": speeds[0], "per_s": max(speeds[1:])}
        threads = available_processes()
        self.results.row("run", "PairsDataset.shuffled, batches of 256", workers=threads, **told)
        self.results.figure("loader_jets_per_s", max(speeds[1:]))

    def plan(self) -> None:
        """Until the first shard is made, with nothing there and with all but one; and the index of all."""
        from _scaling_plan import planned

        n = self.sizes.shards
        found = planned(self.folder / "planned", n)
        for what, value in found.items():
            self.results.row("plan", what, shards=n, value=value)
        name = f"plan_{n // 1000}k_shards_s"
        fresh, resumed = found["new: until the first shard, s"], found["resumed: until the first shard, s"]
        self.results.figure(name, max(fresh, resumed))

    def evaluate(self) -> None:
        """Two lengths, both above the number of pairs that are kept."""
        n = {times: times * self.sizes.unit for times in self.sizes.evaluated}
        found = {}
        for times, pairs in n.items():
            sides = {
                name: repeated(self.unit(name), self.folder / f"{name}-{times}", times)
                for name in ("target", "prediction")
            }
            ran = self.run(
                *("evaluate", "--target", sides["target"], "--prediction", sides["prediction"]),
                *("--output", self.folder / f"report-{times}", "--skip", "trees", "sets", "distances"),
                *("--max-pairs", self.sizes.max_pairs),
                limit=3 * self.sizes.limit,
            )
            found[pairs] = ran
            for side in sides.values():
                shutil.rmtree(side)  # gigabytes
            self.results.row("run", "evaluate", pairs=pairs, seconds=ran.seconds, peak_mb=ran.peak_mb)
            if pairs == 2_000_000:
                self.results.figure("evaluate_2m_pairs_mb", ran.peak_mb)
        (short, first), (long, last) = found.items()
        slope = (last.seconds - first.seconds) / (long - short)
        self._cost_row("evaluate", first.seconds - slope * short, slope, 0.0)

    def _cost(
        self, stage: str, found: dict[tuple[int, int], tuple[float, int, int]], lengths: tuple[int, int]
    ) -> None:
        """Of one worker, from two lengths; jets are those in the files."""
        (first, few, _), (last, many, size) = (found[1, n] for n in lengths)
        slope = (last - first) / (many - few)
        self._cost_row(stage, first - slope * few, slope, size / many)

    def _cost_row(self, stage: str, fixed: float, per_jet: float, size: float) -> None:
        hours = {f"core_h_{name}": (fixed + per_jet * n) / 3600 for name, n in PREDICTED.items()}
        disk = {f"gb_{name}": size * n / 1e9 for name, n in PREDICTED.items()}
        self.results.row(
            "cost",
            stage,
            fixed_s=fixed,
            core_s_per_million=1e6 * per_jet,
            gb_per_million=size * 1e6 / 1e9,
            **hours,
            **disk,
        )


def _removed(data: Path) -> tuple[int, int]:
    """Jets and bytes of a dataset, which is removed: the next run makes it anew."""
    from pyjetsim.io.dataset import read_index

    found = read_index(data).pairs, size_of(data)
    shutil.rmtree(data)
    return found


def _first(source: Path, path: Path, pairs: int) -> Path:
    """A file of the first pairs of another one."""
    from pyjetsim.io import PairsFile, write_pairs

    with PairsFile(source) as file:
        write_pairs(path, file.read(0, pairs), file.provenance)
    return path


def parser() -> argparse.ArgumentParser:
    """The bench's options."""
    options = _common.parser(__doc__)
    options.formatter_class = argparse.RawDescriptionHelpFormatter
    options.add_argument(
        "--steps", nargs="+", metavar="NAME", help="only these; FILE keeps what it has of the others"
    )
    return options


def measure(options: argparse.Namespace, results: Results, folder: Path) -> None:
    """Make all steps, or those that are asked for."""
    bench = Bench(Sizes(options.quick), results, folder)
    if options.steps:
        results.keep(options.json, options.steps)
    for name, call in bench.steps().items():
        if not options.steps or name in options.steps:
            results.step(name, call)
    for name, wanted in WANTED.items():
        if name in results.figures:
            results.row("wanted", name, value=results.figures[name], wanted=wanted)


def main() -> None:
    options = _common.parsed(parser())
    _common.use_threads(1)
    # Data sets of some gigabytes: not where memory serves as a disk.
    where = os.environ.get("TMPDIR", "/var/tmp")
    with (
        tempfile.TemporaryDirectory(dir=where) as folder,
        Results(options.json, quick=options.quick) as results,
    ):
        measure(options, results, Path(folder))


if __name__ == "__main__":
    main()
