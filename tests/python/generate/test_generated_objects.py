"""Object tables from collisions: jets with flavours, areas, ids and b-tag; muons; links; fakes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_world import FAST, POOL_SIZE, one_kind

from pyjetsim.cli import main
from pyjetsim.errors import InputError
from pyjetsim.generate import GenerateSettings, generate
from pyjetsim.generate.detector import Candidates
from pyjetsim.generate.objects import jets as of_jets
from pyjetsim.generate.objects import muons as of_muons
from pyjetsim.generate.objects.chain import ObjectChain
from pyjetsim.generate.objects.flavour import flavours
from pyjetsim.generate.particles import Particles
from pyjetsim.generate.pool import pool_path
from pyjetsim.generate.pythia import Collisions, Truth, has_quark, process_settings
from pyjetsim.generate.randomness import EventRandom
from pyjetsim.generate.settings import SHARD_EVENTS
from pyjetsim.generate.tracking import TrackBatch
from pyjetsim.io.object_columns import KINDS, WHOLE
from pyjetsim.io.objects import EventObjects, ObjectsFile
from pyjetsim.jets import momenta
from pyjetsim.jets.clustering import active_areas
from pyjetsim.jets.noise import stream
from pyjetsim.jets.proximity import Directions, partners, ranked

TOPS = FAST.replace("WeakDoubleBoson:ffbar2WW", "Top:gg2ttbar").replace(
    "24:onIfAny = 1 2 3 4 5", "24:onIfAny = 13 5 4"
)
EVENTS = SHARD_EVENTS + 20


@pytest.fixture(scope="module")
def tops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("settings") / "tops.cmnd"
    path.write_text(TOPS)
    return path


@pytest.fixture(scope="module")
def written(tops: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Top quarks with little pileup."""
    path = tmp_path_factory.mktemp("objects") / "tops.h5"
    return generate(
        str(tops), EVENTS, path, write="objects", pileup=5, pileup_pool=POOL_SIZE, processes=1, quiet=True
    )


@pytest.fixture(scope="module")
def whole(written: Path) -> EventObjects:
    with ObjectsFile(written) as file:
        return file.read()


# The file


def test_columns_are_the_ones_that_are_named(written: Path, whole: EventObjects) -> None:
    with ObjectsFile(written) as file:
        assert (file.kinds, file.task) == (["jets", "muons"], "variables")
        for kind, sides in KINDS.items():
            for side, columns in sides.items():
                assert file.columns(kind, side) == sorted(columns)
                for name, column in columns.items():
                    assert file.column(kind, side, name) == column
                    values = getattr(whole.kinds[kind], side)[name]
                    assert values.dtype == (np.int32 if name in WHOLE else np.float32), name
                    assert np.isfinite(values).all(), name
        counts, told = file.provenance["counts"], file.provenance
    assert counts["events"] == EVENTS == len(whole)
    for kind in ("jets", "muons"):
        gen, reco = whole.kinds[kind]
        assert (counts[f"gen_{kind}"], counts[f"reco_{kind}"]) == (len(gen), len(reco))
        assert counts[f"matched_{kind}"] == (gen.match >= 0).sum() == (reco.match >= 0).sum()
    assert told["jets"]["radius"] == 0.4
    assert (told["gen"]["pt_min"], told["gen"]["eta_max"], told["reco"]["pt_min"]) == (15, 4.7, 20)
    assert told["detector"]["candidates"]["eta_max"] == pytest.approx(5.1)
    assert_array_equal(whole.event, np.arange(EVENTS))
    assert 4 < whole.columns["pileup"].mean() < 6
    assert_array_equal(whole.columns["weight"], 1)


def test_partners_are_close_and_each_has_one(whole: EventObjects) -> None:
    for kind, farthest in (("jets", 0.4), ("muons", 0.03)):
        gen, reco = whole.kinds[kind]
        rows = np.flatnonzero(gen.match >= 0)
        assert 0.8 * len(gen) < len(rows) <= len(gen)
        partner = gen.match[rows]
        assert_array_equal(reco.match[partner], rows)
        dphi = (gen["phi"][rows] - reco["phi"][partner] + np.pi) % (2 * np.pi) - np.pi
        assert np.hypot(gen["eta"][rows] - reco["eta"][partner], dphi).max() < farthest
    gen, reco = whole.kinds["jets"]
    for side, pt_min in ((gen, 15), (reco, 20)):
        assert side["pt"].min() > pt_min
        assert np.abs(side["eta"]).max() < 4.7
        same = np.diff(side.place) == 0
        assert (np.diff(side["pt"])[same] <= 0).all()
    # Both kinds of lonely jets have their rows.
    assert (gen.match < 0).any()
    assert (reco.match < 0).any()


