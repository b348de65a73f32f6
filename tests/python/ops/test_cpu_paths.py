"""Every set of instructions that this processor has, against float64 definitions."""

import pytest
import torch
from clouds import light_jets, points, some

from pyjetsim import _ops
from pyjetsim.errors import Error
from pyjetsim.ops import chamfer_distance, jet_kinematics, jet_reconstruction_loss, reference

# Around the widths of vectors (4, 8, 16), in jets as in points, and beyond what 8-bit indices hold.
BATCHES = [(1, 50, 50), (7, 16, 17), (8, 1, 100), (9, 100, 5), (17, 33, 31), (40, 50, 50), (2, 260, 300)]
RTOL = {torch.float32: 2e-5, torch.float64: 1e-11}


def _kinematics(function):
    return lambda x, y, x_mask, y_mask: (
        sum(
            # Weights that make energies, angles and components alike, with a gradient for each.
            weight * column
            for weight, column in zip((1, 2, -1, 3, 1, 5, -5, 2), function(x, x_mask), strict=True)
        )
        + 0 * y.sum()
    )


OPS = {
    "chamfer": (chamfer_distance, reference.chamfer_distance),
    "loss": (jet_reconstruction_loss, reference.jet_reconstruction_loss),
    "kinematics": (_kinematics(jet_kinematics), _kinematics(reference.jet_kinematics)),
}


def _result_and_gradients(function, x, y, masks):
    x, y = x.clone().requires_grad_(), y.clone().requires_grad_()
    result = function(x, y, *masks)
    scale = torch.linspace(0.5, 2, len(result), dtype=result.dtype)
    return result.detach(), *torch.autograd.grad((scale * result).sum(), (x, y))


@pytest.mark.parametrize("dtype", RTOL)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("op", OPS)
@pytest.mark.usefixtures("cpu_path")
def test_against_the_definition(op, masked, dtype):
    function, definition = OPS[op]
    for b, n, m in BATCHES:
        x, y = points(b, n, 3, dtype=dtype) * 3 + 1, points(b, m, 3, seed=1, dtype=dtype) * 3 + 1
        masks = (some(b, n), some(b, m, seed=1)) if masked else (None, None)
        found = _result_and_gradients(function, x, y, masks)
        expected = _result_and_gradients(definition, x.double(), y.double(), masks)
        for got, wanted in zip(found, expected, strict=True):
            atol = RTOL[dtype] * max(wanted.abs().max().item(), 10)
            torch.testing.assert_close(got.double(), wanted, rtol=RTOL[dtype], atol=atol)
        without = function(x, y, *masks)
        torch.testing.assert_close(without, found[0], rtol=RTOL[dtype], atol=RTOL[dtype])


@pytest.mark.parametrize("dimension", range(1, 9))
@pytest.mark.usefixtures("cpu_path")
def test_all_dimensions(dimension):
    for b, n, m in BATCHES:
        x, y = points(b, n, dimension), points(b, m, dimension, seed=1)
        expected = reference.chamfer_nearest(x, y)
        found = chamfer_distance(x, y, return_nearest=True)
        torch.testing.assert_close(found.distance, expected.distance, rtol=1e-13, atol=0)
        assert torch.equal(found.x_nearest, expected.x_nearest)
        assert torch.equal(found.y_nearest, expected.y_nearest)
        torch.testing.assert_close(chamfer_distance(x, y), expected.distance, rtol=1e-13, atol=0)


@pytest.mark.usefixtures("cpu_path")
def test_light_jets():
    p = light_jets(1000, 1, dtype=torch.float32)
    exact = reference.jet_kinematics(p.double()).mass
    # Components of 500 GeV are rounded to 3e-5 GeV, momenta across the axis are 0.3 GeV or so.
    torch.testing.assert_close(jet_kinematics(p).mass.double(), exact, rtol=5e-4, atol=0)


def test_paths():
    assert "portable" in _ops.cpu_paths()
    assert _ops.cpu_path() == _ops.cpu_paths()[0]
    with pytest.raises((Error, ValueError, RuntimeError), match="6502"):
        _ops.use_cpu_path("6502")
    assert _ops.cpu_path() == _ops.cpu_paths()[0]
