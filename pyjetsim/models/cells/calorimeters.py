"""Photons from occupied ECAL cells, neutral hadrons from occupied HCAL cells."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pyjetsim.models.cells.chosen import Chosen
from pyjetsim.models.cells.config import Known
from pyjetsim.models.cells.fates import FATES, in_state
from pyjetsim.models.cells.geometry import Cell, Cells
from pyjetsim.models.cells.heads import Head
from pyjetsim.models.cells.mixtures import draw_category, draw_mixture, mixture_nll
from pyjetsim.models.cells.noise import Noise
from pyjetsim.models.cells.particles import CHARGED_HADRON, ELECTRON, NEUTRAL_HADRON, PHOTON
from pyjetsim.models.cells.tokens import Particles, Tokens, side
from pyjetsim.models.cells.vzeros import VZeros

_COMPONENTS = 8
_ENERGY = slice(0, 3 * _COMPONENTS)
_CELL = slice(3 * _COMPONENTS, None)
_OUTPUTS = 3 * _COMPONENTS + 9
"""A candidate's energy; its cell: the token's own or one of the eight around."""
_PHOTON, _NEUTRAL, _AROUND = 11, 13, 5
"""Inputs of the heads of photons and neutral hadrons, and what is known of the cells around."""
_LOG_ENERGY_MIN = -3.0
"""Of a candidate's energy in GeV, where candidates are not softer."""
_MORE = 0.01
"""GeV by which a cell has to get more than another one to come before it."""
_ALONE = 0.7
"""Share of a cell's energy from which on its candidate stands and falls with one V0."""
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
    """One candidate a cell at most, drawn from what entered the cell and which of it left tracks.

    The detector conserves energy: what a cell has too little, its neighbours have too much. So the
    candidates of all cells are drawn first, then the energies of those cells that got more than each of their
    neighbours, then those of the others, each knowing what its neighbours lack.
    """

    def __init__(self, width: int, cells: Cells, known: Known) -> None:
        super().__init__()
        self.cells = cells
        self.detector = known.detector
        self.log_energy_min = min(_LOG_ENERGY_MIN, math.log(known.candidate_pt_min))
        self.photon_hit, self.photon = Head(_PHOTON, width, FATES), Head(_PHOTON + _AROUND, width, _OUTPUTS)
        self.neutral_hit, self.neutral = (
            Head(_NEUTRAL, width, FATES),
            Head(_NEUTRAL + _AROUND, width, _OUTPUTS),
        )

    def nll(
        self,
        shared: tuple[Tensor, ...],
        gen: Particles,
        tokens: Tokens,
        origin: VZeros,
        found: Tensor,
        truth: Candidates,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """-log likelihoods of ``truth``, given which particles left tracks, ``found`` (B, P).

        Of which cells have a candidate (B, P, FATES), by state; of the candidates (B,). ``shared``: of the
        heads of photon hits, neutral hits, photons and neutral hadrons.
        """
        tracks = tokens.cell_sum(gen.energy * found)
        d_ring, d_column = self.cells.offset(
            tokens.cell, self.cells.at(truth.eta, truth.phi, tokens.ecal), tokens.ecal
        )
        place = ((d_ring * side(gen.jet_eta).unsqueeze(1) + 1) * 3 + d_column + 1).long()
        expected, unit = self._expected(tokens, tracks)
        value = (truth.log_energy - expected) / unit
        around = Around(tokens, tracks, truth.hit)
        known = around.inputs(torch.exp(truth.log_energy))
        photon = _photon_inputs(gen, tokens, origin, tracks)
        neutral = _neutral_inputs(gen, tokens, origin, found, tracks)
        calorimeters = {
            "photon": ((self.photon_hit, self.photon), shared[::2], photon, tokens.ecal),
            "neutral": ((self.neutral_hit, self.neutral), shared[1::2], neutral, tokens.hcal),
        }
        hit: list[Tensor] = []
        losses = {}
        for name, ((whether, what), (for_hit, for_energy), own, within) in calorimeters.items():
            leads = Chosen(within & (tokens.leads > 0))
            logits = whether(leads(for_hit), leads(own))
            there = leads(truth.hit).unsqueeze(-1).expand_as(logits)
            hit.append(leads.spread(F.binary_cross_entropy_with_logits(logits, there, reduction="none")))
            hits = Chosen(within & (tokens.leads * truth.hit > 0))
            output = what(hits(for_energy), hits(torch.cat([own, known], -1)))
            energy = mixture_nll(_energy(output), hits(value).unsqueeze(-1)) + torch.log(hits(unit))
            losses[f"{name}_energy"] = hits.sum(energy)
            cell = F.cross_entropy(output[:, _CELL], hits(place), reduction="none")
            losses[f"{name}_cell"] = hits.sum(cell)
        return hit[0] + hit[1], losses

    def draw(
        self,
        shared: tuple[Tensor, ...],
        gen: Particles,
        tokens: Tokens,
        origin: VZeros,
        found: Tensor,
        survives: Tensor,
        state: Tensor,
        noise: Noise,
    ) -> Candidates:
        """Candidates from the noise (B, P, TOKEN).

        ``shared`` as for :meth:`nll`; ``survives`` (B, P): 0 for products of a V0 that decays too late;
        ``state`` (B,).
        """
        tracks = tokens.cell_sum(gen.energy * found)
        photon = _photon_inputs(gen, tokens, origin, tracks)
        neutral = _neutral_inputs(gen, tokens, origin, found, tracks)
        ecal = tokens.ecal.unsqueeze(-1)
        logits = torch.where(ecal, self.photon_hit(shared[0], photon), self.neutral_hit(shared[1], neutral))
        chance = torch.sigmoid(in_state(logits, state))
        hit = (noise.pick("hit").uniform[..., 0] < chance).float() * tokens.leads
        hit = hit * torch.where(alone(gen, tokens, origin) > 0, survives, torch.ones_like(survives))
        expected, unit = self._expected(tokens, tracks)
        highest = self._highest(tokens, tracks)
        around = Around(tokens, tracks, hit)

        def drawn(known: Tensor) -> tuple[Tensor, Tensor]:
            """Log of the energy, and the logits of the cell."""
            photons = self.photon(shared[2], torch.cat([photon, known], -1))
            hadrons = self.neutral(shared[3], torch.cat([neutral, known], -1))
            output = torch.where(ecal, photons, hadrons)
            numbers = noise.pick("energy")
            value = draw_mixture(_energy(output), numbers.uniform[..., 0], numbers.normal[..., 1:]).squeeze(
                -1
            )
            value = torch.minimum(value * unit + expected, highest)
            return value.clamp(min=self.log_energy_min), output[..., _CELL]

        log_energy, _ = drawn(around.inputs(None))
        # The first energies stand: their cells have the same inputs again.
        log_energy, cell = drawn(around.inputs(torch.exp(log_energy)))
        place = draw_category(cell, noise.pick("cell").uniform[..., 0])
        # Outward, as the network sees where a particle is in its cell.
        step = torch.div(place, 3, rounding_mode="floor")
        d_column = (place - 3 * step - 1).float()
        d_ring = (step - 1) * side(gen.jet_eta).unsqueeze(1)
        box = self.cells.box(self._around(tokens, d_ring, d_column), tokens.ecal)
        position = noise.pick("position").uniform - 0.5
        eta = box.eta + position[..., 0] * box.eta_width
        return Candidates(hit, log_energy, eta, box.phi + position[..., 1] * box.phi_width)

    def _around(self, tokens: Tokens, d_ring: Tensor, d_column: Tensor) -> Cell:
        return self.cells.neighbour(tokens.cell, d_ring, d_column, tokens.ecal)

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


def alone(gen: Particles, tokens: Tokens, origin: VZeros) -> Tensor:
    """(B, P) float: 1 where neutral products of a V0 lead their cell and are nearly all that enters it."""
    neutral = origin.member * (gen.charge == 0).float()
    together = tokens.same * (origin.number.unsqueeze(2) == origin.number.unsqueeze(1)).float()
    own = (together @ (gen.energy * neutral).unsqueeze(-1)).squeeze(-1)
    entered = tokens.photons + tokens.electrons + tokens.charged_hadrons + tokens.neutral_hadrons
    return neutral * tokens.leads * (own > _ALONE * entered).float()


class Around:
    """What the cells around each token's have got, and what their candidates lack of it."""

    def __init__(self, tokens: Tokens, tracks: Tensor, hit: Tensor) -> None:
        photons = tokens.photons + _lost_electrons(tokens, tracks)
        hadrons = tokens.neutral_hadrons + _lost_hadrons(tokens, tracks)
        self.entered = torch.where(tokens.ecal, photons, hadrons)
        """(B, P) energy in GeV that entered each token's cell and left no track."""
        self.hit = hit
        leads = tokens.leads.unsqueeze(1)
        self.others = tokens.near * (1 - tokens.same) * leads
        """(B, P, P): how near the cell of the second token is to that of the first, 0 to 1."""
        # By more than rounding: what tracks leave of a cell's energy is a difference of sums.
        harder = (self.entered.unsqueeze(1) > self.entered.unsqueeze(2) + _MORE).float()
        self.first = ((self.others * harder).sum(-1) == 0).float() * tokens.leads
        """(B, P): 1 for those that got more than their neighbours."""

    def inputs(self, energy: Tensor | None) -> Tensor:
        """(B, P, 5) numbers about 1; ``energy`` (B, P) of candidates in GeV, of the first ones at least."""
        kept = torch.stack([self.entered * (1 - self.hit), self.entered * self.hit], -1)
        lost, answered = (self.others @ kept).unbind(-1)
        unit = self.entered + 0.5
        if energy is None:
            lacking = torch.zeros_like(lost)
        else:
            missing = (self.entered - energy) * self.hit * self.first
            lacking = self._summed(missing) * (1 - self.first)
        relative = torch.sign(lacking) * torch.log1p(10 * lacking.abs() / unit)
        return torch.stack(
            [
                torch.log1p(lost),
                torch.log1p(10 * lost / unit),
                torch.log1p(answered / unit),
                relative,
                self.first,
            ],
            -1,
        )

    def _summed(self, values: Tensor) -> Tensor:
        return (self.others @ values.unsqueeze(-1)).squeeze(-1)


def _energy(output: Tensor) -> Tensor:
    return output[..., _ENERGY].reshape(*output.shape[:-1], _COMPONENTS, 3)


def _lost_electrons(tokens: Tokens, tracks: Tensor) -> Tensor:
    """Energy (B, P) in GeV of the electrons in each token's cell that left no track."""
    return (tokens.electrons - tracks).clamp(min=0)


def _lost_hadrons(tokens: Tokens, tracks: Tensor) -> Tensor:
    """Energy (B, P) in GeV of the charged hadrons in each token's cell that left no track."""
    return (tokens.charged_hadrons - tracks).clamp(min=0)


def _photon_inputs(gen: Particles, tokens: Tokens, origin: VZeros, tracks: Tensor) -> Tensor:
    from_vzeros = tokens.cell_sum(gen.energy * gen.is_kind(PHOTON) * origin.member)
    return torch.stack(
        [
            torch.log1p(tracks),
            torch.log1p(_lost_electrons(tokens, tracks)),
            torch.log1p(tokens.photons),
            gen.is_kind(ELECTRON),
            torch.log(tokens.photons + 0.05),
            torch.log(gen.energy + 0.05),
            torch.log((tokens.narrow[..., PHOTON] + 0.1) / (tokens.photons + 0.1)),
            torch.log((tokens.wide[..., PHOTON] + 0.1) / (tokens.photons + 0.1)),
            torch.log1p(from_vzeros),
            from_vzeros / (tokens.photons + 0.1),
            origin.beyond,
        ],
        -1,
    )


def _neutral_inputs(gen: Particles, tokens: Tokens, origin: VZeros, found: Tensor, tracks: Tensor) -> Tensor:
    unseen_member = gen.energy * gen.is_kind(CHARGED_HADRON, NEUTRAL_HADRON) * origin.member * (1 - found)
    lost = _lost_hadrons(tokens, tracks)
    wide = tokens.wide[..., NEUTRAL_HADRON] + 0.1
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
            torch.log((tokens.narrow[..., NEUTRAL_HADRON] + 0.1) / (tokens.neutral_hadrons + 0.1)),
            torch.log(wide / (tokens.neutral_hadrons + 0.1)),
            torch.log1p(tokens.cell_sum(unseen_member)),
            torch.log1p(tokens.cell_sum(unseen_member * origin.beyond)),
            origin.beyond,
        ],
        -1,
    )