def test_properties_of_jets_are_in_their_ranges(whole: EventObjects) -> None:
    gen, reco = whole.kinds["jets"]
    assert set(np.unique(gen["hadronFlavour"])) == {0, 4, 5}
    assert set(np.unique(np.abs(gen["partonFlavour"]))) <= {0, 1, 2, 3, 4, 5, 21}
    heavy = gen["hadronFlavour"] > 0
    assert_array_equal(np.abs(gen["partonFlavour"])[heavy], gen["hadronFlavour"][heavy])
    # Two b quarks an event, most of them in a jet.
    assert 1.3 < (gen["hadronFlavour"] == 5).sum() / EVENTS < 2.5
    parts = sum(reco[name].astype(float) for name in ("chHEF", "neHEF", "chEmEF", "neEmEF", "muEF"))
    assert_allclose(parts, 1, atol=1e-5)
    assert np.median(reco["area"]) == pytest.approx(np.pi * 0.4**2, rel=0.05)
    assert set(np.unique(reco["puId"])) <= {0, 4, 6, 7}
    assert set(np.unique(reco["jetId"])) <= {0, 2, 6}
    for name in ("qgl", "btag"):
        assert 0 <= reco[name].min() < reco[name].max() <= 1
    objects = whole.matched("jets")
    ratio = objects.reco["pt"] / objects.gen["pt"]
    assert 0.85 < np.median(ratio) < 1.05
    b = objects.gen["hadronFlavour"] == 5
    tagged = objects.reco["btag"] > of_jets.B_TAG_CUT
    efficiency = of_jets.b_tag_efficiency(objects.reco["pt"][b].astype(float), np.full(b.sum(), 5))
    error = np.sqrt((efficiency * (1 - efficiency)).sum()) / b.sum()
    assert tagged[b].mean() == pytest.approx(efficiency.mean(), abs=4 * error)


def test_muons_near_jets_and_jets_near_muons(whole: EventObjects) -> None:
    jets, muons = whole.kinds["jets"].gen, whole.kinds["muons"].gen
    with_muon = np.flatnonzero(jets["muon1_pt"] > 0)
    assert len(with_muon) > 20
    for row in with_muon[:20]:
        mine = np.flatnonzero(muons.place == jets.place[row])
        deta = muons["eta"][mine] - jets["eta"][row]
        dphi = (muons["phi"][mine] - jets["phi"][row] + np.pi) % (2 * np.pi) - np.pi
        dr = np.hypot(deta, dphi)
        nearest = np.argmin(dr)
        assert_allclose(jets["muon1_dr"][row], dr[nearest], atol=1e-5)
        assert_allclose(jets["muon1_deta"][row], deta[nearest], atol=1e-5)
        assert jets["muon1_pt"][row] == muons["pt"][mine[nearest]]
        assert (np.sort(dr)[1:2] < 0.4).any() == (jets["muon2_pt"][row] > 0)
    # A muon of 30 GeV is in a jet: its own, if in no other.
    hard = muons["pt"] > 30
    assert (muons["jet_pt"][hard] > 25).all()
    assert (muons["jet_dr"][hard] < 0.4).all()
    assert_array_equal(muons["nPU"], whole.columns["pileup"][muons.place])


def test_muons_are_measured_as_the_detector_does(whole: EventObjects) -> None:
    objects = whole.matched("muons")
    isolated = objects.reco["pfRelIso04_all"] < 0.15
    prompt = isolated & (np.abs(objects.reco["dxy"]) < 0.01) & (objects.gen["pt"] > 20)
    ratio = (objects.reco["pt"] / objects.gen["pt"])[prompt]
    pull = (ratio - 1) * objects.gen["pt"][prompt] / objects.reco["ptErr"][prompt]
    assert 0.8 < pull.std() < 1.2
    assert_array_equal(objects.reco["charge"][prompt], objects.gen["charge"][prompt])
    z = objects.reco["dxy"][prompt] / objects.reco["dxyErr"][prompt]
    assert 0.7 < z.std() < 1.5
    assert 0.9 < objects.reco["mediumId"][prompt].mean() <= 1
    # From W they are isolated, from b quarks they are not.
    far = objects.reco["sip3d"] > 8
    assert np.median(objects.reco["pfRelIso04_all"][far]) > 4 * np.median(
        objects.reco["pfRelIso04_all"][prompt]
    )


