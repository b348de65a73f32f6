"""Export of a model as a bundle, which is accepted only where it reproduces PyTorch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import onnx
from numpy.typing import NDArray

from pyjetsim._utils.output import check_folder, replacing_folder
from pyjetsim.bundle.contract import ask
from pyjetsim.bundle.golden import Golden, agreement, check_agreement, check_shapes
from pyjetsim.bundle.graph import onnx_graph
from pyjetsim.bundle.manifest import (
    GOLDEN,
    MANIFEST,
    MODEL,
    NATIVE,
    TORCHSCRIPT,
    Manifest,
    Range,
    Tensor,
    Tolerance,
    is_bundle,
    sha256,
)
from pyjetsim.bundle.native import native_file
from pyjetsim.bundle.torchscript import TorchscriptGraph, torchscript_archive
from pyjetsim.errors import BundleError
from pyjetsim.jets import R
from pyjetsim.jets.event_ids import jet_ids
from pyjetsim.jets.noise import jet_noise, stream
from pyjetsim.jets.selection import SELECTIONS, Selection
from pyjetsim.models import MODELS, Model
from pyjetsim.simulate.graph import Graph
from pyjetsim.tasks import TASKS, Task
from pyjetsim.tasks.base import Arrays

_BATCHES = (1, 2, 64)
_NOISE_ROUNDING, _ROUNDING = 1e-5, 1e-6
"""How far noise is moved, and other inputs in parts of themselves, to see if an answer hangs on rounding."""
_ROUNDINGS, _CLOSER_ROUNDINGS, _RUNTIME_ROUNDINGS = 4, 100, 8
"""How often every item is moved, one that a runtime answers differently, and such a one in the runtime."""
_GOLDEN_SEEDS = 20
_SETTLED_MIN = 0.5
"""Of golden items and of the largest batch. Jets of 80 hard particles are less settled than others."""


def export_model(
    model: Model,
    output: str | Path,
    *,
    domain: Mapping[str, Any],
    provenance: Mapping[str, Any],
    cuts: Selection = SELECTIONS["paper"],
    radius: float = R,
    task: Task | None = None,
    torchscript: bool = True,
) -> Manifest:
    """Write a model as a bundle.

    Parameters
    ----------
    model : Model
        The trained model.
    output : str or Path
        The folder of the bundle. A bundle that is there already is replaced.
    domain : mapping
        Lowest and highest value trained on, by name; for constituents ``pt`` (GeV), ``eta`` and
        ``n_constituents`` of the gen jets.
    provenance : mapping
        How the model was trained; anything that JSON can hold.
    cuts : Selection
        The cuts on constituents are those that the simulator makes on the model's output.
    radius : float
        R of the anti-kt jets trained on.
    task : Task, optional
        The task with its settings; None: the one that the model names, without settings.

    torchscript : bool
        Whether it has ``model.pt``, too, for the backend torchscript; a third of the bundle's size.

    Returns
    -------
    Manifest
        The manifest of the bundle.

    Raises
    ------
    BundleError
        Where ``output`` is something else than a bundle, the model cannot be exported, or an export gives
        other results than PyTorch. What was there before stays.

    Notes
    -----
    The ONNX graph and the native model, run by the simulator, and a TorchScript archive must reproduce
    PyTorch on golden and random items in batches of 1, 2 and 64 before the bundle appears under its name.
    Items that are answered differently because they hang on rounding (:func:`differing`) are passed over.

    Examples
    --------
    >>> model, checkpoint = pyjetsim.train.load_model(Path("runs/paper"))
    >>> export_model(
    ...     model,
    ...     "bundle",
    ...     domain=checkpoint.domain,
    ...     provenance=checkpoint.training_provenance,
    ...     cuts=checkpoint.cuts,
    ...     radius=checkpoint.radius,
    ... )
    """
    folder = Path(output)
    check_folder(folder, is_bundle, "bundle", BundleError)
    task = TASKS[model.task]() if task is None else task
    ranges = _domain(domain, task)
    checked_provenance = _json("provenance", provenance)
    content = onnx_graph(model, task)
    archive = torchscript_archive(model, task) if torchscript else None
    golden = golden_items(model, task, ranges)
    files = {MODEL: content, GOLDEN: golden.as_json()}
    if archive is not None:
        files[TORCHSCRIPT] = archive
    native = model.native()
    if native is not None:
        files[NATIVE] = native_file(native)
    manifest = Manifest(
        task=task.name,
        model=MODELS.name_of(type(model)) or type(model).__name__,
        opset=next(
            entry.version for entry in onnx.load_from_string(content).opset_import if not entry.domain
        ),
        inputs=tuple(Tensor.of(spec) for spec in task.inputs(model)),
        outputs=tuple(Tensor.of(spec) for spec in task.outputs(model)),
        settings=_json("settings", task.bundle_settings(model, cuts, radius)),
        domain=ranges,
        tolerance=Tolerance(*task.tolerance),
        provenance=checked_provenance,
        files={name: sha256(data) for name, data in files.items()},
    )
    text = manifest.as_json(folder / MANIFEST)

    with replacing_folder(folder) as temporary:
        for name, data in {**files, MANIFEST: text}.items():
            (temporary / name).write_bytes(data)
        with _named(temporary, folder):
            _verify(model, task, golden, manifest, temporary, archive)
    return manifest


def with_noise(model: Model, task: Task, conditions: Arrays, seed: int = 0) -> Arrays:
    """All inputs of a model in their order, with the noise of a seed and of events 0, 1, 2..."""
    rows = len(next(iter(conditions.values())))
    return {
        spec.name: jet_noise(seed, jet_ids(rows), spec.shape[0], of_event=spec.of_event)
        if spec.role == "noise"
        else conditions[spec.name]
        for spec in task.inputs(model)
    }


def golden_items(model: Model, task: Task, domain: Mapping[str, Range]) -> Golden:
    """Golden items whose answers no rounding changes, so that every runtime on every machine gives them.

    Noise is drawn until all have such an answer. An item that never has one, for a particle on the edge of a
    cell, is left out.
    """
    conditions = task.golden(domain, model)
    inputs: Arrays = {}
    outputs: Arrays = {}
    most = np.zeros(len(next(iter(conditions.values()))), bool)
    for seed in range(_GOLDEN_SEEDS):
        drawn = with_noise(model, task, conditions, seed)
        answers = ask(model, task, drawn)
        same = settled(model, task, drawn, answers)
        if same.sum() > most.sum():
            inputs, outputs, most = drawn, answers, same
        if most.all():
            break
    if most.mean() < _SETTLED_MIN:
        raise _unsettled(f"{most.sum()} of {len(most)} golden {task.items}")
    return Golden(*({name: values[most] for name, values in each.items()} for each in (inputs, outputs)))


def settled(
    model: Model, task: Task, inputs: Arrays, outputs: Arrays, roundings: int = _ROUNDINGS
) -> NDArray[np.bool_]:
    """Which items (N,) have an answer that does not hang on rounding.

    Where a random number is as large as the probability that it is compared with, or a particle lies on the
    edge of a cell, another order of sums gives another answer: about one jet in two thousand. Such an item
    says nothing of a runtime. It is found by moving the inputs a little, ``roundings`` times.
    """
    rng, tolerance = stream("rounding", 0), Tolerance(*task.tolerance)
    same = np.ones(len(next(iter(outputs.values()))), bool)
    for _ in range(roundings):
        answers = ask(model, task, _moved(model, task, inputs, rng, _NOISE_ROUNDING))
        for name, values in answers.items():
            # What is no number is no matter of rounding.
            alike = agreement(values, outputs[name], tolerance) | (outputs[name] != outputs[name])
            same &= alike.reshape(len(same), -1).all(1)
    return same


def _moved(
    model: Model, task: Task, inputs: Arrays, rng: np.random.Generator, noise_rounding: float
) -> Arrays:
    moved = dict(inputs)
    for spec in task.inputs(model):
        values = inputs[spec.name]
        if values.dtype.kind == "f":
            sign = rng.choice(np.array([-1, 1], values.dtype), values.shape)
            size = noise_rounding if spec.role == "noise" else _ROUNDING * np.abs(values)
            moved[spec.name] = (values + sign * size).astype(values.dtype)
    return moved


def differing(
    model: Model,
    task: Task,
    graph: Callable[[Arrays], Arrays],
    inputs: Arrays,
    expected: Arrays,
    found: Arrays,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which items (N,) a runtime answered differently from PyTorch, and which of these are its faults.

    An item that differs hangs on rounding where PyTorch's own answer changes in one of a hundred moves of the
    inputs, or where the runtime and PyTorch agree at most of the inputs moved. The second is needed where a
    number is at its lowest: every move raises it, but another order of sums may not.
    """
    tolerance = Tolerance(*task.tolerance)
    other = _apart(found, expected, tolerance)
    wrong = other.copy()
    if wrong.any():
        given, answers = (
            {name: values[other] for name, values in each.items()} for each in (inputs, expected)
        )
        wrong[other] = settled(model, task, given, answers, _CLOSER_ROUNDINGS)
    if wrong.any():
        # In whole batches, as a fault may need one, and with the noise as it is: runtimes draw it themselves.
        rng, apart = stream("rounding of runtimes", 0), np.zeros(len(other), int)
        for _ in range(_RUNTIME_ROUNDINGS):
            moved = _moved(model, task, inputs, rng, 0)
            apart += _apart(graph(moved), ask(model, task, moved), tolerance)
        wrong &= 2 * apart > _RUNTIME_ROUNDINGS
    return other, wrong


