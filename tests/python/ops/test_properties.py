"""What must hold for any sets of points, on every set of instructions."""

import pytest
import torch
from clouds import grid_points, points
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyjetsim.ops import chamfer_distance, jet_kinematics, jet_reconstruction_loss

pytestmark = pytest.mark.usefixtures("cpu_path")
# The fixture is the same for all examples of a test.
_settings = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@st.composite
def batches(draw):
    """Two batches of sets with masks; points in general position or on a grid, where they tie."""
    b, n, m = draw(st.integers(1, 20)), draw(st.integers(1, 40)), draw(st.integers(1, 40))
    dimension = draw(st.sampled_from([3, 3, 4, 1, 2, 5, 8]))
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    make = draw(st.sampled_from([points, grid_points]))
    seed = draw(st.integers(0, 1000))
    x = make(b, n, dimension, seed=seed, dtype=dtype)
    y = make(b, m, dimension, seed=seed + 1, dtype=dtype)
    share = draw(st.sampled_from([0.1, 0.6, 0.95]))
    masks = [torch.rand(b, k, generator=torch.Generator().manual_seed(seed + 2)) < share for k in (n, m)]
    return x, y, *masks


def _everything(x, y, x_mask=None, y_mask=None):
    """Distances, rows and gradients; loss and kinematics too where points are momenta."""
    x, y = x.clone().requires_grad_(), y.clone().requires_grad_()
    found = chamfer_distance(x, y, x_mask, y_mask, return_nearest=True)
    results = [*found, *torch.autograd.grad(found.distance.sum(), (x, y))]
    with torch.no_grad():
        results.append(chamfer_distance(x, y, x_mask, y_mask))
    if x.shape[2] == 3:
        loss = jet_reconstruction_loss(x, y, x_mask, y_mask, alpha_momentum=0.5)
        results += [loss, *torch.autograd.grad(loss.sum(), (x, y))]
        jets = torch.stack(tuple(jet_kinematics(x, x_mask)), 1)
        results += [jets, *torch.autograd.grad(jets[:, [0, 4, 7]].sum(), (x,))]
    return [result.detach() for result in results]


@_settings
@given(batches())
def test_a_batch_is_its_jets(batch):
    together = _everything(*batch)
    for b in range(len(batch[0])):
        alone = _everything(*(part[b : b + 1] for part in batch))
        for whole, single in zip(together, alone, strict=True):
            assert torch.equal(whole[b : b + 1], single)


@_settings
@given(batches())
def test_a_mask_is_leaving_the_rows_out(batch):
    x, y, x_mask, y_mask = batch
    x_rows, y_rows = x_mask[0].nonzero()[:, 0], y_mask[0].nonzero()[:, 0]
    masked = _everything(x[:1], y[:1], x_mask[:1], y_mask[:1])
    compact = _everything(x[:1, x_rows], y[:1, y_rows])

    def spread(result, rows, size, absent):
        whole = torch.full((1, size, *result.shape[2:]), absent, dtype=result.dtype)
        whole[:, rows] = result
        return whole

    def renumbered(nearest, rows):
        return nearest if not len(rows) else torch.where(nearest >= 0, rows[nearest.clamp(min=0)], -1)

    n, m = x.shape[1], y.shape[1]
    distance, x_nearest, y_nearest, grad_x, grad_y, *rest = compact
    expected = [
        distance,
        spread(renumbered(x_nearest, y_rows), x_rows, n, -1),
        spread(renumbered(y_nearest, x_rows), y_rows, m, -1),
        spread(grad_x, x_rows, n, 0),
        spread(grad_y, y_rows, m, 0),
        rest[0],
    ]
    if x.shape[2] == 3:
        _, loss, grad_x, grad_y, jets, grad_jets = rest
        expected += [
            loss,
            spread(grad_x, x_rows, n, 0),
            spread(grad_y, y_rows, m, 0),
            jets,
            spread(grad_jets, x_rows, n, 0),
        ]
    for found, wanted in zip(masked, expected, strict=True):
        assert torch.equal(found, wanted)


@_settings
@given(batches())
def test_order_and_sides_do_not_matter(batch):
    x, y, x_mask, y_mask = batch
    rtol = 1e-5 if x.dtype == torch.float32 else 1e-13
    distance = chamfer_distance(x, y, x_mask, y_mask)
    swapped = chamfer_distance(y, x, y_mask, x_mask)
    torch.testing.assert_close(swapped, distance, rtol=rtol, atol=0)
    order = torch.randperm(x.shape[1], generator=torch.Generator().manual_seed(0))
    shuffled = chamfer_distance(x[:, order], y, x_mask[:, order], y_mask)
    torch.testing.assert_close(shuffled, distance, rtol=rtol, atol=0)


@_settings
@given(batches())
def test_a_set_is_at_no_distance_from_itself_and_others_are_at_some(batch):
    x, y, _, _ = batch
    assert (chamfer_distance(x, x) == 0).all()
    assert (chamfer_distance(x, x.flip(1)) == 0).all()
    assert (chamfer_distance(x, y) >= 0).all()
    assert (chamfer_distance(x, y + 100) > 0).all()


@_settings
@given(batches(), st.integers(-1000, 1000))
def test_moving_both_sets_changes_nothing(batch, shift):
    x, y, x_mask, y_mask = batch
    # Whole numbers in float64: shifting them loses nothing, so nothing may change.
    x, y = x.double().round(), y.double().round()
    assert torch.equal(
        chamfer_distance(x + shift, y + shift, x_mask, y_mask), chamfer_distance(x, y, x_mask, y_mask)
    )
