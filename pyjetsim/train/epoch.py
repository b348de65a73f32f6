"""One epoch: train on the shuffled table, then validate, with every component of the loss."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pyjetsim.errors import TrainingError
from pyjetsim.models import JetModel
from pyjetsim.progress import Progress
from pyjetsim.train.data import PairTable, TrainingData
from pyjetsim.train.loss import COMPONENTS, loss_components
from pyjetsim.train.recipe import LossRecipe, Recipe

_VALIDATION_BATCH = 1024


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
    batch_size = recipe.optimiser.batch_size
    means = _Means()
    model.train()
    name = f"epoch {epoch}/{recipe.training.epochs}"
    with Progress(name, len(tables.train), unit="jets", transient=True, quiet=quiet) as progress:
        for index, (gen, reco) in enumerate(
            tables.train.batches(batch_size, np.random.default_rng(shuffle_seed))
        ):
            components = _components(model, gen, reco, recipe.loss)
            _check_finite(components, f"batch {index} of epoch {epoch}")
            optimiser.zero_grad()
            components["total"].backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            means.add(components, len(gen))
            progress.advance(len(gen))
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
