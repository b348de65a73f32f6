"""Who may import whom: the command line, stages, tasks and models, files and jets, errors; nothing upward."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib.resources import files
from pathlib import Path

import pytest

PACKAGE = Path(str(files("pyjetsim")))
LEVELS = (
    ("errors", "_utils", "_core", "_matching", "_ops", "_clustering", "_installed", "_moved"),
    ("jets", "io", "detector", "ops"),
    ("tasks", "models"),
    ("generate", "convert", "train", "bundle", "simulate", "evaluate"),
    ("quickstart", "inspection"),
    ("cli",),
    ("__init__", "__main__"),
)
STAGES = LEVELS[3]
ALLOWED = {
    ("bundle.export", "simulate.graph"): "an export is tried with the engine that users have",
    ("simulate.files", "bundle.manifest"): "the manifest names a bundle's files",
    ("simulate.loaded", "bundle.manifest"): "the manifest says what a bundle takes and gives",
    ("simulate.simulator", "bundle.manifest"): "the manifest says what a bundle takes and gives",
    ("simulate.simulator", "bundle.shipped"): "the bundles that come with the package are known by name",
    ("tasks.cloud", "evaluate.clouds"): "the public view that a task is compared by",
    ("tasks.cloud", "evaluate.metrics.binned"): "the public metric that selects an epoch",
    ("tasks.constituents.learning", "evaluate.metrics.binned"): "the public metric that selects an epoch",
    (
        "tasks.constituents.verdict_score",
        "evaluate.metrics.binned",
    ): "the public metric that selects an epoch",
    ("tasks.constituents.verdict_score", "evaluate.observables.bins"): "the bins that a report has",
    ("tasks.constituents.verdict_score", "evaluate.observables.table"): "the observables that a report has",
    ("tasks.constituents.verdict_score", "evaluate.verdict.tolerances"): "what a verdict asks",
    ("tasks.constituents.task", "evaluate.view"): "the public view that a task is compared by",
    ("tasks.variables.task", "evaluate.metrics.binned"): "the public metric that selects an epoch",
    ("tasks.variables.view", "evaluate.view"): "the public view that a task is compared by",
    ("tasks.variables.view", "evaluate.observables.table"): "the observables that a report has",
}
"""Modules below :mod:`pyjetsim` that import from above, or from another stage, and why they may."""


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


@cache
def imports(*, at_once: bool = False) -> frozenset[tuple[str, str]]:
    """Every module of the package, and each module that it imports, inside functions too.

    ``at_once``: only what is imported when the module is.
    """
    return frozenset(_imports(at_once))


def _imports(at_once: bool) -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from ((name, other) for node in _nodes(tree, at_once) for other in _imported(node))


def _nodes(node: ast.AST, at_once: bool) -> Iterator[ast.AST]:
    yield node
    later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for_types = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
    if not (at_once and (later or for_types)):
        for child in ast.iter_child_nodes(node):
            yield from _nodes(child, at_once)


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "a relative import hides which room is meant"
        if node.module == "pyjetsim":
            yield from (f"pyjetsim.{each.name}" for each in node.names)
        elif (node.module or "").startswith("pyjetsim."):
            yield str(node.module)
    elif isinstance(node, ast.Import):
        yield from (each.name for each in node.names if each.name.split(".")[0] == "pyjetsim")


def level(name: str) -> int:
    found = [place for place, rooms in enumerate(LEVELS) if name in rooms]
    # What is no room is an attribute of the package itself, such as its version.
    return found[0] if found else 0


def allowed(one: str, other: str) -> bool:
    return (one.removeprefix("pyjetsim."), other.removeprefix("pyjetsim.")) in ALLOWED


def test_nothing_is_imported_from_above() -> None:
    pairs = imports()
    assert len(pairs) > 300
    upward = {
        f"{one} imports {other}"
        for one, other in pairs
        if level(room(other)) > level(room(one)) and not allowed(one, other)
    }
    assert upward == set()


def test_no_stage_imports_another() -> None:
    across = {
        f"{one} imports {other}"
        for one, other in imports()
        if {room(one), room(other)} <= set(STAGES) and room(one) != room(other) and not allowed(one, other)
    }
    assert across == set()


def test_rooms_import_each_other_in_no_circle() -> None:
    needs: dict[str, set[str]] = {}
    for one, other in imports(at_once=True):
        # The version and the errors are attributes of the package itself, whose room is above all.
        known = any(room(other) in rooms for rooms in LEVELS)
        if known and room(one) != room(other) and not allowed(one, other):
            needs.setdefault(room(one), set()).add(room(other))
    assert needs["io"] >= {"jets", "errors"}
    list(TopologicalSorter(needs).static_order())  # raises for a circle, with its rooms


@pytest.mark.parametrize("pair", ALLOWED)
def test_every_exception_is_still_one(pair: tuple[str, str]) -> None:
    one, other = pair
    assert (f"pyjetsim.{one}", f"pyjetsim.{other}") in imports()


def test_every_folder_is_a_room() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    assert folders <= {name for rooms in LEVELS for name in rooms}
