"""Jets are named the same way whatever form the names come in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pyjetsim.errors import InputError
from pyjetsim.jets.event_ids import EventId, jet_ids, ordinal_in_event


def columns(event: Any, n: int = 4, jet: Any = None) -> list[list[int]]:
    return [part.tolist() for part in jet_ids(n, event, jet)]


def test_without_names_every_jet_is_an_event() -> None:
    assert columns(None) == [[0] * 4, [0] * 4, [0, 1, 2, 3], [0] * 4]


def test_jets_are_counted_within_their_event() -> None:
    assert columns([7, 3, 7, 7]) == [[0] * 4, [0] * 4, [7, 3, 7, 7], [0, 0, 1, 2]]


def test_triples_in_both_forms() -> None:
    table = np.array([[1, 2, 3], [1, 2, 3], [1, 3, 3], [2, 2, 3]])
    expected = [[1, 1, 1, 2], [2, 2, 3, 2], [3] * 4, [0, 1, 0, 0]]
    assert columns(table) == expected
    assert columns(EventId(*table.T)) == expected


def test_one_event_for_all_jets() -> None:
    assert columns(9) == [[0] * 4, [0] * 4, [9] * 4, [0, 1, 2, 3]]
    assert columns(EventId(1, 2, 9)) == [[1] * 4, [2] * 4, [9] * 4, [0, 1, 2, 3]]


def test_given_places_are_kept() -> None:
    assert columns([7, 7, 7, 7], jet=[3, 1, 0, 9])[3] == [3, 1, 0, 9]


def test_no_jets() -> None:
    assert columns([], n=0) == [[], [], [], []]


def test_ordinal_of_many() -> None:
    event = np.random.default_rng(0).integers(0, 20, 500)
    expected = [(event[:i] == event[i]).sum() for i in range(500)]
    np.testing.assert_array_equal(ordinal_in_event(event), expected)


@pytest.mark.parametrize(
    ("event", "jet", "message"),
    [
        ([1, -2, 3, 4], None, "event of jet 1 is -2 "),
        ([1, 2, 2**64, 4], None, f"event of jet 2 is {2**64} "),
        (-5, None, "event is -5 "),
        ([1.0, 2.0, 3.0, 4.0], None, "event has type float64"),
        (["a", "b", "c", "d"], None, "event has type"),
        ([1, 2, 3], None, r"event has shape \(3,\), not \(4,\)"),
        (np.zeros((4, 2), int), None, r"event has shape \(4, 2\)"),
        (EventId(2**32, 0, 0), None, "run is 4294967296 "),
        (EventId(0, [0, 0, 0, -1], 0), None, "luminosity_block of jet 3 is -1 "),
        (0, [0, 1, 2, -1], "jet of jet 3 is -1 "),
        (0, [0, 1], r"jet has shape \(2,\)"),
    ],
)
def test_bad_names(event: Any, jet: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        jet_ids(4, event, jet)
