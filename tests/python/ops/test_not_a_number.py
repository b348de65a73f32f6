"""NaN and infinity reach the result wherever they stand, unless their row is left out."""

import pytest
import torch
from clouds import points

from pyjetsim.ops import chamfer_distance, jet_kinematics, jet_reconstruction_loss, reference

pytestmark = pytest.mark.usefixtures("cpu_path")
# One jet, a few, and more than any vector holds; sets beyond a vector and beyond 255.
SIZES = [(1, 6, 5), (3, 17, 20), (20, 9, 9), (2, 260, 7)]


def _places(b, n):
    """First, middle and last jet, row and column."""
    for jet in {0, b // 2, b - 1}:
        for row in {0, n // 2, n - 1}:
            for column in range(3):
                yield jet, row, column


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("b", "n", "m"), SIZES)
def test_nan_reaches_its_jet_and_no_other(b, n, m, dtype):
    x, y = points(b, n, 3, dtype=dtype), points(b, m, 3, seed=1, dtype=dtype)
    for jet, row, column in _places(b, n):
        bad = x.clone()
        bad[jet, row, column] = torch.nan
        expected = [i == jet for i in range(b)]
        leaf = bad.clone().requires_grad_()
        results = {
            "distance": chamfer_distance(bad, y),
            "distance, swapped": chamfer_distance(y, bad),
            "distance with rows": chamfer_distance(leaf, y).detach(),
            "distance with rows, swapped": chamfer_distance(y, leaf).detach(),
            "loss": jet_reconstruction_loss(bad, y),
            "loss, swapped": jet_reconstruction_loss(y, bad),
            "loss with rows": jet_reconstruction_loss(leaf, y).detach(),
            "Chamfer of loss": jet_reconstruction_loss(bad, y, return_terms=True).terms.chamfer,
            "mass": jet_kinematics(bad).mass,
            "energy": jet_kinematics(bad).energy,
            "eta": jet_kinematics(bad).eta,
        }
        for name, result in results.items():
            assert torch.isnan(result).tolist() == expected, (name, jet, row, column)


@pytest.mark.parametrize(("b", "n", "m"), SIZES)
def test_a_nan_that_is_left_out_stays_out(b, n, m):
    x, y = points(b, n, 3), points(b, m, 3, seed=1)
    mask = torch.ones(b, n, dtype=torch.bool)
    mask[-1, n // 2] = mask[0, 0] = False
    bad = x.where(mask[..., None], torch.nan).requires_grad_()
    other = y.clone().requires_grad_()
    for function in (
        chamfer_distance,
        lambda p, q, r: chamfer_distance(q, p, None, r),
        jet_reconstruction_loss,
        lambda p, q, r: jet_reconstruction_loss(q, p, None, r),
        lambda p, q, r: jet_kinematics(p, r).mass + 0 * q.sum(),
    ):
        found = function(bad, other, mask)
        assert torch.equal(found, function(x, y, mask))
        gradients = torch.autograd.grad(found.sum(), (bad, other))
        assert all(torch.isfinite(gradient).all() for gradient in gradients)
        assert (gradients[0][~mask] == 0).all()


@pytest.mark.parametrize(("b", "n", "m"), SIZES)
def test_infinity_is_treated_as_the_definition_does(b, n, m):
    x, y = points(b, n, 3), points(b, m, 3, seed=1)
    for jet, row, column in _places(b, n):
        bad = x.clone()
        bad[jet, row, column] = torch.inf
        for p, q in ((bad, y), (y, bad)):
            expected = reference.chamfer_nearest(p, q)
            found = chamfer_distance(p, q, return_nearest=True)
            assert torch.isinf(expected.distance[jet])
            torch.testing.assert_close(found.distance, expected.distance)
            torch.testing.assert_close(chamfer_distance(p, q), expected.distance)
            assert torch.equal(found.x_nearest, expected.x_nearest)
            assert torch.equal(found.y_nearest, expected.y_nearest)
        assert not torch.isfinite(jet_reconstruction_loss(bad, y))[jet]
        assert not torch.isfinite(jet_kinematics(bad).energy)[jet]


@pytest.mark.parametrize("b", [1, 20])
def test_two_infinities_are_not_a_number(b):
    bad = torch.full((b, 4, 3), torch.inf)
    assert torch.isnan(chamfer_distance(bad, bad)).all()
    assert torch.isnan(jet_reconstruction_loss(bad, bad)).all()


def test_nan_along_the_beam_is_no_direction():
    p = torch.tensor([[[0.0, 0.0, torch.nan]]])
    for kinematics in (jet_kinematics(p), reference.jet_kinematics(p)):
        assert torch.isnan(kinematics.eta).all()
