"""Models that answer a gen jet with a reco jet, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pyjetsim._utils.extras import needs
from pyjetsim.errors import RecipeError

with needs("train", "a model's PyTorch side"):
    from pyjetsim.models.base import Batch, JetModel, LossConfig, ModelConfig, Standardisation
    from pyjetsim.models.cells import CellsModel
    from pyjetsim.models.graph import GraphVAE
    from pyjetsim.models.masked_vae import MaskedVAE
    from pyjetsim.models.vae import VAE

MODELS: Mapping[str, type[JetModel]] = MappingProxyType(
    {"vae": VAE, "masked_vae": MaskedVAE, "graph_vae": GraphVAE, "cells": CellsModel}
)

__all__ = [
    "MODELS",
    "VAE",
    "Batch",
    "CellsModel",
    "GraphVAE",
    "JetModel",
    "LossConfig",
    "MaskedVAE",
    "ModelConfig",
    "Standardisation",
    "model_named",
]


def model_named(name: str) -> type[JetModel]:
    """The model class of that name; an unknown one raises :class:`~pyjetsim.errors.RecipeError`."""
    if name not in MODELS:
        raise RecipeError(
            f"model.name is {name!r}",
            "a recipe trains one of the models of this package",
            f"use one of {', '.join(MODELS)}",
        )
    return MODELS[name]
