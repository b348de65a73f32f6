"""Cuts on jets and constituents: the default ones, and selections by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from pyjetsim import _core
from pyjetsim.errors import InputError
from pyjetsim.jets import Jets, jet_kinematics

# Values that C++ has too are in csrc/include/pyjetsim/selection.h.
GEN_PT_MIN, GEN_ETA_MAX = _core.GEN_PT_MIN, _core.GEN_ETA_MAX
"""Gen jets where nothing else is said: pt above, in GeV, and |eta| below."""
RECO_PT_MIN = 20.0
"""Reco jets above this are matched, in GeV, where nothing else is said."""
MATCH_DELTA_R = _core.MATCH_DELTA_R
"""Largest distance of a gen jet and its reco jet, where nothing else is said."""
OBJECTS_GEN_PT_MIN, OBJECTS_RECO_PT_MIN, OBJECTS_ETA_MAX, OBJECTS_R = 15.0, 20.0, 4.7, 0.4
r"""Jets in tables of objects, where nothing else is said: pt above, in GeV; \|eta\| below; R of anti-kt.

For the tag jets of a search for H to muons: far forward, above 25 GeV, and what migrates over that."""
PARTICLE_ETA_MAX = _core.PARTICLE_ETA_MAX
"""Gen jets are made of particles up to here."""
STORED_CONSTITUENTS = _core.STORED_CONSTITUENTS
"""P of a file where nothing else is said; a model may see fewer."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Cuts on constituents and jets, the same for the target and the prediction of a comparison.

    Raises
    ------
    InputError
        For a cut that is negative or not a number, or ``max_constituents`` below 1.
    """

    jet_pt_min: float = 0.0
    """GeV."""
    jet_eta_max: float = np.inf
    """Absolute pseudorapidity."""
    constituent_pt_min: float = 0.0
    """GeV."""
    constituent_eta_max: float = np.inf
    """Absolute pseudorapidity."""
    max_constituents: int = 50
    """The hardest ones kept."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not value >= 0 or (name == "max_constituents" and value < 1):
                raise InputError(
                    f"selection.{name} is {value}",
                    "a cut is a number of at least 0, and a jet keeps at least 1 constituent",
                    f"give {name} another value",
                )

    def constituents(self, jets: Jets) -> Jets:
        """Drop constituents that fail the cuts, keep the hardest, and compute the jets from what is left."""
        return self.jets_of(jets.constituents, jets.pid)

    def jets_of(self, constituents: NDArray[np.float32], pid: NDArray[np.int32] | None = None) -> Jets:
        """Build jets from unordered constituents, as the simulator does with a model's output.

        Parameters
        ----------
        constituents : float32 array (N, P, 3)
            px, py, pz in GeV. Zero rows and values that are not finite are dropped.
        pid : int32 array (N, P), optional
            PDG ids; None: all unknown, 0.

        Returns
        -------
        Jets
            N jets of the constituents that pass the cuts.
        """
        constituents, pid, count = _core.select_constituents(
            constituents,
            np.zeros(constituents.shape[:2], np.int32) if pid is None else pid,
            self.constituent_pt_min,
            self.constituent_eta_max,
            self.max_constituents,
        )
        return Jets(constituents, pid, count, jet_kinematics(constituents))

    def accepts(self, jets: Jets) -> NDArray[np.bool_]:
        """(N,) true for jets that pass the cuts on pt and |eta|, by ``jets.jet``."""
        return np.asarray((jets.pt > self.jet_pt_min) & (np.abs(jets.eta) < self.jet_eta_max))


SELECTIONS: Mapping[str, Selection] = MappingProxyType(
    {
        "all": Selection(),
        # Paper, section 3: what is compared.
        "paper": Selection(jet_pt_min=200, jet_eta_max=2.5, constituent_pt_min=0.25, constituent_eta_max=3.2),
        # Paper, section 5: the training sample reaches below the thresholds.
        "paper-extended": Selection(jet_pt_min=130, jet_eta_max=2.5),
        # Paper, appendix: the whole generated phase space, constituents as in acceptance.
        "paper-all": Selection(
            jet_pt_min=130, jet_eta_max=2.5, constituent_pt_min=0.25, constituent_eta_max=3.2
        ),
    }
)


def selection_named(name: str) -> Selection:
    """The selection of that name: "all", "paper", "paper-extended" or "paper-all".

    Raises
    ------
    InputError
        For another name.
    """
    if name not in SELECTIONS:
        raise InputError(
            f"there is no selection {name!r}",
            "cuts are named so that two results can be compared",
            f"use one of {', '.join(SELECTIONS)}",
        )
    return SELECTIONS[name]
