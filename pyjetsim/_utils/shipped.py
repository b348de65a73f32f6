"""Files that come with the package, by name: detector cards, recipes, and the tolerances of a verdict."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

_FOLDERS = {
    "detector": ("detector",),
    "recipe": ("train", "recipes"),
    "tolerances": ("evaluate", "verdict"),
}


def shipped_files(kind: str) -> dict[str, Traversable]:
    """TOML files by name, sorted; ``kind`` is "detector" for cards, "recipe" or "tolerances"."""
    folder = files("pyjetsim").joinpath(*_FOLDERS[kind])
    found = {
        entry.name.removesuffix(".toml"): entry for entry in folder.iterdir() if entry.name.endswith(".toml")
    }
    return dict(sorted(found.items()))
