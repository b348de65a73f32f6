"""Batches without jets, sets without points: defined answers, on every set of instructions."""

import pytest
import torch
from clouds import points

from pyjetsim.ops import chamfer_distance, jet_kinematics, jet_reconstruction_loss

pytestmark = pytest.mark.usefixtures("cpu_path")
SIZES = [(0, 3, 4), (0, 0, 0), (2, 0, 4), (2, 4, 0), (2, 0, 0), (12, 0, 4), (12, 4, 0), (12, 0, 0)]


@pytest.mark.parametrize(("b", "n", "m"), SIZES)
def test_nothing_to_compare(b, n, m):
    x, y = points(b, n, 3).requires_grad_(), points(b, m, 3).requires_grad_()
    found = chamfer_distance(x, y, return_nearest=True)
    assert torch.equal(found.distance, torch.zeros(b, dtype=x.dtype))
    assert torch.equal(found.x_nearest, torch.full((b, n), -1))
    assert torch.equal(found.y_nearest, torch.full((b, m), -1))
    gradients = torch.autograd.grad(found.distance.sum(), (x, y))
    assert torch.equal(gradients[0], torch.zeros_like(x))
    assert torch.equal(gradients[1], torch.zeros_like(y))
    with torch.no_grad():
        assert torch.equal(chamfer_distance(x, y), found.distance)


@pytest.mark.parametrize(("b", "n", "m"), SIZES)
def test_loss_of_nothing_has_kinematics_only(b, n, m):
    x, y = points(b, n, 3).requires_grad_(), points(b, m, 3).requires_grad_()
    loss, terms = jet_reconstruction_loss(x, y, alpha_momentum=1, return_terms=True)
    jets, truth = jet_kinematics(x), jet_kinematics(y)
    assert torch.equal(terms.chamfer, torch.zeros(b, dtype=x.dtype))
    torch.testing.assert_close(terms.pt, (jets.pt - truth.pt).square().detach())
    torch.testing.assert_close(terms.mass, (jets.mass - truth.mass).square().detach())
    gradients = torch.autograd.grad(loss.sum(), (x, y))
    assert [gradient.shape for gradient in gradients] == [x.shape, y.shape]
    assert all(torch.isfinite(gradient).all() for gradient in gradients)


@pytest.mark.parametrize("b", [2, 12])
def test_all_rows_left_out(b):
    x, y = points(b, 5, 3).requires_grad_(), points(b, 4, 3).requires_grad_()
    nobody = torch.zeros(b, 5, dtype=torch.bool)
    found = chamfer_distance(x, y, nobody, return_nearest=True)
    assert (found.distance == 0).all()
    assert (found.x_nearest == -1).all()
    assert (found.y_nearest == -1).all()
    loss = jet_reconstruction_loss(x, y, nobody, chamfer_weight=3)
    for result in (found.distance, loss):
        grad_x, grad_y = torch.autograd.grad(result.sum(), (x, y))
        assert (grad_x == 0).all()
        assert torch.isfinite(grad_y).all()


def test_the_mean_of_no_jets_is_not_a_number():
    x = torch.zeros(0, 5, 3)
    assert torch.isnan(chamfer_distance(x, x, reduction="mean"))
    assert chamfer_distance(x, x, reduction="sum") == 0
    assert torch.isnan(jet_reconstruction_loss(x, x, reduction="mean"))


@pytest.mark.parametrize("shape", [(0, 5, 3), (0, 0, 3), (4, 0, 3), (20, 0, 3)])
def test_kinematics_of_nothing(shape):
    p = torch.zeros(shape, requires_grad=True)
    jets = jet_kinematics(p)
    assert all(torch.equal(column, torch.zeros(shape[0])) for column in jets)
    assert torch.autograd.grad(sum(column.sum() for column in jets), p)[0].shape == shape
