"""How the loss of a training step is calculated: in which precision, and whether it is compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import Tensor, nn

from pyjetsim.errors import TrainingError
from pyjetsim.models import Model
from pyjetsim.train.devices import first_line

Precision = Literal["float32", "bfloat16"]
Loss = Callable[[Any, Any], dict[str, Tensor]]

_LAYERS = (nn.Linear, nn.Bilinear, nn.modules.conv._ConvNd)


def loss_of_steps(model: Model, precision: Precision, compiled: bool) -> Loss:
    """The model's loss as training steps calculate it; the model is on its device already."""
    loss: Loss = torch.compile(model.loss) if compiled else model.loss
    if precision == "float32":
        return loss
    layers = LayersInBFloat16(model)

    def in_bfloat16(batch: Any, settings: Any) -> dict[str, Tensor]:
        with layers.on():
            return loss(batch, settings)

    return in_bfloat16


@contextmanager
def compile_errors(compiled: bool) -> Iterator[None]:
    """Turn what torch.compile cannot do into one TrainingError."""
    if not compiled:
        yield
        return
    from torch._dynamo.exc import TorchDynamoException

    try:
        yield
    except TorchDynamoException as error:
        raise TrainingError(
            f"torch.compile failed: {first_line(error)}",
            "training.compile in the recipe asks for it",
            "install the compiler that torch names, or set training.compile = false and start anew",
        ) from error


class LayersInBFloat16:
    """Runs a model's layers under bfloat16 autocast, where :meth:`on`; all between them stays in float32.

    Autocast over a whole loss would also take to 8 bits what is no layer: products of energies with
    the cells they share, sums, likelihoods. So it is switched on for each layer by itself, whose answer
    comes back in float32. Weights stay in float32, and so do checkpoints.
    """

    def __init__(self, model: Model) -> None:
        self._on = False
        for layer in model.modules():
            if isinstance(layer, _LAYERS):
                self._wrap(layer, model.device.type)

    def _wrap(self, layer: nn.Module, device: str) -> None:
        plain = layer.forward

        def forward(*inputs: Any) -> Tensor:
            if not self._on:
                answer: Tensor = plain(*inputs)
                return answer
            with torch.autocast(device, torch.bfloat16):
                answer = plain(*inputs)
            return answer.float()

        layer.forward = forward

    @contextmanager
    def on(self) -> Iterator[None]:
        """For training steps; validation and selection run in float32, as an exported model does."""
        self._on = True
        try:
            yield
        finally:
            self._on = False
