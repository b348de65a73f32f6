"""The example of VBF H to muons: its selection by hand, and the program on a small file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
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
    words += ["--signal-simulated", words[1], "--variation", words[1], "--variation-simulated", words[1]]
    monkeypatch.setattr(sys, "argv", ["vbf_hmumu.py", *map(str, words)])
    import vbf_hmumu

    vbf_hmumu.main()
    report = json.loads((tmp_path / "out" / "vbf_hmumu.json").read_text())
    assert set(report["signal"]) == {"gen", "detector", "model"}
    assert report["signal"]["model"] == report["signal"]["detector"]
    assert 0.4 < report["signal"]["detector"]["efficiency"] < 0.95
    assert report["vbf"]["detector"]["resolution_gev"] == pytest.approx(1.2, rel=0.2)
    for name in ("vbf_hmumu", "variation"):
        assert (tmp_path / "out" / f"{name}.png").stat().st_size > 10_000
    # The variation is the reference: what is carried over is the detector's spectrum.
    assert all(panel["chi2"] < 1e-9 and panel["bins"] > 0 for panel in report["carried_over"].values())
    assert "signal detector: " in capsys.readouterr().out
    assert np.isnan(selection.resolution(np.zeros(3)))

    # The notebook does the same, in a process of its own.
    for name in ("vbf_simulated", "variation", "variation_simulated"):
        (tmp_path / f"{name}.h5").symlink_to(tmp_path / "vbf.h5")
    monkeypatch.setenv("VBF", str(tmp_path))
    monkeypatch.delenv("PYTHONSAFEPATH")  # a notebook imports what stands beside it
    notebook = nbformat.read(EXAMPLE / "vbf_hmumu.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)  # none is kept: they would grow old
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(EXAMPLE)}}).execute()
    pictures = [
        output
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == 2


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


def test_what_a_model_gets_wrong_on_both_sides_cancels(selection: ModuleType) -> None:
    import vbf_hmumu

    def sample(mean: float, seed: int) -> object:
        rng = np.random.default_rng(seed)
        ones = np.ones(200_000)
        return selection.Selected(
            np.arange(200_000),
            ones,
            ones,
            *[ones] * 2,
            800 + 0 * ones,
            ones,
            rng.beta(mean, 4, 200_000),
            ones,
        )

    # The detector's balance is that of the model with another shape; the variation changes both alike.
    detector, simulated, variation, truth = (
        sample(mean, seed) for seed, mean in enumerate((1.5, 1.7, 1.8, 1.6))
    )
    made, error = vbf_hmumu.carried_over(detector, simulated, variation, "balance")
    real, _ = vbf_hmumu.counted(truth, "balance", vbf_hmumu.PANELS["balance"][1])
    wrong, _ = vbf_hmumu.counted(variation, "balance", vbf_hmumu.PANELS["balance"][1])
    assert (error > 0).all()
    assert np.abs(made - real).sum() < 0.25 * np.abs(wrong - real).sum()


def test_mistags_are_those_of_the_scores() -> None:
    sys.path.insert(0, str(EXAMPLE))
    import btag_roc

    b, light = np.linspace(0, 1, 1001), np.linspace(-1, 1, 2001)
    share, error = btag_roc.mistag(b, light, 0.5)
    assert share == pytest.approx(0.25, abs=2e-3)  # above 0.5, of -1 to 1
    expected = np.hypot(np.sqrt(0.25 * 0.75 / 2001), 0.5 * np.sqrt(0.25 / 1001))
    assert error == pytest.approx(expected, rel=0.1)


def test_a_roc_of_two_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    sys.path.insert(0, str(EXAMPLE))
    import btag_roc

    rng = np.random.default_rng(2)
    n = 3000
    flavour = rng.choice([0, 4, 5], n).astype(np.int32)
    for name in ("tt", "simulated"):
        score = (rng.normal(flavour / 2.5, 1)).astype(np.float32)
        ones, same = np.ones(n, np.int32), np.arange(n, dtype=np.int32)
        pt, eta = np.full(n, 60, np.float32), np.zeros(n, np.float32)
        jets = Kind(
            Side({"pt": pt, "eta": eta, "hadronFlavour": flavour}, ones, same),
            Side({"pt": pt, "eta": eta, "btag": score}, ones, same),
        )
        with ObjectsWriter(tmp_path / f"{name}.h5", "variables", {}) as writer:
            writer.append(EventObjects(np.arange(n), {"jets": jets}))
    words = ["--target", tmp_path / "tt.h5", "--simulated", tmp_path / "simulated.h5", "--output", tmp_path]
    monkeypatch.setattr(sys, "argv", ["btag_roc.py", *map(str, words)])
    btag_roc.main()
    report = json.loads((tmp_path / "btag_roc.json").read_text())
    for name in ("c at 0.7", "light at 0.7"):
        (one, error), (two, other) = report["detector"][name], report["model"][name]
        assert abs(one - two) < 5 * np.hypot(error, other)
    assert report["detector"]["light at 0.7"][0] < report["detector"]["c at 0.7"][0] < 0.7
    assert (tmp_path / "btag_roc.png").stat().st_size > 10_000
    assert "light at 70% of b" in capsys.readouterr().out
