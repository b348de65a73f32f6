"""Settings of the model of cells."""

from __future__ import annotations

from pydantic import Field

from pyjetsim.models.base import ModelConfig
from pyjetsim.models.cells.detector import Detector


class CellsConfig(ModelConfig):
    """Sizes of the networks, and the detector that they need not learn."""

    max_constituents: int = Field(default=80, ge=1)
    width: int = Field(default=64, ge=4)
    blocks: int = Field(default=1, ge=0)
    heads: int = Field(default=4, ge=1)
    max_extra_tracks: int = Field(default=16, ge=2)
    max_extra_photons: int = Field(default=32, ge=2)
    max_extra_neutrals: int = Field(default=12, ge=2)
    radius: float = Field(default=0.5, gt=0)
    """R of the jets."""
    candidate_pt_min: float = Field(default=0.25, gt=0)
    """GeV: softer candidates are not reconstructed."""
    candidate_eta_max: float = Field(default=3.2, gt=0)
    """Absolute eta up to which candidates are reconstructed."""
    detector: Detector = Detector()

    @property
    def extras(self) -> tuple[int, int, int]:
        """Most extras of each class."""
        return self.max_extra_tracks, self.max_extra_photons, self.max_extra_neutrals
