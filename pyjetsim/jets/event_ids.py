"""Ids of jets: run, luminosity block and event, and the jet's place in its event."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyjetsim.errors import InputError

_BITS = {"seed": 64, "run": 32, "luminosity_block": 32, "event": 64, "jet": 64, "copy": 64, "id": 64}


class EventId(NamedTuple):
    """Events as collision experiments number them: one entry for each jet, or one for all jets."""

    run: ArrayLike
    """0 to 2^32 - 1."""
    luminosity_block: ArrayLike
    """0 to 2^32 - 1."""
    event: ArrayLike
    """0 to 2^64 - 1."""


class JetIds(NamedTuple):
    """Ids of N jets. Two jets with the same id and seed get the same noise."""

    run: NDArray[np.uint32]
    luminosity_block: NDArray[np.uint32]
    event: NDArray[np.uint64]
    jet: NDArray[np.uint64]


def jet_ids(
    n: int, event: EventId | JetIds | ArrayLike | None = None, jet: ArrayLike | None = None
) -> JetIds:
    """Build the ids of N jets.

    Parameters
    ----------
    n : int
        N.
    event : array, EventId or JetIds, optional
        Event numbers (N,); columns run, luminosity block, event (N, 3); an :class:`EventId`; or one event
        for all jets. None: every jet is an event of its own, 0 to N - 1. :class:`JetIds` are ids already.
    jet : integer array (N,), optional
        The place of each jet in its event. None: counted within this call.

    Returns
    -------
    JetIds
        (N,) each; run and luminosity block uint32, event and jet uint64.

    Raises
    ------
    InputError
        For another length, numbers that are not integers, or values outside the ranges of :class:`EventId`.

    Examples
    --------
    >>> jet_ids(3, event=[17, 17, 18]).jet
    array([0, 1, 0], dtype=uint64)
    """
    if isinstance(event, JetIds):
        return JetIds(
            _column("run", event.run, n).astype(np.uint32),
            _column("luminosity_block", event.luminosity_block, n).astype(np.uint32),
            _column("event", event.event, n),
            _column("jet", event.jet if jet is None else jet, n),
        )
    if event is None:
        parts: tuple[ArrayLike, ArrayLike, ArrayLike] = (0, 0, np.arange(n))
    elif isinstance(event, EventId):
        parts = event
    else:
        try:
            numbers = np.asarray(event)
        except (TypeError, ValueError) as error:
            raise InputError(
                "the event numbers are not a plain array",
                "each jet or event has one",
                "give a number for each",
            ) from error
        if numbers.ndim == 2 and numbers.shape[1] == 3:
            parts = (numbers[:, 0], numbers[:, 1], numbers[:, 2])
        else:
            parts = (0, 0, numbers)
    run, block, number = (
        _column(name, values, n) for name, values in zip(EventId._fields, parts, strict=True)
    )
    place = ordinal_in_event(run, block, number) if jet is None else _column("jet", jet, n)
    return JetIds(run.astype(np.uint32), block.astype(np.uint32), number, place)


def ordinal_in_event(*keys: NDArray[Any]) -> NDArray[np.uint64]:
    """How many jets with the same keys come before each (N,)."""
    n = len(keys[0])
    order = np.lexsort(keys)  # stable: jets of an event keep their order
    first = np.ones(n, np.bool_)
    first[1:] = np.logical_or.reduce([key[order][1:] != key[order][:-1] for key in keys])
    place = np.arange(n)
    ordinal = np.empty(n, np.uint64)
    ordinal[order] = place - np.maximum.accumulate(np.where(first, place, 0))
    return ordinal


class OrdinalCounter:
    """The place of jets in their events, counted over pieces of a file; it holds a number for each event."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}

    def of(self, event: NDArray[np.int64]) -> NDArray[np.uint64]:
        """How many jets of its event came before each (N,), in this piece and earlier ones."""
        unique, inverse, counts = np.unique(event, return_inverse=True, return_counts=True)
        numbers = unique.tolist()
        before = np.array([self._seen.get(number, 0) for number in numbers], np.uint64)
        self._seen.update(zip(numbers, (before + counts.astype(np.uint64)).tolist(), strict=True))
        return ordinal_in_event(event) + before[inverse]


def unsigned(name: str, values: ArrayLike) -> NDArray[np.uint64]:
    """Check that ``values`` are integers that fit the id ``name``.

    Parameters
    ----------
    name : str
        "seed", "run", "luminosity_block", "event", "jet" or "copy".
    values : array
        Integers of any shape.

    Returns
    -------
    uint64 array of the same shape
        The values.

    Raises
    ------
    InputError
        For other types, and for values below 0 or too large.
    """
    numbers = np.asarray(values)
    if numbers.size == 0:
        return numbers.astype(np.uint64)
    bits = _BITS[name]
    integers = numbers.dtype.kind in "iu" or (
        numbers.dtype == object and all(isinstance(value, int) for value in numbers.flat)
    )
    if not integers:
        raise InputError(
            f"{name} has type {numbers.dtype}",
            "noise is keyed by whole numbers, and rounded ones would name another jet",
            f"give {name} as integers",
        )
    wrong = np.asarray((numbers < 0) | (numbers > 2**bits - 1), np.bool_)
    if wrong.any():
        where = int(np.argmax(wrong))
        raise InputError(
            f"{name} of jet {where} is {numbers.flat[where]}" if numbers.ndim else f"{name} is {numbers}",
            f"it must fit into {bits} bits without a sign, or two jets would share their noise",
            f"give numbers from 0 to 2^{bits} - 1",
        )
    return numbers.astype(np.uint64)


def _column(name: str, values: ArrayLike, n: int) -> NDArray[np.uint64]:
    numbers = unsigned(name, values)
    if numbers.shape not in ((), (n,)):
        raise InputError(
            f"{name} has shape {numbers.shape}, not ({n},)",
            "every jet belongs to one event",
            f"give one {name} a jet, or one for all",
        )
    return np.ascontiguousarray(np.broadcast_to(numbers, (n,)))
