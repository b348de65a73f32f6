"""The interface of a task: tensors of its models, and what they mean in training, simulation, evaluation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim.io.splits import Split
from pyjetsim.jets.selection import Selection

if TYPE_CHECKING:
    from torch import Tensor

    from pyjetsim.io.formats import GenBatch, Reading, Source

DType = Literal["float32", "int32", "int64"]
Role = Literal["condition", "noise", "answer"]
Array = NDArray[Any]
Arrays = dict[str, Array]


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """An input or an output of a model."""

    name: str
    shape: tuple[int, ...]
    """Of one item, without the batch dimension."""
    unit: str
    """Such as GeV, rad, standard normal or PDG id; "number" where it has none."""
    dtype: DType = "float32"
    role: Role = "condition"
    """Of an input: "condition", or "noise", of which there is at most one. Outputs are "answer"."""
    of_event: int = 0
    """Of noise: how many of its first numbers all items of one event share."""


class Feature(NamedTuple):
    """Numbers that are standardised to mean 0 and width 1."""

    values: Array
    """(..., F) of the batch: F numbers, each with its own mean and width."""
    entries: float | Array
    """How many entries that is, or, (F,), of each number; padding may or may not be counted, and is 0."""


class Examples(NamedTuple):
    """N items to learn from."""

    columns: Arrays
    """Name to (N, ...), for :meth:`Task.batch`. ``tensors/NAME`` are those of the model's loss alone."""
    features: dict[str, Feature]
    """Features whose means and widths go to :meth:`pyjetsim.models.Model.set_standardisation`."""
    domain: Arrays
    """Name to (N,) values; their lowest and highest are the domain of the model."""


class Answer(NamedTuple):
    """The simulation of a batch, ready to be written."""

    items: Any
    """What the writer of :meth:`Task.writer` appends."""
    counts: dict[str, int]
    """Counts to report, summed over a file; the same names in every batch."""


