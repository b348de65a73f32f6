"""Recipes: a whole training in one TOML file, validated before anything starts."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pyjetsim._utils.validation import Problem, first_problem, read_toml
from pyjetsim.detector import Conditions
from pyjetsim.errors import RecipeError
from pyjetsim.jets.selection import SELECTIONS, Selection, selection_named
from pyjetsim.models import LossConfig, Model, ModelConfig, model_named
from pyjetsim.tasks import TASKS, Task
from pyjetsim.train.schedule import Schedule
from pyjetsim.train.steps import Precision

SHIPPED = resources.files("pyjetsim") / "train" / "recipes"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class _SelectingSection(_Section):
    """A section that names a selection."""

    selection: str

    @field_validator("selection")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in SELECTIONS:
            raise ValueError(f"unknown selection; use one of {', '.join(SELECTIONS)}")
        return name

    @property
    def cuts(self) -> Selection:
        """The named selection."""
        return selection_named(self.selection)


class DataRecipe(_SelectingSection):
    """Which jets are trained on."""

    selection: str = "paper-extended"
    detector: str | None = None
    """A card, by name or file, for data that do not tell the figures of their detector."""
    mix_detectors: bool = False
    """Whether data of different detectors may be trained on together."""
    weight: str | int | None = None
    """Name or place of the weights by which the loss counts jets; None: each counts once."""


class StandardisationRecipe(_Section):
    """How features are brought to zero mean and unit variance."""

    include_padding: bool = True


class OptimiserRecipe(_Section):
    """Adam (paper, section 6) and its schedule."""

    learning_rate: float = Field(default=1e-4, gt=0)
    schedule: Schedule = "constant"
    clip_norm: float | None = Field(default=None, gt=0)
    batch_size: int = Field(default=100, ge=1)
    sort_by_length: bool = False


class TrainingRecipe(_Section):
    """Number of epochs, seed, and how steps are computed."""

    epochs: int = Field(default=300, ge=1)
    seed: int = Field(default=1, ge=0, lt=2**32)
    precision: Precision = "float32"
    """Of the layers in training steps; all else is float32, and so are checkpoints."""
    compile: bool = False
    """Whether the loss goes through torch.compile."""


class SelectRecipe(_SelectingSection):
    """How the best epoch is found (paper, section 6)."""

    score: str | None = None
    """Name of one of the task's scores; None: its first."""
    selection: str = "paper"
    every: int = Field(default=10, ge=1)
    mass_pt_kld_max: float = Field(default=1.0, gt=0)


class Recipe(_Section):
    """A whole training; each section of the TOML file is a field."""

    model: dict[str, Any]
    task: dict[str, Any] = Field(default_factory=dict)
    data: DataRecipe = DataRecipe()
    standardisation: StandardisationRecipe = StandardisationRecipe()
    loss: dict[str, Any] = Field(default_factory=dict)
    optimiser: OptimiserRecipe = OptimiserRecipe()
    training: TrainingRecipe = TrainingRecipe()
    select: SelectRecipe = SelectRecipe()

    @field_validator("model")
    @classmethod
    def _named(cls, model: dict[str, Any]) -> dict[str, Any]:
        if "name" not in model:
            raise ValueError("name is missing: it says which model is trained")
        return model

    @property
    def model_settings(self) -> ModelConfig:
        """The validated settings of the named model."""
        settings = {key: value for key, value in self.model.items() if key != "name"}
        return self._model.Config.model_validate(_with_tuples(settings))

    @property
    def loss_settings(self) -> LossConfig:
        """The validated settings of the named model's loss."""
        return self._model.Loss.model_validate(_with_tuples(self.loss))

    @property
    def _model(self) -> type[Model]:
        return model_named(str(self.model["name"]))

    def new_task(self) -> Task:
        """The task of the named model, with its settings, scored as ``select.score`` says."""
        task = TASKS[self._model.task](self.task)
        return task if self.select.score is None else task.scored_by(self.select.score)

    def new_model(self) -> Model:
        """The named model, untrained."""
        return self._model(self.model_settings)

    def with_data(self, *, detector: str | None = None, mix_detectors: bool | None = None) -> Recipe:
        """The same training on other data.

        Parameters
        ----------
        detector : str, optional
            A card, by name or file, for data that do not tell the figures of their detector; None: as in the
            recipe.
        mix_detectors : bool, optional
            Whether data of different detectors may be trained on together; None: as in the recipe.

        Returns
        -------
        Recipe
            A changed copy.
        """
        changed = {"detector": detector, "mix_detectors": mix_detectors}
        update = {name: value for name, value in changed.items() if value is not None}
        return self.model_copy(update={"data": self.data.model_copy(update=update)})

    def for_conditions(self, conditions: Conditions) -> Recipe:
        """The same training with what the model takes from the data's detector filled in."""
        settings = self.model_settings.for_conditions(conditions)
        return self.model_copy(
            update={"model": {"name": self.model["name"], **settings.model_dump(mode="json")}}
        )

    def with_epochs(self, epochs: int) -> Recipe:
        """The same training with another number of epochs."""
        return self.model_copy(update={"training": self.training.model_copy(update={"epochs": epochs})})


