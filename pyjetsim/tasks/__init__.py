"""Tasks: what models answer, by name. One file or folder a task, one line here."""

from __future__ import annotations

from typing import Any

from pyjetsim._utils.plugins import Registry
from pyjetsim.errors import Error, RecipeError
from pyjetsim.tasks.base import Answer, Examples, Feature, Task, TensorSpec


def _unknown(name: str, known: str) -> Error:
    return RecipeError(
        f"there is no task {name!r}",
        "nobody here knows what its columns mean",
        f"use one of {known}, or install the package that brings it",
    )


def _is_task(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, Task)


TASKS: Registry[type[Task]] = Registry(
    "task",
    "pyjetsim.tasks",
    {"constituents": "pyjetsim.tasks.constituents:Constituents"},
    _unknown,
    _is_task,
)
"""Those of other packages are entry points of ``pyjetsim.tasks``."""

__all__ = ["TASKS", "Answer", "Examples", "Feature", "Task", "TensorSpec"]
