"""The contest on the same events: whose gen jets, whose reco jets, and what is told of whom."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import delphes_trees
import numpy as np
import parnassus_files
import pytest

from pyjetsim.convert import convert
from pyjetsim.io import PairsFile, write_pairs

ROOT = Path(__file__).resolve().parents[2]
REPORT = {
    "scores": {
        "values": {"w1_over_floor_mass": 1.2, "auc": 0.55, "identity_w1_over_floor_mass": 3.0},
        "uncertainties": {"w1_over_floor_mass": 0.1, "auc": 0.01, "identity_w1_over_floor_mass": 0.1},
        "floors": {"w1_over_floor_mass": 1.0, "auc": 0.501, "identity_w1_over_floor_mass": 1.0},
    },
    "metrics": {
        "kld_sum": {"floor": 0.1, "prediction": 0.2, "identity": 0.3, "smearing": 0.4},
        "settings": {"sample_jets": {"jet": 4000}},
    },
    "verdict": {"counts": {"passed": 3, "failed": 2, "undecided": 1}},
}


@pytest.fixture
def bench(monkeypatch):
    for folder in ("tools", "benches"):
        monkeypatch.syspath_prepend(ROOT / folder)
    return importlib.import_module


@pytest.fixture
def evaluated(monkeypatch):
    """What `evaluate` was asked, instead of its work."""
    asked = []

    def evaluate(target, prediction, output, **options):
        asked.append((Path(target), Path(prediction), options))
        return REPORT

    monkeypatch.setattr("pyjetsim.evaluate.evaluate", evaluate)
    return asked


def test_a_rival_is_given_the_gen_jets_of_the_truth(bench, make_pairs, tmp_path):
    files = bench("_peer_files")
    truth = make_pairs(60, 1)
    write_pairs(tmp_path / "truth.h5", truth, {})
    # The rival saw other gen particles, wrote its events in another order, and has some that the truth lacks.
    order = np.random.default_rng(1).permutation(len(truth))
    other = replace(truth, gen=truth.reco)[order]
    more = replace(other, event=other.event + 1_000_000)
    jets = files.paired(type(truth).concatenate([other, more]), tmp_path / "truth.h5", tmp_path / "x.h5", {})
    with PairsFile(tmp_path / "x.h5") as file:
        found = file.read()
    assert jets == len(found) == len(truth)
    by_event = np.argsort(truth.event, kind="stable")
    np.testing.assert_array_equal(found.event, truth.event[by_event])
    np.testing.assert_array_equal(found.gen.constituents, truth.gen.constituents[by_event])
    np.testing.assert_array_equal(found.reco.constituents, truth.reco.constituents[by_event])
    with pytest.raises(files.NoSuchEvents, match=r"none of its .* events has a number of the truth's"):
        files.paired(more, tmp_path / "truth.h5", tmp_path / "y.h5", {})
    assert not (tmp_path / "y.h5").exists()


def test_the_truth_is_its_first_events_whole(bench, make_pairs, tmp_path):
    files = bench("_peer_files")
    pairs = replace(make_pairs(40, 1), event=np.arange(40) // 3)
    write_pairs(tmp_path / "all.h5", pairs, {"generator": "a test"})
    with PairsFile(files.truth(tmp_path / "all.h5", tmp_path / "some.h5", 10, "all")) as file:
        assert file.event.tolist() == pairs.event[:12].tolist()
        assert file.provenance == {"generator": "a test"}
    delphes = delphes_trees.write(tmp_path / "delphes.root", delphes_trees.events(5))
    with PairsFile(files.truth(delphes, tmp_path / "tree.h5", 100, "all")) as file:
        assert len(file) > 5


def test_all_are_judged_and_who_cannot_be_is_named(bench, evaluated, tmp_path, monkeypatch):
    peers = bench("peers")
    monkeypatch.setattr(bench("_quiet"), "busy", lambda: "not measured: busy")
    delphes = delphes_trees.write(tmp_path / "delphes.root", delphes_trees.events(30))
    parnassus = parnassus_files.write(tmp_path / "p.root", parnassus_files.events(30), list(range(30)))
    elsewhere = parnassus_files.write(tmp_path / "e.root", parnassus_files.events(3), [100, 101, 102])
    words = ["--target", str(delphes), "--bundles", "paper", "--took", "Parnassus=2"]
    for name, file in (("Parnassus", parnassus), ("again", delphes), ("elsewhere", elsewhere)):
        words += ["--rival", f"{name}={file}"]
    report = bench("_common").Report(tmp_path / "peers.json")
    peers.measure(bench("_common").parsed(peers.parser(), words), tmp_path / "work", report)
    who = [row["who"] for row in report.rows]
    # Their jets lie elsewhere, so few or none may be near a gen jet of the truth; Parnassus may be left out.
    assert [name for name in who if name not in {"Parnassus"}] == [
        *("identity", "smearing", "paper", "detector", "again", "elsewhere", "Delphes"),
    ]
    told = {row["who"]: row.get("told", "") for row in report.rows}
    assert told["detector"].startswith("left out: it needs --events")
    assert told["elsewhere"].startswith("left out: none of its 3 events")
    assert told["Delphes"] == "the truth"
    assert report.figures["paper_verdict_failed"] == report.figures["again_verdict_failed"] == 2
    assert report.figures["identity_w1_over_floor_mass"] == 3.0
    assert "paper_ms_per_jet" not in report.figures, "the machine was busy"
    assert report.figures["Parnassus_ms_per_jet"] > 0
    for target, prediction, options in evaluated:
        assert options["mix_detectors"]
        with PairsFile(target) as theirs, PairsFile(prediction) as file:
            assert set(file.event.tolist()) <= set(theirs.event.tolist())
    # The same file as truth and rival: the same jets.
    with PairsFile(tmp_path / "work" / "target.h5") as a, PairsFile(tmp_path / "work" / "again.h5") as b:
        np.testing.assert_array_equal(a.read().reco.constituents, b.read().reco.constituents)


def test_the_table_of_peers(bench, tmp_path, monkeypatch):
    table = bench("results_table")
    monkeypatch.setattr(table, "BENCHES", tmp_path)
    figures = dict(bench("compare_models").figures_of(REPORT, "cells"))
    figures |= {f"cells_verdict_{name}": n for name, n in REPORT["verdict"]["counts"].items()}
    figures |= {"identity_w1_over_floor_mass": 3.0, "cells_mb_per_thread": 0.61, "floor_kld_sum": 0.1}
    rows = [{"who": "identity"}, {"who": "cells"}, {"who": "Parnassus", "told": "left out: no file"}]
    (tmp_path / "peers.json").write_text(json.dumps({"rows": rows, "figures": figures}))
    assert table.peers().splitlines() == [
        "|  | identity | `cells` | floor |",
        "| --- | --- | --- | --- |",
        "| jet mass | 3.00 | 1.20 | 1 |",
        "| AUC on jets (0.5) | – | 0.550 | 0.501 |",
        "| KL divergence, five summed | – | 0.200 | 0.100 |",
        "| verdict: figures passed / failed / undecided | – | 3 / 2 / 1 |  |",
        "| MB a thread | – | 0.61 |  |",
        "",
        "Not in the table: Parnassus (left out: no file).",
    ]
    (tmp_path / "peers.json").write_text(json.dumps({"rows": rows[2:], "figures": {}}))
    text = "<!-- peers -->\nas it was\n<!-- /peers -->"
    assert table.filled(text) == text


def test_wrong_options_are_told(bench, capsys, monkeypatch):
    peers = bench("peers")
    monkeypatch.setattr(sys, "argv", ["peers.py", "--took", "nobody=3"])
    with pytest.raises(SystemExit):
        peers.main()
    assert "--took nobody: there is no such --rival" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        peers.parser().parse_args(["--rival", "a b=x"])


def test_without_the_reference_it_is_skipped(bench, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("PYJETSIM_REFERENCE_DATA", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["peers.py"])
    assert bench("peers").main() == 0
    assert "skipped: no" in capsys.readouterr().out


def test_our_detector_on_events_of_hepmc(bench, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = bench("_collisions").write_hepmc(tmp_path / "ww.hepmc", 30)
    seconds = bench("_peer_files").of_detector(source, tmp_path / "x.h5", 1, 40)
    assert seconds > 0
    with PairsFile(tmp_path / "x.h5") as file:
        pairs = file.read()
    assert len(pairs) > 5
    assert pairs.event.max() < 30
    # The response of a detector, and the gen jets of the same file.
    assert 0.7 < float(np.median(pairs.reco.pt / pairs.gen.pt)) < 1.3
    from pyjetsim.io.formats import Reading, open_source

    with open_source(source, Reading()) as opened:
        gen = [
            (event, pt)
            for batch in opened.batches()
            for event, pt in zip(batch.event, batch.gen.pt, strict=True)
        ]
    known = {(int(event), round(float(pt), 2)) for event, pt in gen}
    ours = {(int(e), round(float(pt), 2)) for e, pt in zip(pairs.event, pairs.gen.pt, strict=True)}
    assert len(ours & known) >= 0.9 * len(ours)


def test_a_rivals_file_is_read_as_convert_reads_it(bench, tmp_path):
    delphes = delphes_trees.write(tmp_path / "delphes.root", delphes_trees.events(5))
    convert([delphes], tmp_path / "truth.h5", quiet=True)
    jets = bench("_peer_files").of_rival(delphes, tmp_path / "truth.h5", tmp_path / "x.h5")
    with PairsFile(tmp_path / "truth.h5") as truth, PairsFile(tmp_path / "x.h5") as found:
        assert jets == len(truth)
        np.testing.assert_array_equal(truth.read().reco.constituents, found.read().reco.constituents)
