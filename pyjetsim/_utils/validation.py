"""Reading of TOML files, and pydantic's complaints about their content as one line."""

from __future__ import annotations

import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from pyjetsim.errors import RecipeError

_SHOWN = 80
"""Characters of a value that fit into an error's one line."""


class Problem(NamedTuple):
    """The first of what is wrong."""

    field: str
    """Where, as "loss.beta"; "content" where the whole is meant."""
    value: Any
    """What was found there."""
    message: str
    """What should be, without a capital."""
    kind: str
    """pydantic's name of it: "missing", "extra_forbidden" or another."""
    more: int
    """How many others there are."""

    @property
    def what(self) -> str:
        """One clause with field, value and message; the value of a whole section is left out."""
        if self.kind == "missing":
            return f"{self.field} is missing"
        if self.kind == "extra_forbidden":
            return f"unknown key {self.field!r}"
        value = "" if isinstance(self.value, dict) else f" is {_shortened(self.value)}"
        return f"{self.field}{value}: {self.message}"


def first_problem(error: ValidationError, section: str = "") -> Problem:
    """The first complaint of ``error``; ``section`` is where the validated part stands in the whole."""
    first = error.errors(include_url=False)[0]
    # pydantic adds the member of a union and "[key]", which the user did not write.
    parts = [str(part) for part in first["loc"] if "[" not in str(part)]
    field = ".".join([section, *parts] if section else parts) or "content"
    message = first["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    return Problem(field, first["input"], message, first["type"], error.error_count() - 1)


def read_toml(source: Path | Traversable, what: str, todo: str) -> dict[str, Any]:
    """Read a TOML file; ``what`` is its kind and ``todo`` the way out where it cannot be read.

    Raises :class:`~pyjetsim.errors.RecipeError` that names the file, and the line where it is no TOML.
    """
    try:
        text = source.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{what} {source} is no text", f"a {what} is a text file in TOML", todo) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise RecipeError(f"{what} {source} cannot be read: {reason}", "it is needed", todo) from error
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RecipeError(
            f"{what} {source} is no TOML: {error}",
            "nothing of it can be trusted",
            f"mend that line, or {todo}",
        ) from error


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
