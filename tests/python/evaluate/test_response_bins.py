"""Responses in bins: a known smearing is found again, and chance is told from error."""

import numpy as np
import pytest

from pyjetsim.evaluate.metrics.response_bins import (
    FEW,
    QUANTITIES,
    Largest,
    Moments,
    Passages,
    compare_responses,
)
from pyjetsim.jets import Jets


def jets(pt, eta, phi, mass, count):
    n = len(pt)
    none = np.zeros((n, 0, 3), np.float32), np.zeros((n, 0), np.int32)
    return Jets(*none, count.astype(np.int32), np.column_stack([pt, eta, phi, mass]).astype(np.float32))


def passages(width=0.1, mean=1.0, shift=0.01, n=6000, seed=1):
    """The same gen jets whatever the seed; the passage is another."""
    rng = np.random.default_rng(0)
    pt, eta, phi = rng.uniform(200, 300, n), rng.uniform(-1, 1, n), rng.uniform(-np.pi, np.pi, n)
    mass, count = rng.uniform(10, 100, n), rng.integers(20, 60, n)
    gen = jets(pt, eta, phi, mass, count)
    rng = np.random.default_rng(seed)
    response = rng.normal(mean, width, (2, n))
    reco = jets(
        pt * response[0],
        eta + rng.normal(0, shift, n),
        phi + rng.normal(0, shift, n),
        mass * response[1],
        np.round(count * rng.normal(0.9, 0.1, n)),
    )
    found = Passages(gen_pt_min=200, gen_eta_max=2.5)
    for part in np.array_split(np.arange(n), 3):
        found.add(gen[part], reco[part], part // 2)
    return found


def rows_of(result, quantity):
    return [row for row in result.rows if row.quantity == quantity]


def test_a_known_smearing_is_found_in_every_bin():
    result = compare_responses(passages(), passages(width=0.12, mean=1.03, shift=0.015, seed=2))
    assert {row.axis for row in result.rows} == {"pt", "abs_eta", "mass"}
    for quantity, ratio in (("pt", 1.2), ("mass", 1.2), ("deta", 1.5), ("dphi", 1.5)):
        rows = [row for row in rows_of(result, quantity) if not row.few]
        assert len(rows) > 5
        for row in rows:
            for name in ("width", "std"):
                assert getattr(row, f"{name}_ratio") == pytest.approx(
                    ratio, abs=4 * getattr(row, f"{name}_ratio_error")
                )
    for row in rows_of(result, "pt"):
        assert row.target.width == pytest.approx(0.1, rel=0.15)
        assert row.mean_difference == pytest.approx(0.03, abs=4 * row.mean_difference_error)
    assert 0.4 < result.errors["width"].value < 0.8
    assert 0.02 < result.errors["mean"].value < 0.05


def test_a_perfect_simulation_errs_as_chance_does():
    result = compare_responses(passages(seed=1), passages(seed=2))
    for name in ("mean", "width", "std"):
        error = result.errors[name]
        assert 0.3 * error.noise < error.value < 2.5 * error.noise, name
    same = compare_responses(passages(), passages())
    assert all(error.value == 0 and error.noise == 0 for error in same.errors.values())


def test_uncertainties_are_the_scatter():
    target = passages(n=1200)
    found = [compare_responses(target, passages(n=1200, seed=seed)) for seed in range(10, 40)]
    rows = [next(r for r in rows_of(one, "pt") if r.axis == "pt") for one in found]
    told = np.mean([row.mean_difference_error for row in rows])
    # The target's own share, equal on both sides, does not scatter here.
    assert np.std([row.mean_difference for row in rows]) * np.sqrt(2) == pytest.approx(told, rel=0.35)


def test_thin_bins_are_flagged_and_do_not_count():
    few = compare_responses(passages(n=600), passages(n=600, mean=1.2))
    for row in few.rows:
        assert row.few == (min(row.n.values()) < FEW)
    assert any(row.few for row in few.rows)
    none = compare_responses(passages(n=90), passages(n=90))
    assert none.rows
    assert none.errors["mean"] == Largest(None, None)
    empty = Passages(200, 2.5)
    assert compare_responses(empty, empty).rows == []


def test_moments_with_repetitions_are_those_of_the_repeated_values():
    rng = np.random.default_rng(3)
    values, times = rng.normal(size=400), rng.integers(0, 4, (400, 1)).astype(np.int8)
    moments, repeated = Moments.of(values, times), np.repeat(values, times[:, 0])
    low, high = np.quantile(repeated, [0.158655, 0.841345], method="inverted_cdf")
    assert moments.mean[1] == pytest.approx(repeated.mean())
    assert moments.std[1] == pytest.approx(repeated.std())
    assert moments.width[1] == pytest.approx((high - low) / 2)


def test_what_is_cut_and_what_has_no_meaning():
    pt, one = np.array([250.0, 150, 250, 250, 300]), np.ones(5)
    eta, mass = np.array([0, 0, 2.7, 0, 0.0]), np.array([20.0, 20, 20, 5, 20])
    gen = jets(pt, eta, 3.1 * one, mass, 30 * one)
    reco = jets(pt * [1.1, 1, 1, 1, 0], eta, -3.1 * one, mass * 2, 15 * one)
    found = Passages(gen_pt_min=200, gen_eta_max=2.5)
    found.add(gen, reco, np.arange(5))
    assert found.event.tolist() == [0, 3, 4]
    assert found.response("pt") == pytest.approx([1.1, 1, 0], rel=1e-6)
    # Gen mass of 5 GeV, and a reco jet without constituents.
    assert np.isnan(found.response("mass")).tolist() == [False, True, False]
    assert np.isnan(found.response("dphi")).tolist() == [False, False, True]
    assert found.response("dphi")[0] == pytest.approx(2 * np.pi - 6.2, abs=1e-5)
    assert found.response("multiplicity") == pytest.approx(0.5, abs=0.5 / 30)
    assert all(len(found.response(of)) == 3 for of in QUANTITIES)
