"""What a model must do to be exported: take and return the tensors of its task, in their order."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from pyjetsim.errors import BundleError
from pyjetsim.models import Model
from pyjetsim.tasks import Task, TensorSpec
from pyjetsim.tasks.base import Arrays


def example(model: Model, task: Task) -> Arrays:
    """Two items of zeros: exporters take a batch of one for a constant, or for one to broadcast."""
    return {spec.name: np.zeros((2, *spec.shape), spec.dtype) for spec in task.inputs(model)}


def as_tensors(inputs: Arrays) -> tuple[torch.Tensor, ...]:
    """What the model's ``forward`` takes, in the order of ``inputs``."""
    return tuple(torch.from_numpy(np.ascontiguousarray(array)) for array in inputs.values())


def named(answer: Any, outputs: tuple[TensorSpec, ...]) -> Arrays:
    """What ``forward`` gave, by name: a tensor, or a tuple of them."""
    parts = answer if isinstance(answer, tuple) else (answer,)
    return {spec.name: np.asarray(part) for spec, part in zip(outputs, parts, strict=True)}


def ask(model: Model, task: Task, inputs: Arrays) -> Arrays:
    """PyTorch's answer, in evaluation mode.

    Raises :class:`~pyjetsim.errors.BundleError` for another answer than the task's outputs.
    """
    outputs = task.outputs(model)
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            answer = model(*as_tensors(inputs))
    finally:
        model.train(training)
    rows = len(next(iter(inputs.values())))
    expected = [(getattr(torch, spec.dtype), (rows, *spec.shape)) for spec in outputs]
    parts = answer if isinstance(answer, tuple) else (answer,)
    found = [(part.dtype, tuple(part.shape)) if isinstance(part, torch.Tensor) else part for part in parts]
    if found != expected:
        raise BundleError(
            f"{type(model).__name__} answers {rows} {task.items} with {_listing(found)}",
            f"a bundle's model of the task {task.name} gives {_listing(expected)}",
            "change what forward returns, or what the task and the model say of it",
        )
    return named(answer, outputs)


def _listing(found: list[Any]) -> str:
    return " and ".join(
        f"{str(part[0]).removeprefix('torch.')} {part[1]}" if isinstance(part, tuple) else type(part).__name__
        for part in found
    )
