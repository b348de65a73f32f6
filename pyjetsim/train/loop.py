"""The training loop: epochs over a table of pairs, logged, checkpointed, resumable."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from pyjetsim import __version__
from pyjetsim.errors import TrainingError
from pyjetsim.output import locked, write_whole
from pyjetsim.train.checkpoint import (
    LAST,
    Checkpoint,
    check_same_data,
    check_same_recipe,
    epoch_path,
    load_checkpoint,
    load_weights,
    save_checkpoint,
)
from pyjetsim.train.data import TrainingData, prepare, source_files
from pyjetsim.train.epoch import train_epoch
from pyjetsim.train.log import TrainingLog, read_log
from pyjetsim.train.recipe import Recipe
from pyjetsim.train.select import measure_kld, select_epoch, write_selection

_CACHE = "cache"


def train(
    recipe: Recipe,
    data: Path | Sequence[Path],
    run: Path,
    *,
    resume: bool = False,
    threads: int | None = None,
    quiet: bool = False,
) -> dict[str, Any] | None:
    """Train by ``recipe`` on the pairs of ``data`` (one jets.h5 or several) into the folder ``run``.

    The folder gets ``run.json`` (the recipe and what it was trained on), ``log.jsonl``,
    ``tensorboard/``, ``checkpoints/`` and ``selection.json``. ``resume`` goes on from the last
    finished epoch and, with the same number of threads, gives the numbers of an uninterrupted run.

    Returns:
        The selection: best epoch and its KLD. None if no KLD was measured.

    Raises:
        TrainingError: NaN, a folder in use, a checkpoint of another training, no data.
        DataError: for a jets.h5 that cannot be used.

    Whatever ends it, Ctrl-C too, the finished epochs are kept.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    new = not run.exists()
    try:
        with locked(run, TrainingError):
            try:
                previous = _previous(recipe, run, resume)
                if previous is None or previous.epoch < recipe.training.epochs:
                    _train(recipe, data, run, previous, quiet)
            finally:
                shutil.rmtree(run / _CACHE, ignore_errors=True)
            return _select(run, recipe)
    except BaseException:
        if new and not (run / "checkpoints" / LAST).is_file():
            shutil.rmtree(run, ignore_errors=True)  # Nothing was finished in it.
        raise


def _previous(recipe: Recipe, run: Path, resume: bool) -> Checkpoint | None:
    last = run / "checkpoints" / LAST
    if not last.is_file():
        return None
    if not resume:
        raise TrainingError(
            f"{run} holds a training already",
            "it would be overwritten",
            "add --resume to go on, or name another folder",
        )
    previous = load_checkpoint(last)
    check_same_recipe(previous, recipe, last)
    return previous


def _train(
    recipe: Recipe, data: Path | Sequence[Path], run: Path, previous: Checkpoint | None, quiet: bool
) -> None:
    torch.manual_seed(recipe.training.seed)
    model = recipe.new_model()
    tables = prepare(
        data,
        run / _CACHE,
        recipe.data.cuts,
        model.config.max_constituents,
        recipe.standardisation.include_padding,
        max_reco_constituents=model.max_reco_constituents,
        training_tensors=model.training_tensors,
    )
    provenance = _provenance(data, tables)
    model.set_standardisation(tables.gen, tables.reco)
    # The fused kernel does the same arithmetic in a quarter of the time.
    optimiser = torch.optim.Adam(model.parameters(), lr=recipe.optimiser.learning_rate, fused=True)
    if previous is not None:
        last = run / "checkpoints" / LAST
        check_same_data(previous, provenance["data"], last)
        load_weights(model, previous, last)
        if previous.optimiser is not None:
            optimiser.load_state_dict(previous.optimiser)
    described = {"recipe": recipe.model_dump(mode="json"), **provenance}
    write_whole(run / "run.json", json.dumps(described, indent=2) + "\n")

    done = 0 if previous is None else previous.epoch
    with TrainingLog(run, done) as log:
        for epoch in range(done + 1, recipe.training.epochs + 1):
            entry = train_epoch(model, optimiser, tables, recipe, epoch, quiet)
            checkpoint = Checkpoint(
                epoch,
                recipe.model_dump(mode="json"),
                model.state_dict(),
                optimiser.state_dict(),
                tables.domain.as_json(),
                provenance,
            )
            if epoch % recipe.select.every == 0 or epoch == recipe.training.epochs:
                entry["kld"] = measure_kld(
                    model,
                    tables.validation,
                    recipe.select.cuts,
                    recipe.training.seed,
                    by_length=recipe.optimiser.sort_by_length,
                )
                save_checkpoint(epoch_path(run, epoch), replace(checkpoint, optimiser=None))
            # The log before the checkpoint: what is logged too much is dropped on resuming.
            log.append({key: value for key, value in entry.items() if value is not None})
            save_checkpoint(run / "checkpoints" / LAST, checkpoint)
            _select(run, recipe)
            if not quiet:
                print(_line(entry, recipe), flush=True)


def _select(run: Path, recipe: Recipe) -> dict[str, Any] | None:
    selection = select_epoch(read_log(run), recipe.select.mass_pt_kld_max)
    if selection is not None:
        write_selection(run, selection)
    return selection


def _provenance(data: Path | Sequence[Path], tables: TrainingData) -> dict[str, Any]:
    return {
        "pyjetsim": __version__,
        "torch": str(torch.__version__),  # a plain string: checkpoints hold no classes
        "python": platform.python_version(),
        "data_file": ", ".join(file.name for file in source_files(data)),
        "data": {
            "provenance": tables.provenance,
            "train": len(tables.train),
            "validation": len(tables.validation),
        },
    }


def _line(entry: dict[str, Any], recipe: Recipe) -> str:
    kld = entry.get("kld")
    return (
        f"epoch {entry['epoch']:>4}/{recipe.training.epochs}  loss {entry['train']['total']:.2f}"
        f"  validation {entry['validation']['total']:.2f}  {entry['train_jets_per_s']:.0f} jets/s"
        + (f"  KLD {kld['sum']:.4f}" if kld else "")
    )
