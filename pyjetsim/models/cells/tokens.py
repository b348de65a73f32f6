"""Gen jets as tokens: particles, where they enter the calorimeter, and which share a cell."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from pyjetsim.models.cells.detector import Detector
from pyjetsim.models.cells.geometry import Cell, Cells, asinh, to_calorimeter, wrap
from pyjetsim.models.cells.particles import (
    CHARGED_HADRON,
    ELECTRON,
    NEUTRAL_HADRON,
    PHOTON,
    Species,
)

_PT_MIN = 1e-3
_NARROW, _WIDE = 0.15, 0.5
"""How far beyond the edges of a cell a particle counts for it in part, in sizes of the cell."""
_ETA_MAX = 6.0


class Particles(NamedTuple):
    """Gen particles (B, P) and their jets (B,). Padding has pt and energy 1 MeV and eta, phi 0."""

    present: Tensor
    """(B, P) bool."""
    momentum: Tensor
    """(B, P, 3) px, py, pz in GeV; 0 for padding."""
    pt: Tensor
    """GeV."""
    eta: Tensor
    phi: Tensor
    energy: Tensor
    """GeV, with the mass of the particle's species."""
    kind: Tensor
    """(B, P, 5) one-hot; zeros for padding."""
    charge: Tensor
    """0 or ±1."""
    jet_pt: Tensor
    """GeV, from all particles; at least 1 MeV."""
    jet_eta: Tensor
    jet_phi: Tensor
    jet_mass: Tensor
    """GeV, at least 0.1."""
    jet_energy: Tensor
    """GeV."""

    def is_kind(self, *kinds: int) -> Tensor:
        """(B, P) float: 1 for particles of these kinds."""
        return self.kind[..., list(kinds)].sum(-1) if len(kinds) > 1 else self.kind[..., kinds[0]]


def particles(constituents: Tensor, species: Species) -> Particles:
    """Particles of gen constituents (B, P, 3) in GeV; rows without pt are padding."""
    px, py, pz = constituents.unbind(-1)
    pt = torch.sqrt(px.square() + py.square())
    present = pt > 0
    there = present.float()
    pt = torch.where(present, pt, torch.full_like(pt, _PT_MIN)).clamp(min=_PT_MIN)
    eta = asinh(pz * there / pt).clamp(-_ETA_MAX, _ETA_MAX)
    phi = torch.where(present, torch.atan2(py, px), torch.zeros_like(pt))
    energy = torch.sqrt(constituents.square().sum(-1) + species.mass.square())
    energy = torch.where(present, energy, torch.full_like(energy, _PT_MIN)).clamp(min=_PT_MIN)
    sums = (torch.cat([constituents, energy.unsqueeze(-1)], -1) * there.unsqueeze(-1)).sum(1)
    x, y, z, jet_energy = sums.unbind(-1)
    jet_pt = torch.sqrt(x.square() + y.square()).clamp(min=_PT_MIN)
    momentum = sums[:, :3].norm(dim=-1)
    excess = _energy_beyond_momentum(constituents, energy, species.mass, sums[:, :3], momentum)
    mass2 = (excess * there).sum(1) * (jet_energy + momentum)
    return Particles(
        present,
        constituents * there.unsqueeze(-1),
        pt,
        eta,
        phi,
        energy,
        species.kind * there.unsqueeze(-1),
        species.charge * there,
        jet_pt,
        asinh(z / jet_pt).clamp(-_ETA_MAX, _ETA_MAX),
        torch.atan2(y, torch.where(jet_pt > _PT_MIN, x, torch.ones_like(x))),
        torch.sqrt(mass2.clamp(min=1e-2)),
        jet_energy.clamp(min=_PT_MIN),
    )


def side(jet_eta: Tensor) -> Tensor:
    """Of the detector: -1 for jets (B,) of negative eta, otherwise 1."""
    return torch.where(jet_eta < 0, -torch.ones_like(jet_eta), torch.ones_like(jet_eta))


def _energy_beyond_momentum(
    constituents: Tensor, energy: Tensor, mass: Tensor, jet: Tensor, momentum: Tensor
) -> Tensor:
    """Energy less momentum along the jet (B, P), without the difference of two large numbers.

    The mass of a light jet would be rounding alone, and another in each runtime.
    """
    axis = jet / momentum.clamp(min=_PT_MIN).unsqueeze(-1)
    along = (constituents @ axis.unsqueeze(-1)).squeeze(-1)
    x, y, z = constituents.unbind(-1)
    ax, ay, az = axis.unsqueeze(1).unbind(-1)
    across2 = (y * az - z * ay).square() + (z * ax - x * az).square() + (x * ay - y * ax).square()
    return (mass.square() + across2) / (energy + along).clamp(min=_PT_MIN)


