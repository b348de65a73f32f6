"""The example of VBF H to muons: its selection by hand, and the program on a small file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pyjetsim.io.objects import EventObjects, Kind, ObjectsWriter, Side

EXAMPLE = Path(__file__).parents[2] / "examples" / "vbf_hmumu"


@pytest.fixture(scope="module")
def selection() -> Iterator[ModuleType]:
    sys.path.insert(0, str(EXAMPLE))
    try:
        import selection

        yield selection
    finally:
        sys.path.remove(str(EXAMPLE))


def side(rows: list[list[tuple[float, ...]]], names: tuple[str, ...], **more: float) -> Side:
    """Objects of events, from tuples."""
    flat = [values for event in rows for values in event]
    columns = {name: np.array([values[i] for values in flat], np.float32) for i, name in enumerate(names)}
    columns |= {name: np.full(len(flat), value, np.float32) for name, value in more.items()}
    return Side(columns, np.array([len(event) for event in rows], np.int32), np.full(len(flat), -1, np.int32))


def events(muons: list, jets: list, isolation: float = 0.1, medium: float = 1.0) -> EventObjects:
    """The same on both sides."""
    mu = side(muons, ("pt", "eta", "phi", "charge"), pfRelIso04_all=isolation, mediumId=medium)
    jet = side(jets, ("pt", "eta", "phi", "mass"))
    return EventObjects(
        np.arange(len(muons)),
        {"muons": Kind(mu, mu), "jets": Kind(jet, jet)},
        {"weight": np.ones(len(muons))},
    )


MUONS = [(62.5, 0.0, 0.0, 1.0), (62.5, 0.0, np.pi, -1.0)]
JETS = [(70.0, 2.0, 1.0, 5.0), (50.0, -2.0, -2.0, 5.0)]


def test_an_event_that_passes_has_its_variables(selection: ModuleType) -> None:
    found = selection.select(events([MUONS], [JETS]), "reco")
    assert_array_equal(found.event, [0])
    assert_allclose(found.mass, 125, rtol=1e-4)
    assert_allclose(found.delta_eta, 4)
    assert_allclose(found.mass_jj, np.sqrt(2 * 70 * 50 * (np.cosh(4) - np.cos(3.0))), rtol=0.01)
    jets = np.hypot(70 * np.cos(1) + 50 * np.cos(2), 70 * np.sin(1) - 50 * np.sin(2))
    assert_allclose(found.balance, jets / 120, rtol=1e-4)  # the muons' pt adds up to nothing
    assert_allclose(found.zeppenfeld, 0, atol=1e-2)


@pytest.mark.parametrize(
    ("muons", "jets", "more"),
    [
        ([(62.5, 0.0, 0.0, 1.0), (62.5, 0.0, np.pi, 1.0)], JETS, {}),
        ([(62.5, 0.0, 0.0, 1.0), (19.0, 0.0, np.pi, -1.0)], JETS, {}),
        ([(62.5, 0.0, 0.0, 1.0), (62.5, 2.5, np.pi, -1.0)], JETS, {}),
        (MUONS, JETS, {"isolation": 0.3}),
        (MUONS, JETS, {"medium": 0.0}),
        (MUONS, [JETS[0], (24.0, -2.0, -2.0, 5.0)], {}),
        (MUONS, [(34.0, 3.0, 1.0, 5.0), (30.0, -3.0, -2.0, 5.0)], {}),
        (MUONS, [JETS[0], (40.0, 0.1, -2.0, 5.0)], {}),
        (MUONS, [(60.0, 4.8, 1.0, 5.0), JETS[1]], {}),
        ([(62.5, 2.0, 1.2, 1.0), MUONS[1]], JETS, {}),
        (MUONS, JETS[:1], {}),
    ],
    ids=[
        *(
            "charges",
            "muon pt",
            "muon eta",
            "isolation",
            "id",
            "jet pt",
            "first jet",
            "mass or eta",
            "jet eta",
        ),
        *("overlap", "one jet"),
    ],
)
def test_each_cut_cuts(selection: ModuleType, muons: list, jets: list, more: dict) -> None:
    assert len(selection.select(events([muons], [jets], **more), "reco").event) == 0
    # Gen muons have neither isolation nor ids.
    assert len(selection.select(events([muons], [jets], **more), "gen").event) == bool(more)


def test_the_hardest_ones_are_taken_of_each_event(selection: ModuleType) -> None:
    many = [(25.0, 1.0, 2.0, -1.0), *MUONS]
    soft = [(26.0, 0.5, 0.5, 3.0), *JETS[::-1]]
    none: list = []
    found = selection.select(events([none, many, MUONS, MUONS], [JETS, soft, none, JETS]), "reco")
    assert_array_equal(found.event, [1, 3])
    assert_allclose(found.mass, 125, rtol=1e-4)
    assert_allclose(found.mass_jj[0], found.mass_jj[1])


def test_the_program_draws_and_counts(
    selection: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(1)
    n = 200
    muons = [[(pt, 0.0, 0.0, 1.0), (pt, 0.0, np.pi, -1.0)] for pt in rng.normal(62.5, 0.6, n)]
    jets = [[(70.0, eta, 1.0, 5.0), (50.0, -eta, -2.0, 5.0)] for eta in rng.uniform(1.0, 3.0, n)]
    with ObjectsWriter(tmp_path / "vbf.h5", "variables", {}) as writer:
        writer.append(events(muons, jets))
    words = [
        "--signal",
        tmp_path / "vbf.h5",
        "--background",
        tmp_path / "vbf.h5",
        "--output",
        tmp_path / "out",
    ]
    monkeypatch.setattr(sys, "argv", ["vbf_hmumu.py", *map(str, words), "--signal-simulated", str(words[1])])
    import vbf_hmumu

    vbf_hmumu.main()
    report = json.loads((tmp_path / "out" / "vbf_hmumu.json").read_text())
    assert set(report["signal"]) == {"gen", "detector", "model"}
    assert report["signal"]["model"] == report["signal"]["detector"]
    assert 0.4 < report["signal"]["detector"]["efficiency"] < 0.95
    assert report["vbf"]["detector"]["resolution_gev"] == pytest.approx(1.2, rel=0.2)
    assert (tmp_path / "out" / "vbf_hmumu.png").stat().st_size > 10_000
    assert "signal detector: " in capsys.readouterr().out
    assert np.isnan(selection.resolution(np.zeros(3)))


def test_simulations_of_one_event_count_once(selection: ModuleType, tmp_path: Path) -> None:
    """Three equal answers tell no more than one; of those of which one passes, a third does."""
    n = 60
    once = events([MUONS] * n, [JETS if i % 3 else JETS[:1] for i in range(n)])
    thrice = once.at(np.repeat(np.arange(n), 3))
    thrice.columns["copy"] = np.tile([0, 1, 2], n)
    mixed = events([MUONS] * 3 * n, [JETS if i % 3 else JETS[:1] for i in range(3 * n)])
    mixed.columns["copy"] = np.tile([0, 1, 2], n)
    mixed.event[:] = np.repeat(np.arange(n), 3)
    found = {}
    for name, objects in (("once", once), ("thrice", thrice), ("mixed", mixed)):
        with ObjectsWriter(tmp_path / f"{name}.h5", "variables", {}) as writer:
            writer.append(objects)
        found[name] = selection.efficiency(*selection.selected(tmp_path / f"{name}.h5", "reco"))
    assert_allclose(found["once"], [2 / 3, np.sqrt(2 / 9 / n)])
    assert_allclose(found["thrice"], found["once"])
    assert_allclose(found["mixed"], [2 / 3, 0], atol=1e-6)  # two of three answers to each
