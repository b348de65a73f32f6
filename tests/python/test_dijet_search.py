"""The example of a dijet search: its fits on spectra that are known, and all of it on a few events."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from synthetic import MakePairs

from pyjetsim.cli import main
from pyjetsim.io import PairsFile
from pyjetsim.jets import Jets, momenta

FOLDER = Path(__file__).parents[2] / "examples" / "dijet_search"
PARAMETERS = np.array([-13.0, 9.0, 4.5, -0.1])


@pytest.fixture(scope="module")
def tools() -> ModuleType:
    pytest.importorskip("hist")
    sys.path.insert(0, str(FOLDER))
    try:
        import dijets
    finally:
        sys.path.remove(str(FOLDER))
    return dijets


def drawn(tools: ModuleType, n: int, seed: int):
    """Masses by the smooth function, each with the weight that makes the cross section right."""
    random = np.random.default_rng(seed)
    mass = random.uniform(tools.EDGES[0], tools.EDGES[-1], n)
    weight = tools.smooth(mass, PARAMETERS) * (tools.EDGES[-1] - tools.EDGES[0]) / n
    zeros = np.zeros(n)
    none = np.ones((n, 2))
    return tools.Dijets(mass, zeros, zeros + 1, zeros, weight, np.arange(n), none, none, none)


def test_the_two_hardest_jets_of_each_event(tools: ModuleType, make_pairs: MakePairs) -> None:
    axes = np.array([[300, 0.0, 0.0], [250, 1.0, 3.0], [210, -1, 1], [400, 0, 0], [90, 0, 3], [220, 2.6, 1]])
    jets = Jets.from_constituents(momenta(*axes.T)[:, None])
    pairs = make_pairs(6, 1)
    weight = np.array([[2.0, 5], [2, 5], [2, 5], [3, 7], [3, 7], [3, 7]])
    pairs = replace(
        pairs, gen=jets, reco=jets, event=np.array([4, 4, 4, 9, 9, 9]), columns={"weight": weight}
    )
    found = tools.dijets(pairs)  # of event 9 one jet is left: the others are soft, or far out
    assert found.event.tolist() == [4]
    assert found.weight.tolist() == [2]
    assert found.delta_eta[0] == pytest.approx(1, abs=1e-5)
    assert found.mass[0] == pytest.approx(np.sqrt(2 * 300 * 250 * (np.cosh(1) - np.cos(3))), rel=1e-5)
    assert found.chi[0] == pytest.approx(np.e, rel=1e-4)
    assert found.boost[0] == pytest.approx(0.5, rel=1e-4)


def test_a_fit_gives_back_what_was_drawn(tools: ModuleType) -> None:
    events = drawn(tools, 40_000, 1)
    made = tools.spectrum(events.mass, events.weight, tools.EDGES)
    best, fits = tools.chosen_function(made)
    assert best <= 4
    assert 0.2 < fits[4].chi2 / fits[4].ndf < 2.2
    masses = np.array([700.0, 1200, 2000])
    expected = tools.smooth(masses, PARAMETERS)
    np.testing.assert_allclose(tools.smooth(masses, fits[4].parameters), expected, rtol=0.05)
    assert fits[3].chi2 >= fits[4].chi2 >= fits[5].chi2 - 1e-6


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_a_signal_is_found_as_strong_as_it_is(tools: ModuleType, strength: float) -> None:
    events = drawn(tools, 40_000, 2)
    made = tools.spectrum(events.mass, events.weight, tools.EDGES)
    peak = np.random.default_rng(5).normal(1400, 80, 4000)
    signal = tools.spectrum(peak, np.full(4000, 0.1 * made.sum().value / 4000), tools.EDGES)
    found = tools.fit(made + signal * strength, 4, signal.values())
    assert abs(found.strength - strength) < 4 * found.strength_error
    assert found.strength_error < 0.2
    if strength:
        assert tools.fit(made + signal * strength, 4).chi2 > found.chi2 + 25


def test_negative_weights_change_errors_alone(tools: ModuleType) -> None:
    events = drawn(tools, 200_000, 3)
    signed = tools.with_negative_weights(events, 0.2)
    assert (signed.weight < 0).mean() == pytest.approx(0.2, abs=0.01)
    one, other = (tools.spectrum(each.mass, each.weight, tools.EDGES) for each in (events, signed))
    pulls = (other.values() - one.values()) / np.sqrt(other.variances())
    assert np.abs(pulls).max() < 4
    np.testing.assert_allclose(np.sqrt(other.variances() / one.variances()), 1 / 0.6, rtol=1e-6)


def test_common_events_make_a_ratio_sure(tools: ModuleType) -> None:
    """Half of the fluctuations are common: independent errors would be far too large."""
    one = drawn(tools, 5000, 4)
    other = replace(one, mass=one.mass * 1.0001)
    ratio, error = tools.bootstrapped_ratio(other, one, lambda each: each.mass, tools.EDGES)
    made = tools.spectrum(one.mass, one.weight, tools.EDGES)
    independent = np.sqrt(2 * made.variances()) / made.values()
    assert np.median(error / independent) < 0.3
    assert np.abs((ratio - 1) / np.maximum(error, 1e-3)).max() < 6


def test_a_ratio_carries_one_region_to_another(tools: ModuleType) -> None:
    control, signal = drawn(tools, 20_000, 5), drawn(tools, 20_000, 6)
    steeper = replace(signal, weight=3 * signal.weight * (signal.mass / 1000) ** -0.5)
    made = [tools.spectrum(each.mass, each.weight, tools.EDGES) for each in (steeper, control)]
    factor, error = tools.smooth_transfer(*made)
    centre = np.sqrt(tools.EDGES[1:] * tools.EDGES[:-1])
    assert np.abs((factor - 3 * (centre / 1000) ** -0.5) / error).max() < 4
    assert (error / factor).max() < 0.1


def test_pileup_that_two_jets_share(tools: ModuleType) -> None:
    rng = np.random.default_rng(4)
    n = 20_000
    pt, count = rng.uniform(200, 800, (n, 1)) * [1, 0.9], rng.integers(10, 60, (n, 2)).astype(float)
    zeros = np.zeros(n)

    def found(shared: float) -> tuple[float, float]:
        pileup = np.sqrt(shared) * rng.normal(size=(n, 1)) + np.sqrt(1 - shared) * rng.normal(size=(n, 2))
        reco = 0.8 * count + 5 * np.log(pt) + 3 * pileup
        dijets = tools.Dijets(zeros, zeros, zeros, zeros, zeros, np.arange(n), pt, count, reco)
        return tools.shared_pileup(dijets)

    for shared in (0.0, 0.3):
        correlation, uncertainty = found(shared)
        assert uncertainty == pytest.approx((1 - shared**2) / np.sqrt(n), rel=0.1)
        assert abs(correlation - shared) < 4 * uncertainty


def test_all_of_it(tools: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    import dijet_search
    import make_samples

    monkeypatch.setattr(make_samples, "SLICES", ((250, 400), (400, 900)))
    folder = tmp_path / "dijets"
    words = ["make_samples.py", str(folder), "--events", "150", "--pileup", "0", "--processes", "1"]
    monkeypatch.setattr(sys, "argv", words)
    make_samples.main()
    with PairsFile(folder / "qcd.h5") as file:
        pairs = file.read()
        slices = file.provenance["slices"]
    assert pairs.weight_names == ("pb",)
    # The second slice has other event numbers, and the weight of its cross section.
    for place, part in enumerate(slices):
        of_slice = pairs.event // 150 == place
        assert of_slice.any()
        np.testing.assert_allclose(pairs.columns["weight"][of_slice, 0], part["pb"] / 150)
    assert slices[0]["pb"] > 5 * slices[1]["pb"]
    for name in ("qcd", "signal"):
        simulated = str(folder / f"{name}_simulated.h5")
        words = [
            "simulate",
            str(folder / f"{name}.h5"),
            "--bundle",
            "paper",
            "--output",
            simulated,
            "--quiet",
        ]
        assert main(words) == 0
    monkeypatch.setattr(sys, "argv", ["dijet_search.py", str(folder), "--output", str(tmp_path / "out")])
    dijet_search.main()
    results = json.loads((tmp_path / "out" / "dijet_search.json").read_text())
    assert results["events"]["reco"] > 50
    assert set(results["signal"]["fits"]) == {
        "reco signal in reco", "simulated signal in simulated", "simulated signal in reco",
    }  # fmt: skip
    for name in ("spectrum", "fits", "signal", "angles", "ratio_method"):
        assert (tmp_path / "out" / f"{name}.png").stat().st_size > 10_000
    assert set(results["shared_pileup"]) == {"reco", "simulated"}
    assert "injected 1" in capsys.readouterr().out

    # The notebook does the same, in a process of its own.
    monkeypatch.setenv("DIJETS", str(folder))
    monkeypatch.delenv("PYTHONSAFEPATH")  # a notebook imports what stands beside it
    notebook = nbformat.read(FOLDER / "dijet_search.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)  # none is kept: they would grow old
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(FOLDER)}}).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    pictures = [output for cell in cells for output in cell.outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == 5
