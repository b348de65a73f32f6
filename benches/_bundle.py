"""The bundle that is measured: the model of the recipe ``paper``.

Its weights are random: speed does not depend on them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


def untrained() -> Any:
    """The model; the same each time."""
    import torch

    from pyjetsim.models import Standardisation, model_named
    from pyjetsim.train.recipe import load_recipe

    recipe = load_recipe("paper")
    torch.manual_seed(0)
    model = model_named(recipe.model["name"])(recipe.model_settings)
    scale = Standardisation(torch.zeros(3), torch.tensor([6.0, 6.0, 12.0]))
    model.set_standardisation(scale, scale)
    return model.eval()


def exported(folder: Path) -> Path:
    """Its bundle, as the project exports it."""
    from pyjetsim.bundle import export_model

    domain = {"pt": [100.0, 600.0], "eta": [-2.5, 2.5], "n_constituents": [5, 80]}
    export_model(untrained(), folder / "bundle", domain=domain, provenance={})
    return folder / "bundle"
