"""NanoAOD with candidates (ROOT): PFNano, BTVNano and NanoAOD from version 15; TTree and RNTuple.

Jets refer to their candidates by a table of links: ``JetPFCands_jetIdx`` is the place of a jet in ``Jet``,
``JetPFCands_pFCandsIdx`` that of a candidate in ``PFCands``. Those of gen jets may be called the same, and
are places in ``GenCands``.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import DataError, DataWarning
from pyjetsim.io.formats import JetEventSource, PairReading, Reading
from pyjetsim.io.root import (
    Arrays,
    RootFile,
    Tree,
    events_of,
    flat,
    lengths,
    numbered_by_place,
    one_each,
    whole_numbers,
)
from pyjetsim.io.root_jets import (
    ClusteredSides,
    Counts,
    JetsOfATree,
    Particles,
    TreeEvents,
    TreeFormat,
    clustered_provenance,
    momenta_of,
    visible,
)
from pyjetsim.jets import Jets
from pyjetsim.jets.jets import Columns

TREE = "Events"
_RECO, _GEN = ("PFCands", "PFCand"), ("GenCands", "GenPartCand")
"""Names of the tables of candidates: those of PFNano and BTVNano, then of NanoAOD from version 15."""
_INDEX = ("pFCandsIdx", "pfCandIdx", "genCandsIdx", "genPartCandIdx", "candIdx")
"""Names of the place of a candidate in its table."""
_SEEN_BY_ALL = (
    "Jet_pt",
    "FatJet_pt",
    "GenJet_pt",
    "GenPart_pt",
    "PFCands_pt",
    "PFCand_pt",
    "Muon_pt",
    "MET_pt",
)
"""One of these is in every NanoAOD, whatever was dropped."""
_WEIGHTS = ("genWeight", "LHEWeight_originalXWGTUP")
_LISTED_WEIGHTS = ("LHEScaleWeight", "LHEPdfWeight", "LHEReweightingWeight", "PSWeight")
_FORWARD = {1: 130, 2: 22}
"""What CMS calls hadrons and photons of the forward calorimeter, and their PDG ids."""
_WITH_CANDIDATES = "give NanoAOD with candidates, such as PFNano or BTVNano"


@dataclass(frozen=True)
class _Kind:
    """Jets of one R."""

    name: str
    radius: float
    reco: str
    gen: str
    reco_links: tuple[str, ...]
    gen_links: tuple[str, ...]


_AK4 = _Kind("AK4", 0.4, "Jet", "GenJet", ("JetPFCands", "JetPFCand"), ("GenJetCands", "GenJetGenPartCand"))
_AK8 = _Kind(
    "AK8",
    0.8,
    "FatJet",
    "GenJetAK8",
    ("FatJetPFCands", "FatJetPFCand"),
    ("GenFatJetCands", "GenJetAK8Cands", "GenJetAK8GenPartCand"),
)
_KINDS = (_AK4, _AK8)


class NanoAOD(TreeFormat):
    """CMS's events, with the candidates that jets are made of."""

    name: ClassVar[str] = "NanoAOD"
    reads: ClassVar[str] = f"NanoAOD with candidates ({TREE})"
    tree: ClassVar[str] = TREE
    has_reco: ClassVar[bool] = True

    def claims(self, file: RootFile) -> bool:
        """By the name of the tree and a branch that all NanoAOD has one of."""
        return file.has(TREE) and not file.tree(TREE).branches.isdisjoint(_SEEN_BY_ALL)

    def events_in(self, tree: Tree) -> TreeEvents:
        """Numbers, vertices and weights."""
        return _Events(tree)

    def gen_of(self, events: TreeEvents, reading: Reading) -> _Candidates:
        """The gen candidates."""
        gen = _Candidates(events.tree, "gen")
        _warn_of_jets_alone(gen)
        return gen

    def jets_of(self, events: TreeEvents, reading: PairReading) -> JetEventSource:
        """Clustered, or the file's own."""
        kind = _TreeJets if reading.jets == "tree" else _ClusteredJets
        return kind(events, reading)


