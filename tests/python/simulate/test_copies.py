"""What a file knows of its gen jets goes to the output; jets simulated several times are told apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from columns import with_columns
from synthetic import MakePairs

from pyjetsim.cli import main
from pyjetsim.errors import DataError, InputError
from pyjetsim.io import PairsFile, write_pairs
from pyjetsim.jets import Jets, Pairs
from pyjetsim.jets.event_ids import EventId
from pyjetsim.simulate import Simulator, simulate
from pyjetsim.simulate import files as pipeline_module


def read(path: Path) -> Pairs:
    with PairsFile(path) as file:
        return file.read()


def same(a: Jets, b: Jets) -> None:
    for name in ("constituents", "pid", "n_constituents", "jet"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


@pytest.fixture
def pairs(make_pairs: MakePairs) -> Pairs:
    return make_pairs(60, 2)


def test_columns_of_gen_and_event_are_copied(
    pairs: Pairs, bundle: Path, sim: Simulator, tmp_path: Path
) -> None:
    pairs = with_columns(pairs)
    write_pairs(tmp_path / "in.h5", pairs, {})
    simulate(tmp_path / "in.h5", bundle, tmp_path / "out.h5", 5)
    found = read(tmp_path / "out.h5")
    kept = {name for name in pairs.columns if not name.startswith("reco/")}
    assert set(found.columns) == kept
    for name in kept:
        np.testing.assert_array_equal(found.columns[name], pairs.columns[name], err_msg=name)
    assert found.weight_names == pairs.weight_names
    # Run and luminosity block tell events of one number apart.
    ids = EventId(pairs.columns["run"], pairs.columns["luminosity_block"], pairs.event)
    same(found.reco, sim(pairs.gen.constituents, event=ids, seed=5).padded_to(80))
    assert (found.reco.pt != sim(pairs.gen.constituents, event=pairs.event, seed=5).pt).mean() > 0.9


def test_events_of_one_number_in_two_runs_are_two(pairs: Pairs, bundle: Path, tmp_path: Path) -> None:
    first = pairs[:2]
    twice = Pairs.concatenate([first, first])
    twice = replace(twice, columns={"run": np.array([1, 1, 2, 2])})
    write_pairs(tmp_path / "in.h5", twice, {})
    assert simulate(tmp_path / "in.h5", bundle, tmp_path / "out.h5", 5).events == 2
    found = read(tmp_path / "out.h5").reco
    write_pairs(tmp_path / "in.h5", replace(first, columns={"run": np.array([1, 1])}), {})
    simulate(tmp_path / "in.h5", bundle, tmp_path / "out.h5", 5)
    same(read(tmp_path / "out.h5").reco, found[:2])
    assert (found.pt[:2] != found.pt[2:]).all()


def test_each_jet_is_simulated_several_times(
    pairs: Pairs, bundle: Path, sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline_module, "_ROWS", 50)  # several pieces a batch
    write_pairs(tmp_path / "in.h5", replace(pairs, columns={"mine": np.arange(60)}), {})
    summary = simulate(tmp_path / "in.h5", bundle, tmp_path / "out.h5", 5, oversample=4)
    once = simulate(tmp_path / "in.h5", bundle, tmp_path / "once.h5", 5)
    found = read(tmp_path / "out.h5")
    assert found.columns["copy"].tolist() == [0, 1, 2, 3] * 60
    assert found.columns["copy"].dtype == np.int32
    for copy in range(4):
        same(found.gen[copy::4], pairs.gen)
        np.testing.assert_array_equal(found.event[copy::4], pairs.event)
        np.testing.assert_array_equal(found.columns["mine"][copy::4], np.arange(60))
        reco = sim(pairs.gen.constituents, event=pairs.event, seed=5, copy=copy).padded_to(80)
        same(found.reco[copy::4], reco)
    same(found.reco[::4], read(tmp_path / "once.h5").reco)
    assert (summary.events, summary.jets) == (30, 240)
    assert {name: summary.of_task[name] for name in ("truncated", "outside_domain")} == {
        name: once.of_task[name] for name in ("truncated", "outside_domain")
    }
    with PairsFile(tmp_path / "out.h5") as file:
        assert file.provenance["simulation"]["oversample"] == 4


def test_copies_can_be_simulated_again(pairs: Pairs, bundle: Path, tmp_path: Path) -> None:
    write_pairs(tmp_path / "in.h5", pairs, {})
    simulate(tmp_path / "in.h5", bundle, tmp_path / "a.h5", 5, oversample=3)
    assert simulate(tmp_path / "a.h5", bundle, tmp_path / "b.h5", 5).events == 30
    a, b = read(tmp_path / "a.h5"), read(tmp_path / "b.h5")
    same(b.reco, a.reco)
    np.testing.assert_array_equal(b.columns["copy"], a.columns["copy"])
    with pytest.raises(DataError, match=r"a\.h5 has several simulations of each gen jet"):
        simulate(tmp_path / "a.h5", bundle, tmp_path / "c.h5", 5, oversample=2)
    assert not (tmp_path / "c.h5").exists()


def test_the_command_writes_copies_to_root(pairs: Pairs, bundle: Path, tmp_path: Path) -> None:
    pytest.importorskip("uproot")
    write_pairs(tmp_path / "in.h5", pairs, {"generator": "test"})
    words = ["--bundle", str(bundle), "--seed", "5", "--oversample", "2", "--quiet"]
    for name, more in (("a.h5", []), ("a.root", []), ("b.root", ["--rntuple"])):
        command = ["simulate", str(tmp_path / "in.h5"), "--output", str(tmp_path / name), *words, *more]
        assert main(command) == 0
    expected = read(tmp_path / "a.h5")
    for name in ("a.root", "b.root"):
        assert main(["convert", str(tmp_path / name), "--output", str(tmp_path / "b.h5"), "--quiet"]) == 0
        found = read(tmp_path / "b.h5")
        same(found.gen, expected.gen)
        same(found.reco, expected.reco)
        np.testing.assert_array_equal(found.columns["copy"], expected.columns["copy"])
    # What was written is simulated as its jets.h5 is.
    assert (
        main(
            ["simulate", str(tmp_path / "a.root"), "--output", str(tmp_path / "c.h5"), *words[:4], "--quiet"]
        )
        == 0
    )
    same(read(tmp_path / "c.h5").reco, expected.reco)


@pytest.mark.parametrize("copies", [0, -1, 1001])
def test_a_number_of_copies_that_cannot_be(pairs: Pairs, bundle: Path, tmp_path: Path, copies: int) -> None:
    write_pairs(tmp_path / "in.h5", pairs, {})
    with pytest.raises(InputError, match=f"oversample is {copies} "):
        simulate(tmp_path / "in.h5", bundle, tmp_path / "out.h5", 5, oversample=copies)
