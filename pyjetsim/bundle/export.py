"""From a model to a bundle: exported, held to PyTorch, and only then accepted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from pyjetsim._utils.output import check_folder, replacing_folder
from pyjetsim.bundle.contract import ask
from pyjetsim.bundle.golden import PIDS, Golden, check_agreement, golden_inputs
from pyjetsim.bundle.graph import INPUTS, OUTPUTS, onnx_graph
from pyjetsim.bundle.manifest import (
    GOLDEN,
    MANIFEST,
    MODEL,
    TORCHSCRIPT,
    Cuts,
    Domain,
    JetDefinition,
    Manifest,
    Tensor,
    is_bundle,
    sha256,
)
from pyjetsim.bundle.tensors import Graph, Inputs, Outputs
from pyjetsim.bundle.torchscript import TorchscriptGraph, torchscript_archive
from pyjetsim.errors import BundleError
from pyjetsim.jets import momenta
from pyjetsim.jets.selection import SELECTIONS, Selection
from pyjetsim.models import MODELS, JetModel
from pyjetsim.simulate.simulator import Simulator

_BATCHES = (1, 2, 64)


def export_model(
    model: JetModel,
    output: str | Path,
    *,
    domain: Mapping[str, Any],
    provenance: Mapping[str, Any],
    cuts: Selection = SELECTIONS["paper"],
    radius: float = 0.5,
) -> Manifest:
    """Write ``model`` as the bundle ``output``.

    ``domain`` has ``pt`` (GeV), ``eta`` and ``n_constituents``, each the lowest and highest value of
    the gen jets trained on. ``provenance`` is any JSON: how the model came about. Of ``cuts`` the
    part on constituents counts. ``radius`` is that of the anti-kt jets.

    The ONNX graph, run by the simulator, and the TorchScript archive must reproduce PyTorch on golden and
    random jets in batches of 1, 2 and 64 before the bundle appears under its name. A bundle that is there
    already is replaced. Raises :class:`~pyjetsim.errors.BundleError`, and leaves what was there, if
    ``output`` is something else, if the model cannot be exported, or if an export answers otherwise
    than PyTorch.
    """
    folder = Path(output)
    check_folder(folder, is_bundle, "bundle", BundleError)
    checked_domain = _domain(domain)
    checked_provenance = _json(provenance)
    content, archive = onnx_graph(model), torchscript_archive(model)
    inputs = golden_inputs(checked_domain, model.config.max_constituents, model.noise_size, model.uses_pid)
    golden = Golden.of(inputs, ask(model, inputs))
    files = {MODEL: content, TORCHSCRIPT: archive, GOLDEN: golden.as_json()}
    tells_pid = golden.output_pid is not None
    manifest = _manifest(model, tells_pid, content, checked_domain, checked_provenance, cuts, radius, files)
    text = manifest.as_json(folder / MANIFEST)

    with replacing_folder(folder) as temporary:
        for name, data in {**files, MANIFEST: text}.items():
            (temporary / name).write_bytes(data)
        with _named(temporary, folder):
            _verify(model, golden, manifest, temporary, archive)
    return manifest


class OnnxGraph:
    """The model of a bundle as it answers in the simulator, its golden jets replayed."""

    def __init__(self, folder: Path) -> None:
        self._simulator = Simulator(folder)

    def __call__(self, inputs: Inputs) -> Outputs:
        """Run all jets in one batch."""
        constituents, pid = self._simulator._answer(
            np.ascontiguousarray(inputs.constituents), inputs.noise, inputs.pid
        )
        return Outputs(constituents, None if self._simulator.manifest.output_pid is None else pid)


def _verify(model: JetModel, golden: Golden, manifest: Manifest, folder: Path, archive: bytes) -> None:
    torchscript = TorchscriptGraph(archive)
    expected = Outputs(golden.output, golden.output_pid)
    check_agreement(
        torchscript(golden.inputs), expected, manifest.tolerance, f"{folder}: TorchScript: golden jets"
    )
    graphs: tuple[tuple[str, Graph], ...] = ("ONNX", OnnxGraph(folder)), ("TorchScript", torchscript)
    for kind, graph in graphs:
        for batch in _BATCHES:
            for what, jets in _random_jets(manifest.domain, model, batch).items():
                where = f"{folder}: {kind} against PyTorch, batch of {batch}{what}"
                check_agreement(graph(jets), ask(model, jets), manifest.tolerance, where)


@contextmanager
def _named(temporary: Path, folder: Path) -> Iterator[None]:
    """Name the bundle in errors as the user does."""
    try:
        yield
    except BundleError as error:
        raise BundleError(error.what.replace(str(temporary), str(folder)), error.why, error.todo) from error


def _manifest(
    model: JetModel,
    tells_pid: bool,
    content: bytes,
    domain: Domain,
    provenance: dict[str, Any],
    cuts: Selection,
    radius: float,
    files: Mapping[str, bytes],
) -> Manifest:
    p, q, z = model.config.max_constituents, model.max_reco_constituents, model.noise_size
    pid = Tensor(name=INPUTS[2], shape=("batch", p), unit="PDG id")
    names = {kind: name for name, kind in MODELS.items()}
    opset = next(entry.version for entry in onnx.load_from_string(content).opset_import if not entry.domain)
    eta_max = cuts.constituent_eta_max
    return Manifest(
        version=2 if model.uses_pid or tells_pid or p != q else 1,
        model=names.get(type(model), type(model).__name__),
        opset=opset,
        inputs=(
            Tensor(name=INPUTS[0], shape=("batch", p, 3), unit="GeV"),
            Tensor(name=INPUTS[1], shape=("batch", z), unit="standard normal"),
            *((pid,) if model.uses_pid else ()),
        ),
        output=Tensor(name=OUTPUTS[0], shape=("batch", q, 3), unit="GeV"),
        output_pid=Tensor(name=OUTPUTS[1], shape=("batch", q), unit="PDG id") if tells_pid else None,
        jet_definition=JetDefinition(radius=radius),
        cuts=Cuts(
            constituent_pt_min=float(cuts.constituent_pt_min),
            constituent_eta_max=float(eta_max) if np.isfinite(eta_max) else None,
            max_constituents=cuts.max_constituents,
        ),
        domain=domain,
        provenance=provenance,
        files={name: sha256(data) for name, data in files.items()},
    )


def _json(provenance: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return dict(json.loads(json.dumps(provenance, allow_nan=False)))
    except (TypeError, ValueError) as error:
        raise BundleError(
            f"provenance cannot be written as JSON: {error}",
            "the manifest must be readable everywhere",
            "give text, finite numbers, lists and mappings only",
        ) from error


def _domain(domain: Mapping[str, Any]) -> Domain:
    wrong = ", ".join(sorted(set(domain) ^ {field.name for field in fields(Domain)}))
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
    return Domain(**checked)


_LARGEST = float(np.finfo(np.float32).max)
_DOMAIN = (
    "users must be told where the model was trained",
    "give pt, eta and n_constituents, each as [lowest, highest]",
)


def _random_jets(domain: Domain, model: JetModel, batch: int) -> dict[str, Inputs]:
    """The same jets once, or with and without identities where the model uses them."""
    rng = np.random.default_rng(batch)
    p = model.config.max_constituents
    count = rng.integers(1, p + 1, batch)
    pt = rng.dirichlet(np.full(p, 0.5), batch) * rng.uniform(*domain.pt, (batch, 1))
    pt = np.sort(np.where(np.arange(p) < count[:, None], pt, 0))[:, ::-1]
    eta = rng.uniform(*domain.eta, (batch, 1)) + rng.normal(0, 0.2, (batch, p))
    phi = rng.uniform(-np.pi, np.pi, (batch, 1)) + rng.normal(0, 0.2, (batch, p))
    noise = rng.standard_normal((batch, model.noise_size), np.float32)
    constituents = momenta(pt, eta, phi).astype(np.float32)
    if not model.uses_pid:
        return {"": Inputs(constituents, noise)}
    pid = np.where(np.arange(p) < count[:, None], rng.choice(np.array(PIDS, np.int32), (batch, p)), 0)
    return {
        " with pid": Inputs(constituents, noise, pid.astype(np.int32)),
        " without pid": Inputs(constituents, noise, np.zeros((batch, p), np.int32)),
    }
