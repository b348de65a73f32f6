"""Are the answers right? Against the definition in float64, on a sample of the jets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

SAMPLE = 64  # jets, spread over the batch

Function = Callable[..., Tensor | tuple[Tensor, ...]]


def outputs_of(answer: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """A function's outputs as a tuple, be it one or many."""
    return (answer,) if isinstance(answer, Tensor) else tuple(answer)


class Truth:
    """What ``definition`` answers in float64 for some of the jets, with its gradients."""

    def __init__(
        self,
        definition: Function,
        inputs: Sequence[Tensor],
        clear: Callable[..., Tensor] | None = None,
        sample: int = SAMPLE,
    ) -> None:
        batch = len(inputs[0])
        rows = torch.linspace(0, batch - 1, min(batch, sample)).long()
        if clear is not None:
            rows = rows[clear(*(tensor[rows] for tensor in inputs))]
        assert len(rows) > min(batch, sample) // 2, "too few jets are left to check"
        self.rows = rows
        chosen = [tensor[rows].double().requires_grad_() for tensor in inputs]
        self.outputs = outputs_of(definition(*chosen))
        self.gradients = torch.autograd.grad(sum(output.sum() for output in self.outputs), chosen)

    def wrong(
        self, outputs: Sequence[Tensor], gradients: Sequence[Tensor | None], tolerance: float
    ) -> str | None:
        """What is wrong with an answer to the whole batch; None if nothing is. Gradients may be left out."""
        named = [("answer", pair) for pair in zip(outputs, self.outputs, strict=True)]
        if gradients:
            named += [("gradient", pair) for pair in zip(gradients, self.gradients, strict=True)]
        errors = {}
        for what, (given, true) in named:
            if given is not None:
                error = relative_error(given.detach()[self.rows], true)
                errors[what] = max(error, errors.get(what, 0.0))
        worst = max(errors, key=lambda what: errors[what])
        return f"{worst} wrong by {errors[worst]:.1g}" if errors[worst] > tolerance else None


def relative_error(given: Tensor, true: Tensor) -> float:
    """Largest difference, in units of the true value or of a typical one where that is smaller."""
    if true.numel() == 0:
        return 0.0
    true = true.detach()
    scale = true.abs().clamp(min=float(true.abs().median()))
    return float(((given.double() - true).abs() / scale).nan_to_num(nan=torch.inf).max())