def test_bytes_do_not_depend_on_the_number_of_processes(tops: Path, written: Path, tmp_path: Path) -> None:
    again = generate(
        str(tops), EVENTS, tmp_path / "o.h5", write="objects", pileup=5, pileup_pool=POOL_SIZE,
        processes=2, quiet=True,
    )  # fmt: skip
    assert again.read_bytes() == written.read_bytes()


def test_an_event_is_the_same_beside_any_other(tops: Path, cache: Path) -> None:
    settings = GenerateSettings.checked(
        process=str(tops), events=6, write="objects", pileup=5, pileup_pool=POOL_SIZE
    )
    chain = ObjectChain(settings, pool_path(POOL_SIZE, cache))
    hard, truth = Collisions(process_settings(str(tops)), 1).events_with_truth(6)

    def some(first: int, last: int) -> EventObjects:
        mine = slice(*np.searchsorted(hard.event, [first, last]))
        theirs = slice(*np.searchsorted(truth.event, [first, last]))
        part = Truth(
            truth.momenta[theirs], truth.pid[theirs], truth.parton[theirs],
            truth.event[theirs] - first, truth.weight[first:last],
        )  # fmt: skip
        particles = replace(hard[mine], event=hard.event[mine] - first)
        return chain((particles, part), np.arange(first, last))[0]

    together, apart = some(0, 6), EventObjects.concatenate([some(0, 2), some(2, 6)])
    for kind in KINDS:
        for one, other in zip(together.kinds[kind], apart.kinds[kind], strict=True):
            assert_array_equal(one.match, other.match)
            for name in one.columns:
                assert_array_equal(one[name], other[name], err_msg=name)


def test_events_without_anything_have_no_rows(cache: Path) -> None:
    settings = GenerateSettings.checked(process="ww", events=3, write="objects", pileup=0)
    nothing = Truth(
        np.zeros((0, 3)), np.zeros(0, np.int32), np.zeros(0, bool), np.zeros(0, np.intp), np.ones(3)
    )
    objects, counts = ObjectChain(settings, None)((one_kind(0, 22, 1.0), nothing), np.arange(3))
    assert len(objects) == 3
    assert {count for name, count in counts.items() if name != "events"} == {0}


def test_settings_and_outputs_that_cannot_be(tops: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="write"):
        GenerateSettings.checked(process="ww", events=3, write="tracks")
    with pytest.raises(InputError, match="named as ROOT"):
        generate(str(tops), 3, tmp_path / "o.root", write="objects", pileup=0)
    pairs = GenerateSettings.checked(process="ww", events=3)
    assert (pairs.gen_pt_min, pairs.gen_eta_max, pairs.reco_pt_min, pairs.radius) == (100, 3, 20, 0.5)
    own = GenerateSettings.checked(process="ww", events=3, write="objects", radius=0.8, reco_pt_min=10)
    assert (own.radius, own.reco_pt_min, own.gen_pt_min) == (0.8, 10, 15)


