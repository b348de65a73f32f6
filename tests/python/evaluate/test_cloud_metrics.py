"""Metrics of clouds: by hand, by brute force, and against the JetNet package where it is installed."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from cloud_files import synthetic_clouds, write_clouds
from scipy import optimize

from pyjetsim.evaluate import evaluate
from pyjetsim.evaluate.clouds import CloudsView
from pyjetsim.evaluate.metrics.base import Context
from pyjetsim.evaluate.metrics.clouds import (
    CloudMetrics,
    coverage_and_mmd,
    energy_flow_polynomials,
    energy_movers_distances,
    w1efp,
    w1m,
    w1p,
)
from pyjetsim.io.objects import Objects

pytestmark = pytest.mark.usefixtures("unrendered_module")

# Edges of the five graphs of four vertices and four edges, in the order of the result, and of some others.
GRAPHS = {
    0: [(0, 1), (0, 1), (1, 2), (2, 3)],
    1: [(0, 1), (1, 2), (1, 2), (2, 3)],
    2: [(0, 1), (0, 1), (0, 2), (0, 3)],
    3: [(0, 1), (1, 2), (2, 3), (3, 0)],
    4: [(0, 1), (1, 2), (2, 0), (0, 3)],
    5: [(0, 1)] * 4,
    6: [(0, 1)] * 3 + [(1, 2)],
    7: [(0, 1), (0, 1), (1, 2), (1, 2)],
    8: [(0, 1), (0, 1), (1, 2), (2, 0)],
    9: [(0, 1), (1, 2), (2, 3), (3, 4)],
    10: [(0, 1), (0, 2), (0, 3), (3, 4)],
    11: [(0, 1), (0, 2), (0, 3), (0, 4)],
    12: [],
    13: [(0, 1)],
    14: [(0, 1), (0, 1)],
    15: [(0, 1), (1, 2)],
    18: [(0, 1), (1, 2), (2, 0)],
    20: [(0, 1), (0, 2), (0, 3)],
}


def by_brute_force(cloud: np.ndarray, edges: list[tuple[int, int]]) -> float:
    n = 1 + max((vertex for edge in edges for vertex in edge), default=0)
    total = 0.0
    for chosen in product(range(len(cloud)), repeat=n):
        angles = [np.hypot(*(cloud[chosen[a], :2] - cloud[chosen[b], :2])) for a, b in edges]
        total += np.prod(cloud[list(chosen), 2]) * np.prod(angles)
    return total


def test_polynomials_are_sums_over_particles() -> None:
    cloud = synthetic_clouds(1, 3).reco["particles"][0, :4].astype(np.float64)
    found = energy_flow_polynomials(cloud[None])[0]
    assert found.shape == (36,)
    for place, edges in GRAPHS.items():
        assert found[place] == pytest.approx(by_brute_force(cloud, edges), rel=1e-9), place
    # All others are products of these, of up to four edges together.
    known = sorted(found[list(range(12)) + list(range(13, 21))])
    assert len(known) == 20
    one, double, path = found[13:16]
    rest = [one**2, one * double, one * path, one**3, one**4, double**2, double * path, path**2]
    rest += [one**2 * double, one**2 * path, *(one * found[16:21])]
    np.testing.assert_allclose(np.sort(found[21:]), np.sort(rest), rtol=1e-12)


def test_padding_changes_nothing() -> None:
    clouds = synthetic_clouds(20, 1).reco["particles"]
    padded = np.concatenate([clouds, np.zeros((20, 5, 3), np.float32)], axis=1)
    np.testing.assert_allclose(energy_flow_polynomials(padded), energy_flow_polynomials(clouds), rtol=1e-9)
    assert w1m(clouds, padded) < 1e-9
    assert w1p(clouds, padded).tolist() == [0, 0, 0]


def test_a_sample_without_particles_is_infinitely_far() -> None:
    clouds = synthetic_clouds(20, 1).reco["particles"]
    assert np.isinf(w1p(clouds, np.zeros_like(clouds))).all()


def test_numbers_are_those_of_jetnet(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = pytest.importorskip("jetnet.evaluation.gen_metrics", reason="jetnet is not installed")

    class InOrder:
        def choice(self, n: int, size: int) -> np.ndarray:
            return np.arange(size)

    monkeypatch.setattr(metrics, "rng", InOrder())
    first, second = (synthetic_clouds(200, seed).reco["particles"] for seed in (1, 2))
    same = {"num_eval_samples": 200, "num_batches": 2}
    monkeypatch.setattr(metrics.warnings, "warn", lambda *told, **more: None)  # that 200 are not 50,000
    assert w1m(first, second) == pytest.approx(metrics.w1m(first, second, **same)[0], rel=1e-4)
    expected = metrics.w1p(first, second, **same)[0]
    np.testing.assert_allclose(w1p(first, second), expected, rtol=1e-5)
    expected = metrics.w1efp(first, second, efp_jobs=1, **same)[0]
    ours = [energy_flow_polynomials(clouds) for clouds in (first, second)]
    np.testing.assert_allclose(np.sort(w1efp(*ours)), np.sort(expected), rtol=1e-4)
    theirs = metrics.get_fpd_kpd_jet_features(first, efp_jobs=1)
    scale = theirs.max(0).max()
    np.testing.assert_allclose(np.sort(ours[0] / scale), np.sort(theirs / scale), rtol=1e-5, atol=1e-12)


def test_energy_movers_distance_is_the_least_cost() -> None:
    pytest.importorskip("ot", reason="POT is not installed")
    first, second = (synthetic_clouds(3, seed).reco["particles"][:, :5] for seed in (1, 2))
    first[0, 4:] = 0
    found = energy_movers_distances(first, second)
    for i, j in product(range(3), repeat=2):
        one, other = first[i].astype(np.float64), second[j].astype(np.float64)
        cost = np.hypot(*(one[:, None, :2] - other[None, :, :2]).transpose(2, 0, 1))
        # All of the lighter one is moved, into or out of no more than there is.
        rows = [np.kron(np.eye(5), np.ones(5)), np.kron(np.ones(5), np.eye(5))]
        result = optimize.linprog(
            cost.ravel(),
            A_ub=np.concatenate(rows),
            b_ub=np.concatenate([one[:, 2], other[:, 2]]),
            A_eq=np.ones((1, 25)),
            b_eq=[min(one[:, 2].sum(), other[:, 2].sum())],
        )
        expected = result.fun + abs(one[:, 2].sum() - other[:, 2].sum())
        assert found[i, j] == pytest.approx(expected, rel=1e-6)


def test_coverage_and_matching_by_hand() -> None:
    # Two of three generated clouds are nearest to target 0, one to target 2; 1 is nobody's.
    distances = np.array([[1.0, 4, 3], [2, 3, 5], [6, 7, 1]])
    assert coverage_and_mmd(distances) == pytest.approx((2 / 3, (1 + 3 + 1) / 3))


def context(metric_parts: dict[str, list[Objects]]) -> tuple[CloudMetrics, Context]:
    view = CloudsView()
    metric, samples = CloudMetrics(view), {}
    for name, parts in metric_parts.items():
        collector = view.collector()
        for part in parts:
            metric.add(name, part)
            collector.add(part.reco, part.event)
        samples[name] = collector.sample()
    return metric, Context(view, samples, samples, ("distances",))


def test_parts_that_are_merged_are_the_whole() -> None:
    parts = [synthetic_clouds(120, seed) for seed in (1, 2)]
    parts[1] = Objects(parts[1].gen, parts[1].reco, parts[1].event + 1000)
    whole, of = context({"target": parts, "prediction": parts})
    first, second = (context({"target": [part], "prediction": [part]})[0] for part in parts)
    first.merge(second)
    found, merged = whole.result(of), first.result(of)
    assert found is not None
    assert merged is not None
    assert merged.to_json() == found.to_json()
    # The same clouds on both sides are as far from the target as its own other half.
    for score in whole.scores(found, "prediction"):
        assert score.value == score.floor
    assert {score.name for score in whole.scores(found, "prediction") if score.value is not None} == {
        "w1m", "w1p", "w1efp",
    }  # fmt: skip


def test_a_report_tells_good_clouds_from_bad_ones(tmp_path, monkeypatch) -> None:
    # At JetNet's 10 times 100 x 100 clouds their energy mover's distances alone take minutes.
    monkeypatch.setattr("pyjetsim.evaluate.metrics.clouds.MATCHED", 10)
    monkeypatch.setattr("pyjetsim.evaluate.metrics.clouds.MATCHED_BATCHES", 3)
    target = write_clouds(tmp_path / "target.h5", synthetic_clouds(1500, 1))
    good, bad = synthetic_clouds(1500, 2), synthetic_clouds(1500, 3)
    particles = bad.reco["particles"] * np.array([1.5, 1.5, 1], np.float32)
    bad = Objects(bad.gen, {**bad.reco, "particles": particles}, bad.event)
    reports = {
        name: evaluate(
            target, write_clouds(tmp_path / f"{name}.h5", clouds), tmp_path / name, skip=("trees", "sets")
        )
        for name, clouds in (("good", good), ("bad", bad))
    }
    scores = {name: report["scores"] for name, report in reports.items()}
    assert set(reports["good"]["clouds"]["classes"]) == {"gluon", "light_quark", "top"}
    for name in ("w1m", "w1efp", "fpd"):
        floor = scores["good"]["floors"][name]
        assert scores["bad"]["values"][name] > 3 * max(floor, scores["good"]["values"][name])
    page = (tmp_path / "good" / "index.html").read_text()
    for figure in ("cloud_masses", "cloud_particles", "cloud_correlations_top"):
        assert f'id="{figure}"' in page
