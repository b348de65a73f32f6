"""Rows of a dataset's examples, kept in its folder: they are made once, and every training reads them.

In ``rows/<key>/`` of the dataset are ``train.rows``, ``validation.rows`` and ``rows.json``. The key is a hash
of all that they depend on: the dataset's index, the code that makes them, task, model, cuts and weight. The
folder may be removed whenever no training reads it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from pyjetsim import __version__
from pyjetsim._utils.output import temporary_name
from pyjetsim.io.dataset import is_dataset, read_index
from pyjetsim.jets.selection import Selection
from pyjetsim.models import Model, Standardisation
from pyjetsim.models.base import ModelConfig
from pyjetsim.tasks import Task
from pyjetsim.train.table import Table

ROWS, TOLD = "rows", "rows.json"
_SPLITS = ("train", "validation")
Tables = tuple[Table, Table]


_ROOMS = ("detector", "io", "jets", "models", "tasks", "train")
"""Those of this package that rows come from."""


class KeptRows:
    """The rows of one dataset for one kind of training."""

    def __init__(self, folder: Path, depends_on: dict[str, Any]) -> None:
        self._folder = folder / ROWS
        self._depends_on = json.loads(json.dumps(depends_on, sort_keys=True, default=str))
        text = json.dumps(self._depends_on, sort_keys=True)
        self._place = self._folder / hashlib.sha256(text.encode()).hexdigest()[:16]

    @classmethod
    def of(
        cls, files: Sequence[Path], task: Task, model: Model, selection: Selection, include_padding: bool
    ) -> KeptRows | None:
        """Of a training on one dataset; None for other data."""
        if len(files) != 1 or not is_dataset(files[0]):
            return None
        config = getattr(model, "config", None)
        if not isinstance(config, ModelConfig):
            return None  # what a model of others depends on is not known
        code = _code_of(task, model)
        if code is None:
            return None
        depends_on = {
            "index": read_index(files[0]).sha256,
            "pyjetsim": __version__,
            "code": code,
            "task": [type(task).__qualname__, task.name, task.settings, task.weight],
            "model": [type(model).__module__, type(model).__qualname__, config.model_dump(mode="json")],
            "selection": asdict(selection),
            "include_padding": include_padding,
        }
        return cls(files[0], depends_on)

    def read(self, task: Task) -> tuple[Tables, dict[str, Standardisation], dict[str, list[float]]] | None:
        """Both tables, standardisation and domain; None where they are not there whole."""
        try:
            told = json.loads((self._place / TOLD).read_bytes())
            if told["depends_on"] != self._depends_on:
                return None
            train, validation = (
                Table.from_json(told["tables"][split], self._place / f"{split}.rows", task)
                for split in _SPLITS
            )
            standardisation = {
                name: Standardisation(*(torch.tensor(each, dtype=torch.float32) for each in of))
                for name, of in told["standardisation"].items()
            }
            return (train, validation), standardisation, dict(told["domain"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(
        self,
        tables: Tables,
        standardisation: dict[str, Standardisation],
        domain: dict[str, list[float]],
        task: Task,
    ) -> Tables:
        """Move the files of tables to their place, and give the tables there.

        Where the folder of the dataset cannot be written, they stay where they are.
        """
        told = {
            "depends_on": self._depends_on,
            "tables": {split: table.to_json() for split, table in zip(_SPLITS, tables, strict=True)},
            "standardisation": {name: [part.tolist() for part in of] for name, of in standardisation.items()},
            "domain": domain,
        }
        part = temporary_name(self._place)
        try:
            part.mkdir(parents=True)
            for split, table in zip(_SPLITS, tables, strict=True):
                # A copy: were it cut short, the training goes on with the files that it has.
                shutil.copyfile(table.path, part / f"{split}.rows")
            (part / TOLD).write_text(json.dumps(told))
            # Of several trainings that make the same, the first to finish stays; what is damaged goes.
            if self.read(task) is None:
                shutil.rmtree(self._place, ignore_errors=True)
            with suppress(OSError):
                part.rename(self._place)
            found = self.read(task)
        except OSError:
            return tables
        finally:
            shutil.rmtree(part, ignore_errors=True)
        if found is None:
            return tables
        for table in tables:
            table.path.unlink(missing_ok=True)
        return found[0]


def _code_of(*parts: object) -> str | None:
    """Hash of the Python code that makes rows: of this package, and of others whose classes these parts are.

    A version does not tell: it stays while somebody works on a model. None for code without files.
    """
    own = Path(__file__).parent.parent
    files = [path for room in _ROOMS for path in sorted((own / room).rglob("*.py"))]
    for package in sorted({type(part).__module__.partition(".")[0] for part in parts} - {own.name}):
        module = sys.modules[package]
        file = getattr(module, "__file__", None)
        if file is None or not Path(file).is_file():
            return None
        files += sorted(Path(file).parent.rglob("*.py")) if hasattr(module, "__path__") else [Path(file)]
    digest = hashlib.sha256()
    for path in files:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
