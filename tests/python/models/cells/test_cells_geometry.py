"""Where particles arrive, and in which cell."""

import math

import numpy as np
import pytest
import torch
from detectors import CMS_CONFIG
from pydantic import ValidationError

from pyjetsim.models.cells import CellGrid, CellRegion, Detector
from pyjetsim.models.cells.geometry import Cell, Cells, to_calorimeter

DETECTOR = CMS_CONFIG.known.detector
HELIX = 0.299792458 * DETECTOR.field


def _arrive(pt, eta, phi, charge, z):
    values = [torch.as_tensor(np.atleast_1d(v), dtype=torch.float64) for v in (pt, eta, phi, charge, z)]
    return [float(v) for v in to_calorimeter(*values, DETECTOR)]


def _followed(pt, eta, phi, charge, z0, step=5e-5):
    """A particle carried in small straight steps, its direction turned by the field."""
    x = y = 0.0
    z, slope = z0, math.sinh(eta)
    angle = phi - charge * step * HELIX / pt / 2
    for _ in range(1_000_000):
        x, y, z = x + step * math.cos(angle), y + step * math.sin(angle), z + step * slope
        angle -= charge * step * HELIX / pt
        if math.hypot(x, y) >= DETECTOR.radius or abs(z) >= DETECTOR.half_length:
            return math.asinh(z / math.hypot(x, y)), math.atan2(y, x)
    raise AssertionError("it never left")


@pytest.mark.parametrize(
    ("pt", "eta", "charge", "z"),
    [
        (5, 0.3, 1, 0.05),
        (1, -1.0, -1, -0.1),
        (20, 2.0, 1, 0.1),
        (0.5, 1.2, 1, 0.02),
        (3, -0.7, 0, 0.2),
        # It curls up: more than one turn, and more than two.
        (0.4, 0.9, 1, 0.0),
        (0.3, -0.7, -1, 0.1),
    ],
)
def test_particles_arrive_where_small_steps_lead(pt, eta, charge, z):
    expected = _followed(pt, eta, 0.4, charge, z)
    np.testing.assert_allclose(_arrive(pt, eta, 0.4, charge, z), expected, atol=2e-4)


def test_from_the_origin_a_neutral_keeps_its_direction():
    assert _arrive(3, 1.7, -2.0, 0, 0) == pytest.approx([1.7, -2.0])


@pytest.mark.parametrize("charge", [-1, 0, 1])
@pytest.mark.parametrize("pt", [1e-3, HELIX * DETECTOR.radius / 2, 1e4])
@pytest.mark.parametrize("eta", [-6.0, -0.0, 0.0, 6.0])
def test_the_ends_are_finite(pt, eta, charge):
    for dtype in (torch.float32, torch.float64):
        at = [torch.tensor([v], dtype=dtype) for v in (pt, eta, 3.1, charge, 0.25)]
        arrived = to_calorimeter(*at, DETECTOR)
        assert all(torch.isfinite(v).all() for v in arrived)
        assert -np.pi - 1e-6 <= float(arrived[1]) <= np.pi + 1e-6


@pytest.fixture(scope="module")
def cells():
    return Cells(DETECTOR)


def _points(n=20_000):
    rng = np.random.default_rng(1)
    eta = torch.tensor(rng.uniform(-4.9, 4.9, n), dtype=torch.float32)
    phi = torch.tensor(rng.uniform(-np.pi, np.pi, n), dtype=torch.float32)
    return eta, phi, torch.tensor(rng.random(n) < 0.5)


def test_a_point_is_inside_the_box_of_its_cell(cells):
    eta, phi, ecal = _points()
    box = cells.box(cells.at(eta, phi, ecal), ecal)
    assert ((eta - box.eta).abs() <= box.eta_width / 2 + 2e-5).all()
    assert ((phi - box.phi).abs() <= box.phi_width / 2 + 2e-5).all()


