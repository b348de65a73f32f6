"""Everything an op refuses, each with what is wrong, why it matters and what to do."""

import re

import numpy as np
import pytest
import torch

from pyjetsim.errors import InputError
from pyjetsim.ops import (
    ChamferDistance,
    JetReconstructionLoss,
    chamfer_distance,
    jet_kinematics,
    jet_reconstruction_loss,
)

X, Y = torch.zeros(2, 4, 3), torch.zeros(2, 5, 3)
MASK = torch.ones(2, 4, dtype=torch.bool)
MANY = 2**24 + 1


def _many(*shape):
    """Give a tensor of one number that says it has all those."""
    return torch.zeros(1).expand(*shape)


POINTS = {
    "rank 2": (lambda: X[0], "has shape (4, 3) (a batch is (B, N,"),
    "rank 4": (lambda: X[None], "has shape (1, 2, 4, 3)"),
    "scalar": (lambda: torch.tensor(1.0), "has shape ()"),
    "no dimension": (lambda: X[..., :0], "has shape (2, 4, 0)"),
    "nine dimensions": (lambda: torch.zeros(2, 4, 9), "has shape (2, 4, 9)"),
    "half": (lambda: X.half(), "has dtype torch.float16 (the ops calculate in float32 and float64)"),
    "bfloat16": (lambda: X.bfloat16(), "has dtype torch.bfloat16"),
    "integers": (lambda: X.long(), "has dtype torch.int64"),
    "bool": (lambda: X.bool(), "has dtype torch.bool"),
    "complex": (lambda: X.to(torch.complex64), "has dtype torch.complex64"),
    "float8": (lambda: X.to(torch.float8_e4m3fn), "has dtype torch.float8_e4m3fn"),
    "quantised": (lambda: torch.quantize_per_tensor(X, 1.0, 0, torch.quint8), "has dtype torch.quint8"),
    "sparse": (lambda: X.to_sparse(), "has layout torch.sparse_coo"),
    "nested": (
        lambda: torch.nested.nested_tensor([X[0], X[1, :2]], layout=torch.jagged),
        "has layout nested",
    ),
    "list of tensors": (lambda: [X[0], X[1]], "is a list"),
    "array": (lambda: np.zeros((2, 4, 3)), "is a ndarray"),
    "none": (lambda: None, "is a NoneType"),
    "too many": (lambda: _many(2, MANY, 3), f"has {MANY} points a set (rows are counted to {MANY - 1})"),
}
points = pytest.mark.parametrize(("make", "message"), POINTS.values(), ids=POINTS)
# Making some of these tensors warns that their kind is young or old.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")


def _refused(message, function, *arguments, **options):
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        function(*arguments, **options)
    assert caught.value.todo


@points
def test_points(make, message):
    bad = make()
    _refused(f"x {message}", chamfer_distance, bad, Y)
    _refused(f"y {message}", chamfer_distance, Y, bad)
    _refused(f"prediction {message}", jet_reconstruction_loss, bad, Y)
    _refused(f"target {message}", jet_reconstruction_loss, Y, bad)
    _refused(f"constituents {message}", jet_kinematics, bad)


def test_momenta_have_three_components():
    for dimension in (2, 4):
        bad = torch.zeros(2, 4, dimension)
        chamfer_distance(bad, bad)
        _refused(f"constituents has shape (2, 4, {dimension})", jet_kinematics, bad)
        _refused(f"prediction has shape (2, 4, {dimension})", jet_reconstruction_loss, bad, bad)


PAIRS = {
    "batch": (torch.zeros(3, 5, 3), "and {1} have shapes (2, 4, 3) and (3, 5, 3)"),
    "dtype": (Y.double(), "and {1} have dtypes torch.float32 and torch.float64"),
    "device": (Y.to("meta"), "and {1} are on cpu and meta"),
}


@pytest.mark.parametrize(("other", "message"), PAIRS.values(), ids=PAIRS)
def test_two_that_do_not_go_together(other, message):
    _refused("x " + message.format("", "y"), chamfer_distance, X, other)
    _refused("prediction " + message.format("", "target"), jet_reconstruction_loss, X, other)


def test_dimensions_of_both_sets():
    _refused("x and y have shapes (2, 4, 3) and (2, 5, 4)", chamfer_distance, X, torch.zeros(2, 5, 4))


MASKS = {
    "of the other": (torch.ones(2, 5, dtype=torch.bool), "has shape (2, 5)"),
    "rank": (MASK[..., None], "has shape (2, 4, 1)"),
    "broadcast": (MASK[:1], "has shape (1, 4)"),
    "integers": (MASK.long(), "is torch.int64, torch.strided"),
    "floats": (MASK.float(), "is torch.float32, torch.strided"),
    "sparse": (MASK.to_sparse(), "is torch.bool, torch.sparse_coo"),
    "array": (MASK.numpy(), "is ndarray"),
    "device": (MASK.to("meta"), "is on meta, its rows on cpu"),
}


@pytest.mark.parametrize(("mask", "message"), MASKS.values(), ids=MASKS)
def test_masks(mask, message):
    _refused(f"x_mask {message}", chamfer_distance, X, Y, mask)
    _refused(f"y_mask {message}", chamfer_distance, Y, X, None, mask)
    _refused(f"x_mask {message}", chamfer_distance, X, Y, mask, return_nearest=True)
    _refused(f"prediction_mask {message}", jet_reconstruction_loss, X, Y, mask)
    _refused(f"target_mask {message}", jet_reconstruction_loss, Y, X, None, mask)
    _refused(f"mask {message}", jet_kinematics, X, mask)


