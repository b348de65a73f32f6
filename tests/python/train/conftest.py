"""A small file of pairs and a recipe that trains on it in a second."""

import pytest

from pyjetsim.io import write_pairs
from pyjetsim.train.recipe import parse_recipe


@pytest.fixture
def data(tmp_path, make_pairs):
    path = tmp_path / "pairs.h5"
    write_pairs(path, make_pairs(400, 1), {"seed": 1})
    return path


@pytest.fixture
def make_recipe():
    def make(**sections):
        content = {
            "model": {"name": "vae", "channels": [4, 4, 8], "hidden": 16, "latent": 3},
            "optimiser": {"learning_rate": 1e-3, "batch_size": 32},
            "training": {"epochs": 4, "seed": 5},
            "select": {"every": 2, "selection": "all"},
        }
        for section, values in sections.items():
            content[section] = {**content.get(section, {}), **values}
        return parse_recipe(content, "test")

    return make
