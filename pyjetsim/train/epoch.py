"""One epoch: train on the shuffled table, then validate, with every component of the loss."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from pyjetsim.errors import TrainingError
from pyjetsim.models import JetModel, LossConfig
from pyjetsim.progress import Progress
from pyjetsim.train.data import TrainingData
from pyjetsim.train.recipe import Recipe
from pyjetsim.train.schedule import rate_factor
from pyjetsim.train.table import PairTable

_VALIDATION_BATCH = 512


def train_epoch(
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
    settings, loss = recipe.optimiser, recipe.loss_settings
    order = np.random.default_rng(shuffle_seed)
    steps = math.ceil(len(tables.train) / settings.batch_size)
    means = _Means()
    model.train()
    name = f"epoch {epoch}/{recipe.training.epochs}"
    with Progress(name, len(tables.train), unit="jets", transient=True, quiet=quiet) as progress:
        batches = tables.train.batches(settings.batch_size, order, by_length=settings.sort_by_length)
        for index, batch in enumerate(batches):
            components = model.loss(batch, loss)
            _check_finite(components, f"batch {index} of epoch {epoch}")
            optimiser.zero_grad()
            components["total"].backward()  # type: ignore[no-untyped-call]
            if settings.clip_norm is not None:
                nn.utils.clip_grad_norm_(model.parameters(), settings.clip_norm)
            done = (epoch - 1 + index / steps) / recipe.training.epochs
            for group in optimiser.param_groups:
                group["lr"] = settings.learning_rate * rate_factor(settings.schedule, done)
            optimiser.step()
            means.add(components, len(batch.gen))
            progress.advance(len(batch.gen))
    trained = time.perf_counter()
    validation = validate(model, tables.validation, loss, by_length=settings.sort_by_length)
    return {
        "epoch": epoch,
        "train": means.result(),
        "validation": validation,
        "seconds": round(time.perf_counter() - started, 3),
        "train_jets_per_s": round(len(tables.train) / (trained - started), 1),
    }


@torch.no_grad()
def validate(
    model: JetModel, table: PairTable, loss: LossConfig, *, by_length: bool = False
) -> dict[str, float]:
    """Every component of the loss over a table, without dropout; ``by_length`` as the table has it."""
    model.eval()
    means = _Means()
    for batch in table.batches(_VALIDATION_BATCH, by_length=by_length):
        means.add(model.loss(batch, loss), len(batch.gen))
    return means.result()


def _check_finite(components: dict[str, Tensor], where: str) -> None:
    if torch.isfinite(components["total"]):
        return
    broken = [name for name, value in components.items() if name != "total" and not torch.isfinite(value)]
    raise TrainingError(
        f"the loss is not finite in {where}: {', '.join(broken) or 'total'}",
        "every weight would become NaN; the last finished epoch is kept",
        "lower optimiser.learning_rate or look at the data, then train anew",
    )


class _Means:
    """Mean of each component over jets."""

    def __init__(self) -> None:
        self._sums = dict[str, float]()
        self._jets = 0

    def add(self, components: dict[str, Tensor], jets: int) -> None:
        for name, value in components.items():
            self._sums[name] = self._sums.get(name, 0.0) + float(value.detach()) * jets
        self._jets += jets

    def result(self) -> dict[str, float]:
        return {name: value / self._jets for name, value in self._sums.items()}
