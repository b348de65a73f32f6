"""Files with more pairs than are kept: what is measured on some events, and what is counted over all."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import MakePairs

from pyjetsim.errors import InputError
from pyjetsim.evaluate import evaluate
from pyjetsim.evaluate.gather import Gathered, gather
from pyjetsim.evaluate.metrics import response_bins, spectra
from pyjetsim.evaluate.metrics.tails import Tails
from pyjetsim.evaluate.metrics.turn_on import TurnOn
from pyjetsim.evaluate.report.evaluation import metrics_of
from pyjetsim.evaluate.samples import Thinning
from pyjetsim.evaluate.view import ConstituentsView
from pyjetsim.io import PairsWriter, write_pairs
from pyjetsim.jets import Pairs
from pyjetsim.jets.event_ids import OrdinalCounter, ordinal_in_event

pytestmark = pytest.mark.usefixtures("unrendered_module")

N, KEPT = 1500, 500
SKIP = ("trees", "sets", "distances")


@pytest.fixture(scope="module")
def files(make_pairs: MakePairs, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Target and prediction of the same gen jets, and the events that are kept of both, alone."""
    folder = tmp_path_factory.mktemp("files")
    target, other = make_pairs(N, 1), make_pairs(N, 2)
    kept = Thinning.to(KEPT, N).keeps(target.event)
    paths = {}
    for name, reco in (("target", target.reco), ("prediction", other.reco)):
        pairs = replace(target, reco=reco)
        for suffix, some in (("", pairs), (" kept", pairs[kept])):
            paths[name + suffix] = folder / f"{name}{suffix}.h5"
            write_pairs(paths[name + suffix], some, {})
    return paths


def of(files: dict[str, Path], suffix: str, max_pairs: int) -> tuple[Gathered, TurnOn, Tails]:
    view = ConstituentsView()
    turn_on, tails = TurnOn(view), Tails(view)
    paths = (files[name + suffix] for name in ("target", "prediction"))
    return gather(view, *paths, "all", [turn_on, tails], max_pairs), turn_on, tails


def test_a_file_of_the_limit_is_compared_whole(files: dict[str, Path]) -> None:
    for max_pairs in (N, 100 * N):
        found, _, _ = of(files, "", max_pairs)
        assert found.kept == {}
        assert found.n_pairs["target"] == N
    batch = next(ConstituentsView().read(files["target"], "all"))
    assert Thinning.to(N, N).of(batch) is batch


def test_what_is_kept_is_measured_as_if_there_were_no_more(files: dict[str, Path]) -> None:
    thinned, _, tails = of(files, "", KEPT)
    alone, _, expected = of(files, " kept", N)
    n = alone.n_pairs["target"]
    assert 0.8 * KEPT < n < 1.2 * KEPT
    assert thinned.kept == dict.fromkeys(("target", "prediction"), (KEPT / N, n))
    for name in ("target", "prediction", "identity"):  # the smearing is fitted to the file that it is given
        sample = alone.samples[name]
        assert np.array_equal(thinned.samples[name].event, sample.event)
        for observable, values in {**sample.jet, **sample.constituent}.items():
            assert np.array_equal(thinned.samples[name].values(observable), values)
    context = None  # tails need none
    assert tails.result(context) == expected.result(context)  # type: ignore[arg-type]


def test_every_pair_is_counted(files: dict[str, Path]) -> None:
    thinned, turn_on, _ = of(files, "", KEPT)
    whole, expected, _ = of(files, "", N)
    assert thinned.n_pairs == whole.n_pairs == dict.fromkeys(("target", "prediction"), N)
    assert thinned.paired
    np.testing.assert_equal(*(each.result(None).to_json() for each in (turn_on, expected)))  # type: ignore[arg-type]


def test_the_report_says_what_it_is_measured_on(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for level in spectra.LEVELS:  # numbers that nobody looks at here
        monkeypatch.setitem(spectra.N_DRAWS, level, 2)
        monkeypatch.setitem(spectra.REPLICATE_DRAWS, level, 1)
    monkeypatch.setattr(spectra, "N_REPLICATES", 2)
    monkeypatch.setattr(response_bins, "N_REPLICATES", 5)
    report = evaluate(files["target"], files["prediction"], tmp_path / "r", skip=SKIP, max_pairs=KEPT)
    kept = report["kept"]["prediction"]
    assert kept["max_pairs"] == KEPT
    assert kept["share_of_events"] == pytest.approx(KEPT / N)
    assert report["kept"]["target"] == kept
    assert report["target"]["pairs_in_split"] == N
    assert 0 < report["target"]["jets_accepted"] < kept["pairs"]
    assert report["metrics"]["settings"]["sample_jets"]["jet"] <= report["target"]["jets_accepted"] // 2
    assert json.loads((tmp_path / "r" / "report.json").read_text())["kept"] == report["kept"]
    assert f"{kept['pairs']} pairs of 33.3 % of the events" in (tmp_path / "r" / "index.html").read_text()
    with pytest.raises(InputError, match="max_pairs is 0 "):
        evaluate(files["target"], files["prediction"], tmp_path / "none", max_pairs=0)
    assert not (tmp_path / "none").exists()


def test_of_several_simulations_whole_events_are_kept(make_pairs: MakePairs, tmp_path: Path) -> None:
    target = make_pairs(400, 1)
    twice = Pairs.concatenate([target, target])
    copy = np.repeat(np.arange(2, dtype=np.int32), len(target))
    order = np.argsort(twice.event, kind="stable")
    write_pairs(tmp_path / "t.h5", target, {})
    write_pairs(tmp_path / "p.h5", replace(twice, columns={"copy": copy})[order], {})
    found = gather(ConstituentsView(), tmp_path / "t.h5", tmp_path / "p.h5", "all", [], 400)
    keeps = Thinning.to(400, 800).keeps
    for sample in (found.copies["prediction"], found.samples["prediction"]):
        assert keeps(sample.event).all()
        assert len(sample)
    assert found.n_pairs == {"target": 400, "prediction": 400}
    assert found.kept == {"prediction": (0.5, int(keeps(target.event).sum()))}
    assert found.paired


def long_file(path: Path, pairs: Pairs, times: int) -> Path:
    with PairsWriter(path, {}, pairs.gen.constituents.shape[1]) as writer:
        for part in range(times):
            writer.append(replace(pairs, event=pairs.event + part * len(pairs)))
    return path


def test_memory_does_not_grow_with_the_file(make_pairs: MakePairs, tmp_path: Path) -> None:
    """Of all metrics, and the baselines; the longer file is four times the shorter one."""
    pairs = make_pairs(8192, 1)  # what is read at a time
    peaks = []
    for times in (2, 8):
        path = long_file(tmp_path / f"{times}.h5", pairs, times)
        view = ConstituentsView(max_pairs=2000)
        metrics, _ = metrics_of(view)
        tracemalloc.start()
        found = gather(view, path, path, "all", metrics, 2000)
        held, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert found.n_pairs["target"] == times * len(pairs)
        peaks.append((held, peak))
    assert peaks[1][0] < 1.15 * peaks[0][0]
    assert peaks[1][1] < 1.10 * peaks[0][1]


def test_places_in_events_go_on_from_piece_to_piece() -> None:
    event = np.array([5, 5, -7, 5, 3, 3, -7, 5, 5, 9], np.int64)

    def pieces(size: int) -> Iterator[np.ndarray]:
        places = OrdinalCounter()
        yield from (places.of(event[start : start + size]) for start in range(0, len(event), size))

    for size in (1, 2, 3, 4, 10):
        assert np.array_equal(np.concatenate(list(pieces(size))), ordinal_in_event(event))
