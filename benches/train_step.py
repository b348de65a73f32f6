"""A step of the paper's training, with the loss in PyTorch and with the compiled one.

    python benches/train_step.py [--json FILE] [--threads 1] [--recipe paper]

Forward, loss, backward, optimiser, on a batch of the recipe's size. "broadcast" is the definition: all
differences in one tensor; "cdist" takes nearest points by `torch.cdist` and their distances again. The share
of the loss is that of its forward and backward alone, measured in the same rounds.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import _common
import torch
from _contenders import OURS
from _grid import start
from _jets import random_jets
from _rivals import broadcast, cdist_nearest
from _timing import interleaved
from torch import Tensor

from pyjetsim.models import VAE, Standardisation
from pyjetsim.models.loss import COMPILED, LossOps, loss_components
from pyjetsim.ops import reference
from pyjetsim.train import Recipe, load_recipe
from pyjetsim.train.devices import place

TOLERANCE = 1e-4  # of the gradients of all weights, as a vector
LOSSES = {
    OURS: COMPILED,
    "broadcast": LossOps(broadcast, reference.jet_kinematics, fused=False),
    "cdist": LossOps(
        partial(cdist_nearest, mode="donot_use_mm_for_euclid_dist"), reference.jet_kinematics, fused=False
    ),
}


def new_model(recipe: Recipe, gen: Tensor, reco: Tensor) -> VAE:
    """The recipe's model, untrained, scaled to these jets."""
    torch.manual_seed(0)
    model = recipe.new_model()
    assert isinstance(model, VAE)
    scales = [Standardisation(jets.mean((0, 1)), jets.std((0, 1))) for jets in (gen, reco)]
    model.set_standardisation(*scales)
    place(model, torch.device("cpu"))
    return model.train()


def total_loss(model: VAE, recipe: Recipe, gen: Tensor, reco: Tensor, using: LossOps) -> Tensor:
    prediction = model.predict(gen, torch.randn(len(gen), model.noise_size))
    return loss_components(model, prediction, reco, recipe.loss_settings, using)["total"]


def gradient(recipe: Recipe, gen: Tensor, reco: Tensor, using: LossOps) -> Tensor:
    """Of all weights, in one vector; the same dropout and noise each time."""
    model = new_model(recipe, gen, reco)
    weights = list(model.parameters())
    gradients = torch.autograd.grad(total_loss(model, recipe, gen, reco, using), weights)
    return torch.cat([part.flatten() for part in gradients])


def step_of(recipe: Recipe, gen: Tensor, reco: Tensor, using: LossOps) -> Callable[[], None]:
    """A whole step, on a model of its own."""
    model = new_model(recipe, gen, reco)
    optimiser = torch.optim.Adam(model.parameters(), lr=recipe.optimiser.learning_rate, fused=True)

    def step() -> None:
        total = total_loss(model, recipe, gen, reco, using)
        optimiser.zero_grad()
        total.backward()
        optimiser.step()

    return step


def loss_of(recipe: Recipe, gen: Tensor, reco: Tensor, using: LossOps) -> Callable[[], object]:
    """The loss and its gradient of the prediction, without the model."""
    model = new_model(recipe, gen, reco)
    with torch.no_grad():
        prediction = model.predict(gen, torch.randn(len(gen), model.noise_size))
    wanted = [part.requires_grad_() for part in prediction]

    def loss() -> object:
        total = loss_components(model, prediction, reco, recipe.loss_settings, using)["total"]
        return torch.autograd.grad(total, wanted)

    return loss


def measure(recipe: Recipe, seconds: float) -> tuple[list[dict[str, object]], dict[str, float]]:
    """Rows and figures.

    Raises
    ------
    AssertionError
        If the losses give different gradients.
    """
    gen, reco = random_jets(recipe.optimiser.batch_size, recipe.model["max_constituents"])
    true = gradient(recipe, gen, reco, LOSSES["broadcast"])
    calls: dict[str, Callable[[], object]] = {}
    for name, using in LOSSES.items():
        error = float((gradient(recipe, gen, reco, using) - true).norm() / true.norm())
        assert error <= TOLERANCE, f"{name}: gradients differ by {error:.1g}"
        calls[f"{name} step"] = step_of(recipe, gen, reco, using)
        calls[f"{name} loss"] = loss_of(recipe, gen, reco, using)
    for call in calls.values():
        call()
    milliseconds = {name: 1e3 * time for name, time in interleaved(calls, seconds).items()}
    rows, figures = [], {}
    for name in LOSSES:
        step, loss = milliseconds[f"{name} step"], milliseconds[f"{name} loss"]
        share = loss / step
        rows.append({"loss": name, "step, ms": step, "loss, ms": loss, "loss, share of the step": share})
        prefix = "" if name == OURS else f"{name}_"
        figures.update({f"{prefix}step_ms": step, f"{prefix}loss_share": share})
    figures["step_speedup"] = figures["broadcast_step_ms"] / figures["step_ms"]
    figures["step_speedup_vs_cdist"] = figures["cdist_step_ms"] / figures["step_ms"]
    return rows, figures


def main() -> None:
    options = _common.parser(__doc__)
    options.add_argument("--recipe", default="paper", help="a shipped recipe or a TOML file")
    options.add_argument("--seconds", type=float, default=20.0, help="of timing (default 20)")
    arguments = _common.parsed(options, seconds=1.0)
    start(arguments.threads)
    recipe = load_recipe(arguments.recipe)
    batch = recipe.optimiser.batch_size
    title = f"A training step, recipe {arguments.recipe}, {batch} jets, {arguments.threads} thread(s)"
    with _common.Report(arguments.json, title, quick=arguments.quick) as report:
        rows, figures = measure(recipe, arguments.seconds)
        report.add(*rows, threads=arguments.threads, **figures)


if __name__ == "__main__":
    main()
