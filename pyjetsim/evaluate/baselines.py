"""Baselines: the gen jet unchanged, and a Gaussian smearing of its pt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import DataError
from pyjetsim.evaluate.samples import MAX_PAIRS, Thinning
from pyjetsim.io import Split
from pyjetsim.io.inputs import PairsReader
from pyjetsim.io.splits import split_share
from pyjetsim.jets import Jets
from pyjetsim.jets.event_ids import JetIds
from pyjetsim.jets.noise import jet_noise
from pyjetsim.jets.selection import Selection

PT_EDGES = np.array([125.0, 150, 175, 200, 250, 300, 400, 500, 700, 1000])
"""GeV, gen; with one bin below and one above."""
ETA_EDGES = np.array([0.5, 1.0, 1.5, 2.0, 2.5])
"""|eta|, gen; with one bin above."""
SMEARING_SEED = 1
"""Of its noise, which is keyed by event and jet as that of a simulated jet is."""
MIN_PAIRS = 50
"""A bin with fewer takes the values of all eta, or of all jets."""

Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Smearing:
    """Gaussian pt response in bins of gen pt and |eta|."""

    mean: Table
    """(pt bins, eta bins)."""
    width: Table
    """(pt bins, eta bins)."""
    n_pairs: int
    fitted_on: Split

    def to_json(self) -> dict[str, Any]:
        """The table and its binning."""
        return {
            "pt_edges": PT_EDGES.tolist(),
            "abs_eta_edges": ETA_EDGES.tolist(),
            "mean": self.mean.tolist(),
            "width": self.width.tolist(),
            "pairs": self.n_pairs,
            "fitted_on": self.fitted_on,
        }

    def __call__(self, gen: Jets, selection: Selection, ids: JetIds) -> Jets:
        """Scale the constituents of each jet by one draw of its response, and make the cuts again.

        Parameters
        ----------
        gen : Jets
            N gen jets after ``selection.constituents``, as in the fit.
        selection : Selection
            The cuts.
        ids : JetIds
            Ids of the jets, which key the draws.

        Returns
        -------
        Jets
            N smeared jets.
        """
        pt_bin, eta_bin = _bins(gen.pt, gen.eta)
        normal = jet_noise(SMEARING_SEED, ids, 1)[:, 0]
        factor = self.mean[pt_bin, eta_bin] + self.width[pt_bin, eta_bin] * normal
        # A response below zero would turn the jet around.
        factor = np.maximum(factor, 0.01).astype(np.float32)
        scaled = Jets.from_constituents(gen.constituents * factor[:, None, None], gen.pid)
        return selection.constituents(scaled)


def fit_smearing(gen_pt: Table, gen_eta: Table, response: Table, fitted_on: Split = "train") -> Smearing:
    """Fit mean and width of the response, bin by bin.

    Parameters
    ----------
    gen_pt, gen_eta : array (N,)
        Gen jets; GeV.
    response : array (N,)
        Reco pt over gen pt.
    fitted_on : str
        Name of the split, for the report.

    Returns
    -------
    Smearing
        Median, and half the 16 to 84 % quantile range: for a Gaussian its mean and width. Unlike these, they
        are not changed by a few lost jets.
    """
    pt_bin, eta_bin = _bins(gen_pt, gen_eta)
    shape = (len(PT_EDGES) + 1, len(ETA_EDGES) + 1)
    mean, width = np.empty(shape), np.empty(shape)
    everywhere = _gaussian(response)
    for i in range(shape[0]):
        in_pt = pt_bin == i
        all_eta = _gaussian(response[in_pt]) if in_pt.sum() >= MIN_PAIRS else everywhere
        for j in range(shape[1]):
            inside = response[in_pt & (eta_bin == j)]
            mean[i, j], width[i, j] = _gaussian(inside) if len(inside) >= MIN_PAIRS else all_eta
    return Smearing(mean, width, len(response), fitted_on)


def fit_smearing_to(file: PairsReader, selection: Selection, max_pairs: int = MAX_PAIRS) -> Smearing:
    """Fit the smearing to the train split of a file, or to all its pairs where that split is empty.

    Parameters
    ----------
    file : PairsReader
        The file.
    selection : Selection
        The cuts.
    max_pairs : int
        Of more pairs, about so many are taken, by event number.

    Returns
    -------
    Smearing
        The fit.

    Raises
    ------
    DataError
        Where no gen jet has constituents after the cuts.
    """
    splits: tuple[Split, ...] = ("train", "all")
    for split in splits:
        parts: list[Table] = []
        thinning = Thinning.to(max_pairs, split_share(split) * len(file))
        for whole in file.batches(split):
            pairs = whole if thinning.share >= 1 else whole[thinning.keeps(whole.event)]
            gen, reco = selection.constituents(pairs.gen), selection.constituents(pairs.reco)
            usable = gen.pt > 0
            parts.append(np.stack([gen.pt, gen.eta, reco.pt])[:, usable].astype(np.float64))
        gen_pt, gen_eta, reco_pt = np.concatenate([np.empty((3, 0)), *parts], axis=1)
        if len(gen_pt):
            return fit_smearing(gen_pt, gen_eta, reco_pt / gen_pt, split)
    raise DataError(
        f"{file.path} has no gen jet with constituents after the selection's cuts",
        "the smearing baseline is fitted to pairs",
        "give a target with pairs",
    )


def _gaussian(response: Table) -> tuple[float, float]:
    low, median, high = np.quantile(response, [0.158655, 0.5, 0.841345])
    return float(median), float(high - low) / 2


def _bins(pt: NDArray[np.floating], eta: NDArray[np.floating]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.searchsorted(PT_EDGES, pt, side="right"), np.searchsorted(ETA_EDGES, np.abs(eta), side="right")
