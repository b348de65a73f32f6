"""The detector's physics, on particles made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_world import MakeParticles

from pyjetsim.detector.card import Magnet
from pyjetsim.generate import Detector, load_card
from pyjetsim.generate.calorimeter import Cells
from pyjetsim.generate.detector import Candidates
from pyjetsim.generate.particles import Particles
from pyjetsim.generate.propagation import propagate
from pyjetsim.generate.randomness import EventRandom, log_normal
from pyjetsim.generate.tracking import track

CARD = load_card()
MAGNET = CARD.magnet
PION, PION_MASS = 211, 0.13957


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(CARD)


def reconstruct(detector: Detector, particles: Particles, n_events: int, seed: int = 1) -> Candidates:
    return detector(particles, np.zeros(n_events), EventRandom.of_events(seed, range(n_events)))


def energy(candidates: Candidates) -> np.ndarray:
    return np.linalg.norm(candidates.momenta, axis=1)


# Propagation


def test_neutral_particles_go_straight_to_barrel_and_endcap(make_particles: MakeParticles) -> None:
    impacts = propagate(make_particles(3, 22, 10.0, np.array([0.5, 2.5, -2.5]), 0.3), MAGNET)
    assert_allclose(impacts.eta, [0.5, 2.5, -2.5])
    assert_allclose(impacts.phi, 0.3)


def test_a_shifted_vertex_moves_the_eta_that_the_calorimeter_sees(make_particles: MakeParticles) -> None:
    barrel = propagate(make_particles(1, 22, 10.0, 0.0, position=(0, 0, 0.1)), MAGNET)
    assert_allclose(barrel.eta, np.arcsinh(0.1 / 1.29))
    endcap = propagate(make_particles(1, 22, 10.0, 2.5, position=(0, 0, 0.1)), MAGNET)
    radius = 2.9 / np.sinh(2.5)
    assert_allclose(endcap.eta, np.arcsinh(3.0 / radius))


@pytest.mark.parametrize("charge", [1.0, -1.0, 2.0])
def test_a_charged_particle_bends_with_the_radius_of_its_momentum(
    make_particles: MakeParticles, charge: float
) -> None:
    pt, phi = 2.0, 0.3
    impacts = propagate(make_particles(1, PION, pt, 0.0, phi, charge=charge, mass=PION_MASS), MAGNET)
    radius = pt / (0.299792458 * abs(charge) * 3.8)
    # A chord of a circle through the origin turns by asin(chord / 2 r); positive charges clockwise.
    assert_allclose(impacts.phi, phi - np.sign(charge) * np.arcsin(1.29 / (2 * radius)))
    assert_allclose(impacts.eta, 0, atol=1e-12)


def test_the_helix_is_longer_than_the_chord(make_particles: MakeParticles) -> None:
    pt, eta = 1.5, 0.4
    impacts = propagate(make_particles(1, PION, pt, eta, charge=1.0), MAGNET)
    radius = pt / (0.299792458 * 3.8)
    arc = 2 * radius * np.arcsin(1.29 / (2 * radius))
    assert_allclose(np.sinh(impacts.eta) * 1.29, arc * np.sinh(eta))


def test_a_particle_that_loops_ends_in_the_endcap(make_particles: MakeParticles) -> None:
    pt, eta = 0.3, 0.8
    impacts = propagate(make_particles(1, PION, pt, eta, 0.0, charge=1.0), MAGNET)
    radius = pt / (0.299792458 * 3.8)
    assert 2 * radius < 1.29
    turned = 3.0 / np.sinh(eta) / radius
    x, y = radius * np.sin(turned), -radius * (1 - np.cos(turned))
    assert_allclose(np.sinh(impacts.eta), 3.0 / np.hypot(x, y))
    assert_allclose(impacts.phi, np.arctan2(y, x))


def test_a_circle_without_pz_never_arrives(make_particles: MakeParticles) -> None:
    assert len(propagate(make_particles(2, PION, 0.5, 0.0, charge=1.0), MAGNET).particles) == 0


def test_a_weak_field_is_almost_straight(make_particles: MakeParticles) -> None:
    eta, phi = np.linspace(-3, 3, 24), np.linspace(-3, 3, 24)
    charged = make_particles(24, PION, 5.0, eta, phi, charge=1.0, position=(0.02, -0.01, 0.05))
    weak = propagate(charged, Magnet(field=1e-6, radius=1.29, half_length=3.0))
    none = propagate(charged, Magnet(field=0.0, radius=1.29, half_length=3.0))
    assert_allclose(weak.eta, none.eta, atol=1e-5)
    assert_allclose(weak.phi, none.phi, atol=1e-5)


def test_helix_by_small_steps(make_particles: MakeParticles) -> None:
    """Displaced particles, integrated as equations of motion until they leave the cylinder."""
    rng = np.random.default_rng(5)
    for charge in (1.0, -1.0):
        particles = make_particles(
            1, PION, float(rng.uniform(0.5, 4)), rng.uniform(-2, 2), rng.uniform(-3, 3),
            charge=charge, position=(0.2, -0.3, 0.1),
        )  # fmt: skip
        impacts = propagate(particles, MAGNET)
        direction = particles.momenta[0] / particles.pt[0]
        place, step = np.array([0.2, -0.3, 0.1]), 1e-5
        turn = -charge * 0.299792458 * 3.8 / particles.pt[0] * step
        while np.hypot(*place[:2]) < 1.29 and abs(place[2]) < 3.0:
            middle = turn / 2
            for half in (middle, middle):
                cos, sin = np.cos(half), np.sin(half)
                direction[:2] = (
                    cos * direction[0] - sin * direction[1],
                    sin * direction[0] + cos * direction[1],
                )
                if half is middle:
                    place = place + direction * step / 2
        assert_allclose(impacts.phi[0], np.arctan2(place[1], place[0]), atol=1e-3)
        assert_allclose(np.sinh(impacts.eta[0]), place[2] / np.hypot(*place[:2]), rtol=1e-3)


def test_direction_is_taken_at_the_perigee(make_particles: MakeParticles) -> None:
    """Going back along the helix from a displaced start, the direction turns by arc over radius."""
    pt = 1.0
    radius = pt / (0.299792458 * 3.8)
    start, angle = radius * np.array([np.sin(0.2), -(1 - np.cos(0.2))]), -0.2
    particles = make_particles(1, PION, pt, 0.0, angle, charge=1.0, position=(*start, 0.0))
    impacts = propagate(particles, MAGNET)
    assert_allclose(np.arctan2(impacts.particles.py, impacts.particles.px), 0, atol=1e-12)
    assert_allclose(impacts.particles.pt, pt)


@pytest.mark.parametrize("position", [(1.3, 0.0, 0.0), (0.0, 0.0, -3.1)])
def test_particles_made_outside_the_cylinder_are_lost(
    make_particles: MakeParticles, position: tuple[float, float, float]
) -> None:
    assert len(propagate(make_particles(1, 22, 5.0, position=position), MAGNET).particles) == 0


def test_particles_along_the_beam_are_lost(make_particles: MakeParticles) -> None:
    particles = replace(make_particles(1, 22, 0.0), pz=np.array([100.0]))
    assert len(propagate(particles, MAGNET).particles) == 0


# Tracks


@pytest.mark.parametrize(
    ("pid", "mass", "pt", "eta", "expected"),
    [
        (211, 0.14, 10.0, 0.0, 0.95),
        (211, 0.14, 0.9, 0.1, 0.70),
        (2212, 0.94, 10.0, 2.0, 0.85),
        (-321, 0.49, 0.7, 2.0, 0.60),
        (11, 0.0005, 10.0, 0.0, 0.95),
        (11, 0.0005, 150.0, 2.0, 0.90),
        (13, 0.106, 10.0, 0.0, 0.99),
        (13, 0.106, 2000.0, 2.0, 0.98 * np.exp(-0.5)),
        (211, 0.14, 10.0, 2.6, 0.0),
        (211, 0.14, 0.09, 0.1, 0.0),
    ],
)
def test_tracking_efficiency(
    make_particles: MakeParticles, pid: int, mass: float, pt: float, eta: float, expected: float
) -> None:
    n = 20_000
    impacts = propagate(make_particles(n, pid, pt, eta, charge=1.0, mass=mass), MAGNET)
    found = len(track(impacts, CARD.tracks, EventRandom.of_events(3, range(n))).eta)
    assert abs(found - n * expected) <= 4 * np.sqrt(n * expected * (1 - expected))


@pytest.mark.parametrize(
    ("pid", "pt", "eta", "expected"),
    [
        (211, 10.0, 0.2, np.hypot(0.06, 0.013)),
        (211, 100.0, 1.0, np.hypot(0.10, 0.17)),
        (11, 20.0, 2.0, np.hypot(0.15, 0.062)),
        (13, 100.0, 0.2, np.hypot(0.01, 0.01)),
    ],
)
def test_track_resolution(
    make_particles: MakeParticles, pid: int, pt: float, eta: float, expected: float
) -> None:
    n = 40_000
    particles = make_particles(n, pid, pt, eta, charge=-1.0)
    tracks = track(propagate(particles, MAGNET), CARD.tracks, EventRandom.of_events(4, range(n)))
    measured = tracks.particles.pt / pt
    assert_allclose(tracks.resolution, expected)
    assert_allclose(measured.mean(), 1, atol=4 * expected / np.sqrt(n * 0.8))
    assert_allclose(measured.std(), expected, rtol=0.03)
    assert_allclose(np.arcsinh(tracks.particles.pz / tracks.particles.pt), eta)


def test_neutral_particles_are_no_tracks(make_particles: MakeParticles) -> None:
    impacts = propagate(make_particles(100, 22, 10.0), MAGNET)
    assert len(track(impacts, CARD.tracks, EventRandom.of_events(1, range(100))).eta) == 0


# Cells


@pytest.mark.parametrize("calorimeter", [CARD.ecal, CARD.hcal])
def test_every_cell_finds_itself(calorimeter: object) -> None:
    cells = Cells(calorimeter)  # type: ignore[arg-type]
    everything = np.arange(len(cells))
    for share in (0.01, 0.5, 0.99):
        eta, phi = cells.position(everything, np.full(len(cells), share), np.full(len(cells), share))
        assert_array_equal(cells.locate(eta, phi), everything)


def test_cells_have_the_widths_of_the_figures() -> None:
    ecal, hcal = Cells(CARD.ecal), Cells(CARD.hcal)
    assert len(ecal) == 2 * (170 * 360 + 11 * 36)
    assert len(hcal) == 2 * (19 * 72 + 19 * 36 + 2 * 18)
    for eta in (1.0, -1.0):
        same = ecal.locate(np.array([eta, eta]), np.radians([10.1, 10.9]))
        assert same[0] == same[1]
        assert len(np.unique(ecal.locate(np.array([eta, eta]), np.radians([10.9, 11.1])))) == 2
        assert len(np.unique(hcal.locate(np.array([eta, eta]), np.radians([14.9, 10.1])))) == 1
    assert_array_equal(ecal.locate(np.array([5.1, -5.1]), np.zeros(2)), -1)


def test_edges_of_phi_are_inside() -> None:
    cells = Cells(CARD.ecal)
    found = cells.locate(np.array([0.01, 0.01]), np.array([-np.pi, np.pi]))
    assert found[1] - found[0] == 359


# Calorimeters and particle flow


def test_log_normal_has_its_mean_and_width() -> None:
    normal = np.random.default_rng(1).standard_normal(400_000)
    values = log_normal(np.full(400_000, 5.0), np.full(400_000, 1.5), normal)
    assert_allclose([values.mean(), values.std()], [5.0, 1.5], rtol=0.01)
    assert (values > 0).all()
    assert log_normal(np.zeros(1), np.ones(1), np.ones(1)) == 0


def test_a_photon_becomes_one_photon_candidate(detector: Detector, make_particles: MakeParticles) -> None:
    n, true = 5000, 50.0
    phi = np.random.default_rng(1).uniform(-np.pi, np.pi, n)
    found = reconstruct(detector, make_particles(n, 22, true, 0.0087, phi), n)
    assert_array_equal(np.diff(found.offsets), 1)
    assert (found.pid == 22).all()
    sigma = (1 + 0.64 * 0.0087**2) * np.sqrt((0.008 * true) ** 2 + 0.11**2 * true + 0.4**2)
    assert_allclose(energy(found).mean(), true, atol=4 * sigma / np.sqrt(n))
    assert_allclose(energy(found).std(), sigma, rtol=0.05)
    offset = np.arctan2(found.momenta[:, 1], found.momenta[:, 0]) - phi
    offset = (offset + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(offset).max() < np.radians(1.0)
    assert abs(offset.mean()) < 0.001
    assert offset.std() > np.radians(0.3)


@pytest.mark.parametrize(("pid", "pt", "eta"), [(130, 40.0, 0.5), (2112, 30.0, 2.7)])
def test_a_neutral_hadron_becomes_one_candidate(
    detector: Detector, make_particles: MakeParticles, pid: int, pt: float, eta: float
) -> None:
    n = 5000
    found = reconstruct(detector, make_particles(n, pid, pt, eta, mass=0.5), n)
    assert (found.pid == 130).all()
    true = np.sqrt((pt * np.cosh(eta)) ** 2 + 0.25)
    sigma = np.sqrt((0.05 * true) ** 2 + 1.5**2 * true)
    assert len(found.pid) > 0.98 * n
    assert_allclose(energy(found).sum() / n, true, atol=0.02 * true)
    assert_allclose(energy(found).std(), sigma, rtol=0.06)


def test_a_k_short_shares_its_energy(detector: Detector, make_particles: MakeParticles) -> None:
    n = 3000
    found = reconstruct(detector, make_particles(n, 310, 200.0, 0.0087, mass=0.4976), n)
    for pid, share in ((22, 0.3), (130, 0.7)):
        assert_allclose(energy(found)[found.pid == pid].mean(), share * 200.0, rtol=0.02)


def test_thresholds_of_energy_and_significance(detector: Detector, make_particles: MakeParticles) -> None:
    n = 20_000
    # With 0.4 GeV of noise a cell needs 0.8246 GeV to be at 2 sigma: 0.3 GeV fluctuate to there at
    # ln(0.8246 / 0.3) and the log-normal's mean and width, 1.50 standard deviations.
    seen = len(reconstruct(detector, make_particles(n, 22, 0.3), n).pid) / n
    assert_allclose(seen, 0.0665, atol=4 * np.sqrt(0.0665 / n))
    # A neutral hadron of 4 GeV is at 1.3 sigma.
    few = len(reconstruct(detector, make_particles(n, 130, 4.0), n).pid)
    most = len(reconstruct(detector, make_particles(n, 130, 40.0), n).pid)
    assert few < 0.5 * n < 0.98 * n < most


@pytest.mark.parametrize("pid", [12, 14, -16])
def test_neutrinos_leave_nothing(detector: Detector, make_particles: MakeParticles, pid: int) -> None:
    assert len(reconstruct(detector, make_particles(50, pid, 100.0), 50).pid) == 0


def test_a_charged_pion_keeps_its_identity_and_direction(
    detector: Detector, make_particles: MakeParticles
) -> None:
    n = 10_000
    eta = np.random.default_rng(2).uniform(-1.2, 1.2, n)
    found = reconstruct(detector, make_particles(n, -PION, 10.0, eta, 0.3, charge=-1.0, mass=PION_MASS), n)
    tracks = found.pid == -PION
    assert abs(tracks.sum() - 0.95 * n) < 4 * np.sqrt(n * 0.95 * 0.05)
    assert_allclose(np.arctan2(found.momenta[tracks, 1], found.momenta[tracks, 0]), 0.3)
    events = np.repeat(np.arange(n), np.diff(found.offsets))
    measured = np.hypot(found.momenta[tracks, 0], found.momenta[tracks, 1])
    assert_allclose(np.arcsinh(found.momenta[tracks, 2] / measured), eta[events[tracks]])
    # A pion that is not tracked is a neutral hadron where the cell passes its thresholds.
    assert ((found.pid == -PION) | (found.pid == 130)).all()
    assert abs(measured.mean() / 10.0 - 1) < 0.02


def test_combining_track_and_cell_is_better_than_either(
    detector: Detector, make_particles: MakeParticles
) -> None:
    """At 120 GeV and eta 0.2 track and cell are about as good; their mean must beat both."""
    n, pt = 8000, 120.0
    particles = make_particles(n, PION, pt, 0.2, charge=1.0, mass=PION_MASS)
    impacts = propagate(particles, MAGNET)
    random = EventRandom.of_events(5, range(n))
    tracks = track(impacts, CARD.tracks, random)
    true = pt * np.cosh(0.2)
    track_width = np.hypot(0.06, 1.3e-3 * pt)
    cell_width = np.sqrt(0.05**2 + 1.5**2 / true)
    neutrals, flowing = detector.hcal(impacts, tracks, random)
    alone = ~np.isin(flowing.particles.event, neutrals.event)
    measured = flowing.particles.energy[alone] / true
    assert alone.mean() > 0.8
    assert measured.std() < 0.9 * min(track_width, cell_width)


def test_particle_flow_by_hand(detector: Detector, make_particles: MakeParticles) -> None:
    """One pion an event: every outcome recomputed from the cell's energy that the same stream gives."""
    n = 400
    particles = make_particles(n, PION, 30.0, 0.5, charge=1.0, mass=PION_MASS)
    impacts = propagate(particles, MAGNET)
    streams = EventRandom.of_events(6, range(n))
    tracks = track(impacts, CARD.tracks, streams)
    again = EventRandom.of_events(6, range(n))
    track(impacts, CARD.tracks, again)
    neutrals, flowing = detector.hcal(impacts, tracks, streams)

    normal = np.array([generator.standard_normal() for generator in again.generators])
    true = particles.energy
    sigma = np.sqrt((0.05 * true) ** 2 + 2.25 * true)
    cell = log_normal(true, sigma, normal)[tracks.particles.event]
    sigma = np.sqrt((0.05 * cell) ** 2 + 2.25 * cell)
    cell = np.where((cell >= 1) & (cell >= 2 * sigma), cell, 0)
    charged = tracks.particles.energy
    track_sigma = tracks.resolution * charged
    excess = np.maximum(cell - charged, 0)
    is_neutral = (excess > 1) & (excess > 2 * np.hypot(track_sigma, sigma))
    mean = (charged / track_sigma**2 + cell / sigma**2) / (1 / track_sigma**2 + 1 / sigma**2)
    expected = np.where(is_neutral, 1.0, mean / charged)
    assert 0 < is_neutral.sum() < len(charged)
    assert_allclose(flowing.particles.pt / tracks.particles.pt, expected)
    with_track = np.isin(neutrals.event, tracks.particles.event)
    assert_allclose(neutrals.energy[with_track], excess[is_neutral])


