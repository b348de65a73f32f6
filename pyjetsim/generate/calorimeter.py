"""A calorimeter's cells: where particles enter them and how well their energy is measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyjetsim.detector import card
from pyjetsim.generate.particles import Float

Index = NDArray[np.intp]


class Cells:
    """Rings of cells, mirrored in eta; in a ring all cells have the same width in phi from -pi on."""

    def __init__(self, figures: card.Calorimeter, eta_max: float = np.inf) -> None:
        """Keep the rings that begin below |eta| = ``eta_max``: those that can matter."""
        upper = np.array(figures.edges())
        phi_cells = np.repeat(
            [region.phi_cells for region in figures.cells],
            np.diff([0, *np.searchsorted(upper, _region_ends(figures), "right")]),
        )
        needed = np.concatenate([[0.0], upper[:-1]]) < eta_max
        upper, phi_cells = upper[needed], phi_cells[needed]
        self.edges = np.concatenate([-upper[::-1], [0.0], upper])
        self.phi_cells = np.concatenate([phi_cells[::-1], phi_cells])
        self.first = np.concatenate([[0], np.cumsum(self.phi_cells)])
        self.centre = 0.5 * (self.edges[:-1] + self.edges[1:])

    def __len__(self) -> int:
        return int(self.first[-1])

    @property
    def eta_max(self) -> float:
        """The outermost edge."""
        return float(self.edges[-1])

    def locate(self, eta: Float, phi: Float) -> Index:
        """Cell of each position, -1 outside."""
        ring = np.searchsorted(self.edges, eta) - 1
        inside = (ring >= 0) & (ring < len(self.phi_cells))
        ring = np.where(inside, ring, 0)
        n = self.phi_cells[ring]
        column = np.minimum(((phi + np.pi) * (n / (2 * np.pi))).astype(np.intp), n - 1)
        return np.where(inside, self.first[ring] + np.maximum(column, 0), -1)

    def ring_of(self, cell: Index) -> Index:
        """Ring of each cell."""
        return np.searchsorted(self.first, cell, "right") - 1

    def position(self, cell: Index, along_eta: Float, along_phi: Float) -> tuple[Float, Float]:
        """Eta and phi inside the cells; ``along_*`` in [0, 1) from the lower to the upper edge."""
        ring = self.ring_of(cell)
        width = self.edges[ring + 1] - self.edges[ring]
        phi = ((cell - self.first[ring]) + along_phi) * (2 * np.pi / self.phi_cells[ring]) - np.pi
        return self.edges[ring] + along_eta * width, phi


class Resolution:
    """Width in GeV of a cell's energy, by ring."""

    def __init__(self, figures: card.Calorimeter, cells: Cells) -> None:
        eta = np.abs(cells.centre)
        row = np.searchsorted([each.eta_max for each in figures.resolution], eta)

        def column(name: str) -> Float:
            values = np.array([getattr(each, name) for each in figures.resolution], np.float64)
            return np.asarray(values[row])

        factor = column("factor") + column("curvature") * (eta - column("centre")) ** 2
        self._squares = (
            (factor * column("constant")) ** 2,
            (factor * column("stochastic")) ** 2,
            (factor * column("noise")) ** 2,
        )

    def __call__(self, ring: Index, energy: Float) -> Float:
        """Sigma in GeV of ``energy`` measured in a cell of ``ring``."""
        constant, stochastic, noise = (square[ring] for square in self._squares)
        return np.asarray(np.sqrt((constant * energy + stochastic) * energy + noise))


class Fractions:
    """The share of its energy that a particle leaves, by PDG id."""

    def __init__(self, figures: card.Calorimeter) -> None:
        ids = sorted(figures.fractions)
        self._ids = np.array(ids, np.int64)
        self._values = np.array([*(figures.fractions[each] for each in ids), figures.default_fraction])

    def __call__(self, pid: NDArray[np.int32]) -> Float:
        """(M,) of particles ``pid`` (M,)."""
        absolute = np.abs(pid)
        index = np.searchsorted(self._ids, absolute)
        known = self._ids[np.minimum(index, len(self._ids) - 1)] == absolute if len(self._ids) else index < 0
        return self._values[np.where(known, index, len(self._ids))]


def _region_ends(figures: card.Calorimeter) -> list[float]:
    """Outer edge of each region."""
    ends: list[float] = []
    for region in figures.cells:
        ends.append(region.edges(ends[-1] if ends else 0.0)[-1])
    return ends