def _with_tuples(settings: dict[str, Any]) -> dict[str, Any]:
    """TOML and JSON have arrays, not tuples."""
    return {key: _frozen(value) for key, value in settings.items()}


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return _with_tuples(value)
    return tuple(_frozen(entry) for entry in value) if isinstance(value, list) else value


def shipped_recipes() -> list[str]:
    """Names of the recipes that come with the package."""
    return sorted(
        entry.name.removesuffix(".toml") for entry in SHIPPED.iterdir() if entry.name.endswith(".toml")
    )


def load_recipe(source: str | Path) -> Recipe:
    """Read and validate a recipe.

    Parameters
    ----------
    source : str or Path
        A TOML file, or the name of a recipe that comes with the package; see :func:`shipped_recipes`.

    Returns
    -------
    Recipe
        With every default filled in.

    Raises
    ------
    RecipeError
        Naming the file, key and value that is wrong.

    Examples
    --------
    >>> load_recipe("paper").training.epochs
    300
    """
    shipped = shipped_recipes()
    todo = f"give a TOML file or one of the shipped ones: {', '.join(shipped)}"
    file = SHIPPED / f"{source}.toml" if str(source) in shipped else Path(source)
    return parse_recipe(read_toml(file, "recipe", todo), str(source))


def parse_recipe(content: dict[str, Any], source: str) -> Recipe:
    """Validate a recipe.

    Parameters
    ----------
    content : dict
        As read from TOML.
    source : str
        What error messages call it.

    Returns
    -------
    Recipe
        With every default filled in.

    Raises
    ------
    RecipeError
        Naming the key and value that is wrong.
    """
    section = ""
    try:
        recipe = Recipe.model_validate(content)
        task = recipe.new_task()
        section = "model"
        settings = recipe.model_settings
        section = "loss"
        loss = recipe.loss_settings
    except ValidationError as error:
        raise _first_problem(source, first_problem(error, section)) from error
    # Defaults written out: a run then keeps its meaning when a later version changes them.
    return recipe.model_copy(
        update={
            "model": {"name": recipe.model["name"], **settings.model_dump(mode="json")},
            "task": task.settings,
            "loss": loss.model_dump(mode="json"),
            "select": recipe.select.model_copy(update={"score": task.score_name}),
        }
    )


def _first_problem(source: str, problem: Problem) -> RecipeError:
    why, todo = {
        "extra_forbidden": ("a mistyped setting would be ignored in silence", "correct or delete it"),
        "missing": ("a training cannot do without it", "add it"),
    }.get(problem.kind, ("no training can be made of it", "give it another value"))
    return RecipeError(f"recipe {source}: {problem.what}", why, todo)
