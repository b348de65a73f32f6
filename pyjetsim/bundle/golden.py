"""Golden jets: inputs with the outputs that every loader must reproduce."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pyjetsim.bundle.manifest import Domain, Manifest, Tolerance
from pyjetsim.errors import BundleError
from pyjetsim.identity import jet_ids
from pyjetsim.jets import momenta
from pyjetsim.noise import jet_noise

Float = NDArray[np.float32]
Graph = Callable[[Float, Float], Float]
"""Gen constituents (B, P, 3) and noise (B, Z) to reco constituents (B, P, 3)."""

_GOLDEN_ANGLE = np.pi * (3 - 5**0.5)


@dataclass(frozen=True)
class Golden:
    """A few jets: one without constituents, with one, with some, and with all P."""

    constituents: Float
    """(G, P, 3) GeV."""
    noise: Float
    """(G, Z)."""
    output: Float
    """(G, P, 3) GeV."""

    def as_json(self) -> bytes:
        """Numbers that read back to the same float32."""
        return (json.dumps({name: array.tolist() for name, array in vars(self).items()}) + "\n").encode()


def golden_inputs(domain: Domain, max_constituents: int, noise_size: int) -> tuple[Float, Float]:
    """Jets (G, P, 3) from inside the domain, and noise (G, Z); the same on every machine."""
    typical = int(np.clip(sum(domain.n_constituents) / 2, 2, max_constituents))
    counts = [0, 1, 2, typical, max_constituents]
    pts = np.linspace(*domain.pt, len(counts))
    etas = np.linspace(*domain.eta, len(counts))
    jets = [_jet(*jet, max_constituents) for jet in zip(counts, pts, etas, strict=True)]
    noise = jet_noise(0, jet_ids(len(counts)), noise_size)
    return np.array(jets, np.float32), noise


def _jet(count: int, pt: float, eta: float, max_constituents: int) -> NDArray[np.float64]:
    """A spiral of constituents with falling pt, the softest farthest out."""
    index = np.arange(max_constituents)
    share = np.where(index < count, 0.9**index, 0)
    pts = pt * share / max(share.sum(), 1)
    radius, angle = 0.4 * np.sqrt(index / max_constituents), _GOLDEN_ANGLE * index
    phi = radius * np.sin(angle) + 0.7 * count
    return momenta(pts, eta + radius * np.cos(angle), phi)


def read_golden(content: bytes, path: Path, manifest: Manifest) -> Golden:
    """Golden jets from golden.json; :class:`~pyjetsim.errors.BundleError` where they are no such."""
    p, z = manifest.max_constituents, manifest.noise_size
    shapes = {"constituents": (-1, p, 3), "noise": (-1, z), "output": (-1, p, 3)}
    try:
        values = json.loads(content)
        if values.keys() != shapes.keys():
            raise ValueError(f"it holds {', '.join(values)}, not {', '.join(shapes)}")
        arrays = {name: np.array(values[name], np.float32) for name in shapes}
        n = len(arrays["noise"])
        for name, (_, *inner) in shapes.items():
            if n == 0 or arrays[name].shape != (n, *inner) or not np.isfinite(arrays[name]).all():
                raise ValueError(f"{name} is not {(n, *inner)} finite numbers")
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BundleError(
            f"{path} holds no golden jets: {error}",
            "nobody could tell whether the model still answers as it was trained to",
            "export the model again",
        ) from error
    return Golden(**arrays)


def check_agreement(found: Float, expected: Float, tolerance: Tolerance, where: str) -> None:
    """Compare outputs (B, P, 3) in GeV; a difference raises BundleError with both values."""
    if found.shape != expected.shape:
        raise BundleError(
            f"{where}: the output has shape {found.shape}, not {expected.shape}",
            "it is not the model that was trained",
            "export the model again",
        )
    scale = np.abs(expected).max(axis=(1, 2), initial=0)[:, None, None]
    excess = np.abs(found - expected) - (tolerance.absolute + tolerance.relative * scale)
    bad = ~(excess <= 0)  # NaN is a difference too
    if bad.any():
        worst = np.unravel_index(int(np.argmax(np.where(np.isfinite(excess), excess, np.inf))), found.shape)
        jet, constituent, component = map(int, worst)
        name = ("px", "py", "pz")[component]
        raise BundleError(
            f"{where}: {name} of constituent {constituent} of jet {jet} is {found[worst]:.7g} GeV, "
            f"not {expected[worst]:.7g} GeV",
            f"outputs may differ by {tolerance.absolute:g} GeV and {tolerance.relative:g} of the jet's "
            "largest momentum component",
            "use another version of the runtime, or export the model again",
        )


def replay(graph: Graph, golden: Golden, tolerance: Tolerance, where: str) -> None:
    """Run the golden jets; an output that differs raises :class:`~pyjetsim.errors.BundleError`."""
    found = graph(golden.constituents, golden.noise)
    check_agreement(found, golden.output, tolerance, f"{where}: golden jets")
