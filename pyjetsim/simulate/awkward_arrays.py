"""Awkward arrays of jets to padded ones and back."""

from __future__ import annotations

from typing import Any, NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.terminal import counted
from pyjetsim.errors import InputError
from pyjetsim.jets import Jets
from pyjetsim.simulate.coordinates import coordinates_of, momenta_from

_SHOWN = 120
"""Letters of a type in a message."""


class Nesting(NamedTuple):
    """The nesting of N jets in an awkward array."""

    jets_per_event: NDArray[np.int64] | None
    """(E,) None where the array has no level of events."""
    no_jet: NDArray[np.bool_]
    """(N,) true where there is None instead of a jet."""
    no_event: NDArray[np.bool_] | None
    """(E,) true where there is None instead of an event."""

    def nested(self, values: Any) -> Any:
        """Values of N jets as they stood, None where there was none."""
        nested = ak.Array(values)
        if self.no_jet.any():
            nested = ak.mask(nested, ~self.no_jet)
        if self.jets_per_event is None or self.no_event is None:
            return nested
        nested = ak.unflatten(nested, self.jets_per_event)
        return ak.mask(nested, ~self.no_event) if self.no_event.any() else nested


class Flat(NamedTuple):
    """The jets of an awkward array as padded arrays."""

    constituents: NDArray[np.float64]
    """(N, P', 3) GeV, padded with zero rows."""
    pid: NDArray[Any] | None
    """(N, P') PDG ids, 0 for padding; None where the array has none."""
    nesting: Nesting


def from_awkward(array: Any, pid: Any = None) -> Flat:
    """Read (events x) jets x constituents in any of vector's coordinates, in GeV.

    Parameters
    ----------
    array : awkward array
        Jets may be records with a field ``constituents``, as the simulator's results are. A constituent
        that is None is left out; a jet or an event that is None keeps its place.
    pid : awkward array, optional
        PDG ids of the same nesting; None: the field ``pid``, if there is one.

    Returns
    -------
    Flat
        N jets and their nesting.

    Raises
    ------
    InputError
        For another nesting, other fields, and momenta of which a part is missing.
    """
    if isinstance(array, ak.Record):
        raise InputError("the array is one record", "jets are lists of constituents", "give a list of jets")
    if ak.backend(array) == "typetracer":
        raise InputError(
            "the array is a typetracer",
            "it has a type and no values, and a simulation is made of the values",
            "call the simulator with the array itself; with dask, inside map_partitions",
        )
    if "constituents" in array.fields:
        array = array["constituents"]
    _check_kind(array)
    if array.ndim not in (2, 3):
        raise InputError(
            f"the array has {counted(array.ndim, 'level')}",
            "jets are lists of constituents, and events lists of jets",
            "give events x jets x constituents, or jets x constituents",
        )
    coordinates = coordinates_of(array.fields)
    ids = _pid(array, pid)
    per_event = no_event = None
    if array.ndim == 3:
        no_event = np.asarray(ak.is_none(array, axis=0))
        per_event = _counts(array)
        array = ak.flatten(array, axis=1)
        ids = None if ids is None else ak.flatten(ids, axis=1)
    nesting = Nesting(per_event, np.asarray(ak.is_none(array, axis=0)), no_event)
    count = _counts(array)
    records = ak.flatten(array, axis=1)
    columns = {name: _column(records, name) for name in coordinates.names}
    absent = _absent(columns)
    rows = momenta_from(coordinates, {name: values.filled(0) for name, values in columns.items()})
    rows[absent] = 0

    width = int(count.max(initial=0))
    present = np.arange(width) < count[:, None]
    padded = np.zeros((len(count), width, 3))
    padded[present] = rows
    if ids is None:
        return Flat(padded, None, nesting)
    flat_ids = _column(ak.flatten(ids, axis=1), None)
    if (np.ma.getmaskarray(flat_ids) & ~absent).any():
        raise InputError("pid has missing values", "every constituent has one", "give 0 where it is unknown")
    padded_ids = np.zeros((len(count), width), flat_ids.dtype)
    padded_ids[present] = flat_ids.filled(0)
    return Flat(padded, padded_ids, nesting)


