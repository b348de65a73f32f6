"""The docstrings of what users call name every parameter, in NumPy's sections, and their examples run."""

from __future__ import annotations

import doctest
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

MODULES = (
    "pyjetsim",
    "pyjetsim.bundle",
    "pyjetsim.convert",
    "pyjetsim.detector",
    "pyjetsim.errors",
    "pyjetsim.evaluate",
    "pyjetsim.evaluate.metrics.base",
    "pyjetsim.evaluate.metrics.binned",
    "pyjetsim.evaluate.observables",
    "pyjetsim.evaluate.observables.substructure",
    "pyjetsim.evaluate.view",
    "pyjetsim.generate",
    "pyjetsim.inspection.doctor",
    "pyjetsim.inspection.info",
    "pyjetsim.inspection.show",
    "pyjetsim.io",
    "pyjetsim.io.formats",
    "pyjetsim.io.outputs",
    "pyjetsim.jets",
    "pyjetsim.jets.clustering",
    "pyjetsim.jets.event_ids",
    "pyjetsim.jets.jets",
    "pyjetsim.jets.noise",
    "pyjetsim.jets.selection",
    "pyjetsim.models",
    "pyjetsim.models.sampling",
    "pyjetsim.ops",
    "pyjetsim.ops.reference",
    "pyjetsim.quickstart",
    "pyjetsim.simulate",
    "pyjetsim.tasks",
    "pyjetsim.train",
)
"""What the guides name: their ``__all__``, or else the public names that they define."""


def exported(module: ModuleType) -> Iterator[Any]:
    names = getattr(module, "__all__", None)
    for name in names or [each for each in vars(module) if not each.startswith("_")]:
        thing = getattr(module, name)
        here = names is not None or getattr(thing, "__module__", None) == module.__name__
        if here and (inspect.isfunction(thing) or inspect.isclass(thing)):
            yield thing


def functions(thing: Any) -> Iterator[tuple[str, Any, str]]:
    """Name, function and docstring of a function, or of a class's constructor and methods."""
    name = f"{thing.__module__}.{thing.__qualname__}"
    if inspect.isfunction(thing):
        yield name, thing, inspect.getdoc(thing) or ""
        return
    for method, raw in vars(thing).items():
        function = raw.__func__ if isinstance(raw, staticmethod | classmethod) else raw
        if not inspect.isfunction(function) or "<" in function.__qualname__:
            continue
        # What dataclasses, NamedTuples and protocols add is written in no module of this package.
        written = function.__module__.startswith("pyjetsim") and function.__code__.co_filename[-3:] == ".py"
        if not written:
            continue
        if method == "__init__":
            documents = (thing.__doc__ or "", function.__doc__ or "")
            yield name, function, "\n".join(inspect.cleandoc(each) for each in documents)
        elif not method.startswith("_") or method == "__call__":
            # A method that overrides another is described there.
            overrides = any(method in vars(base) for base in thing.__mro__[1:])
            if not (overrides and method != "__call__"):
                yield f"{name}.{method}", function, inspect.getdoc(function) or ""


def parameters(function: Any) -> list[str]:
    found = inspect.signature(function).parameters
    return [name for name in found if name not in ("self", "cls")]


def described(docstring: str) -> set[str]:
    """The names in a docstring's section Parameters: ``x, y : type`` or ``*names``."""
    text = inspect.cleandoc(docstring)
    section = re.search(r"^Parameters\n-{10}\n(.*?)(?=^[A-Z]\w+\n-{3,}$|\Z)", text, re.DOTALL | re.MULTILINE)
    if section is None:
        return set()
    heads = re.findall(r"^(\S.*)$", section[1], re.MULTILINE)
    return {name.strip(" *") for head in heads for name in head.split(" : ")[0].split(",")}


CASES = {
    name: (function, docstring)
    for module in MODULES
    for thing in exported(import_module(module))
    for name, function, docstring in functions(thing)
    if len(parameters(function)) >= 2
}


def test_there_is_much_to_look_at() -> None:
    assert len(CASES) > 60


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_parameter_is_described(name: str) -> None:
    function, docstring = CASES[name]
    assert [each for each in parameters(function) if each not in described(docstring)] == []


def test_a_missing_parameter_is_seen() -> None:
    text = "Do it.\n\nParameters\n----------\nx, y : float\n    Two.\n*more\n    All.\n\nReturns\n-------\nz"
    assert described(text) == {"x", "y", "more"}
    assert described("Do it with x and y.") == set()


RUN = (
    "pyjetsim.detector.card.load_card",
    "pyjetsim.evaluate.metrics.binned.symmetrised_kld",
    "pyjetsim.evaluate.metrics.binned.wasserstein",
    "pyjetsim.jets.clustering.cluster",
    "pyjetsim.jets.event_ids.jet_ids",
    "pyjetsim.jets.kinematics.jet_kinematics",
    "pyjetsim.ops.chamfer.ChamferDistance",
    "pyjetsim.ops.chamfer.chamfer_distance",
    "pyjetsim.ops.kinematics.jet_kinematics",
    "pyjetsim.ops.reconstruction_loss.jet_reconstruction_loss",
    "pyjetsim.simulate.simulator.Simulator.__call__",
    "pyjetsim.simulate.simulator.load",
    "pyjetsim.train.recipe.load_recipe",
)
"""Whose examples need no files, and are run."""


@pytest.mark.parametrize("name", RUN)
def test_examples_give_what_they_say(name: str) -> None:
    parts = name.split(".")
    depth = next(n for n in range(len(parts), 0, -1) if find_module(".".join(parts[:n])))
    module = import_module(".".join(parts[:depth]))
    thing: Any = module
    for part in parts[depth:]:
        thing = getattr(thing, part)
    names = {**vars(module), "np": np, "torch": torch}
    examples = doctest.DocTestParser().get_doctest(inspect.getdoc(thing) or "", names, name, None, 0)
    assert examples.examples
    wrong: list[str] = []
    doctest.DocTestRunner(verbose=False).run(examples, out=wrong.append)
    assert not wrong, "".join(wrong)


def find_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
