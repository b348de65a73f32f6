"""Tasks by name: one file or folder for each, and one line here."""

from __future__ import annotations

from pyjetsim._utils.plugins import Registry
from pyjetsim.errors import RecipeError
from pyjetsim.tasks.base import Answer, Examples, Feature, Task, TensorSpec

TASKS: Registry[type[Task]] = Registry(
    "task",
    "pyjetsim.tasks",
    {
        "constituents": "pyjetsim.tasks.constituents:Constituents",
        "variables": "pyjetsim.tasks.variables:Variables",
        "cloud": "pyjetsim.tasks.cloud:Cloud",
    },
    Task,
    RecipeError,
    why="nobody here knows what its columns mean",
)
"""Those of other packages are entry points of ``pyjetsim.tasks``."""

__all__ = ["TASKS", "Answer", "Examples", "Feature", "Task", "TensorSpec"]
