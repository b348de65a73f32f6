"""The pure-PyTorch definitions against loops, numeric gradients and the compiled kinematics."""

import numpy as np
import pytest
import torch

from pyjetsim import jet_kinematics as compiled_kinematics
from pyjetsim.errors import InputError
from pyjetsim.ops import chamfer_distance, jet_kinematics


def _random(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def test_chamfer_is_equation_2():
    x, y = _random(3, 7, 3), _random(3, 5, 3, seed=1)
    expected = [
        sum(min(((p - q) ** 2).sum() for q in ys) for p in xs)
        + sum(min(((p - q) ** 2).sum() for p in xs) for q in ys)
        for xs, ys in zip(x, y, strict=True)
    ]
    torch.testing.assert_close(chamfer_distance(x, y), torch.stack(expected))


def test_chamfer_ignores_order_and_is_symmetric_and_zero_for_equal_sets():
    x, y = _random(4, 6, 3), _random(4, 6, 3, seed=1)
    torch.testing.assert_close(chamfer_distance(x, y), chamfer_distance(y.flip(1), x))
    assert (chamfer_distance(x, x.flip(1)) == 0).all()


def test_gradients_match_finite_differences():
    x, y = _random(2, 5, 3).requires_grad_(), _random(2, 4, 3, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(chamfer_distance, (x, y))
    assert torch.autograd.gradcheck(lambda p: tuple(jet_kinematics(p)), (x,))


@pytest.mark.parametrize("case", ["empty", "one", "beam", "opposite"])
def test_gradients_are_finite_where_the_function_has_none(case):
    p = torch.zeros(1, 3, 3, dtype=torch.float64)
    if case == "one":
        p[0, 0] = torch.tensor([3.0, 4.0, 1.0])
    if case == "beam":
        p[0, 0] = torch.tensor([0.0, 0.0, 5.0])
    if case == "opposite":
        p[0, 0], p[0, 1] = torch.tensor([1.0, 0, 0]), torch.tensor([-1.0, 0, 0])
    p.requires_grad_()
    jets = jet_kinematics(p)
    (jets.energy + jets.pt + jets.mass + jets.phi + jets.px).sum().backward()
    assert torch.isfinite(p.grad).all()


def test_python_and_compiled_kinematics_agree():
    p = _random(64, 30, 3, dtype=torch.float32) * 10
    p[:, 20:] = 0
    p[0] = 0
    jets = jet_kinematics(p)
    found = torch.stack([jets.pt, jets.eta, jets.phi, jets.mass], 1).numpy()
    np.testing.assert_allclose(found, compiled_kinematics(p.numpy()), rtol=2e-5, atol=2e-5)


def test_nan_reaches_every_result():
    x, y = _random(2, 4, 3), _random(2, 4, 3, seed=1)
    x[0, 2, 1] = torch.nan
    assert torch.isnan(chamfer_distance(x, y)).tolist() == [True, False]
    assert torch.isnan(jet_kinematics(x).mass).tolist() == [True, False]


@pytest.mark.parametrize("shapes", [((2, 3), (2, 3)), ((2, 4, 3), (3, 4, 3)), ((2, 4, 3), (2, 4, 2))])
def test_wrong_shapes_are_errors(shapes):
    with pytest.raises(InputError):
        chamfer_distance(*(torch.zeros(shape) for shape in shapes))
    with pytest.raises(InputError):
        jet_kinematics(torch.zeros(2, 3))
