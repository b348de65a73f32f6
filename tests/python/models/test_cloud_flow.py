"""Flows of clouds: numbers in and out, padding, and the constraint."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from cloud_files import synthetic_clouds

from pyjetsim.io.clouds import CLASSES, relative_mass
from pyjetsim.models import Standardisation
from pyjetsim.models.cloud_flow import (
    CloudBatch,
    CloudFlow,
    CloudFlowConfig,
    CloudFlowLoss,
    features_of,
    mass_of,
)

SMALL = {"layers": 2, "width": 16, "blocks": 0, "bins": 4}
VARIANTS = ("vanilla", "conditioned", "constrained")


def batch_of(n: int, seed: int) -> CloudBatch:
    clouds = synthetic_clouds(n, seed)
    columns = {**clouds.gen, **clouds.reco}
    return CloudBatch(*(torch.from_numpy(columns[name]) for name in CloudBatch._fields))


def model_of(**settings: str) -> CloudFlow:
    torch.manual_seed(1)
    model = CloudFlow(CloudFlowConfig.model_validate({**SMALL, **settings}))
    batch = batch_of(500, 5)
    features = features_of(*(column.numpy() for column in batch))
    model.set_standardisation(
        **{
            name: Standardisation(torch.tensor(of.mean(0)), torch.tensor(of.std(0) + 1e-6))
            for name, of in features.items()
        }
    )
    return model


def test_the_mass_is_that_of_the_metrics() -> None:
    particles = torch.from_numpy(synthetic_clouds(200, 1).reco["particles"])
    np.testing.assert_allclose(mass_of(particles), relative_mass(particles.numpy()), rtol=2e-5)
    # Narrow ones too, where energy and momentum would cancel.
    narrow = particles * torch.tensor([1e-3, 1e-3, 1.0])
    np.testing.assert_allclose(mass_of(narrow), relative_mass(narrow.double().numpy()), rtol=1e-2, atol=1e-5)


@pytest.mark.parametrize("padding", ["apart", "source"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_what_the_flow_learns_from_comes_back(variant: str, padding: str) -> None:
    model, batch = model_of(variant=variant, padding=padding), batch_of(300, 2)
    numbers = model._standardised(batch)
    assert torch.isfinite(numbers).all()
    back = model._particles(numbers, batch.n[:, None] if model.conditioned else None)
    there = batch.particles[:, :, 2] > 0
    assert 0.5 < there.float().mean() < 0.99
    close = torch.isclose(back, batch.particles, rtol=2e-3, atol=1e-5).all(2)[there]
    # A vanilla flow knows the softest particles from absent ones by a pt that it raises.
    assert close.all() if (variant, padding) != ("vanilla", "apart") else close.float().mean() > 0.98
    assert (back[~there] == 0).all()


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_cloud_does_not_depend_on_its_batch(variant: str) -> None:
    model = model_of(variant=variant).eval()
    noise = torch.randn(6, model.noise_size, generator=torch.Generator().manual_seed(3))
    jet_class = torch.tensor([0, 1, 2, 2, 1, 0], dtype=torch.int32)[:, None]
    given = (torch.zeros(6, 1, dtype=torch.int32), torch.zeros(6, 1)) if model.conditioned else ()

    def answer(rows: slice) -> torch.Tensor:
        with torch.no_grad():
            found = model(jet_class[rows], noise[rows], *(each[rows] for each in given))
        return found[0] if model.conditioned else found

    torch.testing.assert_close(answer(slice(2, 4)), answer(slice(None))[2:4], rtol=1e-5, atol=1e-6)


def test_n_is_drawn_by_its_frequencies_and_kept_where_it_is_given() -> None:
    model = model_of(variant="conditioned").eval()
    shares = torch.zeros(len(CLASSES), 30)
    shares[2, [9, 19]] = torch.tensor([0.25, 0.75])
    with torch.no_grad():
        model.n_shares.copy_(shares / 3)  # a third of the training were tops
        noise = torch.randn(4000, model.noise_size, generator=torch.Generator().manual_seed(3))
        jet_class, zeros = torch.full((4000, 1), 2, dtype=torch.int32), torch.zeros(4000, 1)
        particles, n, mass = model(jet_class, noise, zeros.int(), zeros)
        asked = model(jet_class, noise, zeros.int() + 7, zeros + 0.25)
    assert n.unique().tolist() == [10, 20]
    assert float((n == 10).float().mean()) == pytest.approx(0.25, abs=0.02)
    torch.testing.assert_close((particles[:, :, 2] > 0).sum(1), n[:, 0].long())
    assert (mass > 0).all()
    assert (asked[1] == 7).all()
    assert (asked[2] == 0.25).all()
    assert ((asked[0][:, :, 2] > 0).sum(1) == 7).all()


def test_training_lowers_the_loss_and_the_constraint_holds_the_mass() -> None:
    batch, distance = batch_of(256, 3), {}
    for variant in ("conditioned", "constrained"):
        model = model_of(variant=variant)
        optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
        torch.manual_seed(2)
        history = []
        for _ in range(60):
            parts = model.loss(batch, CloudFlowLoss(mass_weight=1e5))
            optimiser.zero_grad()
            parts["total"].backward()
            optimiser.step()
            history.append(float(parts["particles"].detach()))
        assert np.isfinite(history).all()
        with torch.no_grad():
            noise = torch.randn(256, model.noise_size)
            drawn = model.eval()(batch.jet_class[:, None], noise, batch.n[:, None], batch.mass[:, None])[0]
        distance[variant] = float(torch.square(mass_of(drawn) - batch.mass).mean())
        if variant == "conditioned":
            assert history[-1] < history[0] - 5
    assert distance["constrained"] < 0.5 * distance["conditioned"]