def test_the_command_line_writes_objects(
    tops: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "o.h5"
    words = [
        "generate",
        "--process",
        str(tops),
        "--write",
        "objects",
        "--output",
        str(output),
        "--pileup",
        "0",
    ]
    assert main([*words, "--events", "4", "--processes", "1", "--gen-pt-min", "10", "--radius", "0.6"]) == 0
    assert f"objects: {output}" in capsys.readouterr().out
    with ObjectsFile(output) as file:
        assert file.n_events == 4
        assert file.provenance["jets"]["radius"] == 0.6
        assert 10 < file.read().kinds["jets"].gen["pt"].min() < 25
    assert main([*words, "--events", "4", "--max-constituents", "30"]) == 2
    assert "--max-constituents means nothing with --write objects" in capsys.readouterr().err


# Processes


@pytest.mark.parametrize(
    ("name", "low", "high"), [("vbf_hmumu", 124, 126), ("ewk_zjj", 50, 200), ("drell_yan_jets", 50, 200)]
)
def test_the_benchmarks_processes_end_in_muons(name: str, low: float, high: float) -> None:
    quick = (*process_settings(name), "PartonLevel:MPI = off", "TimeShower:QEDshowerByL = off")
    hard = Collisions(quick, 1).events(15)
    for event in range(15):
        muons = hard[(hard.event == event) & (np.abs(hard.pid) == 13)]
        hardest = muons[np.argsort(-muons.pt)[:8]]
        masses = [
            np.sqrt(max((hardest.energy[i] + hardest.energy[j]) ** 2
                        - ((hardest.momenta[i] + hardest.momenta[j]) ** 2).sum(), 0))
            for i in range(len(hardest)) for j in range(i)
            if hardest.charge[i] * hardest.charge[j] < 0
        ]  # fmt: skip
        assert any(low < mass < high for mass in masses), (event, masses)


# Flavour


def test_quarks_of_hadrons() -> None:
    ids = [511, -521, 5122, 553, 541, 411, -4122, 443, 10411, 20413, 211, 5, 4, 5101, 21, 2212, 310]
    bottom, charm = has_quark(np.array(ids), 5), has_quark(np.array(ids), 4)
    assert [i for i, yes in zip(ids, bottom, strict=True) if yes] == [511, -521, 5122, 553, 541]
    assert [i for i, yes in zip(ids, charm, strict=True) if yes] == [411, -4122, 443, 10411, 20413]


def test_flavours_by_the_ghosts_in_a_jet() -> None:
    pid = np.array([5, 21, 2, -5, 4, 4, 4, -4, 21, 1, -3])
    parton = np.array([0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1], bool)
    pt = np.array([30.0, 80, 5, 2, 20, 9, 50, 60, 3, 40, 41])
    jet = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2, 3, 3])
    truth = Truth(np.stack([pt, 0 * pt, 0 * pt], 1), pid, parton, np.zeros(11, np.intp), np.ones(1))
    found, hadron = flavours(5, jet, np.arange(11), truth)
    # b; c; charm without a hadron is none; the hardest light one; nothing.
    assert_array_equal(hadron, [5, 4, 0, 0, 0])
    assert_array_equal(found, [-5, 4, 0, -3, 0])


# Distances


def test_partners_are_the_closest_first() -> None:
    rng = np.random.default_rng(1)

    def some(n: int) -> Directions:
        return Directions(
            rng.uniform(-1, 1, n), rng.uniform(-np.pi, np.pi, n), np.sort(rng.integers(0, 5, n))
        )

    one, other = some(40), some(50)
    dphi = (one.phi[:, None] - other.phi + np.pi) % (2 * np.pi) - np.pi
    dr = np.hypot(one.eta[:, None] - other.eta, dphi)
    dr[one.event[:, None] != other.event] = np.inf
    rest, expected = dr.copy(), np.full(40, -1)
    while rest.min() < 0.7:
        i, j = np.unravel_index(np.argmin(rest), rest.shape)
        expected[i], rest[i], rest[:, j] = j, np.inf, np.inf
    of_one, of_other = partners(one, other, 0.7)
    assert_array_equal(of_one, expected)
    matched = np.flatnonzero(of_one >= 0)
    assert_array_equal(of_other[of_one[matched]], matched)
    nearest = ranked(one, other, 0.7, 2)
    for rank, found in enumerate(nearest):
        assert_array_equal(found.one, np.flatnonzero((dr < 0.7).sum(1) > rank))
        assert_array_equal(found.other, np.argsort(dr, axis=1)[found.one, rank])


# Jets


def constituents(pt, eta, phi, pid, jet=None) -> of_jets.Constituents:
    pt, eta, phi = (np.asarray(values, float) for values in (pt, eta, phi))
    jet = np.zeros(len(pt), np.intp) if jet is None else np.asarray(jet)
    return of_jets.Constituents(jet, momenta(pt, eta, phi), np.asarray(pid, np.int32), pt, eta, phi)


def axis(eta, phi, event) -> Directions:
    return Directions(np.asarray(eta, float), np.asarray(phi, float), np.asarray(event))


def test_fractions_and_shape_by_hand() -> None:
    found = constituents(
        [10, 20, 5, 40, 25, 0.5], [0, 0.1, -0.1, 0, 0, 0.3], [0, 0, 0, 0.05, -0.05, 0.3],
        [211, -13, 11, 22, 130, 22],
    )  # fmt: skip
    energy = found.pt * np.cosh(found.eta)
    parts = of_jets.fractions(found, 1)
    assert_allclose(parts["muEF"], energy[1] / energy.sum())
    assert_allclose(parts["neEmEF"], (energy[3] + energy[5]) / energy.sum())
    n, pt_d, axis2 = of_jets.shape(found, axis([0], [0], [0]))
    hard = found.pt > 1
    w = found.pt[hard] ** 2
    covariance = np.cov(np.stack([found.eta[hard], found.phi[hard]]), aweights=w, ddof=0)
    assert n == 5
    assert_allclose(pt_d, np.sqrt(w.sum()) / found.pt[hard].sum())
    assert_allclose(axis2, np.sqrt(np.linalg.eigvalsh(covariance)[0]))


