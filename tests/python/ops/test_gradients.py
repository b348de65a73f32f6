"""Gradients against finite differences, and what is asked of autograd beyond them."""

import pytest
import torch
from clouds import points, some
from torch.autograd import forward_ad, gradcheck

from pyjetsim.errors import InputError
from pyjetsim.ops import chamfer_distance, jet_kinematics, jet_reconstruction_loss, reference

OPS = {
    "chamfer_distance": chamfer_distance,
    "jet_reconstruction_loss": lambda x, y, *masks: jet_reconstruction_loss(x, y, *masks, alpha_momentum=0.3),
    "jet_kinematics": lambda x, y, *masks: jet_kinematics(x, *masks[:1]).mass + 0 * y.sum(),
}
op = pytest.mark.parametrize("op", OPS)


def _sets():
    return points(3, 5, 3).requires_grad_(), points(3, 4, 3, seed=1).requires_grad_()


@op
@pytest.mark.parametrize("masked", [False, True])
def test_finite_differences(op, masked):
    masks = (some(3, 5), some(3, 4, seed=1)) if masked else ()
    assert gradcheck(lambda x, y: OPS[op](x, y, *masks), _sets(), check_batched_grad=True)


@op
def test_second_derivatives_are_refused_when_asked_for(op):
    x, y = _sets()
    # With a term beside it that has one: dropping ours in silence would give a wrong answer.
    (gradient,) = torch.autograd.grad(OPS[op](x, y).sum() + x.pow(3).sum(), x, create_graph=True)
    plain = torch.autograd.grad(OPS[op](x, y).sum() + x.pow(3).sum(), x)[0]
    assert torch.equal(gradient, plain)
    with pytest.raises(InputError, match=f"{op} has no second derivative .*: use .*reference.{op}"):
        gradient.square().sum().backward()


@op
def test_the_definition_has_second_derivatives(op):
    x, _ = _sets()
    definition = {
        "chamfer_distance": lambda: reference.chamfer_distance(x, x.detach() + 1).sum(),
        "jet_reconstruction_loss": lambda: reference.jet_reconstruction_loss(x, x.detach() + 1).sum(),
        "jet_kinematics": lambda: reference.jet_kinematics(x).mass.sum(),
    }[op]
    (gradient,) = torch.autograd.grad(definition(), x, create_graph=True)
    assert torch.autograd.grad(gradient.square().sum(), x)[0].abs().sum() > 0


@op
@pytest.mark.parametrize("requires_grad", [False, True])
def test_forward_mode_is_refused(op, requires_grad):
    x, y = (tensor.detach().requires_grad_(requires_grad) for tensor in _sets())
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, torch.ones_like(x))
        with pytest.raises(InputError, match=f"{op} has no forward-mode derivative"):
            OPS[op](dual, y)
        assert torch.equal(OPS[op](x, y), OPS[op](x, y))


@op
def test_changing_an_input_between_forward_and_backward_is_noticed(op):
    x, y = _sets()
    moved = x * 1
    result = OPS[op](moved, y).sum()
    moved += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        result.backward()


@op
def test_twice_through_one_graph(op):
    x, y = _sets()
    result = OPS[op](x, y).sum()
    first = torch.autograd.grad(result, x, retain_graph=True)
    assert torch.equal(first[0], torch.autograd.grad(result, x)[0])


@op
def test_no_graph_without_grad_mode(op):
    x, y = _sets()
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            assert not OPS[op](x, y).requires_grad


def test_terms_and_rows_have_no_gradient():
    x, y = _sets()
    found = chamfer_distance(x, y, return_nearest=True)
    assert not found.x_nearest.requires_grad
    assert not any(term.requires_grad for term in jet_reconstruction_loss(x, y, return_terms=True).terms)


@op
def test_deterministic_algorithms(op):
    x, y = points(40, 50, 3, dtype=torch.float32), points(40, 50, 3, seed=1, dtype=torch.float32)
    torch.use_deterministic_algorithms(True)
    try:
        runs = []
        for _ in range(3):
            leaf = x.clone().requires_grad_()
            result = OPS[op](leaf, y)
            runs.append((result.detach(), *torch.autograd.grad(result.sum(), leaf)))
    finally:
        torch.use_deterministic_algorithms(False)
    assert all(torch.equal(a, b) for run in runs for a, b in zip(run, runs[0], strict=True))
