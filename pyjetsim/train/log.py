"""The log of a training: one JSON line for each epoch, and the same for TensorBoard."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from pyjetsim._utils.output import storage_errors, write_whole
from pyjetsim.errors import DataWarning
from pyjetsim.io.run_folder import LOG, TENSORBOARD, read_log

_LOSSES = ("train", "validation")


class TrainingLog:
    """Appends epochs to ``log.jsonl`` and ``tensorboard/``. Use as a context manager.

    Entries after ``resumed_at`` belong to an epoch that will be trained again: they are dropped.
    """

    def __init__(self, run: Path, resumed_at: int) -> None:
        self._path = run / LOG
        kept = [entry for entry in read_log(run) if entry["epoch"] <= resumed_at]
        write_whole(self._path, "".join(json.dumps(entry) + "\n" for entry in kept))
        self._folder = run / TENSORBOARD
        self._tensorboard: SummaryWriter | None = None
        with storage_errors(self._folder):
            try:
                self._tensorboard = SummaryWriter(str(self._folder), purge_step=resumed_at + 1)
            except UnicodeEncodeError:
                warnings.warn(
                    DataWarning(
                        f"no TensorBoard log in {self._folder} (it cannot write to a name that this locale "
                        "does not know): set PYTHONUTF8=1 to have one"
                    ),
                    stacklevel=2,
                )

    def __enter__(self) -> TrainingLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with storage_errors(self._folder):
            if self._tensorboard is not None:
                self._tensorboard.close()

    def append(self, entry: dict[str, Any]) -> None:
        """Log one epoch: ``epoch``, ``train``, ``validation``, ``seconds``, and the score if measured."""
        with storage_errors(self._path), self._path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
        with storage_errors(self._folder):
            self._to_tensorboard(entry)

    def _to_tensorboard(self, entry: dict[str, Any]) -> None:
        if self._tensorboard is None:
            return
        epoch = entry["epoch"]
        for split in _LOSSES:
            for name, value in entry[split].items():
                self._tensorboard.add_scalar(f"loss_{name}/{split}", value, epoch)
        scores = {name: of for name, of in entry.items() if isinstance(of, dict) and name not in _LOSSES}
        for score, parts in scores.items():
            for name, value in parts.items():
                self._tensorboard.add_scalar(f"{score}/{name}", value, epoch)
        self._tensorboard.flush()
