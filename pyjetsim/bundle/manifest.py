"""manifest.json: what a bundle is, what it takes and gives, and how to tell that it is whole.

Who reads one is C++: what it refuses, nobody takes. ``manifest.schema.json`` beside this file says the same
as a JSON Schema, for other programs.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pyjetsim import _core
from pyjetsim.errors import BundleError
from pyjetsim.jets.selection import Selection

FORMAT = "pyjetsim.bundle"
MANIFEST = "manifest.json"
MODEL = "model.onnx"
TORCHSCRIPT = "model.pt"
"""The same model for libtorch; older bundles have none."""
GOLDEN = "golden.json"


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of the graph; the batch is its first dimension."""

    name: str
    shape: tuple[str | int, ...]
    """("batch", P, 3) or ("batch", size)."""
    unit: str
    """GeV, standard normal, or PDG id, which is int32."""

    @property
    def rows(self) -> int:
        """The dimension after the batch."""
        return int(self.shape[1])


@dataclass(frozen=True, slots=True)
class JetDefinition:
    """How the jets of the training were clustered."""

    algorithm: str = "anti-kt"
    radius: float = 0.5


@dataclass(frozen=True, slots=True)
class Cuts:
    """What of the output counts as a constituent."""

    constituent_pt_min: float
    """GeV; harder ones are kept."""
    constituent_eta_max: float | None
    """Absolute pseudorapidity; None for no limit."""
    max_constituents: int
    """The hardest ones kept."""

    @property
    def selection(self) -> Selection:
        """The same cuts as a :class:`~pyjetsim.jets.selection.Selection`."""
        eta_max = float("inf") if self.constituent_eta_max is None else self.constituent_eta_max
        return Selection(
            constituent_pt_min=self.constituent_pt_min,
            constituent_eta_max=eta_max,
            max_constituents=self.max_constituents,
        )


Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Domain:
    """Lowest and highest values of the gen jets trained on."""

    pt: Range
    """GeV."""
    eta: Range
    n_constituents: Range


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Outputs agree where |difference| <= absolute + relative * the jet's largest |component|."""

    absolute: float = 1e-3
    """GeV."""
    relative: float = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything beside the graph itself."""

    format: str = FORMAT
    version: int = 1
    """2 where the model uses or tells identities, or gives another number of constituents than it takes."""
    model: str
    """Which model of pyjetsim it was."""
    opset: int
    """ONNX operator set."""
    inputs: tuple[Tensor, ...]
    """Gen constituents (batch, P, 3), noise (batch, Z) and, for models that use it, pid (batch, P)."""
    output: Tensor
    """Reco constituents (batch, P', 3)."""
    output_pid: Tensor | None = None
    """Their pid (batch, P'), for models that tell it."""
    jet_definition: JetDefinition
    cuts: Cuts
    domain: Domain
    tolerance: Tolerance = Tolerance()
    provenance: dict[str, Any]
    """How the model was trained."""
    files: dict[str, str]
    """SHA-256 of each file, by its name in the bundle."""

    @property
    def pid(self) -> Tensor | None:
        """The third input, where the graph has it."""
        return self.inputs[2] if len(self.inputs) == 3 else None

    @property
    def max_constituents(self) -> int:
        """P of the graph."""
        return self.inputs[0].rows

    @property
    def max_output_constituents(self) -> int:
        """P of the graph's output."""
        return self.output.rows

    @property
    def max_reco_constituents(self) -> int:
        """The most constituents of a reco jet: those of the output, after the cuts."""
        return min(self.max_output_constituents, self.cuts.max_constituents)

    @property
    def noise_size(self) -> int:
        """Z of the graph."""
        return self.inputs[1].rows

    def as_json(self, path: Path) -> bytes:
        """The text of manifest.json; ``path`` is for messages.

        Raises :class:`~pyjetsim.errors.BundleError` for a manifest that no reader would take.
        """
        content = asdict(self)
        if self.output_pid is None:
            del content["output_pid"]
        try:
            text = _as_text(json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False)) + "\n"
        except ValueError as error:
            raise BundleError(
                f"{path}: {error}", "the manifest must be readable everywhere", "give finite numbers"
            ) from error
        _core.check_manifest(text, os.fsencode(path))
        return text.encode()


def _as_text(text: str) -> str:
    """JSON in UTF-8: file names that the locale took for mere bytes are text again.

    What is no text at all stays an escape, which no reader takes.
    """
    lone = re.compile("[\ud800-\udc7f\udd00-\udfff]")
    escaped = lone.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return escaped.encode(errors="surrogateescape").decode(errors="replace")


def sha256(content: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


def is_bundle(folder: Path) -> bool:
    """True where ``folder`` holds a manifest of any version of this format."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("format") == FORMAT


def read_manifest(folder: Path) -> Manifest:
    """Read and check manifest.json, but not the files beside it.

    Raises :class:`~pyjetsim.errors.BundleError` where it is missing, damaged, of another format or
    version, or says something that cannot be.
    """
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BundleError(
            f"{path} cannot be read: {error.strerror}",
            "nothing says what the bundle's model takes and gives",
            "give a folder that `pyjetsim export` wrote",
        ) from error
    _core.check_manifest(content, os.fsencode(path))
    return manifest_of(content)


def manifest_of(text: str | bytes) -> Manifest:
    """The manifest of a text that C++ took."""
    content = json.loads(text)
    part = content["cuts"]
    eta_max = part["constituent_eta_max"]
    output_pid = content.get("output_pid")
    # Whole numbers may be written as 50.0, and others as 50.
    return Manifest(
        format=content["format"],
        version=int(content["version"]),
        model=content["model"],
        opset=int(content["opset"]),
        inputs=tuple(_tensor(each) for each in content["inputs"]),
        output=_tensor(content["output"]),
        output_pid=None if output_pid is None else _tensor(output_pid),
        jet_definition=JetDefinition(
            content["jet_definition"]["algorithm"], float(content["jet_definition"]["radius"])
        ),
        cuts=Cuts(
            float(part["constituent_pt_min"]),
            None if eta_max is None else float(eta_max),
            int(part["max_constituents"]),
        ),
        domain=Domain(**{name: (float(low), float(high)) for name, (low, high) in content["domain"].items()}),
        tolerance=Tolerance(**{name: float(value) for name, value in content["tolerance"].items()}),
        provenance=content["provenance"],
        files=content["files"],
    )


def _tensor(content: dict[str, Any]) -> Tensor:
    batch, *sizes = content["shape"]
    return Tensor(content["name"], (batch, *map(int, sizes)), content["unit"])
