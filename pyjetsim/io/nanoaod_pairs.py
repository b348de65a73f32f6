"""Pairs as NanoAOD-like ROOT (by uproot): written as PFNano has jets and candidates, and read back.

``docs/formats.md`` lists the branches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.extras import needs
from pyjetsim.errors import InputError
from pyjetsim.io.jets_h5.layout import COPY, EVENT_COLUMNS
from pyjetsim.io.jets_h5.source import PairsFormat
from pyjetsim.io.pairs_files import (
    KEY,
    Described,
    PairsInput,
    Stored,
    TableWriter,
    directions,
    padded,
    refuse,
    stored_as,
    stored_constituents,
)
from pyjetsim.io.root import RootFile, RootFormat, events_of, flat, lengths
from pyjetsim.jets import ETA, MASS, PHI, PT, Jets, Pairs
from pyjetsim.jets.jets import WEIGHT

TREE = "Events"
COMPRESSION = "ZSTD, level 3"
_PAIRS = 8192
"""Written at a time."""
_EVENTS = 2000
"""Read at a time."""

_GEN, _RECO = "GenJet", "Jet"
_LINKS = {_GEN: "GenJetCands", _RECO: "JetPFCands"}
_CANDIDATES = {_GEN: "GenCands", _RECO: "PFCands"}
_JET_LEAVES = ("pt", "eta", "phi", "mass", "nConstituentsAll")
_EXACT = ("exactPx", "exactPy", "exactPz")
"""Of candidates, from which pt, eta and phi are computed. coffea refuses px beside pt."""
_PARTICLES = {
    "pt": np.float32,
    "eta": np.float32,
    "phi": np.float32,
    "mass": np.float32,
    "pdgId": np.int32,
    "status": np.int32,
    "genPartIdxMother": np.int32,
}
"""Of GenPart, which is empty: without it coffea takes events for data, and drops what refers to gen jets."""
_NAMES = {
    "gen/parton_flavour": "GenJet_partonFlavour",
    "gen/hadron_flavour": "GenJet_hadronFlavour",
    "gen/own_pt": "GenJet_ownPt",
    "reco/own_pt": "Jet_ownPt",
}
_OF_EVENT = {"run": "run", "luminosity_block": "luminosityBlock", COPY: "copy"}
_WEIGHTS, _FIRST_WEIGHT = "LHEReweightingWeight", ("genWeight", "Generator_weight")
_RUN_BITS = 32
"""Of a run and a luminosity block, in NanoAOD and as noise is keyed."""


class NanoAODWriter(TableWriter):
    """Writes the tree ``Events``, an entry an event, or an event and copy; an RNTuple if it is asked for."""

    def __init__(
        self,
        path: str | Path,
        provenance: Mapping[str, Any],
        max_constituents: int,
        *,
        rntuple: bool = False,
    ) -> None:
        with needs("formats", "writing ROOT files"):
            import uproot  # noqa: F401
        super().__init__(path, provenance, max_constituents)
        self._rntuple = rntuple
        self._file: Any = None
        self._tree: Any = None
        self._held: list[tuple[Pairs, dict[str, NDArray[Any]]]] = []
        self._n_held = 0
        self._row = 0

    def _begin(self) -> dict[str, Stored]:
        stored = {}
        taken = {*_NAMES.values(), "GenJet_deltaR", "GenJet_row", "GenJet_jetIdx", "Jet_genJetIdx"}
        taken |= {f"{jet}_{leaf}" for jet in (_GEN, _RECO) for leaf in (*_JET_LEAVES, "nConstituents")}
        for path in self.optional.dtypes:
            if path == WEIGHT:
                (count,) = self.optional.shapes[path]
                stored[path] = Stored((_WEIGHTS,) * count, np.dtype(np.float64), (count,))
                continue
            known = _OF_EVENT.get(path) or _NAMES.get(path)
            if known:
                stored[path] = stored_as(self.optional, path, known)
                continue
            group, _, rest = path.partition("/")
            collection = _RECO if group == "reco" else _GEN
            leaf = re.sub(r"\W+", "_", rest if group in ("gen", "reco") else path, flags=re.ASCII)
            name = f"{collection}_{leaf}"
            found = stored_as(self.optional, path, name)
            while taken & set(found.names):
                name += "_"
                found = stored_as(self.optional, path, name)
            taken |= set(found.names)
            stored[path] = found
        return stored

    def _add(self, pairs: Pairs, columns: Mapping[str, NDArray[Any]]) -> None:
        self._held.append((pairs, dict(columns)))
        self._n_held += len(pairs)
        if self._n_held >= _PAIRS:
            pairs, columns = self._joined()
            # The event of the last pair may go on.
            last = int(np.flatnonzero(_begins(pairs, columns))[-1])
            self._write(pairs[:last], {name: values[:last] for name, values in columns.items()})
            self._held = [(pairs[last:], {name: values[last:] for name, values in columns.items()})]
            self._n_held = len(pairs) - last

    def _joined(self) -> tuple[Pairs, dict[str, NDArray[Any]]]:
        names = self.optional.dtypes
        pairs = Pairs.concatenate([pairs for pairs, _ in self._held])
        return pairs, {name: np.concatenate([columns[name] for _, columns in self._held]) for name in names}

    def _write(self, pairs: Pairs, columns: Mapping[str, NDArray[Any]]) -> None:
        if len(pairs) == 0:
            return
        branches = self._branches(pairs, columns)
        self._extend(branches)
        self._row += len(pairs)

    def _extend(self, branches: dict[str, Any]) -> None:
        import awkward as ak
        import uproot

        if self._file is None:
            compression = uproot.ZSTD(3)
            self._file = uproot.recreate(self.temporary, compression=compression)
            types = {name: array.type for name, array in branches.items()}
            if self._rntuple:
                flattened = _fields(branches)
                types = {name: ak.type(array) for name, array in flattened.items()}
                self._file.mkrntuple(TREE, {name: _content(kind) for name, kind in types.items()})
            else:
                self._file.mktree(TREE, types)
            self._tree = self._file[TREE]
        self._tree.extend(_fields(branches) if self._rntuple else branches)

    def _branches(self, pairs: Pairs, columns: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
        """Arrays of the events: flat ones, and lists of records."""
        import awkward as ak

        row = self._row + np.arange(len(pairs))
        order, entry = _entries(pairs, columns)
        pairs, row = pairs[order], row[order]
        columns = {name: values[order] for name, values in columns.items()}
        first = np.flatnonzero(np.diff(entry, prepend=-1))
        n = len(first)
        per_event: dict[str, NDArray[Any]] = {
            name: self._unsigned(path, columns[path][first]) if path in columns else np.zeros(n, np.uint32)
            for path, name in _OF_EVENT.items()
            if path != COPY
        }
        per_event["event"] = pairs.event[first].view(np.uint64)
        per_event["PV_npvs"] = pairs.n_vertices[first]
        if COPY in columns:
            per_event["copy"] = columns[COPY][first]
        found: dict[str, Any] = {name: ak.Array(values) for name, values in per_event.items()}
        if WEIGHT in columns:
            weights = columns[WEIGHT][first]
            for name in _FIRST_WEIGHT:
                found[name] = ak.Array(np.ascontiguousarray(weights[:, 0]))
            found[_WEIGHTS] = _lists(weights.reshape(-1), np.full(n, weights.shape[1]))

        none = {leaf: np.zeros(0, dtype) for leaf, dtype in _PARTICLES.items()}
        found["GenPart"] = _records(none, np.zeros(n, np.int64))
        of_jets: dict[str, dict[str, NDArray[Any]]] = {_GEN: {}, _RECO: {}}
        for path, stored in self.stored.items():
            if path != WEIGHT and path not in _OF_EVENT:
                for name, values in stored.parts(columns[path]).items():
                    collection, _, leaf = name.partition("_")
                    of_jets[collection][leaf] = values
        there = _there(pairs.reco, of_jets[_RECO])
        place = _places(entry)
        reco_place: NDArray[np.int32] = np.full(len(pairs), -1, np.int32)
        reco_place[there] = _places(entry[there])
        of_jets[_GEN] |= {
            "deltaR": pairs.delta_r,
            "jetIdx": reco_place,
            "row": row,
        }
        of_jets[_RECO] = {name: values[there] for name, values in of_jets[_RECO].items()}
        of_jets[_RECO]["genJetIdx"] = place[there].astype(np.int32)
        for collection, jets, events in (
            (_GEN, pairs.gen, entry),
            (_RECO, pairs.reco[there], entry[there]),
        ):
            leaves = dict(zip(_JET_LEAVES[:4], np.ascontiguousarray(jets.jet.T), strict=True))
            # coffea deals the candidates out by nConstituents: those that are stored.
            leaves["nConstituents"] = stored_constituents(jets).astype(np.int32)
            leaves |= {"nConstituentsAll": jets.n_constituents, **of_jets[collection]}
            found[collection] = _records(leaves, np.bincount(events, minlength=n))
            found |= _candidates(collection, jets, events, n)
        return found

    def _unsigned(self, path: str, values: NDArray[np.int64]) -> NDArray[np.uint32]:
        wrong = (values < 0) | (values >= 2**_RUN_BITS)
        if wrong.any():
            raise InputError(
                f"{path} {values[wrong][0]} is not from 0 to 2^{_RUN_BITS} - 1",
                "NanoAOD keeps it in 32 bits without a sign",
                "write a jets.h5, or number it anew",
            )
        return values.astype(np.uint32)

    def _finish(self, described: str) -> None:
        if self._held:
            self._write(*self._joined())
            self._held = []
        if self._file is None:
            none = Pairs.empty(self.max_constituents)
            empty = {
                name: np.zeros((0, *self.optional.shapes[name]), dtype)
                for name, dtype in self.optional.dtypes.items()
            }
            self._extend(self._branches(none, empty))
        self._file[KEY] = described
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()


def _begins(pairs: Pairs, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """(N,) true for the first of the pairs of an event that follow each other."""
    keys = [pairs.event, *(columns[name] for name in EVENT_COLUMNS if name in columns)]
    first = np.ones(len(pairs), np.bool_)
    first[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    return first


def _entries(pairs: Pairs, columns: Mapping[str, NDArray[Any]]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """An order of the pairs, and the entry of each in that order: events, their copies apart.

    What else belongs to an event is the same in an entry: pairs of which it differs are in several.
    """
    group = np.cumsum(_begins(pairs, columns)) - 1
    keys = [group, pairs.n_vertices.astype(np.int64)]
    if COPY in columns:
        keys.append(columns[COPY].astype(np.int64))
    if WEIGHT in columns:
        keys += list(np.ascontiguousarray(columns[WEIGHT]).view(np.int64).T)
    alike = group[1:] == group[:-1]
    if all((key[1:] == key[:-1])[alike].all() for key in keys[1:]):
        return np.arange(len(pairs)), group
    _, index, inverse = np.unique(np.stack(keys, axis=1), axis=0, return_index=True, return_inverse=True)
    rank = np.empty(len(index), np.intp)
    rank[np.argsort(index)] = np.arange(len(index))
    entry = rank[inverse.reshape(-1)]
    # An entry begins with its first pair, and those of an event come one after the other.
    order = np.argsort(entry, kind="stable")
    return order, entry[order]


def _there(reco: Jets, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """(N,) true for reco jets of which anything is not 0: the others are no jets."""
    there: NDArray[np.bool_] = (reco.n_constituents != 0) | (reco.jet != 0).any(axis=1)
    there |= stored_constituents(reco) > 0
    for values in columns.values():
        there |= values != 0
    return there


def _places(entry: NDArray[np.intp]) -> NDArray[np.intp]:
    """(N,) how many of the same entry come before; entries never fall."""
    begins = np.diff(entry, prepend=-1) != 0
    places: NDArray[np.intp] = np.arange(len(entry)) - np.flatnonzero(begins)[np.cumsum(begins) - 1]
    return places


def _candidates(collection: str, jets: Jets, events: NDArray[np.intp], n: int) -> dict[str, Any]:
    """The candidates of jets, and the table of which jet has which."""
    count = stored_constituents(jets)
    kept = np.arange(jets.pid.shape[1]) < count[:, None]
    momenta, pid = jets.constituents[kept], jets.pid[kept]
    event = np.repeat(events, count)
    leaves = {
        **directions(momenta),
        "mass": np.zeros(len(pid), np.float32),
        "pdgId": pid,
        "charge": charge_of(pid),
        **dict(zip(_EXACT, np.ascontiguousarray(momenta.T), strict=True)),
    }
    links = {
        "jetIdx": np.repeat(_places(events), count).astype(np.int32),
        "pFCandsIdx": _places(event).astype(np.int32),
    }
    # Whole events without candidates are none of `event`: places are counted within the event.
    per_event = np.bincount(event, minlength=n)
    return {
        _CANDIDATES[collection]: _records(leaves, per_event),
        _LINKS[collection]: _records(links, per_event),
    }


def charge_of(pid: NDArray[np.integer]) -> NDArray[np.int32]:
    """Electric charges, in units of the positron's, by PDG id: of leptons, hadrons, nuclei and the W."""
    kinds, inverse = np.unique(pid, return_inverse=True)
    return np.array([_charge(int(kind)) for kind in kinds], np.int32)[inverse].reshape(np.shape(pid))