class Task(ABC):
    """What a model of this kind answers: its columns in and out, and what each stage does with them.

    Parameters
    ----------
    settings : mapping, optional
        The section ``task`` of a recipe.

    Raises
    ------
    RecipeError
        For a setting that the task does not have.

    Notes
    -----
    Only the task knows what its columns mean; every stage calls its methods. Its module must import without
    torch, which an installation for simulation does not have: import torch inside the methods that need it.
    """

    protocol: ClassVar[int]
    """:data:`pyjetsim._utils.plugins.PROTOCOL`, for tasks of other packages."""
    name: ClassVar[str]
    """Its name in recipes, manifests and reports: lower case letters, digits and underscores."""
    item: ClassVar[str] = "jet"
    """What is simulated, in messages."""
    items: ClassVar[str] = "jets"
    """The plural."""
    domain: ClassVar[tuple[str, ...] | None] = None
    """Names that the domain of every model has; None: those of :attr:`Examples.domain`."""
    tolerance: ClassVar[tuple[float, float]] = (1e-3, 1e-4)
    """How far runtimes may differ: absolute, in an output's unit, and relative to an item's largest value."""
    takes_copies: ClassVar[bool] = False
    """Whether :meth:`answer` simulates a jet, or an event, anew for each number in its column ``copy``."""
    writes_pairs: ClassVar[bool] = False
    """Whether :meth:`writer` takes any name that :func:`pyjetsim.io.outputs.pairs_output` does, and its
    option ``rntuple``."""
    weight: str | int | None = None
    """Name or place of the weight that :meth:`examples` give as the column ``weight`` (N,); None: no such
    column. Set before a training whose recipe has ``data.weight``."""
    score_name: ClassVar[str] = "score"
    """Name of :meth:`score` in a log."""
    score_label: ClassVar[str] = "score"
    """Its name in messages."""

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        """Make the task from its ``settings``; see the class."""
        self.settings: dict[str, Any] = self.checked({} if settings is None else dict(settings))

    @classmethod
    def of_bundle(cls, settings: Mapping[str, Any]) -> Task:
        """Make the task from the ``settings`` of a manifest, which :meth:`bundle_settings` gave."""
        return cls(settings)

    @classmethod
    def checked(cls, settings: dict[str, Any]) -> dict[str, Any]:
        """Settings with the defaults filled in.

        Raises
        ------
        RecipeError
            For a setting that the task does not have.
        """
        from pyjetsim.errors import RecipeError

        for key in settings:
            raise RecipeError(
                f"task.{key} is no setting of the task {cls.name}",
                "a mistyped setting would be ignored in silence",
                "correct or delete it",
            )
        return settings

    # What a model takes and gives.

    @abstractmethod
    def inputs(self, model: Any) -> tuple[TensorSpec, ...]:
        """Tensors that ``model.forward`` takes, in its order."""

    @abstractmethod
    def outputs(self, model: Any) -> tuple[TensorSpec, ...]:
        """Tensors that ``model.forward`` returns: one, or a tuple of several."""

    # Training.

    @abstractmethod
    def examples(
        self, path: Path, split: Split, cuts: Selection, model: Any, padding: bool
    ) -> Iterator[Examples]:
        """Read the items of a split of a file, piece by piece; all items of an event are in one piece.

        Parameters
        ----------
        path : Path
            The file.
        split : str
            Which events.
        cuts : Selection
            The recipe's ``data.selection``.
        model : Model
            The model to train, for the sizes of its tensors.
        padding : bool
            Whether the zeros of padding count among the features.

        Yields
        ------
        pyjetsim.tasks.Examples
            A piece.
        """

    @abstractmethod
    def batch(self, columns: Mapping[str, Tensor], longest: int | None) -> Any:
        """Make what ``model.loss`` takes.

        Parameters
        ----------
        columns : mapping of Tensor
            Columns of :class:`Examples`, (B, ...) each; ``weight`` float32, over its mean in the split.
        longest : int, optional
            The largest of :meth:`lengths` in the batch.

        Returns
        -------
        NamedTuple
            Of tensors and of mappings of tensors.
        """

    def lengths(self, columns: Mapping[str, Array]) -> NDArray[np.int64] | None:
        """Lengths (N,) to sort items by, so that a batch needs little padding; None where all are alike."""
        return None

    @abstractmethod
    def score(
        self, model: Any, batches: Iterable[Any], cuts: Selection, seed: int
    ) -> dict[str, float] | None:
        """Distance between the model and the validation split; 0 is perfect.

        Parameters
        ----------
        model : Model
            The model, in evaluation mode.
        batches : iterable
            Batches of the validation split, on the model's device.
        cuts : Selection
            The recipe's ``select.selection``.
        seed : int
            Seed of the noise.

        Returns
        -------
        dict, optional
            Distances by name, and their ``sum``; None where nothing can be measured yet.
        """

    def scored_by(self, name: str) -> Task:
        """The same task with another score to choose an epoch by, for ``select.score`` of a recipe.

        Parameters
        ----------
        name : str
            Name of the score; that of the class's own is ``score_name``.

        Returns
        -------
        Task
            With ``score_name``, :meth:`score` and :meth:`choose` of that score.

        Raises
        ------
        RecipeError
            For a score that the task does not have.
        """
        from pyjetsim.errors import RecipeError

        if name == self.score_name:
            return self
        raise RecipeError(
            f"select.score is {name!r}, which is no score of the task {self.name}",
            "the best epoch could not be told",
            f"use {self.score_name!r}, or leave it out",
        )

    def scores(
        self, model: Any, batches: Iterable[Any], cuts: Selection, seed: int
    ) -> dict[str, dict[str, float] | None]:
        """The score by which an epoch is chosen, and others for the log, by their names.

        Parameters
        ----------
        model, batches, cuts, seed
            As in :meth:`score`.

        Returns
        -------
        dict
            What :meth:`score` returns under ``score_name``, unless a task overrides this.
        """
        return {self.score_name: self.score(model, batches, cuts, seed)}

    def choose(self, measured: list[dict[str, Any]], settings: Any) -> dict[str, Any]:
        """Choose the best epoch: the one with the least ``sum``, unless a task overrides this.

        Parameters
        ----------
        measured : list of dict
            Log entries of the epochs that have a score.
        settings : SelectRecipe
            The section ``select`` of the recipe.

        Returns
        -------
        dict
            The content of ``selection.json``: ``epoch`` and its score.
        """
        best = min(measured, key=lambda entry: float(entry[self.score_name]["sum"]))
        return {"epoch": best["epoch"], self.score_name: best[self.score_name]}

    # Bundles.

    @abstractmethod
    def golden(self, domain: Mapping[str, tuple[float, float]], model: Any) -> Arrays:
        """A few conditions inside the domain, the same on every machine.

        Parameters
        ----------
        domain : mapping
            Lowest and highest value trained on, by name.
        model : Model
            The model to export.

        Returns
        -------
        dict of array
            Name to (G, ...): the inputs without the noise. A bundle keeps them with the outputs that every
            runtime must reproduce.
        """

    @abstractmethod
    def trials(self, domain: Mapping[str, tuple[float, float]], model: Any, size: int) -> dict[str, Arrays]:
        """Random conditions to test an export with.

        Parameters
        ----------
        domain : mapping
            Lowest and highest value trained on, by name.
        model : Model
            The model to export.
        size : int
            Items in each set.

        Returns
        -------
        dict of dict of array
            Sets of inputs without the noise, by a word for messages, such as " with pid".
        """

    def output_cuts(self, model: Any, cuts: Selection) -> Selection:
        """The cuts of the recipe's ``select.selection``, adapted to what the model gives out.

        Parameters
        ----------
        model : Model
            The model.
        cuts : Selection
            The recipe's ``select.selection``.

        Returns
        -------
        Selection
            Unchanged, unless a task overrides this.
        """
        return cuts

    def bundle_settings(self, model: Any, cuts: Selection, radius: float) -> dict[str, Any]:
        """Settings for the manifest of a bundle, as JSON; :meth:`of_bundle` makes the same task from them.

        Parameters
        ----------
        model : Model
            The model to export.
        cuts : Selection
            The recipe's ``select.selection``.
        radius : float
            R of the jets trained on.

        Returns
        -------
        dict
            Plain values only.
        """
        return dict(self.settings)

    def place(self, name: str, at: tuple[int, ...]) -> str:
        """Name one number of an output for a message.

        Parameters
        ----------
        name : str
            The output.
        at : tuple of int
            Its index, the item first.

        Returns
        -------
        str
            Such as "px of constituent 3 of jet 0".
        """
        inside = "".join(f"[{index}]" for index in at[1:])
        return f"{name}{inside} of {self.item} {at[0]}"

    def unit(self, name: str) -> str:
        """Unit of an output as it follows a number in a message: a space and the unit, or ""."""
        return ""

    # Simulation.

    def simulator(self, graph: Any) -> Any:
        """What :func:`pyjetsim.load` returns for a bundle of this task; by default ``graph`` itself."""
        return graph

    def source(self, path: Path, reading: Reading, simulator: Any) -> AbstractContextManager[Source]:
        """Open a file of items to simulate; by default gen jets of any format.

        Parameters
        ----------
        path : Path
            The file.
        reading : Reading
            Split and cuts.
        simulator : object
            What :meth:`simulator` returned.

        Returns
        -------
        context manager of Source
            The items, in batches.
        """
        from pyjetsim.io.formats import open_source

        return open_source(path, reading)

    @abstractmethod
    def answer(self, simulator: Any, source: Source, batch: GenBatch, seed: int) -> Answer:
        """Simulate a batch of a source.

        Parameters
        ----------
        simulator : object
            What :meth:`simulator` returned.
        source : Source
            Where the batch comes from.
        batch : GenBatch
            N items.
        seed : int
            Seed of the noise.

        Returns
        -------
        Answer
            What the writer appends, and its counts.
        """

    @abstractmethod
    def writer(
        self, output: Path, provenance: dict[str, Any], source: Source, simulator: Any
    ) -> AbstractContextManager[Any]:
        """Open the output of a simulation, which appears under its name when it is complete.

        Parameters
        ----------
        output : Path
            The file.
        provenance : dict
            Written to the file; may be changed until it is closed.
        source : Source
            Where the items come from.
        simulator : object
            What :meth:`simulator` returned.

        Returns
        -------
        context manager
            It has ``append(items)`` and ``provenance``.
        """

    def provenance(self, simulator: Any) -> dict[str, Any]:
        """Entries of a simulated file's provenance, beside the model, its training and the seed."""
        return {"task": self.name, **self.settings}

    def told(self, counts: Mapping[str, int]) -> str:
        """The counts of a whole file in words, for the line printed at the end of a simulation."""
        return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())

    # Evaluation.

    @abstractmethod
    def view(self) -> Any:
        """The :class:`pyjetsim.evaluate.view.View` that `evaluate` compares files of this task by."""
