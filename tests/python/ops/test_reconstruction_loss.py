"""The fused loss against its definition."""

import pytest
import torch
from clouds import points, some

from pyjetsim.ops import JetReconstructionLoss, LossTerms, jet_reconstruction_loss, reference

SHAPES = [(1, 1, 1), (1, 50, 50), (3, 1, 6), (9, 7, 4), (33, 50, 50), (2, 300, 257)]
WEIGHTS = {"chamfer_weight": 0.7, "alpha_mass": 1.3, "alpha_pt": 0.1, "alpha_momentum": 0.4}
# Differences of nearly equal masses and momenta amplify what the sums have lost.
RTOL = {torch.float32: 2e-5, torch.float64: 1e-12}


def _loss_and_gradients(function, x, y, masks, weights):
    x, y = x.clone().requires_grad_(), y.clone().requires_grad_()
    loss = function(x, y, *masks, **weights)
    scale = torch.linspace(0.5, 2, len(loss), dtype=x.dtype)
    return loss.detach(), *torch.autograd.grad((scale * loss).sum(), (x, y))


@pytest.mark.parametrize("dtype", RTOL)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("only", [None, *WEIGHTS])
def test_loss_and_gradients(only, masked, dtype):
    weights = {name: weight if only in (None, name) else 0.0 for name, weight in WEIGHTS.items()}
    for b, n, m in SHAPES:
        x, y = points(b, n, 3, dtype=dtype) * 5 + 2, points(b, m, 3, seed=1, dtype=dtype) * 5 - 1
        masks = (some(b, n), some(b, m, seed=1)) if masked else (None, None)
        found = _loss_and_gradients(jet_reconstruction_loss, x, y, masks, weights)
        expected = _loss_and_gradients(
            reference.jet_reconstruction_loss, x.double(), y.double(), masks, weights
        )
        for got, wanted in zip(found, expected, strict=True):
            # The mass of a jet of one constituent is nothing but rounding: 10 GeV is what others have.
            scale = max(wanted.abs().max().item(), 10)
            torch.testing.assert_close(got.double(), wanted, rtol=RTOL[dtype], atol=RTOL[dtype] * scale)


@pytest.mark.parametrize("differentiable", [False, True])
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_terms_are_unweighted_reduced_alike_and_without_gradient(reduction, differentiable):
    x, y = points(5, 6, 3).requires_grad_(differentiable), points(5, 4, 3, seed=1)
    found = jet_reconstruction_loss(x, y, **WEIGHTS, reduction=reduction, return_terms=True)
    assert isinstance(found.terms, LossTerms)
    assert found.loss.requires_grad == differentiable
    terms = reference.reconstruction_terms(x, y)
    each = reference.jet_reconstruction_loss(x, y, **WEIGHTS)
    for got, wanted in zip((found.loss, *found.terms), (each, *terms), strict=True):
        wanted = {"none": wanted, "mean": wanted.mean(), "sum": wanted.sum()}[reduction]
        torch.testing.assert_close(got, wanted)
    assert not any(term.requires_grad for term in found.terms)
    torch.testing.assert_close(
        jet_reconstruction_loss(x, y, **WEIGHTS, reduction=reduction), found.loss, rtol=0, atol=0
    )


def test_a_term_of_weight_zero_is_left_out():
    # Each coordinate squared is a third of what a float holds: only the sum both ways overflows.
    huge, target = torch.full((1, 1, 3), 1.05e19, requires_grad=True), torch.ones(1, 1, 3)
    loss, terms = jet_reconstruction_loss(huge, target, chamfer_weight=0, alpha_pt=0, return_terms=True)
    assert torch.isinf(terms.chamfer).all()
    assert torch.isfinite(loss).all()
    assert torch.isfinite(torch.autograd.grad(loss.sum(), huge)[0]).all()


def test_module():
    x, y, mask = points(5, 6, 3), points(5, 4, 3, seed=1), some(5, 6)
    module = JetReconstructionLoss(**WEIGHTS, reduction="sum")
    expected = jet_reconstruction_loss(x, y, mask, **WEIGHTS, reduction="sum")
    assert torch.equal(module(x, y, mask), expected)
    assert repr(module) == (
        "JetReconstructionLoss(chamfer_weight=0.7, alpha_mass=1.3, alpha_pt=0.1, "
        "alpha_momentum=0.4, reduction='sum')"
    )