def test_energy_is_conserved_on_average(detector: Detector, make_particles: MakeParticles) -> None:
    """A dense bunch of photons, hadrons and tracks in one cell: the sum stays."""
    n = 3000
    event = np.arange(n)
    phi = np.random.default_rng(3).normal(0.3, 0.01, (3, n))
    particles = Particles.concatenate(
        [
            make_particles(n, 22, 60.0, 0.5, phi[0], event=event),
            make_particles(n, 130, 60.0, 0.5, phi[1], event=event),
            make_particles(n, PION, 60.0, 0.5, phi[2], charge=1.0, mass=PION_MASS, event=event),
        ]
    )
    found = reconstruct(detector, particles, n)
    assert_allclose(energy(found).sum() / particles.energy.sum(), 1, atol=0.02)


def test_electrons_and_muons_stay_among_the_tracks(detector: Detector, make_particles: MakeParticles) -> None:
    for pid, mass in ((11, 0.000511), (13, 0.10566)):
        found = reconstruct(detector, make_particles(2000, pid, 30.0, 0.5, charge=-1.0, mass=mass), 2000)
        assert (found.pid == pid).sum() > 0.9 * 2000
        measured = energy(found)[found.pid == pid]
        assert abs(measured.mean() / (30 * np.cosh(0.5)) - 1) < 0.02


