"""The training loop: epochs over a table of pairs, logged, checkpointed, resumable."""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor

from pyjetsim import __version__
from pyjetsim.errors import TrainingError
from pyjetsim.models import JetModel, model_named
from pyjetsim.output import storage_errors
from pyjetsim.train.checkpoint import (
    LAST,
    Checkpoint,
    check_same_training,
    epoch_path,
    load_checkpoint,
    load_weights,
    save_checkpoint,
    write_text,
)
from pyjetsim.train.data import PairTable, TrainingData, prepare
from pyjetsim.train.log import TrainingLog, read_log
from pyjetsim.train.loss import COMPONENTS, loss_components
from pyjetsim.train.recipe import LossRecipe, Recipe
from pyjetsim.train.select import measure_kld, select_epoch, write_selection

_VALIDATION_BATCH = 1024


def train(
    recipe: Recipe,
    data: Path,
    run: Path,
    *,
    resume: bool = False,
    threads: int | None = None,
    quiet: bool = False,
) -> dict[str, Any] | None:
    """Train by ``recipe`` on the pairs of ``data`` (jets.h5) into the folder ``run``.

    The folder gets ``recipe.toml``'s meaning as ``run.json``, ``log.jsonl``, ``tensorboard/``,
    ``checkpoints/`` and ``selection.json``. ``resume`` goes on from the last finished epoch and,
    with the same number of threads, gives the numbers of an uninterrupted run.

    Returns:
        The selection: best epoch and its KLD. None if no KLD was measured.

    Raises:
        TrainingError: NaN, a folder in use, a checkpoint of another training, no data.
        DataError: for a jets.h5 that cannot be used.
    """
    last = run / "checkpoints" / LAST
    if last.is_file() and not resume:
        raise TrainingError(
            f"{run} holds a training already",
            "it would be overwritten",
            "add --resume to go on, or name another folder",
        )
    previous = load_checkpoint(last) if last.is_file() else None
    if threads is not None:
        torch.set_num_threads(threads)
    with storage_errors(run):
        run.mkdir(parents=True, exist_ok=True)

    settings = recipe.model_config_of
    tables = prepare(
        data,
        run / "cache",
        recipe.data.cuts,
        settings.max_constituents,
        recipe.standardisation.include_padding,
    )
    described = {
        "provenance": tables.provenance,
        "train": len(tables.train),
        "validation": len(tables.validation),
    }
    torch.manual_seed(recipe.training.seed)
    model = model_named(recipe.model["name"])(settings)
    model.set_standardisation(tables.gen, tables.reco)
    # The fused kernel does the same arithmetic in a quarter of the time.
    optimiser = torch.optim.Adam(model.parameters(), lr=recipe.optimiser.learning_rate, fused=True)
    done = 0
    if previous is not None:
        check_same_training(previous, recipe, described, last)
        load_weights(model, previous, last)
        if previous.optimiser is not None:
            optimiser.load_state_dict(previous.optimiser)
        done = previous.epoch
    provenance = {
        "pyjetsim": __version__,
        "torch": str(torch.__version__),  # a plain string: checkpoints hold no classes
        "python": platform.python_version(),
        "data_file": data.name,
        "data": described,
    }
    write_text(
        run / "run.json",
        json.dumps({"recipe": recipe.model_dump(mode="json"), **provenance}, indent=2) + "\n",
    )

    with TrainingLog(run, done) as log, _interruption(run):
        for epoch in range(done + 1, recipe.training.epochs + 1):
            entry = _epoch(model, optimiser, tables, recipe, epoch, quiet)
            checkpoint = Checkpoint(
                epoch,
                recipe.model_dump(mode="json"),
                model.state_dict(),
                optimiser.state_dict(),
                tables.domain.as_json(),
                provenance,
            )
            if epoch % recipe.select.every == 0 or epoch == recipe.training.epochs:
                kld = measure_kld(model, tables.validation, recipe.select.cuts, recipe.training.seed)
                entry["kld"] = kld
                save_checkpoint(epoch_path(run, epoch), Checkpoint(**{**vars(checkpoint), "optimiser": None}))
            # The log before the checkpoint: what is logged too much is dropped on resuming.
            log.append({key: value for key, value in entry.items() if value is not None})
            save_checkpoint(last, checkpoint)
            selection = select_epoch(read_log(run), recipe.select.mass_pt_kld_max)
            if selection is not None:
                write_selection(run, selection)
            if not quiet:
                print(_line(entry, recipe), flush=True)
    for table in (tables.train, tables.validation):
        table.path.unlink()
    (run / "cache").rmdir()
    return select_epoch(read_log(run), recipe.select.mass_pt_kld_max)


