"""What the native backend needs of the model; csrc/backends/native/cells runs it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pyjetsim.models.base import NativeModel
from pyjetsim.models.cells.detector import LIGHT, CellGrid
from pyjetsim.models.cells.particles import NEUTRAL_HADRON

if TYPE_CHECKING:
    from pyjetsim.models.cells.model import CellsModel

_PANEL = 16
"""Outputs that the backend keeps together: it takes widths that are multiples of it."""


def native_cells(model: CellsModel) -> NativeModel | None:
    """Settings and weights of the model as the native backend reads them.

    Parameters
    ----------
    model : CellsModel
        The model.

    Returns
    -------
    NativeModel or None
        None for a width that the backend does not take.
    """
    config, known = model.config, model.known
    if config.width % _PANEL or config.width % config.heads:
        return None
    detector = known.detector
    settings = {
        "max_constituents": config.max_constituents,
        "width": config.width,
        "blocks": config.blocks,
        "heads": config.heads,
        "extras": list(config.extras),
        "jet_radius": known.radius,
        "candidate_pt_min": known.candidate_pt_min,
        "candidate_eta_max": known.candidate_eta_max,
        "log_pt_min": model.extras.log_pt_min,
        "log_energy_min": model.calorimeters.log_energy_min,
        "field_times_light": LIGHT * detector.field,
        "pileup_spread": math.sqrt(detector.mean_pileup),
        **{name: getattr(detector, name) for name in _FIGURES},
        "ecal": _grid(detector.ecal, detector.eta_max),
        "hcal": _grid(detector.hcal, detector.eta_max),
        "species": _species(model),
        "typical": model.identity.typical.tolist(),
    }
    tensors = {name: weight.detach().cpu().numpy() for name, weight in model.named_parameters()}
    tensors["table"] = model.tokeniser.cells.table.cpu().numpy()
    return NativeModel("cells", settings, {name: np.asarray(each, "<f4") for name, each in tensors.items()})


_FIGURES = (
    "radius",
    "half_length",
    "vertex_spread",
    "vertex_max",
    "mean_pileup",
    "vertex_unit",
    "pileup_unit",
    "eta_max",
    "loops_below",
    "photon_resolution",
    "neutral_pt_max",
    "calorimeter_steps",
    "track_eta_steps",
    "track_pt_steps",
)


def _grid(grid: CellGrid, eta_max: float) -> dict[str, Any]:
    """Upper edges of the rings that are not equal; of equal ones start, step, and the most that count."""
    edges = [edge for region in grid.regions for edge in region.edges]
    equal = []
    start = 0.0
    for region in grid.regions:
        if region.step is not None and region.rings is not None:
            equal.append([start, region.step, region.rings - (region is grid.regions[-1])])
        start = region.upper_edges(start)[-1]
    if grid.regions[-1].edges:
        edges.pop()
    return {
        "rings": len(grid.columns),
        "edges": edges,
        "equal": equal,
        "reach": start if start < eta_max else None,
    }


def _species(model: CellsModel) -> list[list[float]]:
    """Absolute PDG id, kind, charge and mass in GeV of each that is known."""
    rows = model.species.properties.tolist()
    kinds = [row[:5].index(1.0) if 1.0 in row[:5] else NEUTRAL_HADRON for row in rows]
    ids = model.species.ids.tolist()
    return [[pid, kind, row[5], row[6]] for pid, kind, row in zip(ids, kinds, rows, strict=True)]
