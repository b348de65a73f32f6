"""Gen jets to try an export with: golden ones, the same everywhere, and random ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.jets import momenta
from pyjetsim.jets.noise import stream
from pyjetsim.tasks.base import Arrays

_GOLDEN_ANGLE = np.pi * (3 - 5**0.5)
PIDS = (211, 22, -211, 130, 321, -11, 2112, -13, -2212, 310)
"""Some of what gen jets are made of."""
Domain = Mapping[str, tuple[float, float]]


def golden_jets(domain: Domain, model: Any) -> Arrays:
    """Jets without constituents, with one, with some and with all P; with and without pids."""
    p = model.config.max_constituents
    typical = int(np.clip(sum(domain["n_constituents"]) / 2, 2, p))
    counts = [0, 1, 2, typical, p]
    pts = np.linspace(*domain["pt"], len(counts))
    etas = np.linspace(*domain["eta"], len(counts))
    jets = [_spiral(*jet, p) for jet in zip(counts, pts, etas, strict=True)]
    constituents = np.array(jets, np.float32)
    pid = {}
    if model.uses_pid:
        known = np.resize(np.array(PIDS, np.int32), p) * (constituents != 0).any(axis=2)
        pid = {"pid": np.concatenate([known, np.zeros_like(known)])}
        constituents = np.concatenate([constituents, constituents])
    return {"constituents": constituents, **pid}


def _spiral(count: int, pt: float, eta: float, max_constituents: int) -> NDArray[np.float64]:
    """Constituents of falling pt, the softest farthest out."""
    index = np.arange(max_constituents)
    share = np.where(index < count, 0.9**index, 0)
    pts = pt * share / max(share.sum(), 1)
    radius, angle = 0.4 * np.sqrt(index / max_constituents), _GOLDEN_ANGLE * index
    phi = radius * np.sin(angle) + 0.7 * count
    return momenta(pts, eta + radius * np.cos(angle), phi)


def random_jets(domain: Domain, model: Any, size: int) -> dict[str, Arrays]:
    """The same jets once, or with and without pids where the model uses them."""
    rng = stream("trial jets", size)
    p = model.config.max_constituents
    count = rng.integers(1, p + 1, size)
    pt = rng.dirichlet(np.full(p, 0.5), size) * rng.uniform(*domain["pt"], (size, 1))
    pt = np.sort(np.where(np.arange(p) < count[:, None], pt, 0))[:, ::-1]
    eta = rng.uniform(*domain["eta"], (size, 1)) + rng.normal(0, 0.2, (size, p))
    phi = rng.uniform(-np.pi, np.pi, (size, 1)) + rng.normal(0, 0.2, (size, p))
    jets: Arrays = {"constituents": momenta(pt, eta, phi).astype(np.float32)}
    if not model.uses_pid:
        return {"": jets}
    pid = np.where(np.arange(p) < count[:, None], rng.choice(np.array(PIDS, np.int32), (size, p)), 0)
    return {
        " with pid": {**jets, "pid": pid.astype(np.int32)},
        " without pid": {**jets, "pid": np.zeros((size, p), np.int32)},
    }


def tells_pid(model: Any) -> bool:
    """True where the model says what each reco constituent is: its answer to two empty jets is a pair."""
    import torch

    p = model.config.max_constituents
    given = [torch.zeros(2, p, 3), torch.zeros(2, model.noise_size)]
    if model.uses_pid:
        given.append(torch.zeros(2, p, dtype=torch.int32))
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            return isinstance(model(*(each.to(model.device) for each in given)), tuple)
    finally:
        model.train(training)
