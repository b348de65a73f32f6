"""Tokens that look at each other: one vector a particle and one a jet."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pyjetsim.models.cells import prongs, vzeros
from pyjetsim.models.cells.config import Known
from pyjetsim.models.cells.detector import Detector
from pyjetsim.models.cells.heads import mlp
from pyjetsim.models.cells.tokens import Particles, Tokens, side
from pyjetsim.models.cells.vzeros import VZeros

_TOKEN, _JET = 40, 15 + prongs.FEATURES
"""Numbers of a particle beside the detector's steps, and of a jet."""
_RADIUS = 0.5
"""The R of jets for which distances are numbers about 1; those of other jets are scaled to it."""


class Attention(nn.Module):
    """Self-attention that falls with distance on the calorimeter, then a small network; normalised first."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale = 1 / math.sqrt(width // heads)
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.rest = mlp(width, 2 * width, width, 1)
        self.nearness = nn.Parameter(torch.linspace(0, -1, heads).view(1, heads, 1, 1))

    def forward(self, x: Tensor, mask: Tensor, log_distance: Tensor) -> Tensor:
        """x (B, P, width), mask (B, P) 0 or very negative, log_distance (B, 1, P, P)."""
        query, key, value = self.qkv(self.before(x)).unflatten(-1, (3, self.heads, -1)).unbind(2)
        # The mask is one more component of the product: cheaper than a sum over all pairs.
        mask = mask[:, :, None, None].expand(-1, -1, self.heads, 1)
        query = torch.cat([query * self.scale, torch.ones_like(mask)], -1).transpose(1, 2)
        key = torch.cat([key, mask], -1).permute(0, 2, 3, 1)
        weights = torch.softmax(query @ key + self.nearness * log_distance, -1)
        x = x + self.out((weights @ value.transpose(1, 2)).transpose(1, 2).flatten(2))
        answer: Tensor = x + self.rest(self.between(x))
        return answer


class Encoder(nn.Module):
    """Deep sets to a context, and attention."""

    def __init__(self, width: int, blocks: int, heads: int, known: Known) -> None:
        super().__init__()
        self.known = known
        self.embed = mlp(_TOKEN + vzeros.FEATURES + n_steps(known.detector), width, width, 1)
        self.context = mlp(2 * width + _JET + vzeros.JET_FEATURES, width, width, 1)
        self.told = nn.Linear(width, width)
        self.told_context = nn.Linear(width, width, bias=False)
        self.told_out = nn.Linear(width, width)
        self.blocks = nn.ModuleList(Attention(width, heads) for _ in range(blocks))
        self.summary = mlp(2 * width + _JET + vzeros.JET_FEATURES, 2 * width, width, 1)

    def forward(
        self, gen: Particles, tokens: Tokens, found: VZeros, vertex: Tensor, vertices: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Vectors of particles (B, P, width) and of jets (B, width).

        ``vertex`` (B,) in m; ``vertices`` (B,): the number of collisions.
        """
        there = gen.present.float().unsqueeze(-1)
        share = (gen.pt / gen.jet_pt.unsqueeze(1)).unsqueeze(1)
        jet = self._jet_features(gen, tokens, share.squeeze(1), vertex, vertices)
        jet = torch.cat([jet, torch.stack(vzeros.jet_features(found, share.squeeze(1)), -1)], -1)
        numbers = [token_features(gen, tokens, self.known), vzeros.features(found, gen)]
        x = self.embed(torch.cat(numbers, -1)) * there
        context = self.context(_pooled(x, share, jet))
        told = self.told(x) + self.told_context(context).unsqueeze(1)
        x = x + self.told_out(F.silu(told)) * there
        mask = torch.where(gen.present, 0.0, -1e4)
        log_distance = _nearness(tokens).unsqueeze(1)
        for block in self.blocks:
            x = block(x, mask, log_distance) * there
        return x, self.summary(_pooled(x, share, jet))

    def _jet_features(
        self, gen: Particles, tokens: Tokens, share: Tensor, vertex: Tensor, vertices: Tensor
    ) -> Tensor:
        detector = self.known.detector
        there = gen.present.float()
        square = tokens.d_eta.square() + tokens.d_phi.square()
        distance = _in_radii(torch.sqrt(square + 1e-9), self.known)
        sign = side(gen.jet_eta)
        d_eta = _in_radii(tokens.d_eta, self.known) * sign.unsqueeze(1)
        d_phi = _in_radii(tokens.d_phi, self.known)
        share = share * there

        def mean(values: Tensor) -> Tensor:
            return (share * values).sum(1)

        shape = [
            4 * mean(distance) - 0.6,
            16 * mean(d_eta.square()) - 0.4,
            16 * mean(d_phi.square()) - 0.4,
            32 * mean(d_eta * d_phi),
            4 * mean((distance > 0.3).float()),
            8 * mean((distance > 0.4).float()),
            4 * mean(share) - 0.6,
        ]
        features = [
            torch.log(gen.jet_pt) - 5.3,
            gen.jet_eta.abs() - 1,
            torch.log(gen.jet_mass / gen.jet_pt) + 2.2,
            gen.present.float().sum(1) / 20 - 1.3,
            (vertices - (1 + detector.mean_pileup)) / detector.pileup_unit,
            vertex / detector.vertex_unit * sign,
            (gen.jet_eta / 2).square(),
            torch.log(gen.jet_energy) - 5.7,
            *(number.clamp(-4, 4) for number in shape),
        ]
        features += prongs.features(share, d_eta, d_phi)
        return torch.stack(features, -1)


