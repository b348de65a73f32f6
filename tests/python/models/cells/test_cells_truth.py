"""Matching of reco to gen particles: hand-made jets, and plain NumPy on random ones."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from detectors import CMS_CONFIG
from synthetic import synthetic_pairs

from pyjetsim import _matching
from pyjetsim.errors import InputError
from pyjetsim.jets import VERTEX_Z, Jets, Pairs, delta_phi, gen_reco_delta_r, momenta
from pyjetsim.models.cells.truth import event_starts, truth_tensors

CONFIG = CMS_CONFIG
REACHES = ((0.026, 0.026), (0.07, 0.07))
VOTERS = ((0.8, 0.010, 0.010), (2.0, 0.05, 0.05))


def _jets(*jets, width=8):
    """Jets of (pt, eta, phi, pid)."""
    constituents, pid = np.zeros((len(jets), width, 3)), np.zeros((len(jets), width), np.int32)
    for i, jet in enumerate(jets):
        for j, (pt, eta, phi, particle) in enumerate(jet):
            constituents[i, j], pid[i, j] = momenta(*map(np.float64, (pt, eta, phi))), particle
    return Jets.from_constituents(constituents, pid)


def _pairs(gen, reco, event=None):
    event = np.arange(len(gen), dtype=np.int64) if event is None else np.asarray(event, np.int64)
    return Pairs(gen, reco, event, gen_reco_delta_r(gen, reco), np.full(len(gen), 51, np.int32))


def test_a_jet_that_is_all_matched():
    gen = _jets([(50, 0.5, 1.0, 211), (30, 0.6, 1.1, 22), (20, 0.4, 0.9, 130)])
    reco = _jets([(45, 0.5, 1.0, 211), (33, 0.6, 1.1, 22), (15, 0.4, 0.9, 130)])
    truth = truth_tensors(_pairs(gen, reco), CONFIG)
    assert truth["track_found"][0, :3].tolist() == [1, 0, 0]
    assert truth["candidate_hit"][0, :3].tolist() == [0, 1, 1]
    torch.testing.assert_close(truth["track_log_ratio"][0, 0], torch.tensor(np.log(0.9), dtype=torch.float32))
    energy = 33 * np.cosh(0.6)
    torch.testing.assert_close(torch.exp(truth["candidate_log_energy"][0, 1]), torch.tensor(energy).float())
    assert truth["extras_counts"].tolist() == [[0, 0, 0]]
    assert truth["track_found"].shape == (1, CONFIG.max_constituents)


def test_what_has_no_gen_particle_is_an_extra_by_class_and_pt():
    gen = _jets([(50, 0.5, 3.1, 211)])
    reco = _jets([(50, 0.5, 3.1, 211), (3, 0.7, -3.1, 22), (5, 0.3, 3.0, 22), (2, 0.2, 3.0, -211)])
    truth = truth_tensors(_pairs(gen, reco), CONFIG)
    assert truth["extras_counts"].tolist() == [[1, 2, 0]]
    photons = truth["extras_photons"][0]
    torch.testing.assert_close(torch.exp(photons[:2, 2]), torch.tensor([5.0, 3.0]))
    torch.testing.assert_close(photons[1, :2], torch.tensor([0.2, 2 * np.pi - 6.2]).float())
    assert photons[2:].abs().sum() == 0


def test_tracks_keep_their_identity_and_may_be_displaced():
    gen = _jets([(50, 0.5, 1.0, 211), (40, 0.5, 1.0, -211), (5, 0.2, 1.2, 2212), (4, 0.1, 1.3, 321)])
    reco = _jets([(50, 0.5, 1.0, -211), (5.5, 0.23, 1.23, 2212), (4, 0.25, 1.3, 321)])
    truth = truth_tensors(_pairs(gen, reco), CONFIG)
    # The first is another charge, the last too far.
    assert truth["track_found"][0, :4].tolist() == [0, 1, 1, 0]
    torch.testing.assert_close(truth["track_d_eta"][0, 2], torch.tensor(0.03))
    assert truth["extras_counts"].tolist() == [[1, 0, 0]]


def test_one_candidate_a_cell_held_by_its_most_energetic_particle():
    gen = _jets([(10, 0.0087, 0.009, 22), (20, 0.0085, 0.0085, 22), (5, 0.3, 0.3, 22)])
    reco = _jets([(30, 0.0087, 0.0088, 22), (1, 0.0087, 0.03, 22)])
    truth = truth_tensors(_pairs(gen, reco), CONFIG)
    # By falling pt the particle of 20 GeV comes first.
    assert truth["candidate_hit"][0, :3].tolist() == [1, 0, 0]
    assert truth["extras_counts"].tolist() == [[0, 1, 0]]


def test_a_hard_photon_across_an_edge_does_not_change_places_with_a_soft_one():
    # Cells of 0.0174: the hard one is measured in its neighbour's cell, where a soft one is.
    gen = _jets([(40, 0.0170, 0.009, 22), (1, 0.0200, 0.009, 22), (25, 0.3, 0.3, 22)])
    reco = _jets([(41, 0.0180, 0.009, 22), (25, 0.3, 0.3, 22)])
    truth = truth_tensors(_pairs(gen, reco), CONFIG)
    assert truth["candidate_hit"][0, :3].tolist() == [1, 1, 0]
    energy = torch.exp(truth["candidate_log_energy"][0, :2])
    torch.testing.assert_close(energy, torch.tensor([41 * np.cosh(0.018), 25 * np.cosh(0.3)]).float())


def test_a_photon_of_a_displaced_decay_is_matched_by_its_energy():
    gen = _jets([(40, 0.0087, 0.009, 22), (25, 0.3, 0.3, 22)])
    reco = _jets([(39, 0.06, 0.05, 22), (25, 0.3, 0.3, 22), (20, 0.35, 0.33, 22)])
    truth = truth_tensors(_pairs(gen, reco), CONFIG)
    assert truth["candidate_hit"][0, :2].tolist() == [1, 1]
    assert truth["extras_counts"].tolist() == [[0, 1, 0]]


def test_a_photon_of_another_energy_is_no_match():
    gen = _jets([(40, 0.0087, 0.009, 22), (25, 0.3, 0.3, 22)])
    reco = _jets([(25, 0.3, 0.3, 22), (2, 0.0087, 0.009, 22)])
    truth = truth_tensors(_pairs(gen, reco), CONFIG)
    assert truth["candidate_hit"][0, :2].tolist() == [0, 1]
    assert truth["extras_counts"].tolist() == [[0, 1, 0]]


@pytest.mark.parametrize("z", [-0.06, 0.0, 0.04])
def test_the_vertex_is_found_from_where_photons_arrive(z):
    rng = np.random.default_rng(3)
    eta, phi = rng.uniform(-0.8, 0.8, 12), rng.uniform(-0.4, 0.4, 12)
    at = np.arcsinh((z + 1.29 * np.sinh(eta)) / 1.29)
    pt = np.linspace(20, 3, 12)
    gen = _jets(*([[*zip(pt[i::2], eta[i::2], phi[i::2], [22] * 6, strict=True)] for i in (0, 1)]))
    reco = _jets(*([[*zip(pt[i::2], at[i::2], phi[i::2], [22] * 6, strict=True)] for i in (0, 1)]))
    together = truth_tensors(_pairs(gen, reco, [7, 7]), CONFIG)["vertex"]
    assert float(together[0]) == pytest.approx(z, abs=0.004)
    assert together[0] == together[1]
    swapped = truth_tensors(_pairs(gen[::-1], reco[::-1], [7, 7]), CONFIG)["vertex"]
    torch.testing.assert_close(swapped, together)


def test_a_vertex_that_the_file_knows_is_not_fitted():
    gen = _jets([(20.0, 0.1, 0.0, 22), (10.0, 0.3, 0.2, 22)], [(30.0, -0.5, 2.0, 22)])
    pairs = _pairs(gen, gen, [7, 7])
    known = replace(pairs, columns={VERTEX_Z: np.array([0.05, 0.05])})
    assert truth_tensors(known, CONFIG)["vertex"].tolist() == pytest.approx([0.05, 0.05])
    assert abs(float(truth_tensors(pairs, CONFIG)["vertex"][0])) < 0.02


def _random_sides(n=30, width=20, seed=0):
    """Tables for the compiled matching, crowded so that there is much to decide."""
    rng = np.random.default_rng(seed)
    sides = []
    for kinds in (5, 3):
        pid = rng.choice(np.array([211, -211], np.int32), (n, width))
        ecal, hcal = rng.integers(0, 12, (2, n, width))
        sides.append(
            {
                "count": rng.integers(0, width + 1, n).astype(np.int32),
                "pt": np.sort(rng.exponential(5, (n, width)))[:, ::-1].copy() + 0.3,
                "eta": rng.normal(0, 0.02, (n, width)),
                "phi": delta_phi(rng.normal(np.pi, 0.02, (n, width)), np.zeros(1)),
                "kind": rng.integers(0, kinds, (n, width)).astype(np.int8),
                "pid": pid,
                "ecal_cell": ecal,
                "hcal_cell": hcal,
            }
        )
    gen, reco = sides
    near = rng.random((n, width)) < 0.5
    for name in ("eta", "phi"):
        reco[name] = np.where(near, gen[name] + rng.normal(0, 1e-3, (n, width)), reco[name])
    reco["kind"] = np.where(near, np.minimum(gen["kind"], 2), reco["kind"]).astype(np.int8)
    reco["pid"] = np.where(near, gen["pid"], reco["pid"])
    gen["energy"] = rng.integers(1, 6, (n, width)).astype(float)  # with ties
    gen["calorimeter_eta"], gen["calorimeter_phi"] = gen["eta"] + 0.01, gen["phi"]
    return gen, reco


def _greedy(cost, gen_match, reco_match):
    """Smallest cost first; np.argmin takes the first of equals."""
    cost = cost.copy()
    while cost.size and np.isfinite(cost.min()):
        i, j = np.unravel_index(np.argmin(cost), cost.shape)
        if gen_match[i] < 0 and reco_match[j] < 0:
            gen_match[i], reco_match[j] = j, i
        cost[i, j] = np.inf


def _match_one(gen, reco):
    d_eta = gen["eta"][:, None] - reco["eta"]
    angle = np.hypot(d_eta, delta_phi(gen["phi"][:, None], reco["phi"]))
    log_pt = np.abs(np.log(reco["pt"] / gen["pt"][:, None]))
    charged = np.isin(gen["kind"], (0, 3, 4))[:, None] & (reco["kind"] == 0)
    same = charged & (gen["pid"][:, None] == reco["pid"])
    track, back = np.full(len(gen["pt"]), -1), np.full(len(reco["pt"]), -1)
    _greedy(np.where(same & (angle < 2e-3), angle, np.inf), track, back)
    late = same & (angle < 0.1) & (log_pt < 0.7)
    _greedy(np.where(late, angle / 0.03 + log_pt / 0.2, np.inf), track, back)
    answer = {"track": track}
    for name, cell, kinds, want, reach in (
        ("photon", "ecal_cell", (1, 3), 1, 0.026),
        ("neutral", "hcal_cell", (0, 2), 2, 0.07),
    ):
        enters = np.isin(gen["kind"], kinds)
        together = (gen[cell][:, None] == gen[cell]) & enters & enters[:, None]
        e, index = gen["energy"], np.arange(len(enters))
        beats = (e > e[:, None]) | ((e == e[:, None]) & (index < index[:, None]))
        leads = enters & ~(together & beats).any(1)
        match = np.full(len(enters), -1)
        here = gen[cell][:, None] == reco[cell]
        d_eta = np.abs(gen["calorimeter_eta"][:, None] - reco["eta"])
        d_phi = np.abs(delta_phi(gen["calorimeter_phi"][:, None], reco["phi"]))
        far = np.maximum(d_eta, d_phi)
        fits = leads[:, None] & (reco["kind"] == want) & (here | (far < reach))
        cost = np.where(here, 0.0, 1 + far)
        if name == "photon":
            untracked = (together * np.where(track < 0, e, 0)).sum(1)
            measured = reco["pt"] * np.cosh(reco["eta"])
            mismatch = np.abs(np.log((measured + 1) / (untracked[:, None] + 1)))
            near, late = here | (far < reach), (far < 0.1) & (mismatch < 0.25)
            fits = leads[:, None] & (reco["kind"] == want) & (mismatch < 1.2) & (near | late)
            cost = np.where(near, np.where(here, 0.0, 0.5 + far / reach), 3 + far / reach) + mismatch / 0.5
        _greedy(np.where(fits, cost, np.inf), match, back)
        answer |= {name: match, f"leads_{cell}": leads}
    return answer | {"reco": back}


@pytest.mark.parametrize("seed", range(5))
def test_matches_are_those_of_plain_numpy(seed):
    gen, reco = _random_sides(seed=seed)
    found = _matching.match_pairs(gen, reco, *REACHES)
    for jet in range(len(gen["count"])):
        n, m = gen["count"][jet], reco["count"][jet]
        one = {k: v[jet, :n] for k, v in gen.items() if k != "count"}
        expected = _match_one(one, {k: v[jet, :m] for k, v in reco.items() if k != "count"})
        for name, values in expected.items():
            size = m if name == "reco" else n
            np.testing.assert_array_equal(found[name][jet, :size], values, err_msg=f"{name} of jet {jet}")
            assert (found[name][jet, size:] <= 0).all()
    again = _matching.match_pairs(gen, reco, *REACHES)
    assert all((again[name] == found[name]).all() for name in found)


def _vertex(gen, reco, grid, spread):
    """One event by plain NumPy."""
    score = -0.15 * (grid / spread) ** 2
    for jet in range(len(gen["count"])):
        n, m = gen["count"][jet], reco["count"][jet]
        for a in range(n):
            photon = gen["kind"][jet, a] == 1
            if gen["kind"][jet, a] not in (1, 2) or gen["pt"][jet, a] <= (0.8 if photon else 2):
                continue
            b = np.flatnonzero(reco["kind"][jet, :m] == gen["kind"][jet, a])
            if not len(b):
                continue
            window = 0.010 if photon else 0.05
            slope = np.sinh(gen["eta"][jet, a])
            hit = grid + 1.29 * slope
            end = np.copysign(3.0, slope)
            at = np.where(np.abs(hit) <= 3, np.arcsinh(hit / 1.29), np.arcsinh(end * slope / (end - grid)))
            d_eta = (at[:, None] - reco["eta"][jet, b]) / window
            d_phi = delta_phi(reco["phi"][jet, b], gen["phi"][jet, a]) / window
            pull = np.log(reco["pt"][jet, b] / gen["pt"][jet, a]) / 0.6 if photon else np.zeros(len(b))
            seen = (np.abs(d_eta) < 2) & (np.abs(d_phi) <= 2) & (pull**2 <= 12)
            each = np.where(seen, np.exp(-0.5 * (d_eta**4 + d_phi**4 + pull**2)), 0)
            score = score + (1 if photon else 0.5) * each.max(1)
    weight = np.exp(3 * (score - score.max()))
    weight /= weight.sum()
    mean = (weight * grid).sum()
    return mean, np.sqrt((weight * (grid - mean) ** 2).sum())


@pytest.mark.parametrize("eta", [0.0, 1.6, -2.4])
def test_vertices_are_those_of_plain_numpy(eta):
    gen, reco = _random_sides(seed=11)
    gen["eta"], reco["eta"] = gen["eta"] + eta, reco["eta"] + eta
    grid = np.linspace(-0.2, 0.2, 201)
    starts = np.array([0, 1, 4, 30])
    z, width = _matching.fit_vertices(starts, gen, reco, 1.29, 3.0, grid, 0.053, *VOTERS)
    for first, last in pairwise(starts):
        sides = [{k: v[first:last] for k, v in side.items()} for side in (gen, reco)]
        mean, spread = _vertex(*sides, grid, 0.053)
        np.testing.assert_allclose(z[first:last], mean, atol=1e-12)
        np.testing.assert_allclose(width[first:last], spread, atol=1e-12)


def test_the_compiled_matching_refuses_wrong_shapes():
    gen, reco = _random_sides()
    grid = np.linspace(-0.1, 0.1, 3)
    for side, name in ((gen, "eta"), (gen, "ecal_cell"), (reco, "pid"), (reco, "kind")):
        wrong = {**side, name: side[name][:, :-1]}
        arguments = (wrong, reco) if side is gen else (gen, wrong)
        with pytest.raises(ValueError, match="shape"):
            _matching.match_pairs(*arguments, *REACHES)
    with pytest.raises(ValueError, match="count"):
        _matching.match_pairs({**gen, "count": gen["count"] + 21}, reco, *REACHES)
    with pytest.raises(ValueError, match="as many jets"):
        _matching.match_pairs(gen, {k: v[:-1] for k, v in reco.items()}, *REACHES)
    for starts in ([0, 5], [1, 30], [0, 20, 10, 30], []):
        with pytest.raises(ValueError, match="starts"):
            _matching.fit_vertices(np.array(starts, np.int64), gen, reco, 1.29, 3.0, grid, 0.053, *VOTERS)
    with pytest.raises(ValueError, match="cylinder"):
        _matching.fit_vertices(np.array([0, 30]), gen, reco, 1.29, 0.1, grid, 0.053, *VOTERS)


def test_events_begin_where_their_number_changes():
    assert event_starts(np.array([4, 4, 9, 1, 1])).tolist() == [0, 2, 3, 5]
    assert event_starts(np.array([], np.int64)).tolist() == [0]
    with pytest.raises(InputError, match="event 4 lie apart"):
        event_starts(np.array([4, 9, 4]))


def test_pairs_that_teach_nothing_are_refused():
    pairs = synthetic_pairs(4)
    no_ids = Jets(pairs.gen.constituents, pairs.gen.pid * 0, pairs.gen.n_constituents, pairs.gen.jet)
    with pytest.raises(InputError, match="pid of constituent 0 of gen jet 0"):
        truth_tensors(replace(pairs, gen=no_ids), CONFIG)
    broken = pairs.reco.constituents.copy()
    broken[2, 1, 0] = np.nan
    reco = Jets(broken, pairs.reco.pid, pairs.reco.n_constituents, pairs.reco.jet)
    with pytest.raises(InputError, match="reco jet 2 has momenta"):
        truth_tensors(replace(pairs, reco=reco), CONFIG)


@pytest.mark.parametrize("n", [0, 1, 6])
def test_any_number_of_pairs_and_shorter_gen(n):
    truth = truth_tensors(synthetic_pairs(n), CONFIG.model_copy(update={"max_constituents": 30}))
    assert all(len(tensor) == n and torch.isfinite(tensor).all() for tensor in truth.values())
    assert truth["candidate_hit"].shape == (n, 30)
