"""The comparison of models: names of figures, and what is told of wrong options."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tool():
    folders = [str(ROOT / "tools"), str(ROOT / "benches")]
    sys.path[:0] = folders
    try:
        import compare_models

        yield compare_models
    finally:
        for folder in folders:
            sys.path.remove(folder)


REPORT = {
    "scores": {
        "values": {"w1_over_floor_mass": 1.2, "auc": 0.55, "identity_auc": 0.9, "smearing_auc": None},
        "uncertainties": {"w1_over_floor_mass": 0.1, "auc": 0.01, "identity_auc": 0.01, "smearing_auc": None},
        "floors": {"w1_over_floor_mass": 1.0, "auc": 0.501, "identity_auc": 0.501, "smearing_auc": None},
    },
    "metrics": {
        "kld_sum": {"floor": 0.1, "prediction": 0.2, "identity": 0.3, "smearing": 0.4},
        "settings": {"sample_jets": {"jet": 4000, "constituent": 4000}},
    },
}


def test_figures_have_the_models_name_in_front(tool):
    assert dict(tool.figures_of(REPORT, "best")) == {
        "best_w1_over_floor_mass": 1.2,
        "best_w1_over_floor_mass_uncertainty": 0.1,
        "best_auc": 0.55,
        "best_auc_uncertainty": 0.01,
        "best_auc_floor": 0.501,
        "best_kld_sum": 0.2,
        "best_sample_jets": 4000,
    }
    assert dict(tool.baselines_of(REPORT)) == {
        "identity_auc": 0.9,
        "identity_kld_sum": 0.3,
        "smearing_kld_sum": 0.4,
        "floor_kld_sum": 0.1,
    }


def test_a_baseline_without_jets_is_left_out(tool):
    kld = {"floor": 0.1, "prediction": 0.2, "smearing": 0.4}
    report = {**REPORT, "metrics": {**REPORT["metrics"], "kld_sum": kld}}
    assert "identity_kld_sum" not in dict(tool.baselines_of(report))


def test_further_samples_need_a_model_named_best(tool, tmp_path, monkeypatch, capsys):
    words = ["--data", "a.h5", "--model", "vae=paper", "--also", "qcd=b.h5", "--work"]
    monkeypatch.setattr(sys, "argv", ["compare_models.py", *words, str(tmp_path / "work")])
    with pytest.raises(SystemExit):
        tool.main()
    assert "--also judges the model named best" in capsys.readouterr().err
    assert not (tmp_path / "work").exists()


def test_rows_hold_scores_and_columns_models(tool):
    figures = dict(tool.baselines_of(REPORT)) | dict(tool.figures_of(REPORT, "best"))
    rows = tool.rows_of(figures, ["identity", "best"])
    assert rows == [
        {"score": "w1_over_floor_mass", "best": 1.2},
        {"score": "auc", "identity": 0.9, "best": 0.55},
        {"score": "kld_sum", "identity": 0.3, "best": 0.2},
        {"score": "sample_jets", "best": 4000},
    ]


def test_speeds_are_kept_until_they_are_measured_again(tool, tmp_path):
    file = tmp_path / "models.json"
    assert tool.timed_before(None) == tool.timed_before(file) == {}
    file.write_text(json.dumps({"figures": {"best_ms_per_jet": 0.5, "best_auc": 0.6}}))
    assert tool.timed_before(file) == {"best_ms_per_jet": 0.5}


@pytest.mark.parametrize("text", ["best", "=x", "best=", "a b=x"])
def test_a_model_is_a_name_and_a_bundle(tool, text):
    assert tool.named("best=bundles/a=b") == ("best", "bundles/a=b")
    with pytest.raises(argparse.ArgumentTypeError, match="is not NAME=VALUE"):
        tool.named(text)


def test_the_cpp_simulator_is_timed_by_event(tool, make_pairs, tmp_path, monkeypatch):
    import _event_timing

    from pyjetsim.io import write_pairs

    monkeypatch.setattr(_event_timing, "REPEATS", 1)
    pairs = make_pairs(200, 1)
    write_pairs(tmp_path / "pairs.h5", pairs, {})
    found = _event_timing.ms_and_mb(tmp_path / "pairs.h5", "paper")
    assert set(found) - {"mb_per_thread"} == {"ms_per_jet", "ms_per_jet_b64"}
    assert np.isfinite(list(found.values())).all()
    assert 0 < found["ms_per_jet_b64"] < 100
