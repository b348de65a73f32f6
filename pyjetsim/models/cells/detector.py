"""The detector's settings that the model knows beforehand: field, size, cells, vertices."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

_Positive = Annotated[float, Field(gt=0)]
_Columns = Annotated[int, Field(ge=1)]


class CellGrid(BaseModel):
    """Cells of one calorimeter: equal steps in eta near the middle, then edges of their own.

    The same on both sides of eta = 0. All cells of one ring in eta have the same width in phi.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    step: _Positive
    """Width in eta of the inner rings."""
    rings: int = Field(ge=1)
    """Inner rings on either side."""
    columns: _Columns
    """Cells in phi of an inner ring."""
    outer_edges: tuple[_Positive, ...] = Field(min_length=1)
    """Upper edges in absolute eta of the rings beyond."""
    outer_columns: _Columns
    """Cells in phi of a ring beyond."""

    @model_validator(mode="after")
    def _rising(self) -> CellGrid:
        edges = self.edges
        if any(low >= high for low, high in pairwise(edges)):
            raise ValueError("outer_edges must rise from the end of the inner rings")
        return self

    @property
    def edges(self) -> tuple[float, ...]:
        """All edges in absolute eta, from 0."""
        return (*(self.step * ring for ring in range(self.rings + 1)), *self.outer_edges)


_OUTER_ECAL = (3.125, 3.3, 3.475, 3.65, 3.825, 4.0, 4.175, 4.35, 4.525, 4.7, 5.0)
_OUTER_HCAL = (
    *(1.74, 1.83, 1.93, 2.043, 2.172, 2.322, 2.5, 2.65, 2.868, 2.95),
    *(3.125, 3.3, 3.475, 3.65, 3.825, 4.0, 4.175, 4.35, 4.525, 5.0),
)


class Detector(BaseModel):
    """Settings of `delphes_card_CMS_PileUp.tcl`, the CMS card with pileup of delphes/delphes 3.5.1."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    field: _Positive = 3.8
    """Solenoid field along the beam, T."""
    radius: _Positive = 1.29
    """Inner radius of the calorimeters, m."""
    half_length: _Positive = 3.0
    """Distance of the endcaps from the middle, m."""
    vertex_spread: _Positive = 0.053
    """Width of the vertex density along the beam, m."""
    vertex_max: _Positive = 0.25
    """Where the vertex density ends, m."""
    mean_pileup: float = Field(default=50.0, ge=0)
    """Mean number of pileup collisions beside the hard one."""
    ecal: CellGrid = CellGrid(step=0.0174, rings=170, columns=360, outer_edges=_OUTER_ECAL, outer_columns=36)
    hcal: CellGrid = CellGrid(step=0.087, rings=19, columns=72, outer_edges=_OUTER_HCAL, outer_columns=36)

    @model_validator(mode="after")
    def _vertices_inside(self) -> Detector:
        if self.vertex_max >= self.half_length:
            raise ValueError("vertex_max must be inside half_length")
        return self
