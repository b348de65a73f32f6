"""Tables of objects, compared: variables, how they go together, and what they hang on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from object_tables import CONDITIONS, TARGETS, table, write_table

from pyjetsim.errors import DataError
from pyjetsim.evaluate import evaluate
from pyjetsim.evaluate.metrics.columns import correlations_of, profile_of, share_difference
from pyjetsim.io.objects import EventObjects

pytestmark = pytest.mark.usefixtures("unrendered_module")

MODEL = {"simulation": {"kind": "jets", "conditions": CONDITIONS, "targets": TARGETS}}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of two tables of the same detector."""
    folder = tmp_path_factory.mktemp("columns")
    target = write_table(folder / "target.h5", table(3000, 1))
    prediction = write_table(folder / "prediction.h5", table(3000, 2), MODEL)
    found = evaluate(target, prediction, folder / "report", skip=("distances", "trees"))
    assert (folder / "report" / "index.html").is_file()
    return found


def test_the_same_detector_is_at_the_floor(report) -> None:
    rows = report["metrics"]["observables"]
    assert list(rows) == [target["name"] for target in TARGETS]
    over = {name: row["wasserstein"]["prediction"]["over_floor"] for name, row in rows.items()}
    assert max(over.values()) < 3
    columns = report["columns"]
    assert columns["auc"] == {}
    # Five standard deviations of the difference between two coefficients of 3,800 jets each.
    assert columns["correlation_difference_max"]["prediction"] < 0.115
    assert max(columns["share_difference_max"]["prediction"].values()) < 0.04
    scores = report["scores"]["values"]
    assert scores["correlation_difference_max"] == columns["correlation_difference_max"]["prediction"]
    assert scores["auc_with_conditions"] is None


def test_a_profile_is_that_of_the_detector(report) -> None:
    profile = report["columns"]["profiles"]["ptRatio"]
    assert set(report["columns"]["profiles"]) == {"ptRatio", "etaMinusGen", "phiMinusGen"}
    width = np.array(profile["target"]["width"])
    assert width[0] > 1.5 * width[-1]  # resolution gets better
    # A bin's width is known to 6 or 7 %: five standard deviations of the difference, and of the mean of ten.
    found = np.array(profile["prediction"]["width"])
    np.testing.assert_allclose(found, width, rtol=0.45)
    assert found.mean() == pytest.approx(width.mean(), rel=0.15)


def test_what_hangs_on_a_condition_is_seen_by_the_classifier_alone(tmp_path: Path) -> None:
    """Variables of the right distribution that have forgotten their gen jets."""
    objects = table(2500, 3)
    reco = objects.kinds["jets"].reco
    gen = objects.kinds["jets"].gen
    ratio = reco["pt"] / gen["pt"][reco.match]
    mixed = np.random.default_rng(1).permutation(ratio) * gen["pt"][reco.match]
    muon = np.random.default_rng(2).permutation(reco["muEF"])
    columns = {**reco.columns, "pt": mixed.astype(np.float32), "muEF": muon}
    side = type(reco)(columns, reco.count, reco.match)
    kinds = {**objects.kinds, "jets": objects.kinds["jets"]._replace(reco=side)}
    target = write_table(tmp_path / "target.h5", objects)
    other = write_table(tmp_path / "other.h5", EventObjects(objects.event, kinds, objects.columns), MODEL)
    found = evaluate(target, other, tmp_path / "report", skip=("distances",))
    assert found["metrics"]["observables"]["ptRatio"]["wasserstein"]["prediction"]["over_floor"] < 2
    assert found["columns"]["auc"]["floor"]["value"] == pytest.approx(0.5, abs=0.05)
    assert found["columns"]["auc"]["prediction"]["value"] > 0.55


def test_files_without_a_model_are_compared_by_what_they_share(tmp_path: Path) -> None:
    one = write_table(tmp_path / "one.h5", table(300, 4))
    other = write_table(tmp_path / "other.h5", table(300, 5))
    found = evaluate(one, other, tmp_path / "report", skip=("distances", "trees"))
    assert set(found["metrics"]["observables"]) == {
        "ptRatio",
        "etaMinusGen",
        "phiMinusGen",
        "nConstituents",
        "muEF",
        "puId",
    }


def test_a_table_without_the_models_columns_is_told(tmp_path: Path) -> None:
    objects = table(100, 6)
    jets = objects.kinds["jets"]
    less = {name: values for name, values in jets.reco.columns.items() if name != "muEF"}
    side = type(jets.reco)(less, jets.reco.count, jets.reco.match)
    kinds = {**objects.kinds, "jets": jets._replace(reco=side)}
    target = write_table(tmp_path / "target.h5", EventObjects(objects.event, kinds, objects.columns))
    prediction = write_table(tmp_path / "prediction.h5", objects, MODEL)
    with pytest.raises(DataError, match="has no column jets/reco/muEF"):
        evaluate(target, prediction, tmp_path / "report")


def test_numbers_of_known_samples() -> None:
    values = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    np.testing.assert_allclose(correlations_of(values), 1)
    np.testing.assert_allclose(correlations_of(values * [1, -1])[0, 1], -1)
    assert share_difference(np.array([0.0, 0, 1, 1]), np.array([0.0, 1, 1, 1])) == 0.25
    profile = profile_of(np.array([0.0, 1.0, 2.0]), np.array([0.5, 0.6, 1.5]), np.array([1.0, 3.0, 7.0]))
    assert profile.median.tolist() == [2.0, 7.0]
    assert profile.width[1] == 0
