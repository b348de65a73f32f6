"""Models by name: one file or folder for each, and one line here."""

from __future__ import annotations

from pyjetsim._utils.extras import needs
from pyjetsim._utils.plugins import Registry
from pyjetsim.errors import RecipeError

with needs("train", "a model's PyTorch side"):
    from pyjetsim.models.base import (
        Batch,
        JetModel,
        JetModelConfig,
        LossConfig,
        Model,
        ModelConfig,
        Standardisation,
    )
    from pyjetsim.models.cells import CellsModel
    from pyjetsim.models.flows.variables import VariablesFlow
    from pyjetsim.models.graph import GraphVAE
    from pyjetsim.models.masked_vae import MaskedVAE
    from pyjetsim.models.vae import VAE


MODELS: Registry[type[Model]] = Registry(
    "model",
    "pyjetsim.models",
    {
        "vae": "pyjetsim.models.vae:VAE",
        "masked_vae": "pyjetsim.models.masked_vae:MaskedVAE",
        "graph_vae": "pyjetsim.models.graph.vae:GraphVAE",
        "cells": "pyjetsim.models.cells.model:CellsModel",
        "variables_flow": "pyjetsim.models.flows.variables:VariablesFlow",
        "cloud_flow": "pyjetsim.models.cloud_flow:CloudFlow",
    },
    Model,
    RecipeError,
    what="model.name is {name!r}",
    why="a recipe trains one of the models of this package, or of one that adds its own",
    todo="use one of {known}",
)
"""Those of other packages are entry points of ``pyjetsim.models``."""

__all__ = [
    "MODELS",
    "VAE",
    "Batch",
    "CellsModel",
    "GraphVAE",
    "JetModel",
    "JetModelConfig",
    "LossConfig",
    "MaskedVAE",
    "Model",
    "ModelConfig",
    "Standardisation",
    "VariablesFlow",
    "model_named",
]


def model_named(name: str) -> type[Model]:
    """The model class of that name.

    Raises
    ------
    RecipeError
        For a name that is not registered.
    """
    return MODELS[name]
