"""What an export asks of a model, and what the model may answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from pyjetsim.bundle.tensors import Inputs, Outputs
from pyjetsim.errors import BundleError
from pyjetsim.models import JetModel


def example(model: JetModel) -> Inputs:
    """Two jets of zeros: exporters take a batch of one for a constant, or for one to broadcast."""
    p, z = model.config.max_constituents, model.noise_size
    pid = np.zeros((2, p), np.int32) if model.uses_pid else None
    return Inputs(np.zeros((2, p, 3), np.float32), np.zeros((2, z), np.float32), pid)


def as_tensors(inputs: Inputs) -> tuple[torch.Tensor, ...]:
    """What the model's ``forward`` takes."""
    return tuple(torch.from_numpy(array) for array in inputs.given)


def as_outputs(answer: Any) -> Outputs:
    """What ``forward`` gave: constituents, or a pair of constituents and pid."""
    constituents, pid = answer if isinstance(answer, tuple) else (answer, None)
    return Outputs(np.asarray(constituents), None if pid is None else np.asarray(pid))


def ask(model: JetModel, inputs: Inputs) -> Outputs:
    """PyTorch's answer, in evaluation mode.

    Raises :class:`~pyjetsim.errors.BundleError` for another answer than a bundle can hold.
    """
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            answer = model(*as_tensors(inputs))
    finally:
        model.train(training)
    p = model.max_reco_constituents
    allowed = [(torch.float32, (len(inputs.noise), p, 3)), (torch.int32, (len(inputs.noise), p))]
    parts = answer if isinstance(answer, tuple) else (answer,)
    found = [(part.dtype, tuple(part.shape)) if isinstance(part, torch.Tensor) else part for part in parts]
    if found not in (allowed[:1], allowed):
        raise BundleError(
            f"{type(model).__name__} answers {len(inputs.noise)} jets with {_listing(found)}",
            f"a bundle's model gives {_listing(allowed[:1])}, or {_listing(allowed)}",
            "change what forward returns, or max_reco_constituents",
        )
    return as_outputs(answer)


def tells_pid(model: JetModel) -> bool:
    """True where the model says what each reco constituent is."""
    return ask(model, example(model)).pid is not None


def _listing(found: list[Any]) -> str:
    return " and ".join(
        f"{str(part[0]).removeprefix('torch.')} {part[1]}" if isinstance(part, tuple) else type(part).__name__
        for part in found
    )
