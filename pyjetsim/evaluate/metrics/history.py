"""The history of a training, from its run folder: losses and KLD by epoch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from matplotlib.figure import Figure
from pydantic import BaseModel, ConfigDict, ValidationError

from pyjetsim._utils.validation import first_problem
from pyjetsim.errors import DataError
from pyjetsim.evaluate.metrics.base import Context, Drawing, Metric
from pyjetsim.evaluate.panels import grid, tell_empty
from pyjetsim.io.run_folder import LOG, SELECTION

Model = TypeVar("Model", bound=BaseModel)


class Epoch(BaseModel):
    """One line of ``log.jsonl``. Other keys are let through: the log may grow."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    epoch: int
    train: dict[str, float]
    validation: dict[str, float]
    kld: dict[str, float] | None = None
    verdict: dict[str, float] | None = None
    """Of trainings that choose by it; each part in units of its tolerance."""


class Chosen(BaseModel):
    """``selection.json``: the epoch whose weights are exported."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    epoch: int


class History(BaseModel):
    """All epochs of a run, in order, and the chosen one where a choice was made."""

    run: str
    epochs: list[Epoch]
    chosen: int | None

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return self.model_dump()


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


_COLORS = ("#3f3f3f", "#3f90da", "#ffa90e", "#bd1f01", "#832db6", "#a96b59", "#717581")
_VERDICT = ("sum", "response_mean", "response_width", "response_std", "mass_mean", "mass_std", "w1")


def draw_history(history: History) -> Figure:
    """Losses, KLD of the jet observables, and the verdict's score where a training has it."""
    judged = any(entry.verdict for entry in history.epochs)
    figure, panels = grid(1, 3 if judged else 2, width=6)
    losses, scores, *verdicts = (panel.subplots() for panel in panels)
    epochs = [entry.epoch for entry in history.epochs]
    for color, name in zip(_COLORS, history.epochs[0].train, strict=False):
        for part, line in (("train", "--"), ("validation", "-")):
            values = [getattr(entry, part).get(name, np.nan) for entry in history.epochs]
            label = name if part == "validation" else None
            losses.plot(epochs, values, line, color=color, lw=1.3, label=label, **_marker(epochs))
    for axes, key, names in (
        (scores, "kld", ("sum", "mass", "pt", "energy", "eta", "phi")),
        *((axes, "verdict", _VERDICT) for axes in verdicts),
    ):
        measured = [entry for entry in history.epochs if getattr(entry, key)]
        at = [entry.epoch for entry in measured]
        for color, name in zip(_COLORS, names, strict=False):
            scored = np.array([getattr(entry, key).get(name, np.nan) for entry in measured], float)
            if np.isfinite(scored).any():
                shown = np.where(np.isfinite(scored), scored, np.nan)
                axes.plot(at, shown, "o-", color=color, lw=1.3, ms=3, label=name)
    if not scores.get_legend_handles_labels()[0]:
        tell_empty(scores, "no epoch has a finite KL divergence")
    for axes, label in (
        (losses, "Loss"),
        (scores, "KL divergence (validation)"),
        *((axes, "Distance over tolerance (validation)") for axes in verdicts),
    ):
        axes.set_yscale("log")
        axes.set_xlabel("Epoch")
        axes.set_ylabel(label)
        low, high = axes.get_ylim()
        axes.set_ylim(low, high * (high / low) ** 0.25)
        if history.chosen is not None:
            axes.axvline(history.chosen, color="black", ls="--", lw=1, label=f"chosen: {history.chosen}")
        if axes.get_legend_handles_labels()[0]:
            # Opaque: the line of the chosen epoch passes behind it.
            axes.legend(ncols=3, loc="upper center", frameon=True, framealpha=1, edgecolor="none")
    return figure


def _marker(epochs: Sequence[int]) -> dict[str, Any]:
    # One epoch makes no line.
    return {"marker": "o", "ms": 3} if len(epochs) < 3 else {}


class TrainingHistory(Metric[History]):
    """How the model that made the prediction was trained, where its run folder was given."""

    name = "history"
    place = ("run",)

    def result(self, context: Context) -> History | None:
        """As it was read."""
        return context.history

    def draw(self, result: History) -> dict[str, Drawing]:
        """One figure."""
        return {
            "figure_3": Drawing(
                draw_history(result),
                "Left: the components of the loss by epoch, training (dashed) and validation (solid). "
                "Right: KL divergence of the jet observables on validation; beside it, where epochs are "
                "chosen by the verdict's score, its parts. "
                "The vertical line is the chosen epoch.",
            )
        }
