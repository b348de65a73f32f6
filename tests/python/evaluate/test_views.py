"""A comparison of what is no jet: a view with three observables, and what is done with it."""

from __future__ import annotations

import io
import json
import re
from typing import ClassVar

import numpy as np
import pytest
from rich.console import Console

from pyjetsim.cli import main
from pyjetsim.errors import DataError, InputError
from pyjetsim.evaluate import evaluate, summary_table
from pyjetsim.evaluate.observables import Observable
from pyjetsim.evaluate.view import Baseline, ConstituentsView, View, view_of
from pyjetsim.io import in_split, write_pairs
from pyjetsim.io.objects import Column, Objects, ObjectsFile, ObjectsWriter, paired
from pyjetsim.tasks import TASKS

pytestmark = pytest.mark.usefixtures("unrendered_module")


def column(name):
    return lambda reco: reco[name]


class Muons(View):
    name = "muons"
    items = "muons"
    observables: ClassVar = {
        "pt": Observable(r"Muon $p_T$", "GeV", column("pt"), falling=True),
        "eta": Observable(r"Muon $\eta$", "", column("eta")),
        "hits": Observable("Hits", "", column("hits"), discrete=True),
    }

    def read(self, path, split):
        with ObjectsFile(path) as file:
            yield from file.pairs("muons", split, size=350)


def muons(n, seed, shift=1.0):
    rng = np.random.default_rng(seed)
    gen = {"pt": 20 + rng.exponential(20, n).astype(np.float32)}
    reco = {
        "pt": gen["pt"] * (shift * rng.normal(1, 0.02, n)).astype(np.float32),
        "eta": rng.uniform(-2.4, 2.4, n).astype(np.float32),
        "hits": rng.integers(5, 15, n).astype(np.int32),
    }
    return Objects(gen, reco, np.arange(n, dtype=np.int64) // 2)


def write(path, objects, task="muons"):
    with ObjectsWriter(path, task, {"detector": "of <muons>"}, {"muons/reco/pt": Column("GeV")}) as file:
        file.append(paired("muons", objects))
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("muons")
    write(folder / "target.h5", muons(3000, 1))
    write(folder / "shifted.h5", muons(3000, 1, shift=1.1))
    write(folder / "other.h5", muons(3000, 2))
    return folder


@pytest.fixture(scope="module")
def same(files):
    return evaluate(files / "target.h5", files / "target.h5", files / "same", view=Muons())


@pytest.fixture(scope="module")
def shifted(files):
    return evaluate(files / "target.h5", files / "shifted.h5", files / "report", view=Muons())


def test_the_same_objects_are_at_the_floor(same):
    for row in same["metrics"]["observables"].values():
        for metric in ("wasserstein", "kld"):
            assert set(row[metric]) == {"floor", "prediction"}
            assert row[metric]["prediction"] == row[metric]["floor"]
    assert same["paired"] is True
    assert same["distances"]["fpd"]["prediction"] == same["distances"]["fpd"]["floor"]
    assert same["classifiers"]["auc"]["prediction"]["value"] == pytest.approx(0.5, abs=1e-3)


def test_a_shift_is_above_the_floor_in_what_it_touches(shifted):
    rows = shifted["metrics"]["observables"]
    assert rows["pt"]["wasserstein"]["prediction"]["over_floor"] > 2
    for name in ("eta", "hits"):
        assert 0.3 < rows[name]["wasserstein"]["prediction"]["over_floor"] < 3
    assert shifted["distances"]["kpd"]["prediction"]["value"] > shifted["distances"]["kpd"]["floor"]["value"]
    sums = shifted["metrics"]["kld_sum"]
    assert sums["prediction"] == pytest.approx(
        sum(row["kld"]["prediction"]["value"] for row in rows.values())
    )


def test_only_what_applies_is_in_the_report(shifted):
    assert set(shifted) == {
        "format", "version", "pyjetsim", "view", "target", "prediction", "split", "paired", "baselines",
        "metrics", "classifiers", "distances", "run", "scores", "figures", "verdict",
    }  # fmt: skip
    assert shifted["view"] == {"name": "muons", "items": "muons", "summed": ["pt", "eta", "hits"]}
    assert shifted["figures"] == ["observables"]
    assert shifted["baselines"] == {}
    assert shifted["metrics"]["settings"]["sample_jets"] == {"jet": 1500}
    assert shifted["target"]["provenance"] == {"detector": "of <muons>"}
    assert shifted["target"]["pairs"] == shifted["target"]["jets_accepted"] == 3000
    names = {f"w1_over_floor_{name}" for name in ("pt", "eta", "hits")} | {"auc", "fpd", "kpd"}
    for kind in ("values", "uncertainties", "floors"):
        assert set(shifted["scores"][kind]) == names


def test_page_and_table_speak_of_muons(shifted, files):
    text = re.sub(r"base64,[^\"]*", "", (files / "report" / "index.html").read_text())
    assert "None" not in text
    assert "of &lt;muons&gt;" in text
    for words in (
        "3000 accepted muons",
        "sum of pt, eta and hits",
        "AUC on muons",
        "Muon pt",
        "1500 muons a",
    ):
        assert words in text
    for words in ("Response", "identity", "smearing", "constituent", "Selection"):
        assert words not in text
    assert json.loads((files / "report" / "report.json").read_text()) == shifted
    console = Console(width=110, file=io.StringIO(), record=True)
    console.print(summary_table(shifted))
    table = " ".join(console.export_text().split())
    for words in ("KL divergence, 3 summed", "AUC on muons (0.5)", "at 1500 muons", "Hits"):
        assert words in table
    for words in ("jet", "beaten", "constituents"):
        assert words not in table


def test_a_split_and_other_gen_objects(files):
    report = evaluate(
        files / "target.h5", files / "other.h5", files / "test", split="test", skip=("trees",), view=Muons()
    )
    assert report["paired"] is False
    expected = int(in_split(np.arange(3000) // 2, "test").sum())
    assert report["target"]["pairs_in_split"] == expected
    assert report["classifiers"] == {"pairs": None, "auc": {}, "auc_constituents": {}}
    assert report["scores"]["values"]["auc"] is None


def test_a_view_may_choose_its_metrics(files):
    view = Muons()
    view.metrics = ("spectra",)
    report = evaluate(files / "target.h5", files / "other.h5", files / "spectra", view=view)
    assert not {"classifiers", "distances", "run"} & set(report)
    text = (files / "spectra" / "index.html").read_text()
    assert "All observables at once" not in text
    summary_table(report)


def test_the_file_says_which_task_is_asked(files, tmp_path, make_pairs, monkeypatch):
    class Task:
        def view(self):
            return Muons()

    monkeypatch.setitem(TASKS._loaded, "muons", Task)
    assert isinstance(view_of(files / "target.h5", files / "other.h5"), Muons)
    write_pairs(tmp_path / "jets.h5", make_pairs(4, 1), {})
    assert view_of(tmp_path / "jets.h5", tmp_path / "jets.h5") == ConstituentsView()
    with pytest.raises(DataError, match=r"is of muons and prediction .* of jets"):
        view_of(files / "target.h5", tmp_path / "jets.h5")
    with pytest.raises(DataError, match=r"is of muons and prediction .* of electrons"):
        view_of(files / "target.h5", write(tmp_path / "electrons.h5", muons(4, 1), "electrons"))
    with pytest.raises(InputError, match="selection 'all' does not apply to muons"):
        evaluate(files / "target.h5", files / "other.h5", tmp_path / "report", selection="all")
    assert not (tmp_path / "report").exists()


def test_the_task_constituents_has_the_view_of_jets():
    assert TASKS["constituents"]().view() == ConstituentsView()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda reco: np.where(np.arange(len(reco["pt"])) == 3, np.nan, reco["pt"]), "not finite"),
        (lambda reco: reco["pt"][:-1], "other than one value"),
        (lambda reco: np.column_stack([reco["pt"], reco["eta"]]), "other than one value"),
    ],
)
def test_observables_that_are_no_number_an_object_are_named(spoil, message, files, tmp_path):
    view = Muons()
    view.observables = {**Muons.observables, "bad": Observable("Bad", "", spoil)}
    with pytest.raises(DataError, match=f"observable bad has .*{message}"):
        evaluate(files / "target.h5", files / "other.h5", tmp_path / "report", view=view)
    assert not (tmp_path / "report").exists()


