"""Awkward arrays of jets to padded ones and back."""

from __future__ import annotations

from typing import Any, NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import InputError
from pyjetsim.jets import Jets, momenta


class Flat(NamedTuple):
    """The jets of an awkward array, side by side."""

    constituents: NDArray[np.float64]
    """(N, P', 3) GeV, padded with zero rows."""
    jets_per_event: NDArray[np.int64] | None
    """(E,) None where the array has no level of events."""
    pid: NDArray[Any] | None
    """(N, P') PDG ids, 0 for padding; None where the array has none."""


def from_awkward(array: Any, pid: Any = None) -> Flat:
    """Read (events x) jets x constituents with px, py, pz or pt, eta, phi in GeV; mass is ignored.

    PDG ids are the field ``pid``, or the array ``pid`` of the same nesting.

    Raises :class:`~pyjetsim.errors.InputError` for another nesting, other fields or missing values.
    """
    if array.ndim not in (2, 3):
        raise InputError(
            f"the array has {array.ndim} levels",
            "jets are lists of constituents, and events lists of jets",
            "give events x jets x constituents, or jets x constituents",
        )
    columns, ids = _columns(array), _pid(array, pid)
    per_event = None
    if array.ndim == 3:
        per_event = ak.to_numpy(ak.num(array, axis=1)).astype(np.int64)
        columns = [ak.flatten(column, axis=1) for column in columns]
        ids = None if ids is None else ak.flatten(ids, axis=1)
    count = ak.to_numpy(ak.num(columns[0], axis=1)).astype(np.int64)
    width = int(count.max(initial=0))
    padded = np.zeros((len(count), width, 3))
    present = np.arange(width) < count[:, None]
    padded[present] = _momenta(array.fields, columns)
    if ids is None:
        return Flat(padded, per_event, None)
    flat_ids = ak.to_numpy(ak.flatten(ids, axis=1))
    padded_ids = np.zeros((len(count), width), flat_ids.dtype)
    padded_ids[present] = flat_ids
    return Flat(padded, per_event, padded_ids)


def to_awkward(jets: Jets, jets_per_event: NDArray[np.int64] | None, *, with_pid: bool = False) -> Any:
    """(Events x) jets with pt, eta, phi, mass and ``constituents`` with px, py, pz, in GeV.

    ``with_pid`` adds the field ``pid`` to the constituents. The records carry the names that the
    vector library knows.
    """
    present = jets.present
    parts = dict(zip(("px", "py", "pz"), jets.constituents[present].T, strict=True))
    if with_pid:
        parts["pid"] = jets.pid[present]
    constituents = ak.unflatten(ak.zip(parts, with_name="Momentum3D"), present.sum(axis=1))
    fields = dict(zip(("pt", "eta", "phi", "mass"), jets.jet.T, strict=True))
    records = ak.zip({**fields, "constituents": constituents}, depth_limit=1, with_name="Momentum4D")
    return records if jets_per_event is None else ak.unflatten(records, jets_per_event)


def flat(values: Any) -> NDArray[Any]:
    """One number a jet (N,), from nested or flat ones."""
    return np.asarray(ak.to_numpy(ak.flatten(values, axis=None)))


def _columns(array: Any) -> list[Any]:
    for names in (("px", "py", "pz"), ("pt", "eta", "phi")):
        if set(names) <= set(array.fields):
            columns = [array[name] for name in names]
            if any("?" in str(column.type) or "option" in str(column.type) for column in columns):
                raise InputError(
                    f"{', '.join(names)} have missing values",
                    "a constituent without momentum has no place in a jet",
                    "drop them first, for example with awkward.drop_none",
                )
            return columns
    raise InputError(
        f"the constituents have the fields {', '.join(array.fields) or 'none'}",
        "momenta are needed",
        "give px, py, pz or pt, eta, phi, in GeV",
    )


def _pid(array: Any, pid: Any) -> Any:
    """PDG ids of the constituents, nested like them."""
    if pid is None and "pid" not in array.fields:
        return None
    momenta = array[array.fields[0]]
    nested = array["pid"] if pid is None else ak.Array(pid)
    if "?" in str(nested.type) or "option" in str(nested.type):
        raise InputError("pid has missing values", "every constituent has one", "give 0 where it is unknown")
    if nested.ndim != array.ndim or not all(
        ak.array_equal(ak.num(nested, axis=axis), ak.num(momenta, axis=axis)) for axis in range(1, array.ndim)
    ):
        raise InputError(
            "pid is nested otherwise than the constituents",
            "every constituent has one",
            "give pid for all constituents, 0 where it is unknown, or leave it out",
        )
    return nested


def _momenta(fields: list[str], columns: list[Any]) -> NDArray[np.float64]:
    """(M, 3) px, py, pz of all constituents."""
    first, second, third = (
        np.asarray(ak.to_numpy(ak.flatten(column, axis=None)), np.float64) for column in columns
    )
    if {"px", "py", "pz"} <= set(fields):
        return np.stack([first, second, third], axis=1)
    with np.errstate(over="ignore", invalid="ignore"):  # not finite: told later, with the jet
        return momenta(first, second, third)
