"""Tensors that do not lie in memory row by row, and half precision."""

import pytest
import torch
from clouds import points, some

from pyjetsim.errors import InputError
from pyjetsim.ops import chamfer_distance, jet_kinematics, jet_reconstruction_loss

OPS = {
    "chamfer": chamfer_distance,
    "loss": jet_reconstruction_loss,
    "kinematics": lambda x, y, *masks: jet_kinematics(x, *masks[:1]).mass + 0 * y.sum((1, 2)),
}
op = pytest.mark.parametrize("op", OPS)

VIEWS = {
    "transposed": lambda t: t.mT.contiguous().mT,
    "batch last": lambda t: t.movedim(0, -1).contiguous().movedim(-1, 0),
    "every second": lambda t: torch.stack([t, t * 0 - 1], 2).flatten(1, 2)[:, ::2],
    "shifted": lambda t: torch.cat([t.new_ones(1), t.flatten()])[1:].view_as(t),
    "columns of more": lambda t: torch.cat([t, t * 0 - 7], -1)[..., : t.shape[-1]],
    "negated": lambda t: torch._neg_view(-t),
}


def _inputs(dtype=torch.float64):
    return points(9, 6, 3, dtype=dtype), points(9, 5, 3, seed=1, dtype=dtype), some(9, 6), some(9, 5, seed=1)


def _result_and_gradients(function, x, y, *masks):
    x, y = x.detach().requires_grad_(), y.detach().requires_grad_()
    result = function(x, y, *masks)
    # A gradient that is one number seen nine times: what sum() sends back.
    return result.detach(), *torch.autograd.grad(result.sum(), (x, y))


@op
@pytest.mark.parametrize("view", VIEWS)
def test_views(op, view):
    x, y, *masks = _inputs()
    seen = [VIEWS[view](tensor) for tensor in (x, y)]
    assert all(torch.equal(a, b) for a, b in zip(seen, (x, y), strict=True))
    strange_masks = [mask.T.contiguous().T for mask in masks]
    found = _result_and_gradients(OPS[op], *seen, *strange_masks)
    expected = _result_and_gradients(OPS[op], x, y, *masks)
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


@op
def test_one_set_seen_by_all(op):
    x, y, *_ = _inputs()
    target, mask = y[:1].expand(9, -1, -1), some(1, 6).expand(9, -1)
    found = _result_and_gradients(OPS[op], x, target, mask)
    expected = _result_and_gradients(OPS[op], x, target.contiguous(), mask.contiguous())
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


@op
def test_gradients_of_a_strange_layout(op):
    x, y, *_ = _inputs()
    leaf = x.clone().requires_grad_()
    weights = torch.arange(18, dtype=x.dtype)[::2]
    (found,) = torch.autograd.grad(OPS[op](leaf, y), leaf, weights)
    (expected,) = torch.autograd.grad((OPS[op](leaf, y) * weights.clone()).sum(), leaf)
    assert torch.equal(found, expected)


@op
def test_subclasses_and_parameters(op):
    x, y, *_ = _inputs()
    parameter = torch.nn.Parameter(x)
    assert torch.equal(OPS[op](parameter, y), OPS[op](x, y))
    assert OPS[op](parameter, y).requires_grad


@op
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_autocast_takes_half_precision_to_single(op, dtype):
    x, y, *masks = _inputs(torch.float32)
    x = x.to(dtype)
    with pytest.raises(InputError, match=f"has dtype {dtype}"):
        OPS[op](x, y, *masks)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = _result_and_gradients(OPS[op], x, y, *masks)
    assert [part.dtype for part in found] == [torch.float32, dtype, torch.float32]
    expected = _result_and_gradients(OPS[op], x.float(), y, *masks)
    assert torch.equal(found[0], expected[0])
    assert torch.equal(found[1], expected[1].to(dtype))


@op
def test_autocast_leaves_single_and_double_alone(op):
    for dtype in (torch.float32, torch.float64):
        x, y, *masks = _inputs(dtype)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = OPS[op](x, y, *masks)
        assert torch.equal(found, OPS[op](x, y, *masks))


def test_autocast_of_another_device_changes_nothing():
    x, y, *_ = _inputs(torch.float32)
    with torch.autocast("cpu", enabled=False), pytest.raises(InputError, match="bfloat16"):
        chamfer_distance(x.bfloat16(), y.bfloat16())
