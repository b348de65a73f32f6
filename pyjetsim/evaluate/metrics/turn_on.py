"""How thresholds turn on: what share of pairs passes a cut on reco, by what gen says."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.jets import Jets, transverse_momentum
from pyjetsim.jets.selection import Selection

Counts = NDArray[np.int64]
_PT_BINS = np.linspace(0.7, 1.4, 15)
"""In units of the cut."""
_ETA_BINS = np.linspace(-0.3, 0.3, 13)
"""From the cut."""
_CONSTITUENT_BINS = np.geomspace(1, 4, 13)
"""In units of the cut."""
_LABELS = {
    "jet_pt": "gen jet pt [GeV]: share of pairs with reco pt above the cut",
    "jet_eta": "gen jet |eta|: share of pairs with reco |eta| inside the cut",
    "constituent_pt": "reco constituent pt [GeV]: constituents in a jet",
}


class TurnOn:
    """Counts around the cuts of a selection, in bins. Cuts that do not cut have none."""

    def __init__(self, selection: Selection, candidate_pt_min: float = 0.0) -> None:
        """``candidate_pt_min`` in GeV: the detector's own threshold, where a selection cuts below it."""
        self._cuts = selection
        edges = {
            "jet_pt": selection.jet_pt_min * _PT_BINS,
            "jet_eta": selection.jet_eta_max + _ETA_BINS,
            "constituent_pt": max(selection.constituent_pt_min, candidate_pt_min) * _CONSTITUENT_BINS,
        }
        self.edges = {name: bins for name, bins in edges.items() if np.isfinite(bins).all() and bins[-1] > 0}
        self.total: dict[str, Counts] = {
            name: np.zeros(len(bins) - 1, np.int64) for name, bins in self.edges.items()
        }
        self.passed = {name: counts.copy() for name, counts in self.total.items()}

    def add(self, gen: Jets, reco: Jets) -> None:
        """Pairs: gen as in the file; reco after ``Selection.constituents``."""
        cuts = self._cuts
        eta = np.abs(gen.eta)
        central, hard = eta < cuts.jet_eta_max, gen.pt > cuts.jet_pt_min
        there = reco.n_constituents > 0
        self._count("jet_pt", gen.pt[central], (reco.pt > cuts.jet_pt_min)[central])
        self._count("jet_eta", eta[hard], (there & (np.abs(reco.eta) < cuts.jet_eta_max))[hard])
        if "constituent_pt" in self.edges:
            inside = reco[central & hard]
            pt = transverse_momentum(inside.constituents)[inside.present]
            self.total["constituent_pt"] += len(inside)
            self.passed["constituent_pt"] += np.histogram(pt, self.edges["constituent_pt"])[0]

    def _count(self, name: str, values: NDArray[Any], passes: NDArray[np.bool_]) -> None:
        if name in self.edges:
            self.total[name] += np.histogram(values, self.edges[name])[0]
            self.passed[name] += np.histogram(values[passes], self.edges[name])[0]

    def rates(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of each bin the share that passes, or constituents a jet, and its uncertainty; NaN without entries.

        Binomial, with one success and one failure added so that no bin is certain, and Poisson for
        constituents.
        """
        total, passed = self.total[name].astype(float), self.passed[name].astype(float)
        rate = np.divide(passed, total, out=np.full(len(total), np.nan), where=total > 0)
        if name == "constituent_pt":
            return rate, np.sqrt(np.maximum(passed, 1)) / np.maximum(total, 1)
        likely = (passed + 1) / (total + 2)
        return rate, np.sqrt(likely * (1 - likely) / np.maximum(total, 1))


def compare_turn_on(target: TurnOn, prediction: TurnOn) -> dict[str, Any]:
    """For JSON, by cut: ``label``, ``rows`` and ``largest_pull``.

    A row has ``low`` and ``high`` of the bin, ``target`` and ``prediction`` with ``value``, ``error`` and
    ``n`` (pairs), and ``pull``, the difference in units of its uncertainty; ``largest_pull`` is the largest
    of them in size.
    """
    curves = {}
    for name, edges in target.edges.items():
        sides = {"target": target, "prediction": prediction}
        rates = {side: counts.rates(name) for side, counts in sides.items()}
        error = np.hypot(rates["target"][1], rates["prediction"][1])
        pulls = (rates["prediction"][0] - rates["target"][0]) / error
        rows = [
            {
                "low": float(edges[i]),
                "high": float(edges[i + 1]),
                **{
                    side: {
                        "value": float(rates[side][0][i]),
                        "error": float(rates[side][1][i]),
                        "n": int(counts.total[name][i]),
                    }
                    for side, counts in sides.items()
                },
                "pull": float(pulls[i]),
            }
            for i in range(len(edges) - 1)
        ]
        known = pulls[np.isfinite(pulls)]
        largest = float(np.abs(known).max()) if len(known) else None
        curves[name] = {"label": _LABELS[name], "rows": rows, "largest_pull": largest}
    return curves
