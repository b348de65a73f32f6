"""The coupling flow: an exact inverse, a density, and items that do not know of each other."""

from __future__ import annotations

import math

import pytest
import torch

from pyjetsim.models.flows import CouplingConfig, CouplingFlow
from pyjetsim.models.flows.coupling import divisions
from pyjetsim.models.flows.splines import inverse_spline, spline

SMALL = CouplingConfig(layers=4, width=32, bins=8)
SIZES = [(1, 1), (2, 3), (17, 14)]


def random_flow(features: int, conditions: int, config: CouplingConfig = SMALL, spread: float = 0.3):
    """With weights far from those of an untrained one, which is the identity."""
    torch.manual_seed(features)
    flow = CouplingFlow(features, conditions, config)
    with torch.no_grad():
        for layer in flow.layers:
            layer.conditioner.last.weight.normal_(0, spread)
            layer.conditioner.last.bias.normal_(0, 1)
    return flow


def draw(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("features", "conditions"), SIZES)
def test_noise_comes_back_from_its_targets(features: int, conditions: int) -> None:
    flow = random_flow(features, conditions)
    noise, given = draw(1024, features), draw(1024, conditions, seed=2)
    with torch.no_grad():
        targets = flow.sample(noise, given)
        back, _ = flow.to_noise(targets, given)
        twice = flow.sample(back, given)
    assert (targets - noise).abs().mean() > 0.1
    # Slopes up to hundreds multiply the rounding of float32 on the way; targets themselves come back.
    torch.testing.assert_close(back.double().mean(), noise.double().mean(), rtol=0, atol=1e-5)
    assert (back - noise).abs().quantile(0.99) < 1e-3
    assert (twice - targets).abs().quantile(0.99) < 1e-4


@pytest.mark.parametrize(("features", "conditions"), SIZES)
def test_the_inverse_is_exact_in_double_precision(features: int, conditions: int) -> None:
    flow = random_flow(features, conditions).double()
    noise, given = draw(512, features).double(), draw(512, conditions, seed=2).double()
    with torch.no_grad():
        back, _ = flow.to_noise(flow.sample(noise, given), given)
    torch.testing.assert_close(back, noise, rtol=0, atol=1e-8)


@pytest.mark.parametrize("features", [1, 2])
def test_the_density_integrates_to_one(features: int) -> None:
    flow = random_flow(features, 2, spread=0.1)
    given = torch.tensor([[0.4, -1.2]])
    steps = 4001 if features == 1 else 401
    line = torch.linspace(-7, 7, steps)
    points = torch.cartesian_prod(*[line] * features).reshape(-1, features)
    with torch.no_grad():
        log_prob = torch.cat(
            [flow.log_prob(part, given.expand(len(part), 2)) for part in points.split(65536)]
        )
    integral = log_prob.double().exp().sum() * (14 / (steps - 1)) ** features
    assert integral == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize(("features", "conditions"), SIZES)
def test_the_logarithm_of_the_volume_is_that_of_the_derivative(features: int, conditions: int) -> None:
    flow = random_flow(features, conditions).double()
    targets, given = draw(2, features).double(), draw(2, conditions, seed=2).double()
    _, log_volume = flow.to_noise(targets, given)
    for row, condition, found in zip(targets, given, log_volume, strict=True):
        jacobian = torch.autograd.functional.jacobian(
            lambda x, c=condition: flow.to_noise(x[None], c[None])[0][0], row
        )
        assert torch.linalg.slogdet(jacobian)[1] == pytest.approx(found.item(), abs=1e-8)


def test_an_untrained_flow_is_the_identity() -> None:
    flow = CouplingFlow(6, 3, SMALL)
    noise, given = draw(100, 6), draw(100, 3, seed=2)
    torch.testing.assert_close(flow.sample(noise, given), noise, rtol=1e-5, atol=1e-5)
    normal = torch.distributions.Normal(0, 1).log_prob(noise).sum(1)
    torch.testing.assert_close(flow.log_prob(noise, given), normal, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("features", "conditions"), SIZES)
def test_items_do_not_know_of_each_other(features: int, conditions: int) -> None:
    flow = random_flow(features, conditions)
    noise, given = draw(64, features), draw(64, conditions, seed=2)
    with torch.no_grad():
        alone = flow.sample(noise[3:4], given[3:4])
        torch.testing.assert_close(flow.sample(noise, given)[3:4], alone, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0, 1e4])
def test_gradients_and_answers_are_finite_anywhere(scale: float) -> None:
    flow = random_flow(5, 3, spread=3.0)
    targets, given = scale * draw(128, 5), scale * draw(128, 3, seed=2)
    targets[0], targets[1], targets[2] = 5.0, -5.0, 0.0
    targets.requires_grad_()
    log_prob = flow.log_prob(targets, given)
    log_prob.mean().backward()
    assert torch.isfinite(log_prob).all()
    assert torch.isfinite(targets.grad).all()
    assert all(torch.isfinite(p.grad).all() for p in flow.parameters())
    noise = (scale * draw(128, 5)).requires_grad_()
    flow.zero_grad()
    sampled = flow.sample(noise, given)
    sampled.square().mean().sqrt().backward()
    assert torch.isfinite(sampled).all()
    assert torch.isfinite(noise.grad).all()
    assert all(torch.isfinite(p.grad).all() for p in flow.parameters())


def test_training_brings_a_density_to_the_datas() -> None:
    """Two numbers on a noisy circle whose radius is the condition."""
    torch.manual_seed(4)
    flow = CouplingFlow(2, 1, CouplingConfig(layers=4, width=24, bins=6))
    optimiser = torch.optim.Adam(flow.parameters(), lr=1e-2)

    def examples(n: int) -> tuple[torch.Tensor, torch.Tensor]:
        radius, angle = 1 + torch.rand(n, 1), 2 * math.pi * torch.rand(n, 1)
        at = radius * torch.cat((angle.cos(), angle.sin()), 1) + 0.1 * torch.randn(n, 2)
        return at, (radius - 1.5) / 0.29

    for _ in range(100):
        targets, given = examples(256)
        loss = -flow.log_prob(targets, given).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    targets, given = examples(4096)
    with torch.no_grad():
        found = flow.sample(torch.randn(4096, 2), given)
    radius = 1.5 + 0.29 * given[:, 0]
    assert (found.norm(dim=1) - radius).abs().mean() < 0.3
    assert found.mean(0).abs().max() < 0.3
    # A normal distribution of the same width has 3.0.
    assert loss < 2.6


def test_every_number_is_changed_given_every_other() -> None:
    layers = divisions(9, 12)
    assert layers == divisions(9, 12)
    for kept, changed in layers:
        assert sorted(kept + changed) == list(range(9))
        assert abs(len(kept) - len(changed)) == 1
    apart = {(i, j) for kept, changed in layers for i in kept for j in changed}
    assert len(apart) == 9 * 8


def test_a_spline_at_its_edges() -> None:
    values = torch.tensor([-1e30, -5.0, 5.0, 1e30, -5.000001, 5.000001])
    parameters = draw(6, 23)
    changed, log_slope = spline(values, parameters, 8)
    torch.testing.assert_close(changed, values, rtol=1e-6, atol=1e-5)
    assert torch.isfinite(log_slope).all()
    torch.testing.assert_close(inverse_spline(values, parameters, 8), values, rtol=1e-6, atol=1e-5)