# Pileup subtraction, acceptance, batches


@pytest.mark.parametrize(
    ("pileup", "z", "kept"),
    [(True, 0.05, False), (True, 0.00009, True), (True, 0.00011, False), (False, 0.05, True)],
)
def test_only_pileup_tracks_away_from_the_hard_vertex_are_dropped(
    detector: Detector, make_particles: MakeParticles, pileup: bool, z: float, kept: bool
) -> None:
    particles = make_particles(500, PION, 10.0, charge=1.0, position=(0, 0, z), pileup=pileup)
    tracks = (reconstruct(detector, particles, 500).pid == PION).sum()
    assert tracks > 450 if kept else tracks == 0


def test_pileup_neutrals_stay(detector: Detector, make_particles: MakeParticles) -> None:
    particles = make_particles(500, 22, 10.0, position=(0, 0, 0.05), pileup=True)
    assert len(reconstruct(detector, particles, 500).pid) == 500


def test_pileup_tracks_still_explain_their_energy(detector: Detector, make_particles: MakeParticles) -> None:
    """A dropped track has done its part in particle flow: its energy is no neutral hadron."""
    n = 3000
    particles = make_particles(n, PION, 10.0, charge=1.0, position=(0, 0, 0.05), pileup=True)
    found = reconstruct(detector, particles, n)
    assert energy(found).sum() < 0.15 * particles.energy.sum()


