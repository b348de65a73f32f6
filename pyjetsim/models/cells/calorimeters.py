"""Photons from occupied ECAL cells, neutral hadrons from occupied HCAL cells."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pyjetsim.models.cells.chosen import Chosen
from pyjetsim.models.cells.config import Known
from pyjetsim.models.cells.geometry import Cell, Cells
from pyjetsim.models.cells.heads import Head
from pyjetsim.models.cells.mixtures import draw_category, draw_mixture, mixture_nll
from pyjetsim.models.cells.noise import Noise
from pyjetsim.models.cells.particles import ELECTRON
from pyjetsim.models.cells.tokens import Particles, Tokens

_COMPONENTS = 8
_ENERGY = slice(1, 1 + 3 * _COMPONENTS)
_CELL = slice(1 + 3 * _COMPONENTS, None)
_OUTPUTS = 1 + 3 * _COMPONENTS + 9
"""A candidate or none; its energy; its cell: the token's own or one of the eight around."""
_LOG_ENERGY_MIN = -3.0
"""Of a candidate's energy in GeV, where candidates are not softer."""
_MISMATCH_MAX = 1.2
"""As in csrc/matching/matching.cpp."""


class Candidates(NamedTuple):
    """Photon or neutral hadron of each token's cell, (B, P) each."""

    hit: Tensor
    """Float: 1 where there is one. Only tokens that lead their cell have any."""
    log_energy: Tensor
    """Log of the energy in GeV."""
    eta: Tensor
    """Seen from the origin."""
    phi: Tensor