def _charge(pid: int) -> int:
    sign, size = (-1 if pid < 0 else 1), abs(pid)
    if size in (11, 13, 15, 17):
        return -sign
    if size in (24, 34, 37):
        return sign
    if size >= 10**9:
        return sign * (size // 10**4 % 1000)
    quarks = [size // 1000 % 10, size // 100 % 10, size // 10 % 10]
    if size < 100 or size >= 10**7 or quarks[1] == 0 or quarks[2] == 0:
        return 0
    thirds = [0 if quark == 0 else 2 if quark % 2 == 0 else -1 for quark in quarks]
    if quarks[0]:
        return sign * sum(thirds) // 3 if sum(thirds) >= 0 else -sign * (-sum(thirds) // 3)
    # Of a meson with a positive id the heavier quark is the quark if it is of the up kind.
    difference = thirds[1] - thirds[2]
    return sign * (difference if quarks[1] % 2 == 0 else -difference) // 3


def _lists(values: NDArray[Any], count: NDArray[np.integer]) -> Any:
    import awkward as ak

    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    content = ak.contents.NumpyArray(np.ascontiguousarray(values))
    return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(offsets), content))


def _records(leaves: Mapping[str, NDArray[Any]], count: NDArray[np.integer]) -> Any:
    import awkward as ak

    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    contents = [ak.contents.NumpyArray(np.ascontiguousarray(values)) for values in leaves.values()]
    records = ak.contents.RecordArray(contents, list(leaves))
    return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(offsets), records))


