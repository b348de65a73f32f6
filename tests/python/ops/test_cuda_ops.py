"""The ops on a GPU against the CPU: where there is one, and the kernels for it are built."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from clouds import grid_points, light_jets, points, some
from torch import Tensor

from pyjetsim import _ops
from pyjetsim.ops import chamfer_distance, jet_kinematics, jet_reconstruction_loss

pytestmark = [
    pytest.mark.skipif(not _ops.cuda_built(), reason="pyjetsim is built without PYJETSIM_CUDA"),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]

_DTYPES = (torch.float32, torch.float64)
# Relative to the largest number of the answer.
_ROUNDING = {torch.float32: 1e-5, torch.float64: 1e-13}
_SIZES = ((0, 5), (1, 1), (31, 33), (50, 50), (200, 130), (4096, 4096))


def _both_ways(op: Callable[..., Tensor], device: str, *inputs: Tensor | None) -> list[Tensor]:
    """Give the answer of an op on a device, and the gradients of its float inputs."""
    moved = [x if x is None else x.detach().to(device) for x in inputs]
    wanted = [x.requires_grad_() for x in moved if x is not None and x.is_floating_point()]
    answer = op(*moved)
    weights = torch.linspace(-1, 2, answer.numel(), dtype=answer.dtype).reshape(answer.shape)
    return [answer.detach().cpu()] + [
        g.cpu() for g in torch.autograd.grad(answer, wanted, weights.to(device))
    ]


def _check(op: Callable[..., Tensor], *inputs: Tensor | None) -> None:
    """Compare GPU with CPU, and the GPU with itself: no sum of it depends on the order of a race."""
    found = _both_ways(op, "cuda", *inputs)
    for gpu, cpu in zip(found, _both_ways(op, "cpu", *inputs), strict=True):
        scale = float(cpu.abs().max()) if cpu.numel() else 0.0
        torch.testing.assert_close(gpu, cpu, rtol=0, atol=_ROUNDING[cpu.dtype] * scale)
    for first, second in zip(found, _both_ways(op, "cuda", *inputs), strict=True):
        assert torch.equal(first, second)


def _kinematics(constituents: Tensor, mask: Tensor | None = None) -> Tensor:
    return torch.stack(jet_kinematics(constituents, mask), 1)


@pytest.mark.parametrize("dtype", _DTYPES)
@pytest.mark.parametrize(("n", "m"), _SIZES)
def test_chamfer(n: int, m: int, dtype: torch.dtype):
    x, y = points(3, n, 3, dtype=dtype), points(3, m, 3, seed=1, dtype=dtype)
    _check(chamfer_distance, x, y)
    _check(chamfer_distance, x, y, some(3, n), some(3, m, seed=1))


@pytest.mark.parametrize("dimension", range(1, 9))
def test_chamfer_in_any_dimension(dimension: int):
    _check(chamfer_distance, points(33, 40, dimension), points(33, 50, dimension, seed=1))


def test_the_first_of_equally_near_points_is_taken():
    x, y = grid_points(64, 50, 3), grid_points(64, 60, 3, seed=1)
    gpu = chamfer_distance(x.cuda(), y.cuda(), return_nearest=True)
    for found, expected in zip(gpu, chamfer_distance(x, y, return_nearest=True), strict=True):
        assert torch.equal(found.cpu(), expected)


@pytest.mark.parametrize("dtype", _DTYPES)
def test_kinematics(dtype: torch.dtype):
    jets = points(65, 50, 3, dtype=dtype) + 1  # away from the beam, where eta is steep
    _check(_kinematics, jets)
    _check(_kinematics, jets, some(65, 50))


def test_kinematics_of_light_jets():
    _check(_kinematics, light_jets(1000.0, 1.0))


@pytest.mark.parametrize("dtype", _DTYPES)
def test_loss(dtype: torch.dtype):
    prediction, target = points(65, 50, 3, dtype=dtype), points(65, 40, 3, seed=1, dtype=dtype)
    _check(jet_reconstruction_loss, prediction, target)
    _check(jet_reconstruction_loss, prediction, target, some(65, 50), some(65, 40, seed=1))


def test_many_jets():
    x, y = points(200_000, 6, 3), points(200_000, 5, 3, seed=1)
    _check(chamfer_distance, x, y)


def test_not_a_number():
    x, y = points(2, 50, 3), points(2, 50, 3, seed=1)
    x[0, 40, 1] = torch.nan
    assert torch.isnan(chamfer_distance(x.cuda(), y.cuda())).tolist() == [True, False]
    assert torch.isnan(jet_reconstruction_loss(x.cuda(), y.cuda())).tolist() == [True, False]
    assert torch.isnan(jet_kinematics(x.cuda()).mass).tolist() == [True, False]


def test_the_stream_of_the_caller_is_used():
    x, y = points(512, 50, 3), points(512, 50, 3, seed=1)
    expected = chamfer_distance(x, y)
    pinned_x, pinned_y = x.pin_memory(), y.pin_memory()
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        torch.cuda._sleep(50_000_000)  # anything on another stream would read x before it is there
        found = chamfer_distance(pinned_x.cuda(non_blocking=True), pinned_y.cuda(non_blocking=True))
    stream.synchronize()
    torch.testing.assert_close(found.cpu(), expected)


def test_any_layout():
    x, y = points(3, 8, 50).mT, points(3, 8, 50, seed=1).mT
    _check(chamfer_distance, x[..., ::2], y[..., ::2])
