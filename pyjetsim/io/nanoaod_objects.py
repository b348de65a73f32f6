"""Jets and muons of plain NanoAOD (ROOT: TTree or RNTuple), with the columns of object tables.

Jets are ``GenJet`` and ``Jet``, muons those of ``GenPart`` and ``Muon``; ``Jet_genJetIdx`` and
``Muon_genPartIdx`` say who belongs to whom.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import DataError, DataWarning
from pyjetsim.io.nanoaod import TREE
from pyjetsim.io.object_columns import KINDS, TASK, WHOLE, jet_of_muons, muons_of_jets
from pyjetsim.io.objects import BATCH_EVENTS, SIDES, Column, EventObjects, Kind, Objects, Side
from pyjetsim.io.root import RootFile, Tree, flat, layout_errors, lengths, one_each, whole_numbers
from pyjetsim.io.splits import Split, in_split
from pyjetsim.jets.proximity import Directions

_TABLES = {"jets": {"gen": "GenJet", "reco": "Jet"}, "muons": {"gen": "GenPart", "reco": "Muon"}}
_LINKS = {"jets": "Jet_genJetIdx", "muons": "Muon_genPartIdx"}
_OTHER_NAMES = {
    "btag": ("btagDeepFlavB", "btagPNetB", "btagRobustParTAK4B", "btagUParTAK4B", "btagDeepB", "btagCSVV2"),
    "qgl": ("btagDeepFlavQG", "btagPNetQvG"),
}
"""Of columns that NanoAOD calls otherwise, from version to version."""
_PILEUP = ("Pileup_nPU", "Pileup_nTrueInt")
_RHO = ("fixedGridRhoFastjetAll", "Rho_fixedGridRhoFastjetAll")
_MOMENTUM = {
    "GenJet": ("pt", "eta", "phi", "mass"),
    "Jet": ("pt", "eta", "phi", "mass"),
    "GenPart": ("pt", "eta", "phi", "pdgId", "status"),
    "Muon": ("pt", "eta", "phi"),
}
_DERIVED = tuple(name for name in (*KINDS["jets"]["gen"], *KINDS["muons"]["gen"]) if "_" in name)
_TODO = "give NanoAOD as CMS writes it, or leave fewer branches out"


@dataclass(frozen=True)
class ObjectCuts:
    """Which objects of a file are taken: pt above, in GeV, and absolute eta below."""

    gen_pt_min: float = 0.0
    """Of gen jets."""
    gen_eta_max: float = np.inf
    """Of gen jets and reco jets."""
    reco_pt_min: float = 0.0
    """Of reco jets."""
    muon_pt_min: float = 3.0
    """Of gen muons."""
    muon_eta_max: float = 2.5
    """Of gen muons."""


class NanoAODObjects:
    """Object tables of a NanoAOD file, to read as :class:`~pyjetsim.io.objects.ObjectsFile` is.

    Parameters
    ----------
    path : str or Path
        The file.
    columns : mapping, optional
        Names of the columns of ``jets/gen``, ``jets/reco``, ``muons/gen`` and ``muons/reco`` that are read,
        also others that NanoAOD has, such as ``bRegCorr``; for what is not named, those of
        :data:`~pyjetsim.io.object_columns.KINDS` that the file has.
    cuts : ObjectCuts, optional
        None: all jets; muons as they are generated here.

    Raises
    ------
    DataError
        For what is no NanoAOD, has no objects, or lacks a column or a link.

    Notes
    -----
    Some thousand events are in memory at a time. A file without reco objects, or without gen ones, has none
    of them.
    """

    def __init__(
        self,
        path: str | Path,
        columns: Mapping[str, Sequence[str]] | None = None,
        cuts: ObjectCuts | None = None,
    ) -> None:
        self.path, self.cuts = Path(path), cuts or ObjectCuts()
        self._file = RootFile(self.path)
        try:
            self._open(columns or {})
        except BaseException:
            self._file.__exit__()
            raise

    def _open(self, asked: Mapping[str, Sequence[str]]) -> None:
        if not self._file.has(TREE):
            raise DataError(
                f"{self.path} has no tree {TREE}",
                f"NanoAOD has one; its trees are {', '.join(self._file.trees) or 'none'}",
                "give NanoAOD",
            )
        self._tree: Tree = self._file.tree(TREE)
        self.n_events: int = self._tree.n_events
        has = self._tree.branches
        self._there = {
            table for sides in _TABLES.values() for table in sides.values() if f"{table}_pt" in has
        }
        self.kinds: list[str] = [
            kind for kind, sides in _TABLES.items() if not self._there.isdisjoint(sides.values())
        ]
        if not self.kinds:
            raise DataError(
                f"{self._tree.told} has neither jets nor muons",
                "Jet, GenJet, Muon and GenPart are looked for",
                _TODO,
            )
        wrong = set(asked) - {f"{kind}/{side}" for kind in _TABLES for side in SIDES}
        if wrong:
            raise DataError(
                f"{self.path}: columns of {min(wrong)} are asked for",
                "objects are jets/gen, jets/reco, muons/gen and muons/reco",
                "name one of these",
            )
        self._names: dict[str, dict[str, str]] = {}
        for kind, sides in _TABLES.items():
            for side, table in sides.items():
                self._names[f"{kind}/{side}"] = self._columns_of(kind, side, table, asked)
        needed = [f"{table}_{leaf}" for table in sorted(self._there) for leaf in _MOMENTUM[table]]
        for kind, link in _LINKS.items():
            if set(_TABLES[kind].values()) <= self._there:
                needed.append(link)
        self._tree.require(needed, "reading jets and muons", _TODO)
        self._pileup = [name for name in _PILEUP if name in has][:1]
        self._of_events = {
            name: branch
            for name, branch in (
                ("weight", "genWeight"),
                ("rho", next((name for name in _RHO if name in has), "")),
                ("run", "run"),
                ("luminosity_block", "luminosityBlock"),
            )
            if branch in has
        }
        self._tree.require(["event"], "splitting by event", _TODO)
        leaves = [branch for names in self._names.values() for branch in names.values() if branch]
        self._branches = sorted(
            {"event", *needed, *leaves, *self._of_events.values(), *self._pileup}
        )  # fmt: skip

    def _columns_of(
        self, kind: str, side: str, table: str, asked: Mapping[str, Sequence[str]]
    ) -> dict[str, str]:
        """Branch of each column; empty for one that is made here."""
        if table not in self._there:
            return {}
        where, found = f"{kind}/{side}", {}
        for name in asked.get(where, KINDS[kind][side]):
            branch = self._branch_of(table, name)
            if branch is not None:
                found[name] = branch
            elif where in asked:
                raise DataError(
                    f"{self._tree.told} has no branch {table}_{name}",
                    f"the column {name} of {where} is asked for",
                    "leave the column out, or give a file that has it",
                )
        return found

    def _branch_of(self, table: str, name: str) -> str | None:
        """Where a column comes from; empty for one that is made here, None for one that is not there."""
        has = self._tree.branches
        made = (
            (table == "GenJet" and name in _DERIVED and "GenPart" in self._there)
            or (table == "GenPart" and (name == "charge" or (name in _DERIVED and "GenJet" in self._there)))
            or ((table, name) == ("GenPart", "nPU") and any(each in has for each in _PILEUP))
        )  # fmt: skip
        if made:
            return ""
        names = (name, *_OTHER_NAMES.get(name, ())) if table == "Jet" else (name,)
        return next((f"{table}_{each}" for each in names if f"{table}_{each}" in has), None)

    def __enter__(self) -> NanoAODObjects:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.__exit__(*error)

    @property
    def task(self) -> str:
        """Whose columns they are."""
        return TASK

    @property
    def provenance(self) -> dict[str, Any]:
        """What is known of the file."""
        told: dict[str, Any] = {"source": self.path.name, "format": "NanoAOD"}
        if "jets" in self.kinds:
            told["jets"] = {"algorithm": "anti-kt, of the file", "radius": 0.4}
        return told

    @property
    def event_columns(self) -> list[str]:
        """Names of what is known of events beside their number."""
        return sorted([*self._of_events, *(["pileup"] if self._pileup else [])])

    def columns(self, kind: str, side: str) -> list[str]:
        """Names of the columns of ``gen`` or ``reco`` of a kind that are read.

        Raises :class:`~pyjetsim.errors.DataError` for a kind that is not there.
        """
        if kind not in self.kinds:
            raise DataError(
                f"{self.path} has no {kind}",
                f"its objects are {', '.join(self.kinds)}",
                "give a file that has them",
            )
        return sorted(self._names[f"{kind}/{side}"])

    def column(self, kind: str, side: str, name: str) -> Column:
        """Unit and meaning of a column; empty for one that only NanoAOD knows.

        Raises :class:`~pyjetsim.errors.DataError` for a column that is not there.
        """
        if name not in self.columns(kind, side):
            raise DataError(
                f"{self.path} has no column {kind}/{side}/{name}",
                "it was asked for",
                f"use one of {', '.join(self.columns(kind, side))}",
            )
        return KINDS[kind][side].get(name, Column())

    def batches(self, split: Split = "all", size: int = BATCH_EVENTS) -> Iterator[EventObjects]:
        """All objects of the events of a split.

        Parameters
        ----------
        split : {"train", "validation", "test", "all"}
            Which events.
        size : int
            Events of the file read at a time.

        Yields
        ------
        EventObjects
            Those of some events, in the order of the file.

        Raises
        ------
        DataError
            For momenta that are not finite, links to nothing, and columns that do not fit together; it names
            event, branch and value.

        Warns
        -----
        DataWarning
            At the end, where jets have a gen jet that is too soft for the table GenJet.
        """
        self._beyond = 0
        for arrays in self._tree.batches(self._branches, size=size):
            with layout_errors(self.path):
                objects = self._objects(arrays)
            inside = in_split(objects.event, split)
            if inside.all():
                yield objects
            elif inside.any():
                yield objects.events(inside)
        if self._beyond:
            warnings.warn(
                f"{self.path}: {_LINKS['jets']} of {self._beyond} jets is beyond the table GenJet, which has "
                "no soft jets: they count as jets without a gen jet",
                DataWarning,
                stacklevel=2,
            )

    def pairs(self, kind: str, split: Split = "all", size: int = BATCH_EVENTS) -> Iterator[Objects]:
        """The gen objects of a kind that have a reco object, with it; as :meth:`batches`."""
        self.columns(kind, "gen")
        for objects in self.batches(split, size):
            yield objects.matched(kind)

    def _objects(self, arrays: Mapping[str, Any]) -> EventObjects:
        event = flat(arrays["event"])
        n = len(event)
        numbers = whole_numbers(self._tree, "event", event, n)
        columns = {
            name: one_each(self._tree, branch, arrays[branch], n) for name, branch in self._of_events.items()
        }
        for name in ("run", "luminosity_block"):
            if name in columns:
                columns[name] = columns[name].astype(np.int64)
        if "weight" in columns:
            columns["weight"] = columns["weight"].astype(np.float64)
        if self._pileup:
            pileup = one_each(self._tree, self._pileup[0], arrays[self._pileup[0]], n)
            columns["pileup"] = np.rint(pileup).astype(np.int32)
        tables = {name: _Rows(self, name, arrays, numbers) for name in sorted(self._there)}
        kinds = {}
        for kind in self.kinds:
            sides = _TABLES[kind]
            gen, reco = (tables.get(sides[side]) or _Rows.none(n) for side in SIDES)
            kinds[kind] = self._kind(kind, gen, reco, tables, columns.get("pileup"), arrays, numbers)
        return EventObjects(numbers, kinds, columns)

    def _kind(
        self,
        kind: str,
        gen: _Rows,
        reco: _Rows,
        tables: Mapping[str, _Rows],
        pileup: NDArray[np.int32] | None,
        arrays: Mapping[str, Any],
        numbers: NDArray[np.int64],
    ) -> Kind:
        of_gen, of_reco = np.full(len(gen), -1, np.int32), np.full(len(reco), -1, np.int32)
        if gen.table and reco.table:
            of_reco = self._linked(kind, gen, reco, arrays, numbers)
            # Of several that name one gen object the first, and so the hardest, is its partner.
            rows = np.flatnonzero(of_reco >= 0)[::-1]
            of_gen[of_reco[rows]] = rows
        made: dict[str, NDArray[Any]] = {}
        jets, particles = tables.get("GenJet"), tables.get("GenPart")
        if jets is not None and particles is not None:
            if kind == "jets":
                made = dict(muons_of_jets(jets.directions, particles.directions, particles["pt"]))
            else:
                made = dict(
                    jet_of_muons(particles.directions, jets.directions, jets["pt"], jets["mass"])
                )  # fmt: skip
        if kind == "muons" and gen.table:
            made["charge"] = -np.sign(gen["pdgId"])
            if pileup is not None:
                made["nPU"] = pileup[gen.event]
        sides = []
        for side, rows_of, match in (("gen", gen, of_gen), ("reco", reco, of_reco)):
            columns = {}
            for name, branch in self._names[f"{kind}/{side}"].items():
                values = rows_of.of_branch(branch, arrays) if branch else made[name]
                columns[name] = values.astype(
                    np.int32 if name in WHOLE or values.dtype.kind in "biu" else np.float32
                )
            sides.append(Side(columns, rows_of.count, match))
        return Kind(*sides)

    def _linked(
        self, kind: str, gen: _Rows, reco: _Rows, arrays: Mapping[str, Any], numbers: NDArray[np.int64]
    ) -> NDArray[np.int32]:
        """Row of the gen object of each reco object, among those that are taken."""
        branch = _LINKS[kind]
        place = reco.of_branch(branch, arrays).astype(np.int64)
        n = gen.all_counts[reco.event]
        bad = place >= n
        if kind == "jets":
            # CMS numbers all gen jets by falling pt, and writes those above 10 GeV.
            self._beyond += int(bad.sum())
            place = np.where(bad, -1, place)
        elif bad.any():
            first = int(np.argmax(bad))
            raise DataError(
                f"{self.path}: event {numbers[reco.event[first]]}: {branch} is {place[first]}, and the event "
                f"has {n[first]} entries of {gen.table}",
                "a reco object would have a partner that is not there",
                "find out how the file was made",
            )
        whole = (np.cumsum(gen.all_counts) - gen.all_counts)[reco.event] + place
        row_of = np.full(int(gen.all_counts.sum()) + 1, -1, np.int32)
        row_of[gen.kept] = np.arange(len(gen), dtype=np.int32)
        return np.where(place >= 0, row_of[np.where(place >= 0, whole, -1)], -1).astype(np.int32)


class _Rows:
    """The objects of one table that are taken, of the events of a batch."""

    def __init__(
        self, of: NanoAODObjects, table: str, arrays: Mapping[str, Any], numbers: NDArray[np.int64]
    ) -> None:
        self.table = table
        self.all_counts = lengths(arrays[f"{table}_pt"])
        owner = np.repeat(np.arange(len(self.all_counts)), self.all_counts)
        column = {leaf: flat(arrays[f"{table}_{leaf}"]) for leaf in _MOMENTUM[table]}
        self.kept = np.flatnonzero(_taken(table, column, of.cuts))
        self.event = owner[self.kept]
        self.count = np.bincount(self.event, minlength=len(self.all_counts)).astype(np.int32)
        self._column = {leaf: values[self.kept] for leaf, values in column.items()}
        for leaf, values in self._column.items():
            if not np.isfinite(values).all():
                bad = int(np.argmin(np.isfinite(values)))
                raise DataError(
                    f"{of.path}: event {numbers[self.event[bad]]}: {table}_{leaf} is {values[bad]}",
                    "an object has a momentum",
                    "find out how the file was made",
                )

    @staticmethod
    def none(n_events: int) -> _Rows:
        """A table that the file has not."""
        rows = _Rows.__new__(_Rows)
        rows.table, rows._column = "", {}
        rows.all_counts = np.zeros(n_events, np.intp)
        rows.kept = rows.event = np.zeros(0, np.intp)
        rows.count = np.zeros(n_events, np.int32)
        return rows

    def __len__(self) -> int:
        return len(self.kept)

    def __getitem__(self, leaf: str) -> NDArray[Any]:
        return self._column[leaf]

    def of_branch(self, branch: str, arrays: Mapping[str, Any]) -> NDArray[Any]:
        """Values of those that are taken."""
        values: NDArray[Any] = flat(arrays[branch])[self.kept]
        return values

    @property
    def directions(self) -> Directions:
        return Directions(
            self["eta"].astype(np.float64), self["phi"].astype(np.float64), self.event.astype(np.intp)
        )


def _taken(table: str, column: Mapping[str, NDArray[Any]], cuts: ObjectCuts) -> NDArray[np.bool_]:
    """(M,) what is not finite is taken, for it is told as what it is."""
    pt, eta = column["pt"], np.abs(column["eta"])
    if table == "GenPart":
        muon = (np.abs(column["pdgId"]) == 13) & (column["status"] == 1)
        return np.asarray(muon & ~(pt <= cuts.muon_pt_min) & ~(eta >= cuts.muon_eta_max))
    if table == "Muon":
        return np.ones(len(pt), np.bool_)
    least = cuts.gen_pt_min if table == "GenJet" else cuts.reco_pt_min
    return np.asarray(~(pt <= least) & ~(eta >= cuts.gen_eta_max))
