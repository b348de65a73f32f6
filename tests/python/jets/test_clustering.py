"""Clustering and matching against FastJet's own objects and by hand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import fastjet
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pyjetsim.errors import ExtensionError, InputError
from pyjetsim.jets import Jets
from pyjetsim.jets.clustering import (
    FASTJET_VERSION,
    INVISIBLE,
    cluster,
    in_acceptance,
    match_nearest,
    visible,
)
from pyjetsim.jets.fastjet_library import load_clustering


def particles(
    n_events: int, per_event: int, seed: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Momenta (M, 3), offsets, pid, mass: two bunches an event and soft particles around."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(per_event, n_events)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    total = offsets[-1]
    bunch = rng.integers(0, 3, total)
    pt = np.where(bunch == 0, rng.exponential(0.7, total), rng.exponential(15.0, total))
    eta = np.where(bunch == 0, rng.uniform(-3, 3, total), rng.normal(bunch - 1.5, 0.15, total))
    phi = np.where(bunch == 0, rng.uniform(-np.pi, np.pi, total), rng.normal(3.1 * (bunch - 1), 0.15, total))
    momenta = np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=1)
    return momenta, offsets, rng.choice([211, 22, 130], total), rng.choice([0.0, 0.14, 0.5], total)


def swig_jets(momenta: np.ndarray, mass: np.ndarray, pt_min: float, radius: float) -> list[fastjet.PseudoJet]:
    energy = np.sqrt((momenta**2).sum(axis=1) + mass**2)
    inputs = []
    for index, values in enumerate(np.column_stack([momenta, energy]).tolist()):
        inputs.append(fastjet.PseudoJet(*values))
        inputs[-1].set_user_index(index)
    sequence = fastjet.ClusterSequence(inputs, fastjet.JetDefinition(fastjet.antikt_algorithm, radius))
    return [
        (jet.perp(), jet.eta(), jet.phi_std(), jet.m(), {c.user_index() for c in jet.constituents()})
        for jet in fastjet.sorted_by_pt(sequence.inclusive_jets(pt_min))
    ]


@pytest.mark.parametrize("radius", [0.5, 0.8])
def test_jets_equal_fastjet_event_by_event(radius: float) -> None:
    momenta, offsets, pid, mass = particles(12, 60)
    jets, event = cluster(momenta, offsets, pid, mass, pt_min=20, radius=radius, max_constituents=200)
    row = 0
    for index in range(12):
        inside = slice(offsets[index], offsets[index + 1])
        for pt, eta, phi, m, members in swig_jets(momenta[inside], mass[inside], 20, radius):
            assert event[row] == index
            assert_allclose(jets.jet[row], [pt, eta, phi, m], rtol=1e-5, atol=1e-5)
            assert jets.n_constituents[row] == len(members)
            rows = momenta[inside][sorted(members)].astype(np.float32)
            expected = rows[np.argsort(-np.hypot(rows[:, 0], rows[:, 1]), kind="stable")]
            assert_array_equal(jets.constituents[row, : len(members)], expected)
            assert not jets.constituents[row, len(members) :].any()
            row += 1
    assert row == len(jets) > 20


def test_massless_jets_agree_with_their_constituents() -> None:
    momenta, offsets, pid, _ = particles(5, 50)
    jets, _ = cluster(momenta, offsets, pid, pt_min=20, max_constituents=200)
    again = Jets.from_constituents(jets.constituents, jets.pid)
    assert_allclose(again.jet, jets.jet, rtol=1e-4, atol=1e-3)
    assert_array_equal(again.n_constituents, jets.n_constituents)
    assert_array_equal(again.pid, jets.pid)


def test_the_largest_radius_makes_one_jet_of_all() -> None:
    random = np.random.default_rng(5)
    # Along the beam, too, where rapidity has no end.
    momenta = np.concatenate([random.normal(0, 20, (30, 3)), [[0, 0, 50], [0, 0, -80]]])
    mass = random.uniform(0, 1, 32)
    jets, event = cluster(momenta, [0, 32], None, mass, pt_min=0, radius=1000)
    assert (event.tolist(), jets.n_constituents.tolist()) == ([0], [32])
    energy = np.sqrt((momenta**2).sum(axis=1) + mass**2).sum()
    px, py, pz = momenta.sum(axis=0)
    pt = np.hypot(px, py)
    wanted = [pt, np.arcsinh(pz / pt), np.arctan2(py, px), np.sqrt(energy**2 - pt**2 - pz**2)]
    np.testing.assert_allclose(jets.jet[0], wanted, rtol=1e-6)


def test_truncation_keeps_the_hardest_and_describes_the_whole_jet() -> None:
    momenta, offsets, pid, mass = particles(6, 80)
    whole, _ = cluster(momenta, offsets, pid, mass, pt_min=20, max_constituents=200)
    cut, _ = cluster(momenta, offsets, pid, mass, pt_min=20, max_constituents=5)
    assert (whole.n_constituents > 5).all()
    assert_array_equal(cut.jet, whole.jet)
    assert_array_equal(cut.n_constituents, whole.n_constituents)
    assert_array_equal(cut.constituents, whole.constituents[:, :5])
    assert_array_equal(cut.pid, whole.pid[:, :5])


def test_cuts_on_pt_and_eta() -> None:
    momenta, offsets, pid, mass = particles(20, 50)
    all_jets, _ = cluster(momenta, offsets, pid, mass, pt_min=20)
    some, _ = cluster(momenta, offsets, pid, mass, pt_min=60, eta_max=0.5)
    expected = (all_jets.pt > 60) & (np.abs(all_jets.eta) < 0.5)
    assert 0 < len(some) == expected.sum() < len(all_jets)
    assert_array_equal(some.jet, all_jets.jet[expected])


def test_events_are_independent_of_their_batch() -> None:
    momenta, offsets, pid, mass = particles(4, 50)
    together, event = cluster(momenta, offsets, pid, mass, pt_min=20)
    inside = slice(offsets[2], offsets[3])
    count = offsets[3] - offsets[2]
    alone, _ = cluster(momenta[inside], np.array([0, count]), pid[inside], mass[inside], pt_min=20)
    assert_array_equal(alone.jet, together.jet[event == 2])
    assert_array_equal(alone.constituents, together.constituents[event == 2])


@pytest.mark.parametrize("offsets", [[], [0], [0, 0], [0, 0, 0]])
def test_empty_events_give_no_jets(offsets: list[int]) -> None:
    jets, event = cluster(np.zeros((0, 3)), np.array(offsets, np.int64), pt_min=20)
    assert jets.constituents.shape == (0, 80, 3)
    assert len(event) == 0


def test_empty_events_between_others_keep_the_numbering() -> None:
    jets, event = cluster(np.array([[50.0, 0, 0], [0, 60.0, 0]]), np.array([0, 0, 1, 1, 2]), pt_min=20)
    assert_array_equal(event, [1, 3])
    assert_allclose(jets.jet, [[50, 0, 0, 0], [60, 0, np.pi / 2, 0]], atol=1e-6)


def test_particles_at_rest_are_no_constituents() -> None:
    # The third is at rest in float32, in which its row is stored.
    momenta = np.array([[50.0, 0, 1.0], [0, 0, 0], [1e-60, 0, 0]])
    mass = np.array([0.1, 100.0, 100.0])
    jets, _ = cluster(momenta, np.array([0, 3]), mass=mass, pt_min=20)
    assert_array_equal(jets.n_constituents, [1])
    alone, _ = cluster(momenta[:1], np.array([0, 1]), mass=mass[:1], pt_min=20)
    assert_array_equal(jets.jet, alone.jet)


def test_views_and_other_dtypes_give_the_same_jets() -> None:
    momenta, offsets, pid, mass = particles(6, 50)
    momenta = momenta.astype(np.float32)
    jets, event = cluster(momenta.astype(np.float64), offsets, pid, mass, pt_min=20)
    others, other_event = cluster(
        np.asfortranarray(momenta),
        offsets.astype(np.uint32),
        np.repeat(pid, 2)[::2],
        mass,
        pt_min=20,
    )
    for name in ("constituents", "pid", "n_constituents", "jet"):
        assert_array_equal(getattr(jets, name), getattr(others, name))
    assert_array_equal(event, other_event)
    whole = match_nearest(jets, event, others, other_event)
    assert_array_equal(whole, np.arange(len(jets)))
    assert_array_equal(match_nearest(jets, event.astype(np.int32), others, event.astype(np.uint16)), whole)


@pytest.mark.parametrize(
    ("bad", "told"),
    [(np.nan, "nan, no finite number"), (-np.inf, "-inf, no finite number"), (1e39, "1e+39 GeV")],
)
def test_values_that_no_jet_can_hold_are_named(bad: float, told: str) -> None:
    momenta = np.ones((5, 3))
    momenta[3, 1] = bad
    with pytest.raises(InputError, match=rf"^py of particle 1 of event 1 is {re.escape(told)} \("):
        cluster(momenta, np.array([0, 2, 5]), pt_min=20)
    with pytest.raises(InputError, match=rf"^the mass of particle 2 of event 0 is {re.escape(told)} \("):
        cluster(np.ones((5, 3)), np.array([0, 5]), mass=np.array([0, 0, bad, 0, 0]), pt_min=20)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"momenta": np.ones((5, 4))}, r"momenta have shape \(5, 4\)"),
        ({"offsets": np.array([0, 4])}, "offsets do not divide 5"),
        ({"offsets": np.array([0, 4, 2, 5])}, "offsets do not divide 5"),
        ({"offsets": np.array([], int)}, "offsets do not divide 5"),
        ({"pid": np.ones(4, int)}, r"pid has shape \(4,\)"),
        ({"mass": np.ones(6)}, r"mass has shape \(6,\)"),
        ({"radius": 0.0}, "radius is 0"),
        ({"radius": 1001.0}, "radius is 1001"),
        ({"radius": np.nan}, "radius is nan"),
        ({"pt_min": np.nan}, "pt_min is nan"),
        ({"eta_max": np.nan}, "eta_max nan"),
        ({"max_constituents": 0}, "max_constituents 0"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        cluster(**{"momenta": np.ones((5, 3)), "offsets": np.array([0, 5]), "pt_min": 20, **arguments})


def jets_at(axes: list[tuple[float, float]]) -> Jets:
    eta, phi = np.array(axes, float).reshape(-1, 2).T
    return Jets.from_constituents(
        np.stack([50 * np.cos(phi), 50 * np.sin(phi), 50 * np.sinh(eta)], axis=1)[:, None, :]
    )


def test_match_takes_the_nearest_of_the_same_event_across_the_phi_edge() -> None:
    gen = jets_at([(0, 3.1), (1, 0), (0, 0), (2, 2)])
    reco = jets_at([(0.3, 3.1), (0, -3.1), (1.39, 0), (0, 0.1), (2, 2.5)])
    match = match_nearest(gen, np.array([0, 0, 1, 2]), reco, np.array([0, 0, 0, 1, 2]))
    assert_array_equal(match, [1, 2, 3, -1])


def test_match_serves_two_gen_jets_with_one_reco_jet() -> None:
    match = match_nearest(
        jets_at([(0, 0), (0.3, 0)]), np.zeros(2, int), jets_at([(0.1, 0)]), np.zeros(1, int)
    )
    assert_array_equal(match, [0, 0])


def test_match_without_jets() -> None:
    none, one = jets_at([]), jets_at([(0, 0)])
    assert_array_equal(match_nearest(one, np.zeros(1, int), none, np.zeros(0, int)), [-1])
    assert len(match_nearest(none, np.zeros(0, int), one, np.zeros(1, int))) == 0


def test_match_takes_the_first_of_equally_near_jets() -> None:
    two = jets_at([(0.2, 0), (-0.2, 0)])
    assert_array_equal(match_nearest(jets_at([(0, 0)]), np.zeros(1, int), two, np.zeros(2, int)), [0])


def test_neutrinos_are_invisible_and_leptons_are_not() -> None:
    assert {12, 14, 16} < set(INVISIBLE)
    assert not {11, 13, 22, 130, 211} & set(INVISIBLE)
    assert_array_equal(visible(np.array([12, -14, 22, -211, 1000022])), [False, False, True, True, False])


def test_acceptance_is_strict_and_leaves_what_is_not_finite() -> None:
    particles = [(3, 4, 0), (3, 4.1, 0), (0, 9, 1e6), (0, 0, 5), (0, 0, 0), (np.nan, 0, 0), (1, 0, np.inf)]
    expected = [False, True, False, False, False, True, True]
    assert_array_equal(in_acceptance(np.array(particles), pt_min=5, eta_max=5), expected)
    assert_array_equal(in_acceptance(np.zeros((0, 3)), eta_max=5), [])


def run(program: str) -> str:
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    return result.stdout + result.stderr


def test_fastjet_prints_no_page() -> None:
    program = """
