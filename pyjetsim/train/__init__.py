"""Train a model by a recipe; choose its best epoch; go on after an interruption."""

from pyjetsim._utils.extras import needs

with needs("train", "training"):
    from pyjetsim.train.checkpoint import load_model
    from pyjetsim.train.loop import train
    from pyjetsim.train.recipe import Recipe, load_recipe, shipped_recipes
    from pyjetsim.train.stop import Stop

__all__ = ["Recipe", "Stop", "load_model", "load_recipe", "shipped_recipes", "train"]
