"""Checkpoints: the state of a training at the end of an epoch."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils._pytree import tree_map_only

from pyjetsim._utils.output import whole_file
from pyjetsim.detector import conditions_of
from pyjetsim.errors import TrainingError
from pyjetsim.io.run_folder import CHECKPOINTS, LAST, check_run, epoch_path, selected_epoch
from pyjetsim.jets import R
from pyjetsim.jets.selection import Selection
from pyjetsim.models import Model
from pyjetsim.tasks import Task
from pyjetsim.train.recipe import Recipe, parse_recipe

FORMAT = "pyjetsim.checkpoint"
VERSION = 1


@dataclass(frozen=True)
class Checkpoint:
    """A training at the end of an epoch."""

    epoch: int
    """Epochs that are finished."""
    recipe: dict[str, Any]
    model: dict[str, Any]
    optimiser: dict[str, Any] | None
    domain: dict[str, Any]
    provenance: dict[str, Any]
    within: dict[str, Any] | None = None
    """Of a training that was stopped: where it stands within the epoch after ``epoch``."""

    @property
    def training_provenance(self) -> dict[str, Any]:
        """How the weights came about, for the provenance of a bundle."""
        return {**self.provenance, "recipe": self.recipe, "epoch": self.epoch}

    @property
    def cuts(self) -> Selection:
        """The recipe's ``select.selection``, adapted to what the model gives out."""
        recipe = parse_recipe(self.recipe, "of the checkpoint")
        return recipe.new_task().output_cuts(recipe.new_model(), recipe.select.cuts)

    @property
    def task(self) -> Task:
        """The task of the model."""
        return parse_recipe(self.recipe, "of the checkpoint").new_task()

    @property
    def radius(self) -> float:
        """R of the jets trained on: the data's, or the recipe's, or 0.5, the paper's."""
        told = conditions_of(self.provenance["data"]["provenance"], "the data").radius
        return float(told or self.recipe["model"].get("radius") or R)


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; a training killed here goes on from the checkpoint before."""
    with whole_file(path) as file:
        # In memory first: of a disk that fills, torch would report no more than a position.
        content = io.BytesIO()
        entries = _on_cpu({name: value for name, value in vars(checkpoint).items() if name != "within"})
        if checkpoint.within is not None:
            entries["within"] = _on_cpu(checkpoint.within)
        torch.save({"format": FORMAT, "version": VERSION, **entries}, content)
        file.write(content.getbuffer())


def _on_cpu(content: Any) -> Any:
    """The same with its tensors on the CPU: a checkpoint knows no device."""
    return tree_map_only(torch.Tensor, lambda tensor: tensor.cpu(), content)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint: tensors and plain values only, never code.

    Raises
    ------
    TrainingError
        For a file that is missing, damaged, or of another kind.
    """
    if not path.is_file():
        raise TrainingError(
            f"{path} is not there", "the weights of an epoch are kept in it", "check the run folder"
        )
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for a damaged file
        raise TrainingError(
            f"{path} is no readable checkpoint",
            "it is damaged or of another kind",
            "take an earlier one or train anew",
        ) from error
    found = (
        (content.get("format"), content.get("version"))
        if isinstance(content, dict)
        else type(content).__name__
    )
    if found != (FORMAT, VERSION):
        raise TrainingError(
            f"{path} holds {found!r}, not {(FORMAT, VERSION)!r}",
            "its layout is unknown",
            "give a checkpoint that `pyjetsim train` wrote",
        )
    try:
        return Checkpoint(
            **{key: value for key, value in content.items() if key not in ("format", "version")}
        )
    except TypeError as error:
        raise TrainingError(
            f"{path} has other entries than a checkpoint: {error}",
            "it is damaged or of another kind",
            "take an earlier one or train anew",
        ) from error


def build_model(checkpoint: Checkpoint, source: Path) -> Model:
    """The checkpoint's model with its weights, in evaluation mode."""
    recipe = parse_recipe(checkpoint.recipe, str(source))
    model = recipe.new_model()
    load_weights(model, checkpoint, source)
    return model.eval()


