"""The comparison of detectors: names of figures, and how far each is from the first."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tools():
    folders = [str(ROOT / "tools"), str(ROOT / "benches")]
    sys.path[:0] = folders
    try:
        import compare_detectors
        import results_table

        yield compare_detectors, results_table
    finally:
        for folder in folders:
            sys.path.remove(folder)


def _report(auc):
    scores = {"w1_over_floor_mass": 1.2, "auc": auc, "auc_constituents": auc / 2, "identity_auc": 0.9}
    return {
        "scores": {
            "values": scores,
            "uncertainties": dict.fromkeys(scores, 0.01),
            "floors": dict.fromkeys(scores, 0.5),
        },
        "metrics": {"kld_sum": {"prediction": 0.2}, "settings": {"sample_jets": {"jet": 4000}}},
    }


def test_every_detector_is_held_against_the_first(tools):
    figures = tools[0].comparison({"cms": _report(0.6), "atlas": _report(0.58), "mine": _report(0.7)})
    assert figures["atlas_auc"] == 0.58
    assert figures["auc_atlas_minus_cms"] == pytest.approx(-0.02)
    assert figures["auc_constituents_mine_minus_cms"] == pytest.approx(0.05)
    assert not any(name.endswith("cms_minus_cms") for name in figures)


def test_the_table_shows_errors_and_floors(tools, tmp_path, monkeypatch):
    figures = tools[0].comparison({"cms": _report(0.6), "atlas": _report(0.58)})
    figures |= tools[0].figures_of(_report(0.98), "cms_on_atlas")
    sizes = {"cms_train_jets": 20000, "atlas_train_jets": 21000}
    (tmp_path / "detectors").mkdir()
    (tmp_path / "detectors" / "detectors.json").write_text(json.dumps({"figures": figures | sizes}))
    monkeypatch.setattr(tools[1], "REPORTS", tmp_path)
    table = tools[1].detectors().splitlines()
    assert table[0] == "| cells | of CMS on CMS | of ATLAS on ATLAS | of CMS on ATLAS |"
    aucs = ("0.600 ± 0.010 (0.500)", "0.580 ± 0.010 (0.500)", "0.980 ± 0.010 (0.500)")
    assert f"| AUC on jets (0.5) | {' | '.join(aucs)} |" in table
    assert "| jet mass | 1.20 | 1.20 | 1.20 |" in table


def test_one_detector_is_no_comparison(tools, tmp_path, monkeypatch, capsys):
    command = ["compare_detectors", "--detector", "cms", "a.h5", "b", "--work", str(tmp_path / "w")]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit):
        tools[0].main()
    assert "at least two detectors" in capsys.readouterr().err
    assert not (tmp_path / "w").exists()
