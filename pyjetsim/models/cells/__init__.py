"""A model of the detector's answer by calorimeter cells and tracks."""

from pyjetsim.models.cells.config import CellsConfig
from pyjetsim.models.cells.detector import CellGrid, Detector
from pyjetsim.models.cells.model import CellsModel, RecoJets

__all__ = ["CellGrid", "CellsConfig", "CellsModel", "Detector", "RecoJets"]
