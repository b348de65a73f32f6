"""Jets that a file has as such, constituent by constituent: nothing is clustered, and every jet is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyjetsim.errors import DataError, InputError
from pyjetsim.io.formats import GenBatch, Reading, none_in_split
from pyjetsim.io.gen_events import negative_number
from pyjetsim.io.splits import in_split
from pyjetsim.jets import Jets
from pyjetsim.jets.coordinates import ENERGIES, MASSES, coordinates_of, momenta_from
from pyjetsim.jets.event_ids import ordinal_in_event

ROWS = 4096
"""Jets read at a time."""


def jets_of(
    columns: Mapping[str, NDArray[Any]],
    present: NDArray[np.bool_] | None,
    pid: NDArray[Any] | None,
    max_constituents: int,
    where: Callable[[int], str],
) -> Jets:
    """Jets of constituents in any of vector's coordinates: ``columns`` name them, each (N, P), in GeV.

    ``present`` (N, P): which are constituents; None: those that are not zero. With masses or energies among
    the columns the jets are sums of these, without of massless constituents. ``where`` names a jet by its
    place. Raises :class:`~pyjetsim.errors.DataError`.
    """
    for name, values in columns.items():
        if values.dtype.kind not in "iuf":
            raise DataError(
                f"{name} of {where(0)} and following has type {values.dtype}",
                "coordinates are numbers",
                "name an array of numbers, or leave it out",
            )
    if present is not None:
        # Padding may be anything, NaN too.
        columns = {name: np.where(present, values, 0) for name, values in columns.items()}
    for name, values in columns.items():
        finite = np.isfinite(values).all(axis=1)
        if not finite.all():
            raise DataError(
                f"{name} of a constituent of {where(int(np.argmin(finite)))} is not finite",
                "it would spread through the whole jet",
                "drop the jet, or name a mask if it is padding",
            )
    try:
        coordinates = coordinates_of(columns)
        rows = momenta_from(coordinates, columns)
    except InputError as error:
        raise DataError(f"{where(0)} and following: {error.what}", error.why, error.todo) from error
    if (np.abs(rows) > np.finfo(np.float32).max).any():
        bad = int(np.argmax((np.abs(rows) > np.finfo(np.float32).max).any(axis=(1, 2))))
        raise DataError(
            f"a constituent of {where(bad)} has a momentum beyond 3.4e+38 GeV",
            "jets hold numbers of 32 bits",
            "drop the jet, or find out where it comes from",
        )
    keep = (rows != 0).any(axis=-1) if present is None else present & (rows != 0).any(axis=-1)
    jets = Jets.from_constituents(rows, pid, keep)
    energy = _energy(columns, rows)
    if energy is not None:
        jets = replace(jets, jet=_summed(np.where(keep[..., None], rows, 0), np.where(keep, energy, 0)))
    return jets.padded_to(max_constituents)


def _energy(columns: Mapping[str, NDArray[Any]], rows: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """(N, P) of constituents of which energy or mass is known."""
    square = (rows**2).sum(axis=-1)
    for name in ENERGIES:
        if name in columns:
            # Rounded energies are below the momentum; no mass is negative.
            return np.asarray(np.maximum(np.asarray(columns[name], np.float64), np.sqrt(square)))
    for name in MASSES:
        if name in columns:
            return np.asarray(np.sqrt(square + np.maximum(np.asarray(columns[name], np.float64), 0) ** 2))
    return None


def _summed(rows: NDArray[np.float64], energy: NDArray[np.float64]) -> NDArray[np.float32]:
    """(N, 4) pt, eta, phi, mass of the sum of constituents (N, P, 3) with ``energy`` (N, P)."""
    px, py, pz = rows.sum(axis=1).T
    total = energy.sum(axis=1)
    pt = np.hypot(px, py)
    with np.errstate(divide="ignore", invalid="ignore"):
        eta = np.where(pt > 0, np.arcsinh(pz / pt), 0)
    mass = np.sqrt(np.maximum(total**2 - pt**2 - pz**2, 0))
    return np.stack([pt, eta, np.arctan2(py, px), mass], axis=1).astype(np.float32)


def event_numbers(name: str, values: ArrayLike, n: int) -> NDArray[np.int64]:
    """(N,) event numbers of jets, checked; ``name`` is what messages call them.

    Raises :class:`~pyjetsim.errors.DataError` for others than one whole number from 0 to 2^63 - 1 a jet.
    """
    numbers = np.asarray(values)
    if numbers.shape != (n,):
        raise DataError(
            f"{name} has shape {numbers.shape} for {n} jets",
            "each jet is of one event",
            "name an array with a number for each jet",
        )
    whole = numbers.dtype.kind in "iu" or (
        numbers.dtype.kind == "f" and bool((np.abs(numbers) <= 2**53).all() and (numbers % 1 == 0).all())
    )
    if not whole:
        raise DataError(
            f"{name} has type {numbers.dtype} and is not made of whole numbers",
            "splits and noise are by event numbers",
            "name an array of integers, or leave it out",
        )
    if n and numbers.min() < 0:
        raise negative_number(name, int(numbers.min()))
    if n and numbers.max() > 2**63 - 1:
        raise DataError(
            f"{name} has the event number {int(numbers.max())}",
            "splits and noise take numbers from 0 to 2^63 - 1",
            "leave it out, or use --number-events",
        )
    return numbers.astype(np.int64)


class GivenSource:
    """The gen jets of a file in its order, all of them, for what simulates them."""

    def __init__(
        self,
        name: str,
        reading: Reading,
        event: NDArray[np.int64],
        batches: Callable[[], Iterator[tuple[Jets, NDArray[np.int32] | None, Mapping[str, NDArray[Any]]]]],
        provenance: dict[str, Any],
    ) -> None:
        """``event`` (N,); ``batches``: gen jets, numbers of vertices and columns of all rows, in order."""
        self._name, self._split, self._batches = name, reading.split, batches
        self._event = event
        self._inside = in_split(event, reading.split)
        self._jet = ordinal_in_event(event)
        self.max_constituents = reading.max_constituents
        self.provenance = provenance
        self.n_jets: int | None = int(self._inside.sum())

    def batches(self) -> Iterator[GenBatch]:
        """All jets of the split."""
        start = 0
        for gen, n_vertices, columns in self._batches():
            rows = slice(start, start + len(gen))
            start += len(gen)
            inside = self._inside[rows]
            if inside.any():
                vertices = np.ones(len(gen), np.int32) if n_vertices is None else n_vertices
                jet = self._jet[rows][inside]
                n_events = int((jet == 0).sum())
                kept = {name: values[inside] for name, values in columns.items()}
                yield GenBatch(gen[inside], self._event[rows][inside], jet, vertices[inside], n_events, kept)

    def no_jets(self) -> str:
        """Tell why there are none."""
        if len(self._event):
            return none_in_split(self._name, self._split)
        return str(DataError(f"{self._name} holds no jets", "the output has none", "check how it was made"))
