"""Tagger closure: a good simulation trains as good a tagger as the target does, and a bad one a worse one."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from pyjetsim.cli import main
from pyjetsim.errors import DataError, InputError, MissingExtraError
from pyjetsim.evaluate import evaluate
from pyjetsim.evaluate.metrics import tagger_closure
from pyjetsim.evaluate.metrics.base import Context
from pyjetsim.evaluate.metrics.classifiers import set_network
from pyjetsim.evaluate.metrics.tagger_closure import (
    Processes,
    ProcessJets,
    TaggerClosure,
    _compared,
    in_training_half,
    measure_closure,
    rejections,
    with_background,
)
from pyjetsim.evaluate.report import publish
from pyjetsim.evaluate.view import ConstituentsView
from pyjetsim.io import open_pairs, write_pairs
from pyjetsim.jets import Jets, Pairs

pytestmark = pytest.mark.usefixtures("unrendered_module")

FILES = {"target": "t.h5", "prediction": "p.h5"}


def process(pairs, change=lambda jets: jets):
    return ProcessJets(change(pairs.reco), pairs.event)


def test_rejection_by_hand():
    signal, background = np.array([0.9, 0.8, 0.7, 0.2]), np.array([0.85, 0.8, 0.1, 0.0, 0.75])
    # Half of the signal scores 0.8 or more, and so do two of five of the background.
    assert rejections(signal, background, 0.5)[0] == pytest.approx(5 / 2)
    # A signal jet that counts three times: 0.9 alone is half of it, and none of the background passes.
    times = np.array([[1, 3], [1, 1], [1, 1], [1, 1]]), np.array([[1, 1]] * 4 + [[1, 7]])
    assert rejections(signal, background, 0.5, times).tolist() == pytest.approx([5 / 2, 11])
    assert rejections(signal, background, 1.0)[0] == pytest.approx(5 / 3)


def test_rejection_with_weights():
    signal, background = np.array([0.9, 0.8, 0.7, 0.2]), np.array([0.85, 0.8, 0.1, 0.0, 0.75])
    # 0.9 alone is half of the signal, and none of the background passes.
    assert rejections(signal, background, 0.5, weights=(np.array([3.0, 1, 1, 1]), None))[0] == 5
    # Above 0.7 are 2, 4 and -1 of 7.
    signed = np.array([2.0, 4, 1, 1, -1])
    assert rejections(signal, background, 0.75, weights=(None, signed))[0] == pytest.approx(7 / 5)
    # None passes: as if one of the weight 23 / 7 had.
    none = rejections(signal + 1, background, 0.5, weights=(None, signed))
    assert none[0] == pytest.approx(7 / (23 / 7))
    assert np.isnan(rejections(signal, background, 0.5, weights=(None, -signed))[0])
    assert np.isnan(rejections(signal, background, 0.5, weights=(-np.ones(4), None))[0])
    rng = np.random.default_rng(2)
    signal, background = rng.normal(1, 1, 400), rng.normal(0, 1, 600)
    counts = rng.integers(0, 4, 400), rng.integers(0, 4, 600)
    times = rng.integers(0, 3, (400, 7)), rng.integers(0, 3, (600, 7))
    found = rejections(signal, background, 0.5, times, tuple(each.astype(float) for each in counts))
    repeated = rejections(
        np.repeat(signal, counts[0]),
        np.repeat(background, counts[1]),
        0.5,
        tuple(np.repeat(each, own, axis=0) for each, own in zip(times, counts, strict=True)),
    )
    assert found == pytest.approx(repeated)
    # What weights of -1 take away is not there.
    more = np.r_[background, np.full(50, 3.0), np.full(50, 2.5)]
    signs = np.r_[np.ones(650), -np.ones(50)]
    plain = rejections(signal, background, 0.5)
    assert rejections(signal, more, 0.5, weights=(None, signs)) == pytest.approx(plain)
    assert rejections(signal, more, 0.5)[0] < 0.8 * plain[0]


def test_rejection_of_many_is_that_of_quantiles():
    rng = np.random.default_rng(1)
    signal, background = rng.normal(1, 1, 40_001), rng.normal(0, 1, 60_000)
    expected = 1 / (background >= np.median(signal)).mean()
    assert rejections(signal, background, 0.5)[0] == pytest.approx(expected, rel=1e-3)


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Trainings of seconds."""
    monkeypatch.setattr(set_network, "MAX_EPOCHS", 4)


