"""What a scan tries: a recipe, and keys of it with lists of values or ranges, in one TOML file."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic import model_validator as validator

from pyjetsim._utils.validation import first_problem, read_toml
from pyjetsim.errors import RecipeError
from pyjetsim.io.dataset.index import INDEX, fingerprint
from pyjetsim.jets.noise import stream
from pyjetsim.train.recipe import Recipe, load_recipe, parse_recipe

_TODO = "give a scan in TOML, such as examples/scans/paper_grid.toml"
Value = Any
"""Of a key, as TOML has it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Range(_Strict):
    """Numbers between two, even in themselves or in their logarithm; whole ones where both ends are."""

    low: int | float
    high: int | float
    scale: Literal["linear", "log"] = "linear"

    @validator(mode="after")
    def _not_empty(self) -> Range:
        if not self.low < self.high:
            raise ValueError(f"the range from {self.low} to {self.high} is empty")
        if self.scale == "log" and self.low <= 0:
            raise ValueError("a logarithmic range begins above 0")
        return self

    @property
    def whole(self) -> bool:
        """Whether its numbers are whole."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def at(self, u: float) -> int | float:
        """The number at the part ``u``, 0 to 1, of the range; of whole ones each has its share."""
        low, high = (self.low - 0.5, self.high + 0.5) if self.whole else (self.low, self.high)
        if self.scale == "log":
            value = math.exp(math.log(low) + u * (math.log(high) - math.log(low)))
        else:
            value = low + u * (high - low)
        if self.whole:
            return min(max(round(value), int(self.low)), int(self.high))
        return min(max(value, self.low), self.high)


class _File(_Strict):
    recipe: str
    data: str | list[str] | None = None
    trials: int | None = Field(default=None, ge=1)
    seed: int = Field(default=1, ge=0, lt=2**32)
    sampler: Literal["random", "tpe"] = "random"
    prune: bool = True
    search: dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """A scan, validated."""

    recipe: Recipe
    axes: Mapping[str, Range | list[Value]]
    """By the key, such as "loss.beta"."""
    trials: int
    """How many, for ranges; of lists alone, at most as many as they have combinations."""
    seed: int
    sampler: str
    prune: bool
    data: list[str]

    def recipe_at(self, point: Mapping[str, Value]) -> Recipe:
        """The recipe with these values.

        Raises
        ------
        RecipeError
            For values that do not go together.
        """
        content = _without_none(self.recipe.model_dump(mode="json"))
        for key, value in point.items():
            section, _, name = key.partition(".")
            content.setdefault(section, {})
            _set(content[section], name, value)
        return parse_recipe(content, "at " + described(point))

    def points(self) -> Iterator[dict[str, Value]]:
        """The trials' values, which depend on the seed alone: for lists each combination once."""
        lists = {key: axis for key, axis in self.axes.items() if isinstance(axis, list)}
        if len(lists) == len(self.axes):
            grid = list(itertools.product(*lists.values()))
            if self.trials < len(grid):
                stream("grid of a scan", self.seed).shuffle(grid)
            yield from (dict(zip(lists, values, strict=True)) for values in grid[: self.trials])
            return
        for number in range(self.trials):
            random = stream("point of a scan", self.seed, number)
            yield {
                key: axis[int(random.integers(len(axis)))]
                if isinstance(axis, list)
                else axis.at(random.random())
                for key, axis in self.axes.items()
            }

    @property
    def identity(self) -> dict[str, Any]:
        """What a scan folder is of: with other trials it would be another scan."""
        axes = {key: axis if isinstance(axis, list) else axis.model_dump() for key, axis in self.axes.items()}
        content = {
            "recipe": self.recipe.model_dump(mode="json"),
            "search": axes,
            "seed": self.seed,
            "sampler": self.sampler,
            "data": sorted((_told_data(Path(name)) for name in self.data), key=json.dumps),
        }
        same: dict[str, Any] = json.loads(json.dumps(content))
        return same


def _told_data(path: Path) -> dict[str, Any]:
    """What tells other data of the same name."""
    there = path / INDEX if path.is_dir() else path
    return {"name": path.name, **(fingerprint(there) if there.is_file() else {})}


def described(point: Mapping[str, Value]) -> str:
    """Values by their keys, in a line."""
    return ", ".join(
        f"{key} = {value:.4g}" if isinstance(value, float) else f"{key} = {json.dumps(value)}"
        for key, value in point.items()
    )


