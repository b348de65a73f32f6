"""The history of a training, as its run folder tells it: losses and KLD by epoch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from pyjetsim._utils.validation import first_problem
from pyjetsim.errors import DataError
from pyjetsim.io.run_folder import LOG, SELECTION

Model = TypeVar("Model", bound=BaseModel)


class Epoch(BaseModel):
    """One line of ``log.jsonl``. Other keys are let through: the log may grow."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    epoch: int
    train: dict[str, float]
    validation: dict[str, float]
    kld: dict[str, float] | None = None


class Chosen(BaseModel):
    """``selection.json``: the epoch whose weights are exported."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    epoch: int


class History(BaseModel):
    """All epochs of a run, in order, and the chosen one where a choice was made."""

    run: str
    epochs: list[Epoch]
    chosen: int | None


def read_history(run: Path) -> History:
    """Read a run folder; an epoch trained twice, after a resume, counts as it was the last time.

    Raises :class:`~pyjetsim.errors.DataError` that names the file and line. A last line without
    its end is the mark of an interrupted training and is left out.
    """
    log = run / LOG
    if not log.is_file():
        raise DataError(
            f"{log} is not there",
            "the losses by epoch are read from it",
            "give the folder that `pyjetsim train` wrote",
        )
    text = log.read_text(encoding="utf-8", errors="replace")
    epochs: dict[int, Epoch] = {}
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        if not line.strip() or not line.endswith("\n"):
            continue
        epoch = _validated(Epoch, line, f"{log}, line {number}")
        epochs[epoch.epoch] = epoch
    if not epochs:
        raise DataError(f"{log} has no epoch", "there is no history to draw", "train for an epoch first")
    selection = run / SELECTION
    chosen = None
    if selection.is_file():
        chosen = _validated(
            Chosen, selection.read_text(encoding="utf-8", errors="replace"), str(selection)
        ).epoch
    return History(run=str(run), epochs=[epochs[key] for key in sorted(epochs)], chosen=chosen)


def _validated(model: type[Model], text: str, where: str) -> Model:
    try:
        # json, not pydantic's parser: a log may hold Infinity, for an epoch that predicts no jet.
        value: Any = json.loads(text)
        return model.model_validate(value)
    except (ValueError, ValidationError) as error:
        reason = first_problem(error).what if isinstance(error, ValidationError) else str(error)
        raise DataError(
            f"{where} is no {model.__name__.lower()} of a training: {reason}",
            "the losses by epoch are read from it",
            "give a run folder that `pyjetsim train` wrote, unaltered",
        ) from error