def test_cells_have_the_detectors_edges(cells):
    """Each side of |eta| 1.653, where HCAL columns double, and 2.958, where ECAL ones do by ten."""
    eta = torch.tensor([1.652, 1.654, -1.652, -1.654, 2.957, 2.959])
    ecal = torch.tensor([False] * 4 + [True] * 2)
    box = cells.box(cells.at(eta, torch.full((6,), 0.3), ecal), ecal)
    torch.testing.assert_close(box.phi_width, torch.deg2rad(torch.tensor([5.0, 10, 5, 10, 1, 10])))
    low, high = box.eta - box.eta_width / 2, box.eta + box.eta_width / 2
    torch.testing.assert_close(high[0], torch.tensor(1.653))
    torch.testing.assert_close(low[1], torch.tensor(1.653))
    torch.testing.assert_close(low[2], torch.tensor(-1.653))
    torch.testing.assert_close(high[3], torch.tensor(-1.653))
    torch.testing.assert_close(high[4], low[5])


def test_cells_of_both_calorimeters_have_different_numbers(cells):
    eta, phi, ecal = _points()
    cell = cells.at(eta, phi, ecal)
    number = cells.number(cell, ecal)
    whole = np.stack([cell.ring.numpy(), cell.column.long().numpy(), ecal.numpy()], 1)
    assert len(np.unique(number.numpy())) == len(np.unique(whole, axis=0))


def test_the_offset_to_a_neighbour_leads_there(cells):
    """Also across phi = ±pi, eta = 0, and where the number of columns changes."""
    eta, phi, ecal = _points()
    cell = cells.at(eta, phi, ecal)
    box = cells.box(cell, ecal)
    rng = np.random.default_rng(2)
    step = torch.tensor(rng.integers(-1, 2, (2, len(eta))), dtype=torch.float32)
    other = cells.neighbour(cell, step[0], step[1], ecal)
    found = cells.offset(cell, other, ecal)
    inside = (other.ring - cell.ring) == step[0]  # not where the calorimeter ends
    assert inside.float().mean() > 0.9
    assert torch.equal(found[0][inside], step[0][inside])
    assert torch.equal(found[1][inside], step[1][inside])
    near = cells.box(other, ecal)
    gap = torch.remainder(near.phi - box.phi + np.pi, 2 * np.pi) - np.pi
    assert (gap.abs() <= 1.5 * torch.maximum(near.phi_width, box.phi_width) + 1e-5).all()


def test_columns_stay_on_the_circle(cells):
    for phi in (-np.pi, np.pi, np.nextafter(np.float32(np.pi), np.float32(4))):
        cell = cells.at(torch.tensor([0.1]), torch.tensor([phi], dtype=torch.float32), torch.tensor([True]))
        assert 0 <= cell.column < 360
    last = Cell(torch.tensor([3]), torch.tensor([359.0]))
    after = cells.neighbour(last, torch.zeros(1), torch.ones(1), torch.tensor([True]))
    assert float(after.column) == 0


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        ({"step": 0.0}, {}),
        ({"rings": 0}, {}),
        ({"rings": None}, {}),
        ({"edges": (0.5,)}, {}),
        ({"columns": 0}, {}),
        ({}, {"edges": (1.0, 0.9)}),
        ({}, {"edges": (0.4,)}),
        ({}, {"edges": ()}),
    ],
)
def test_impossible_cells_are_refused(inner, outer):
    def grid(inner, outer):
        return CellGrid(
            regions=(
                CellRegion(**{"step": 0.1, "rings": 5, "columns": 36, **inner}),
                CellRegion(**{"edges": (0.6, 1.0), "columns": 18, **outer}),
            )
        )

    grid({}, {})
    with pytest.raises(ValidationError):
        grid(inner, outer)


def test_a_vertex_outside_the_detector_is_refused():
    with pytest.raises(ValidationError, match="vertex_max"):
        Detector(**{**DETECTOR.model_dump(), "half_length": 0.2})
