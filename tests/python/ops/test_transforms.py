"""`torch.func`: a mapped dimension is more jets; gradients compose; the rest is refused."""

import pytest
import torch
from clouds import points, some
from torch.func import grad, jacrev, jvp, vjp, vmap

from pyjetsim.errors import InputError
from pyjetsim.ops import chamfer_distance, jet_kinematics, jet_reconstruction_loss

OPS = {
    "chamfer_distance": chamfer_distance,
    "jet_reconstruction_loss": jet_reconstruction_loss,
    "jet_kinematics": lambda x, y, *masks: jet_kinematics(x, *masks[:1]).mass + 0 * y.sum((1, 2)),
}
op = pytest.mark.parametrize("op", OPS)


class _Wrapped(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.forward = function


def _stack(v=4, b=3):
    """V batches of B pairs of sets."""
    return points(v, b, 6, 3), points(v, b, 5, 3, seed=1), some(v, b, 6), some(v, b, 5, seed=1)


@op
def test_vmap_is_a_loop(op):
    stack = _stack()
    expected = torch.stack([OPS[op](*parts) for parts in zip(*stack, strict=True)])
    assert torch.equal(vmap(OPS[op])(*stack), expected)
    x, y, x_mask, _ = stack
    other_dimension = x.movedim(0, 2)
    found = vmap(OPS[op], in_dims=(2, None, 0))(other_dimension, y[0], x_mask)
    expected = torch.stack([OPS[op](x[v], y[0], x_mask[v]) for v in range(len(x))])
    assert torch.equal(found, expected)


@op
def test_vmap_of_nothing(op):
    x, y, x_mask, y_mask = _stack(0)
    assert vmap(OPS[op])(x, y, x_mask, y_mask).shape == (0, 3)
    gradient = vmap(grad(lambda p, q: OPS[op](p, q).sum()))(x, y)
    assert gradient.shape == x.shape


@op
def test_per_jet_gradients(op):
    x, y, x_mask, y_mask = (part[0] for part in _stack())

    def one(p, q, p_mask, q_mask):
        return OPS[op](p[None], q[None], p_mask[None], q_mask[None])[0]

    leaf = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(OPS[op](leaf, y, x_mask, y_mask).sum(), leaf)
    torch.testing.assert_close(vmap(grad(one))(x, y, x_mask, y_mask), expected)
    torch.testing.assert_close(grad(lambda p: vmap(one)(p, y, x_mask, y_mask).sum())(x), expected)


@op
def test_gradients_and_jacobians(op):
    x, y, *masks = (part[0] for part in _stack())
    leaf = x.clone().requires_grad_()
    result = OPS[op](leaf, y, *masks)
    expected = torch.stack([torch.autograd.grad(r, leaf, retain_graph=True)[0] for r in result])
    torch.testing.assert_close(jacrev(lambda p: OPS[op](p, y, *masks))(x), expected)
    torch.testing.assert_close(grad(lambda p: OPS[op](p, y, *masks).sum())(x), expected.sum(0))
    _, pull = vjp(lambda p: OPS[op](p, y, *masks), x)
    torch.testing.assert_close(pull(torch.ones(3, dtype=x.dtype))[0], expected.sum(0))
    (batched,) = torch.autograd.grad(result, leaf, torch.eye(3, dtype=x.dtype), is_grads_batched=True)
    torch.testing.assert_close(batched, expected)


@op
def test_ops_themselves_can_be_mapped(op):
    x, y, x_mask, y_mask = _stack()
    ops = torch.ops.pyjetsim
    expected = torch.stack([OPS[op](x[v], y[v], x_mask[v], y_mask[v]) for v in range(len(x))])
    direct = {
        "chamfer_distance": ops.chamfer_distance,
        "jet_reconstruction_loss": lambda *inputs: ops.reconstruction_loss(*inputs, 1.0, 1.0, 1.0, 0.0)[0],
        "jet_kinematics": lambda p, q, p_mask, q_mask: ops.jet_kinematics(p, p_mask)[:, 7],
    }[op]
    assert torch.equal(vmap(direct)(x, y, x_mask, y_mask), expected)


@op
def test_what_is_refused(op):
    x, y = (part[0] for part in _stack()[:2])
    with pytest.raises(InputError, match=f"{op} has no second derivative"):
        grad(lambda p: grad(lambda q: OPS[op](q, y).sum())(p).square().sum())(x)
    with pytest.raises(InputError, match=f"{op} has no forward-mode derivative"):
        jvp(lambda p: OPS[op](p, y), (x,), (x,))


def test_transforming_and_tracing_at_once_is_refused():
    x, y = (part[0] for part in _stack()[:2])
    refused = "meets a compiled or exported program"

    def total(p):
        return chamfer_distance(p, y).sum()

    torch._dynamo.reset()
    with pytest.raises(Exception, match=refused):
        grad(torch.compile(total, backend="eager", fullgraph=True))(x)
    for inside in (
        grad(total),
        lambda p: jvp(total, (p,), (p,)),
        vmap(lambda p: chamfer_distance(p[None], y[:1])),
    ):
        with pytest.raises(Exception, match=refused):
            torch.compile(inside, backend="eager", fullgraph=True)(x)
        with pytest.raises(RuntimeError, match=refused):
            torch.export.export(_Wrapped(inside), (x,), strict=False)


def test_lengths_beyond_the_rows_count_as_all_where_they_cannot_be_looked_at():
    x, y, *_ = _stack()
    lengths = torch.full(x.shape[:2], 9)
    found = vmap(lambda p, q, n: chamfer_distance(p, q, x_lengths=n))(x, y, lengths)
    assert torch.equal(found, vmap(chamfer_distance)(x, y))