def test_too_few_objects_are_told_as_what_they_are(files, tmp_path):
    few = write(tmp_path / "few.h5", muons(2, 1))
    with pytest.raises(DataError, match=r"few\.h5 has 2 muons, not from two events, in split all"):
        evaluate(files / "target.h5", few, tmp_path / "report", view=Muons())


class WithRival(Muons):
    """A task's own baseline, whatever its name."""

    def baselines(self, target):
        def average(batch):
            reco = {**batch.reco, "pt": np.full_like(batch.gen["pt"], 40)}
            return Objects(batch.gen, reco, batch.event)

        return {"average": Baseline(average, {"pt": 40})}


def test_baselines_of_a_view_stand_beside_the_prediction(files):
    report = evaluate(files / "target.h5", files / "other.h5", files / "rival", view=WithRival())
    assert report["baselines"] == {"average": {"jets_accepted": 3000, "pt": 40}}
    rows = report["metrics"]["observables"]
    assert rows["pt"]["wasserstein"]["average"]["over_floor"] > 5
    assert rows["eta"]["wasserstein"]["average"] == rows["eta"]["wasserstein"]["floor"]
    assert report["scores"]["values"]["average_auc"] > 0.9
    assert "<th>average</th>" in (files / "rival" / "index.html").read_text()
    console = Console(width=110, file=io.StringIO(), record=True)
    console.print(summary_table(report))
    assert "average in" in console.export_text()


@pytest.mark.parametrize("n", [1, 5])
def test_any_number_of_observables(n, files, tmp_path):
    view = Muons()
    view.observables = {f"{name}{i}": Muons.observables[name] for i in range(2) for name in Muons.observables}
    view.observables = dict(list(view.observables.items())[:n])
    report = evaluate(
        files / "target.h5", files / "target.h5", tmp_path / "report", skip=("trees",), view=view
    )
    assert report["distances"]["features"] == list(view.observables)
    assert report["distances"]["kpd"]["prediction"] == report["distances"]["kpd"]["floor"]


def test_the_command_compares_tables_of_a_task(files, tmp_path, monkeypatch, capsys):
    class Task:
        def view(self):
            return Muons()

    monkeypatch.setitem(TASKS._loaded, "muons", Task)
    command = ["evaluate", "--target", str(files / "target.h5"), "--prediction", str(files / "other.h5")]
    assert main([*command, "--skip", "trees", "--output", str(tmp_path / "report")]) == 0
    assert "Muon pt" in capsys.readouterr().out
    nobodys = write(tmp_path / "nobodys.h5", muons(40, 1), "nobodys")
    command = ["evaluate", "--target", str(nobodys), "--prediction", str(nobodys)]
    assert main([*command, "--output", str(tmp_path / "nothing")]) == 2
    said = capsys.readouterr().err
    assert "there is no task 'nobodys'" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "nothing").exists()


def test_weights_do_not_apply_to_a_view_without(files, tmp_path):
    with pytest.raises(InputError, match="weight 'up' does not apply to muons"):
        evaluate(files / "target.h5", files / "other.h5", tmp_path / "report", weight="up", view=Muons())
