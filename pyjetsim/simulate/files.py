"""From a file of gen jets or events to a file with their simulation."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyjetsim import _core
from pyjetsim._core import __version__
from pyjetsim._utils.progress import Progress
from pyjetsim._utils.terminal import counted
from pyjetsim.bundle.manifest import MODEL
from pyjetsim.errors import (
    DataError,
    DataWarning,
    IncompleteFileError,
    InputError,
    MissingExtraError,
    StorageError,
)
from pyjetsim.io import Split
from pyjetsim.io.formats import Reading, Source
from pyjetsim.io.outputs import JETS_H5, check_output
from pyjetsim.jets.event_ids import unsigned
from pyjetsim.simulate.simulator import load
from pyjetsim.tasks import Task

MOST_COPIES = 1000
"""Of a gen jet. More is a slip of the finger."""
_ROWS = 4096
"""Jets simulated at a time, their copies counted."""


@dataclass
class Summary:
    """What a simulation did."""

    output: Path
    task: Task
    events: int = 0
    jets: int = 0
    """Or other items of the task."""
    of_task: dict[str, int] = field(default_factory=dict)
    """What the task counts. For whole jets: ``truncated``, gen jets of which the model saw only the hardest
    constituents; ``outside_domain``, gen jets unlike those it was trained on; ``empty``, reco jets without
    constituents."""
    seconds: float = 0.0

    @property
    def jets_per_s(self) -> float:
        """Jets a second, reading and writing included."""
        return self.jets / self.seconds if self.seconds else 0.0

    @property
    def counts(self) -> dict[str, int]:
        """What goes into the provenance: no times, so that the same command gives the same file."""
        return {"events": self.events, self.task.items: self.jets, **self.of_task}

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it, with the names of ``pyjetsim-run --json``."""
        return {
            "output": str(self.output),
            **self.counts,
            "seconds": self.seconds,
            f"{self.task.items}_per_s": self.jets_per_s,
        }

    def add(self, counts: dict[str, int]) -> None:
        """Add what the task counted in a batch.

        Parameters
        ----------
        counts : dict of str to int
            By name, as in ``of_task``.
        """
        for name, count in counts.items():
            self.of_task[name] = self.of_task.get(name, 0) + count

    def __str__(self) -> str:
        told = self.task.told(self.of_task) if self.of_task else ""
        return (
            f"{self.output}: {counted(self.jets, self.task.item)} of {counted(self.events, 'event')} "
            f"simulated in {self.seconds:.1f} s ({self.jets_per_s:.0f} {self.task.items}/s)"
            + (f"; {told}" if told else "")
        )


