"""Where particles meet the calorimeter, and which cell is there."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from pyjetsim.models.cells.detector import LIGHT, CellGrid, Detector

_STRAIGHT = 1e3
"""Radius in m of a path that counts as straight."""


def wrap(angle: Tensor) -> Tensor:
    """Angles in radians to [-pi, pi)."""
    return angle - 2 * math.pi * torch.floor((angle + math.pi) / (2 * math.pi))


def wrap_evenly(angle: Tensor) -> Tensor:
    """Angles in radians to [-pi, pi], -pi and pi as they are.

    What the network is trained with; :func:`wrap` rounds otherwise, and is in exported graphs.
    """
    turn = 2 * math.pi
    return angle - turn * torch.round(angle / turn)


def asinh(x: Tensor) -> Tensor:
    """The inverse of sinh, as exact below 0 as above: ONNX Runtime's own is not."""
    return torch.sign(x) * torch.asinh(x.abs())


def to_calorimeter(
    pt: Tensor, eta: Tensor, phi: Tensor, charge: Tensor, z: Tensor, detector: Detector
) -> tuple[Tensor, Tensor]:
    """Eta and phi, seen from the origin, where particles leave the cylinder of the tracker.

    pt in GeV (positive), eta, phi and charge (0 or ±1) broadcast with the vertex z in m. Charged ones
    follow a helix about the beam's direction; one that curls up inside ends at an endcap. The point is
    kept within ``detector.eta_max``.
    """
    slope = torch.sinh(eta)
    slope = torch.where(slope.abs() < 1e-4, torch.full_like(slope, 1e-4), slope)
    if not detector.field:
        charge = torch.zeros_like(charge)
    charged = charge != 0
    curvature = torch.where(charged, pt / (LIGHT * (detector.field or 1.0)), torch.full_like(pt, _STRAIGHT))
    half_turn = detector.radius / (2 * curvature)
    to_barrel = torch.where(
        half_turn < 1,
        2 * curvature * torch.asin(half_turn.clamp(max=0.999999)),
        torch.full_like(curvature, 1e4),
    )
    to_endcap = ((torch.sign(slope) * detector.half_length - z) / slope).clamp(min=0)
    path = torch.minimum(to_barrel, to_endcap)
    angle = path / curvature
    chord = torch.sin(angle / 2)
    distance = torch.where(charged, 2 * curvature * chord.abs(), path)
    at = asinh((z + path * slope) / distance.clamp(min=1e-3)).clamp(-detector.eta_max, detector.eta_max)
    # In every second turn the particle is on the other side of its circle.
    behind = math.pi * (charged & (chord < 0)).to(phi.dtype)
    return at, wrap(phi - charge * angle / 2 + behind)


class Cell(NamedTuple):
    """Cells by number. Float tensors of one shape that hold whole numbers, but for ``ring``."""

    ring: Tensor
    """int64: 0 and above for eta >= 0, -1 and below for eta < 0, rising with eta."""
    column: Tensor
    """0 at phi = -pi, rising with phi."""


class Box(NamedTuple):
    """The middle and the size of cells."""

    eta: Tensor
    phi: Tensor
    eta_width: Tensor
    phi_width: Tensor


