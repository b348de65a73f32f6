"""Several simulations of each gen event: what a histogram of them is known to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import MakePairs

from pyjetsim.evaluate import evaluate, panels
from pyjetsim.evaluate.folds import event_numbers, fold_weights, folded_counts
from pyjetsim.evaluate.metrics.binned import Binning
from pyjetsim.io import write_pairs
from pyjetsim.jets import Jets

pytestmark = pytest.mark.usefixtures("unrendered_module")

K, EVENTS = 25, 4000
EDGES = np.array([0.6, 0.8, 0.95, 1.05, 1.2, 1.4])


def answers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bins, events and copies of gen values that are simulated K times, smeared less than they differ."""
    random = np.random.default_rng(1)
    gen = random.normal(1, 0.2, EVENTS)
    event, copy = np.repeat(np.arange(EVENTS), K), np.tile(np.arange(K), EVENTS)
    found = gen[event] * random.normal(1, 0.08, len(event))
    return np.digitize(found, EDGES), event, copy


def test_25_simulations_are_known_to_what_resampled_events_show() -> None:
    place, event, copy = answers()
    size = len(EDGES) + 1
    counts = folded_counts(place, size, event, fold_weights(copy))
    np.testing.assert_allclose(counts.value.sum(), EVENTS)
    # The bootstrap: events with all their answers are drawn anew.
    random = np.random.default_rng(2)
    of_event = np.zeros((EVENTS, size))
    np.add.at(of_event, (event, place), 1 / K)
    drawn = np.array([random.poisson(1, EVENTS) @ of_event for _ in range(2000)])
    error = np.sqrt(counts.variance)
    np.testing.assert_allclose(error, drawn.std(axis=0), rtol=0.06)
    # K * N independent entries would be known to much less.
    naive = np.sqrt(np.bincount(place, minlength=size)) / K
    assert (naive < 0.5 * error).all()
    # And no better than one simulation of each, but for the smearing.
    once = np.sqrt(np.bincount(place[copy == 0], minlength=size))
    assert (error < once).all()
    assert (error > 0.5 * once).all()


def test_weights_of_simulations_that_a_cut_left() -> None:
    copy = np.array([0, 2, 3, 1])
    assert fold_weights(copy).tolist() == [0.25] * 4
    assert fold_weights(copy[:0]).tolist() == []
    counts = folded_counts(np.array([1, 1, 1, 2]), 4, [7, 7, 8, 8], [0.5, -0.25, 2, 3])
    assert counts.value.tolist() == [0, 2.25, 3, 0]
    assert counts.variance.tolist() == [0, 0.0625 + 4, 9, 0]
    assert folded_counts(np.zeros(0, int), 2, []).variance.tolist() == [0, 0]


def test_events_differ_in_any_of_their_numbers() -> None:
    assert event_numbers(np.array([1, 1, 2, 2]), np.array([5, 5, 5, 6])).tolist() == [0, 0, 1, 2]
    assert event_numbers(np.array([3, 1, 3])).tolist() == [1, 0, 1]


def test_errors_in_a_figure_are_by_event() -> None:
    place, event, _ = answers()
    binning = Binning(np.arange(-0.5, len(EDGES) + 1))
    density, error = panels._density(binning, place, event, None)
    counts = folded_counts(place, len(EDGES) + 1, event)
    np.testing.assert_allclose(density, counts.value / len(place))
    np.testing.assert_allclose(error, np.sqrt(counts.variance) / len(place))
    assert (error > 2 * panels._density(binning, place, None, None)[1]).all()


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_prediction_with_copies_is_judged_by_the_first_and_drawn_with_all(
    tmp_path: Path, make_pairs: MakePairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = make_pairs(300, 1)
    write_pairs(tmp_path / "target.h5", target, {})
    rows = np.repeat(np.arange(300), 3)
    copies = [make_pairs(300, seed, response=1.01).reco for seed in (2, 3, 4)]
    joined = Jets.concatenate(copies)[np.arange(900).reshape(3, 300).T.ravel()]
    copy = np.tile(np.arange(3, dtype=np.int32), 300)
    whole = replace(target[rows], reco=joined, columns={"copy": copy})
    write_pairs(tmp_path / "copies.h5", whole, {})
    write_pairs(tmp_path / "once.h5", replace(target, reco=copies[0]), {})

    seen: list[dict[str, np.ndarray]] = []
    density = panels._density

    def kept(
        binning: Binning, values: np.ndarray, event: np.ndarray | None, weights: np.ndarray | None
    ) -> object:
        if event is not None:
            seen.append({"values": np.asarray(values), "event": event})
        return density(binning, values, event, weights)

    monkeypatch.setattr(panels, "_density", kept)
    skip = ("trees", "sets", "distances")
    options = {"selection": "all", "skip": skip}
    reports = [
        evaluate(tmp_path / "target.h5", tmp_path / f"{name}.h5", tmp_path / name, **options)
        for name in ("once", "copies")
    ]
    for entry in ("metrics", "response", "turn_on", "scores", "paired"):
        np.testing.assert_equal(reports[1][entry], reports[0][entry])
    assert reports[1]["paired"] is True
    assert (reports[1]["prediction"]["pairs"], reports[1]["prediction"]["pairs_in_split"]) == (900, 300)
    # Only figures of the copies have events; each has those of all three.
    assert seen
    jets = [one for one in seen if len(one["values"]) == 900]
    assert jets
    assert all(np.array_equal(one["event"], whole.event) for one in jets)


def test_places_of_values() -> None:
    binning = Binning(np.array([0.0, 1.0, 2.0]))
    assert binning.places([-1, 0, 1.5, 2, 3]).tolist() == [0, 1, 2, 2, 3]
    assert binning.counts([-1, 0, 1.5, 2, 3]).tolist() == [1, 1, 2, 1]
