"""The ops as torch's tools see them: schema, shapes, autograd, compilers, exporters."""

import pytest
import torch
from clouds import points, some
from torch import nn
from torch.library import opcheck

from pyjetsim.ops import ChamferDistance, JetReconstructionLoss, chamfer_distance, jet_kinematics
from pyjetsim.ops import jet_reconstruction_loss as loss_function

ops = torch.ops.pyjetsim
WEIGHTS = (1.0, 0.5, 0.1, 0.2)


def _pair(b=3, n=5, m=4):
    return points(b, n, 3), points(b, m, 3, seed=1)


def _masks(kind, b=3, n=5, m=4):
    return (None, None) if kind == "whole" else (some(b, n), some(b, m, seed=1))


# torch's own check looks at gradients of tensors that have none, and its newer versions warn of that.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning")
@pytest.mark.parametrize("kind", ["whole", "masked"])
@pytest.mark.parametrize("differentiable", [False, True])
def test_opcheck_forward_ops(kind, differentiable):
    x, y = (tensor.requires_grad_(differentiable) for tensor in _pair())
    masks = _masks(kind)
    opcheck(ops.chamfer_distance.default, (x, y, *masks))
    opcheck(ops.chamfer_nearest.default, (x, y, *masks))
    opcheck(ops.jet_kinematics.default, (x, masks[0]))
    opcheck(ops.reconstruction_loss.default, (x, y, *masks, *WEIGHTS))
    opcheck(ops.reconstruction_loss_nearest.default, (x, y, *masks, *WEIGHTS))


@pytest.mark.parametrize("kind", ["whole", "masked"])
@pytest.mark.parametrize("wanted", [(True, True), (True, False), (False, True)])
def test_opcheck_backward_ops(kind, wanted):
    x, y = _pair()
    masks, grad = _masks(kind), points(3, seed=2)
    _, *nearest = ops.chamfer_nearest(x, y, *masks)
    opcheck(ops.chamfer_backward.default, (grad, x, y, *nearest, *wanted))
    kept = ops.reconstruction_loss_nearest(x, y, *masks, *WEIGHTS)[2:]
    opcheck(ops.reconstruction_loss_backward.default, (grad, x, y, *masks, *kept, *WEIGHTS, *wanted))
    jets = ops.jet_kinematics(x, masks[0])
    opcheck(ops.jet_kinematics_backward.default, (points(3, 8), x, masks[0], jets))


def test_ops_without_rows_find_them_for_a_gradient():
    x, y = (tensor.requires_grad_() for tensor in _pair())
    for direct, public in (
        (ops.chamfer_distance(x, y, None, None), chamfer_distance(x, y)),
        (
            ops.reconstruction_loss(x, y, None, None, 1.0, 1.0, 1.0, 0.0)[0],
            loss_function(x, y),
        ),
    ):
        expected = torch.autograd.grad(public.sum(), (x, y))
        found = torch.autograd.grad(direct.sum(), (x, y))
        assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


def test_backward_ops_refuse_to_be_differentiated():
    x, y = _pair()
    _, *nearest = ops.chamfer_nearest(x, y, None, None)
    gradient, _ = ops.chamfer_backward(points(3).requires_grad_(), x, y, *nearest, True, False)
    with pytest.raises(Exception, match="no second derivative"):
        gradient.sum().backward()


class _Everything(nn.Module):
    """All three ops, rows and terms with them."""

    def forward(self, x, y, x_mask, y_lengths):
        distance, x_nearest, _ = chamfer_distance(x, y, x_mask, y_lengths=y_lengths, return_nearest=True)
        mass = jet_kinematics(x, x_mask).mass
        loss, terms = loss_function(x, y, x_mask, return_terms=True)
        quiet = chamfer_distance(x.detach(), y.detach())
        return (distance + mass + loss + terms.pt + quiet).sum(), x_nearest


def _inputs(b):
    x, y = _pair(b)
    return x, y, some(b, 5), torch.arange(b) % 5


def _with_gradients(function, b):
    x, y, *rest = _inputs(b)
    x, y = x.requires_grad_(), y.requires_grad_()
    total, rows = function(x, y, *rest)
    return total.detach(), rows, *torch.autograd.grad(total, (x, y))


def _same(found, expected):
    for got, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(got, wanted)


def test_compile_whole_graphs_of_any_batch():
    torch._dynamo.reset()
    compiled = torch.compile(_Everything(), fullgraph=True, dynamic=True, backend="aot_eager")
    # Not 3 jets first: the compiler takes sizes that are equal once to be equal always.
    _same(_with_gradients(compiled, 6), _with_gradients(_Everything(), 6))
    with torch.compiler.set_stance("fail_on_recompile"):
        _same(_with_gradients(compiled, 7), _with_gradients(_Everything(), 7))


def test_compile_with_generated_code_around():
    torch._dynamo.reset()
    x, y = _pair()

    def step(p, q):
        return loss_function(p * 2, q.sin(), reduction="mean") + chamfer_distance(p, q, reduction="sum")

    leaves = x.requires_grad_(), y.requires_grad_()
    found = torch.autograd.grad(torch.compile(step, fullgraph=True)(*leaves), leaves)
    _same(found, torch.autograd.grad(step(*leaves), leaves))


@pytest.mark.parametrize("strict", [False, True])
def test_export_with_any_batch(strict):
    batch = torch.export.Dim("batch")
    program = torch.export.export(_Everything(), _inputs(3), dynamic_shapes=({0: batch},) * 4, strict=strict)
    targets = [str(node.target) for node in program.graph.nodes]
    assert any("pyjetsim.chamfer_nearest" in target for target in targets)
    _same(program.module()(*_inputs(6)), _Everything()(*_inputs(6)))


@pytest.mark.parametrize("strict", [False, True])
def test_export_with_any_number_of_points(strict):
    n, m = torch.export.Dim("n"), torch.export.Dim("m")
    shapes = {"x": {1: n}, "y": {1: m}, "x_mask": {1: n}, "y_lengths": None}
    program = torch.export.export(_Everything(), _inputs(3), dynamic_shapes=shapes, strict=strict)
    x, y = _pair(3, 9, 7)
    inputs = x, y, some(3, 9), torch.arange(3)
    _same(program.module()(*inputs), _Everything()(*inputs))


def test_modules_can_be_exported_and_saved(tmp_path):
    for module in (ChamferDistance("mean"), JetReconstructionLoss(alpha_pt=0.1)):
        program = torch.export.export(module, _pair())
        torch.export.save(program, tmp_path / "program.pt2")
        loaded = torch.export.load(tmp_path / "program.pt2")
        _same([loaded.module()(*_pair())], [module(*_pair())])


def test_meta_tensors_have_shapes_only():
    x, y = (tensor.to("meta") for tensor in _pair())
    found = chamfer_distance(x, y, return_nearest=True, x_lengths=torch.empty(3, dtype=int, device="meta"))
    assert [(part.shape, part.is_meta) for part in found] == [((3,), True), ((3, 5), True), ((3, 4), True)]
    assert jet_kinematics(x).eta.shape == (3,)
    assert loss_function(x, y, reduction="mean").shape == ()
