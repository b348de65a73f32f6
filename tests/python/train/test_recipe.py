"""Recipes: what is shipped is valid, what is wrong is named."""

import pytest

from pyjetsim.errors import RecipeError
from pyjetsim.train.recipe import load_recipe, shipped_recipes


def test_the_paper_recipe_is_the_papers():
    recipe = load_recipe("paper")
    assert recipe.loss["beta"] == pytest.approx(1 / 9)
    assert tuple(recipe.loss[name] for name in ("alpha_mass", "alpha_pt", "reconstruction")) == (
        1.0,
        0.1,
        "chamfer",
    )
    assert (recipe.optimiser.learning_rate, recipe.training.epochs, recipe.select.every) == (1e-4, 300, 10)
    assert recipe.data.cuts.jet_pt_min == 130
    assert recipe.model_settings.max_constituents == 50


@pytest.mark.parametrize("name", shipped_recipes())
def test_every_shipped_recipe_loads_and_spells_out_its_model(name, cms):
    recipe = load_recipe(name)
    assert recipe.model == {"name": recipe.model["name"], **recipe.model_settings.model_dump(mode="json")}
    assert recipe.loss == recipe.loss_settings.model_dump(mode="json")
    assert recipe.for_conditions(cms).new_model().noise_size > 0


MISTAKES = {
    "unknown key": ("[model]\nname='vae'\n[loss]\nbetta=0.1", r"unknown key 'loss.betta'"),
    "unknown section": ("[model]\nname='vae'\n[data_]\nx=1", r"unknown key 'data_'"),
    "unknown model key": ("[model]\nname='vae'\nlatents=3", r"unknown key 'model.latents'"),
    "another model's loss": (
        "[model]\nname='vae'\n[loss]\nmask_weight=1.0",
        r"unknown key 'loss.mask_weight'",
    ),
    "wrong type": ("[model]\nname='vae'\n[training]\nepochs='ten'", r"training.epochs is 'ten'"),
    "integer for a section": ("[model]\nname='vae'\n[loss]\nbeta=true", r"loss.beta is True"),
    "out of range": ("[model]\nname='vae'\n[loss]\nbeta=2.0", r"loss.beta is 2.0"),
    "unknown choice": ("[model]\nname='vae'\n[loss]\nunits='MeV'", r"loss.units is 'MeV'"),
    "unknown selection": ("[model]\nname='vae'\n[data]\nselection='none'", r"data.selection is 'none'"),
    "unknown model": ("[model]\nname='gan'", r"model.name is 'gan'"),
    "no channels": ("[model]\nname='vae'\nchannels=[0, 64, 128]", r"channels"),
    "no model name": ("[model]\nlatent=3", r"name is missing"),
    "infinity": ("[model]\nname='vae'\n[optimiser]\nlearning_rate=inf", r"optimiser.learning_rate is inf"),
    "nothing to learn": (
        "[model]\nname='vae'\n[loss]\nbeta=0.0\nreconstruction_weight=0.0\nalpha_mass=0.0\nalpha_pt=0.0",
        r"no weight is left",
    ),
    "no model": ("[loss]\nbeta=0.1", r"model is missing"),
    "a section that does not fit together": (
        "[model]\nname='vae'\nmax_constituents=20",
        r"mine.toml: model: max_constituents below 32 leaves .* \(no training",
    ),
    "no toml": ("[model", r"is no TOML"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_file(tmp_path, mistake):
    text, message = MISTAKES[mistake]
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=message) as caught:
        load_recipe(path)
    assert mistake == "unknown model" or "mine.toml" in str(caught.value)


def test_a_missing_recipe_lists_the_shipped_ones(tmp_path):
    with pytest.raises(RecipeError, match=r"paper, quickstart"):
        load_recipe(tmp_path / "none.toml")
