"""The task of columns: what a gen object's columns say of those of its reco object."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import DataWarning, RecipeError, TrainingError
from pyjetsim.io.formats import Reading
from pyjetsim.io.objects import Kind, ObjectsWriter, Side, open_objects
from pyjetsim.io.splits import Split
from pyjetsim.jets.noise import stream, stream_seed
from pyjetsim.jets.selection import Selection
from pyjetsim.tasks.base import Answer, Arrays, Examples, Feature, Task, TensorSpec
from pyjetsim.tasks.variables.rows import rows_of
from pyjetsim.tasks.variables.simulation import ObjectsBatch, ObjectsSource, objects_source, simulated
from pyjetsim.tasks.variables.tables import COLUMNS, Layout, in_range

if TYPE_CHECKING:
    from torch import Tensor

_GOLDEN = 4


class Variables(Task):
    """Columns of gen objects of one kind, such as jets, to columns of their reco objects, by a recipe.

    Parameters
    ----------
    settings : mapping, optional
        ``gen_pt_min`` (GeV, 0 unless said) and ``gen_eta_max`` (10 unless said): gen objects that are learnt
        from. In a bundle also ``kind``, ``conditions``, ``targets``, ``derived`` and ``unmatched``, which are
        the model's in a recipe.

    Raises
    ------
    RecipeError
        For other settings, and limits that are no numbers.

    Notes
    -----
    A gen object without a reco object is learnt from, too: the model has an efficiency. A model of reco
    objects without a gen object answers to places of events, each of which has one or not; its conditions are
    columns of events.
    """

    name = "variables"
    item = "object"
    items = "objects"
    score_name = "w1"
    score_label = "W1"
    takes_copies = True

    @classmethod
    def of_bundle(cls, settings: Mapping[str, Any]) -> Variables:
        """The task with the columns of a bundle's model."""
        task = cls({name: value for name, value in settings.items() if name not in COLUMNS})
        task.settings.update({name: settings[name] for name in COLUMNS if name in settings})
        return task

    @classmethod
    def checked(cls, settings: dict[str, Any]) -> dict[str, Any]:
        """Limits on gen objects, with the defaults filled in; see the class for errors."""
        limits: dict[str, Any] = {"gen_pt_min": 0.0, "gen_eta_max": 10.0}
        super().checked({name: value for name, value in settings.items() if name not in limits})
        for name, value in settings.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
                raise RecipeError(
                    f"task.{name} is {value!r}",
                    "gen objects are cut by it",
                    "give a number that is not negative, or leave it out",
                )
        return {**limits, **settings}

    # What a model takes and gives.

    def inputs(self, model: Any) -> tuple[TensorSpec, ...]:
        """Conditions as they are in the file, and noise."""
        return (
            TensorSpec("conditions", (len(model.config.conditions),), "of each column"),
            TensorSpec("noise", (model.noise_size,), "standard normal", role="noise"),
        )

    def outputs(self, model: Any) -> tuple[TensorSpec, ...]:
        """Whether there is a reco object, and its variables."""
        return (
            TensorSpec("found", (1,), "number", "int32", "answer"),
            TensorSpec("variables", (len(model.config.targets),), "of each column", role="answer"),
        )

    def place(self, name: str, at: tuple[int, ...]) -> str:
        """One number of an answer for a message."""
        targets = self.settings.get("targets")
        inside = f"{name}[{at[1]}]" if targets is None or name == "found" else targets[at[1]]["name"]
        return f"{inside} of object {at[0]}"

    # Training.

    def examples(
        self, path: Path, split: Split, cuts: Selection, model: Any, padding: bool
    ) -> Iterator[Examples]:
        """Conditions (N, C), targets (N, D), and whether they are there.

        Parameters
        ----------
        path, split, cuts, model, padding
            As in :meth:`pyjetsim.tasks.Task.examples`; cuts of jets with constituents do not apply.

        Yields
        ------
        pyjetsim.tasks.Examples
            Of some events.

        Raises
        ------
        TrainingError
            For cuts, and for a target that is always the same.
        DataError
            For columns that are missing and values that cannot be.

        Warns
        -----
        DataWarning
            At the end, with the count of what was outside the range of each target.
        """
        import torch

        if cuts != Selection():
            raise TrainingError(
                "data.selection cuts on jets with constituents",
                "a table of objects has none",
                'set data.selection to "all", and cut by gen_pt_min and gen_eta_max of the section task',
            )
        layout = Layout.of(model.config.model_dump(mode="json"))
        outside = np.zeros(len(layout.targets), np.int64)
        lowest, highest = np.full(len(outside), np.inf), np.full(len(outside), -np.inf)
        n = 0
        uniform = torch.Generator().manual_seed(stream_seed("dequantisation", 0))
        with open_objects(path) as file:
            layout.check(file, reco=True)
            for objects in file.batches(split):
                kind = self._accepted(objects.kinds[layout.kind])
                asked = rows_of(layout, replace(objects, kinds={layout.kind: kind}))
                if not len(asked.event):
                    continue
                found = asked.partner >= 0
                rows = np.flatnonzero(found)
                conditions = layout.condition_values(asked.gen, asked.of_events(objects), str(path))
                gen = {name: column[rows] for name, column in asked.gen.items()}
                reco = {name: column[asked.partner[rows]] for name, column in kind.reco.columns.items()}
                values = layout.target_values(gen, reco, str(path))
                for i, column in enumerate(model.config.targets):
                    outside[i] += int(column.saturated(values[:, i]).sum())
                    values[:, i] = in_range(values[:, i], layout.targets[i])
                targets = np.zeros((len(found), values.shape[1]), np.float32)
                targets[rows] = values
                if len(rows):
                    lowest, highest = np.minimum(lowest, values.min(0)), np.maximum(highest, values.max(0))
                n += len(rows)
                with torch.no_grad():
                    given = model.condition_numbers(torch.from_numpy(conditions)).numpy()
                    noise = torch.rand(values.shape, generator=uniform)
                    numbers, inside = model.target_numbers(torch.from_numpy(values), noise)
                    numbers, inside = (numbers * inside).numpy(), inside.numpy()
                yield Examples(
                    {"conditions": conditions, "targets": targets, "found": found.astype(np.float32)},
                    {"condition": Feature(given, len(given)), "target": Feature(numbers, inside.sum(0))},
                    {each["name"]: conditions[:, i] for i, each in enumerate(layout.conditions)},
                )
        if split == "train":
            _check_varied(model, n, lowest, highest)
        for column, count in zip(model.config.targets, outside.tolist(), strict=True):
            if count:
                low, high = column.range
                warnings.warn(
                    f"{path}: {column.name} of {count} of {n} {split} {layout.kind} is outside {low:g} to "
                    f"{high:g} and was set to the nearest",
                    DataWarning,
                    stacklevel=2,
                )

    def _accepted(self, kind: Kind) -> Kind:
        """The gen objects that are learnt from, with all reco objects."""
        gen = kind.gen
        keep = np.ones(len(gen), np.bool_)
        if "pt" in gen.columns:
            keep &= gen["pt"] >= self.settings["gen_pt_min"]
        if "eta" in gen.columns:
            keep &= np.abs(gen["eta"]) <= self.settings["gen_eta_max"]
        columns = {name: values[keep] for name, values in gen.columns.items()}
        count = np.bincount(gen.place[keep], minlength=len(gen.count)).astype(np.int32)
        return Kind(Side(columns, count, gen.match[keep]), kind.reco)

    def batch(self, columns: Mapping[str, Tensor], longest: int | None) -> Any:
        """Conditions, targets, and whether they are there."""
        from pyjetsim.models.flows.variables import VariablesBatch

        return VariablesBatch(columns["conditions"], columns["targets"], columns["found"])

    def score(
        self, model: Any, batches: Iterable[Any], cuts: Selection, seed: int
    ) -> dict[str, float] | None:
        """Wasserstein-1 of each variable in standard deviations of the target, and their sum.

        Parameters
        ----------
        model, batches, cuts, seed
            As in :meth:`pyjetsim.tasks.Task.score`; cuts do not apply.

        Returns
        -------
        dict, optional
            By target, ``efficiency``, the difference of the mean efficiencies, and ``sum``; None without
            reco objects on either side.
        """
        import torch

        from pyjetsim.evaluate.metrics.binned import wasserstein

        generator = torch.Generator().manual_seed(stream_seed("validation noise", seed))
        sides: dict[str, list[NDArray[Any]]] = {"target": [], "answer": []}
        there: dict[str, int] = {"target": 0, "answer": 0}
        n = 0
        for batch in batches:
            noise = torch.randn(len(batch.found), model.noise_size, generator=generator).to(model.device)
            found, values = model(batch.conditions, noise)
            real = batch.found > 0
            for name, rows, of in (("target", real, batch.targets), ("answer", found[:, 0] > 0, values)):
                # What was not found in the data is answered all the same: both sides of the same gen objects.
                sides[name].append(of[rows].cpu().numpy())
                there[name] += int(rows.sum())
            n += len(batch.found)
        if min(there.values()) < 2:
            return None
        target, answer = (np.concatenate(each) for each in sides.values())
        scores = {
            column.name: wasserstein(target[:, i], answer[:, i]) / max(float(target[:, i].std()), 1e-12)
            for i, column in enumerate(model.config.targets)
        }
        scores["efficiency"] = abs(there["target"] - there["answer"]) / n
        return {**scores, "sum": sum(scores.values())}

    # Bundles.

    def bundle_settings(self, model: Any, cuts: Selection, radius: float) -> dict[str, Any]:
        """The limits, and the columns of the model."""
        content = model.config.model_dump(mode="json")
        return {**self.settings, **{name: content[name] for name in COLUMNS}}

    def golden(self, domain: Mapping[str, tuple[float, float]], model: Any) -> Arrays:
        """Conditions from a fifth to four fifths of their range, in different orders; categories in turn."""
        parts = (np.arange(_GOLDEN) + 1) / (_GOLDEN + 1)
        columns = []
        for i, column in enumerate(model.config.conditions):
            low, high = domain[column.name]
            values = low + np.roll(parts, i) * (high - low)
            if column.values is not None:
                values = np.array([column.values[(i + k) % len(column.values)] for k in range(_GOLDEN)])
            columns.append(values)
        return {"conditions": np.stack(columns, 1).astype(np.float32)}

    def trials(self, domain: Mapping[str, tuple[float, float]], model: Any, size: int) -> dict[str, Arrays]:
        """Uniform conditions inside the domain, and categories drawn."""
        rng = stream("trials", size)
        columns = [
            rng.choice(column.values, size)
            if column.values is not None
            else rng.uniform(*domain[column.name], size)
            for column in model.config.conditions
        ]
        return {"": {"conditions": np.stack(columns, 1).astype(np.float32)}}

    # Simulation.

    @property
    def layout(self) -> Layout:
        """The columns of a bundle's model."""
        return Layout.of(self.settings)

    def source(self, path: Path, reading: Reading, simulator: Any) -> AbstractContextManager[Any]:
        """Gen objects of a table; see :func:`objects_source` for errors."""
        return objects_source(path, reading, self.layout)

    def answer(self, simulator: Any, source: Any, batch: Any, seed: int) -> Answer:
        """Objects with new reco objects; what the file has of other kinds goes along.

        Parameters
        ----------
        simulator, source, batch, seed
            As in :meth:`pyjetsim.tasks.Task.answer`.

        Returns
        -------
        Answer
            With the counts ``found``, ``outside_domain`` and ``saturated``.

        Raises
        ------
        DataError
            For values that are not finite, and categories that the model does not know.
        """
        assert isinstance(source, ObjectsSource)
        assert isinstance(batch, ObjectsBatch)
        return simulated(simulator, self.layout, source, batch, seed)

    @contextmanager
    def writer(
        self, output: Path, provenance: dict[str, Any], source: Any, simulator: Any
    ) -> Iterator[ObjectsWriter]:
        """A table of objects, with units and meanings as in the source."""
        with ObjectsWriter(output, self.name, provenance, source.told()) as writer:
            yield writer

    # Evaluation.

    def view(self) -> Any:
        """The columns of all kinds that both files have."""
        from pyjetsim.tasks.variables.view import VariablesView

        return VariablesView()


def _check_varied(model: Any, n: int, lowest: NDArray[Any], highest: NDArray[Any]) -> None:
    from pyjetsim.models.flows.variables import constant_target

    for column, low, high in zip(model.config.targets, lowest, highest, strict=True):
        if n and low == high:
            raise constant_target(column.name)
