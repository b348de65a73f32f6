"""The response, reco pt over gen pt, in bins of gen pt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.jets import Jets

GEN_PT_EDGES = (100.0, 150.0, 200.0, 300.0, 500.0, 1000.0, 2000.0)
"""GeV."""


@dataclass
class Responses:
    """Gen and reco pt of all pairs, gathered in pieces."""

    gen_eta_max: float
    """Pairs beyond are left out. A cut on gen, so that prediction and target keep the same pairs."""
    _gen: list[NDArray[np.float32]] = field(default_factory=list)
    _reco: list[NDArray[np.float32]] = field(default_factory=list)

    def add(self, gen: Jets, reco: Jets) -> None:
        """Pairs: gen as in the file, all constituents; reco after ``Selection.constituents``.

        No cut on reco pt: it would keep only the upward half of the jets near the threshold.
        """
        inside = (np.abs(gen.eta) < self.gen_eta_max) & (gen.pt > 0)
        self._gen.append(gen.pt[inside])
        self._reco.append(reco.pt[inside])

    def table(self) -> list[dict[str, float | int | None]]:
        """One row a bin of gen pt; see :func:`response_table`."""
        if not self._gen:
            return response_table(np.zeros(0), np.zeros(0))
        return response_table(np.concatenate(self._gen), np.concatenate(self._reco))


def response_table(
    gen_pt: NDArray[np.floating], reco_pt: NDArray[np.floating]
) -> list[dict[str, float | int | None]]:
    """One row a bin: ``low``, ``high`` (GeV), ``n``, ``mean``, ``median``, ``width``, ``std``, two errors.

    ``width`` is half the distance between the 16 and 84 % quantiles: the standard deviation of a
    Gaussian, deaf to tails; ``std`` hears them. Errors are statistical, for a Gaussian. Bins with
    fewer than two pairs have None.
    """
    response = np.asarray(reco_pt, np.float64) / np.asarray(gen_pt, np.float64)
    rows = []
    for low, high in pairwise(GEN_PT_EDGES):
        inside = response[(gen_pt >= low) & (gen_pt < high)]
        rows.append({"low": low, "high": high, "n": len(inside), **_moments(inside)})
    return rows


def _moments(response: NDArray[np.float64]) -> dict[str, float | None]:
    names = ("mean", "mean_error", "median", "width", "width_error", "std")
    n = len(response)
    if n < 2:
        return dict.fromkeys(names)
    low, median, high = np.quantile(response, [0.158655, 0.5, 0.841345])
    width, std = (high - low) / 2, response.std(ddof=1)
    # The variance of half a quantile range of n Gaussian values is (0.962 sigma)² / n.
    values = (response.mean(), std / np.sqrt(n), median, width, 0.962 * width / np.sqrt(n), std)
    return {name: float(value) for name, value in zip(names, values, strict=True)}


def to_json(tables: Mapping[str, list[dict[str, float | int | None]]]) -> dict[str, Any]:
    """All tables, and what their columns mean."""
    return {
        "definition": "reco pt after the selection's constituent cuts over the file's gen pt; no reco pt cut",
        "width": "half of the 16 to 84 % quantile range",
        "tables": dict(tables),
    }
