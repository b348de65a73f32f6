"""Tracks: which charged particles leave one, with what momentum and direction."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pyjetsim.models.cells.chosen import Chosen
from pyjetsim.models.cells.fates import FATES, in_state
from pyjetsim.models.cells.heads import Head
from pyjetsim.models.cells.mixtures import draw_category, draw_mixture, mixture_nll
from pyjetsim.models.cells.noise import Noise
from pyjetsim.models.cells.tokens import Particles, Tokens

_SCALE, _RESIDUAL, _WIDTHS = 6, 4, 3
"""Components of the mixtures."""
_UNIT = 3.0
_LOG_RATIO_MAX = 1.5
"""The reference has none beyond 1.4, in a quarter of a million tracks."""
DISPLACED = 2e-3
"""|d eta| + |d phi| above which a track counts as that of a displaced particle."""
_DISPLACEMENT_UNIT = 0.01


class Tracks(NamedTuple):
    """Tracks of gen particles, (B, P) each; 0 where there is none."""

    found: Tensor
    """Float: 1 where there is one."""
    log_ratio: Tensor
    """Log of reco pt over gen pt."""
    d_eta: Tensor
    """From the gen particle."""
    d_phi: Tensor


class _SharedCells(NamedTuple):
    """Tracks by the cells that they enter, (B, P) each."""

    number: Tensor
    first: Tensor
    """Float: 1 for the first track of each cell, which carries the cell's common factor."""
    energy: Tensor
    """Sum of gen energies, GeV."""
    square: Tensor
    """Sum of their squares."""