class _Events(TreeEvents):
    """Numbers, vertices and weights."""

    name: ClassVar[str] = NanoAOD.name

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree)
        self._vertices = [name for name in ("PV_npvs", "PV_npvsGood") if name in tree.branches][:1]
        self._blocks = {
            name: branch
            for name, branch in (("run", "run"), ("luminosity_block", "luminosityBlock"))
            if branch in tree.branches
        }
        self._weights = {name: 1 for name in _WEIGHTS if name in tree.branches} | self._listed()
        self.weight_names = tuple(
            name if name in _WEIGHTS else f"{name}[{i}]"
            for name, n in self._weights.items()
            for i in range(n)
        )
        self.branches = [*self._vertices, *self._blocks.values(), *self._weights]

    def _listed(self) -> dict[str, int]:
        """How many weights each list has, for those that have as many in all events."""
        tree = self.tree
        names = [name for name in _LISTED_WEIGHTS if name in tree.branches]
        counters = {name: f"n{name}" if f"n{name}" in tree.branches else name for name in names}
        found: dict[str, set[int]] = {name: set() for name in names}
        for arrays in tree.batches(list(counters.values())) if names else ():
            for name, counter in counters.items():
                counts = arrays[counter]
                found[name].update(np.unique(lengths(counts) if counter == name else flat(counts)).tolist())
        for name, counts in found.items():
            if len(counts) > 1:
                warnings.warn(
                    f"{self.tree.told} has {min(counts)} to {max(counts)} entries of {name} an event: "
                    "these weights are left out, for which is which cannot be told",
                    DataWarning,
                    stacklevel=2,
                )
        return {name: counts.pop() for name, counts in found.items() if len(counts) == 1}

    def numbers(self) -> NDArray[np.int64]:
        if "event" not in self.tree.branches:
            return numbered_by_place(self.tree, "event")
        parts = [flat(arrays["event"]) for arrays in self.tree.batches(["event"])]
        return whole_numbers(self.tree, "event", np.concatenate(parts))

    def n_vertices(self, arrays: Arrays, n: int) -> NDArray[np.int32]:
        if not self._vertices:
            return super().n_vertices(arrays, n)
        name = self._vertices[0]
        return one_each(self.tree, name, arrays[name], n).astype(np.int32)

    def columns(self, arrays: Arrays, numbers: NDArray[np.int64]) -> Columns:
        n = len(numbers)
        blocks = {
            name: one_each(self.tree, branch, arrays[branch], n).astype(np.int64)
            for name, branch in self._blocks.items()
        }
        return {**blocks, **self.finite_weights([flat(arrays[name]) for name in self._weights], numbers)}


