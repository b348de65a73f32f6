"""What a task is: the columns a model takes and gives, and what that means to every stage."""

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
    """Of one item: the batch comes before it."""
    unit: str
    """Such as GeV, rad, standard normal or PDG id; "number" where it has none."""
    dtype: DType = "float32"
    role: Role = "condition"
    """Of an input: a condition, or the noise, of which there is at most one. Outputs are answers."""


class Feature(NamedTuple):
    """Numbers that are brought to mean 0 and width 1."""

    values: Array
    """(..., F) of the batch; each of the F has a mean and a width of its own."""
    entries: float
    """How many entries that are: padding of zeros may or may not be among them."""


class Examples(NamedTuple):
    """N items to learn from."""

    columns: Arrays
    """Name to (N, ...): what :meth:`Task.batch` makes a batch of. ``tensors/NAME``: a model's own."""
    features: dict[str, Feature]
    """What :meth:`pyjetsim.models.Model.set_standardisation` is told the means and widths of."""
    domain: Arrays
    """Name to (N,): the model is asked about values between the lowest and the highest of them."""


class Answer(NamedTuple):
    """What a simulation gives for a batch, ready to be written."""

    items: Any
    """What the writer of :meth:`Task.writer` appends."""
    counts: dict[str, int]
    """What is worth knowing of them, summed over a file; the same names in every batch."""


class Task(ABC):
    """What a model of this kind answers.

    A task is made of the settings in the section ``task`` of a recipe, or of a bundle's manifest. Every stage
    asks it for what only it knows; nothing else in the package knows what a task's columns mean. It imports
    no torch where it is defined: who simulates has none.
    """

    protocol: ClassVar[int]
    """:data:`pyjetsim._utils.plugins.PROTOCOL`, for tasks of other packages."""
    name: ClassVar[str]
    """As recipes, manifests and reports call it: lower case letters, digits and underscores."""
    item: ClassVar[str] = "jet"
    """What is simulated, in messages."""
    items: ClassVar[str] = "jets"
    """Several of them."""
    domain: ClassVar[tuple[str, ...] | None] = None
    """Names of the domain of every model; None: whatever :attr:`Examples.domain` has."""
    takes_copies: ClassVar[bool] = False
    """Whether :meth:`answer` simulates a jet anew for each number in the column ``copy`` of a batch."""
    score_name: ClassVar[str] = "score"
    """Under which name a log has :meth:`score`."""
    score_label: ClassVar[str] = "score"
    """The same for people."""

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        """Make the task of its ``settings``; a task that has none refuses any.

        Raises :class:`~pyjetsim.errors.RecipeError` for a setting that it does not have.
        """
        self.settings: dict[str, Any] = self.checked({} if settings is None else dict(settings))

    @classmethod
    def of_bundle(cls, settings: Mapping[str, Any]) -> Task:
        """The task of a bundle; its manifest has the ``settings`` that :meth:`bundle_settings` gave."""
        return cls(settings)

    @classmethod
    def checked(cls, settings: dict[str, Any]) -> dict[str, Any]:
        """The settings with defaults filled in."""
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
        """What ``model.forward`` takes, in its order."""

    @abstractmethod
    def outputs(self, model: Any) -> tuple[TensorSpec, ...]:
        """What ``model.forward`` gives: a tensor, or a tuple of several."""

    # Training.

    @abstractmethod
    def examples(
        self, path: Path, split: Split, cuts: Selection, model: Any, padding: bool
    ) -> Iterator[Examples]:
        """Items of a split of a file, a piece at a time, no event in two pieces.

        ``cuts`` is the recipe's ``data.selection``; ``padding`` says whether the zeros of padding count among
        the features.
        """

    @abstractmethod
    def batch(self, columns: Mapping[str, Tensor], longest: int | None) -> Any:
        """What ``model.loss`` takes: a NamedTuple of tensors and mappings of tensors.

        ``longest`` is the largest of :meth:`lengths` in it.
        """

    def lengths(self, columns: Mapping[str, Array]) -> NDArray[np.int64] | None:
        """(N,) by which a training may sort items so that a batch needs little padding; None: all alike."""
        return None

    @abstractmethod
    def score(
        self, model: Any, batches: Iterable[Any], cuts: Selection, seed: int
    ) -> dict[str, float] | None:
        """How far the model is from the validation split, by name, with their ``sum``: 0 is perfect.

        ``cuts`` is the recipe's ``select.selection``. None where nothing can be said yet.
        """

    def choose(self, measured: list[dict[str, Any]], settings: Any) -> dict[str, Any]:
        """The best of the epochs that have a score, for ``selection.json``.

        ``settings`` is the section ``select`` of the recipe. The least ``sum`` unless a task says otherwise.
        """
        best = min(measured, key=lambda entry: float(entry[self.score_name]["sum"]))
        return {"epoch": best["epoch"], self.score_name: best[self.score_name]}

    # Bundles.

    @abstractmethod
    def golden(self, domain: Mapping[str, tuple[float, float]], model: Any) -> Arrays:
        """A few conditions from inside the domain, the same on every machine.

        A bundle keeps them with the outputs that every runtime must reproduce.
        """

    @abstractmethod
    def trials(self, domain: Mapping[str, tuple[float, float]], model: Any, size: int) -> dict[str, Arrays]:
        """Random conditions to try an export with, ``size`` items each, by what is said of them."""

    def output_cuts(self, model: Any, cuts: Selection) -> Selection:
        """The recipe's ``select.selection`` for what the model gives out."""
        return cuts

    def bundle_settings(self, model: Any, cuts: Selection, radius: float) -> dict[str, Any]:
        """What the manifest of a bundle keeps for this task, as JSON: at least what makes the same task.

        ``cuts`` is the recipe's ``select.selection``, ``radius`` that of the jets trained on.
        """
        return dict(self.settings)

    def place(self, name: str, at: tuple[int, ...]) -> str:
        """Name a number of an output for a message: ``at`` is its index, the item first."""
        inside = "".join(f"[{index}]" for index in at[1:])
        return f"{name}{inside} of {self.item} {at[0]}"

    def unit(self, name: str) -> str:
        """Unit of an output as it stands behind a number: a space and the unit, or nothing."""
        return ""

    # Simulation.

    def simulator(self, graph: Any) -> Any:
        """What :func:`pyjetsim.load` gives: the loaded :class:`pyjetsim.simulate.Graph`, or more than it."""
        return graph

    def source(self, path: Path, reading: Reading, simulator: Any) -> AbstractContextManager[Source]:
        """Open a file of what is to be simulated: gen jets of any format, unless a task says otherwise."""
        from pyjetsim.io.formats import open_source

        return open_source(path, reading)

    @abstractmethod
    def answer(self, simulator: Any, source: Source, batch: GenBatch, seed: int) -> Answer:
        """Simulate a batch of a source."""

    @abstractmethod
    def writer(
        self, output: Path, provenance: dict[str, Any], source: Source, simulator: Any
    ) -> AbstractContextManager[Any]:
        """Open ``output``: it has ``append(items)`` and ``provenance``, and appears when it is whole."""

    def provenance(self, simulator: Any) -> dict[str, Any]:
        """What the provenance of a simulated file tells beside the model, its training and the seed."""
        return {"task": self.name, **self.settings}

    def told(self, counts: Mapping[str, int]) -> str:
        """The counts of a whole file in words, for the line that ends a simulation."""
        return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())

    # Evaluation.

    @abstractmethod
    def view(self) -> Any:
        """What `evaluate` compares, a :class:`pyjetsim.evaluate.view.View`."""
