"""What all metrics have in common, and metrics of other packages."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from pyjetsim._utils import plugins
from pyjetsim._utils.plugins import PROTOCOL, Registry
from pyjetsim.errors import InputError, PluginError
from pyjetsim.evaluate import evaluate
from pyjetsim.evaluate.metrics import METRICS, OWN
from pyjetsim.evaluate.metrics.base import Context, Metric
from pyjetsim.evaluate.report import evaluation
from pyjetsim.evaluate.samples import JetCollector
from pyjetsim.evaluate.view import ConstituentsView
from pyjetsim.io import write_pairs

pytestmark = pytest.mark.usefixtures("unrendered_module")

SKIP = ("trees", "sets", "distances")


@pytest.fixture(scope="module")
def batches(make_pairs, tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "jets.h5"
    write_pairs(path, make_pairs(3000, 1), {})
    view = ConstituentsView()
    return [batch for split in ("train", "test") for batch in view.read(path, split)]


def gathered(kind, batches):
    metric = kind(ConstituentsView())
    for name in ("target", "prediction"):
        for batch in batches:
            metric.add(name, batch)
    return metric


def sample_of(batches):
    collector = ConstituentsView().collector()
    for batch in batches:
        collector.add(batch.reco, batch.event)
    return collector


@pytest.mark.parametrize("name", [name for name in OWN if METRICS[name].needs in ConstituentsView.gives])
def test_parts_that_are_merged_are_the_whole(name, batches):
    assert len(batches) > 1
    kind = METRICS[name]
    assert kind.name == name
    view = ConstituentsView()
    wide = sample_of(batches).sample()
    narrow = view.accepted(wide)
    context = Context(
        view, {"target": narrow, "prediction": narrow}, {"target": wide, "prediction": wide}, ("sets",)
    )
    whole, (first, *rest) = gathered(kind, batches), [gathered(kind, [batch]) for batch in batches]
    for other in rest:
        first.merge(other)
    results = [metric.result(context) for metric in (whole, first)]
    if name in ("history", "tagger_closure"):  # of a run folder and of files that are not given here
        assert results == [None, None]
        return
    contents = [result.to_json() for result in results]
    np.testing.assert_equal(contents[1], contents[0])
    assert contents[0]
    scores = [list(kind(view).scores(result, "prediction")) for result in results]
    np.testing.assert_equal(scores[1], scores[0])


def test_merged_samples_are_the_whole_thinned_alike(batches):
    view = ConstituentsView()

    def sample(parts, capacity):
        collectors = []
        for part in parts:
            collectors.append(JetCollector(view.wide, view.selection, capacity))
            for batch in part:
                collectors[-1].add(batch.reco, batch.event)
        first, *rest = collectors
        for other in rest:
            first.merge(other)
        return first.sample()

    empty = []
    for capacity in (60_000, 100, 30):
        whole, merged = (
            sample(parts, capacity) for parts in ([batches], [empty, *([b] for b in batches), empty])
        )
        assert np.array_equal(whole.event, merged.event)
        assert np.array_equal(whole.keeps, merged.keeps)
        assert 0 < whole.keeps.sum() <= capacity
        for of, owner in whole.owner.items():
            assert np.array_equal(owner, merged.owner[of])
        for name, values in (whole.jet | whole.constituent).items():
            assert np.array_equal(values, merged.values(name)), name


@dataclass
class HardResult:
    share: dict[str, float]

    def to_json(self):
        return {"share above 300 GeV": self.share, "jets": np.int64(7), "unknown": np.inf}


class Hard(Metric[HardResult]):
    """What a package of others brings."""

    protocol = PROTOCOL
    name = "hard"
    needs = "constituents"

    def __init__(self, view):
        super().__init__(view)
        self._counts = {}

    def add(self, sample, batch):
        self._counts.setdefault(sample, []).append(batch.reco.pt > 300)

    def result(self, context):
        return HardResult({name: np.concatenate(some).mean() for name, some in self._counts.items()})


class Old(Hard):
    protocol = PROTOCOL + 1


class Failing(Hard):
    protocol = PROTOCOL

    def result(self, context):
        raise ZeroDivisionError("of mine")


class NoJson(Hard):
    protocol = PROTOCOL

    def result(self, context):
        return HardResult({"share": object()})


@pytest.fixture
def registered(monkeypatch):
    def register(kind, name="hard"):
        module = "missing_module" if kind is None else __name__
        entry = EntryPoint(name, f"{module}:{getattr(kind, '__name__', 'X')}", "pyjetsim.metrics")
        monkeypatch.setattr(plugins, "entry_points", lambda group: [entry] if group == entry.group else [])
        again = Registry("metric", "pyjetsim.metrics", OWN, Metric, InputError, why="none is")
        monkeypatch.setattr(evaluation, "METRICS", again)

    return register


@pytest.fixture(scope="module")
def files(make_pairs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("others")
    for seed, name in enumerate(("target.h5", "prediction.h5")):
        write_pairs(folder / name, make_pairs(600, seed), {})
    return folder


def test_a_metric_of_another_package_is_in_the_report_and_on_the_page(registered, files):
    registered(Hard)
    report = evaluate(files / "target.h5", files / "prediction.h5", files / "report", skip=SKIP)
    told = report["metrics_of_others"]["hard"]
    assert set(told["share above 300 GeV"]) == {"target", "prediction", "identity", "smearing"}
    assert 0 < told["share above 300 GeV"]["target"] < 0.5
    assert told["jets"] == 7
    assert told["unknown"] is None
    page = (files / "report" / "index.html").read_text()
    assert '<table id="metric_hard">' in page
    assert "share above 300 GeV.prediction" in page


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        (Old, "hard", r"metric 'hard' of .* was written for protocol 2"),
        (None, "hard", r"metric 'hard' of .* cannot be imported: ModuleNotFoundError"),
        (Hard, "spectra", r"metric 'spectra' is registered by pyjetsim and by"),
        (Failing, "hard", r"metric 'hard' of another package fails: ZeroDivisionError: of mine"),
        (NoJson, "hard", r"metric 'hard' of another package fails: TypeError: object is not JSON"),
    ],
)
def test_what_is_wrong_with_it_is_told_in_one_line(kind, name, message, registered, files):
    registered(kind, name)
    with pytest.raises(PluginError, match=message) as caught:
        evaluate(files / "target.h5", files / "prediction.h5", files / "nothing", skip=SKIP)
    assert "\n" not in str(caught.value)
    assert not (files / "nothing").exists()