def test_quarks_are_likelier_with_few_hard_candidates() -> None:
    for eta in (0.5, 3.5):
        few, many = (
            of_jets.quark_gluon(*(np.array([value]) for value in (60.0, eta, n, pt_d, width)))
            for n, pt_d, width in ((8.0, 0.6, 0.03), (25.0, 0.25, 0.09))
        )
        assert 0 < many < 0.4 < few < 1


def test_density_is_the_median_of_cells() -> None:
    rng = np.random.default_rng(2)
    n = 40_000
    even = momenta(np.full(n, 0.2), rng.uniform(-5, 5, n), rng.uniform(-np.pi, np.pi, n))
    hard = momenta(np.array([400.0]), np.array([0.1]), np.array([0.2]))
    event = np.repeat([0, 1], [n, n + 1])
    rho = of_jets.density(np.concatenate([even, even, hard]), event, 3)
    expected = 0.2 * n / (10 * 2 * np.pi)
    assert_allclose(rho[0], expected, rtol=0.03)
    assert_allclose(rho[1], rho[0], rtol=0.01)  # one jet changes no median
    assert_array_equal(rho[2], 0)


def test_areas_are_those_of_circles_and_depend_on_the_seed_alone() -> None:
    eta = np.array([0.0, 0.0, 2.0, 0.0])
    hard = momenta(np.array([100.0, 80, 60, 100]), eta, np.array([0, 2.0, -2, 0]))
    offsets = np.array([0, 3, 4])
    seeds = np.array([[7, 8], [7, 8]])
    areas = active_areas(hard, offsets, seeds, pt_min=10, rapidity_max=4, radius=0.4)
    assert_allclose(areas, np.pi * 0.4**2, rtol=0.08)
    assert areas[3] == areas[0]
    other = active_areas(hard, offsets, seeds + 5, pt_min=10, rapidity_max=4, radius=0.4)
    assert not np.array_equal(areas, other)
    assert_array_equal(active_areas(hard, offsets, seeds, pt_min=90, rapidity_max=4, radius=0.4)[1:3], 0)
    assert_allclose(
        active_areas(hard, offsets, seeds, pt_min=10, rapidity_max=5, radius=0.8), np.pi * 0.8**2, rtol=0.08
    )


def test_ids_of_a_good_jet_and_of_bad_ones() -> None:
    # A spread of tracks and photons; one photon alone; a muon; noise in one neutral hadron.
    found = constituents(
        [20, 10, 15, 5, 60, 50, 55, 1], [0.1, 0, 0.05, 0, 0, 0, 0, 0], [0, 0.1, 0, 0, 0, 0, 0, 0],
        [211, -211, 22, 130, 22, 13, 130, 22], [0, 0, 0, 0, 1, 2, 3, 3],
    )  # fmt: skip
    eta = np.zeros(4)
    parts = of_jets.fractions(found, 4)
    assert_array_equal(of_jets.jet_id(eta, parts, found), [6, 0, 0, 0])
    assert_array_equal(of_jets.jet_id(eta + 3.5, parts, found), [6, 0, 6, 6])
    # Wide jets, and those among tracks of other vertices, are of pileup.
    wide = constituents([10, 10, 10, 10], [0.3, -0.3, 0, 0], [0, 0, 0.3, -0.3], [211] * 4)
    none = axis([], [], np.zeros(0, np.intp))
    near = axis([0.1] * 30, [0.1] * 30, np.zeros(30, np.intp))
    place = axis([0.0], [0.0], [0])
    narrow = constituents([20, 20], [0.02, -0.02], [0, 0], [211, 22])
    vertices = np.array([20])
    for jet, tracks, expected in ((narrow, none, 7), (wide, none, 0), (narrow, near, 0)):
        pt = np.full(len(tracks.eta), 3.0)
        assert of_jets.pileup_id(place, jet, tracks, pt, vertices, 0.4) == [expected]


