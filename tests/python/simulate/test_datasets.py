"""A dataset in the place of a file: the same simulation, the same report."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from synthetic import MakePairs

from pyjetsim.evaluate import evaluate
from pyjetsim.io import PairsFile, dataset, write_pairs
from pyjetsim.simulate import simulate


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
