"""What the model of cells knows of the detector, taken from its card."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import pi, sqrt
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pyjetsim.detector.card import Calorimeter, DetectorCard

_Positive = Annotated[float, Field(gt=0)]
_NotNegative = Annotated[float, Field(ge=0)]
LIGHT = 0.299792458
"""Pt in GeV of unit charge on a circle of 1 m in 1 T."""
ETA_MAX = 5.0
"""Absolute eta to which particles are followed, where no calorimeter reaches further."""


class CellRegion(BaseModel):
    """Rings of cells, from the end of the region before, each with the same number of cells in phi."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    columns: int = Field(ge=1)
    """Cells in phi."""
    edges: tuple[_Positive, ...] = ()
    """Upper edges of the rings in absolute eta; empty where they are equal."""
    step: _Positive | None = None
    """Width in eta of equal rings."""
    rings: int | None = Field(default=None, ge=1)
    """How many equal rings."""

    @model_validator(mode="after")
    def _one_way(self) -> CellRegion:
        equal = self.step is not None and self.rings is not None
        if (self.step is None) != (self.rings is None) or equal == bool(self.edges):
            raise ValueError("give either edges or both step and rings")
        return self

    def upper_edges(self, start: float) -> tuple[float, ...]:
        """Upper edge in |eta| of every ring; the first ring begins at ``start``."""
        if self.step is None or self.rings is None:
            return self.edges
        return tuple(start + self.step * (ring + 1) for ring in range(self.rings))


class CellGrid(BaseModel):
    """Cells of one calorimeter, the same on both sides of eta = 0.

    Notes
    -----
    All cells of one ring have the same width in phi.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    regions: tuple[CellRegion, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rising(self) -> CellGrid:
        if any(low >= high for low, high in pairwise(self.edges)):
            raise ValueError("edges must rise from region to region")
        return self

    @classmethod
    def of(cls, calorimeter: Calorimeter) -> CellGrid:
        """Cells of a detector card."""
        regions, start = [], 0.0
        for cells in calorimeter.cells:
            if cells.eta_edges:
                region = CellRegion(columns=cells.phi_cells, edges=tuple(cells.eta_edges))
            else:
                assert cells.eta_max is not None
                assert cells.eta_cells is not None
                step = (cells.eta_max - start) / cells.eta_cells
                region = CellRegion(columns=cells.phi_cells, step=step, rings=cells.eta_cells)
            regions.append(region)
            start = cells.edges(start)[-1]
        return cls(regions=tuple(regions))

    @property
    def edges(self) -> tuple[float, ...]:
        """All edges in absolute eta, from 0."""
        found = [0.0]
        for region in self.regions:
            found += region.upper_edges(found[-1])
        return tuple(found)

    @property
    def columns(self) -> tuple[int, ...]:
        """Cells in phi of every ring."""
        found: list[int] = []
        for region in self.regions:
            found += [region.columns] * len(region.upper_edges(0.0))
        return tuple(found)


class Size(BaseModel):
    """A distance in eta and in phi."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    eta: _Positive
    phi: _Positive