def test_b_tags_have_the_cards_efficiencies_at_any_pt() -> None:
    u = (np.arange(20_000) + 0.5) / 20_000
    for flavour, pt, efficiency in (
        (5, 30.0, 0.5504389), (4, 30.0, 0.1186208), (0, 30.0, 0.01114), (21, 200.0, 0.0176),
    ):  # fmt: skip
        tag = of_jets.b_tag(np.full(len(u), pt), np.full(len(u), flavour), u)
        assert (tag > of_jets.B_TAG_CUT).mean() == pytest.approx(efficiency, abs=2e-4)
        assert len(np.unique(tag)) == len(u)  # no steps
        assert 0 < tag.min() < tag.max() < 1


# Muons


def tracks_of(particles: Particles) -> TrackBatch:
    eta = np.arcsinh(particles.pz / particles.pt)
    return TrackBatch(particles, eta, np.arctan2(particles.py, particles.px), np.full(len(particles), 0.01))


def no_candidates(n: int) -> Candidates:
    return Candidates(np.zeros((0, 3)), np.zeros(0, np.int32), np.zeros(n + 1, np.intp))


def random_of(n: int) -> EventRandom:
    return EventRandom(stream("test", 1, event) for event in range(n))


def test_impact_parameters_have_their_sizes_and_pulls() -> None:
    n = 4000
    particles = one_kind(n, 13, 40.0, 0.8, 0.0, charge=-1.0, position=(0.0, 0.002, 0.03))
    found = of_muons.reco_muons(
        tracks_of(particles), no_candidates(n), one_kind(0, 211, 1.0), np.full(n, 0.02), random_of(n)
    )
    columns = found.columns
    assert len(found.event) > 0.97 * n
    # 2 mm across the beam, 10 mm along it.
    for name, true in (("dxy", 0.2), ("dz", 1.0)):
        pull = (columns[name] - true) / columns[f"{name}Err"]
        assert abs(pull.mean()) < 0.1
        assert pull.std() == pytest.approx(1, abs=0.06)
    assert_allclose(
        columns["ip3d"], np.hypot(columns["dxy"], columns["dz"] / np.cosh(columns["eta"])), rtol=1e-2
    )
    assert (columns["sip3d"] > 50).all()
    assert columns["eta"].std() == pytest.approx(3e-4, rel=0.1)
    for name, rate in (("isTracker", 0.99), ("isGlobal", 0.985), ("softId", 0.97), ("mediumId", 0.965)):
        assert columns[name].mean() == pytest.approx(rate, abs=0.015)


def test_soft_muons_and_hadrons_are_seldom_muons() -> None:
    n = 20_000

    def share(pid: int, pt: float) -> float:
        particles = one_kind(n, pid, pt, charge=1.0)
        found = of_muons.reco_muons(
            tracks_of(particles), no_candidates(n), one_kind(0, 211, 1.0), np.zeros(n), random_of(n)
        )
        return len(found.event) / n

    assert share(211, 30.0) == pytest.approx(of_muons.HADRON_RATE, rel=0.4)
    assert share(13, 2.9) == 0
    assert share(13, 3.1) < share(13, 10.0)
    assert share(11, 30.0) == 0


def test_isolation_by_hand() -> None:
    muon = one_kind(1, 13, 50.0, charge=-1.0, phi=0.0)
    pt = np.array([50.0, 2, 3, 4, 0.4, 7, 9])
    phi = np.array([0.0, 0.1, 0.35, 0.2, 0.2, 0.25, 0.1])
    pid = np.array([13, 211, 211, 22, 22, 130, 11], np.int32)
    candidates = Candidates(momenta(pt, np.zeros(7), phi), pid, np.array([0, 7]))
    pileup = one_kind(1, 211, 6.0, 0.0, -0.1, charge=1.0)
    found = of_muons.reco_muons(tracks_of(muon), candidates, pileup, np.zeros(1), random_of(1))
    columns = found.columns
    assert_allclose(columns["pfRelIso03_chg"] * 50, 2)
    assert_allclose(columns["pfRelIso03_all"] * 50, 2 + 4 + 7 - 3)
    assert_allclose(columns["pfRelIso04_all"] * 50, 5 + 4 + 7 - 3)
    own = of_muons.jet_relative_isolation(np.full(2, 50.0), np.array([60.0, 0]), np.array([0.3, 0.4]))
    assert_allclose(own, [0.2, 0.4])


def test_links_in_the_file_are_rows(written: Path) -> None:
    with h5py.File(written) as file:
        link = file["jets/gen/reco"][:]
        rows = link[link >= 0]
        assert_array_equal(file["jets/reco/gen"][:][rows], np.flatnonzero(link >= 0))
        assert_array_equal(file["jets/reco/event"][:][rows], file["jets/gen/event"][:][link >= 0])