def _apart(found: Arrays, expected: Arrays, tolerance: Tolerance) -> NDArray[np.bool_]:
    apart = np.zeros(len(next(iter(expected.values()))), bool)
    for name, values in expected.items():
        apart |= ~agreement(found[name], values, tolerance).reshape(len(apart), -1).all(1)
    return apart


def _unsettled(which: str) -> BundleError:
    return BundleError(
        f"{which} gave an answer that stays when the inputs are moved by rounding",
        "other runtimes round differently and would answer differently",
        "train the model further, or look for a step in it that multiplies small differences",
    )


class OnnxGraph:
    """The exported ONNX graph as the simulator runs it, its golden items replayed."""

    backend: ClassVar[str] = "onnxruntime"

    def __init__(self, folder: Path) -> None:
        self._graph = Graph(folder, self.backend)

    def __call__(self, inputs: Arrays) -> Arrays:
        """Run all items in one batch; the simulator draws the noise of :func:`with_noise` itself."""
        return self._graph(
            {spec.name: inputs[spec.name] for spec in self._graph.manifest.inputs if spec.role != "noise"}
        )


class NativeGraph(OnnxGraph):
    """The same of the native model."""

    backend = "native"


def _verify(
    model: Model, task: Task, golden: Golden, manifest: Manifest, folder: Path, archive: bytes | None
) -> None:
    tolerance = manifest.tolerance
    graphs: dict[str, Callable[[Arrays], Arrays]] = {"ONNX": OnnxGraph(folder)}
    if archive is not None:
        torchscript = TorchscriptGraph(archive, task.outputs(model))
        where = f"{folder}: TorchScript: golden jets"
        check_agreement(torchscript(golden.inputs), golden.outputs, tolerance, where, task)
        graphs["TorchScript"] = torchscript
    if NATIVE in manifest.files:
        graphs["native"] = NativeGraph(folder)
    for batch in _BATCHES:
        for what, conditions in task.trials(manifest.domain, model, batch).items():
            inputs = with_noise(model, task, conditions)
            expected = ask(model, task, inputs)
            if batch == max(_BATCHES):
                stay = settled(model, task, inputs, expected)
                if stay.mean() < _SETTLED_MIN:
                    raise _unsettled(f"{folder}: {stay.sum()} of {batch} random {task.items}{what}")
            for kind, graph in graphs.items():
                found = graph(inputs)
                where = f"{folder}: {kind} against PyTorch, batch of {batch}{what}"
                check_shapes(found, expected, where)
                _, wrong = differing(model, task, graph, inputs, expected, found)
                check_agreement(found, expected, tolerance, where, task, wrong)


