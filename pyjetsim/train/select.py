"""Which epoch is the best: by the task's score on the validation split."""

from __future__ import annotations

from typing import Any

import torch

from pyjetsim.jets.selection import Selection
from pyjetsim.models import Model
from pyjetsim.tasks import Task
from pyjetsim.train.prefetch import on_device
from pyjetsim.train.stop import Stop
from pyjetsim.train.table import Table

_BATCH = 512


@torch.no_grad()
def measure_scores(
    task: Task,
    model: Model,
    validation: Table,
    cuts: Selection,
    seed: int,
    *,
    by_length: bool = False,
    stop: Stop | None = None,
) -> dict[str, dict[str, float] | None]:
    """The task's scores of the model on the validation split; see :meth:`pyjetsim.tasks.Task.scores`.

    ``by_length`` puts rows of like length into a batch. ``stop`` is seen between batches.
    """
    model.eval()
    batches = on_device(validation.batches(_BATCH, by_length=by_length), model.device)
    if stop is not None:
        batches = stop.watched(batches)
    return task.scores(model, batches, cuts, seed)


def select_epoch(task: Task, entries: list[dict[str, Any]], settings: Any) -> dict[str, Any] | None:
    """The best of the logged epochs that have a score, as the task chooses; None where nothing was measured.

    ``settings`` is the section ``select`` of the recipe.
    """
    measured = [entry for entry in entries if entry.get(task.score_name)]
    return task.choose(measured, settings) if measured else None