LENGTHS = {
    "list": ([1, 2], "x_lengths is list"),
    "floats": (torch.ones(2), "x_lengths is torch.float32"),
    "bool": (torch.ones(2, dtype=torch.bool), "x_lengths is torch.bool"),
    "shape": (torch.ones(3, dtype=torch.int64), "x_lengths has shape (3,) on cpu"),
    "device": (torch.ones(2, dtype=torch.int64, device="meta"), "x_lengths has shape (2,) on meta"),
    "negative": (torch.tensor([1, -1]), "x_lengths[1] is -1 (set 1 has room for 4 points)"),
    "sparse": (torch.tensor([1, 2]).to_sparse(), "x_lengths has layout torch.sparse_coo"),
    "too long": (torch.tensor([5, 1]), "x_lengths[0] is 5 (set 0 has room for 4 points)"),
}


@pytest.mark.parametrize(("lengths", "message"), LENGTHS.values(), ids=LENGTHS)
def test_lengths(lengths, message):
    _refused(message, chamfer_distance, X, Y, x_lengths=lengths)
    _refused(message.replace("x_", "y_"), chamfer_distance, Y, X, y_lengths=lengths)


def test_a_mask_and_lengths():
    lengths = torch.tensor([1, 2])
    _refused("both x_lengths and x_mask are given", chamfer_distance, X, Y, MASK, x_lengths=lengths)
    _refused("both y_lengths and y_mask are given", chamfer_distance, Y, X, None, MASK, y_lengths=lengths)


@pytest.mark.parametrize("reduction", ["average", "", None, True])
def test_reductions(reduction):
    message = f"reduction is {reduction!r}"
    _refused(message, chamfer_distance, X, Y, reduction=reduction)
    _refused(message, jet_reconstruction_loss, X, Y, reduction=reduction)
    _refused(message, ChamferDistance, reduction)
    _refused(message, JetReconstructionLoss, reduction=reduction)


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["chamfer_weight", "alpha_mass", "alpha_pt", "alpha_momentum"])
def test_weights(name, weight):
    _refused("the weights are (", jet_reconstruction_loss, X, Y, **{name: weight})


@pytest.mark.parametrize("weight", [torch.tensor(1.0, requires_grad=True), "1", None, [1.0], 1j])
def test_weights_that_are_no_numbers(weight):
    _refused(f"a weight is a {type(weight).__name__}", jet_reconstruction_loss, X, Y, alpha_pt=weight)
    _refused(f"a weight is a {type(weight).__name__}", JetReconstructionLoss, alpha_pt=weight)


def test_a_module_refuses_its_weights_when_it_is_made():
    _refused("the weights are (1.0, -1.0, 1.0, 0.0)", JetReconstructionLoss, alpha_mass=-1.0)


@pytest.mark.parametrize("weight", [2, np.float32(2), np.float64(2), np.int64(2)])
def test_any_number_is_a_weight(weight):
    x = torch.ones(2, 4, 3, requires_grad=True)
    found = jet_reconstruction_loss(x, Y, alpha_pt=weight)
    assert torch.equal(found, jet_reconstruction_loss(x, Y, alpha_pt=2.0))


@pytest.mark.parametrize("autocast", [False, True])
def test_half_precision_that_is_nowhere(autocast):
    x = torch.zeros(2, 4, 3, dtype=torch.bfloat16, device="meta")
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
        _refused("x has dtype torch.bfloat16", chamfer_distance, x, x)


COMPILED = {
    "shape": (lambda: chamfer_distance(X[0], Y), "x has shape (4, 3)"),
    "batch": (lambda: chamfer_distance(X[:1], Y), "have shapes (1, 4, 3) and (2, 5, 3)"),
    "dtype": (lambda: jet_kinematics(X.half()), "constituents has dtype torch.float16"),
    "mask": (lambda: jet_kinematics(X, MASK.float()), "mask is torch.float32"),
    "lengths": (lambda: chamfer_distance(X, Y, x_lengths=[1, 2]), "x_lengths is list"),
    "reduction": (lambda: chamfer_distance(X, Y, reduction="average"), "reduction is 'average'"),
    "weights": (
        lambda: jet_reconstruction_loss(X, Y, alpha_pt=-1.0),
        "the weights are (1.0, 1.0, -1.0, 0.0)",
    ),
}


@pytest.mark.parametrize(("call", "message"), COMPILED.values(), ids=COMPILED)
def test_a_compiler_shows_what_is_wrong(call, message):
    torch._dynamo.reset()
    with pytest.raises(Exception, match="InputError") as caught:
        torch.compile(call, fullgraph=True, backend="eager")()
    # The compiler shows strings as Python writes them.
    assert message in str(caught.value).replace("\\'", "'")
    _refused(message, torch.compile(call, backend="eager"))


def test_the_ops_themselves_check_too():
    ops = torch.ops.pyjetsim
    with pytest.raises(RuntimeError, match="x and y"):
        ops.chamfer_distance(X, torch.zeros(3, 5, 3), None, None)
    with pytest.raises(RuntimeError, match="constituents"):
        ops.jet_kinematics(X.half(), None)
    with pytest.raises(RuntimeError, match="mask"):
        ops.jet_kinematics(X, MASK[:1])
