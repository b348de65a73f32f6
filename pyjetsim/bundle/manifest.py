"""manifest.json: what a bundle is, what it takes and gives, and how to tell that it is whole."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pyjetsim.bundle.shipped import SHIPPED
from pyjetsim.errors import BundleError
from pyjetsim.selection import Selection
from pyjetsim.validation import first_problem

FORMAT = "pyjetsim.bundle"
VERSIONS = (1, 2)
"""2 where the model uses or tells identities, or gives another number of constituents than it takes."""
MANIFEST = "manifest.json"
MODEL = "model.onnx"
TORCHSCRIPT = "model.pt"
"""The same model for libtorch; older bundles have none."""
GOLDEN = "golden.json"

_MAKE_ANEW = "export the model again with `pyjetsim export`, or get a whole copy"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Tensor(_Part):
    """An input or output of the graph; the batch is its first dimension."""

    name: str = Field(min_length=1)
    shape: (
        tuple[Literal["batch"], Annotated[int, Field(ge=1)], Literal[3]]
        | tuple[Literal["batch"], Annotated[int, Field(ge=1)]]
    )
    unit: Literal["GeV", "standard normal", "PDG id"]

    @property
    def dtype(self) -> Literal["float", "int32"]:
        """As ONNX names it."""
        return "int32" if self.unit == "PDG id" else "float"


class JetDefinition(_Part):
    """How the jets of the training were clustered."""

    algorithm: Literal["anti-kt"] = "anti-kt"
    radius: float = Field(default=0.5, gt=0)


class Cuts(_Part):
    """What of the output counts as a constituent."""

    constituent_pt_min: float = Field(ge=0)
    """GeV; harder ones are kept."""
    constituent_eta_max: float | None = Field(default=None, gt=0)
    """Absolute pseudorapidity; None for no limit."""
    max_constituents: int = Field(ge=1)
    """The hardest ones kept."""

    @property
    def selection(self) -> Selection:
        """The same cuts as a :class:`~pyjetsim.selection.Selection`."""
        eta_max = float("inf") if self.constituent_eta_max is None else self.constituent_eta_max
        return Selection(
            constituent_pt_min=self.constituent_pt_min,
            constituent_eta_max=eta_max,
            max_constituents=self.max_constituents,
        )


Range = tuple[float, float]


class Domain(_Part):
    """Lowest and highest values of the gen jets trained on."""

    pt: Range
    """GeV."""
    eta: Range
    n_constituents: Range

    @model_validator(mode="after")
    def _ordered(self) -> Domain:
        for name, (low, high) in self:
            if low > high:
                raise ValueError(f"{name} goes from {low} to {high}")
        return self


class Tolerance(_Part):
    """Outputs agree where |difference| <= absolute + relative * the jet's largest |component|."""

    absolute: float = Field(default=1e-3, gt=0)
    """GeV."""
    relative: float = Field(default=1e-4, gt=0)


