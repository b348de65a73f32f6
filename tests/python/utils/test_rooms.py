"""Who may import whom: the command line, stages, tasks and models, files and jets, errors; nothing upward."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

PACKAGE = Path(str(files("pyjetsim")))
LEVELS = (
    ("errors", "_utils", "_core", "_matching", "_ops", "_clustering", "_installed", "_moved"),
    ("jets", "io", "detector", "ops"),
    ("tasks", "models"),
    ("generate", "convert", "train", "bundle", "simulate", "evaluate"),
    ("quickstart",),
    ("cli",),
    ("__init__", "__main__"),
)
STAGES = LEVELS[3]
ALLOWED = {
    ("bundle", "simulate"): "an export is tried with the engine that users have",
    ("simulate", "bundle"): "the manifest says what a bundle takes and gives",
    ("tasks", "evaluate"): "a task is scored and compared by the public metrics and views",
}


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def imports() -> Iterator[tuple[str, str]]:
    """Every module of the package, and each module that it imports, inside functions too."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(("pyjetsim", *path.relative_to(PACKAGE).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pyjetsim"):
                for each in node.names:
                    yield name, f"pyjetsim.{each.name}" if node.module == "pyjetsim" else str(node.module)
            elif isinstance(node, ast.Import):
                yield from ((name, each.name) for each in node.names if each.name.startswith("pyjetsim"))


def level(name: str) -> int:
    found = [place for place, rooms in enumerate(LEVELS) if name in rooms]
    # What is no room is an attribute of the package itself, such as its version.
    return found[0] if found else 0


def test_nothing_is_imported_from_above() -> None:
    pairs = set(imports())
    assert len(pairs) > 300
    upward = {
        f"{one} imports {other}"
        for one, other in pairs
        if level(room(other)) > level(room(one)) and (room(one), room(other)) not in ALLOWED
    }
    assert upward == set()


def test_no_stage_imports_another() -> None:
    across = {
        f"{one} imports {other}"
        for one, other in imports()
        if {room(one), room(other)} <= set(STAGES)
        and room(one) != room(other)
        and (room(one), room(other)) not in ALLOWED
    }
    assert across == set()


@pytest.mark.parametrize("pair", ALLOWED)
def test_every_exception_is_still_one(pair: tuple[str, str]) -> None:
    assert pair in {(room(one), room(other)) for one, other in imports()}


def test_every_folder_is_a_room() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    assert folders <= {name for rooms in LEVELS for name in rooms}