@contextmanager
def _named(temporary: Path, folder: Path) -> Iterator[None]:
    """Name the bundle in errors as the user does."""
    try:
        yield
    except BundleError as error:
        raise BundleError(error.what.replace(str(temporary), str(folder)), error.why, error.todo) from error


def _json(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return dict(json.loads(json.dumps(content, allow_nan=False)))
    except (TypeError, ValueError) as error:
        raise BundleError(
            f"{name} cannot be written as JSON: {error}",
            "the manifest must be readable everywhere",
            "give text, finite numbers, lists and mappings only",
        ) from error


def _domain(domain: Mapping[str, Any], task: Task) -> dict[str, Range]:
    wrong = ", ".join(sorted(set(domain) ^ set(domain if task.domain is None else task.domain)))
    if wrong:
        raise BundleError(f"domain: {wrong} is missing, or is not known", *_DOMAIN)
    checked = {}
    for name, limits in domain.items():
        try:
            low, high = (float(limit) for limit in limits)
        except (TypeError, ValueError) as error:
            raise BundleError(f"domain.{name} is {limits!r}", *_DOMAIN) from error
        if not -_LARGEST <= low <= high <= _LARGEST:
            raise BundleError(f"domain.{name} goes from {low} to {high}", *_DOMAIN)
        checked[name] = low, high
    return checked


_LARGEST = float(np.finfo(np.float32).max)
_DOMAIN = (
    "users must be told where the model was trained",
    "give each as [lowest, highest]; of constituents pt, eta and n_constituents",
)
