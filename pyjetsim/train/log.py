"""What a training tells: one JSON line an epoch, and the same for TensorBoard."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from pyjetsim.output import storage_errors
from pyjetsim.train.checkpoint import write_text

NAME = "log.jsonl"


def read_log(run: Path) -> list[dict[str, Any]]:
    """All epochs of a run, as logged. A last line cut short by a kill is left out."""
    path = run / NAME
    entries = []
    for line in path.read_text().splitlines() if path.is_file() else []:
        try:
            entries.append(json.loads(line))
        except ValueError:
            break
    return entries


class TrainingLog:
    """Appends epochs to ``log.jsonl`` and ``tensorboard/``. Use as a context manager.

    Entries after ``resumed_at`` belong to an epoch that will be trained again: they are dropped.
    """

    def __init__(self, run: Path, resumed_at: int) -> None:
        self._path = run / NAME
        kept = [entry for entry in read_log(run) if entry["epoch"] <= resumed_at]
        write_text(self._path, "".join(json.dumps(entry) + "\n" for entry in kept))
        self._tensorboard = SummaryWriter(str(run / "tensorboard"), purge_step=resumed_at + 1)

    def __enter__(self) -> TrainingLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tensorboard.close()

    def append(self, entry: dict[str, Any]) -> None:
        """Log one epoch: ``epoch``, ``train``, ``validation``, ``kld`` (if measured), ``seconds``."""
        with storage_errors(self._path), self._path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
        epoch = entry["epoch"]
        for split in ("train", "validation"):
            for name, value in entry[split].items():
                self._tensorboard.add_scalar(f"loss_{name}/{split}", value, epoch)
        for name, value in entry.get("kld", {}).items():
            self._tensorboard.add_scalar(f"kld/{name}", value, epoch)
        self._tensorboard.flush()