def _pooled(x: Tensor, share: Tensor, jet: Tensor) -> Tensor:
    return torch.cat([(share @ x).squeeze(1), x.sum(1) / 20, jet], -1)


def _nearness(tokens: Tokens) -> Tensor:
    d_eta = tokens.at_d_eta.unsqueeze(2) - tokens.at_d_eta.unsqueeze(1)
    d_phi = tokens.at_d_phi.unsqueeze(2) - tokens.at_d_phi.unsqueeze(1)
    turn = 2 * math.pi
    d_phi = torch.minimum(d_phi.abs(), turn - d_phi.abs())
    return torch.log(d_eta.square() + d_phi.square() + 1e-4)


def n_steps(detector: Detector) -> int:
    """How many of a particle's numbers say on which side of the detector's steps it is."""
    return 2 + sum(map(len, (detector.calorimeter_steps, detector.track_eta_steps, detector.track_pt_steps)))


def token_features(gen: Particles, tokens: Tokens, known: Known) -> Tensor:
    """Input features of particles (B, P, 40 + steps), of the order of 1."""
    detector = known.detector
    sign = side(gen.jet_eta).unsqueeze(1)
    distance = _in_radii(torch.sqrt(tokens.d_eta.square() + tokens.d_phi.square() + 1e-9), known)
    at_distance = _in_radii(torch.sqrt(tokens.at_d_eta.square() + tokens.at_d_phi.square() + 1e-9), known)
    cell = torch.stack([tokens.photons, tokens.electrons, tokens.charged_hadrons, tokens.neutral_hadrons], -1)
    geometry = [
        torch.log(gen.pt) / 2,
        torch.log(gen.energy) / 2 - 1,
        torch.log(gen.pt / gen.jet_pt.unsqueeze(1)) / 3 + 1,
        gen.charge,
        gen.eta.abs() - 1,
        tokens.eta.abs() - 1,
        4 * tokens.d_eta * sign,
        4 * tokens.d_phi,
        4 * distance - 1,
        F.relu(distance - 0.35) * 10,
        (4 * tokens.at_d_eta * sign).clamp(-4, 4),
        (4 * tokens.at_d_phi).clamp(-4, 4),
        (4 * at_distance - 1).clamp(-1, 4),
        (F.relu(at_distance - 0.35) * 10).clamp(0, 4),
    ]
    leads = [tokens.leads * tokens.ecal.float(), tokens.leads * tokens.hcal.float()]
    inside = [
        2 * tokens.in_eta * sign,
        2 * tokens.in_phi,
        F.relu(tokens.in_eta.abs() - 0.3) * 5,
        F.relu(tokens.in_phi.abs() - 0.3) * 5,
    ]
    share = torch.log(gen.energy / (cell.sum(-1) + 1e-3)).clamp(-6, 2) / 2
    # Where the detector changes: barrel and endcaps, track resolution, reach of charged particles.
    steps = [
        *(tokens.eta.abs() > eta for eta in detector.calorimeter_steps),
        *(gen.eta.abs() > eta for eta in detector.track_eta_steps),
        *(gen.pt > pt for pt in detector.track_pt_steps),
        at_distance > 1,
        gen.pt < detector.loops_below,
    ]
    scalars = torch.stack([*leads, share, *(step.float() for step in steps)], -1)
    numbers = torch.stack([*geometry, *(place.clamp(-1, 1) for place in inside)], -1)
    around = torch.log1p(torch.cat([tokens.narrow, tokens.wide], -1)) / 2
    return torch.cat([numbers, torch.log1p(cell) / 2, around, scalars, gen.kind], -1)


def _in_radii(distance: Tensor, known: Known) -> Tensor:
    """Distances as if the jets were of the radius that the numbers are made for."""
    return distance if known.radius == _RADIUS else distance * (_RADIUS / known.radius)