def load_weights(model: Model, checkpoint: Checkpoint, source: Path) -> None:
    """Put a checkpoint's weights into a model.

    Raises
    ------
    TrainingError
        For weights of other names or shapes.
    """
    try:
        model.load_state_dict(checkpoint.model)
    except RuntimeError as error:
        raise TrainingError(
            f"{source} is a checkpoint of another model: {str(error).splitlines()[-1].strip()}",
            "its weights have no place here",
            "use the recipe it was trained with",
        ) from error


def check_same_recipe(
    checkpoint: Checkpoint, recipe: Recipe, source: Path, *, before_data: bool = False
) -> None:
    """Refuse to resume a training that was begun by another recipe.

    Parameters
    ----------
    checkpoint : Checkpoint
        Of the training to resume.
    recipe : Recipe
        The recipe to resume it with. What changes no weight may differ: the threshold for the best epoch and,
        at a constant learning rate, the number of epochs.
    source : Path
        The checkpoint's file, for messages.
    before_data : bool
        The settings that the model takes from the data are not filled in yet.

    Raises
    ------
    TrainingError
        Naming the first setting that differs.
    """
    # Parsed: settings that came later have their defaults.
    begun, now = _comparable(parse_recipe(checkpoint.recipe, str(source))), _comparable(recipe)
    for key in sorted(begun.keys() | now.keys()):
        if before_data and key.startswith("model.") and now.get(key) is None:
            continue
        if begun.get(key) != now.get(key):
            raise TrainingError(
                f"{source} was trained with {key} = {begun.get(key)!r}, the recipe has {now.get(key)!r}",
                "a resumed training must give the same numbers as an uninterrupted one",
                "resume with the recipe in its run.json, or start a new run",
            )


def check_same_data(checkpoint: Checkpoint, data: dict[str, Any], source: Path) -> None:
    """Refuse to resume a training on other data.

    Raises
    ------
    TrainingError
        Where the data's provenance differs from that in the checkpoint.
    """
    if checkpoint.provenance["data"] != data:
        raise TrainingError(
            f"{source} was trained on other data than this",
            "a resumed training must give the same numbers as an uninterrupted one",
            "give the same file, or start a new run",
        )


def _comparable(recipe: Recipe) -> dict[str, Any]:
    sections = recipe.model_dump(mode="json")
    flat = {
        f"{section}.{key}": value for section, values in sections.items() for key, value in values.items()
    }
    del flat["select.mass_pt_kld_max"]
    if recipe.optimiser.schedule == "constant":  # others fall towards the last epoch
        del flat["training.epochs"]
    # As a checkpoint gives it back: lists for tuples.
    comparable: dict[str, Any] = json.loads(json.dumps(flat))
    return comparable


def load_model(run: Path, epoch: int | None = None) -> tuple[Model, Checkpoint]:
    """The trained model of a run.

    Parameters
    ----------
    run : Path
        The folder of the training.
    epoch : int, optional
        Which epoch; None: the selected one, or the last one where none was selected.

    Returns
    -------
    model : Model
        In evaluation mode, on the CPU.
    checkpoint : Checkpoint
        The epoch's checkpoint: domain, cuts, provenance.

    Raises
    ------
    TrainingError
        For what is no run folder or has no finished epoch, and for weights that are not kept or cannot be
        read.

    Examples
    --------
    >>> model, checkpoint = load_model(Path("runs/paper"))
    >>> low, high = checkpoint.domain["pt"]
    """
    check_run(run)
    chosen = selected_epoch(run) if epoch is None else epoch
    path = run / CHECKPOINTS / LAST if chosen is None else epoch_path(run, chosen)
    if epoch is not None and not path.is_file():
        kept = sorted(p.stem.removeprefix("epoch-").lstrip("0") for p in path.parent.glob("epoch-*.pt"))
        raise TrainingError(
            f"{run} keeps no weights of epoch {epoch}",
            "only epochs with a measured KLD are kept",
            f"use one of {', '.join(kept)}" if kept else "leave it out, to take the last one",
        )
    checkpoint = load_checkpoint(path)
    return build_model(checkpoint, path), checkpoint
