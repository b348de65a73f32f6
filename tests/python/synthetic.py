"""Synthetic pairs for all tests: physics-like, small, from a seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pyjetsim.jets import Jets, Pairs, gen_reco_delta_r, momenta

MakePairs = Callable[..., Pairs]

P = 80
RESPONSE_WIDTH = 0.12


def synthetic_pairs(n: int, seed: int = 0, *, response: float = 1.0, first_event: int = 0) -> Pairs:
    """N pairs, two an event: pt from a steep spectrum in 100-600 GeV, |eta| < 2.5, 5 to 80 constituents.

    Reco constituents are gen ones with a common Gaussian response (mean ``response``, width
    RESPONSE_WIDTH), their own smearing, losses, and a few soft extras.
    """
    rng = np.random.default_rng(seed)
    jet_pt = 100 * (1 - rng.random(n) * (1 - 6.0**-2.5)) ** -0.4
    jet_eta, jet_phi = rng.uniform(-2.3, 2.3, n), rng.uniform(-np.pi, np.pi, n)
    count = np.clip(rng.normal(32, 11, n).round(), 5, P - 5).astype(int)
    present = np.arange(P) < count[:, None]

    share = np.where(present, rng.gamma(0.5, size=(n, P)) + 2e-3, 0)
    pt = share / share.sum(axis=1, keepdims=True) * jet_pt[:, None]
    # Hard constituents sit near the axis, soft ones far out, all inside R = 0.5.
    radius = np.minimum(rng.exponential(0.25, (n, P)) / (1 + 0.2 * np.sqrt(pt)), 0.45)
    angle = rng.uniform(-np.pi, np.pi, (n, P))
    eta = jet_eta[:, None] + radius * np.cos(angle)
    phi = jet_phi[:, None] + radius * np.sin(angle)
    pid = rng.choice(np.array([211, -211, 22, 130, 11], np.int32), (n, P))
    gen = Jets.from_constituents(momenta(pt, eta, phi) * present[..., None], pid)

    scale = np.maximum(rng.normal(response, RESPONSE_WIDTH, (n, 1)), 0.1) * rng.lognormal(0, 0.05, (n, P))
    # The hardest constituent is never lost, so that every reco jet has one.
    kept = present & ((rng.random((n, P)) > 0.08) | (pt == pt.max(axis=1, keepdims=True)))
    extra = (np.arange(P) >= count[:, None]) & (np.arange(P) < count[:, None] + rng.integers(0, 5, (n, 1)))
    spread = rng.normal(0, 0.005, (2, n, P))
    reco_pt = np.where(extra, 0.3 + rng.exponential(0.5, (n, P)), pt * scale)
    reco_constituents = momenta(reco_pt, eta + spread[0], phi + spread[1])
    reco = Jets.from_constituents(reco_constituents, pid, kept | extra)
    return Pairs(
        gen,
        reco,
        first_event + np.arange(n, dtype=np.int64) // 2,
        gen_reco_delta_r(gen, reco),
        rng.poisson(50, n).astype(np.int32) + 1,
    )