def load_plan(
    source: Path,
    *,
    data: list[str] | None = None,
    trials: int | None = None,
    epochs: int | None = None,
    prune: bool | None = None,
) -> Plan:
    """Read a scan and validate all of it: every value of a list, and both ends of a range, in a recipe.

    Parameters
    ----------
    source : Path
        A TOML file: ``recipe``, ``data``, ``search``, and for ranges ``trials``.
    data, trials, epochs, prune : optional
        Instead of what the file says.

    Returns
    -------
    Plan
        The scan.

    Raises
    ------
    RecipeError
        Naming the key and value that is wrong.
    """
    try:
        file = _File.model_validate(read_toml(source, "scan", _TODO))
    except ValidationError as error:
        raise _wrong(source, first_problem(error).what, "nothing can be scanned by it", _TODO) from error
    recipe = load_recipe(file.recipe)
    if epochs is not None:
        recipe = recipe.with_epochs(epochs)
    axes = dict(_axes(source, file.search, ""))
    if not axes:
        raise _wrong(source, "search names no key", "every trial would be the same", "name some, with values")
    number = trials or file.trials
    if all(isinstance(axis, list) for axis in axes.values()):
        grid = math.prod(len(axis) for axis in axes.values() if isinstance(axis, list))
        number = min(number or grid, grid)
    if number is None:
        raise _wrong(
            source,
            "trials is missing",
            "a range has no end of values",
            "add trials = 50, or as many as you can",
        )
    named = [file.data] if isinstance(file.data, str) else file.data or []
    plan = Plan(
        recipe, axes, number, file.seed, file.sampler, file.prune if prune is None else prune, data or named
    )
    if not plan.data:
        raise _wrong(source, "data is missing", "there is nothing to train on", "add it, or use --data")
    _check(source, plan)
    return plan


def _axes(source: Path, section: Mapping[str, Any], above: str) -> Iterator[tuple[str, Range | list[Value]]]:
    for name, value in section.items():
        key = f"{above}{name}"
        if isinstance(value, list):
            if not value:
                raise _wrong(source, f"search.{key} is empty", "there is nothing to try", "give it values")
            texts = [json.dumps(each) for each in value]
            if len(set(texts)) < len(texts):
                raise _wrong(
                    source, f"search.{key} names a value twice", "it would be trained twice", "delete one"
                )
            yield key, value
        elif isinstance(value, dict) and value.keys() & {"low", "high"}:
            try:
                yield key, Range.model_validate(value)
            except ValidationError as error:
                problem = first_problem(error, f"search.{key}")
                raise _wrong(
                    source, problem.what, "no value can be drawn from it", "give low < high, and scale"
                ) from error
        elif isinstance(value, dict):
            yield from _axes(source, value, f"{key}.")
        else:
            raise _wrong(
                source,
                f"search.{key} is {value!r}",
                "a scan has a list of values or a range for each key",
                'write it as a list, [VALUE], or as { low = LOW, high = HIGH, scale = "log" }',
            )


def _check(source: Path, plan: Plan) -> None:
    for key, axis in plan.axes.items():
        if "." not in key or key.startswith("select."):
            raise _wrong(
                source,
                f"search.{key} is no key that trials can differ in",
                "they are compared by one score, of one selection",
                "name keys of other sections, such as loss.beta",
            )
        for value in axis if isinstance(axis, list) else (axis.low, axis.high):
            try:
                plan.recipe_at({key: value})
            except RecipeError as error:
                what = error.what.partition(": ")[2] or error.what
                raise _wrong(source, f"search.{key}: {what}", error.why, error.todo) from error


def _set(section: dict[str, Any], key: str, value: Value) -> None:
    name, _, rest = key.partition(".")
    if rest:
        _set(section.setdefault(name, {}), rest, value)
    else:
        section[name] = value


def _without_none(content: Any) -> Any:
    """As TOML has it, where what is not set is not there."""
    if isinstance(content, dict):
        return {key: _without_none(value) for key, value in content.items() if value is not None}
    return [_without_none(value) for value in content] if isinstance(content, list) else content


def recipe_content(recipe: Recipe) -> dict[str, Any]:
    """A recipe as TOML holds it."""
    content: dict[str, Any] = _without_none(recipe.model_dump(mode="json"))
    return content


def _wrong(source: Path, what: str, why: str, todo: str) -> RecipeError:
    return RecipeError(f"scan {source}: {what}", why, todo)
