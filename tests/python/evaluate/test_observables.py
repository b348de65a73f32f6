import numpy as np
import pytest

from pyjetsim.evaluate.metrics.classifiers.pairs import PairCollector, pair_features
from pyjetsim.evaluate.observables.classes import members
from pyjetsim.evaluate.observables.table import KINEMATIC, OBSERVABLES, momentum_flow, observables
from pyjetsim.evaluate.samples import JetCollector
from pyjetsim.jets import Jets
from pyjetsim.jets.selection import SELECTIONS


def jets_from(*constituents):
    """One jet from (pt, eta, phi) triples."""
    pt, eta, phi = np.array(constituents, float).T
    return Jets.from_constituents(np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], -1)[None])


def test_flows_of_a_hand_made_jet():
    # Symmetric about (0.3, 0.1), so the axis stays there; ΔR 0, 0.1, 0.2, 0.3, 0.45 and one outside.
    jet = jets_from(
        (100, 0.3, 0.1),
        (20, 0.3, 0.2), (20, 0.3, 0.0),
        (10, 0.3, 0.3), (10, 0.3, -0.1),
        (5, 0.3, 0.4), (5, 0.3, -0.2),
        (2, 0.3, 0.55), (2, 0.3, -0.35),
        (1, 0.3, 0.7), (1, 0.3, -0.5),
    )  # fmt: skip
    pt = 100 + 40 * np.cos(0.1) + 20 * np.cos(0.2) + 10 * np.cos(0.3) + 4 * np.cos(0.45) + 2 * np.cos(0.6)
    flows = [float(momentum_flow(jet, n)[0]) for n in (1, 2, 3, 4)]
    assert flows == pytest.approx(np.array([140, 20, 10, 4]) / pt, rel=1e-5)


def test_a_narrow_jet_has_all_its_pt_in_the_first_flow():
    jet = jets_from((80, -1.2, 3.14), (60, -1.2, -3.14), (0.5, -1.21, 3.13))
    flows = [OBSERVABLES[f"flow{n}"].of(jet)[0] for n in (1, 2, 3, 4)]
    assert flows[0] == pytest.approx(1, abs=1e-4)
    assert flows[1:] == [0, 0, 0]


def test_flows_divide_the_radius_of_the_jets(make_pairs):
    jet = jets_from((100, 0.3, 0.1), (20, 0.3, 0.25), (20, 0.3, -0.05))
    narrow = [float(momentum_flow(jet, n, 0.4)[0]) for n in (1, 2, 3, 4)]
    assert [share > 0 for share in narrow] == [True, True, False, False]
    wide = [float(observables(0.8)[f"flow{n}"].of(jet)[0]) for n in (1, 2, 3, 4)]
    assert wide == pytest.approx([sum(narrow), 0, 0, 0])
    assert observables(0.5) is OBSERVABLES
    # The classifiers' features and the distances take them as well.
    pairs = make_pairs(60, 1)
    selection = SELECTIONS["all"]
    features, values = {}, {}
    for radius in (0.5, 0.8):
        kept = PairCollector(selection, radius=radius)
        kept.add(pairs.gen, pairs.reco, pairs.event)
        features[radius] = pair_features(kept.pairs()[np.arange(20)])
        sample = JetCollector(selection, selection, radius=radius)
        sample.add(pairs.reco, pairs.event)
        values[radius] = sample.sample().values("flow1")
    assert not np.allclose(features[0.5], features[0.8])
    assert (values[0.8] >= values[0.5]).all()
    assert (values[0.8] > values[0.5]).any()


def test_flows_add_up_to_the_pt_inside_the_cone(make_pairs):
    jets = make_pairs(400, 3).reco
    total = sum(momentum_flow(jets, n) for n in (1, 2, 3, 4))
    scalar = np.hypot(jets.constituents[..., 0], jets.constituents[..., 1]).sum(axis=1)
    # The synthetic constituents lie within 0.45 of the axis, give or take its own shift.
    assert (total <= scalar / jets.pt + 1e-6).all()
    assert np.median(total) > 0.98


def test_jet_level_values_agree_with_the_sum_of_constituents(make_pairs):
    jets = make_pairs(200, 5).reco
    total = jets.constituents.astype(np.float64).sum(axis=1)
    energy = np.linalg.norm(jets.constituents.astype(np.float64), axis=-1).sum(axis=1)
    for axis, name in enumerate(("px", "py", "pz")):
        assert OBSERVABLES[name].of(jets) == pytest.approx(total[:, axis], rel=1e-4, abs=2e-2)
    assert OBSERVABLES["energy"].of(jets) == pytest.approx(energy, rel=1e-4)


def test_every_observable_has_one_value_a_jet_or_a_constituent(make_pairs):
    jets = SELECTIONS["paper"].constituents(make_pairs(50, 1).reco)
    for name, observable in OBSERVABLES.items():
        values = observable.of(jets)
        expected = 50 if observable.level == "jet" else int(members(jets, observable.of_class).sum())
        assert values.shape == (expected,), name
        assert np.isfinite(values).all(), name
        assert values.dtype == np.float64, name
    assert set(KINEMATIC) < set(OBSERVABLES)


def test_a_jet_without_constituents_is_finite():
    empty = Jets.from_constituents(np.zeros((2, 5, 3)))
    for name, observable in OBSERVABLES.items():
        values = observable.of(empty)
        assert values.tolist() == ([0, 0] if observable.level == "jet" else []), name
