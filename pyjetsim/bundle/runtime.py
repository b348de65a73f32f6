"""The exported graph in ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from pyjetsim.bundle.manifest import Manifest, Tensor
from pyjetsim.bundle.tensors import Inputs, Outputs
from pyjetsim.errors import BundleError, InputError

BLOCK = 256
"""Jets in one run of the graph: large enough to be fast, small enough to stay in the cache."""

_FATAL = 4
_DTYPES = {"float": np.float32, "int32": np.int32}


class OnnxGraph:
    """Runs a graph, with onnxruntime.

    Safe to call from several threads. Each block of jets runs on one thread, so the numbers do
    not depend on ``threads``.
    """

    def __init__(self, content: bytes, manifest: Manifest, path: Path, threads: int = 1) -> None:
        if threads < 1:
            raise InputError(f"threads is {threads}", "somebody must do the work", "give at least 1")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # What goes wrong is raised; ONNX Runtime would print it too.
        options.log_severity_level = _FATAL
        try:
            session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises kinds of its own, all unrelated
            raise BundleError(
                f"{path} is no model that onnxruntime {onnxruntime.__version__} runs: {_first_line(error)}",
                "the graph is damaged or needs an operator this version does not have",
                "export the model again, or install a newer onnxruntime",
            ) from error
        _check_tensors("inputs", session.get_inputs(), manifest.inputs, path)
        _check_tensors("outputs", session.get_outputs(), manifest.outputs, path)
        self._session = session
        self._threads = threads
        self._inputs = [tensor.name for tensor in manifest.inputs]
        self._outputs = [tensor.name for tensor in manifest.outputs]
        self._none = Outputs(*(np.zeros((0, *t.shape[1:]), _DTYPES[t.dtype]) for t in manifest.outputs))

    def __call__(self, inputs: Inputs) -> Outputs:
        """Run all jets, in blocks."""
        starts = range(0, len(inputs.noise), BLOCK)
        if not starts:
            return self._none

        def run(start: int) -> list[Any]:
            block = inputs.block(slice(start, start + BLOCK))
            feed = dict(zip(self._inputs, block.given, strict=True))
            return list(self._session.run(self._outputs, feed))

        if len(starts) == 1:
            return Outputs(*run(0))
        if self._threads == 1:
            return _joined([run(start) for start in starts])
        with ThreadPoolExecutor(self._threads) as pool:
            return _joined(list(pool.map(run, starts)))


def _joined(blocks: list[list[Any]]) -> Outputs:
    return Outputs(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))


def _check_tensors(what: str, found: Sequence[Any], expected: Sequence[Tensor], path: Path) -> None:
    # ONNX has no fixed word for the batch: compare only the dimensions that are numbers.
    got = {
        (tensor.name, tensor.type, tuple(d if isinstance(d, int) else "batch" for d in tensor.shape))
        for tensor in found
    }
    want = {(tensor.name, f"tensor({tensor.dtype})", tensor.shape) for tensor in expected}
    if got != want:
        raise BundleError(
            f"{path} has {what} {_listing(got)}, the manifest says {_listing(want)}",
            "the model and its manifest do not belong together",
            "export the model again",
        )


def _listing(tensors: set[Any]) -> str:
    return ", ".join(
        f"{name} {kind} ({', '.join(map(str, shape))})" for name, kind, shape in sorted(tensors, key=str)
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
