"""A dataset in the place of a file: the same simulation, the same report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import MakePairs

from pyjetsim.convert import convert
from pyjetsim.errors import DataError, DataWarning, InputError
from pyjetsim.evaluate import evaluate
from pyjetsim.io import PairsFile, dataset, open_pairs, write_pairs
from pyjetsim.simulate import dataset as simulate_dataset
from pyjetsim.simulate import simulate
from pyjetsim.simulate.dataset import DatasetJob
from pyjetsim.simulate.simulator import load
from pyjetsim.tasks.constituents import Constituents

pytestmark = pytest.mark.usefixtures("unrendered_module")


def test_simulate_and_evaluate_take_a_dataset(tmp_path: Path, bundle: Path, make_pairs: MakePairs) -> None:
    write_pairs(tmp_path / "one.h5", make_pairs(400, 2), {"jets": {"radius": 0.5}})
    dataset.split(tmp_path / "many", tmp_path / "one.h5", 60)
    reports = []
    for name in ("one.h5", "many"):
        output = tmp_path / f"of-{name}.h5"
        simulate(tmp_path / name, bundle, output, seed=3, quiet=True)
        reports.append(
            evaluate(
                tmp_path / name,
                output,
                tmp_path / f"report-{name}",
                selection="all",
                skip=["trees", "sets", "distances"],
            )
        )
    with PairsFile(tmp_path / "of-one.h5.h5") as one, PairsFile(tmp_path / "of-many.h5") as many:
        for side in ("gen", "reco"):
            np.testing.assert_array_equal(getattr(one.read(), side).jet, getattr(many.read(), side).jet)
    assert reports[0]["metrics"] == reports[1]["metrics"]
    assert reports[0]["target"]["pairs"] == reports[1]["target"]["pairs"]


def test_a_simulated_dataset_is_the_file_in_shards(
    tmp_path: Path, bundle: Path, make_pairs: MakePairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pairs(tmp_path / "one.h5", make_pairs(120, 2), {"jets": {"radius": 0.5}})
    options: dict[str, Any] = {
        "seed": 3,
        "oversample": 2,
        "gen_pt_min": 120.0,
        "split": "train",
        "quiet": True,
    }
    whole = simulate(tmp_path / "one.h5", bundle, tmp_path / "whole.h5", **options)
    cut = {"events_per_shard": 25, "processes": 1}
    many = tmp_path / "many"
    parts = [simulate(tmp_path / "one.h5", bundle, many, part=f"{i}/2", **cut, **options) for i in (1, 2)]
    assert sum(part.jets for part in parts) == whole.jets > 0
    assert sum(part.events for part in parts) == whole.events
    with PairsFile(tmp_path / "whole.h5") as one, open_pairs(many) as shards:
        expected, found = one.read(), shards.read()
        assert shards.provenance["simulation"]["counts"] == one.provenance["simulation"]["counts"]
    for side in ("gen", "reco"):
        for name in ("constituents", "pid", "jet"):
            np.testing.assert_array_equal(
                getattr(getattr(found, side), name), getattr(getattr(expected, side), name)
            )
    assert len(dataset.read_index(many).shards) == 3

    # An event that fails is left out.
    answer, poison = Constituents.answer, int(expected.event[0])

    def poisoned(self: Constituents, simulator: Any, source: Any, batch: Any, seed: int) -> Any:
        if poison in batch.event:
            raise InputError("poison", "it is one", "leave it out")
        return answer(self, simulator, source, batch, seed)

    monkeypatch.setattr(Constituents, "answer", poisoned)
    with pytest.warns(DataWarning, match=f"left out: 1, the first is event {poison} with seed 3: poison"):
        simulate(tmp_path / "one.h5", bundle, tmp_path / "poisoned", **cut, **options)
    with open_pairs(tmp_path / "poisoned") as shards:
        np.testing.assert_array_equal(shards.read().reco.jet, expected.reco.jet[expected.event != poison])


def test_an_event_in_several_shards_has_its_jets_counted_on(
    tmp_path: Path, bundle: Path, make_pairs: MakePairs
) -> None:
    pairs = make_pairs(60, 2)
    write_pairs(tmp_path / "one.h5", replace(pairs, event=pairs.event % 7), {"jets": {"radius": 0.5}})
    simulate(tmp_path / "one.h5", bundle, tmp_path / "whole.h5", 3, quiet=True)
    words: dict[str, Any] = {"events_per_shard": 10, "processes": 1, "quiet": True}
    simulate(tmp_path / "one.h5", bundle, tmp_path / "many", 3, **words)
    with PairsFile(tmp_path / "whole.h5") as one, open_pairs(tmp_path / "many") as many:
        np.testing.assert_array_equal(many.read().reco.jet, one.read().reco.jet)
    assert len(dataset.read_index(tmp_path / "many").shards) > 1


def test_what_changes_between_parts_is_refused(
    tmp_path: Path, bundle: Path, make_pairs: MakePairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other jets under the same numbers, and another model under the same name."""
    source = tmp_path / "one.h5"
    options: dict[str, Any] = {"seed": 3, "events_per_shard": 25, "processes": 1, "quiet": True}
    pairs = make_pairs(120, 2)
    write_pairs(source, pairs, {"jets": {"radius": 0.5}})
    simulate(source, bundle, tmp_path / "many", part="1/2", **options)
    write_pairs(source, replace(make_pairs(120, 5), event=pairs.event), {"jets": {"radius": 0.5}})
    with pytest.raises(InputError, match="holds shards of other settings: content"):
        simulate(source, bundle, tmp_path / "many", part="2/2", **options)

    job = DatasetJob.maker

    def other(self: DatasetJob, advance: Any) -> Any:
        settings = {**self.settings, "model_sha256": "of the model at the beginning"}
        return job(replace(self, settings=settings), advance)

    monkeypatch.setattr(DatasetJob, "maker", other)
    with pytest.raises(DataError, match="is another than when this began"):
        simulate(source, bundle, tmp_path / "other", part="1/1", **options)


def test_shards_are_made_by_what_was_asked_for(
    tmp_path: Path, bundle: Path, make_pairs: MakePairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pairs(tmp_path / "one.h5", make_pairs(20, 2), {"jets": {"radius": 0.5}})
    asked = []

    def loaded(*words: Any) -> Any:
        asked.append(words[1:])
        return load(*words)

    monkeypatch.setattr(simulate_dataset, "load", loaded)
    words: dict[str, Any] = {"backend": "onnxruntime", "processes": 1, "part": "1/1", "quiet": True}
    simulate(tmp_path / "one.h5", bundle, tmp_path / "many", 1, **words)
    assert asked == [(1, "onnxruntime", None, "cpu")]


def test_what_cannot_be_cut_is_refused(tmp_path: Path, bundle: Path, make_pairs: MakePairs) -> None:
    write_pairs(tmp_path / "one.h5", make_pairs(20, 2), {})
    with pytest.raises(InputError, match="an RNTuple would be the shards of a dataset"):
        simulate(tmp_path / "one.h5", bundle, tmp_path / "x", 1, events_per_shard=5, rntuple=True)
    convert([tmp_path / "one.h5"], tmp_path / "one.parquet", quiet=True)
    with pytest.raises(InputError, match="convert it first: pyjetsim convert"):
        simulate(tmp_path / "one.parquet", bundle, tmp_path / "x", 1, part="1/2")
    assert not (tmp_path / "x").exists()
