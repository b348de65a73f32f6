"""Simulate a jets.h5 or a dataset into a dataset, shard by shard."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pyjetsim._utils.processes import Advance
from pyjetsim.errors import DataError, InputError
from pyjetsim.io.dataset.folder import EVENTS_PER_SHARD
from pyjetsim.io.dataset.index import QUARANTINED, fingerprint
from pyjetsim.io.dataset.reader import PairsDataset
from pyjetsim.io.dataset.work import MakeShard, one_by_one, run_job, told_error
from pyjetsim.io.formats import GenBatch, Reading, format_of
from pyjetsim.io.given_options import check_options
from pyjetsim.io.inputs import open_pairs
from pyjetsim.io.jets_h5.reader import PairsFile
from pyjetsim.simulate.files import Summary, answer_all, provenance_of
from pyjetsim.simulate.simulator import load


@dataclass(frozen=True)
class DatasetJob:
    """The shards of a simulated dataset: neighbouring events of the source."""

    source: Path
    bundle: str | None
    seed: int
    reading: Reading
    oversample: int
    device: str
    backend: str
    library: str | None
    settings: dict[str, Any]
    whole_events: bool
    """No event has rows in two shards: then nobody needs the numbers of all."""
    begin: tuple[int, ...]
    """(S + 1,) where in the source each shard begins, and where the last one ends."""

    @property
    def n_shards(self) -> int:
        """S."""
        return len(self.begin) - 1

    def size(self, shard: int) -> int:
        """Jets of the source in a shard, of all splits, their copies counted."""
        return self.oversample * (self.begin[shard + 1] - self.begin[shard])

    def maker(self, advance: Advance) -> MakeShard:
        """A simulator, loaded once."""
        sim = load(self.bundle, 1, self.backend, self.library, self.device)
        task: Any = sim.task
        told = provenance_of(sim, task, self.source, self.seed, self.reading.split, self.oversample)
        if told["model_sha256"] != self.settings["model_sha256"]:
            raise DataError(
                f"the bundle {self.bundle} is another than when this began",
                "shards of two models would be one dataset",
                "choose another output, or put the bundle back and run the same command again",
            )

        def make(shard: int, path: Path) -> None:
            rows = (self.begin[shard], self.begin[shard + 1])
            reading = replace(self.reading, rows=rows, whole_events=self.whole_events)
            summary = Summary(path, task)
            left_out: list[dict[str, Any]] = []

            def failing(batch: GenBatch, error: Exception) -> list[tuple[GenBatch, Any]]:
                if self.device != "cpu":
                    raise error  # It may be the device that failed, and not an event.
                events, first = np.unique(batch.event, return_index=True)
                parts = [_rows(batch, batch.event == event) for event in events[np.argsort(first)]]
                answers = one_by_one(lambda i: task.answer(sim, items, parts[i], self.seed), len(parts))
                good = []
                for i, answer, wrong in answers:
                    if wrong is None:
                        good.append((parts[i], answer))
                    else:
                        event = int(parts[i].event[0])
                        left_out.append({"event": event, "seed": self.seed, "error": told_error(wrong)})
                return good

            with task.source(self.source, reading, sim) as items:
                made = provenance_of(sim, task, self.source, self.seed, reading.split, self.oversample)
                provenance = {**items.provenance, "simulation": made}
                with task.writer(path, provenance, items, sim) as writer:
                    answer_all(
                        task,
                        items,
                        self.source,
                        sim,
                        self.seed,
                        self.oversample,
                        writer,
                        summary,
                        advance,
                        failing,
                    )
                    told = {"counts": summary.counts, "complete": True}
                    if left_out:
                        told[QUARANTINED] = left_out
                    writer.provenance["simulation"] = {**made, **told}

        return make


def _rows(batch: GenBatch, inside: Any) -> GenBatch:
    """Some jets of a batch, those of one event, which begins here where its first jet does."""
    return batch._replace(
        gen=batch.gen[inside],
        event=batch.event[inside],
        jet=batch.jet[inside],
        n_vertices=batch.n_vertices[inside],
        n_events=int(bool((batch.jet[inside] == 0).any())),
        columns={name: values[inside] for name, values in batch.columns.items()},
    )


def simulate_dataset(
    source: Path,
    bundle: str | None,
    sim: Any,
    output: Path,
    seed: int,
    reading: Reading,
    *,
    oversample: int,
    device: str,
    backend: str,
    library: str | Path | None,
    events_per_shard: int | None,
    part: str | None,
    scheduler: str | None,
    processes: int | None,
    rntuple: bool,
    quiet: bool,
) -> Summary:
    """What :func:`pyjetsim.simulate.simulate` does where the output is a dataset."""
    began = time.perf_counter()
    per_shard = EVENTS_PER_SHARD if events_per_shard is None else events_per_shard
    task = sim.task
    if rntuple or not task.writes_pairs:
        what = "an RNTuple" if rntuple else f"objects of the task {task.name}"
        raise InputError(
            f"{what} would be the shards of a dataset",
            "a dataset holds pairs of jets, in jets.h5",
            "write one file: leave out --shard, --scheduler and --events-per-shard",
        )
    if per_shard < 1:
        raise InputError(f"events_per_shard is {per_shard}", "no event has room", "give at least 1")
    format = format_of(source)
    check_options(source, format, reading)
    if not format.holds_pairs:
        raise InputError(
            f"{source} is {format.name}, which is read from its beginning to its end",
            "each shard takes some of its events",
            "give a jets.h5 or a dataset, or a file for each job and one output for each",
        )
    with open_pairs(source) as file:
        if not isinstance(file, PairsFile | PairsDataset):
            raise InputError(
                f"{source} is {format.name}, which is read from its beginning to its end",
                "each shard takes some of its events",
                f"convert it first: pyjetsim convert {source} --output pairs.h5",
            )
        event, told = file.event, file.provenance.get("dataset")
    begins = np.flatnonzero(np.concatenate([[True], event[1:] != event[:-1]])) if len(event) else [0]
    begin = (*(int(row) for row in begins[::per_shard]), len(event))
    settings = {
        "verb": "simulate",
        "content": told or {"pairs": len(event), **fingerprint(source)},
        "events_per_shard": per_shard,
        "reading": {name: value for name, value in asdict(reading).items() if name != "given"},
        "cuts_given": sorted(reading.given),
        **provenance_of(sim, task, source, seed, reading.split, oversample),
    }
    # Workers may be in other folders.
    if bundle is not None and Path(bundle).exists():
        bundle = str(Path(bundle).absolute())
    if library is not None and Path(library).exists():
        library = Path(library).absolute()
    if processes is None and device != "cpu":
        processes = 1  # Each would load the model on the same device.
    job = DatasetJob(
        source.absolute(),
        bundle,
        seed,
        reading,
        oversample,
        device,
        backend,
        None if library is None else str(library),
        settings,
        len(np.unique(event)) == len(begins),
        begin,
    )
    done = run_job(
        job,
        output,
        part=part,
        scheduler=scheduler,
        processes=processes,
        name="simulate",
        unit=task.items,
        quiet=quiet,
    )
    summary = Summary(output, task, seconds=time.perf_counter() - began)
    for index in done.indices:
        counts = dict(index.provenance["simulation"]["counts"])
        summary.events += counts.pop("events")
        summary.jets += counts.pop(task.items)
        summary.add(counts)
    done.warn_of_quarantined()
    return summary
