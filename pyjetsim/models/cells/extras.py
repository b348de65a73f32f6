"""What a reco jet holds beside the answers to its gen particles, and how far its axis moves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pyjetsim.models.cells.chosen import Chosen
from pyjetsim.models.cells.heads import mlp
from pyjetsim.models.cells.mixtures import (
    draw_category,
    draw_mixture,
    mixture_nll,
    normal,
    polar_mixture_nll,
    polar_parameters,
)
from pyjetsim.models.cells.noise import Noise
from pyjetsim.models.cells.tokens import side
from pyjetsim.models.sampling import uniform

TRACK, PHOTON, NEUTRAL = CLASSES = range(3)
"""Classes of reco candidates."""
_ORDER = (TRACK, NEUTRAL, PHOTON)
"""In which the classes are drawn, each knowing those before."""
SUMMARY = 15
"""Numbers that sum up extras."""
_AXIS, _ANCHOR, _REST = 8, 8, 12
"""Components of the mixtures."""
_AXIS_FEATURES, _ANCHOR_FEATURES = 3, 4
_AXIS_UNIT = 20.0
_COUNT_UNIT = 5.0
_SPREAD = 1.06
"""Square of how far from the axis extras are looked for, in jet radii."""


class Extras(NamedTuple):
    """Unmatched candidates by class: tracks, photons, neutral hadrons."""

    counts: Tensor
    """(B, 3) int64."""
    coordinates: tuple[Tensor, Tensor, Tensor]
    """(B, S, 3) each: outward eta and phi from the gen axis, log of pt in GeV.

    The hardest first, zeros beyond the count.
    """

    def there(self, which: int) -> Tensor:
        """(B, S) float: 1 up to the count."""
        size = self.coordinates[which].shape[1]
        index = torch.arange(size, device=self.counts.device)
        return (index < self.counts[:, which : which + 1]).float()


def summary(extras: Extras, jet_pt: Tensor) -> Tensor:
    """Extras in numbers (B, SUMMARY) about 1; ``jet_pt`` (B,) of the gen jet in GeV."""
    numbers: list[Tensor] = []
    for which in CLASSES:
        coordinates = extras.coordinates[which]
        share = torch.exp(coordinates[..., 2]) * extras.there(which) / jet_pt.unsqueeze(1)
        moved = (share.unsqueeze(1) @ coordinates[..., :2]).squeeze(1) * 20
        total = torch.log1p(20 * share.sum(1, keepdim=True))
        count = extras.counts[:, which : which + 1].float() / _COUNT_UNIT
        numbers += [total, moved, count, share[:, :1] * 10]
    return torch.cat(numbers, 1).clamp(-10, 10)


def outward(coordinates: Tensor, jet_eta: Tensor) -> Tensor:
    """Eta (first of the last axis) from the gen axis, with its sign turned for jets of negative eta.

    The encoder sees jets so; what is drawn from what it says is in the same frame. Its own inverse.

    Parameters
    ----------
    coordinates : Tensor (B, ..., D)
        Eta and others from the gen axis.
    jet_eta : Tensor (B,)
        Of the gen jet.

    Returns
    -------
    Tensor (B, ..., D)
    """
    sign = side(jet_eta).reshape(-1, *[1] * (coordinates.dim() - 1))
    return torch.cat([coordinates[..., :1] * sign, coordinates[..., 1:]], -1)


def _axis_features(axis: Tensor) -> Tensor:
    """The outward reco axis (B, 2) from the gen axis as numbers about 1 (B, 3)."""
    distance = torch.sqrt(axis.square().sum(1, keepdim=True) + 1e-9)
    return _AXIS_UNIT * torch.cat([axis.clamp(-0.3, 0.3), distance.clamp(max=6 / _AXIS_UNIT)], 1)


class ExtrasModel(nn.Module):
    """The axis, then counts, then the hardest extra of each class, then the others.

    Eta is outward (`outward`). Coordinates are polar about the reco axis: the square of the distance, taken
    as the cdf of a normal number (extras of pileup are then nearly normal), the azimuth about the axis, and
    log pt.
    """

    def __init__(self, width: int, sizes: Sequence[int], radius: float, pt_min: float) -> None:
        super().__init__()
        self.sizes = list(sizes)
        self.radius, self.log_pt_min = radius, math.log(pt_min)
        told = width + _AXIS_FEATURES
        self.axis = mlp(width, width, _AXIS * 5)
        self.counts = nn.ModuleList(mlp(told + i, width, self.sizes[c] + 1, 1) for i, c in enumerate(_ORDER))
        self.anchors = nn.ModuleList(
            mlp(told + 3 + _ANCHOR_FEATURES * i, width, _ANCHOR * 7) for i in range(len(_ORDER))
        )
        told += 3 + _ANCHOR_FEATURES * len(_ORDER)
        self.rest = nn.ModuleList(mlp(told, width, _REST * 7) for _ in _ORDER)

    def nll(self, jet: Tensor, axis: Tensor, extras: Extras) -> dict[str, Tensor]:
        """-log likelihoods (B,) of the axis (B, 2) and the extras, given the encoder's jet (B, width)."""
        losses = {"axis": mixture_nll(self.axis(jet).unflatten(1, (_AXIS, 5)), _AXIS_UNIT * axis)}
        told = torch.cat([jet, _axis_features(axis)], 1)
        counts: list[Tensor] = []
        losses["extras_count"] = torch.zeros_like(axis[:, 0])
        for head, which in zip(self.counts, _ORDER, strict=True):
            logits = head(torch.cat([told, *counts], 1))
            count = extras.counts[:, which]
            losses["extras_count"] = losses["extras_count"] + F.cross_entropy(logits, count, reduction="none")
            counts.append(count.float().unsqueeze(1) / _COUNT_UNIT)
        told = torch.cat([told, *counts], 1)
        polar = [self._to_polar(coordinates, axis) for coordinates in extras.coordinates]
        losses["extras_first"] = torch.zeros_like(axis[:, 0])
        for head, which in zip(self.anchors, _ORDER, strict=True):
            there = extras.there(which)[:, 0]
            first = polar[which][:, 0]
            nll = polar_mixture_nll(head(told).unflatten(1, (_ANCHOR, 7)), first)
            losses["extras_first"] = losses["extras_first"] + nll * there
            told = torch.cat([told, _anchor_features(first) * there.unsqueeze(1)], 1)
        losses["extras_rest"] = torch.zeros_like(axis[:, 0])
        for head, which in zip(self.rest, _ORDER, strict=True):
            others = Chosen(extras.there(which)[:, 1:] > 0)
            parameters = head(told).unflatten(1, (1, _REST, 7)).expand(-1, self.sizes[which] - 1, -1, -1)
            nll = polar_mixture_nll(others(parameters), others(polar[which][:, 1:]))
            losses["extras_rest"] = losses["extras_rest"] + others.sum(nll)
        return losses

    def draw_axis(self, jet: Tensor, noise: Noise) -> Tensor:
        """The outward reco axis (B, 2) from the gen axis; noise (B, 3)."""
        parameters = self.axis(jet).unflatten(1, (_AXIS, 5))
        return draw_mixture(parameters, noise.uniform[:, 0], noise.normal[:, 1:]) / _AXIS_UNIT

    def draw(self, jet: Tensor, jet_pt: Tensor, axis: Tensor, noise: Tensor, extras_noise: Noise) -> Extras:
        """Extras given the axis, none harder than the gen jet, ``jet_pt`` (B,) in GeV.

        ``noise`` (B, 3) uniform for the counts; ``extras_noise`` (B, S, EXTRA).
        """
        highest = torch.log(jet_pt).clamp(min=self.log_pt_min + 1e-3).unsqueeze(1)
        told = torch.cat([jet, _axis_features(axis)], 1)
        counts: dict[int, Tensor] = {}
        for i, (head, which) in enumerate(zip(self.counts, _ORDER, strict=True)):
            counts[which] = draw_category(head(told), noise[:, i])
            told = torch.cat([told, counts[which].float().unsqueeze(1) / _COUNT_UNIT], 1)
        u = dict(zip(CLASSES, torch.split(extras_noise.uniform[..., 0], self.sizes, 1), strict=True))
        z = dict(zip(CLASSES, torch.split(extras_noise.normal[..., 1:4], self.sizes, 1), strict=True))
        first: dict[int, Tensor] = {}
        for head, which in zip(self.anchors, _ORDER, strict=True):
            parameters = polar_parameters(head(told).unflatten(1, (_ANCHOR, 7)))
            first[which] = self._folded(draw_mixture(parameters, u[which][:, 0], z[which][:, 0]), highest)
            there = (counts[which] > 0).float().unsqueeze(1)
            told = torch.cat([told, _anchor_features(first[which]) * there], 1)
        found = []
        for head, which in sorted(zip(self.rest, _ORDER, strict=True), key=lambda pair: pair[1]):
            parameters = polar_parameters(head(told).unflatten(1, (1, _REST, 7)))
            others = self.sizes[which] - 1
            parameters = parameters.expand(-1, others, -1, -1)
            rest = draw_mixture(parameters, u[which][:, 1:], z[which][:, 1:])
            hardest = first[which].unsqueeze(1)
            rest = self._folded_below(rest, hardest[..., 2:])
            found.append(self._from_polar(torch.cat([hardest, rest], 1), axis))
        every = torch.stack([counts[which] for which in CLASSES], 1)
        extras = Extras(every, (found[TRACK], found[PHOTON], found[NEUTRAL]))
        kept = [found[which] * extras.there(which).unsqueeze(-1) for which in CLASSES]
        return Extras(every, (kept[TRACK], kept[PHOTON], kept[NEUTRAL]))

    def _folded(self, polar: Tensor, highest: Tensor) -> Tensor:
        """With log pt reflected at the threshold of candidates, and at most ``highest``."""
        log_pt = (polar[..., 2:] - self.log_pt_min).abs() + self.log_pt_min
        return torch.cat([polar[..., :2], torch.minimum(log_pt, highest)], -1)

    def _folded_below(self, polar: Tensor, highest: Tensor) -> Tensor:
        """With log pt reflected at the threshold and at the hardest extra's, ``highest``.

        Cut off there instead, extras would have equal pt, and no order.
        """
        span = (highest - self.log_pt_min).clamp(min=1e-3)
        part = (polar[..., 2:] - self.log_pt_min) / (2 * span)
        part = part - torch.floor(part)
        return torch.cat([polar[..., :2], self.log_pt_min + span * (1 - (2 * part - 1).abs())], -1)

    def _to_polar(self, coordinates: Tensor, axis: Tensor) -> Tensor:
        d_eta, d_phi = (coordinates[..., :2] - axis.unsqueeze(1)).unbind(-1)
        part = (d_eta.square() + d_phi.square()) / (self.radius**2 * _SPREAD)
        return torch.stack(
            [normal(part.clamp(1e-4, 0.995)), torch.atan2(d_phi, d_eta), coordinates[..., 2]], -1
        )

    def _from_polar(self, polar: Tensor, axis: Tensor) -> Tensor:
        # Not nearer than a thousandth of the radius: at 0, the root makes much of a rounding.
        distance = self.radius * torch.sqrt(_SPREAD * uniform(polar[..., :1]) + 1e-6)
        azimuth = polar[..., 1:2]
        around = torch.cat([torch.cos(azimuth), torch.sin(azimuth)], -1)
        return torch.cat([distance * around + axis.unsqueeze(1), polar[..., 2:]], -1)


def _anchor_features(polar: Tensor) -> Tensor:
    distance, azimuth, log_pt = polar.unbind(-1)
    return torch.stack([distance, torch.cos(azimuth), torch.sin(azimuth), log_pt - 1], -1)
