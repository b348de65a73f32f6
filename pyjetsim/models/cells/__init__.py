"""A model of the detector's answer by calorimeter cells and tracks."""

from pyjetsim.models.cells.config import CellsConfig
from pyjetsim.models.cells.detector import CellGrid, CellRegion, Detector
from pyjetsim.models.cells.model import CellsModel, RecoJets

__all__ = ["CellGrid", "CellRegion", "CellsConfig", "CellsModel", "Detector", "RecoJets"]
