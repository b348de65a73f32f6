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
from pyjetsim.jets import R
from pyjetsim.jets.selection import Selection
from pyjetsim.tasks.base import TensorSpec

FORMAT = "pyjetsim.bundle"
VERSION = 3
"""Of what is written; 1 and 2 are read."""
MANIFEST = "manifest.json"
MODEL = "model.onnx"
TORCHSCRIPT = "model.pt"
"""The same model for libtorch; older bundles have none."""
NATIVE = "native.bin"
"""The same model for the backend in C++, of the models that it knows."""
GOLDEN = "golden.json"


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of the graph; the batch is its first dimension."""

    name: str
    dtype: str
    """float32, int32 or int64."""
    shape: tuple[str | int, ...]
    """("batch", P, 3) or ("batch", size)."""
    unit: str
    """Such as GeV, standard normal, or PDG id; "number" where it has none."""
    role: str = "answer"
    """Of an input: condition or noise."""
    of_event: int = 0
    """Of noise: how many of its first numbers all items of one event share."""

    @classmethod
    def of(cls, spec: TensorSpec) -> Tensor:
        """As a task says it."""
        return cls(spec.name, spec.dtype, ("batch", *spec.shape), spec.unit, spec.role, spec.of_event)

    @property
    def rows(self) -> int:
        """The dimension after the batch."""
        return int(self.shape[1])

    def as_dict(self) -> dict[str, Any]:
        """For JSON; an output has no role, and only noise numbers of the event."""
        content = asdict(self)
        if self.role == "answer":
            del content["role"]
        if not self.of_event:
            del content["of_event"]
        return content


@dataclass(frozen=True, slots=True)
class JetDefinition:
    """How the jets of the training were clustered."""

    algorithm: str = "anti-kt"
    radius: float = R


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
class Tolerance:
    """Outputs agree where |difference| <= absolute + relative * the largest |component| of the item."""

    absolute: float = 1e-3
    """In the unit of the output."""
    relative: float = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything beside the graph itself. Bundles of versions 1 and 2, of constituents, are read as such."""

    format: str = FORMAT
    version: int = VERSION
    task: str = "constituents"
    """What it answers."""
    model: str
    """Which model it was."""
    opset: int
    """ONNX operator set."""
    inputs: tuple[Tensor, ...]
    """In the graph's order; of constituents (batch, P, 3), noise (batch, Z) and perhaps pid (batch, P)."""
    outputs: tuple[Tensor, ...]
    """Of constituents those of the reco jet (batch, R, 3) and perhaps their pid (batch, R)."""
    settings: dict[str, Any]
    """Of the task; of constituents ``jet_definition`` and ``cuts``."""
    domain: dict[str, Range]
    """Lowest and highest values trained on; of gen jets ``pt`` (GeV), ``eta`` and ``n_constituents``."""
    tolerance: Tolerance = Tolerance()
    provenance: dict[str, Any]
    """How the model was trained."""
    files: dict[str, str]
    """SHA-256 of each file, by its name in the bundle."""

    @property
    def noise_size(self) -> int:
        """Z of the graph; 0 for one that takes no noise."""
        return next((tensor.rows for tensor in self.inputs if tensor.role == "noise"), 0)

    # Of the task constituents.

    @property
    def jet_definition(self) -> JetDefinition:
        """How the jets of the training were clustered."""
        content = self.settings["jet_definition"]
        return JetDefinition(content["algorithm"], float(content["radius"]))

    @property
    def cuts(self) -> Cuts:
        """What of the output counts as a constituent."""
        content = self.settings["cuts"]
        eta_max = content["constituent_eta_max"]
        return Cuts(
            float(content["constituent_pt_min"]),
            None if eta_max is None else float(eta_max),
            int(content["max_constituents"]),
        )

    @property
    def pid(self) -> Tensor | None:
        """The third input, where the graph has it."""
        return self.inputs[2] if len(self.inputs) == 3 else None

    @property
    def output(self) -> Tensor:
        """The reco constituents."""
        return self.outputs[0]

    @property
    def output_pid(self) -> Tensor | None:
        """Their pid, for models that predict it."""
        return self.outputs[1] if len(self.outputs) == 2 else None

    @property
    def max_constituents(self) -> int:
        """P of the graph."""
        return self.inputs[0].rows

    @property
    def max_output_constituents(self) -> int:
        """R of the graph."""
        return self.output.rows

    @property
    def max_reco_constituents(self) -> int:
        """The most constituents of a reco jet: those of the output, after the cuts."""
        return min(self.max_output_constituents, self.cuts.max_constituents)

    def as_json(self, path: Path) -> bytes:
        """The text of manifest.json, in version 3; ``path`` is for messages.

        Raises :class:`~pyjetsim.errors.BundleError` for a manifest that no reader would take.
        """
        content = {**asdict(self), "version": VERSION}
        content["inputs"] = [tensor.as_dict() for tensor in self.inputs]
        content["outputs"] = [tensor.as_dict() for tensor in self.outputs]
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
    version = int(content["version"])
    # Whole numbers may be written as 50.0, and others as 50.
    common = {
        "format": content["format"],
        "version": version,
        "model": content["model"],
        "opset": int(content["opset"]),
        "domain": {name: (float(low), float(high)) for name, (low, high) in content["domain"].items()},
        "tolerance": Tolerance(**{name: float(value) for name, value in content["tolerance"].items()}),
        "provenance": content["provenance"],
        "files": content["files"],
    }
    if version >= 3:
        return Manifest(
            task=content["task"],
            inputs=tuple(_tensor(each) for each in content["inputs"]),
            outputs=tuple(_tensor(each) for each in content["outputs"]),
            settings=content["settings"],
            **common,
        )
    roles = ("condition", "noise", "condition")
    outputs = [content[name] for name in ("output", "output_pid") if content.get(name) is not None]
    return Manifest(
        inputs=tuple(
            _tensor({**each, "role": role}) for each, role in zip(content["inputs"], roles, strict=False)
        ),
        outputs=tuple(_tensor(each) for each in outputs),
        settings={name: content[name] for name in ("jet_definition", "cuts")},
        **common,
    )


def _tensor(content: dict[str, Any]) -> Tensor:
    batch, *sizes = content["shape"]
    # Versions 1 and 2 say it by the unit.
    dtype = content.get("dtype", "int32" if content["unit"] == "PDG id" else "float32")
    return Tensor(
        content["name"],
        dtype,
        (batch, *map(int, sizes)),
        content["unit"],
        content.get("role", "answer"),
        int(content.get("of_event", 0)),
    )
