"""``torch.compile`` with its best settings: tried on one shape, kept for all.

Shapes are static, graphs whole. Freezing is not among the settings: it is for the weights of modules.
CUDA graphs are not for CPUs, and the C++ wrapper gains nothing here. Each is compiled in a process of
its own: code generation may hang.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import torch
from _answers import Function
from _apart import Apart
from _children import Failed, Stopped
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


def contender(
    function: str | None, differentiable: str, forward: str = "default", backward: str = "default"
) -> Contender:
    """Functions, "module:name" each, compiled with those of SETTINGS: for a process of its own."""
    return Contender(
        "torch.compile",
        compiled(_named(function), **SETTINGS[forward]) if function else None,
        compiled(_named(differentiable), **SETTINGS[backward]),
    )


def _named(function: str) -> Function:
    module, _, name = function.partition(":")
    found: Function = getattr(import_module(module), name)
    return found


def best_compiled(
    name: str,
    function: str | None,
    differentiable: str,
    gradients: Pass,
    inputs: Sequence[Tensor],
    seconds: float = 1.0,
    *,
    settings: Sequence[str] = tuple(SETTINGS),
    gib: Callable[[Sequence[Tensor], bool], float] | None = None,
) -> tuple[Apart | Contender, str]:
    """A contender with what was fastest, and the names of those settings.

    Without ``function``, "module:name" as ``differentiable``, it is measured with gradients only. Where
    nothing can be compiled, it says why. The first settings that do not answer in time end the search.
    """
    if not settings:
        return Contender(name, missing="left out: no settings were given"), ""
    forward = backward = settings[0]
    if len(settings) > 1:
        tried = {
            setting: Apart(setting, "_inductor:contender", function, differentiable, setting, setting)
            for setting in settings
        }
        try:
            forward = _fastest(tried, FORWARD, inputs, seconds) if function else ""
            backward = _fastest(tried, gradients, inputs, seconds)
        except CompileError as problem:
            return Contender(name, missing=str(problem)), ""
        finally:
            for each in tried.values():
                each.close()
    given = (function, differentiable, forward or backward, backward)
    return Apart(
        name, "_inductor:contender", *given, gib=gib
    ), f"forward {forward}; with gradients {backward}"


class CompileError(Exception):
    """No setting could be compiled; why the last could not."""


def _fastest(
    tried: Mapping[str, Apart | Contender], kind: Pass, inputs: Sequence[Tensor], seconds: float
) -> str:
    calls, problem = {}, ""
    for name, each in tried.items():
        try:
            each.answer(kind, inputs)
        except Failed as error:  # without a C++ compiler, for one; the rest may work
            problem = str(error)
            if isinstance(error, Stopped):
                break
        else:
            calls[name] = each.call(kind, inputs)
    if not calls:
        raise CompileError(problem)
    medians = interleaved(calls, seconds)
    if not medians:
        raise CompileError("no answer when it was timed")
    return min(medians, key=lambda name: medians[name])
