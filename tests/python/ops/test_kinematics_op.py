"""The compiled kinematics against their definition, and where formulas go wrong."""

import pytest
import torch
from clouds import light_jets, points, some

from pyjetsim.ops import JetKinematics, Kinematics, jet_kinematics, reference

SHAPES = [(1, 1), (1, 50), (5, 3), (19, 30), (33, 100)]
RTOL = {torch.float32: 5e-6, torch.float64: 1e-12}


def _stacked(function, constituents, mask=None):
    return torch.stack(tuple(function(constituents, mask)), 1)


def _gradient(function, constituents, mask, weights):
    leaf = constituents.clone().requires_grad_()
    return torch.autograd.grad((_stacked(function, leaf, mask) * weights).sum(), leaf)[0]


@pytest.mark.parametrize("dtype", RTOL)
@pytest.mark.parametrize("masked", [False, True])
def test_values_and_gradients(masked, dtype):
    for b, n in SHAPES:
        p = points(b, n, 3, dtype=dtype) * 10 + 3
        mask = some(b, n) if masked else None
        found, expected = (
            _stacked(jet_kinematics, p, mask),
            _stacked(reference.jet_kinematics, p.double(), mask),
        )
        # Against the energy: the mass of a jet of one constituent is rounding, of its energy.
        scale = expected[:, :1]
        assert ((found.double() - expected).abs() <= RTOL[dtype] * (expected.abs() + scale)).all()
        weights = points(b, 8, seed=3, dtype=dtype)
        found = _gradient(jet_kinematics, p, mask, weights)
        expected = _gradient(reference.jet_kinematics, p.double(), mask, weights.double())
        scale = expected.abs().max().item()
        torch.testing.assert_close(found.double(), expected, rtol=RTOL[dtype], atol=10 * RTOL[dtype] * scale)


@pytest.mark.parametrize("column", Kinematics._fields)
def test_each_gradient_alone(column):
    p = points(4, 5, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda c: getattr(jet_kinematics(c), column), (p,))
    assert torch.autograd.gradcheck(lambda c: getattr(jet_kinematics(c, some(4, 5)), column), (p,))


def test_light_jets_at_tev_momenta_in_float32():
    p = light_jets(1000, 1, dtype=torch.float32)
    exact = reference.jet_kinematics(p.double()).mass
    assert exact.max() < 3
    # Components of 500 GeV are rounded to 3e-5 GeV, momenta across the axis are 0.3 GeV or so.
    torch.testing.assert_close(jet_kinematics(p).mass.double(), exact, rtol=5e-4, atol=0)
    direct = p.double().norm(dim=2).sum(1).float() ** 2 - p.sum(1).square().sum(1)
    assert (direct.clamp(min=0).sqrt() - exact).abs().max() > 0.1 * exact.max()

    leaves = p.clone().requires_grad_(), p.double().requires_grad_()
    found, expected = (
        torch.autograd.grad(function(leaf).mass.sum(), leaf)[0]
        for function, leaf in zip((jet_kinematics, reference.jet_kinematics), leaves, strict=True)
    )
    assert (found - expected).abs().max() < 1e-3 * expected.abs().max()


CASES = {
    "empty": [[0, 0, 0], [0, 0, 0]],
    "one": [[3, 4, 1], [0, 0, 0]],
    "massless": [[3, 4, 1], [6, 8, 2]],
    "beam": [[0, 0, 5], [0, 0, 0]],
    "opposite": [[1, 2, 3], [-1, -2, -3]],
    "no pt": [[1, 2, 3], [-1, -2, 5]],
}


@pytest.mark.parametrize("dtype", RTOL)
@pytest.mark.parametrize("case", CASES)
def test_where_the_function_has_no_gradient(case, dtype):
    p = torch.tensor([CASES[case]], dtype=dtype)
    found, expected = _stacked(jet_kinematics, p), _stacked(reference.jet_kinematics, p)
    # Of two parallel constituents the mass is the square root of what is rounded.
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-2 if case == "massless" else 1e-6)
    for column in range(8):
        weights = torch.zeros(1, 8, dtype=dtype)
        weights[:, column] = 1
        gradient = _gradient(jet_kinematics, p, None, weights)
        assert torch.isfinite(gradient).all()
        # With a mass that is rounding, so is its gradient.
        if case not in ("one", "massless") or column != Kinematics._fields.index("mass"):
            expected = _gradient(reference.jet_kinematics, p, None, weights)
            torch.testing.assert_close(gradient, expected, rtol=1e-5, atol=1e-6)


def test_a_jet_without_constituents_is_zero():
    nothing = torch.zeros(2, 3, dtype=torch.bool)
    assert (_stacked(jet_kinematics, points(2, 3, 3), nothing) == 0).all()
    assert (_stacked(jet_kinematics, torch.zeros(2, 0, 3)) == 0).all()


def test_zero_rows_and_masked_rows_add_nothing():
    p, mask = points(9, 12, 3), some(9, 12)
    assert torch.equal(
        _stacked(jet_kinematics, p, mask), _stacked(jet_kinematics, p.where(mask[..., None], 0))
    )


def test_module():
    p, mask = points(4, 5, 3), some(4, 5)
    assert isinstance(JetKinematics()(p), Kinematics)
    assert torch.equal(JetKinematics()(p, mask).mass, jet_kinematics(p, mask).mass)