def test_candidates_are_in_acceptance(detector: Detector, make_particles: MakeParticles) -> None:
    rng = np.random.default_rng(4)
    event = np.sort(rng.integers(0, 50, 20_000))
    particles = make_particles(
        20_000, 22, 1.0, rng.uniform(-5, 5, 20_000), rng.uniform(-3, 3, 20_000), event=event
    )
    found = reconstruct(detector, particles, 50)
    pt = np.hypot(found.momenta[:, 0], found.momenta[:, 1])
    eta = np.arcsinh(found.momenta[:, 2] / pt)
    assert pt.min() > 0.25
    assert 3.1 < np.abs(eta).max() < 3.2


def some_events(make_particles: MakeParticles, n_events: int) -> Particles:
    rng = np.random.default_rng(7)
    n = 100 * n_events
    event = np.sort(rng.integers(0, n_events, n))
    kind = rng.integers(0, 4, n)
    return replace(
        make_particles(n, 0, 3.0, rng.uniform(-3, 3, n), rng.uniform(-3, 3, n), event=event),
        pid=np.array([22, 130, 211, -11], np.int32)[kind],
        charge=np.array([0.0, 0.0, 1.0, 1.0])[kind],
        pileup=rng.random(n) < 0.5,
        z=rng.normal(0, 0.05, n),
    )