def _check_kind(array: Any) -> None:
    """Refuse what has no records of one kind in its innermost lists."""
    node = array.layout
    while node.is_list or node.is_option or node.is_indexed:
        node = node.content
    if node.is_record:
        return
    kind = str(array.type)
    kind = kind if len(kind) <= _SHOWN else kind[:_SHOWN] + "..."
    if node.is_unknown:
        raise InputError(
            f"the array is empty and has no type: {kind}",
            "whether its lists are events or jets, nobody can tell",
            "take a slice of an array of momenta, which keeps its type, or leave it out",
        )
    raise InputError(
        f"the array mixes different types: {kind}" if node.is_union else f"the array has no records: {kind}",
        "every constituent is a record of the same coordinates",
        "give records with px, py, pz or pt, eta, phi, in GeV, such as ak.zip makes them",
    )


def to_awkward(jets: Jets, nesting: Nesting, *, with_pid: bool = False) -> Any:
    """Build (events x) jets with pt, eta, phi, mass and ``constituents`` of px, py, pz, in GeV.

    Parameters
    ----------
    jets : Jets
        N jets.
    nesting : Nesting
        Of the input.
    with_pid : bool
        Add the field ``pid`` to the constituents.

    Returns
    -------
    awkward array
        Its records have the names that the vector library knows.
    """
    present = jets.present
    parts = dict(zip(("px", "py", "pz"), jets.constituents[present].T, strict=True))
    if with_pid:
        parts["pid"] = jets.pid[present]
    constituents = ak.unflatten(ak.zip(parts, with_name="Momentum3D"), present.sum(axis=1))
    fields = dict(zip(("pt", "eta", "phi", "mass"), jets.jet.T, strict=True))
    records = ak.zip({**fields, "constituents": constituents}, depth_limit=1, with_name="Momentum4D")
    return nesting.nested(records)


def flat(values: Any) -> NDArray[Any]:
    """One number a jet (N,), from nested or flat ones; 0 for those that are None."""
    return np.asarray(ak.to_numpy(ak.fill_none(ak.flatten(values, axis=None), 0)))


def _counts(array: Any) -> NDArray[np.int64]:
    """The lengths of the lists in it; 0 where there is None."""
    return np.asarray(ak.to_numpy(ak.fill_none(ak.num(array, axis=1), 0))).astype(np.int64)


def _column(records: Any, name: str | None) -> Any:
    """A masked array (M,) of numbers."""
    column = records if name is None else records[name]
    try:
        if column.ndim == 1:
            values = ak.to_numpy(column, allow_missing=True)
            if values.dtype.kind in "iuf":
                return np.ma.asarray(values)
    except (TypeError, ValueError):  # text, and what is of several types
        pass
    raise InputError(
        f"{name or 'pid'} of the constituents are no numbers: {column.type}",
        "a constituent has one number for each coordinate",
        "give numbers in GeV",
    )


def _absent(columns: dict[str, Any]) -> NDArray[np.bool_]:
    """(M,) true for constituents that are None."""
    missing = [np.ma.getmaskarray(values) for values in columns.values()]
    if any((each != missing[0]).any() for each in missing):
        raise InputError(
            f"{', '.join(columns)} have missing values",
            "a constituent with a part of its momentum has no place in a jet",
            "drop such constituents first, or make all of their fields None",
        )
    return np.asarray(missing[0])


def _pid(array: Any, pid: Any) -> Any:
    """PDG ids of the constituents, nested like them."""
    if pid is None:
        return array["pid"] if "pid" in array.fields else None
    nested, momenta = ak.Array(pid), array[array.fields[0]]
    if nested.ndim != array.ndim or not all(
        ak.array_equal(
            ak.fill_none(ak.num(nested, axis=axis), -1, axis=None),
            ak.fill_none(ak.num(momenta, axis=axis), -1, axis=None),
            dtype_exact=False,
        )
        for axis in range(1, array.ndim)
    ):
        raise InputError(
            "pid is nested otherwise than the constituents",
            "every constituent has one",
            "give pid for all constituents, 0 where it is unknown, or leave it out",
        )
    return nested
