"""One epoch: train on the shuffled table, then validate, with every component of the loss."""

from __future__ import annotations

import math
import time
from typing import Any

import torch
from torch import Tensor, nn

from pyjetsim._utils.progress import Progress
from pyjetsim.errors import TrainingError
from pyjetsim.jets.noise import stream, stream_seed
from pyjetsim.models import LossConfig, Model
from pyjetsim.train.data import TrainingData
from pyjetsim.train.prefetch import on_device
from pyjetsim.train.recipe import Recipe
from pyjetsim.train.schedule import rate_factor
from pyjetsim.train.steps import Loss
from pyjetsim.train.table import Table, rows_of

_VALIDATION_BATCH = 512
_UNREAD = 32
"""Steps whose losses stay on a GPU: reading them waits for it."""


def train_epoch(
    model: Model,
    optimiser: torch.optim.Optimizer,
    tables: TrainingData,
    recipe: Recipe,
    epoch: int,
    quiet: bool,
    steps_by: Loss | None = None,
) -> dict[str, Any]:
    """Train one epoch and validate. All randomness comes from (seed, epoch): resuming repeats it.

    ``steps_by`` is the loss of the steps, such as a compiled one; None: the model's.
    """
    started = time.perf_counter()
    seed = recipe.training.seed
    torch.manual_seed(stream_seed("training noise", seed, epoch))
    settings, loss = recipe.optimiser, recipe.loss_settings
    order = stream("training order", seed, epoch)
    steps = math.ceil(len(tables.train) / settings.batch_size)
    step_loss = steps_by or model.loss
    means = _Means(model.device, f"batch {{}} of epoch {epoch}")
    model.train()
    name = f"epoch {epoch}/{recipe.training.epochs}"
    with Progress(name, len(tables.train), unit="jets", transient=True, quiet=quiet) as progress:
        batches = tables.train.batches(settings.batch_size, order, by_length=settings.sort_by_length)
        for index, batch in enumerate(on_device(batches, model.device)):
            components = step_loss(batch, loss)
            means.add(components, rows_of(batch))
            optimiser.zero_grad()
            components["total"].backward()  # type: ignore[no-untyped-call]
            if settings.clip_norm is not None:
                nn.utils.clip_grad_norm_(model.parameters(), settings.clip_norm)
            done = (epoch - 1 + index / steps) / recipe.training.epochs
            for group in optimiser.param_groups:
                group["lr"] = settings.learning_rate * rate_factor(settings.schedule, done)
            optimiser.step()
            progress.advance(rows_of(batch))
        trained_means = means.result()
    trained = time.perf_counter()
    validation = validate(model, tables.validation, loss, by_length=settings.sort_by_length)
    return {
        "epoch": epoch,
        "train": trained_means,
        "validation": validation,
        "seconds": round(time.perf_counter() - started, 3),
        "train_jets_per_s": round(len(tables.train) / (trained - started), 1),
    }


@torch.no_grad()
def validate(model: Model, table: Table, loss: LossConfig, *, by_length: bool = False) -> dict[str, float]:
    """Every component of the loss over a table, without dropout; ``by_length`` as the table has it."""
    model.eval()
    means = _Means(model.device)
    for batch in on_device(table.batches(_VALIDATION_BATCH, by_length=by_length), model.device):
        means.add(model.loss(batch, loss), rows_of(batch))
    return means.result()


def _check_finite(components: dict[str, float], where: str) -> None:
    if math.isfinite(components["total"]):
        return
    broken = [name for name, value in components.items() if name != "total" and not math.isfinite(value)]
    raise TrainingError(
        f"the loss is not finite in {where}: {', '.join(broken) or 'total'}",
        "every weight would become NaN; the last finished epoch is kept",
        "lower optimiser.learning_rate or look at the data, then train anew",
    )


class _Means:
    """Mean of each component over jets; with ``where`` one that is not finite is an error."""

    def __init__(self, device: torch.device, where: str | None = None) -> None:
        self._where = where
        self._unread = 1 if device.type == "cpu" else _UNREAD
        self._waiting: list[tuple[Tensor, int]] = []
        self._names: list[str] = []
        self._sums: list[float] = []
        self._jets = self._batches = 0

    def add(self, components: dict[str, Tensor], jets: int) -> None:
        if not self._names:
            self._names, self._sums = list(components), [0.0] * len(components)
        self._waiting.append((torch.stack([components[name].detach() for name in self._names]), jets))
        if len(self._waiting) >= self._unread:
            self._read()

    def _read(self) -> None:
        if not self._waiting:
            return
        values = torch.stack([each for each, _ in self._waiting]).tolist()
        for row, (_, jets) in zip(values, self._waiting, strict=True):
            if self._where is not None:
                _check_finite(dict(zip(self._names, row, strict=True)), self._where.format(self._batches))
            self._sums = [total + value * jets for total, value in zip(self._sums, row, strict=True)]
            self._jets += jets
            self._batches += 1
        self._waiting = []

    def result(self) -> dict[str, float]:
        self._read()
        return {name: total / self._jets for name, total in zip(self._names, self._sums, strict=True)}