class TrackModel(nn.Module):
    """Which are found, and their momenta.

    Which are found depends on the state of the jet, `pyjetsim.models.cells.fates`. Particle flow rescales all
    tracks of a cell alike: one factor a cell, then each track's share.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.found = Head(0, width, FATES)
        self.scale = Head(9, width, _SCALE * 3)
        self.residual = Head(2, width, _RESIDUAL * 3, 1)
        self.displaced = Head(0, width, 1 + 2 * _WIDTHS, 1)

    def nll_found(self, shared: Tensor, charged: Tensor, found: Tensor) -> Tensor:
        """-log likelihoods (B, P, FATES) of which charged particles (B, P, float) left tracks, by state."""
        asked = Chosen(charged > 0)
        logits = self.found(asked(shared))
        truth = asked(found).unsqueeze(-1).expand_as(logits)
        return asked.spread(F.binary_cross_entropy_with_logits(logits, truth, reduction="none"))

    def draw_found(
        self, shared: Tensor, charged: Tensor, survives: Tensor, state: Tensor, noise: Noise
    ) -> Tensor:
        """(B, P) float: 1 where a charged particle leaves a track, in jets of the states (B,).

        ``survives`` (B, P): 0 for products of a V0 that decays too late.
        """
        logits = in_state(self.found(shared), state)
        found = (noise.pick("found").uniform[..., 0] < torch.sigmoid(logits)).float()
        return found * charged * survives

    def nll(
        self,
        shared: tuple[Tensor, Tensor, Tensor],
        gen: Particles,
        tokens: Tokens,
        neutral_energy: Tensor,
        truth: Tracks,
    ) -> dict[str, Tensor]:
        """-log likelihoods (B,) of momenta and directions.

        ``shared``: the inputs of scale, residual and displacement. ``neutral_energy`` (B, P) in GeV, that
        of the neutral hadron of each particle's cell.
        """
        cells = _shared_cells(gen, tokens, truth.found)
        measured = tokens.cell_sum(torch.exp(truth.log_ratio) * gen.energy * truth.found)
        factor = torch.log(measured.clamp(min=1e-3) / cells.energy.clamp(min=1e-3))
        first, several = Chosen(cells.first > 0), Chosen((cells.number > 1.5) & (truth.found > 0))
        own = self._scale_inputs(tokens, cells, neutral_energy)
        scale = mixture_nll(
            _components(self.scale(first(shared[0]), first(own)), _SCALE), _UNIT * first(factor).unsqueeze(-1)
        )
        own = self._residual_inputs(gen, cells)
        residual = mixture_nll(
            _components(self.residual(several(shared[1]), several(own)), _RESIDUAL),
            _UNIT * several(truth.log_ratio - factor).unsqueeze(-1),
        )
        return {
            "track_scale": first.sum(scale),
            "track_residual": several.sum(residual),
            **self._nll_displaced(shared[2], truth),
        }

    def _nll_displaced(self, shared: Tensor, truth: Tracks) -> dict[str, Tensor]:
        found = Chosen(truth.found > 0)
        output = self.displaced(found(shared))
        displaced = found((truth.d_eta.abs() + truth.d_phi.abs() > DISPLACED).float())
        whether = F.binary_cross_entropy_with_logits(output[:, 0], displaced, reduction="none")
        weights, log_width = _displacement(output)
        square = found(truth.d_eta.square() + truth.d_phi.square()).unsqueeze(-1) / _DISPLACEMENT_UNIT**2
        density = torch.log_softmax(weights, -1) - 0.5 * square * torch.exp(-2 * log_width) - 2 * log_width
        return {
            "displaced": found.sum(whether),
            "displacement": -found.sum(torch.logsumexp(density, -1) * displaced),
        }

    def draw(
        self,
        shared: tuple[Tensor, Tensor, Tensor],
        gen: Particles,
        tokens: Tokens,
        neutral_energy: Tensor,
        found: Tensor,
        noise: Noise,
    ) -> Tracks:
        """Momenta and directions of the ``found`` (B, P) from the noise (B, P, TOKEN)."""
        cells = _shared_cells(gen, tokens, found)
        scale = self.scale(shared[0], self._scale_inputs(tokens, cells, neutral_energy))
        factor = self._draw_log(_components(scale, _SCALE), noise.pick("scale"))
        factor = tokens.cell_sum(factor * cells.first)
        residual = self.residual(shared[1], self._residual_inputs(gen, cells))
        residual = self._draw_log(_components(residual, _RESIDUAL), noise.pick("residual"))
        share = torch.exp(residual * (cells.number > 1.5).float())
        # The shares change what each track gets, not the cell's sum.
        mean = tokens.cell_sum(gen.energy * found * share) / cells.energy.clamp(min=1e-6)
        log_ratio = torch.log(share / mean.clamp(min=1e-3)) + factor
        d_eta, d_phi = self._draw_displacement(shared[2], noise)
        return Tracks(found, log_ratio * found, d_eta * found, d_phi * found)

    @staticmethod
    def _draw_log(parameters: Tensor, noise: Noise) -> Tensor:
        drawn = draw_mixture(parameters, noise.uniform[..., 0], noise.normal[..., 1:]).squeeze(-1)
        return (drawn / _UNIT).clamp(-_LOG_RATIO_MAX, _LOG_RATIO_MAX)

    def _draw_displacement(self, shared: Tensor, noise: Noise) -> tuple[Tensor, Tensor]:
        output = self.displaced(shared)
        u = noise.pick("displaced").uniform
        displaced = (u[..., 0] < torch.sigmoid(output[..., 0])).float()
        weights, log_width = _displacement(output)
        component = draw_category(weights, u[..., 1])
        width = torch.exp(torch.gather(log_width, -1, component.unsqueeze(-1))).squeeze(-1)
        moved = noise.pick("displacement").normal * (displaced * width * _DISPLACEMENT_UNIT).unsqueeze(-1)
        return moved[..., 0], moved[..., 1]

    @staticmethod
    def _scale_inputs(tokens: Tokens, cells: _SharedCells, neutral: Tensor) -> Tensor:
        hadrons = tokens.hcal.float()
        lost = (tokens.charged_hadrons - cells.energy * hadrons).clamp(min=0)
        unseen = lost + tokens.neutral_hadrons
        return torch.stack(
            [
                torch.log1p(cells.energy),
                torch.log1p(lost),
                torch.log1p(tokens.neutral_hadrons),
                torch.log1p(neutral),
                (neutral > 0).float(),
                torch.log((neutral + 0.1) / (cells.energy + 0.1)),
                cells.number / 3,
                torch.log((unseen + 0.1) / (cells.energy + 0.1)),
                torch.log((cells.square + 1e-3) / (cells.energy.square() + 1e-3)),
            ],
            -1,
        )

    @staticmethod
    def _residual_inputs(gen: Particles, cells: _SharedCells) -> Tensor:
        share = (gen.energy / (cells.energy + 1e-3)).clamp(max=1.5)
        return torch.stack([share, cells.number / 3], -1)


def _components(output: Tensor, number: int) -> Tensor:
    return output.reshape(*output.shape[:-1], number, 3)


def _displacement(output: Tensor) -> tuple[Tensor, Tensor]:
    return output[..., 1 : 1 + _WIDTHS], output[..., 1 + _WIDTHS :].clamp(-3, 6)


def _shared_cells(gen: Particles, tokens: Tokens, found: Tensor) -> _SharedCells:
    energy = gen.energy * found
    sums = tokens.same @ torch.stack([found, energy, energy.square()], -1)
    earlier = ((tokens.same.tril(-1) @ found.unsqueeze(-1)).squeeze(-1) == 0).float()
    return _SharedCells(sums[..., 0], found * earlier, sums[..., 1], sums[..., 2])