class Cells(nn.Module):
    """The cells of both calorimeters. ``ecal`` (bool) says which one is meant, entry by entry."""

    table: Tensor
    ecal_edges: Tensor
    hcal_edges: Tensor

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self._grids = (detector.ecal, detector.hcal)
        self._rings = tuple(len(grid.columns) for grid in self._grids)
        self._numbers = max(1024, *(max(grid.columns) for grid in self._grids))
        reaches = [grid.edges[-1] if grid.edges[-1] < detector.eta_max else None for grid in self._grids]
        self._reach = reaches if any(reaches) else None
        middles, widths, columns = [], [], []
        for grid in self._grids:
            edges = torch.tensor(grid.edges, dtype=torch.float64)
            middles.append((edges[1:] + edges[:-1]) / 2)
            widths.append(edges[1:] - edges[:-1])
            columns.append(torch.tensor(grid.columns))
        table = torch.stack([torch.cat(middles), torch.cat(widths), torch.cat(columns).double()], 1)
        self.register_buffer("table", table.float(), persistent=False)
        for name, grid in zip(("ecal_edges", "hcal_edges"), self._grids, strict=True):
            self.register_buffer(name, torch.tensor(self._outer(grid)), persistent=False)

    @staticmethod
    def _outer(grid: CellGrid) -> tuple[float, ...]:
        """Upper edges of the rings that are not equal."""
        edges = [edge for region in grid.regions for edge in region.edges]
        # Without the last one of all: what is beyond belongs to the last ring.
        return tuple(edges[:-1] if grid.regions[-1].edges else edges)

    def inside(self, eta: Tensor, ecal: Tensor) -> Tensor | None:
        """Whether the calorimeter reaches as far (bool).

        None where both reach as far as particles are followed.
        """
        if self._reach is None:
            return None
        in_ecal, in_hcal = (eta.abs() < (end or math.inf) for end in self._reach)
        # Not torch.where: ONNX Runtime chooses among numbers only.
        return (ecal & in_ecal) | (~ecal & in_hcal)

    def at(self, eta: Tensor, phi: Tensor, ecal: Tensor) -> Cell:
        """The cell at a point on the calorimeter's face; phi in [-pi, pi)."""
        absolute = eta.abs()
        rings = [
            self._ring(absolute, grid, edges)
            for grid, edges in zip(self._grids, (self.ecal_edges, self.hcal_edges), strict=True)
        ]
        ring = torch.where(ecal, rings[0], rings[1])
        ring = torch.where(eta < 0, -1 - ring, ring)
        columns = self._row(ring, ecal)[..., 2]
        column = torch.floor((phi + math.pi) / (2 * math.pi) * columns)
        return Cell(ring, torch.minimum(column.clamp(min=0), columns - 1))

    @staticmethod
    def _ring(absolute: Tensor, grid: CellGrid, edges: Tensor) -> Tensor:
        """How many upper edges are passed: of equal rings by division, of others one by one."""
        passed = (absolute.unsqueeze(-1) >= edges).sum(-1)
        start = 0.0
        for region in grid.regions:
            if region.step is not None and region.rings is not None:
                last = region is grid.regions[-1]
                along = (absolute - start).clamp(min=0) if start else absolute
                ring = torch.floor(along / region.step).clamp(max=region.rings - last)
                passed = ring.long() + passed
            start = region.upper_edges(start)[-1]
        return passed

    def _row(self, ring: Tensor, ecal: Tensor) -> Tensor:
        """Middle in absolute eta, width in eta and number of columns (..., 3)."""
        absolute = torch.where(ring < 0, -1 - ring, ring)
        return self.table[torch.where(ecal, absolute, absolute + self._rings[0])]

    def box(self, cell: Cell, ecal: Tensor) -> Box:
        """The middle and the size of cells."""
        middle, width, columns = self._row(cell.ring, ecal).unbind(-1)
        phi_width = 2 * math.pi / columns
        eta = torch.where(cell.ring < 0, -middle, middle)
        return Box(eta, (cell.column + 0.5) * phi_width - math.pi, width, phi_width)

    def neighbour(self, cell: Cell, d_ring: Tensor, d_column: Tensor, ecal: Tensor) -> Cell:
        """The cell ``d_ring`` rings and ``d_column`` columns (of the ring arrived at) away."""
        n_ecal, n_hcal = self._rings
        last = torch.where(ecal, n_ecal - 1, n_hcal - 1)
        ring = torch.minimum(torch.maximum(cell.ring + d_ring.long(), -1 - last), last)
        column, columns = self._carried(cell, ring, ecal)
        column = column + d_column
        return Cell(ring, column - columns * torch.floor(column / columns))

    def offset(self, cell: Cell, other: Cell, ecal: Tensor) -> tuple[Tensor, Tensor]:
        """Steps from ``cell`` towards ``other``: -1, 0 or 1 in ring and in column. `neighbour` undoes it."""
        d_ring = (other.ring - cell.ring).clamp(-1, 1).to(cell.column.dtype)
        column, columns = self._carried(cell, other.ring, ecal)
        d = other.column - column
        d = d - columns * torch.floor(d / columns + 0.5)
        return d_ring, d.clamp(-1, 1)

    def _carried(self, cell: Cell, ring: Tensor, ecal: Tensor) -> tuple[Tensor, Tensor]:
        """The column that holds the middle of ``cell`` in another ring, and that ring's number of them."""
        own = self._row(cell.ring, ecal)[..., 2]
        columns = self._row(ring, ecal)[..., 2]
        return torch.floor((cell.column + 0.5) * columns / own), columns

    def number(self, cell: Cell, ecal: Tensor) -> Tensor:
        """One int64 a cell, different for all cells of both calorimeters."""
        return (cell.ring * 2 + ecal.long()) * self._numbers + cell.column.long()
