"""Training data: examples in tables on disk, with standardisation and domain measured on the way."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pyjetsim._utils.output import storage_errors
from pyjetsim.errors import TrainingError
from pyjetsim.io import Split
from pyjetsim.io.inputs import provenance_of
from pyjetsim.jets.jets import WEIGHT
from pyjetsim.jets.selection import Selection
from pyjetsim.models import Model, Standardisation
from pyjetsim.tasks import Feature, Task
from pyjetsim.train.rows import KeptRows
from pyjetsim.train.table import Table


class Moments:
    """Running mean and width of each number of a feature, over many batches."""

    def __init__(self) -> None:
        self._count: Any = 0.0
        self._sum: Any = 0.0
        self._squares: Any = 0.0

    def add(self, feature: Feature) -> None:
        """Add a batch."""
        values = feature.values.astype(np.float64)
        entries = tuple(range(values.ndim - 1))
        self._count = self._count + np.asarray(feature.entries, np.float64)
        self._sum = self._sum + values.sum(entries)
        self._squares = self._squares + np.square(values).sum(entries)

    def standardisation(self) -> Standardisation:
        """Mean and width of the feature; 0 and 1 of a number without entries."""
        count = np.where(self._count > 0, self._count, 1.0)
        mean = self._sum / count
        width = np.sqrt(np.maximum(self._squares / count - mean**2, 1e-12))
        width = np.where(self._count > 0, width, 1.0)
        return Standardisation(
            torch.tensor(mean, dtype=torch.float32), torch.tensor(width, dtype=torch.float32)
        )


class ObservedDomain:
    """The phase space of the training data, which is the domain of the model."""

    def __init__(self) -> None:
        self._ranges: dict[str, list[float]] = {}

    def add(self, values: dict[str, NDArray[Any]]) -> None:
        """Widen the domain to hold these, at least one of each name."""
        for name, of in values.items():
            low, high = self._ranges.get(name, (np.inf, -np.inf))
            self._ranges[name] = [float(min(low, of.min().item())), float(max(high, of.max().item()))]

    def as_json(self) -> dict[str, list[float]]:
        """Ranges [low, high] by name."""
        return dict(self._ranges)

    @classmethod
    def from_json(cls, told: dict[str, list[float]]) -> ObservedDomain:
        """What :meth:`as_json` gave."""
        domain = cls()
        domain._ranges = told
        return domain


@dataclass(frozen=True)
class TrainingData:
    """Both splits on disk; standardisation and domain are those of the training split."""

    train: Table
    validation: Table
    standardisation: dict[str, Standardisation]
    """By the name of the feature."""
    domain: ObservedDomain
    provenance: dict[str, Any]

    def check_there(self) -> None:
        """Refuse tables that another process wrote where this one cannot read.

        Raises
        ------
        TrainingError
            Naming the file.
        """
        for table in (self.train, self.validation):
            if not table.path.is_file():
                raise TrainingError(
                    f"{table.path} is not there, though the first process of this training wrote it",
                    "all processes read it",
                    "put the run folder on a file system that all machines share",
                )


def prepare(
    source: Path | Sequence[Path],
    folder: Path,
    task: Task,
    model: Model,
    selection: Selection,
    include_padding: bool,
    weight: str | int | None = None,
) -> TrainingData:
    """Write the examples of both splits into tables; those of a dataset once, to be used again.

    Parameters
    ----------
    source : Path or sequence of Path
        One file or several.
    folder : Path
        Made anew for the tables, but for those of a dataset: see :mod:`pyjetsim.train.rows`.
    task : Task
        Makes the examples.
    model : Model
        For the sizes of its tensors, and what only its loss needs.
    selection : Selection
        The recipe's ``data.selection``.
    include_padding : bool
        Whether the zeros of padding count among the features.
    weight : str or int, optional
        The recipe's ``data.weight``. Standardisation and domain are those of the jets, each counted once.

    Returns
    -------
    TrainingData
        The tables, standardisation, domain and provenance.

    Raises
    ------
    TrainingError
        Where a split is left without examples, or with weights whose sum is not above 0; where the model or
        the task does not know weights.
    InputError
        Where a file has no such weight.
    """
    if weight is not None and not model.uses_weights:
        raise _no_weights(weight, f"the model {type(model).__name__} does not weight its loss")
    task.weight = weight
    files = source_files(source)
    kept = KeptRows.of(files, task, model, selection, include_padding)
    if kept is not None:
        found = kept.read(task)
        if found is not None:
            made, standardisation, ranges = found
            return TrainingData(*made, standardisation, ObservedDomain.from_json(ranges), _provenance(files))
    shutil.rmtree(folder, ignore_errors=True)
    with storage_errors(folder):
        folder.mkdir(parents=True)
    splits: tuple[Split, ...] = ("train", "validation")
    tables = {split: Table(folder / f"{split}.rows", task) for split in splits}
    moments: dict[str, Moments] = {}
    domain = ObservedDomain()
    provenance = _provenance(files)
    for split, table in tables.items():
        for file in files:
            for examples in task.examples(file, split, selection, model, include_padding):
                if weight is not None and WEIGHT not in examples.columns:
                    raise _no_weights(weight, f"the task {task.name} gives no weights")
                table.append(examples.columns)
                if split == "train":
                    for name, feature in examples.features.items():
                        moments.setdefault(name, Moments()).add(feature)
                    domain.add(examples.domain)
    for split, table in tables.items():
        if len(table) == 0:
            raise TrainingError(
                f"{_names(files)}: no {split} pairs after the selection",
                "there is nothing to learn from or to choose by",
                "generate more events or choose a wider data.selection in the recipe",
            )
        if not table.mean_weight > 0:
            raise TrainingError(
                f"{_names(files)}: the {split} pairs have the mean weight {table.mean_weight:g}",
                "a loss that is weighted so has no minimum",
                "choose another data.weight, more events, or none",
            )
    standardisation = {name: each.standardisation() for name, each in moments.items()}
    both = tables["train"], tables["validation"]
    if kept is not None:
        both = kept.keep(both, standardisation, domain.as_json(), task)
    return TrainingData(*both, standardisation, domain, provenance)


def _no_weights(weight: str | int, what: str) -> TrainingError:
    return TrainingError(
        f"data.weight is {weight!r}, and {what}", "jets would count once each", "leave out data.weight"
    )


def source_files(source: Path | Sequence[Path]) -> list[Path]:
    """One file or several, as a list."""
    return [source] if isinstance(source, Path) else list(source)


def _names(files: Sequence[Path]) -> str:
    return ", ".join(map(str, files))


def _provenance(files: Sequence[Path]) -> dict[str, Any]:
    """Of the data: the file's own, or ``jets``, which all files share, and ``files`` by name."""
    found = [provenance_of(path) for path in files]
    if len(found) == 1:
        return found[0]
    jets = found[0].get("jets")
    if any(provenance.get("jets") != jets for provenance in found):
        raise TrainingError(
            f"{_names(files)} hold jets that were made in different ways",
            "a model answers one kind of jets",
            "give files whose provenance has the same jets",
        )
    return {"jets": jets, "files": {path.name: own for path, own in zip(files, found, strict=True)}}