class _Candidates:
    """The table of candidates of one side."""

    def __init__(self, tree: Tree, side: str) -> None:
        self.tree, self.side = tree, side
        names = _GEN if side == "gen" else _RECO
        found = [name for name in names if f"{name}_pt" in tree.branches]
        if not found:
            raise _no_candidates(tree, side)
        self.name = found[0]
        leaves = ["pt", "eta", "phi", "pdgId", *(["mass"] if side == "gen" else [])]
        self._leaves = {leaf: f"{self.name}_{leaf}" for leaf in leaves}
        tree.require(list(self._leaves.values()), f"making {side} jets", _WITH_CANDIDATES)
        self.branches = list(self._leaves.values())
        puppi = f"{self.name}_puppiWeight"
        self._puppi = puppi if side == "reco" and puppi in tree.branches else None
        self.weighted = False
        """Whether momenta are multiplied by PUPPI's weights."""

    def links(self, kind: _Kind) -> _Links | None:
        """What the jets of a kind refer by, where it is there."""
        for name in kind.gen_links if self.side == "gen" else kind.reco_links:
            index = [leaf for leaf in _INDEX if f"{name}_{leaf}" in self.tree.branches]
            if index and f"{name}_jetIdx" in self.tree.branches:
                jets = kind.gen if self.side == "gen" else kind.reco
                return _Links(self, jets, f"{name}_jetIdx", f"{name}_{index[0]}")
        return None

    def weigh(self) -> None:
        """Multiply momenta by PUPPI's weights."""
        if self._puppi is not None:
            self.weighted = True
            self.branches.append(self._puppi)

    @property
    def told(self) -> str:
        """For the provenance."""
        return (
            f"{self.name}, {'with' if self.weighted else 'without'} PUPPI weights"
            if self._puppi
            else self.name
        )

    @property
    def puppi(self) -> str | None:
        """The branch of PUPPI's weights, where momenta are not multiplied by them already."""
        return self._puppi

    def count(self, arrays: Arrays) -> NDArray[np.intp]:
        """(E,) how many each event has."""
        return lengths(arrays[self._leaves["pt"]])

    def read(self, arrays: Arrays, place: NDArray[np.int64] | None = None) -> Particles:
        """Those at ``place`` among all of these events, or all; reco ones massless."""
        which: Any = slice(None) if place is None else place
        column = {leaf: flat(arrays[branch])[which] for leaf, branch in self._leaves.items()}
        momenta = momenta_of(column["pt"], column["eta"], column["phi"])
        if self.weighted and self._puppi is not None:
            momenta *= flat(arrays[self._puppi])[which].astype(np.float64)[:, None]
        mass = column["mass"].astype(np.float64) if "mass" in column else None
        pid = column["pdgId"].astype(np.int32)
        if self.side == "reco":
            for code, meant in _FORWARD.items():
                pid[pid == code] = meant
        return Particles(momenta, pid, events_of(arrays[self._leaves["pt"]])[which], mass)

    def visible(self, arrays: Arrays) -> tuple[Particles, Counts]:
        """Those that gen jets are clustered from: all of the table are stable."""
        return visible(self.read(arrays), [])

    def are_of_jets_alone(self) -> bool:
        """Whether each of the first events' candidates is in one of the file's own jets."""
        links = [found for kind in _KINDS if (found := self.links(kind)) is not None]
        branches = [self._leaves["pt"], *(branch for each in links for branch in each.branches)]
        for arrays in self.tree.batches(list(dict.fromkeys(branches))) if links else ():
            n = self.count(arrays)
            if not n.sum():
                continue
            outside = np.ones(int(n.sum()), np.bool_)
            begin = np.concatenate([[0], np.cumsum(n)])
            for each in links:
                event, place = (
                    events_of(arrays[each.candidate]),
                    flat(arrays[each.candidate]).astype(np.int64),
                )
                # What dangles is told by who follows the reference.
                good = (place >= 0) & (place < n[event])
                outside[begin[event[good]] + place[good]] = False
            return not outside.any()
        return False


def _warn_of_jets_alone(*sides: _Candidates) -> None:
    """Tell where candidates outside jets are missing: what is clustered of the others lacks its edges."""
    names = [side.name for side in sides if side.are_of_jets_alone()]
    if names:
        warnings.warn(
            f"{sides[0].tree.path} seems to hold only those {' and '.join(names)} that are in its own jets: "
            "jets clustered of them may lack particles at their edges; convert --jets tree takes those jets",
            DataWarning,
            stacklevel=3,
        )


def _no_candidates(tree: Tree, side: str) -> DataError:
    reco, gen = "PFCands or PFCand", "GenCands or GenPartCand"
    if not any(f"{name}_pt" in tree.branches for name in (*_RECO, *_GEN)):
        pruned = "; its GenPart is pruned, and is no substitute" if "GenPart_pt" in tree.branches else ""
        what = f"{tree.told} is plain NanoAOD, without candidates ({reco}; gen: {gen}){pruned}"
    elif side == "reco":
        what = f"{tree.told} has no candidates ({reco})"
    elif "GenPart_pt" in tree.branches:
        what = f"{tree.told} has no gen candidates ({gen}); its GenPart is pruned, and is no substitute"
    else:
        what = f"{tree.told} has no gen candidates ({gen}), as data have none"
    return DataError(what, f"{side} jets are made of their constituents", _WITH_CANDIDATES)