class Voters(BaseModel):
    """Neutral particles that vote on an event's vertex: minimum pt, and distance to a candidate."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    pt_min: _NotNegative
    """GeV."""
    window: Size


class Detector(BaseModel):
    """Figures of the detector as the model uses them.

    Notes
    -----
    A checkpoint keeps these numbers, so that it does not change when the rules of :meth:`of` do.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str
    field: _NotNegative
    """Solenoid field along the beam, T."""
    radius: _Positive
    """Inner radius of the calorimeters, m."""
    half_length: _Positive
    """Distance of the endcaps from the middle, m."""
    vertex_spread: _NotNegative
    """Width of the vertex density along the beam, m."""
    vertex_max: _NotNegative
    """Where the vertex density ends, m."""
    mean_pileup: _NotNegative
    """Mean number of pileup collisions beside the hard one."""
    ecal: CellGrid
    hcal: CellGrid
    calorimeter_steps: tuple[_Positive, ...]
    """Absolute eta where cells or their resolution change, as far as tracks reach."""
    track_eta_steps: tuple[_Positive, ...]
    """Absolute eta where efficiency or resolution of tracks changes."""
    track_pt_steps: tuple[_Positive, ...]
    """GeV: where the efficiency of charged hadrons changes."""
    loops_below: _NotNegative
    """GeV: charged particles below never reach the barrel."""
    photon_resolution: tuple[_NotNegative, _NotNegative, _Positive]
    """Constant, stochastic (GeV^0.5) and noise term (GeV), roughly those of photons.

    The network learns the difference.
    """
    neutral_pt_max: _Positive
    """GeV: the most that pileup adds to a neutral hadron."""
    photon_reach: Size
    """How far from its particle a photon outside its cell may be found."""
    neutral_reach: Size
    photon_voters: Voters
    neutral_voters: Voters

    @model_validator(mode="before")
    @classmethod
    def _of_version_1(cls, content: Any) -> Any:
        # Checkpoints from before cards: cells are inner and outer rings, and the rest was in the code.
        if isinstance(content, dict):
            grids = {name: content.get(name) for name in ("ecal", "hcal")}
            old = {
                name: _regions(grid)
                for name, grid in grids.items()
                if isinstance(grid, dict) and "outer_edges" in grid
            }
            if old:
                return {**_VERSION_1, **content, **old}
        return content

    @model_validator(mode="after")
    def _vertices_inside(self) -> Detector:
        if self.vertex_max >= self.half_length:
            raise ValueError("vertex_max must be inside half_length")
        return self

    @classmethod
    def of(cls, card: DetectorCard, mean_pileup: float) -> Detector:
        """Figures of a detector.

        Parameters
        ----------
        card : DetectorCard
            The detector.
        mean_pileup : float
            Mean number of pileup collisions.

        Returns
        -------
        Detector
            What the model needs of them.
        """
        kinds = (card.tracks.charged_hadron, card.tracks.electron, card.tracks.muon)
        tracked = max(kind.efficiency[-1].eta_max for kind in kinds)
        hadrons = card.tracks.charged_hadron
        cells = {"photon": _cell_size(card.ecal), "neutral": _cell_size(card.hcal)}
        barrel = card.ecal.resolution[0]
        factor = barrel.factor + barrel.curvature * barrel.centre**2
        return cls(
            name=card.name,
            field=card.magnet.field,
            radius=card.magnet.radius,
            half_length=card.magnet.half_length,
            vertex_spread=card.vertex.sigma_z,
            vertex_max=card.vertex.max_z,
            mean_pileup=mean_pileup,
            ecal=CellGrid.of(card.ecal),
            hcal=CellGrid.of(card.hcal),
            calorimeter_steps=tuple(
                sorted({eta for side in (card.ecal, card.hcal) for eta in _steps(side) if eta < tracked})
            ),
            track_eta_steps=tuple(
                sorted(
                    {row.eta_max for kind in kinds for row in kind.efficiency}
                    | {row.eta_max for kind in kinds for row in kind.resolution},
                    reverse=True,
                )
            ),
            track_pt_steps=tuple(
                sorted(
                    {pt for row in hadrons.efficiency for pt in row.pt_above if pt > card.candidates.pt_min}
                )
            ),
            loops_below=LIGHT * card.magnet.field * card.magnet.radius / 2,
            # What soft photons bring and pileup adds hides below the threshold.
            photon_resolution=(
                factor * barrel.constant,
                factor * barrel.stochastic,
                max(factor * barrel.noise, card.ecal.energy_min, 0.1),
            ),
            neutral_pt_max=150.0 * max(1.0, mean_pileup / 50),
            photon_reach=_times(cells["photon"], 1.5),
            neutral_reach=_times(cells["neutral"], 0.8),
            photon_voters=Voters(pt_min=1.6 * card.ecal.energy_min, window=_times(cells["photon"], 0.575)),
            neutral_voters=Voters(pt_min=2 * card.hcal.energy_min, window=_times(cells["neutral"], 0.575)),
        )

    @property
    def eta_max(self) -> float:
        """Absolute eta to which particles are followed."""
        return max(ETA_MAX, self.ecal.edges[-1], self.hcal.edges[-1])

    @property
    def vertex_unit(self) -> float:
        """Unit of vertices, m: the width of their density, or 1 where all are at 0."""
        return self.vertex_spread or 1.0

    @property
    def pileup_unit(self) -> float:
        """Width of the number of pileup collisions, rounded."""
        return max(1.0, float(round(sqrt(self.mean_pileup))))


def _steps(calorimeter: Calorimeter) -> Iterator[float]:
    """Absolute eta where a calorimeter changes."""
    yield from (row.eta_max for row in calorimeter.resolution)
    end = 0.0
    for cells in calorimeter.cells:
        end = cells.edges(end)[-1]
        yield end


def _cell_size(calorimeter: Calorimeter) -> Size:
    """Of the innermost cells."""
    return Size(eta=calorimeter.edges()[0], phi=2 * pi / calorimeter.cells[0].phi_cells)


def _times(size: Size, factor: float) -> Size:
    return Size(eta=factor * size.eta, phi=factor * size.phi)


_VERSION_1: dict[str, Any] = {
    "name": "CMS",
    "calorimeter_steps": (1.5, 1.653),
    "track_eta_steps": (2.5, 1.5, 0.5),
    "track_pt_steps": (1.0,),
    "loops_below": 0.736,
    "photon_resolution": (0.01, 0.12, 0.5),
    "neutral_pt_max": 150.0,
    "photon_reach": {"eta": 0.026, "phi": 0.026},
    "neutral_reach": {"eta": 0.07, "phi": 0.07},
    "photon_voters": {"pt_min": 0.8, "window": {"eta": 0.010, "phi": 0.010}},
    "neutral_voters": {"pt_min": 2.0, "window": {"eta": 0.05, "phi": 0.05}},
}
"""Of models trained before cards were read: what their weights know."""


def _regions(grid: dict[str, Any]) -> dict[str, Any]:
    inner = {name: grid.get(name) for name in ("columns", "step", "rings")}
    return {"regions": (inner, {"columns": grid.get("outer_columns"), "edges": tuple(grid["outer_edges"])})}