def simulate(
    source: str | Path,
    bundle: str | Path | None,
    output: str | Path,
    seed: int,
    *,
    split: Split = "all",
    threads: int = 1,
    device: str = "cpu",
    backend: str = "auto",
    library: str | Path | None = None,
    gen_pt_min: float | None = None,
    gen_eta_max: float | None = None,
    number_events: bool = False,
    collections: Mapping[str, str] | None = None,
    mapping: str | None = None,
    oversample: int = 1,
    rntuple: bool = False,
    part: str | None = None,
    scheduler: str | None = None,
    events_per_shard: int | None = None,
    processes: int | None = None,
    quiet: bool = False,
) -> Summary:
    r"""Simulate the jets of ``source`` with a bundle and write them to ``output``.

    Parameters
    ----------
    source : str or Path
        A jets.h5, or ROOT or Parquet as it is written here; a file of a format that another package adds; or
        events whose gen jets are clustered here: HepMC (a file or a pipe, plain, gzip or Zstandard; ``-`` is
        the standard input), a Delphes tree, NanoAOD with candidates, EDM4hep, Parnassus, HepMC3's tree. Gen
        jets are made of stable particles without neutrinos within \|eta\| < 5, by the bundle's jet
        definition.
    bundle : str, Path or None
        As :func:`pyjetsim.load` takes it.
    output : str or Path
        What the bundle's task writes: for whole jets a jets.h5 (.h5, .hdf5, or no ending), with the gen jets
        passed on in the same order and their new reco, or with a name that ends in ``.root`` NanoAOD-like
        ROOT, in ``.parquet`` or ``.pq`` Parquet. With ``part``, ``scheduler`` or ``events_per_shard``
        the folder of a dataset.
    seed : int
        From 0 to 2^64 - 1. Noise is keyed by seed, run, luminosity block, event number, place in the event
        and copy.
    split : {"all", "train", "validation", "test"}
        Which events.
    threads : int
        That work on the jets; they do not change them.
    device, backend : str
        As :func:`pyjetsim.load` takes them.
    library : str or Path, optional
        As :func:`pyjetsim.load` takes it.
    gen_pt_min, gen_eta_max : float, optional
        Gen jets with pt above the first, in GeV, and \|eta\| below the second are simulated. None: of those
        that are clustered here, pt > 100 GeV and \|eta\| < 3.0; of those that a file has as such, all.
    number_events : bool
        Number events by their place in the file, from 0, instead of with its own numbers.
    collections : mapping, optional
        What "gen" particles are called, for EDM4hep of unusual names.
    mapping : str, optional
        What the arrays of a file mean, as ``--map`` says it.
    oversample : int
        K, simulations of each gen jet, one after the other, told apart by the column ``copy``, 0 to K - 1;
        the first is the one without.
    rntuple : bool
        Write ROOT as RNTuple instead of a TTree.
    part : str, optional
        "I/N": make the I-th of N parts of a dataset's shards only; the source is a jets.h5 or a dataset.
    scheduler : str, optional
        Make the shards of a dataset on dask.distributed: "local", or the address of a scheduler.
    events_per_shard : int, optional
        Of a dataset, counted where the event number changes; None: 10,000.
    processes : int, optional
        That make the shards of a dataset; None: one for each core. They do not change them.
    quiet : bool
        Show no progress.

    Returns
    -------
    Summary
        How many events and jets, what the task counts, and the time.

    Raises
    ------
    DataError
        Where the source cannot be used.
    IncompleteFileError
        For a HepMC file that is cut, after the events before the cut are simulated and written, with their
        :class:`Summary` as its ``finished``.
    InputError
        For arguments, and what the bundle's task does not do.
    BundleError
        Where the bundle cannot be used.
    MissingExtraError
        Where the package that reads or writes a format is not installed.
    ShardError
        Where shards of a dataset could not be made; the others are kept.
    StorageError
        Where the output cannot be written.

    Warns
    -----
    DataWarning
        For what is unusual but harmless about a file, where there are no jets, and where the jets have
        another R than those that the model was trained on.

    Notes
    -----
    An error other than ``IncompleteFileError``, and Ctrl-C, leaves no output. What else the source knows of
    gen jets and events is copied. Memory does not grow with the number of jets, but for their event numbers.
    """
    for name, value in (("source", source), ("output", output)):
        if not os.fspath(value):
            raise InputError(f"{name} is empty", "it is the name of a file", "name one")
    source, output = Path(source), Path(output)
    into_dataset = not (part is None and scheduler is None and events_per_shard is None)
    if not into_dataset:
        check_output(output, rntuple=rntuple)
    unsigned("seed", seed)
    if not 1 <= oversample <= MOST_COPIES:
        raise InputError(
            f"oversample is {oversample}",
            "each gen jet is simulated that often",
            f"give a whole number from 1 to {MOST_COPIES}",
        )
    if output.exists() and source.exists() and output.samefile(source):
        raise InputError(
            f"output {output} is the source", "it would be replaced", "choose another name for the output"
        )
    sim = load(bundle, threads, backend, library, device)
    task: Task = sim.task
    if oversample > 1 and not task.takes_copies:
        raise InputError(
            f"the task {task.name} does not simulate copies",
            "each would be the same",
            "leave out oversample, and use another seed for another simulation",
        )
    reading = Reading.of(
        split=split,
        gen_pt_min=gen_pt_min,
        gen_eta_max=gen_eta_max,
        number_events=number_events,
        collections=collections,
        mapping=mapping,
    )
    if into_dataset:
        from pyjetsim.simulate.dataset import simulate_dataset

        told = None if bundle is None else str(bundle)
        return simulate_dataset(
            source,
            told,
            sim,
            output,
            seed,
            reading,
            oversample=oversample,
            device=device,
            backend=backend,
            library=library,
            events_per_shard=events_per_shard,
            part=part,
            scheduler=scheduler,
            processes=processes,
            rntuple=rntuple,
            quiet=quiet,
        )
    if not task.writes_pairs:
        check_output(output, kinds=(JETS_H5,))
    summary = Summary(output, task)
    cut = None
    with task.source(source, reading, sim) as items:
        made = provenance_of(sim, task, source, seed, split, oversample)
        provenance = {**items.provenance, "simulation": made}
        more: dict[str, Any] = {"rntuple": True} if rntuple else {}
        with task.writer(output, provenance, items, sim, **more) as writer:
            try:
                n_items = None if items.n_jets is None else oversample * items.n_jets
                with Progress("simulate", n_items, unit=task.items, transient=True, quiet=quiet) as progress:
                    answer_all(task, items, source, sim, seed, oversample, writer, summary, progress.advance)
            except IncompleteFileError as error:
                if summary.events == 0:
                    raise
                cut = error
            if summary.jets == 0:
                warnings.warn(items.no_jets(), DataWarning, stacklevel=2)
            writer.provenance["simulation"] = {**made, "counts": summary.counts, "complete": cut is None}
    if cut is not None:
        kept = _core.kept_before(summary.events, os.fsencode(output))
        raise IncompleteFileError(cut.what, f"{cut.why}; {kept}", cut.todo, summary) from cut
    return summary