class _Links:
    """What the jets of a table refer to their candidates by."""

    def __init__(self, candidates: _Candidates, jets: str, jet: str, candidate: str) -> None:
        self._of, self.jets, self.jet, self.candidate = candidates, jets, jet, candidate
        self.pt = f"{jets}_pt"
        candidates.tree.require([self.pt], f"taking the jets of {jets}", "let NanoAOD write it")
        self.branches = [self.pt, jet, candidate]

    def followed(
        self, arrays: Arrays, numbers: NDArray[np.int64], n_candidates: NDArray[np.intp]
    ) -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.intp]]:
        """Places of constituents, jet after jet; how many each jet has; and the event of each jet."""
        n_jets = lengths(arrays[self.pt])
        event = events_of(arrays[self.jet])
        if len(event) != len(flat(arrays[self.candidate])):
            raise DataError(
                f"{self._of.tree.told} has not as many {self.jet} as {self.candidate}",
                "each is half of a reference",
                "find out how it was made",
            )
        jet = self._placed(arrays, self.jet, self.jets, n_jets, event, numbers)
        candidate = self._placed(arrays, self.candidate, self._of.name, n_candidates, event, numbers)
        per_jet = np.bincount(jet, minlength=int(n_jets.sum()))
        return candidate[np.argsort(jet, kind="stable")], per_jet, np.repeat(np.arange(len(n_jets)), n_jets)

    def _placed(
        self,
        arrays: Arrays,
        branch: str,
        table: str,
        n: NDArray[np.intp],
        event: NDArray[np.intp],
        numbers: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Places in the tables of all events, of places in that of each."""
        place = flat(arrays[branch]).astype(np.int64)
        good = (place >= 0) & (place < n[event])
        if not good.all():
            bad = int(np.argmin(good))
            raise DataError(
                f"{self._of.tree.path}: event {numbers[event[bad]]}: {branch} is {place[bad]}, and the event "
                f"has {n[event[bad]]} entries of {table}",
                "a jet would lack a constituent",
                "find out how the file was made, or leave out --jets tree",
            )
        begin = np.concatenate([[0], np.cumsum(n)])
        placed: NDArray[np.int64] = begin[event] + place
        return placed


class _Jets(JetsOfATree):
    """What both ways to get jets of NanoAOD share."""

    def __init__(self, events: TreeEvents, reading: PairReading, kind: _Kind) -> None:
        self.kind = kind
        self.gen, self.reco = _Candidates(events.tree, "gen"), _Candidates(events.tree, "reco")
        super().__init__(events, reading)
        links = self.reco.links(kind)
        if _puppi_fits(links, self.reco, self.numbers) if links is not None else kind is _AK8:
            self.reco.weigh()


def _puppi_fits(links: _Links, candidates: _Candidates, numbers: NDArray[np.int64]) -> bool:
    """Whether the pt of the file's own jets is, before energy corrections, that of weighted candidates.

    Jets with charged-hadron subtraction are made of candidates as they are, PUPPI jets of weighted ones.
    Which a table has changed from year to year, so the jets of the first events are added up both ways.
    """
    if candidates.puppi is None:
        return False
    raw = links.pt.replace("_pt", "_rawFactor")
    tree = candidates.tree
    branches = [*links.branches, *candidates.branches, candidates.puppi]
    branches += [raw] if raw in tree.branches else []
    for arrays in tree.batches(branches):
        found = candidates.read(arrays)
        n = lengths(arrays[links.pt])
        place, per_jet, _ = links.followed(arrays, numbers[: len(n)], candidates.count(arrays))
        numbers = numbers[len(n) :]
        own = flat(arrays[links.pt]).astype(np.float64)
        if raw in arrays:
            own *= 1 - flat(arrays[raw])
        known = (per_jet > 0) & (own > 0)
        if not known.any():
            continue
        weight = flat(arrays[candidates.puppi]).astype(np.float64)
        jet = np.repeat(np.arange(len(per_jet)), per_jet)
        distance = []
        for factor in (np.ones(len(weight)), weight):
            momenta = (found.momenta * factor[:, None])[place]
            px, py = (np.bincount(jet, momenta[:, axis], len(per_jet)) for axis in (0, 1))
            distance.append(np.median(np.abs(np.hypot(px, py)[known] / own[known] - 1)))
        return bool(distance[1] < distance[0])
    return False


class _ClusteredJets(ClusteredSides, _Jets):
    """Jets clustered from all candidates of both sides."""

    def __init__(self, events: TreeEvents, reading: PairReading) -> None:
        nearest = min(_KINDS, key=lambda kind: abs(kind.radius - reading.radius))
        super().__init__(events, reading, nearest)
        _warn_of_jets_alone(self.gen, self.reco)
        self.provenance = clustered_provenance(self.gen.told, self.reco.told, reading)


class _TreeJets(_Jets):
    """The file's own jets: what their references name."""

    def __init__(self, events: TreeEvents, reading: PairReading) -> None:
        super().__init__(events, reading, _kind_of(reading.own_radius, events.tree.path))
        self._links = {"gen": self._required(self.gen), "reco": self._required(self.reco)}
        self._flavours = {
            name: branch
            for name, branch in (
                ("parton_flavour", f"{self.kind.gen}_partonFlavour"),
                ("hadron_flavour", f"{self.kind.gen}_hadronFlavour"),
            )
            if branch in self.tree.branches
        }
        self.provenance = {
            "jets": {"algorithm": "anti-kt, of the file", "radius": self.kind.radius},
            "gen": {"particles": f"{self.gen.told} of {self.kind.gen}, with their masses"},
            "reco": {"particles": f"{self.reco.told} of {self.kind.reco}, massless"},
        }

    def _required(self, side: _Candidates) -> _Links:
        links = side.links(self.kind)
        if links is None:
            gen = side.side == "gen"
            jets, names = (
                (self.kind.gen, self.kind.gen_links) if gen else (self.kind.reco, self.kind.reco_links)
            )
            held = [kind for kind in _KINDS if side.links(kind) is not None]
            todo = "leave out --jets tree"
            if held:
                todo = f"use --radius {held[0].radius:g} for its {held[0].name} jets, or {todo}"
            index = "genCandsIdx" if gen else "pFCandsIdx"
            raise DataError(
                f"{self.tree.told} has no branches {names[0]}_jetIdx and {names[0]}_{index}",
                f"they tell which {side.name} are in each {jets}",
                todo,
            )
        return links

    def branches(self) -> list[str]:
        links = [branch for each in self._links.values() for branch in each.branches]
        return [*self.gen.branches, *self.reco.branches, *links, *self._flavours.values()]

    def gen_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64], Columns]:
        flavours = {name: flat(arrays[branch]).astype(np.int32) for name, branch in self._flavours.items()}
        return self._jets("gen", arrays, numbers, counts, flavours, self.gen_cuts)

    def reco_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64], Columns]:
        return self._jets("reco", arrays, numbers, counts, {}, self.reco_cuts)

    def _jets(
        self,
        side: str,
        arrays: Arrays,
        numbers: NDArray[np.int64],
        counts: Counts,
        columns: Columns,
        cuts: dict[str, float],
    ) -> tuple[Jets, NDArray[np.int64], Columns]:
        links = self._links[side]
        candidates = self.gen if side == "gen" else self.reco
        place, per_jet, event = links.followed(arrays, numbers, candidates.count(arrays))
        columns = {**columns, "own_pt": flat(arrays[links.pt]).astype(np.float32)}
        thing = f"{side} jets of the file"
        constituents = candidates.read(arrays, place)
        return self.summed(thing, constituents, per_jet, event, numbers, counts, columns, **cuts)


def _kind_of(radius: float | None, path: Path) -> _Kind:
    """The jets of that R; AK4 where none is asked for."""
    for kind in _KINDS:
        if radius is None or abs(radius - kind.radius) < 1e-6:
            return kind
    raise DataError(
        f"{path} has no jets of R {radius:g}",
        "its own are AK4 (Jet, R 0.4) and AK8 (FatJet, R 0.8)",
        "use --radius 0.4 or 0.8, or leave out --jets tree",
    )
