"""Clouds of particles that are made in no time: a falling pt, and angles as wide as the jet is heavy."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pyjetsim.io.clouds import PARTICLES, CloudsWriter, described
from pyjetsim.io.objects import Objects


def synthetic_clouds(n: int, seed: int, classes: tuple[int, ...] = (0, 1, 2)) -> Objects:
    """N clouds, two of each event; class k has wider ones than k - 1, and class 1 fewer particles."""
    rng = np.random.default_rng(seed)
    jet_class = rng.choice(np.array(classes, np.int32), n)
    share = np.sort(rng.gamma(0.6, size=(n, PARTICLES)) + 1e-3, axis=1)[:, ::-1]
    count = np.where(jet_class == 1, rng.integers(12, PARTICLES + 1, n), PARTICLES)
    there = np.arange(PARTICLES) < count[:, None]
    share = np.where(there, 0.9 * share / share.sum(1, keepdims=True), 0)
    width = (0.05 + 0.04 * jet_class) * np.exp(0.3 * rng.standard_normal(n))
    angles = width[:, None, None] * rng.standard_normal((n, PARTICLES, 2))
    particles = np.concatenate([np.where(there[:, :, None], angles, 0), share[:, :, None]], axis=2)
    return Objects({"jet_class": jet_class}, described(particles), np.arange(n, dtype=np.int64) // 2)


def write_clouds(path: Path, clouds: Objects) -> Path:
    """A table of objects."""
    with CloudsWriter(path, {"made": "by hand"}) as writer:
        writer.append(clouds)
    return path
