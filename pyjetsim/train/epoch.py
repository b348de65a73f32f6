"""One epoch: train on the shuffled table, then validate, with every component of the loss."""

from __future__ import annotations

import math
import time
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn

from pyjetsim._utils.progress import Progress
from pyjetsim.errors import TrainingError
from pyjetsim.jets.noise import stream, stream_seed
from pyjetsim.models import LossConfig, Model
from pyjetsim.train.data import TrainingData
from pyjetsim.train.prefetch import on_device
from pyjetsim.train.processes import ALONE, Processes
from pyjetsim.train.recipe import Recipe
from pyjetsim.train.schedule import rate_factor
from pyjetsim.train.steps import Loss
from pyjetsim.train.stop import Stop, Stopping, Within
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
    processes: Processes = ALONE,
    stop: Stop | None = None,
    within: Within | None = None,
) -> dict[str, Any]:
    """Train one epoch and validate. All randomness comes from (seed, epoch): resuming repeats it.

    ``steps_by`` is the loss of the steps, such as a compiled one; None: the model's. ``within`` is where the
    epoch begins; where ``stop`` ends it before it is over, :class:`Stopping` is raised, and ``within`` is
    where it goes on. Several ``processes`` divide every batch among them.
    """
    stop, within = stop or Stop(), within or Within()
    started = time.perf_counter() - within.seconds
    seed = recipe.training.seed
    torch.manual_seed(stream_seed("training noise", seed, epoch))
    within.restore(model.device)
    settings, loss = recipe.optimiser, recipe.loss_settings
    order = stream("training order", seed, epoch)
    jets, size = len(tables.train), settings.batch_size
    steps = math.ceil(jets / size)
    step_loss = steps_by or model.loss
    means = _Means(model.device, f"batch {{}} of epoch {epoch}")
    means.go_on(within.batch, min(within.batch * size, jets), within.sums)
    model.train()
    name = f"epoch {epoch}/{recipe.training.epochs}"
    with (
        Progress(name, jets, means.jets, unit="jets", transient=True, quiet=quiet) as progress,
        processes.drawing() as drawing,
    ):
        batches = tables.train.batches(size, order, by_length=settings.sort_by_length)
        shares = processes.shares(islice(batches, within.batch, None), rows_of)
        for index, batch in enumerate(on_device(shares, model.device), within.batch):
            share = processes.share(min(size, jets - index * size))
            with drawing.of(share):
                components = step_loss(batch, loss)
            optimiser.zero_grad()
            total = components["total"]
            (total if share.part == 1 else total * share.part).backward()  # type: ignore[no-untyped-call]
            components, stops = processes.whole(components, share, stop.requested, model.parameters())
            read = means.add(components, share.total)
            if settings.clip_norm is not None:
                nn.utils.clip_grad_norm_(model.parameters(), settings.clip_norm)
            done = (epoch - 1 + index / steps) / recipe.training.epochs
            for group in optimiser.param_groups:
                group["lr"] = settings.learning_rate * rate_factor(settings.schedule, done)
            optimiser.step()
            progress.advance(share.total)
            # A GPU is waited for where the losses are read anyway, at the same steps in all processes.
            if (processes.world == 1 or read) and stops:
                within.note(index + 1, means.sums(), time.perf_counter() - started, model.device)
                raise Stopping
        trained_means = means.result()
    trained = time.perf_counter()
    within.note(steps, means.sums(), trained - started, model.device)
    validation = validate(
        model,
        tables.validation,
        loss,
        by_length=settings.sort_by_length,
        processes=processes,
        stop=stop,
    )
    return {
        "epoch": epoch,
        "train": trained_means,
        "validation": validation,
        "seconds": round(time.perf_counter() - started, 3),
        "train_jets_per_s": round(len(tables.train) / (trained - started), 1),
    }


@torch.no_grad()
def validate(
    model: Model,
    table: Table,
    loss: LossConfig,
    *,
    by_length: bool = False,
    processes: Processes = ALONE,
    stop: Stop | None = None,
) -> dict[str, float]:
    """Every component of the loss over a table, without dropout; ``by_length`` as the table has it.

    ``processes`` and ``stop`` are those of :func:`train_epoch`.
    """
    model.eval()
    means, stop = _Means(model.device), stop or Stop()
    shares = processes.shares(table.batches(_VALIDATION_BATCH, by_length=by_length), rows_of)
    with processes.drawing() as drawing:
        for index, batch in enumerate(on_device(shares, model.device)):
            share = processes.share(min(_VALIDATION_BATCH, len(table) - index * _VALIDATION_BATCH))
            with drawing.of(share):
                components = model.loss(batch, loss)
            components, stops = processes.whole(components, share, stop.requested)
            if (means.add(components, share.total) or processes.world == 1) and stops:
                raise Stopping
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
        self.jets = self._batches = 0

    def go_on(self, batches: int, jets: int, sums: dict[str, float]) -> None:
        """As after so many batches and jets."""
        self._batches, self.jets = batches, jets
        self._names, self._sums = list(sums), list(sums.values())

    def add(self, components: dict[str, Tensor], jets: int) -> bool:
        """Add a batch; whether all that were added have been read."""
        if not self._names:
            self._names, self._sums = list(components), [0.0] * len(components)
        self._waiting.append((torch.stack([components[name].detach() for name in self._names]), jets))
        if len(self._waiting) >= self._unread:
            self._read()
        return not self._waiting

    def _read(self) -> None:
        if not self._waiting:
            return
        values = torch.stack([each for each, _ in self._waiting]).tolist()
        for row, (_, jets) in zip(values, self._waiting, strict=True):
            if self._where is not None:
                _check_finite(dict(zip(self._names, row, strict=True)), self._where.format(self._batches))
            self._sums = [total + value * jets for total, value in zip(self._sums, row, strict=True)]
            self.jets += jets
            self._batches += 1
        self._waiting = []

    def sums(self) -> dict[str, float]:
        """Of each component times its jets."""
        self._read()
        return dict(zip(self._names, self._sums, strict=True))

    def result(self) -> dict[str, float]:
        return {name: total / self.jets for name, total in self.sums().items()}
