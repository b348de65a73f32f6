"""A PyTorch model as an ONNX graph."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from pyjetsim.bundle.contract import as_tensors, ask, example
from pyjetsim.errors import BundleError
from pyjetsim.models import Model
from pyjetsim.tasks import Task


def onnx_graph(model: Model, task: Task) -> bytes:
    """Export ``model``: float32, any batch size, weights inside. Same weights, same bytes.

    A model that cannot be exported raises :class:`~pyjetsim.errors.BundleError`.
    """
    batch = torch.export.Dim("batch", min=1)
    given = example(model, task)
    inputs = as_tensors(given)
    with _evaluated(model), _silenced():
        try:
            ask(model, task, given)
            program = torch.onnx.export(
                model,
                inputs,
                dynamo=True,
                input_names=list(given),
                output_names=[spec.name for spec in task.outputs(model)],
                dynamic_shapes=tuple({0: batch} for _ in inputs),
                external_data=False,
                verbose=False,
                optimize=False,
            )
        except BundleError:
            raise
        except Exception as error:  # the exporter wraps whatever went wrong in kinds of its own
            raise BundleError(
                f"{type(model).__name__} cannot be exported to ONNX: {str(error).strip().splitlines()[0]}",
                "only what ONNX can say runs outside PyTorch",
                "rewrite the operation that the exporter names",
            ) from error
    assert program is not None
    _tidy(program.model)
    proto = program.model_proto
    _strip(proto)
    return bytes(proto.SerializeToString(deterministic=True))


def _tidy(model: Any) -> None:
    """Compute what does not depend on the input, and leave out what is not used or there twice.

    The exporter's own pass also looks for patterns to rewrite, in a time that grows with the square of the
    graph's size: minutes for `cells`. ONNX Runtime rewrites what it can when it loads the graph.
    """
    import onnxscript.optimizer
    from onnx_ir.passes import common

    onnxscript.optimizer.inline(model)
    onnxscript.optimizer.fold_constants(model)
    onnxscript.optimizer.remove_unused_nodes(model)
    onnxscript.optimizer.remove_unused_functions(model)
    for tidied in (
        common.RemoveUnusedOpsetsPass(),
        common.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0),
        common.LiftSubgraphInitializersToMainGraphPass(),
        common.DeduplicateInitializersPass(),
        common.CommonSubexpressionEliminationPass(),
        common.OutputFixPass(),
        common.NameFixPass(),
    ):
        tidied(model)


@contextmanager
def _evaluated(model: Model) -> Iterator[None]:
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)


@contextmanager
def _silenced() -> Iterator[None]:
    """The exporter warns about its own internals and about packages that are not needed."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _strip(proto: Any) -> None:
    """Remove traces of the exporting machine: stack traces with its paths."""
    del proto.metadata_props[:]
    graph = proto.graph
    del graph.metadata_props[:]
    parts = (graph.node, graph.initializer, graph.input, graph.output, graph.value_info)
    for part in parts:
        for entry in part:
            del entry.metadata_props[:]
            entry.doc_string = ""
    graph.doc_string = proto.doc_string = ""
