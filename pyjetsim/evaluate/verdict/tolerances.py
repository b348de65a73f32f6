"""Tolerances of the verdict: the defaults that come with the package, and files of users."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pyjetsim._utils.validation import Problem, first_problem, read_toml
from pyjetsim.errors import RecipeError

DEFAULTS = files(__package__) / "tolerances.toml"

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Rule(_Table):
    """When a figure fails."""

    standard_errors: Annotated[float, Field(ge=0)]


class W1(_Table):
    """Of Wasserstein-1 over its floor."""

    max: Annotated[float, Field(gt=1)]
    jets: Count


class AucLimit(_Table):
    """Of the classifiers."""

    max: Annotated[float, Field(gt=0.5, le=1)]
    jets: Count


class ResponseLimits(_Table):
    """Of the pt response in bins of gen pt, relative to the target's."""

    mean: Positive
    width: Positive
    std: Positive
    min_jets: Count


class MassLimits(_Table):
    """Of the reco mass in bins of gen mass: the mean in GeV, std relative to the target's."""

    mean: Positive
    std: Positive
    min_jets: Count


class TailLimit(_Table):
    """Of the share of responses above the target's 99.9 % quantile."""

    max: Annotated[float, Field(gt=1)]
    min_expected: Count


class TaggerLimit(_Table):
    """Of the background rejection, relative to the target's."""

    rejection: Positive


class Tolerances(_Table):
    """All tolerances; ``tolerances.toml`` beside this module explains each."""

    rule: Rule
    w1: W1
    auc: AucLimit
    response: ResponseLimits
    mass: MassLimits
    tail: TailLimit
    tagger: TaggerLimit


def load_tolerances(source: str | Path | None = None) -> Tolerances:
    """Read and check tolerances.

    Parameters
    ----------
    source : str or Path, optional
        A TOML file; what it leaves out is as in the defaults. None: the defaults.

    Returns
    -------
    Tolerances
        Every one, checked.

    Raises
    ------
    RecipeError
        For a file that cannot be read, and a key or value that is wrong; it names file, key and value.

    Examples
    --------
    >>> load_tolerances().auc.max
    0.53
    """
    if source is None:
        return Tolerances.model_validate(_defaults())
    todo = "check the name; `pyjetsim evaluate --print-tolerances` prints a file to start from"
    return parse_tolerances(read_toml(Path(source), "tolerances file", todo), str(source))


def parse_tolerances(content: dict[str, Any], source: str) -> Tolerances:
    """Check tolerances.

    Parameters
    ----------
    content : dict
        As read from TOML.
    source : str
        What error messages call it.

    Returns
    -------
    Tolerances
        With the defaults filled in.

    Raises
    ------
    RecipeError
        For a key or value that is wrong; it names source, key and value.
    """
    whole = dict(_defaults())
    for name, table in content.items():
        known = whole.get(name)
        whole[name] = {**known, **table} if isinstance(known, dict) and isinstance(table, dict) else table
    try:
        return Tolerances.model_validate(whole)
    except ValidationError as error:
        raise _wrong(source, first_problem(error)) from error


@cache
def _defaults() -> dict[str, Any]:
    return read_toml(DEFAULTS, "tolerances file", "reinstall pyjetsim")


def _wrong(source: str, problem: Problem) -> RecipeError:
    every = "`pyjetsim evaluate --print-tolerances` prints every key"
    why, todo = (
        ("a mistyped tolerance would be ignored in silence", f"correct or delete it; {every}")
        if problem.kind == "extra_forbidden"
        else ("nothing can be judged by it", "give it another value")
    )
    return RecipeError(f"tolerances file {source}: {problem.what}", why, todo)
