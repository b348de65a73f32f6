"""The learnable mask: nothing is seen of padding, and absent slots come as often as they should."""

import pytest
import torch

from pyjetsim.models import Batch, MaskedVAE, Standardisation
from pyjetsim.models.masked_vae import MaskedLoss
from pyjetsim.models.sampling import below

P = 40


@pytest.fixture
def model():
    torch.manual_seed(0)
    model = MaskedVAE(
        MaskedVAE.Config(max_constituents=P, channels=(4, 6, 8), hidden=16, latent=6, dropout=0.0)
    )
    scale = Standardisation(torch.tensor([1.0, -2.0, 3.0]), torch.tensor([8.0, 9.0, 20.0]))
    model.set_standardisation(scale, scale)
    return model


def _jets(*counts):
    gen = torch.randn(len(counts), P, 3, generator=torch.Generator().manual_seed(1)) * 10
    return gen * (torch.arange(P) < torch.tensor(counts)[:, None])[..., None]


def test_padding_is_zero_after_every_convolution(model):
    seen = []
    for convolution in model.convolutions:
        convolution.register_forward_hook(lambda module, given, out: seen.append(given[0]))
    model._convolved(_jets(1, 9, 20))
    first, second, third = seen
    for jet, count in enumerate((1, 9, 20)):
        assert not first[jet, ..., count:].any()
        assert first[jet, ..., :count].any()
        assert not second[jet, ..., (count + 1) // 2 :].any()
        assert not third[jet, ..., ((count + 1) // 2 + 1) // 2 :].any()


@torch.no_grad()
def test_slots_are_there_as_often_as_they_say(model):
    gen = _jets(20).expand(4000, -1, -1)
    noise = torch.randn(4000, model.noise_size)
    noise[:, :6] = 0
    often = (model(gen, noise) != 0).any(2).float().mean(0)
    said = torch.sigmoid(model.predict(gen[:1], noise[:1, :6]).logits[0])
    assert (often - said).abs().max() < 5 * 0.5 / 4000**0.5
    assert said.max() - said.min() > 0.01


def test_decisions_follow_the_noise():
    noise = torch.tensor([-1.0, 0.0, 1.0, 9.0, -9.0])
    assert below(noise, torch.logit(torch.tensor(0.6))).tolist() == [1, 1, 0, 0, 1]
    assert below(noise, torch.tensor(80.0)).tolist()[:3] == [1, 1, 1]
    assert below(noise, torch.tensor(-80.0)).tolist()[:3] == [0, 0, 0]


def test_ghosts_cost_nothing_and_the_mask_is_a_cross_entropy(model):
    gen, reco = _jets(20, 9), _jets(12, 5)
    torch.manual_seed(2)
    parts = model.loss(Batch(gen, reco, torch.zeros(2, P, dtype=torch.int32), {}), MaskedLoss())
    torch.manual_seed(2)
    predicted = model.predict(gen, torch.randn(2, 6))
    chamfer, mask = [], []
    for jet, count in enumerate((12, 5)):
        squared = torch.cdist(predicted.constituents[jet, :count], reco[jet, :count]).square()
        chamfer.append(squared.amin(0).sum() + squared.amin(1).sum())
        probability = torch.sigmoid(predicted.logits[jet])
        mask.append(-probability[:count].log().sum() - (1 - probability[count:]).log().sum())
    assert parts["reconstruction"].item() == pytest.approx(sum(chamfer).item() / 2, rel=1e-4)
    assert parts["mask"].item() == pytest.approx(sum(mask).item() / 2, rel=1e-4)
    expected = parts["reconstruction"] + parts["mass"] + 0.1 * parts["pt"] + 50 * parts["mask"]
    assert parts["total"].item() == pytest.approx((8 / 9 * expected + parts["kl"] / 9).item(), rel=1e-4)