class Tokens(NamedTuple):
    """What the geometry says of particles (B, P) once the vertex is known."""

    eta: Tensor
    """Where the particle meets the calorimeter, seen from the origin."""
    phi: Tensor
    cell: Cell
    """Of the ECAL for photons and electrons, of the HCAL for hadrons."""
    ecal: Tensor
    """(B, P) bool: photons and electrons, as far as the ECAL reaches."""
    hcal: Tensor
    """(B, P) bool: hadrons, as far as the HCAL reaches."""
    same: Tensor
    """(B, P, P) float: 1 where two particles share a cell.

    Muons, padding and what misses the calorimeters are alone.
    """
    leads: Tensor
    """(B, P) float: 1 for the most energetic particle of each cell."""
    photons: Tensor
    """Energy of the photons in the particle's cell, GeV; the same for the kinds below."""
    electrons: Tensor
    charged_hadrons: Tensor
    neutral_hadrons: Tensor
    in_eta: Tensor
    """Place in the cell, from its middle, in sizes of the cell: -1/2 to 1/2; the same in phi below."""
    in_phi: Tensor
    narrow: Tensor
    """(B, P, 5) energies in GeV by kind, of the particles in the cell and close to its edges."""
    wide: Tensor
    """(B, P, 5) the same, with those that are half a cell away."""
    near: Tensor
    """(B, P, P): how much the second particle counts for the first one's cell in ``wide``, 0 to 1."""
    d_eta: Tensor
    """From the jet axis: direction, and place on the calorimeter below."""
    d_phi: Tensor
    at_d_eta: Tensor
    at_d_phi: Tensor

    def cell_sum(self, values: Tensor) -> Tensor:
        """Sum of ``values`` (B, P) over the particles in each particle's cell."""
        return (self.same @ values.unsqueeze(-1)).squeeze(-1)


class Tokeniser(nn.Module):
    """Particles and vertices to tokens."""

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = detector
        self.cells = Cells(detector)

    def forward(self, gen: Particles, vertex: Tensor) -> Tokens:
        """``vertex`` (B,): z in m."""
        eta, phi = to_calorimeter(gen.pt, gen.eta, gen.phi, gen.charge, vertex.unsqueeze(1), self.detector)
        ecal = gen.is_kind(PHOTON, ELECTRON) > 0
        hcal = gen.is_kind(CHARGED_HADRON, NEUTRAL_HADRON) > 0
        inside = self.cells.inside(eta, ecal)
        if inside is not None:
            ecal, hcal = ecal & inside, hcal & inside
        cell = self.cells.at(eta, phi, ecal)
        # Numbers of their own for muons and padding.
        alone = -1 - torch.arange(eta.shape[1], device=eta.device) - (1 << 40)
        number = torch.where(ecal | hcal, self.cells.number(cell, ecal), alone)
        same = (number.unsqueeze(2) == number.unsqueeze(1)).float()
        by_kind = gen.kind * gen.energy.unsqueeze(-1)
        energies = same @ by_kind
        box = self.cells.box(cell, ecal)
        from_eta = (eta.unsqueeze(1) - box.eta.unsqueeze(2)) / box.eta_width.unsqueeze(2)
        from_phi = wrap(phi.unsqueeze(1) - box.phi.unsqueeze(2)) / box.phi_width.unsqueeze(2)
        side = torch.stack([ecal, hcal], -1).float()
        together = side @ side.transpose(1, 2)
        near = _inside(from_eta, _WIDE) * _inside(from_phi, _WIDE) * together
        narrow = _inside(from_eta, _NARROW) * _inside(from_phi, _NARROW) * together
        return Tokens(
            eta,
            phi,
            cell,
            ecal,
            hcal,
            same,
            leading(same, gen.energy) * (ecal | hcal).float(),
            energies[..., PHOTON],
            energies[..., ELECTRON],
            energies[..., CHARGED_HADRON],
            energies[..., NEUTRAL_HADRON],
            (eta - box.eta) / box.eta_width,
            wrap(phi - box.phi) / box.phi_width,
            narrow @ by_kind,
            near @ by_kind,
            near,
            gen.eta - gen.jet_eta.unsqueeze(1),
            wrap(gen.phi - gen.jet_phi.unsqueeze(1)),
            eta - gen.jet_eta.unsqueeze(1),
            wrap(phi - gen.jet_phi.unsqueeze(1)),
        )


def _inside(place: Tensor, margin: float) -> Tensor:
    """1 inside of a cell, 0 beyond ``margin``, between them a slope; sizes of the cell from its middle."""
    return ((0.5 + margin - place.abs()) / (2 * margin)).clamp(0, 1)


def leading(same: Tensor, energy: Tensor) -> Tensor:
    """(B, P) float: 1 for the most energetic of those that are the same (B, P, P), the first of equals."""
    index = torch.arange(energy.shape[1], device=energy.device)
    mine, other = energy.unsqueeze(2), energy.unsqueeze(1)
    earlier = index.unsqueeze(0) < index.unsqueeze(1)
    beaten = (other > mine) | ((other == mine) & earlier)
    return ((same * beaten.float()).sum(-1) == 0).float()
