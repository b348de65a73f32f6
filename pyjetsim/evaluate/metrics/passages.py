"""Gen jets and what came out of them: the kinematics of all pairs, gathered in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from pyjetsim.jets import ETA, MASS, PHI, PT, Jets, delta_phi

Values = NDArray[np.float64]
Quantity = Literal["pt", "mass", "deta", "dphi", "multiplicity"]
QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)
RATIOS: tuple[Quantity, ...] = ("pt", "mass", "multiplicity")
"""Reco over gen; the others are differences."""
GEN_MASS_MIN = 10.0
"""GeV: below, the ratio of masses says what pileup adds and not what the detector does."""


@dataclass
class Passages:
    """Pairs with gen pt and |eta| inside a selection, whatever became of the reco jet.

    A cut on gen, so that prediction and target keep the same pairs, and none that only fluctuated
    over a threshold.
    """

    gen_pt_min: float
    gen_eta_max: float
    _gen: list[NDArray[np.float32]] = field(default_factory=list)
    _reco: list[NDArray[np.float32]] = field(default_factory=list)
    _event: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, gen: Jets, reco: Jets, event: NDArray[np.int64]) -> None:
        """Pairs: gen as in the file, all constituents; reco after ``Selection.constituents``."""
        inside = (gen.pt > self.gen_pt_min) & (np.abs(gen.eta) < self.gen_eta_max) & (gen.pt > 0)
        for parts, jets in ((self._gen, gen), (self._reco, reco)):
            parts.append(np.column_stack([jets.jet, jets.n_constituents])[inside].astype(np.float32))
        self._event.append(event[inside])

    @property
    def gen(self) -> Values:
        """(N, 5) pt, eta, phi, mass, constituents."""
        return _joined(self._gen)

    @property
    def event(self) -> NDArray[np.int64]:
        """(N,)."""
        return np.concatenate([np.zeros(0, np.int64), *self._event])

    def response(self, of: Quantity) -> Values:
        """(N,) reco over gen, or reco minus gen in eta and phi; NaN where it has no meaning.

        That is: direction of a reco jet without constituents, and mass where gen's is below GEN_MASS_MIN.
        """
        gen, reco = self.gen, _joined(self._reco)
        if of == "deta":
            return np.where(reco[:, PT] > 0, reco[:, ETA] - gen[:, ETA], np.nan)
        if of == "dphi":
            return np.where(reco[:, PT] > 0, delta_phi(reco[:, PHI], gen[:, PHI]), np.nan)
        if of == "multiplicity":
            # A count is spread over its unit, evenly by golden section, so that quantiles have no steps.
            spread = (np.arange(len(gen)) * (np.sqrt(5) - 1) / 2) % 1 - 0.5
            return np.asarray((reco[:, 4] + spread) / np.maximum(gen[:, 4], 1))
        column, least = (PT, 0.0) if of == "pt" else (MASS, GEN_MASS_MIN)
        whole = gen[:, column]
        ratio = np.divide(reco[:, column], whole, out=np.full(len(gen), np.nan), where=whole > least)
        return np.asarray(ratio)


def _joined(parts: Sequence[NDArray[np.float32]]) -> Values:
    return np.concatenate([np.zeros((0, 5)), *parts]).astype(np.float64)
