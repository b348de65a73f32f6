"""The definitions, against loops and long arithmetic."""

import numpy as np
import pytest
import torch
from clouds import light_jets, points, some

from pyjetsim import jet_kinematics as numpy_kinematics
from pyjetsim.ops import reference


def _to_nearest(p, others):
    return min((((p - q) ** 2).sum() for q in others), default=torch.tensor(0.0, dtype=p.dtype))


@pytest.mark.parametrize("masked", [False, True])
def test_chamfer_is_equation_2(masked):
    x, y = points(3, 7, 3), points(3, 5, 3, seed=1)
    masks = (some(3, 7), some(3, 5, seed=1)) if masked else (None, None)
    kept = [
        list(s) if m is None else [s[b][m[b]] for b in range(3)] for s, m in zip((x, y), masks, strict=True)
    ]
    expected = [
        sum(_to_nearest(p, ys) for p in xs) + sum(_to_nearest(q, xs) for q in ys)
        for xs, ys in zip(*kept, strict=True)
    ]
    torch.testing.assert_close(reference.chamfer_distance(x, y, *masks), torch.stack(expected))


def test_kinematics_are_those_of_the_numpy_function():
    p = points(64, 30, 3, dtype=torch.float32) * 10
    p[:, 20:] = 0
    p[0] = 0
    jets = reference.jet_kinematics(p)
    found = torch.stack([jets.pt, jets.eta, jets.phi, jets.mass], 1).numpy()
    np.testing.assert_allclose(found, numpy_kinematics(p.numpy()), rtol=2e-5, atol=2e-5)


@pytest.mark.skipif(np.finfo(np.longdouble).eps > 2e-19, reason="no arithmetic longer than double")
def test_mass_of_light_jets_against_long_arithmetic():
    p = light_jets(1000, 1)
    exact = p.numpy().astype(np.longdouble)
    energy, momentum = np.sqrt((exact**2).sum(2)).sum(1), exact.sum(1)
    mass = np.sqrt(energy**2 - (momentum**2).sum(1))
    assert mass.min() > 0.3
    assert mass.max() < 3
    np.testing.assert_allclose(reference.jet_kinematics(p).mass, mass.astype(float), rtol=1e-11)


def test_loss_by_hand():
    # One constituent a jet: (3, 4, 0) against (6, 8, 0), so chamfer 2 * 25, pt 5 against 10, mass 0.
    x, y = torch.tensor([[[3.0, 4.0, 0.0]]]), torch.tensor([[[6.0, 8.0, 0.0]]])
    assert [term.item() for term in reference.reconstruction_terms(x, y)] == pytest.approx([50, 0, 25, 25])
    loss = reference.jet_reconstruction_loss(x, y, chamfer_weight=2, alpha_pt=3, alpha_momentum=4)
    assert loss.item() == pytest.approx(2 * 50 + 3 * 25 + 4 * 25)


def test_gradients_of_the_definitions():
    x, y = points(2, 5, 3).requires_grad_(), points(2, 4, 3, seed=1).requires_grad_()
    masks = some(2, 5), some(2, 4, seed=1)
    assert torch.autograd.gradcheck(lambda p, q: reference.jet_reconstruction_loss(p, q, *masks), (x, y))
    assert torch.autograd.gradgradcheck(lambda p, q: reference.jet_reconstruction_loss(p, q, *masks), (x, y))