@pytest.fixture(scope="module")
def processes(make_pairs):
    signal, background = make_pairs(700, 1), make_pairs(700, 2)
    hard = {"signal": signal, "background": background}

    # The background has its momenta shared out more evenly: a tagger can see it.
    def soft(jets):
        momenta = np.sign(jets.constituents) * np.abs(jets.constituents) ** np.float32(0.93)
        return Jets.from_constituents(momenta, jets.pid)

    return hard, soft


def test_the_same_jets_close_and_wrong_ones_do_not(processes):
    pairs, soft = processes
    signal, background = process(pairs["signal"]), process(pairs["background"], soft)
    good = measure_closure(
        {"target": signal, "prediction": signal}, {"target": background, "prediction": background}, FILES, 2
    )
    assert good.rejection["target"].values == good.rejection["prediction"].values
    assert good.ratio == 1
    assert good.rejection["target"].mean > 2.2
    assert good.jets["training"]["signal"] + good.jets["test"]["signal"] <= len(signal)
    # Simulated with signal and background exchanged: the tagger prefers the background.
    bad = measure_closure(
        {"target": signal, "prediction": background}, {"target": background, "prediction": signal}, FILES, 2
    )
    assert bad.ratio < 0.7
    assert bad.ratio + 2 * bad.ratio_uncertainty < 0.95


def test_the_uncertainty_is_that_of_the_mean_and_of_the_jets_tested_with():
    rng = np.random.default_rng(1)
    events = {"signal": np.arange(2000), "background": np.arange(3000)}
    test = {
        name: ProcessJets(Jets.from_constituents(np.zeros((len(event), 1, 3), np.float32)), event)
        for name, event in events.items()
    }
    first = [(rng.normal(1, 1, 2000), rng.normal(0, 1, 3000)) for _ in range(5)]
    second = [(rng.normal(1, 1, 2000), rng.normal(0, 1, 3000)) for _ in range(5)]
    size = {"signal": 1, "background": 1}
    alike = _compared({"target": first, "prediction": first}, test, size, FILES, True)
    target = alike.rejection["target"]
    assert target.values == [rejections(*each, 0.5)[0] for each in first]
    assert target.uncertainty == pytest.approx(np.std(target.values, ddof=1) / np.sqrt(5))
    assert alike.ratio == 1
    assert alike.ratio_test_uncertainty == 0  # the same scores of the same jets
    assert alike.ratio_uncertainty == pytest.approx(np.sqrt(2) * target.uncertainty / target.mean)
    other = _compared({"target": first, "prediction": second}, test, size, FILES, True)
    assert 0 < abs(other.ratio - 1) < 4 * other.ratio_uncertainty
    # Of 3,000 background jets 16 % pass; and the median of 2,000 signal jets, where the density is 0.4,
    # scatters and moves the rejection by 1.53 a unit. Both independent in five trainings, and on both sides.
    one = 1 / (0.159 * 3000) + (1.53 * 0.5 / 0.4) ** 2 / 2000
    assert other.ratio_test_uncertainty == pytest.approx(np.sqrt(2 / 5 * one), rel=0.3)


def weighted(jets, negative=5):
    """With weights of 2, and of -1 for some events."""
    return replace(jets, weight=np.where(jets.event % negative == 0, -1.0, 2.0))


