"""The folder of a training: its names, its epochs, and whether one may begin or go on there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from pyjetsim._utils.output import check_folder_name, write_whole
from pyjetsim.errors import TrainingError

RUN, LOG, SELECTION, CHECKPOINTS = "run.json", "log.jsonl", "selection.json", "checkpoints"
TENSORBOARD, CACHE, LOCK = "tensorboard", "cache", "lock"
LAST = "last.pt"
STOPPED = "stopped.pt"
"""The state of a training that was stopped within an epoch."""


def is_begun(run: Path) -> bool:
    """Whether an epoch of it was finished, and can be gone on from or exported."""
    return (run / CHECKPOINTS / LAST).is_file()


def can_go_on(run: Path) -> bool:
    """Whether an epoch of it was finished, or it was stopped within one."""
    return is_begun(run) or (run / CHECKPOINTS / STOPPED).is_file()


def is_run(folder: Path) -> bool:
    """Whether a training wrote it, were it killed at once."""
    if can_go_on(folder):
        return True
    # What is there before run.json, which comes after the data are prepared.
    if {entry.name for entry in folder.iterdir()} <= {CACHE, LOCK}:
        return all(entry.suffix == ".rows" for entry in (folder / CACHE).glob("*"))
    try:
        content = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and {"recipe", "pyjetsim"} <= content.keys()


def check_place(run: Path, *, resume: bool) -> None:
    """Refuse a place where no training can begin, or go on; before anything is written.

    A folder whose training was killed before its first epoch ended may be begun in anew, with
    ``resume`` or without.

    Raises
    ------
    TrainingError
        For a file, a folder with other content, one that holds a training already
        (without ``resume``) or none (with it).
    """
    check_folder_name(run, "run", TrainingError)
    empty = not run.is_dir() or not any(run.iterdir())
    if not empty and not is_run(run):
        raise TrainingError(
            f"{run} holds other files, and is no run",
            "a training fills a folder of its own",
            "name another one with --output, or an empty one",
        )
    if resume and empty:
        raise TrainingError(
            f"{run} {'holds no training' if run.is_dir() else 'is not there'}",
            "--resume goes on from a finished epoch",
            "leave out --resume to begin one, or check the name",
        )
    if can_go_on(run) and not resume:
        raise TrainingError(
            f"{run} holds a training already",
            "it would be overwritten",
            "add --resume to go on, or name another folder",
        )
    if not can_go_on(run) and _has_weights(run):
        raise TrainingError(
            f"{run / CHECKPOINTS / LAST} is not there, though other epochs are",
            "the training cannot go on without it, and beginning anew would overwrite them",
            "name another folder",
        )


def discard(run: Path) -> None:
    """Remove what a training wrote that finished nothing; what else is there stays."""
    if can_go_on(run) or _has_weights(run):
        return
    for name in (RUN, LOG, SELECTION):
        (run / name).unlink(missing_ok=True)
    for name in (CHECKPOINTS, TENSORBOARD):
        shutil.rmtree(run / name, ignore_errors=True)


def _has_weights(run: Path) -> bool:
    return any(path.name != STOPPED for path in (run / CHECKPOINTS).glob("*.pt"))


def check_run(run: Path) -> None:
    """Refuse what has no trained model to take.

    Raises
    ------
    TrainingError
        That says what it is instead.
    """
    why, todo = "a model is taken from the folder of a training", "give the --output of `pyjetsim train`"
    if not run.exists():
        raise TrainingError(f"{run} is not there", why, todo)
    if not run.is_dir():
        raise TrainingError(f"{run} is a file, and is no run", why, todo)
    if (run / "manifest.json").is_file():
        raise TrainingError(
            f"{run} is a bundle, and is no run", why, f"{todo}; `pyjetsim simulate` takes bundles"
        )
    if _has_weights(run):
        return
    if not is_run(run) or not any(run.iterdir()):
        raise TrainingError(f"{run} is no run: it has no {CHECKPOINTS}/{LAST}", why, todo)
    raise TrainingError(
        f"{run} has no finished epoch",
        "there are no trained weights yet",
        "train there first, or wait for its first epoch",
    )


def epoch_path(run: Path, epoch: int) -> Path:
    """Where the weights of an epoch whose KLD was measured are kept."""
    return run / CHECKPOINTS / f"epoch-{epoch:04d}.pt"


def selected_epoch(run: Path) -> int | None:
    """The epoch that selection chose, None before the first measurement."""
    path = run / SELECTION
    if not path.is_file():
        return None
    try:
        return int(json.loads(path.read_text())["epoch"])
    except (ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{path} names no epoch",
            "the best model cannot be told",
            "delete it and train on with --resume: it is written anew",
        ) from error


def read_log(run: Path) -> list[dict[str, Any]]:
    """All epochs of a run, as logged, up to the first line that is none: a kill may cut the last one."""
    path = run / LOG
    entries: list[dict[str, Any]] = []
    for line in path.read_bytes().splitlines() if path.is_file() else []:
        try:
            entry = json.loads(line)
        except ValueError:
            break
        if not isinstance(entry, dict) or not isinstance(entry.get("epoch"), int):
            break
        entries.append(entry)
    return entries


def write_selection(run: Path, selection: dict[str, Any]) -> None:
    """Keep the choice as ``selection.json``."""
    write_whole(run / SELECTION, json.dumps(selection, indent=2) + "\n")