@contextmanager
def _interruption(run: Path) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as error:
        raise TrainingError(
            f"training in {run} was interrupted",
            "the finished epochs are kept",
            "run the same command with --resume to go on",
        ) from error


def _epoch(
    model: JetModel,
    optimiser: torch.optim.Optimizer,
    tables: TrainingData,
    recipe: Recipe,
    epoch: int,
    quiet: bool,
) -> dict[str, Any]:
    """Train one epoch and validate. All randomness comes from (seed, epoch): resuming repeats it."""
    started = time.perf_counter()
    shuffle_seed, noise_seed = np.random.SeedSequence([recipe.training.seed, epoch]).spawn(2)
    torch.manual_seed(int(noise_seed.generate_state(1, np.uint64)[0]))
    batch_size = recipe.optimiser.batch_size
    means = _Means()
    model.train()
    with _progress(quiet) as progress:
        bar = progress.add_task(f"epoch {epoch}/{recipe.training.epochs}", total=len(tables.train))
        for index, (gen, reco) in enumerate(
            tables.train.batches(batch_size, np.random.default_rng(shuffle_seed))
        ):
            components = _components(model, gen, reco, recipe.loss)
            _check_finite(components, f"batch {index} of epoch {epoch}")
            optimiser.zero_grad()
            components["total"].backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            means.add(components, len(gen))
            progress.advance(bar, len(gen))
    trained = time.perf_counter()
    validation = validate(model, tables.validation, recipe.loss)
    return {
        "epoch": epoch,
        "train": means.result(),
        "validation": validation,
        "seconds": round(time.perf_counter() - started, 3),
        "train_jets_per_s": round(len(tables.train) / (trained - started), 1),
    }


@torch.no_grad()
def validate(model: JetModel, table: PairTable, loss: LossRecipe) -> dict[str, float]:
    """Every component of the loss over a table, without dropout."""
    model.eval()
    means = _Means()
    for gen, reco in table.batches(_VALIDATION_BATCH):
        means.add(_components(model, gen, reco, loss), len(gen))
    return means.result()


def _components(model: JetModel, gen: Tensor, reco: Tensor, loss: LossRecipe) -> dict[str, Tensor]:
    noise = torch.randn(len(gen), model.noise_size)
    return loss_components(model, model.predict(gen, noise), reco, loss)


def _check_finite(components: dict[str, Tensor], where: str) -> None:
    if torch.isfinite(components["total"]):
        return
    broken = [name for name in COMPONENTS if name != "total" and not torch.isfinite(components[name])]
    raise TrainingError(
        f"the loss is not finite in {where}: {', '.join(broken) or 'total'}",
        "every weight would become NaN; the last finished epoch is kept",
        "lower optimiser.learning_rate or look at the data, then train anew",
    )


class _Means:
    """Mean of each component over jets."""

    def __init__(self) -> None:
        self._sums = dict.fromkeys(COMPONENTS, 0.0)
        self._jets = 0

    def add(self, components: dict[str, Tensor], jets: int) -> None:
        for name in COMPONENTS:
            self._sums[name] += float(components[name].detach()) * jets
        self._jets += jets

    def result(self) -> dict[str, float]:
        return {name: value / self._jets for name, value in self._sums.items()}


def _progress(quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("jets"),
        TimeRemainingColumn(),
        transient=True,
        disable=quiet or not sys.stdout.isatty(),
    )


def _line(entry: dict[str, Any], recipe: Recipe) -> str:
    kld = entry.get("kld")
    return (
        f"epoch {entry['epoch']:>4}/{recipe.training.epochs}  loss {entry['train']['total']:.2f}"
        f"  validation {entry['validation']['total']:.2f}  {entry['train_jets_per_s']:.0f} jets/s"
        + (f"  KLD {kld['sum']:.4f}" if kld else "")
    )