class CalorimeterModel(nn.Module):
    """One candidate a cell at most, drawn from what entered the cell and which of it left tracks."""

    def __init__(self, width: int, cells: Cells, known: Known) -> None:
        super().__init__()
        self.cells = cells
        self.detector = known.detector
        self.log_energy_min = min(_LOG_ENERGY_MIN, math.log(known.candidate_pt_min))
        self.photon = Head(6, width, _OUTPUTS)
        self.neutral = Head(8, width, _OUTPUTS)

    def nll(
        self, shared: tuple[Tensor, Tensor], gen: Particles, tokens: Tokens, found: Tensor, truth: Candidates
    ) -> dict[str, Tensor]:
        """-log likelihoods (B,) of ``truth``, given which particles left tracks, ``found`` (B, P)."""
        tracks = tokens.cell_sum(gen.energy * found)
        d_ring, d_column = self.cells.offset(
            tokens.cell, self.cells.at(truth.eta, truth.phi, tokens.ecal), tokens.ecal
        )
        place = ((d_ring + 1) * 3 + d_column + 1).long()
        expected, unit = self._expected(tokens, tracks)
        value = (truth.log_energy - expected) / unit
        sides = {
            "photon": (self.photon, shared[0], _photon_inputs(gen, tokens, tracks), tokens.ecal),
            "neutral": (self.neutral, shared[1], _neutral_inputs(tokens, tracks), tokens.hcal),
        }
        losses = {}
        for name, (head, known, own, side) in sides.items():
            leads = Chosen(side & (tokens.leads > 0))
            output, hit = head(leads(known), leads(own)), leads(truth.hit)
            whether = F.binary_cross_entropy_with_logits(output[:, 0], hit, reduction="none")
            energy = mixture_nll(_energy(output), leads(value).unsqueeze(-1)) + torch.log(leads(unit))
            cell = F.cross_entropy(output[:, _CELL], leads(place), reduction="none")
            losses[name] = leads.sum(whether)
            losses[f"{name}_energy"] = leads.sum(energy * hit)
            losses[f"{name}_cell"] = leads.sum(cell * hit)
        return losses

    def draw(
        self, shared: tuple[Tensor, Tensor], gen: Particles, tokens: Tokens, found: Tensor, noise: Noise
    ) -> Candidates:
        """Candidates from the noise (B, P, TOKEN)."""
        tracks = tokens.cell_sum(gen.energy * found)
        output = self._output(shared, gen, tokens, tracks)
        hit = (noise.pick("hit").uniform[..., 0] < torch.sigmoid(output[..., 0])).float() * tokens.leads
        energy = noise.pick("energy")
        log_energy = draw_mixture(
            _energy(output),
            energy.uniform[..., 0],
            energy.normal[..., 1:],
        ).squeeze(-1)
        expected, unit = self._expected(tokens, tracks)
        log_energy = torch.minimum(log_energy * unit + expected, self._highest(tokens, tracks))
        log_energy = log_energy.clamp(min=self.log_energy_min)
        place = draw_category(output[..., _CELL], noise.pick("cell").uniform[..., 0])
        d_ring = torch.div(place, 3, rounding_mode="floor")
        d_column = (place - 3 * d_ring - 1).float()
        box = self.cells.box(self._around(tokens, d_ring - 1, d_column), tokens.ecal)
        position = noise.pick("position").uniform - 0.5
        eta = box.eta + position[..., 0] * box.eta_width
        return Candidates(hit, log_energy, eta, box.phi + position[..., 1] * box.phi_width)

    def _around(self, tokens: Tokens, d_ring: Tensor, d_column: Tensor) -> Cell:
        return self.cells.neighbour(tokens.cell, d_ring, d_column, tokens.ecal)

    def _output(
        self, shared: tuple[Tensor, Tensor], gen: Particles, tokens: Tokens, tracks: Tensor
    ) -> Tensor:
        photon = self.photon(shared[0], _photon_inputs(gen, tokens, tracks))
        neutral = self.neutral(shared[1], _neutral_inputs(tokens, tracks))
        return torch.where(tokens.ecal.unsqueeze(-1), photon, neutral)

    def _expected(self, tokens: Tokens, tracks: Tensor) -> tuple[Tensor, Tensor]:
        """Log of the energy in GeV that the network's answer is relative to, and that answer's unit.

        A hard photon is measured to a few per cent: in units of 1, its network would have to be exact to
        a thousandth at every energy.
        """
        constant, stochastic, noise = self.detector.photon_resolution
        photon = tokens.photons + _lost_electrons(tokens, tracks) + 0.1
        total = tokens.photons + tokens.electrons
        spread = torch.sqrt((constant * total).square() + stochastic**2 * total + noise**2)
        neutral = tokens.neutral_hadrons + 0.3 * tokens.charged_hadrons + 1
        expected = torch.log(torch.where(tokens.ecal, photon, neutral))
        return expected, torch.where(tokens.ecal, spread / photon, torch.ones_like(spread)).clamp(max=1)

    def _highest(self, tokens: Tokens, tracks: Tensor) -> Tensor:
        """Log of the highest energy in GeV that a candidate may have.

        Training knows no photon beyond: the matching has none. Of neutral hadrons it knows some far above
        what entered, by pileup and the HCAL's tail; a mixture's widest component would go to TeV.
        """
        photon = torch.log(tokens.photons + _lost_electrons(tokens, tracks) + 1) + _MISMATCH_MAX
        hadrons = tokens.neutral_hadrons + tokens.charged_hadrons
        neutral = torch.log(4 * hadrons + self.detector.neutral_pt_max * torch.cosh(tokens.eta))
        return torch.where(tokens.ecal, photon, neutral)


def _energy(output: Tensor) -> Tensor:
    return output[..., _ENERGY].reshape(*output.shape[:-1], _COMPONENTS, 3)


def _lost_electrons(tokens: Tokens, tracks: Tensor) -> Tensor:
    """Energy (B, P) in GeV of the electrons in each token's cell that left no track."""
    return (tokens.electrons - tracks).clamp(min=0)


def _photon_inputs(gen: Particles, tokens: Tokens, tracks: Tensor) -> Tensor:
    return torch.stack(
        [
            torch.log1p(tracks),
            torch.log1p(_lost_electrons(tokens, tracks)),
            torch.log1p(tokens.photons),
            gen.is_kind(ELECTRON),
            torch.log(tokens.photons + 0.05),
            torch.log(gen.energy + 0.05),
        ],
        -1,
    )


def _neutral_inputs(tokens: Tokens, tracks: Tensor) -> Tensor:
    lost = (tokens.charged_hadrons - tracks).clamp(min=0)
    unseen = lost + tokens.neutral_hadrons
    return torch.stack(
        [
            torch.log1p(tracks),
            torch.log1p(lost),
            torch.log1p(tokens.neutral_hadrons),
            torch.log1p(unseen),
            torch.log((unseen + 0.1) / (tracks + 0.1)),
            torch.log(tokens.neutral_hadrons + 0.05),
            torch.log(lost + 0.05),
            torch.log(tracks + 0.05),
        ],
        -1,
    )
