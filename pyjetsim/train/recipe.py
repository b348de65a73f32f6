"""Recipes: a whole training named in one TOML file, validated before anything starts."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pyjetsim.errors import RecipeError
from pyjetsim.models import ModelConfig, model_named
from pyjetsim.selection import SELECTIONS, Selection, selection_named

SHIPPED = resources.files("pyjetsim") / "recipes"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


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


class StandardisationRecipe(_Section):
    """How features are brought to zero mean and unit variance."""

    include_padding: bool = True


class LossRecipe(_Section):
    """Paper, equations 1 and 2, and the variants it mentions."""

    beta: float = Field(default=1 / 9, ge=0, le=1)
    reconstruction: Literal["chamfer", "mse"] = "chamfer"
    units: Literal["GeV", "standardised"] = "GeV"
    reconstruction_weight: float = Field(default=1.0, ge=0)
    alpha_mass: float = Field(default=1.0, ge=0)
    alpha_pt: float = Field(default=0.1, ge=0)
    alpha_momentum: float = Field(default=0.0, ge=0)


class OptimiserRecipe(_Section):
    """Adam (paper, section 6)."""

    learning_rate: float = Field(default=1e-4, gt=0)
    batch_size: int = Field(default=100, ge=1)


class TrainingRecipe(_Section):
    """How long, and from which seed."""

    epochs: int = Field(default=300, ge=1)
    seed: int = Field(default=1, ge=0, lt=2**32)


class SelectRecipe(_SelectingSection):
    """How the best epoch is found (paper, section 6)."""

    selection: str = "paper"
    every: int = Field(default=10, ge=1)
    mass_pt_kld_max: float = Field(default=1.0, gt=0)


class Recipe(_Section):
    """A whole training. ``model`` holds ``name`` and the settings of that model."""

    model: dict[str, Any]
    data: DataRecipe = DataRecipe()
    standardisation: StandardisationRecipe = StandardisationRecipe()
    loss: LossRecipe = LossRecipe()
    optimiser: OptimiserRecipe = OptimiserRecipe()
    training: TrainingRecipe = TrainingRecipe()
    select: SelectRecipe = SelectRecipe()

    @property
    def model_config_of(self) -> ModelConfig:
        """The validated settings of the named model."""
        settings = {key: value for key, value in self.model.items() if key != "name"}
        # TOML has arrays, not tuples.
        settings = {
            key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()
        }
        return model_named(str(self.model.get("name"))).Config.model_validate(settings)

    def with_epochs(self, epochs: int) -> Recipe:
        """The same training, longer or shorter."""
        return self.model_copy(update={"training": self.training.model_copy(update={"epochs": epochs})})


def shipped_recipes() -> list[str]:
    """Names of the recipes that come with the package."""
    return sorted(
        entry.name.removesuffix(".toml") for entry in SHIPPED.iterdir() if entry.name.endswith(".toml")
    )


def load_recipe(source: str | Path) -> Recipe:
    """Read a recipe from a TOML file, or one that is shipped, by name.

    Raises:
        RecipeError: naming the file, key and value.
    """
    path = Path(source)
    if str(source) in shipped_recipes():
        text = (SHIPPED / f"{source}.toml").read_text()
    else:
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise RecipeError(
                f"recipe {source} cannot be read: {error}",
                "a training is named by its recipe",
                f"give a TOML file or one of the shipped ones: {', '.join(shipped_recipes())}",
            ) from error
    try:
        return parse_recipe(tomllib.loads(text), str(source))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(
            f"recipe {source} is no TOML: {error}", "nothing of it can be trusted", "mend that line"
        ) from error


def parse_recipe(content: dict[str, Any], source: str) -> Recipe:
    """Validate a recipe; ``source`` is what error messages call it."""
    try:
        recipe = Recipe.model_validate(content)
        settings = recipe.model_config_of
    except ValidationError as error:
        raise _first_problem(source, error) from error
    # Defaults written out: a run then keeps its meaning when a later version changes them.
    return recipe.model_copy(
        update={"model": {"name": recipe.model["name"], **settings.model_dump(mode="json")}}
    )


def _first_problem(source: str, error: ValidationError) -> RecipeError:
    problem = error.errors()[0]
    section = "model." if error.title.endswith("Config") else ""
    key = section + ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return RecipeError(
            f"recipe {source}: unknown key {key!r}",
            "a mistyped setting would be ignored in silence",
            "correct or delete it",
        )
    if problem["type"] == "missing":
        return RecipeError(
            f"recipe {source}: {key!r} is missing", "a training cannot do without it", "add it"
        )
    return RecipeError(
        f"recipe {source}: {key} = {problem['input']!r}", problem["msg"], "give it another value"
    )