class Manifest(_Part):
    """Everything beside the graph itself."""

    format: Literal["pyjetsim.bundle"] = "pyjetsim.bundle"
    version: Literal[1, 2] = 1
    model: str
    """Which model of pyjetsim it was."""
    opset: int = Field(ge=1)
    """ONNX operator set."""
    inputs: Annotated[tuple[Tensor, ...], Field(min_length=2, max_length=3)]
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
    files: dict[str, Annotated[str, Field(pattern="^[0-9a-f]{64}$")]]
    """SHA-256 of each file, by its name in the bundle."""

    @model_validator(mode="after")
    def _consistent(self) -> Manifest:
        if len(self.inputs[0].shape) != 3 or len(self.inputs[1].shape) != 2:
            raise ValueError("inputs are not (batch, P, 3) and (batch, Z)")
        if self.version == 1:
            self._check_first_version()
        if len(self.output.shape) != 3:
            raise ValueError(f"output.shape {self.output.shape} is not (batch, P, 3)")
        self._check_pid("inputs.2", self.pid, self.inputs[0])
        self._check_pid("output_pid", self.output_pid, self.output)
        for name, tensor in (
            ("inputs.0", self.inputs[0]),
            ("inputs.1", self.inputs[1]),
            ("output", self.output),
        ):
            if tensor.dtype != "float":
                raise ValueError(f"{name}.unit is {tensor.unit!r}")
        for name in self.files:
            if PurePosixPath(name).name != name or "\\" in name or name in ("", ".", ".."):
                raise ValueError(f"files names {name!r}, which is not a plain name inside the bundle")
        for name in (MODEL, GOLDEN):
            if name not in self.files:
                raise ValueError(f"files does not name {name}")
        return self

    def _check_first_version(self) -> None:
        if len(self.inputs) != 2 or self.output_pid is not None:
            raise ValueError("version is 1, which has no pid")
        if self.output.shape != self.inputs[0].shape:
            raise ValueError(f"output.shape {self.output.shape} is not inputs.0.shape {self.inputs[0].shape}")

    def _check_pid(self, name: str, pid: Tensor | None, of: Tensor) -> None:
        if pid is not None and (pid.shape != of.shape[:2] or pid.dtype != "int32"):
            raise ValueError(f"{name} is {pid.unit} {pid.shape}, not PDG id {of.shape[:2]}")

    @property
    def pid(self) -> Tensor | None:
        """The third input, where the graph has it."""
        return self.inputs[2] if len(self.inputs) == 3 else None

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """All that the graph gives, in its order."""
        return (self.output,) if self.output_pid is None else (self.output, self.output_pid)

    @property
    def max_constituents(self) -> int:
        """P of the graph."""
        return self.inputs[0].shape[1]

    @property
    def max_output_constituents(self) -> int:
        """P of the graph's output."""
        return self.output.shape[1]

    @property
    def max_reco_constituents(self) -> int:
        """The most constituents of a reco jet: those of the output, after the cuts."""
        return min(self.max_output_constituents, self.cuts.max_constituents)

    @property
    def noise_size(self) -> int:
        """Z of the graph."""
        return self.inputs[1].shape[1]

    def write(self, folder: Path) -> None:
        """Write manifest.json into ``folder``."""
        content = self.model_dump(mode="json")
        if self.output_pid is None:
            del content["output_pid"]
        text = json.dumps(content, indent=1, allow_nan=False)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


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
    """Read and check manifest.json.

    Raises :class:`~pyjetsim.errors.BundleError` where it is missing, damaged, of another format or
    version, or says something that cannot be.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise BundleError(
            f"{folder} is no bundle: {MANIFEST} is missing",
            "nothing says what its model takes and gives",
            f"give a folder that `pyjetsim export` wrote, or one that comes along: {', '.join(SHIPPED)}",
        )
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(f"{path} is no readable JSON: {error}", "it is damaged", _MAKE_ANEW) from error
    content = content if isinstance(content, dict) else {}
    if content.get("format") != FORMAT:
        raise BundleError(
            f"{path}: format is {content.get('format')!r}, not {FORMAT!r}",
            "it describes something else",
            "give a folder that `pyjetsim export` wrote",
        )
    if content.get("version") not in VERSIONS:
        raise BundleError(
            f"{path}: version is {content.get('version')!r}, this pyjetsim reads 1 and 2",
            "its meaning may have changed",
            "install the pyjetsim that wrote it, or export the model again",
        )
    return parse_manifest(text, path)


def parse_manifest(text: str, path: Path) -> Manifest:
    """Check the text of a manifest of this format and version; ``path`` is for messages.

    Raises :class:`~pyjetsim.errors.BundleError` for what cannot be.
    """
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise BundleError(f"{path}: {first_problem(error).what}", "it was altered", _MAKE_ANEW) from error


def read_files(folder: Path, manifest: Manifest) -> dict[str, bytes]:
    """All files of the bundle, each checked against its SHA-256.

    Raises :class:`~pyjetsim.errors.BundleError` for one that is missing, altered, or a link that
    leads out of the folder.
    """
    contents = {}
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise BundleError(
                f"{path} leads out of the bundle to {path.resolve()}",
                "a bundle is handed on as one folder",
                _MAKE_ANEW,
            )
        try:
            contents[name] = path.read_bytes()
        except OSError as error:
            raise BundleError(
                f"{path} cannot be read: {error.strerror}", "the bundle is incomplete", _MAKE_ANEW
            ) from error
        found = sha256(contents[name])
        if found != expected:
            raise BundleError(
                f"{path} has SHA-256 {found}, {MANIFEST} says {expected}",
                "it was truncated or altered after the export",
                _MAKE_ANEW,
            )
    return contents
