"""The compiled Chamfer distance against its definition."""

import pytest
import torch
from clouds import grid_points, points, some

from pyjetsim.ops import ChamferDistance, ChamferResult, chamfer_distance, reference

# One jet, fewer than a vector of them, and more; sets of one point, of unequal sizes, beyond 255 points.
SHAPES = [(1, 1, 1), (1, 50, 50), (3, 1, 6), (9, 7, 4), (19, 30, 33), (33, 50, 50), (2, 300, 257)]
# Rounding: each term has a few of 6e-8 (float32) or 1e-16, and sums of some hundred add little.
RTOL = {torch.float32: 3e-6, torch.float64: 1e-13}


def _forward_and_gradients(function, x, y, masks):
    x, y = x.clone().requires_grad_(), y.clone().requires_grad_()
    distance = function(x, y, *masks)
    weights = torch.linspace(0.5, 2, len(distance), dtype=x.dtype)
    return distance.detach(), *torch.autograd.grad((weights * distance).sum(), (x, y))


@pytest.mark.parametrize("dtype", RTOL)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dimension", range(1, 9))
def test_distances_and_gradients(dimension, masked, dtype):
    for b, n, m in SHAPES:
        x, y = points(b, n, dimension, dtype=dtype), points(b, m, dimension, seed=1, dtype=dtype)
        masks = (some(b, n), some(b, m, seed=1)) if masked else (None, None)
        found = _forward_and_gradients(chamfer_distance, x, y, masks)
        expected = _forward_and_gradients(reference.chamfer_distance, x.double(), y.double(), masks)
        for got, wanted in zip(found, expected, strict=True):
            scale = wanted.abs().max().item()
            torch.testing.assert_close(got.double(), wanted, rtol=RTOL[dtype], atol=RTOL[dtype] * scale)
        with torch.no_grad():
            # The kernel that keeps no rows may add in another order.
            torch.testing.assert_close(
                chamfer_distance(x, y, *masks), found[0], rtol=RTOL[dtype], atol=RTOL[dtype]
            )


@pytest.mark.parametrize("dtype", RTOL)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("make", [points, grid_points])
def test_nearest_rows(make, masked, dtype):
    for b, n, m in SHAPES:
        x, y = make(b, n, 3, dtype=dtype), make(b, m, 3, seed=1, dtype=dtype)
        masks = (some(b, n), some(b, m, seed=1)) if masked else (None, None)
        found = chamfer_distance(x, y, *masks, return_nearest=True)
        assert isinstance(found, ChamferResult)
        squared = (x[:, :, None].double() - y[:, None].double()).square().sum(-1)
        rows, columns = (
            torch.ones(s.shape[:2], dtype=torch.bool) if mask is None else mask
            for s, mask in zip((x, y), masks, strict=True)
        )
        for nearest, d, here, there in (
            (found.x_nearest, squared, rows, columns),
            (found.y_nearest, squared.mT, columns, rows),
        ):
            d = d.masked_fill(~there[:, None], torch.inf)
            # Of equally near points the lowest row: argmax takes the first of equals.
            lowest = (d == d.min(2, keepdim=True).values).int().argmax(2)
            lowest[~here | ~there.any(1, keepdim=True)] = -1
            assert nearest.dtype == torch.int64
            assert torch.equal(nearest, lowest)


def test_large_sets():
    x, y = points(1, 4096, 3, dtype=torch.float32), points(1, 4000, 3, seed=1, dtype=torch.float32)
    found = _forward_and_gradients(chamfer_distance, x, y, (None, None))
    expected = _forward_and_gradients(reference.chamfer_distance, x, y, (None, None))
    for got, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_reductions_and_module(reduction):
    x, y = points(5, 6, 3), points(5, 4, 3, seed=1)
    each = reference.chamfer_distance(x, y)
    expected = {"none": each, "mean": each.mean(), "sum": each.sum()}[reduction]
    module = ChamferDistance(reduction)
    torch.testing.assert_close(chamfer_distance(x, y, reduction=reduction), expected)
    torch.testing.assert_close(module(x, y), expected)
    nearest = chamfer_distance(x, y, reduction=reduction, return_nearest=True)
    torch.testing.assert_close(nearest.distance, expected)
    assert nearest.x_nearest.shape == (5, 6)
    assert repr(module) == f"ChamferDistance(reduction={reduction!r})"


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.uint8])
def test_lengths_are_masks(dtype):
    x, y = points(4, 6, 3), points(4, 5, 3, seed=1)
    x_lengths, y_lengths = torch.tensor([6, 0, 3, 1], dtype=dtype), torch.tensor([2, 5, 0, 5], dtype=dtype)
    x_mask = torch.arange(6) < x_lengths[:, None]
    y_mask = torch.arange(5) < y_lengths[:, None]
    by_length = chamfer_distance(x, y, x_lengths=x_lengths, y_lengths=y_lengths)
    assert torch.equal(by_length, chamfer_distance(x, y, x_mask, y_mask))
    assert torch.equal(
        chamfer_distance(x, y, x_mask, y_lengths=y_lengths), chamfer_distance(x, y, x_mask, y_mask)
    )


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.uint16, torch.uint32, torch.uint64])
def test_lengths_of_a_type_that_does_not_hold_the_rows(dtype):
    x, y = points(2, 300, 3), points(2, 5, 3, seed=1)
    lengths = torch.tensor([100, 3]).to(dtype)
    found = chamfer_distance(x, y, x_lengths=lengths)
    assert torch.equal(found, chamfer_distance(x, y, torch.arange(300) < torch.tensor([[100], [3]])))


def test_only_the_gradient_that_is_wanted():
    x, y = points(4, 6, 3).requires_grad_(), points(4, 5, 3, seed=1)
    (both,) = torch.autograd.grad(chamfer_distance(x, y.clone().requires_grad_()).sum(), x)
    (alone,) = torch.autograd.grad(chamfer_distance(x, y).sum(), x)
    (swapped,) = torch.autograd.grad(chamfer_distance(y, x).sum(), x)
    assert torch.equal(both, alone)
    torch.testing.assert_close(swapped, alone)
    assert not chamfer_distance(x.detach(), y).requires_grad
