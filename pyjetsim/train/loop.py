"""The training loop: epochs over a table of pairs, logged, checkpointed, resumable."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from pyjetsim import __version__, ops
from pyjetsim._utils.output import check_file, locked, write_whole
from pyjetsim.detector import Conditions
from pyjetsim.errors import TrainingError, TrainingStopped
from pyjetsim.io.run_folder import (
    CACHE,
    CHECKPOINTS,
    LAST,
    LOG,
    RUN,
    STOPPED,
    TENSORBOARD,
    check_place,
    discard,
    epoch_path,
    read_log,
    write_selection,
)
from pyjetsim.jets.noise import stream_seed
from pyjetsim.models import Model
from pyjetsim.tasks import Task
from pyjetsim.train.checkpoint import (
    Checkpoint,
    check_same_data,
    check_same_recipe,
    load_checkpoint,
    load_weights,
    save_checkpoint,
)
from pyjetsim.train.conditions import training_conditions
from pyjetsim.train.data import TrainingData, prepare, source_files
from pyjetsim.train.devices import described, device_errors, place, restore
from pyjetsim.train.epoch import train_epoch
from pyjetsim.train.log import TrainingLog
from pyjetsim.train.processes import Processes, joined
from pyjetsim.train.recipe import Recipe
from pyjetsim.train.select import measure_scores, select_epoch
from pyjetsim.train.steps import compile_errors, loss_of_steps
from pyjetsim.train.stop import Stop, Stopping, Within


def train(
    recipe: Recipe,
    data: Path | Sequence[Path],
    run: Path,
    *,
    resume: bool = False,
    threads: int | None = None,
    device: str = "auto",
    quiet: bool = False,
    stop: Stop | None = None,
    each_epoch: Callable[[dict[str, Any]], object] | None = None,
) -> dict[str, Any] | None:
    """Train a model by a recipe.

    Parameters
    ----------
    recipe : Recipe
        The whole training; see :func:`load_recipe`.
    data : Path or sequence of Path
        One jets.h5 or several.
    run : Path
        The folder of the training. It gets ``run.json`` (the recipe and what it was trained on),
        ``log.jsonl``, ``tensorboard/``, ``checkpoints/`` and ``selection.json``.
    resume : bool
        Go on from the last finished epoch. With the same number of threads the numbers are those of an
        uninterrupted run.
    threads : int, optional
        Threads of torch; None: as torch is set.
    device : str
        "auto", "cpu", "cuda", "cuda:N" or "mps". A training may be resumed on another one, where numbers
        differ by rounding.
    quiet : bool
        Print nothing.
    stop : Stop, optional
        Asks, from another thread or a signal's handler, to keep the state after the step that is being taken
        and to end.
    each_epoch : callable, optional
        Called with the log's entry of each epoch when all of it is kept. What it raises ends the training.

    Returns
    -------
    dict, optional
        The content of ``selection.json``: best epoch and its score. None if none was measured.

    Raises
    ------
    TrainingError
        For NaN, a folder in use or with other content, nothing to resume, a checkpoint of another training,
        no data, data of different detectors, no memory left on the device, another process that is gone.
    TrainingStopped
        Where ``stop`` asked for it: ``resume`` goes on from that step.
    RecipeError
        Where the model needs a detector that the data do not tell, or the recipe names another one.
    InputError
        For a device that is not there.
    DataError
        For a jets.h5 that cannot be used.

    Notes
    -----
    However it ends, by Ctrl-C too, the finished epochs are kept; where none was finished, nothing is.

    In several processes that torchrun started, each takes its rows of every batch, and their gradients and
    losses are added: the numbers are those of one process but for rounding. The first one alone writes.

    Examples
    --------
    >>> recipe = load_recipe("quickstart").with_epochs(2)
    >>> selection = train(recipe, Path("ww.h5"), Path("runs/mine"), quiet=True)
    """
    if threads is not None:
        torch.set_num_threads(threads)
    with joined() as processes:
        processes.check(recipe)
        place = processes.device(device)
        quiet = quiet or not processes.first
        with _held(run, resume) if processes.first else nullcontext():
            previous = processes.from_first(lambda: _previous(recipe, run))
            if previous is None and resume and not quiet:
                print(f"note: no epoch was finished in {run}: training begins anew")
            if previous is None or previous.epoch < recipe.training.epochs:
                _train(recipe, data, run, previous, place, quiet, processes, stop or Stop(), each_epoch)
            return processes.from_first(lambda: _select(run, recipe))


@contextmanager
def _held(run: Path, resume: bool) -> Generator[None]:
    """The run folder, for one process alone; what was made of nothing finished is removed."""
    check_place(run, resume=resume)
    new = not run.exists()
    try:
        with locked(run, TrainingError):
            check_place(run, resume=resume)  # Again: another training may have been there meanwhile.
            try:
                # What is written at the end of an epoch, before all the work.
                for path in (run / LOG, run / TENSORBOARD / "events", run / CHECKPOINTS / LAST):
                    check_file(path)
                yield
            except BaseException:
                discard(run)
                raise
            finally:
                shutil.rmtree(run / CACHE, ignore_errors=True)
    except BaseException:
        if new:
            with suppress(OSError):
                run.rmdir()  # Empty, where nothing was finished.
        raise


def _previous(recipe: Recipe, run: Path) -> Checkpoint | None:
    """Where to go on: within an epoch, or after the last that was finished."""
    found = []
    for name in (LAST, STOPPED):
        path = run / CHECKPOINTS / name
        if path.is_file():
            found.append(load_checkpoint(path))
            check_same_recipe(found[-1], recipe, path, before_data=True)
    # A kill after an epoch was finished may have left one that was stopped within it.
    return max(found, key=lambda each: (each.epoch, each.within is not None)) if found else None


@dataclass(frozen=True)
class _Beginning:
    """What the first process made of recipe and data, for all."""

    recipe: Recipe
    tables: TrainingData
    provenance: dict[str, Any]


def _begin(
    recipe: Recipe, data: Path | Sequence[Path], run: Path, device: torch.device, processes: Processes
) -> _Beginning:
    conditions = training_conditions(recipe, source_files(data))
    recipe = recipe.for_conditions(conditions)
    padding = recipe.standardisation.include_padding
    task, cuts, weight = recipe.new_task(), recipe.data.cuts, recipe.data.weight
    tables = prepare(data, run / CACHE, task, _new_model(recipe), cuts, padding, weight)
    return _Beginning(recipe, tables, _provenance(data, conditions, tables, device, processes))


def _new_model(recipe: Recipe) -> Model:
    """Its weights are drawn on the CPU: the same on every device."""
    torch.manual_seed(stream_seed("weights", recipe.training.seed))
    return recipe.new_model()


def _train(
    recipe: Recipe,
    data: Path | Sequence[Path],
    run: Path,
    previous: Checkpoint | None,
    device: torch.device,
    quiet: bool,
    processes: Processes,
    stop: Stop,
    each_epoch: Callable[[dict[str, Any]], object] | None,
) -> None:
    begun = processes.from_first(lambda: _begin(recipe, data, run, device, processes))
    recipe, tables, provenance = begun.recipe, begun.tables, begun.provenance
    tables.check_there()
    model = _new_model(recipe)
    model.set_standardisation(**tables.standardisation)
    if not quiet:
        print(f"device: {provenance['device']}")
        if model.uses_ops and not ops.has_kernels(device):
            print(f"note: pyjetsim.ops has no kernels for {device} here; its definitions in PyTorch are used")
    compiled = recipe.training.compile
    with device_errors(device, "the finished epochs are kept", TrainingError), compile_errors(compiled):
        place(model, device)
        # The fused kernel does the same arithmetic in a quarter of the time.
        optimiser = torch.optim.Adam(model.parameters(), lr=recipe.optimiser.learning_rate, fused=True)
        if previous is not None:
            last = run / CHECKPOINTS / (LAST if previous.within is None else STOPPED)
            check_same_recipe(previous, recipe, last)
            check_same_data(previous, provenance["data"], last)
            load_weights(model, previous, last)
            if previous.optimiser is not None:
                restore(optimiser, previous.optimiser)
        if processes.first:
            content = {"recipe": recipe.model_dump(mode="json"), **provenance}
            write_whole(run / RUN, json.dumps(content, indent=2) + "\n")
        _epochs(
            recipe, run, model, optimiser, tables, provenance, previous, quiet, processes, stop, each_epoch
        )


def _epochs(
    recipe: Recipe,
    run: Path,
    model: Model,
    optimiser: torch.optim.Optimizer,
    tables: TrainingData,
    provenance: dict[str, Any],
    previous: Checkpoint | None,
    quiet: bool,
    processes: Processes,
    stop: Stop,
    each_epoch: Callable[[dict[str, Any]], object] | None,
) -> None:
    task = recipe.new_task()
    step_loss = loss_of_steps(model, recipe.training.precision, recipe.training.compile)
    done = 0 if previous is None else previous.epoch
    within = Within(**((previous and previous.within) or {}))

    def checkpoint(epoch: int) -> Checkpoint:
        return Checkpoint(
            epoch,
            recipe.model_dump(mode="json"),
            model.state_dict(),
            optimiser.state_dict(),
            tables.domain.as_json(),
            provenance,
        )

    with ExitStack() as stack:
        log = stack.enter_context(TrainingLog(run, done)) if processes.first else None
        stack.enter_context(stop.awaited())
        for epoch in range(done + 1, recipe.training.epochs + 1):
            measured = epoch % recipe.select.every == 0 or epoch == recipe.training.epochs
            try:
                entry = train_epoch(
                    model, optimiser, tables, recipe, epoch, quiet, step_loss, processes, stop, within
                )
                if measured:
                    entry |= _measure(recipe, task, model, tables, processes, stop)
            except Stopping:
                if processes.first:
                    stopped = replace(checkpoint(epoch - 1), within=within.as_dict())
                    save_checkpoint(run / CHECKPOINTS / STOPPED, stopped)
                raise TrainingStopped(
                    f"training in {run} was stopped after batch {within.batch} of epoch {epoch}",
                    "its state is kept",
                    "run the same command with --resume to go on from there",
                ) from None
            within = Within()
            if log is None:
                continue
            if measured:
                save_checkpoint(epoch_path(run, epoch), replace(checkpoint(epoch), optimiser=None))
            # The log before the checkpoint: what is logged too much is dropped on resuming.
            log.append({key: value for key, value in entry.items() if value is not None})
            save_checkpoint(run / CHECKPOINTS / LAST, checkpoint(epoch))
            (run / CHECKPOINTS / STOPPED).unlink(missing_ok=True)
            _select(run, recipe)
            if not quiet:
                print(_line(entry, recipe, task), flush=True)
            if each_epoch is not None:
                each_epoch(entry)


def _measure(
    recipe: Recipe, task: Task, model: Model, tables: TrainingData, processes: Processes, stop: Stop
) -> dict[str, Any]:
    """The scores, which the first process measures alone."""

    def scores() -> dict[str, Any] | None:
        try:
            return measure_scores(
                task,
                model,
                tables.validation,
                recipe.select.cuts,
                recipe.training.seed,
                by_length=recipe.optimiser.sort_by_length,
                stop=stop,
            )
        except Stopping:
            return None

    found = processes.from_first(scores)
    if found is None:
        raise Stopping
    return found


def _select(run: Path, recipe: Recipe) -> dict[str, Any] | None:
    selection = select_epoch(recipe.new_task(), read_log(run), recipe.select)
    if selection is not None:
        write_selection(run, selection)
    return selection


def _provenance(
    data: Path | Sequence[Path],
    conditions: Conditions,
    tables: TrainingData,
    device: torch.device,
    processes: Processes,
) -> dict[str, Any]:
    several = f", {processes.world} processes" if processes.world > 1 else ""
    return {
        "pyjetsim": __version__,
        "torch": str(torch.__version__),  # a plain string: checkpoints hold no classes
        "python": platform.python_version(),
        "device": described(device) + several,
        "data_file": ", ".join(file.name for file in source_files(data)),
        "conditions": conditions.as_provenance(),
        "data": {
            "provenance": tables.provenance,
            "train": len(tables.train),
            "validation": len(tables.validation),
        },
    }


def _line(entry: dict[str, Any], recipe: Recipe, task: Task) -> str:
    score = entry.get(task.score_name)
    return (
        f"epoch {entry['epoch']:>4}/{recipe.training.epochs}  loss {entry['train']['total']:.2f}"
        f"  validation {entry['validation']['total']:.2f}  {entry['train_jets_per_s']:.0f} jets/s"
        + (f"  {task.score_label} {score['sum']:.4f}" if score else "")
    )
