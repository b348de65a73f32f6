"""Pictures of jets: what is drawn, of which jet, and what cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import MakePairs

import pyjetsim
from pyjetsim.cli import main
from pyjetsim.errors import DataWarning
from pyjetsim.inspection.show import show
from pyjetsim.io import PairsFile, write_pairs
from pyjetsim.jets import Pairs
from pyjetsim.simulate import simulate


@pytest.fixture(scope="module")
def pairs(make_pairs: MakePairs) -> Pairs:
    return make_pairs(12, 3)


@pytest.fixture(scope="module")
def file(pairs: Pairs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("show") / "x.h5"
    write_pairs(path, pairs, {"jets": {"radius": 0.7}})
    return path


def test_gen_reco_and_simulated(file: Path, pairs: Pairs, tmp_path: Path) -> None:
    words = [
        "show",
        str(file),
        "--bundle",
        "paper",
        "--jet",
        "5",
        "--seed",
        "3",
        "--output",
        str(tmp_path / "x.png"),
    ]
    assert main(words) == 0
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    with pytest.warns(
        DataWarning, match=r"has jets of R 0\.7, and the model was trained on jets of R 0\.5"
    ) as told:
        shown = show(file, tmp_path / "y.png", bundle="paper", jet=5, seed=3)
    assert len(told) == 1
    assert shown.radius == 0.7
    np.testing.assert_array_equal(shown.reco.constituents[0], pairs.reco.constituents[5])
    # The same noise as in a simulation of the whole file.
    whole = pyjetsim.load("paper")(pairs.gen.constituents, event=pairs.event, seed=3)
    np.testing.assert_allclose(shown.simulated.pt, whole.pt[[5]], rtol=1e-4)


def test_runs_and_copies_have_the_noise_of_a_simulation(pairs: Pairs, tmp_path: Path) -> None:
    few = replace(
        pairs[:9],
        event=np.full(9, 4),
        columns={"run": np.repeat([7, 8, 9], 3), "copy": np.tile(np.arange(3, dtype=np.int32), 3)},
    )
    write_pairs(tmp_path / "runs.h5", few, {})
    simulate(tmp_path / "runs.h5", "paper", tmp_path / "out.h5", 2, quiet=True)
    with PairsFile(tmp_path / "out.h5") as out:
        whole = out.read().reco
    for jet in (0, 4, 8):
        shown = show(tmp_path / "runs.h5", tmp_path / "x.png", bundle="paper", jet=jet, seed=2)
        np.testing.assert_allclose(shown.simulated.pt, whole.pt[[jet]], rtol=1e-4)


def test_an_event_has_all_its_jets(file: Path, pairs: Pairs, tmp_path: Path) -> None:
    shown = show(file, tmp_path / "x.svg", event=3)
    assert shown.gen.pt.tolist() == pairs.gen.pt[pairs.event == 3].tolist()
    assert shown.simulated is None
    drawn = (tmp_path / "x.svg").read_text()
    assert drawn.count("<svg ") == 1
    assert drawn.count('id="axes_') == 2


@pytest.mark.parametrize("ending", ["root", "parquet"])
def test_pairs_of_other_files(file: Path, pairs: Pairs, tmp_path: Path, ending: str) -> None:
    from pyjetsim.simulate import simulate

    with pytest.warns(DataWarning, match=r"jets of R 0\.7"):
        simulate(file, "paper", tmp_path / f"x.{ending}", 1, quiet=True)
    shown = show(tmp_path / f"x.{ending}", tmp_path / "x.png", event=3)
    np.testing.assert_allclose(np.sort(shown.gen.pt), np.sort(pairs.gen.pt[pairs.event == 3]), rtol=1e-5)
    assert len(shown.reco) == len(shown.gen) == 2
    assert shown.reco_of.startswith("simulated by ")


def test_gen_alone(pairs: Pairs, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", pairs.gen.constituents)
    words = ["show", str(tmp_path / "x.npy"), "--map", "gen=.", "--jet", "7", "--bundle", "paper"]
    assert main([*words, "--output", str(tmp_path / "x.pdf")]) == 0
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")


MISTAKES = {
    "a seed for nothing": (["--seed", "3"], "a seed is given and no bundle"),
    "no jet": (["--jet", "12"], "has no jet 12, of 12 jets"),
    "no event": (["--event", "77"], "has no event 77"),
    "both": (["--event", "1", "--jet", "1"], "not allowed with"),
    "no picture": (["--output", "x.h5"], "its ending says what kind of picture"),
    "bundle": (["--bundle", "nothing"], "nothing"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_one_line(
    mistake: str,
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    more, message = MISTAKES[mistake]
    assert main(["show", str(file), "--output", "x.png", *more]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())
