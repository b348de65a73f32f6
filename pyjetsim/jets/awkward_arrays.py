"""Awkward arrays of jets and pairs to padded ones and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.extras import needs
from pyjetsim._utils.terminal import counted
from pyjetsim.errors import InputError
from pyjetsim.jets.coordinates import coordinates_of, momenta_from
from pyjetsim.jets.jets import Jets, Pairs, gen_reco_delta_r
from pyjetsim.jets.kinematics import as_constituents, as_pid, jet_kinematics, transverse_momentum

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


def answer_to_awkward(jets: Jets, nesting: Nesting, behavior: Any = None, *, with_pid: bool = False) -> Any:
    """Build (events x) jets with pt, eta, phi, mass and ``constituents`` of px, py, pz, in GeV.

    Parameters
    ----------
    jets : Jets
        N jets.
    nesting : Nesting
        Of the input.
    behavior : mapping, optional
        Of the input; None for those that all arrays have.
    with_pid : bool
        Add the field ``pid`` to the constituents.

    Returns
    -------
    awkward array
        Its records have the names that the vector library knows.
    """
    return nesting.nested(_records(jets, {}, behavior, with_pid=with_pid))


def jets_to_awkward(jets: Jets, more: Mapping[str, NDArray[Any]] | None = None) -> Any:
    """N jets as records with the behaviours of the vector library; see :meth:`Jets.to_awkward`.

    ``more``: further fields of the jets, each (N, ...).
    """
    fields = {"n_constituents": jets.n_constituents, **(more or {})}
    return _records(jets, fields, _vectors(), with_pid=True)


def pairs_to_awkward(pairs: Pairs) -> Any:
    """N pairs as records; see :meth:`Pairs.to_awkward`."""
    columns: dict[str, dict[str, Any]] = {"gen": {}, "reco": {}, "": {}}
    for name, values in pairs.columns.items():
        side, _, rest = name.partition("/")
        inside = side in ("gen", "reco") and rest not in _TAKEN
        columns[side if inside else ""][rest if inside else name] = values
    parts = {
        "gen": jets_to_awkward(pairs.gen, columns["gen"]),
        "reco": jets_to_awkward(pairs.reco, columns["reco"]),
        **{name: getattr(pairs, name) for name in _OF_PAIRS},
        **{name: ak.from_numpy(values) for name, values in columns[""].items()},
    }
    attributes = {"weight_names": list(pairs.weight_names)} if pairs.weight_names else None
    return ak.zip(parts, depth_limit=1, behavior=_vectors(), attrs=attributes)


def jets_from_awkward(array: Any, max_constituents: int | None = None) -> Jets:
    """Read jets of any coordinates; see :meth:`Jets.from_awkward`."""
    array = _jets_in_a_row(array)
    given = from_awkward(array)
    room = given.constituents.shape[1] if max_constituents is None else max_constituents
    rows = as_constituents(given.constituents)
    pid = as_pid(given.pid, rows)
    # As they stand, where that is by falling pt: others may have sorted them in double precision.
    pt = transverse_momentum(rows)
    if (pt[:, 1:] > pt[:, :-1] * (1 + 1e-5)).any():
        jets = Jets.from_constituents(rows, pid)
    else:
        count = np.asarray((rows != 0).any(axis=-1).sum(axis=1), np.int32)
        jets = Jets(rows, pid, count, jet_kinematics(rows))
    fields = set(array.fields)
    if {"constituents", *_KINEMATICS} <= fields:
        jet = np.stack([_numbers(array, name, np.float32) for name in _KINEMATICS], axis=1)
        jets = replace(jets, jet=jet)
    if {"constituents", "n_constituents"} <= fields:
        jets = replace(jets, n_constituents=_numbers(array, "n_constituents", np.int32))
    return jets.padded_to(room)


def pairs_from_awkward(array: Any, max_constituents: int | None = None) -> Pairs:
    """Read what :func:`pairs_to_awkward` gives; see :meth:`Pairs.from_awkward`."""
    for name in ("gen", "reco", "event"):
        if name not in array.fields:
            raise InputError(
                f"the array has no field {name}, only {', '.join(array.fields) or 'none'}",
                "a pair is a gen jet and its reco jet of an event",
                "give records with gen, reco and event, as Pairs.to_awkward makes them",
            )
    array = _jets_in_a_row(array)
    gen, reco = (jets_from_awkward(array[side], max_constituents) for side in ("gen", "reco"))
    room = max(gen.constituents.shape[1], reco.constituents.shape[1])
    columns = {
        f"{side}/{name}": _numbers(array[side], name)
        for side in ("gen", "reco")
        for name in array[side].fields
        if name not in _OWN_FIELDS
    }
    columns |= {
        name: _numbers(array, name) for name in array.fields if name not in ("gen", "reco", *_OF_PAIRS)
    }
    n = len(array)
    return Pairs(
        gen.padded_to(room),
        reco.padded_to(room),
        _numbers(array, "event", np.int64),
        _numbers(array, "delta_r", np.float32) if "delta_r" in array.fields else gen_reco_delta_r(gen, reco),
        _numbers(array, "n_vertices", np.int32) if "n_vertices" in array.fields else np.ones(n, np.int32),
        columns,
        tuple(array.attrs.get("weight_names", ())),
    )


_KINEMATICS = ("pt", "eta", "phi", "mass")
_OWN_FIELDS = (*_KINEMATICS, "n_constituents", "constituents")
_OF_PAIRS = ("event", "delta_r", "n_vertices")
_TAKEN = {
    "",
    *_OWN_FIELDS,
    *("x", "y", "z", "t", "px", "py", "pz", "E", "e", "energy", "M", "m", "tau", "rho", "theta"),
}
"""Columns of these names would be coordinates of a jet, and stay beside it."""


def _vectors() -> Any:
    """The behaviours of the vector library."""
    with needs("formats", "arithmetic with awkward jets"):
        import vector
    return vector.backends.awkward.behavior


def _records(jets: Jets, more: Mapping[str, NDArray[Any]], behavior: Any, *, with_pid: bool) -> Any:
    """N jets, their constituents massless, under the names that the vector library knows."""
    present = jets.present
    rows = jets.constituents[present]
    parts = dict(zip(("px", "py", "pz"), rows.T, strict=True))
    parts["mass"] = np.zeros(len(rows), np.float32)
    if with_pid:
        parts["pid"] = jets.pid[present]
    records = ak.zip(parts, with_name="Momentum4D", behavior=behavior)
    fields: dict[str, Any] = dict(zip(_KINEMATICS, jets.jet.T, strict=True))
    fields |= {name: ak.from_numpy(np.asarray(values)) for name, values in more.items()}
    fields["constituents"] = ak.unflatten(records, present.sum(axis=1))
    return ak.zip(fields, depth_limit=1, with_name="Momentum4D", behavior=behavior)


def _jets_in_a_row(array: Any) -> Any:
    """Without a level of events."""
    if isinstance(array, ak.Record):
        return array  # refused by who reads the momenta
    per_jet = "event" if "gen" in array.fields else "pt" if "constituents" in array.fields else None
    if array[per_jet].ndim == 2 if per_jet in array.fields else array.ndim == 3:
        array = ak.flatten(array, axis=1)
    # ak.is_none answers for each field of a record.
    if array.layout.is_option and not array.layout.mask_as_bool(valid_when=True).all():
        raise InputError(
            "an entry is None instead of a jet", "there is nothing to keep", "use ak.drop_none first"
        )
    return array


def _numbers(array: Any, name: str, dtype: Any = None) -> NDArray[Any]:
    """A field (N, ...) of numbers."""
    try:
        values = ak.to_numpy(array[name], allow_missing=False)
        if values.dtype.kind in "biuf":
            return np.asarray(values, values.dtype if dtype is None else dtype)
    except (TypeError, ValueError):  # None, lists of different lengths, records, and what is of several types
        pass
    raise InputError(
        f"the field {name} is no column of numbers: {array[name].type}",
        "a jet has one value in each",
        "leave the field out, or give each jet a number",
    )


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