def _fields(branches: Mapping[str, Any]) -> dict[str, Any]:
    """As an RNTuple of NanoAOD has them: a vector a leaf, and the numbers of objects."""
    import awkward as ak

    found = {}
    for name, array in branches.items():
        if array.ndim == 1 and not array.fields:
            found[name] = array
            continue
        found[f"n{name}"] = ak.values_astype(ak.num(array, axis=1), np.uint32)
        if array.fields:
            found |= {f"{name}_{leaf}": array[leaf] for leaf in array.fields}
        else:
            found[name] = array
    return found


def _content(kind: Any) -> Any:
    return kind.content


class NanoAODPairs(PairsFormat, RootFormat):
    """What :class:`NanoAODWriter` wrote."""

    protocol: ClassVar[int] = 1
    name: ClassVar[str] = "NanoAOD-like ROOT of pyjetsim"
    reads: ClassVar[str] = "what pyjetsim wrote (Events)"

    def claims(self, file: RootFile) -> bool:
        """By what it says of itself."""
        return file.classes.get(KEY) == "TObjString" and file.has(TREE)

    @contextmanager
    def pairs(self, path: Path) -> Iterator[PairsInput]:
        """All pairs, as they were written."""
        with RootFile(path) as file:
            yield _Input(path, file)


class _Input(PairsInput):
    """Pairs from the tree."""

    def __init__(self, path: Path, file: RootFile) -> None:
        super().__init__(path, Described.from_json(path, str(file.get(KEY))))
        self._tree = file.tree(TREE)
        self._tree.require(self._branches, "reading pairs", "make it anew")

    @cached_property
    def _branches(self) -> list[str]:
        of_jets = {f"{jet}_{leaf}" for jet in (_GEN, _RECO) for leaf in _JET_LEAVES}
        of_candidates = {f"{name}_{leaf}" for name in _CANDIDATES.values() for leaf in (*_EXACT, "pdgId")}
        links = {f"{name}_{leaf}" for name in _LINKS.values() for leaf in ("jetIdx", "pFCandsIdx")}
        always = {"event", "PV_npvs", "GenJet_deltaR", "GenJet_row", "GenJet_jetIdx"}
        optional = {name for stored in self.stored.values() for name in stored.names}
        return sorted(of_jets | of_candidates | links | always | optional)

    @cached_property
    def _per_event(self) -> dict[str, NDArray[Any]]:
        """What keys events, and pairs of each, of all entries."""
        names = ["event", *(_OF_EVENT[path] for path in self.columns if path in _OF_EVENT)]
        parts: dict[str, list[NDArray[Any]]] = {name: [] for name in [*names, "n", "row"]}
        for arrays in self._tree.batches([*names, "GenJet_row"], size=_EVENTS):
            for name in names:
                parts[name].append(flat(arrays[name]))
            parts["n"].append(lengths(arrays["GenJet_row"]))
            parts["row"].append(flat(arrays["GenJet_row"]))
        empty = {"event": np.uint64, "row": np.int64, "n": np.int64}
        joined = {
            name: np.concatenate([np.zeros(0, empty.get(name, np.int64)), *values])
            if name in ("n", "row")
            else np.concatenate(values)
            if values
            else np.zeros(0, empty.get(name, np.int64))
            for name, values in parts.items()
        }
        joined["group"] = np.cumsum(_changes([joined[name] for name in names if name != "copy"])) - 1
        return joined

    def __len__(self) -> int:
        return int(self._per_event["n"].sum())

    def _in_order(self, per_event: NDArray[Any]) -> NDArray[Any]:
        found = self._per_event
        group = np.repeat(found["group"], found["n"])
        return np.repeat(per_event, found["n"])[np.lexsort((found["row"], group))]

    @property
    def event(self) -> NDArray[np.int64]:
        """(N,)."""
        return self._in_order(self._per_event["event"]).astype(np.uint64).view(np.int64)

    def column(self, name: str) -> NDArray[Any]:
        """(N,)."""
        return self._in_order(self._per_event[_OF_EVENT[name]]).astype(self.stored[name].dtype)

    def pieces(self) -> Iterator[Pairs]:
        """All pairs, whole events at a time."""
        held: list[tuple[Pairs, NDArray[np.int64]]] = []
        for arrays in self._tree.batches(self._branches, size=_EVENTS):
            pairs, row = self._pairs(arrays)
            if held:
                pairs = Pairs.concatenate([held[0][0], pairs])
                row = np.concatenate([held[0][1], row])
            if len(pairs) == 0:
                continue
            keys = [pairs.event, *(pairs.columns[name] for name in EVENT_COLUMNS if name in pairs.columns)]
            begins = _changes(keys)
            order = np.lexsort((row, np.cumsum(begins)))
            pairs, row = pairs[order], row[order]
            last = int(np.flatnonzero(begins)[-1])  # this event may go on
            held = [(pairs[last:], row[last:])]
            if last:
                yield pairs[:last]
        if held:
            yield held[0][0]

    def _pairs(self, arrays: Mapping[str, Any]) -> tuple[Pairs, NDArray[np.int64]]:
        per_event = lengths(arrays["GenJet_row"])
        gen, gen_columns = self._jets(_GEN, arrays)
        reco, reco_columns = self._jets(_RECO, arrays)
        event = events_of(arrays["GenJet_row"])
        link = flat(arrays["GenJet_jetIdx"]).astype(np.int64)
        in_event = lengths(arrays["Jet_pt"])
        if ((link < -1) | (link >= in_event[event])).any():
            refuse(self.path, "GenJet_jetIdx names a Jet that is not there")
        begin = np.concatenate([[0], np.cumsum(in_event)])[:-1]
        # One beyond the last is a jet of zeros.
        at = np.where(link < 0, len(reco), begin[event] + link)
        none = Jets.from_constituents(np.zeros((1, self.max_constituents, 3), np.float32))
        reco = Jets.concatenate([reco, none])[at]
        columns: dict[str, NDArray[Any]] = {}
        for path, stored in self.stored.items():
            if path == WEIGHT:
                columns[path] = flat(arrays[_WEIGHTS]).reshape(len(per_event), *stored.shape)[event]
            elif path in _OF_EVENT:
                columns[path] = flat(arrays[_OF_EVENT[path]]).astype(stored.dtype)[event]
            elif stored.names[0].startswith(f"{_RECO}_"):
                values = stored.whole(reco_columns)
                columns[path] = np.concatenate([values, np.zeros((1, *stored.shape), stored.dtype)])[at]
            else:
                columns[path] = stored.whole(gen_columns)
        pairs = Pairs(
            gen,
            reco,
            flat(arrays["event"]).astype(np.uint64).view(np.int64)[event],
            flat(arrays["GenJet_deltaR"]).astype(np.float32),
            flat(arrays["PV_npvs"]).astype(np.int32)[event],
            columns,
            self.weight_names,
        )
        return pairs, flat(arrays["GenJet_row"]).astype(np.int64)

    def _jets(self, collection: str, arrays: Mapping[str, Any]) -> tuple[Jets, dict[str, NDArray[Any]]]:
        links, candidates = _LINKS[collection], _CANDIDATES[collection]
        in_event = lengths(arrays[f"{collection}_pt"])
        jet = self._linked(arrays, links, "jetIdx", in_event)
        of_candidates = lengths(arrays[f"{candidates}_pdgId"])
        which = self._linked(arrays, links, "pFCandsIdx", of_candidates)
        order = np.argsort(jet, kind="stable")
        which = which[order]
        count = np.bincount(jet, minlength=int(in_event.sum()))
        if count.max(initial=0) > self.max_constituents:
            refuse(
                self.path, f"a {collection} has {count.max()} constituents of at most {self.max_constituents}"
            )
        momenta = np.stack([flat(arrays[f"{candidates}_{axis}"])[which] for axis in _EXACT], axis=1)
        pid = flat(arrays[f"{candidates}_pdgId"])[which]
        of_jet = np.zeros((len(count), 4), np.float32)
        for place, leaf in ((PT, "pt"), (ETA, "eta"), (PHI, "phi"), (MASS, "mass")):
            of_jet[:, place] = flat(arrays[f"{collection}_{leaf}"])
        jets = Jets(
            padded(momenta.astype(np.float32), count, self.max_constituents),
            padded(pid.astype(np.int32), count, self.max_constituents),
            flat(arrays[f"{collection}_nConstituentsAll"]).astype(np.int32),
            of_jet,
        )
        names = [
            name
            for path, stored in self.stored.items()
            if path != WEIGHT and path not in _OF_EVENT
            for name in stored.names
            if name.startswith(f"{collection}_")
        ]
        return jets, {name: flat(arrays[name]) for name in names}

    def _linked(
        self, arrays: Mapping[str, Any], links: str, leaf: str, in_event: NDArray[np.intp]
    ) -> NDArray[np.int64]:
        """What references name, counted over all events of the batch."""
        event = events_of(arrays[f"{links}_{leaf}"])
        index = flat(arrays[f"{links}_{leaf}"]).astype(np.int64)
        if ((index < 0) | (index >= in_event[event])).any():
            refuse(self.path, f"{links}_{leaf} names what is not there")
        begin = np.concatenate([[0], np.cumsum(in_event)])[:-1]
        found: NDArray[np.int64] = begin[event] + index
        return found


def _changes(keys: list[NDArray[Any]]) -> NDArray[np.bool_]:
    first = np.ones(len(keys[0]), np.bool_)
    first[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    return first