def test_an_event_comes_out_the_same_in_any_batch(detector: Detector, make_particles: MakeParticles) -> None:
    particles = some_events(make_particles, 6)
    z = np.linspace(-0.1, 0.1, 6)
    together = detector(particles, z, EventRandom.of_events(1, range(6)))
    order = [4, 1, 5]
    chosen = Particles.concatenate(
        [
            replace(particles[particles.event == old], event=np.full((particles.event == old).sum(), new))
            for new, old in enumerate(order)
        ]
    )
    apart = detector(chosen, z[order], EventRandom.of_events(1, order))
    for new, old in enumerate(order):
        mine = slice(apart.offsets[new], apart.offsets[new + 1])
        theirs = slice(together.offsets[old], together.offsets[old + 1])
        assert mine.stop > mine.start
        assert_array_equal(apart.momenta[mine], together.momenta[theirs])
        assert_array_equal(apart.pid[mine], together.pid[theirs])


def test_empty_events(detector: Detector, make_particles: MakeParticles) -> None:
    nothing = reconstruct(detector, make_particles(0, 22, 1.0), 3)
    assert_array_equal(nothing.offsets, [0, 0, 0, 0])
    assert nothing.momenta.shape == (0, 3)
    middle = reconstruct(detector, make_particles(1, 22, 50.0, event=np.array([1])), 3)
    assert_array_equal(middle.offsets, [0, 0, 1, 1])


def test_another_card_is_another_detector(make_particles: MakeParticles) -> None:
    narrow = Detector(
        CARD.model_copy(update={"candidates": CARD.candidates.model_copy(update={"eta_max": 1.0})})
    )
    found = reconstruct(narrow, make_particles(200, 22, 20.0, np.linspace(-2, 2, 200)), 200)
    assert 60 < len(found.pid) < 120
