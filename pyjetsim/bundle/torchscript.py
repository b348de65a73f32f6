"""A PyTorch model as TorchScript: for programs that carry libtorch and no ONNX Runtime."""

from __future__ import annotations

import copy
import inspect
import io
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from pyjetsim.bundle.contract import as_tensors, example, named
from pyjetsim.errors import BundleError
from pyjetsim.models import Model
from pyjetsim.tasks import Task, TensorSpec
from pyjetsim.tasks.base import Arrays

_jit: Any = torch.jit
"""Without types."""


def torchscript_archive(model: Model, task: Task) -> bytes:
    """Export ``model``, with the inputs and outputs of the ONNX graph. Same weights, same bytes.

    A model whose operations depend on its data raises :class:`~pyjetsim.errors.BundleError`.
    """
    frozen = copy.deepcopy(model).cpu().eval().requires_grad_(False)
    given = example(model, task)

    try:
        with torch.no_grad(), _quiet():
            traced = _jit.trace(_function(frozen, tuple(given)), as_tensors(given), check_trace=False)
            content = bytes(traced.save_to_buffer())
    except Exception as error:  # the tracer has no kind of its own
        problem = str(error).strip() or type(error).__name__
        raise BundleError(
            f"{type(model).__name__} cannot be exported to TorchScript: {problem.splitlines()[0]}",
            "a trace holds one course of the computation for all jets",
            "rewrite the operation that the tracer names",
        ) from error
    return _stripped(content)


def _function(frozen: Model, names: tuple[str, ...]) -> Any:
    """A function with arguments of these names, after which the tracer calls what it takes.

    A function, not a module: weights become constants, as freezing would make them, and the names in the
    archive do not count what this process traced before.
    """

    def forward(*given: Any) -> Any:
        return frozen(*given)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    named_so: Any = forward
    named_so.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])
    return named_so


class TorchscriptGraph:
    """Runs an archive, with Python's torch."""

    def __init__(self, content: bytes, outputs: tuple[TensorSpec, ...]) -> None:
        with _quiet():
            self._module = _jit.load(io.BytesIO(content), map_location="cpu")
        self._outputs = outputs

    def __call__(self, inputs: Arrays) -> Arrays:
        """Run all items in one batch."""
        with torch.inference_mode():
            return named(self._module(*as_tensors(inputs)), self._outputs)


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        # A trace that would be wrong for other jets is an error. torch's own checks of shapes are not such.
        warnings.simplefilter("error", _jit.TracerWarning)
        _jit.TracerWarning.ignore_lib_warnings()
        # There is nothing newer that libtorch loads without a compiler on the machine that exports.
        # Which kind of warning it is differs between versions of torch.
        warnings.filterwarnings("ignore", r"`torch\.jit\.(trace|load)` is ", Warning)
        yield


def _stripped(content: bytes) -> bytes:
    """Remove traces of the exporting machine: source positions with its paths, their hash, dates."""
    stripped = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stripped, "w") as new:
        for name in old.namelist():
            if not name.endswith((".debug_pkl", "/serialization_id")):
                entry = zipfile.ZipInfo(name)
                entry.create_system = 3
                new.writestr(entry, old.read(name))
    return stripped.getvalue()