def test_weighted_jets_train_by_their_sizes_and_are_tested_with_their_signs(processes, monkeypatch):
    pairs, soft = processes
    signal, background = weighted(process(pairs["signal"])), process(pairs["background"], soft)
    learnt = []

    def trained(inputs, label, training, validation, seed, weight):
        learnt.append((label, weight))
        return real(inputs, label, training, validation, seed, weight)

    real = set_network.trained
    monkeypatch.setattr(set_network, "trained", trained)
    sides = [{"target": jets, "prediction": jets} for jets in (signal, background)]
    found = measure_closure(*sides, FILES, 2)
    assert found.ratio == 1
    assert found.rejection["target"].mean > 2
    test = signal[~in_training_half(signal.event)]
    assert found.effective["signal"] == pytest.approx(test.weight.sum() ** 2 / (test.weight**2).sum())
    assert found.effective["background"] == found.jets["test"]["background"]
    assert len(learnt) == 4
    for label, weight in learnt:
        assert set(weight[label == 0].tolist()) == {1.0}
        sizes = weight[label == 1]
        assert sizes.mean().item() == pytest.approx(1)
        assert (sizes.max() / sizes.min()).item() == pytest.approx(2)
    plain = measure_closure(
        *({side: replace(jets, weight=None) for side in FILES} for jets in (signal, background)), FILES, 2
    )
    assert plain.effective is None
    assert "effective" not in plain.to_json()
    assert learnt[-1][1] is None
    assert plain.rejection["target"].values != found.rejection["target"].values


def test_weights_that_do_not_add_up_are_told(processes):
    pairs, soft = processes
    signal, background = process(pairs["signal"]), process(pairs["background"], soft)
    negative = replace(background, weight=-np.ones(len(background)))
    sides = [{"target": jets, "prediction": jets} for jets in (signal, negative)]
    with pytest.raises(
        DataError, match=r"background of the tagger has .* and 0 to test with, counted by their weights"
    ):
        measure_closure(*sides, FILES, 2)


def test_no_event_is_trained_on_and_tested_with(processes, monkeypatch):
    pairs, soft = processes
    seen = []

    def scores(training, test, identities, n_trainings):
        seen.append((training, test))
        yield from ((np.arange(len(test["signal"]), dtype=float), np.arange(3.0)) for _ in range(n_trainings))

    monkeypatch.setattr(tagger_closure, "_scores", scores)
    monkeypatch.setattr(tagger_closure, "_compared", lambda *all: None)
    prediction = process(pairs["signal"][::-1])  # another order, as another program may write it
    signal = {"target": process(pairs["signal"]), "prediction": prediction}
    background = {side: process(pairs["background"], soft) for side in FILES}
    measure_closure(signal, background, FILES)
    assert len(seen) == 2
    for training, test in seen:
        for name in ("signal", "background"):
            assert set(training[name].event).isdisjoint(test[name].event)
            assert len(training[name]) > 200
            assert len(test[name]) > 200
    # Tested on the target, whatever was trained on.
    assert seen[0][1]["signal"].jets is seen[1][1]["signal"].jets


def test_an_event_is_in_the_same_half_in_every_file():
    event = np.arange(10_000)
    half = in_training_half(event)
    assert half.mean() == pytest.approx(0.5, abs=0.02)
    order = np.random.default_rng(1).permutation(10_000)
    assert np.array_equal(in_training_half(event[order]), half[order])