import numpy as np
from pyjetsim.jets.clustering import cluster
print(len(cluster(np.ones((5, 3)), np.array([0, 5]), pt_min=1)[0]))
"""
    assert run(program) == "1\n"


def test_there_is_one_fastjet_library_and_no_need_of_its_python() -> None:
    program = """
import sys
import pyjetsim.jets.clustering
assert "fastjet" not in sys.modules and "awkward" not in sys.modules
import fastjet
print(len({line.split()[-1] for line in open("/proc/self/maps") if "/libfastjet.so" in line}))
"""
    assert run(program) == "1\n"


def test_version_is_that_of_the_library() -> None:
    assert fastjet.__version__.startswith(FASTJET_VERSION)


def test_jets_are_read_without_fastjet() -> None:
    assert run("import sys, pyjetsim; print([name for name in sys.modules if 'fastjet' in name])") == "[]\n"


def test_missing_extension(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyjetsim._clustering", None)
    with pytest.raises(ExtensionError, match=r"_clustering does not load.*: run 'pip install"):
        load_clustering()


def test_a_fastjet_library_that_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "fastjet" / "lib64"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "libfastjet.so").write_text("no library")
    monkeypatch.delitem(sys.modules, "fastjet")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(ExtensionError, match=r"libfastjet\.so: .*: run 'pip install"):
        load_clustering()
