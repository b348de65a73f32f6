"""``torch.compile`` with its best settings: tried on one shape, kept for all.

Shapes are static, graphs whole. Freezing is not among the settings: it is for the weights of modules.
CUDA graphs are not for CPUs, and the C++ wrapper gains nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import _common
import torch
from _answers import Function
from _contenders import FORWARD, Contender, Pass
from _timing import interleaved
from torch import Tensor

_CONTRACT = {"cpp.enable_floating_point_contract_flag": "fast"}
SETTINGS: dict[str, dict[str, Any]] = {
    "default": {},
    "max-autotune": {"mode": "max-autotune"},
    "contract": {"options": _CONTRACT},
    "simdlen 256": {"options": {"cpp.simdlen": 256}},
    "contract, simdlen 256": {"options": {**_CONTRACT, "cpp.simdlen": 256}},
}


def compiled(function: Function, **settings: Any) -> Function:
    """``function`` by TorchInductor for the very shapes it meets."""
    return torch.compile(function, fullgraph=True, dynamic=False, **settings)


def best_compiled(
    name: str,
    function: Function | None,
    differentiable: Function,
    gradients: Pass,
    inputs: Sequence[Tensor],
    seconds: float = 1.0,
) -> tuple[Contender, str]:
    """A contender with what was fastest, and the names of those settings.

    Without ``function`` it is measured with gradients only. Where nothing can be compiled, it says why.
    """
    try:
        plain, forward = _fastest(function, FORWARD, inputs, seconds) if function else (None, "")
        with_gradients, backward = _fastest(differentiable, gradients, inputs, seconds)
    except CompileError as problem:
        return Contender(name, missing=str(problem)), ""
    return Contender(name, plain, with_gradients), f"forward {forward}; with gradients {backward}"


class CompileError(Exception):
    """No setting could be compiled; why the last could not."""


def _fastest(
    function: Function, kind: Pass, inputs: Sequence[Tensor], seconds: float
) -> tuple[Function, str]:
    torch._dynamo.reset()
    compilations, calls, problem = {}, {}, ""
    for name, settings in SETTINGS.items():
        compilations[name] = compiled(function, **settings)
        call = Contender(name, compilations[name]).call(kind, inputs)
        try:
            call()
        except Exception as error:  # without a C++ compiler, for one; the rest may work
            problem = _common.first_line(error)
        else:
            calls[name] = call
    if not calls:
        raise CompileError(problem)
    medians = interleaved(calls, seconds)
    best = min(medians, key=lambda name: medians[name])
    return compilations[best], best
