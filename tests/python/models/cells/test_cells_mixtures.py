"""Likelihoods are densities, and what is drawn follows them."""

import math

import pytest
import torch
from scipy import stats

from pyjetsim.models.cells.mixtures import (
    draw_category,
    draw_mixture,
    mixture_nll,
    normal,
    polar_mixture_nll,
)
from pyjetsim.models.sampling import uniform

PARAMETERS = torch.tensor([[0.0, -1.0, 0.0], [1.0, 2.0, -1.0]], dtype=torch.float64)


def test_a_mixture_has_scipys_density():
    value = torch.linspace(-6, 6, 101, dtype=torch.float64).unsqueeze(-1)
    weights = torch.softmax(PARAMETERS[:, 0], 0)
    density = sum(
        float(w) * stats.norm.pdf(value[:, 0].numpy(), float(m), math.exp(s))
        for w, (_, m, s) in zip(weights, PARAMETERS, strict=True)
    )
    nll = mixture_nll(PARAMETERS.expand(101, 2, 3), value)
    torch.testing.assert_close(torch.exp(-nll), torch.as_tensor(density), atol=1e-9, rtol=1e-6)


def test_drawn_values_follow_the_density():
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(20_000, 2, generator=generator, dtype=torch.float64)
    drawn = draw_mixture(PARAMETERS.expand(20_000, 2, 3), uniform(noise[:, 0]), noise[:, 1:])[:, 0].numpy()
    w = torch.softmax(PARAMETERS[:, 0], 0).numpy()

    def cdf(x):
        return w[0] * stats.norm.cdf(x, -1, 1) + w[1] * stats.norm.cdf(x, 2, math.exp(-1))

    assert stats.kstest(drawn, cdf).pvalue > 1e-3


@pytest.mark.parametrize("log_width", [-3.0, 0.0, 1.0, 5.0])
def test_an_angles_density_is_one_over_the_circle(log_width):
    n = 4001
    value = torch.zeros(n, 3, dtype=torch.float64)
    value[:, 1] = torch.linspace(-math.pi, math.pi, n)
    raw = torch.tensor([[0.0, 0, 2.5, 0, 0, log_width, 0]], dtype=torch.float64)
    density = torch.exp(-polar_mixture_nll(raw.expand(n, 1, 7), value)) * (2 * math.pi)
    assert float(torch.trapezoid(density, value[:, 1])) == pytest.approx(1, abs=2e-4)
    assert float(density[0]) == pytest.approx(float(density[-1]), rel=1e-3)


def test_categories_have_their_probabilities_to_the_ends():
    logits = torch.tensor([0.0, -math.inf, 1.0, -60.0])
    u = torch.tensor([0.0, 1e-7, 0.2, 0.5, 1.0])
    assert draw_category(logits.expand(5, 4), u)[1:4].tolist() == [0, 0, 2]
    assert draw_category(logits.expand(5, 4), u).max() <= 3


def test_uniform_numbers_come_back_as_normal_ones():
    x = torch.linspace(-4, 4, 41, dtype=torch.float64)
    torch.testing.assert_close(normal(uniform(x)), x)


@pytest.mark.parametrize("value", [-1e6, 0.0, 1e6])
def test_a_stray_value_has_a_finite_gradient(value):
    parameters = torch.tensor([[[0.0, 0, -50], [0, 1, 50]]], requires_grad=True)
    nll = mixture_nll(parameters, torch.tensor([[value]]))
    nll.sum().backward()
    assert torch.isfinite(nll).all()
    assert torch.isfinite(parameters.grad).all()
