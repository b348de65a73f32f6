"""The compiled splines against zuko's, and where formulas go wrong."""

from __future__ import annotations

import pytest
import torch
from zuko.transforms import MonotonicRQSTransform

from pyjetsim import _ops
from pyjetsim.errors import InputError
from pyjetsim.ops import inverse_rational_quadratic_spline, rational_quadratic_spline

BINS = [2, 8, 16]


def given(bins: int, dtype: torch.dtype = torch.float64, n: int = 203, spread: float = 2.0):
    """Values inside and outside, and parameters."""
    generator = torch.Generator().manual_seed(bins)
    values = 3 * torch.randn(n, generator=generator, dtype=torch.float64)
    values[:6] = torch.tensor([-5.5, 5.5, 0.0, -1e4, 1e4, 4.999])
    parameters = spread * torch.randn(n, 3 * bins - 1, generator=generator, dtype=torch.float64)
    return values.to(dtype), parameters.to(dtype)


def of_zuko(parameters: torch.Tensor) -> MonotonicRQSTransform:
    bins = (parameters.shape[-1] + 1) // 3
    return MonotonicRQSTransform(*torch.split(parameters, [bins, bins, bins - 1], -1), bound=5.0, slope=1e-3)


@pytest.fixture(params=_ops.cpu_paths())
def path(request):
    before = _ops.cpu_path()
    _ops.use_cpu_path(request.param)
    yield request.param
    _ops.use_cpu_path(before)


@pytest.mark.parametrize("bins", BINS)
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 2e-4), (torch.float64, 1e-10)], ids=["float32", "float64"]
)
def test_values_and_slopes_are_zukos(path, bins, dtype, tolerance):
    values, parameters = given(bins, dtype)
    changed, log_slope = rational_quadratic_spline(values, parameters)
    exact = of_zuko(parameters.double())
    expected, expected_log = exact.call_and_ladj(values.double())
    assert changed.dtype == log_slope.dtype == dtype
    torch.testing.assert_close(changed.double(), expected, rtol=tolerance, atol=tolerance)
    # A slope changes within a narrow bin: in float32 by as much as the place in it is rounded.
    close = (log_slope.double() - expected_log).abs() < 20 * tolerance
    assert close.double().mean() > 0.98 if dtype == torch.float32 else close.all()


@pytest.mark.parametrize("bins", BINS)
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 5e-3), (torch.float64, 1e-9)], ids=["float32", "float64"]
)
def test_the_inverse_undoes_it(path, bins, dtype, tolerance):
    values, parameters = given(bins, dtype)
    changed, _ = rational_quadratic_spline(values, parameters)
    back = inverse_rational_quadratic_spline(changed, parameters)
    # Where the slope is 1/1000, rounding is multiplied by 1000.
    torch.testing.assert_close(back, values, rtol=0, atol=tolerance)
    again, _ = rational_quadratic_spline(back, parameters)
    torch.testing.assert_close(again, changed, rtol=1e-5, atol=1e-2 * tolerance)


@pytest.mark.parametrize("bins", BINS)
def test_gradients_are_zukos(path, bins):
    values, parameters = (each.requires_grad_() for each in given(bins))
    weights = torch.randn(2, len(values), generator=torch.Generator().manual_seed(1), dtype=torch.float64)

    def gradients(function):
        first, second = function(values, parameters)
        total = (weights[0] * first).sum() + (weights[1] * second).sum()
        return torch.autograd.grad(total, (values, parameters))

    found = gradients(rational_quadratic_spline)
    expected = gradients(lambda v, p: of_zuko(p).call_and_ladj(v))
    # zuko's own have no numbers at the far ends, where a value outside is still divided.
    inside = torch.isfinite(expected[1]).all(1) & torch.isfinite(expected[0])
    assert inside.sum() > 190
    for one, other in zip(found, expected, strict=True):
        assert torch.isfinite(one).all()
        torch.testing.assert_close(one[inside], other[inside], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("function", [rational_quadratic_spline, inverse_rational_quadratic_spline])
def test_gradients_are_those_of_small_steps(function):
    values, parameters = given(4, n=12, spread=1.0)
    values = values[5:].clone().clamp(-4.5, 4.5)
    arguments = values.requires_grad_(), parameters[5:].clone().requires_grad_()
    assert torch.autograd.gradcheck(function, arguments, eps=1e-7, atol=1e-4, rtol=1e-3)


def test_any_shape_and_layout():
    values, parameters = given(8, n=210)
    changed, log_slope = rational_quadratic_spline(values, parameters)
    parts = rational_quadratic_spline(values.view(10, 21), parameters.view(10, 21, 23))
    for one, other in zip(parts, (changed, log_slope), strict=True):
        assert torch.equal(one, other.view(10, 21))
    strided = parameters.t().contiguous().t()
    assert torch.equal(rational_quadratic_spline(values, strided)[0], changed)
    assert rational_quadratic_spline(values[:0], parameters[:0])[0].shape == (0,)
    meta = rational_quadratic_spline(values.to("meta"), parameters.to("meta"))
    assert meta[0].shape == (210,)


@pytest.mark.parametrize(
    ("values", "parameters", "message"),
    [
        (torch.zeros(3), torch.zeros(4, 8), "values have shape (3,) and parameters (4, 8)"),
        (torch.zeros(3), torch.zeros(3, 7), "each value has a row of 3 K - 1 parameters"),
        (torch.zeros(3).half(), torch.zeros(3, 8).half(), "values have dtype torch.float16"),
        (torch.zeros(3), torch.zeros(3, 8).double(), "parameters torch.float64"),
    ],
)
def test_what_does_not_fit_is_told(values, parameters, message):
    for function in (rational_quadratic_spline, inverse_rational_quadratic_spline):
        with pytest.raises(InputError) as error:
            function(values, parameters)
        assert message in str(error.value)
    with pytest.raises(RuntimeError, match=r"do not fit|neither"):
        torch.ops.pyjetsim.spline(values, parameters)
