"""Golden jets: inputs with the outputs that every loader must reproduce. C++ reads and replays them."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyjetsim.bundle.manifest import Domain, Tolerance
from pyjetsim.bundle.tensors import Float, Inputs, Int, Outputs
from pyjetsim.errors import BundleError
from pyjetsim.jets import momenta
from pyjetsim.jets.event_ids import jet_ids
from pyjetsim.jets.noise import jet_noise

_GOLDEN_ANGLE = np.pi * (3 - 5**0.5)

PIDS = (211, 22, -211, 130, 321, -11, 2112, -13, -2212, 310)
"""Some of what gen jets are made of."""


@dataclass(frozen=True)
class Golden:
    """A few jets: one without constituents, with one, with some, and with all P."""

    constituents: Float
    """(G, P, 3) GeV."""
    noise: Float
    """(G, Z)."""
    output: Float
    """(G, P', 3) GeV."""
    pid: Int | None = None
    """(G, P) for models that use it."""
    output_pid: Int | None = None
    """(G, P') for models that tell it."""

    @classmethod
    def of(cls, inputs: Inputs, outputs: Outputs) -> Golden:
        """Golden jets from what a graph takes and gives."""
        return cls(inputs.constituents, inputs.noise, outputs.constituents, inputs.pid, outputs.pid)

    @property
    def inputs(self) -> Inputs:
        """What the graph is given."""
        return Inputs(self.constituents, self.noise, self.pid)

    def as_json(self) -> bytes:
        """Numbers that read back to the same float32."""
        values = {name: array.tolist() for name, array in vars(self).items() if array is not None}
        return (json.dumps(values) + "\n").encode()


def golden_inputs(domain: Domain, max_constituents: int, noise_size: int, uses_pid: bool = False) -> Inputs:
    """Jets from inside the domain, with and without identities; the same on every machine."""
    typical = int(np.clip(sum(domain.n_constituents) / 2, 2, max_constituents))
    counts = [0, 1, 2, typical, max_constituents]
    pts = np.linspace(*domain.pt, len(counts))
    etas = np.linspace(*domain.eta, len(counts))
    jets = [_jet(*jet, max_constituents) for jet in zip(counts, pts, etas, strict=True)]
    constituents = np.array(jets, np.float32)
    pid = None
    if uses_pid:
        known = np.resize(np.array(PIDS, np.int32), max_constituents) * (constituents != 0).any(axis=2)
        pid = np.concatenate([known, np.zeros_like(known)])
        constituents = np.concatenate([constituents, constituents])
    return Inputs(constituents, jet_noise(0, jet_ids(len(constituents)), noise_size), pid)


def _jet(count: int, pt: float, eta: float, max_constituents: int) -> NDArray[np.float64]:
    """A spiral of constituents with falling pt, the softest farthest out."""
    index = np.arange(max_constituents)
    share = np.where(index < count, 0.9**index, 0)
    pts = pt * share / max(share.sum(), 1)
    radius, angle = 0.4 * np.sqrt(index / max_constituents), _GOLDEN_ANGLE * index
    phi = radius * np.sin(angle) + 0.7 * count
    return momenta(pts, eta + radius * np.cos(angle), phi)


def check_agreement(found: Outputs, expected: Outputs, tolerance: Tolerance, where: str) -> None:
    """Compare outputs; a difference raises BundleError with both values."""
    _check_momenta(found.constituents, expected.constituents, tolerance, where)
    if found.pid is None or expected.pid is None:
        if found.pid is not expected.pid:
            gives = "no" if found.pid is None else "a"
            raise BundleError(
                f"{where}: there is {gives} pid",
                "it is not the model that was trained",
                "export the model again",
            )
    elif not np.array_equal(found.pid, expected.pid):
        jet, constituent = map(int, np.argwhere(found.pid != expected.pid)[0])
        raise BundleError(
            f"{where}: pid of constituent {constituent} of jet {jet} is {found.pid[jet, constituent]}, "
            f"not {expected.pid[jet, constituent]}",
            "identities are the same everywhere",
            "use another version of the runtime, or export the model again",
        )


def _check_momenta(found: Float, expected: Float, tolerance: Tolerance, where: str) -> None:
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
