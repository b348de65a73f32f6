"""The view of clouds of particles: numbers of jets; :mod:`pyjetsim.evaluate.metrics.clouds` has the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim.evaluate.metrics.base import Need
from pyjetsim.evaluate.observables.table import Observable
from pyjetsim.evaluate.view import View
from pyjetsim.io.clouds import read_clouds
from pyjetsim.io.objects import Objects
from pyjetsim.io.splits import Split

Values = NDArray[np.float64]


def _column(name: str) -> Callable[[Any], Values]:
    return lambda reco: reco[name].astype(np.float64)


def _leading(place: int) -> Callable[[Any], Values]:
    return lambda reco: reco["particles"][:, 0, place].astype(np.float64)


class CloudsView(View):
    """Mass, multiplicity, sum of pt and the leading particle, all relative to the jet."""

    name: ClassVar[str] = "clouds"
    items: ClassVar[str] = "jets"
    gives: ClassVar[frozenset[Need]] = frozenset({"values", "clouds"})
    # Distances are JetNet's, of energy flow polynomials; those of the observables would have the same names.
    metrics = ("history", "spectra", "classifiers", "clouds")
    observables: ClassVar[Mapping[str, Observable]] = {
        "mass": Observable("Jet mass / jet $p_T$", "", _column("mass")),
        "n": Observable("Particles", "", _column("n"), discrete=True),
        "pt_sum": Observable(
            "Sum of $p_T$ / jet $p_T$", "", lambda reco: reco["particles"][:, :, 2].sum(1, dtype=np.float64)
        ),
        "leading_pt": Observable("Leading $p_T$ / jet $p_T$", "", _leading(2)),
        "leading_eta": Observable("Leading $\\eta$ from the axis", "", _leading(0)),
        "leading_phi": Observable("Leading $\\phi$ from the axis", "rad", _leading(1)),
    }

    def read(self, path: Path, split: Split) -> Iterator[Objects]:
        """Clouds of a split."""
        yield from read_clouds(path, split)

    def pairing(self, batch: Objects) -> Sequence[NDArray[Any]]:
        """The classes: clouds have no gen jet."""
        return [np.asarray(batch.gen["jet_class"], np.int32)]