@pytest.fixture(scope="module")
def files(make_pairs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tagger")
    for seed, name in enumerate(("ww.h5", "ww_sim.h5", "qcd.h5", "qcd_sim.h5")):
        pairs = make_pairs(300, seed // 2)
        if name.startswith("qcd"):
            momenta = np.sign(pairs.reco.constituents) * np.abs(pairs.reco.constituents) ** np.float32(0.95)
            reco = Jets.from_constituents(momenta * np.float32(1.15), pairs.reco.pid)
            pairs = Pairs(pairs.gen, reco, pairs.event, pairs.delta_r, pairs.n_vertices)
        write_pairs(folder / name, pairs, {})
    return folder


def test_it_is_in_report_page_scores_and_verdict(files, monkeypatch):
    drawn = []
    monkeypatch.setattr(publish, "drawn", lambda found: drawn.extend(found) or {})  # figures take long
    output = files / "report"
    command = ["evaluate", "--target", str(files / "ww.h5"), "--prediction", str(files / "ww_sim.h5")]
    command += ["--tagger-against", str(files / "qcd.h5"), str(files / "qcd_sim.h5")]
    command += ["--selection", "all", "--output", str(output), "--skip", "trees", "sets", "distances"]
    assert main(command) == 0
    report = json.loads((output / "report.json").read_text())
    closure = report["tagger_closure"]
    assert closure["files"] == {"target": "qcd.h5", "prediction": "qcd_sim.h5"}
    assert closure["efficiency"] == 0.5
    assert all(len(found["values"]) == 5 for found in closure["rejection"].values())
    assert closure["rejection"]["target"]["mean"] > 1.5
    # The files are the same jets: the taggers are the same, too.
    assert report["scores"]["values"]["tagger_rejection_ratio"] == closure["ratio"] == 1
    (figure,) = report["verdict"]["criteria"]["tagger"]["figures"]
    assert figure["value"] == 1
    (result,) = (each for metric, each in drawn if metric.name == "tagger_closure")
    assert set(TaggerClosure(None).draw(result)) == {"tagger_closure"}
    page = (output / "index.html").read_text()
    assert 'id="tagger_closure_table"' in page


def test_the_weights_of_all_four_files_count(files, make_pairs):
    weights = {}
    for name in ("ww", "qcd"):
        for kind in ("", "_sim"):
            with open_pairs(files / f"{name}{kind}.h5") as file:
                pairs = file.read()
            weight = np.where(pairs.event % 5 == 0, -1.0, 2.0)[:, None]
            named = replace(pairs, columns={"weight": weight}, weight_names=("nlo",))
            weights[name, kind] = files / f"{name}{kind}_weighted.h5"
            write_pairs(weights[name, kind], named, {})
    signal = {"target": weights["ww", ""], "prediction": weights["ww", "_sim"]}
    background = {"target": weights["qcd", ""], "prediction": weights["qcd", "_sim"]}
    processes = Processes(signal, background, "all")
    view = ConstituentsView("all").weighted(signal["target"], signal["prediction"], None)
    view = with_background(view, processes, None)
    found = TaggerClosure(view).result(Context(view, {}, {}, processes=processes))
    assert found.ratio == 1
    assert found.effective["background"] < 0.9 * found.jets["test"]["background"]
    assert view.jets.notes == ()
    # A background may have none; but not where one is asked for by name.
    mixed = processes._replace(background={"target": files / "qcd.h5", "prediction": weights["qcd", "_sim"]})
    (note,) = with_background(view, mixed, None).jets.notes
    assert note.startswith("the background's target has no weights, which the other file has")
    with pytest.raises(InputError, match=r"there is no weight 'nlo' in .*qcd\.h5"):
        evaluate(
            *signal.values(), files / "nothing", weight="nlo", tagger_against=tuple(mixed.background.values())
        )
    assert not (files / "nothing").exists()


def test_what_cannot_be_done_is_told_before_any_work(files, monkeypatch, make_pairs):
    both = (files / "ww.h5", files / "ww_sim.h5", files / "nothing")
    with pytest.raises(DataError, match=r"missing\.h5"):
        evaluate(*both, tagger_against=(files / "qcd.h5", files / "missing.h5"))
    write_pairs(files / "few.h5", make_pairs(20, 4), {})
    with pytest.raises(DataError, match="background of the tagger has"):
        evaluate(
            *both, tagger_against=(files / "few.h5", files / "few.h5"), skip=("trees", "sets", "distances")
        )
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match="training a tagger needs it"):
        evaluate(*both, tagger_against=(files / "qcd.h5", files / "qcd_sim.h5"))
    assert not (files / "nothing").exists()
