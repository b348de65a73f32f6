"""What PDG ids say: how the detector treats a particle, its charge and its mass."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

CHARGED_HADRON, PHOTON, NEUTRAL_HADRON, ELECTRON, MUON = KINDS = range(5)
"""Kinds of particle, as in csrc/matching/matching.h."""

# |PDG id|: kind, charge of the particle with positive id, mass in GeV (PDG 2022).
_SPECIES = {
    211: (CHARGED_HADRON, 1, 0.13957),
    321: (CHARGED_HADRON, 1, 0.49368),
    2212: (CHARGED_HADRON, 1, 0.93827),
    3112: (CHARGED_HADRON, -1, 1.19745),
    3222: (CHARGED_HADRON, 1, 1.18937),
    3312: (CHARGED_HADRON, -1, 1.32171),
    3334: (CHARGED_HADRON, -1, 1.67245),
    22: (PHOTON, 0, 0.0),
    130: (NEUTRAL_HADRON, 0, 0.49761),
    310: (NEUTRAL_HADRON, 0, 0.49761),
    311: (NEUTRAL_HADRON, 0, 0.49761),
    2112: (NEUTRAL_HADRON, 0, 0.93957),
    3122: (NEUTRAL_HADRON, 0, 1.11568),
    3212: (NEUTRAL_HADRON, 0, 1.19264),
    3322: (NEUTRAL_HADRON, 0, 1.31486),
    11: (ELECTRON, -1, 0.000511),
    13: (MUON, -1, 0.10566),
}
TYPICAL = (211, 22, 130, -11, -13)
"""The PDG id, of charge +1 or 0, that stands for each kind where ids are unknown."""


class Species(NamedTuple):
    """What the ids of particles (...) say."""

    kind: Tensor
    """(..., 5) one-hot, float."""
    charge: Tensor
    """(...) float."""
    mass: Tensor
    """(...) GeV."""


class SpeciesTable(nn.Module):
    """Looks ids up. An unknown one is a neutral hadron without mass; 0 too."""

    ids: Tensor
    properties: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("ids", torch.tensor(list(_SPECIES), dtype=torch.int32), persistent=False)
        rows = torch.zeros(len(_SPECIES), 7)
        for row, (kind, charge, mass) in zip(rows, _SPECIES.values(), strict=True):
            if kind != NEUTRAL_HADRON:  # that is what is left
                row[kind] = 1
            row[5], row[6] = charge, mass
        self.register_buffer("properties", rows, persistent=False)

    def forward(self, pid: Tensor) -> Species:
        """Integer ids (...)."""
        ids = pid.to(torch.int32)
        found = (ids.abs().unsqueeze(-1) == self.ids).float() @ self.properties
        kinds = list(found[..., :5].unbind(-1))
        kinds[NEUTRAL_HADRON] = 1 - found[..., :5].sum(-1)
        return Species(torch.stack(kinds, -1), torch.sign(ids).float() * found[..., 5], found[..., 6])
