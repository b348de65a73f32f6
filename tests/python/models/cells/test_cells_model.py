"""The model keeps a model's contract, and learns a toy detector."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from detectors import CMS
from synthetic import synthetic_pairs

from pyjetsim.bundle.torchscript import TorchscriptGraph, torchscript_archive
from pyjetsim.jets import VERTEX_Z, Jets, momenta
from pyjetsim.models.base import Batch
from pyjetsim.models.cells import CellsConfig, CellsModel
from pyjetsim.models.cells.noise import JET, SLOTS, TOKEN
from pyjetsim.tasks.constituents import Constituents

SMALL = CellsConfig(width=16, blocks=1, max_constituents=80).for_conditions(CMS)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return CellsModel(SMALL).eval()


def _batch(model, pairs):
    gen = pairs.gen.padded_to(model.config.max_constituents)
    tensors = {k: torch.from_numpy(v) for k, v in model.training_tensors(pairs).items()}
    return Batch(
        torch.from_numpy(gen.constituents),
        torch.from_numpy(pairs.reco.constituents),
        torch.from_numpy(gen.pid),
        tensors,
    )


def _simulate(model, gen, seed=0):
    noise = torch.randn(len(gen), model.noise_size, generator=torch.Generator().manual_seed(seed))
    gen = gen.padded_to(model.config.max_constituents)
    with torch.no_grad():
        reco, pid = model(torch.from_numpy(gen.constituents), noise, torch.from_numpy(gen.pid))
    return reco.numpy(), pid.numpy()


def test_the_answer_is_sorted_cut_and_told_by_pid(model):
    reco, pid = _simulate(model, synthetic_pairs(8).gen)
    pt = np.hypot(reco[..., 0], reco[..., 1])
    assert np.isfinite(reco).all()
    assert (np.diff(pt, axis=1) <= 1e-4 * pt[:, :1]).all()
    assert ((pt > 0.25 - 1e-5) == (pid != 0)).all()
    assert (pt[pid == 0] == 0).all()
    assert set(np.unique(np.abs(pid))) <= {0, 11, 13, 22, 130, 211}
    eta = np.arcsinh(reco[..., 2][pid != 0] / pt[pid != 0])
    assert (np.abs(eta) < 3.2 + 1e-4).all()


def _mirrored(jets):
    """Seen in a mirror across the beam: pz with the other sign."""
    return Jets.from_constituents(jets.constituents * np.array([1, 1, -1], np.float32), jets.pid)


def test_mirrored_jets_have_mirrored_answers(model):
    """The detector is symmetric in eta, and what the network sees is: so is what is drawn from it."""
    gen = synthetic_pairs(60).gen.padded_to(model.config.max_constituents)
    noise = torch.randn(60, model.noise_size, generator=torch.Generator().manual_seed(1))
    other = noise.clone()
    other[:, 0] *= -1  # the vertex
    tokens = other[:, JET : JET + model.config.max_constituents * TOKEN].unflatten(1, (-1, TOKEN))
    for name in ("position", "displacement"):
        tokens[..., SLOTS[name].start] *= -1
    with torch.no_grad():
        reco, pid = model(torch.from_numpy(gen.constituents), noise, torch.from_numpy(gen.pid))
        there, pid_there = model(
            torch.from_numpy(_mirrored(gen).constituents), other, torch.from_numpy(gen.pid)
        )
    assert (pid == pid_there).all()
    assert torch.isclose(reco, there * torch.tensor([1, 1, -1]), rtol=1e-4, atol=1e-5).all()


def test_mirrored_pairs_are_as_likely(model):
    pairs = synthetic_pairs(60)
    pairs = replace(pairs, columns={VERTEX_Z: np.linspace(-0.1, 0.1, 60)})
    columns = {VERTEX_Z: -pairs.columns[VERTEX_Z]}
    seen = replace(pairs, gen=_mirrored(pairs.gen), reco=_mirrored(pairs.reco), columns=columns)
    with torch.no_grad():
        one, other = model.nll(_batch(model, pairs)), model.nll(_batch(model, seen))
    for name in one:
        assert torch.isclose(one[name], other[name], rtol=1e-4, atol=1e-4).all(), name


def test_jets_do_not_depend_on_their_batch(model):
    gen = synthetic_pairs(8).gen
    noise = torch.randn(8, model.noise_size)
    inputs = torch.from_numpy(gen.constituents), noise, torch.from_numpy(gen.pid)
    with torch.no_grad():
        reco, pid = model(*inputs)
        for i in range(8):
            one, one_pid = model(*(tensor[i : i + 1] for tensor in inputs))
            torch.testing.assert_close(one, reco[i : i + 1], rtol=1e-4, atol=1e-3)
            assert torch.equal(one_pid, pid[i : i + 1])


def test_a_trace_holds_for_jets_of_other_lengths_and_numbers(model):
    """The batch is cut to its longest jet: a trace may not keep the length that it was made with."""
    gen = synthetic_pairs(8).gen
    inputs = torch.from_numpy(gen.constituents), torch.randn(8, model.noise_size), torch.from_numpy(gen.pid)
    traced = TorchscriptGraph(
        torchscript_archive(model, Constituents()), Constituents().outputs(model)
    )._module
    with torch.no_grad():
        for few in (inputs, [t[:1] for t in inputs]):
            for found, expected in zip(traced(*few), model(*few), strict=True):
                torch.testing.assert_close(found, expected)


def test_other_noise_is_another_passage(model):
    gen = synthetic_pairs(3).gen
    assert np.array_equal(_simulate(model, gen)[0], _simulate(model, gen)[0])
    assert not np.allclose(_simulate(model, gen)[0], _simulate(model, gen, seed=1)[0])


def _odd_jets():
    rows = {
        "empty": [],
        "one": [(200.0, 1.0, 3.14, 211)],
        "two": [(100.0, -2.5, -3.14, 22), (99.0, -2.4, 3.14, 130)],
        "neutral": [(9.0, 0.1 * i, 0.0, 130) for i in range(5)],
        "charged": [(9.0, 0.01 * i, 0.0, 211) for i in range(50)],
        "full": [(50 / (i + 1), 0.003 * i, 0.0, (211, 22)[i % 2]) for i in range(80)],
        "TeV": [(3000.0, 0.0, 1.0, 22)],
        "edge": [(50.0, 3.3, 1.0, 211), (1.0, 9.0, 1.0, 22)],
        "soft": [(1e-4, 0.0, 1.0, 211)],
        "nameless": [(50.0, 0.5, 1.0, 0), (20.0, 0.6, 1.1, 0)],
        "nucleus": [(50.0, 0.5, 1.0, 1000020040)],
    }
    for name, jet in rows.items():
        constituents, pid = np.zeros((1, 80, 3)), np.zeros((1, 80), np.int32)
        for j, (pt, eta, phi, particle) in enumerate(jet):
            constituents[0, j] = momenta(*map(np.float64, (pt, eta, phi)))
            pid[0, j] = particle
        yield pytest.param(Jets.from_constituents(constituents, pid), id=name)


@pytest.mark.parametrize("gen", list(_odd_jets()))
def test_odd_jets_have_finite_answers(model, gen):
    reco, pid = _simulate(model, gen)
    assert np.isfinite(reco).all()
    assert gen.present.any() or not reco.any()
    assert reco.shape == (1, 80, 3)
    assert pid.dtype == np.int32


def test_extreme_noise_has_a_finite_answer(model):
    gen = synthetic_pairs(2).gen
    inputs = torch.from_numpy(gen.constituents), torch.from_numpy(gen.pid)
    for size in (-9.0, 9.0):
        with torch.no_grad():
            reco, _ = model(inputs[0], torch.full((2, model.noise_size), size), inputs[1])
        assert torch.isfinite(reco).all()


def test_padding_and_order_of_jets_change_no_likelihood(model):
    pairs = synthetic_pairs(6)
    batch = _batch(model, pairs)
    with torch.no_grad():
        nll = model.nll(batch)
        wide = model.nll(_batch(model, pairs[:2]))
    for name, values in nll.items():
        assert values.shape == (6,)
        torch.testing.assert_close(wide[name], values[:2], rtol=1e-3, atol=1e-3)


def test_every_parameter_learns_and_gradients_are_finite():
    torch.manual_seed(0)
    model = CellsModel(SMALL)
    pairs = synthetic_pairs(48)
    loss = model.loss(_batch(model, pairs), model.Loss())["total"]
    loss.backward()
    gradients = {name: p.grad for name, p in model.named_parameters()}
    assert all(g is not None and torch.isfinite(g).all() for g in gradients.values())
    still = [name for name, g in gradients.items() if g.abs().sum() == 0]
    assert still == []


def test_the_loss_is_the_sum_of_its_components_and_falls():
    torch.manual_seed(0)
    model = CellsModel(SMALL)
    batch = _batch(model, synthetic_pairs(32))
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    totals = []
    for _ in range(12):
        components = model.loss(batch, model.Loss())
        total = components.pop("total")
        torch.testing.assert_close(total, torch.stack(list(components.values())).sum())
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        totals.append(float(total.detach()))
    assert totals[-1] < totals[0] - 5
    assert np.isfinite(totals).all()


def test_a_trained_efficiency_is_simulated():
    """Isolated tracks that are found with probability 0.7, and nothing else."""
    rng = np.random.default_rng(0)
    n, tracks = 256, 4
    pt = np.broadcast_to(np.array([40.0, 30, 20, 10]), (n, tracks))
    eta = rng.uniform(-1, 1, (n, 1)) + np.array([-0.2, 0.2, -0.2, 0.2])
    phi = rng.uniform(-np.pi, np.pi, (n, 1)) + np.array([-0.2, -0.2, 0.2, 0.2])
    pid = np.full((n, tracks), 211, np.int32)
    gen = Jets.from_constituents(momenta(pt, eta, phi), pid)
    found = rng.random((n, tracks)) < 0.7
    found[:, 0] |= ~found.any(1)
    torch.manual_seed(0)
    model = CellsModel(SMALL)
    # Tracks that kept their momentum to the last digit would have likelihoods without a bound.
    off = 0.05 * rng.normal(size=(3, n, tracks))
    reco = Jets.from_constituents(
        momenta(pt * np.exp(off[0]), eta + off[1] / 50, phi + off[2] / 50), pid, found
    )
    pairs = synthetic_pairs(n)
    pairs = type(pairs)(gen, reco, pairs.event, pairs.delta_r, pairs.n_vertices)
    batch = _batch(model, pairs)
    assert float(batch.tensors["track_found"][:, :tracks].mean()) == pytest.approx(found.mean())
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(150):
        loss = model.loss(batch, model.Loss())["total"]
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
    reco_constituents, _ = _simulate(model.eval(), gen)
    simulated = (reco_constituents != 0).any(-1).sum() / (n * tracks)
    assert simulated == pytest.approx(found.mean(), abs=0.06)


def test_log_prob_is_what_training_maximises(model):
    pairs = synthetic_pairs(7)
    with torch.no_grad():
        nll = model.nll(_batch(model, pairs))
    expected = -sum(values for name, values in nll.items() if name != "identity")
    found = model.log_prob(pairs, batch_size=3)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(model.log_prob(pairs[:0]), [])


def test_log_prob_carries_one_detector_to_another(model):
    """Jets weighted by the ratio of densities are those of a detector that finds other tracks."""
    n, tracks = 4000, 4
    rng = np.random.default_rng(1)
    eta = rng.uniform(-1, 1, (n, 1)) + np.array([-0.2, 0.2, -0.2, 0.2])
    phi = rng.uniform(-3, 3, (n, 1)) + np.array([-0.2, -0.2, 0.2, 0.2])
    pt = np.broadcast_to(np.array([40.0, 30, 20, 10]), (n, tracks))
    gen = Jets.from_constituents(momenta(pt, eta, phi), np.full((n, tracks), 211, np.int32))
    # Which track is whose is known: none is displaced, and there are no others.
    model = copy.deepcopy(model)
    with torch.no_grad():
        model.tracks.displaced.rest[-1].bias[0] -= 20
        model.extras.counts[0][-1].bias[0] += 20
    other = copy.deepcopy(model)
    with torch.no_grad():
        other.tracks.found.rest[-1].bias += 0.4

    def pairs_of(which):
        constituents, pid = _simulate(which, gen)
        reco = Jets.from_constituents(constituents, pid)
        pairs = synthetic_pairs(n)
        return replace(pairs, gen=gen, reco=reco, event=np.arange(n), columns={VERTEX_Z: np.zeros(n)})

    def found(pairs):
        return model.training_tensors(pairs)["track_found"].sum(1)

    one, two = pairs_of(model), pairs_of(other)
    weight = np.exp(other.log_prob(one) - model.log_prob(one))
    error = weight.std() / np.sqrt(n)
    assert 0.003 < error < 0.03
    assert weight.mean() == pytest.approx(1, abs=4 * error)
    carried = np.average(found(one), weights=weight)
    assert found(two).mean() > found(one).mean() + 0.2
    assert carried == pytest.approx(found(two).mean(), abs=0.08)