def answer_all(
    task: Task,
    items: Source,
    source: Path,
    sim: Any,
    seed: int,
    oversample: int,
    writer: Any,
    summary: Summary,
    advance: Callable[[int], None],
    failing: Callable[[Any, Exception], list[tuple[Any, Any]]] | None = None,
) -> None:
    """Write the answers to all items of a source, and count them.

    Where a batch fails, ``failing`` gives the parts of it that do not, with their answers; without, it is an
    error that names its rows.
    """
    began = time.perf_counter()
    for batch in _oversampled(items.batches(), oversample, source):
        n = len(batch.event)
        try:
            answers = [(batch, task.answer(sim, items, batch, seed))]
        except (StorageError, MissingExtraError, MemoryError):
            raise
        except Exception as error:
            if failing is not None:
                answers = failing(batch, error)
            elif isinstance(error, InputError):
                where = f"{source}: {task.items} {summary.jets} to {summary.jets + n - 1}"
                raise DataError(f"{where}: {error.what}", error.why, error.todo) from error
            else:
                raise
        for answered, answer in answers:
            writer.append(answer.items)
            summary.events += answered.n_events
            summary.jets += len(answered.event)
            summary.add(answer.counts)
        summary.seconds = time.perf_counter() - began
        advance(n)


def _oversampled(batches: Iterator[Any], copies: int, source: Path) -> Iterator[Any]:
    """Each jet, or event of objects, ``copies`` times; as many at a time as without."""
    for batch in batches:
        if copies == 1:
            yield batch
            continue
        if batch.has_copies:
            raise DataError(
                f"{source} has several simulations of each gen jet or event",
                "copies of copies could not be told apart",
                "oversample the file that they were made of",
            )
        yield from batch.copied(copies, _ROWS)


def provenance_of(
    sim: Any, task: Task, source: Path, seed: int, split: str, oversample: int
) -> dict[str, Any]:
    """How answers came about, without counts."""
    manifest = sim.manifest
    return {
        "pyjetsim": __version__,
        "source": source.name,
        "seed": int(seed),
        "oversample": oversample,
        "split": split,
        "model": manifest.model,
        "model_sha256": manifest.files[MODEL],
        **task.provenance(sim),
        "training": manifest.provenance,
    }
