"""Datasets are compared shard by shard, by several processes, with the same result as one file."""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cut_views import MARK, Dying
from synthetic import MakePairs

from pyjetsim.errors import DataError, InputError, ShardError
from pyjetsim.evaluate import evaluate
from pyjetsim.evaluate.gather import Gathered, Workers, _Tally, gather
from pyjetsim.evaluate.metrics import response_bins, spectra
from pyjetsim.evaluate.metrics.base import Context, Metric
from pyjetsim.evaluate.report import publish
from pyjetsim.evaluate.report.evaluation import metrics_of
from pyjetsim.evaluate.view import ConstituentsView, JetBatch, View
from pyjetsim.io import dataset, write_pairs
from pyjetsim.jets import Pairs

pytestmark = pytest.mark.usefixtures("unrendered_module")

N = 900
SKIP = ("trees", "sets", "distances")


def weighted(pairs: Pairs, seed: int) -> Pairs:
    weight = np.random.default_rng(seed).normal(1, 0.7, (len(pairs), 1))
    return replace(pairs, columns={**pairs.columns, "weight": weight.astype(np.float32)})


@pytest.fixture(scope="module")
def files(make_pairs: MakePairs, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Target and prediction of the same gen jets, as files and as datasets that are cut differently."""
    folder = tmp_path_factory.mktemp("files")
    target, other = make_pairs(N, 1), make_pairs(N, 2)
    paths = {}
    for name, reco, events in (("target", target.reco, 97), ("prediction", other.reco, 140)):
        for kind, pairs in (("", target), (" weighted", weighted(target, 3))):
            path = folder / f"{name}{kind}.h5"
            write_pairs(path, replace(pairs, reco=reco), {})
            paths[name + kind] = path
            paths[f"{name}{kind} cut"] = folder / f"{name}{kind} cut"
            dataset.split(paths[f"{name}{kind} cut"], path, events)
    return paths


def gathered(
    files: dict[str, Path],
    suffix: str,
    workers: Workers | None,
    *,
    view: View | None = None,
    max_pairs: int = N,
    metrics: Sequence[Metric[Any]] | None = None,
) -> tuple[Gathered, list[Metric[Any]]]:
    target, prediction = (files[name + suffix] for name in ("target", "prediction"))
    view = (view or ConstituentsView()).weighted(target, prediction, None)
    found = metrics_of(view)[0] if metrics is None else list(metrics)
    return gather(view, target, prediction, "all", found, max_pairs, workers), found


def alike(one: Any, other: Any) -> None:
    """Samples, and what the metrics say."""
    first, second = one[0], other[0]
    assert (first.n_pairs, first.kept, first.paired) == (second.n_pairs, second.kept, second.paired)
    assert first.samples.keys() == second.samples.keys()
    for name, sample in first.samples.items():
        theirs = second.samples[name]
        assert np.array_equal(sample.event, theirs.event)
        assert np.array_equal(sample.keeps, theirs.keeps)
        for observable, values in {**sample.jet, **sample.constituent}.items():
            assert np.array_equal(values, theirs.values(observable)), (name, observable)
    results = [told(found, metrics) for found, metrics in (one, other)]
    np.testing.assert_equal(*results)


def told(found: Gathered, metrics: Sequence[Metric[Any]]) -> dict[str, Any]:
    """What the metrics say."""
    view = ConstituentsView()
    narrow = {name: view.accepted(sample) for name, sample in found.samples.items()}
    context = Context(view, narrow, found.samples, SKIP)
    results = {metric.name: metric.result(context) for metric in metrics}
    return {name: result.to_json() for name, result in results.items() if result is not None}


@pytest.fixture(autouse=True)
def _few_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    for level in spectra.LEVELS:
        monkeypatch.setitem(spectra.N_DRAWS, level, 2)
        monkeypatch.setitem(spectra.REPLICATE_DRAWS, level, 1)
    monkeypatch.setattr(spectra, "N_REPLICATES", 2)
    monkeypatch.setattr(response_bins, "N_REPLICATES", 5)


def test_the_shards_of_a_dataset_are_the_whole_file(files: dict[str, Path]) -> None:
    for max_pairs in (N, N // 3):
        whole = gathered(files, "", None, max_pairs=max_pairs)
        cut = gathered(files, " cut", Workers(1), max_pairs=max_pairs)
        alike(whole, cut)
        assert cut[0].paired
    assert len(dataset.read_index(files["target cut"]).shards) > 3


def test_it_does_not_matter_who_reads_them(files: dict[str, Path]) -> None:
    one = gathered(files, " weighted cut", Workers(1))
    alike(one, gathered(files, " weighted cut", Workers(2)))
    weights = one[0].samples["smearing"].weight
    assert weights is not None
    assert (weights < 0).any()


def test_nor_which_scheduler(files: dict[str, Path]) -> None:
    pytest.importorskip("distributed", reason="distributed is missing")
    alike(gathered(files, " cut", Workers(1)), gathered(files, " cut", Workers(2, "local")))


def test_the_report_is_the_same(
    files: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publish, "drawn", lambda found: {})
    reports = []
    for processes in (1, 2):
        output = tmp_path / str(processes)
        target, prediction = files["target cut"], files["prediction cut"]
        evaluate(target, prediction, output, skip=SKIP, processes=processes, quiet=processes == 1)
        reports.append((output / "report.json").read_bytes())
    assert reports[0] == reports[1]
    assert json.loads(reports[0])["paired"] is True
    assert capsys.readouterr().err == ""
    with pytest.raises(InputError, match="processes is 0"):
        evaluate(files["target cut"], files["prediction cut"], tmp_path / "none", processes=0)


class Holds(Metric[Any]):
    """Cannot be merged."""

    name = "holds"
    needs = "constituents"

    def add(self, sample: str, batch: JetBatch) -> None:
        self.seen = getattr(self, "seen", 0) + len(batch.event)

    def result(self, context: Any) -> None:
        return None


def test_a_metric_that_cannot_be_merged_is_given_everything(files: dict[str, Path]) -> None:
    metric = Holds(ConstituentsView())
    assert not metric.can_merge
    assert all(each.can_merge for each in metrics_of(ConstituentsView())[0])
    gathered(files, " cut", Workers(2), metrics=[metric])
    assert metric.seen == 4 * N  # with the baselines


def test_a_process_that_dies_is_replaced(files: dict[str, Path], tmp_path: Path) -> None:
    expected = gathered(files, " cut", Workers(1))
    mark = files["target cut"] / MARK
    others = files["prediction cut"] / MARK
    try:
        others.touch()
        alike(expected, gathered(files, " cut", Workers(2), view=Dying()))
        assert mark.exists()
        (files["target cut"] / "always").touch()
        with pytest.raises(ShardError, match=r"the process that read 000001\.h5 died 3 times"):
            gathered(files, " cut", Workers(2), view=Dying())
    finally:
        for path in (mark, others, files["target cut"] / "always"):
            path.unlink(missing_ok=True)


def test_a_shard_with_a_flipped_bit_is_named(files: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    dataset.split(folder, files["prediction"], 100)
    shard = folder / "000002.h5"
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 1
    shard.write_bytes(content)
    with pytest.raises(DataError, match=r"shard 000002\.h5 is not what was indexed"):
        evaluate(files["target cut"], folder, tmp_path / "report", skip=SKIP, processes=2)
    assert not (tmp_path / "report").exists()


def test_a_view_travels_with_its_weights_and_without_functions(files: dict[str, Path]) -> None:
    path = files["target weighted"]
    view = ConstituentsView("paper-all").weighted(path, path, None)
    assert view.observables
    assert pickle.loads(pickle.dumps(view)) == view


def test_a_digest_is_of_objects_and_their_order_not_of_batches(make_pairs: MakePairs, tmp_path: Path) -> None:
    view, pairs = ConstituentsView(), make_pairs(60, 1)

    def digest(some: Pairs, *cuts: int) -> tuple[int, int]:
        whole = _Tally()
        for begin, end in zip((0, *cuts), (*cuts, len(some)), strict=True):
            part = _Tally()
            batch = some[begin:end]
            part.count(view, JetBatch(batch.event, batch.gen, batch.gen, batch.reco))
            whole.merge(part)
        return whole.digest

    expected = digest(pairs)
    assert {digest(pairs, 1), digest(pairs, 20, 20, 41), digest(pairs, *range(1, 60))} == {expected}
    order = np.arange(60)
    order[[3, 4]] = 4, 3
    others = {digest(pairs[order]), digest(pairs[:59]), digest(pairs[np.r_[0, 0:59]])}
    changed = replace(pairs, event=pairs.event + (np.arange(60) == 30))
    assert len({expected, *others, digest(changed)}) == 5
