"""Delphes trees (ROOT, read by uproot): gen particles, energy-flow candidates, and the tree's own jets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import DataError
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
    Counts,
    JetsOfATree,
    Particles,
    TreeEvents,
    TreeFormat,
    candidates_kept,
    clustered_provenance,
    momenta_of,
    visible,
)
from pyjetsim.jets import VERTEX_Z, Jets
from pyjetsim.jets.jets import Columns

TREE = "Delphes"
_NUMBER, _WEIGHT = "Event.Number", "Event.Weight"
_ID_BITS = 24
"""Of a reference: those above tell the process that wrote it."""


class Delphes(TreeFormat):
    """Events with gen particles and what the detector made of them."""

    name: ClassVar[str] = "Delphes"
    reads: ClassVar[str] = f"Delphes trees ({TREE})"
    tree: ClassVar[str] = TREE
    has_reco: ClassVar[bool] = True

    def claims(self, file: RootFile) -> bool:
        """By the name of the tree."""
        return file.has(TREE)

    def events_in(self, tree: Tree) -> TreeEvents:
        """Numbers, vertices and weights."""
        return _Events(tree)

    def gen_of(self, events: TreeEvents, reading: Reading) -> _Gen:
        """The branch ``Particle``."""
        return _Gen(events.tree)

    def jets_of(self, events: TreeEvents, reading: PairReading) -> JetEventSource:
        """Clustered, or the tree's own."""
        kind = _TreeJets if reading.jets == "tree" else _ClusteredJets
        return kind(events, reading)


class _Events(TreeEvents):
    """Numbers, vertices and weights."""

    name: ClassVar[str] = TREE

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree)
        # Any leaf that is as many as the vertices are: TRefArray and fBits are slow or odd to read.
        usual = [f"Vertex.{leaf}" for leaf in ("Z", "Index", "X", "T", "SumPT2")]
        self._vertex = [branch for branch in usual if branch in tree.branches][:1]
        self.weight_names = (_WEIGHT,) if _WEIGHT in tree.branches else ()
        self.branches = [*self._vertex, *self.weight_names]

    def numbers(self) -> NDArray[np.int64]:
        if _NUMBER not in self.tree.branches:
            return numbered_by_place(self.tree, _NUMBER)
        parts = [flat(arrays[_NUMBER]) for arrays in self.tree.batches([_NUMBER])]
        return whole_numbers(self.tree, _NUMBER, np.concatenate(parts))

    def n_vertices(self, arrays: Arrays, n: int) -> NDArray[np.int32]:
        if not self._vertex:
            return super().n_vertices(arrays, n)
        return lengths(arrays[self._vertex[0]]).astype(np.int32)

    def columns(self, arrays: Arrays, numbers: NDArray[np.int64]) -> Columns:
        weights = [one_each(self.tree, name, arrays[name], len(numbers)) for name in self.weight_names]
        return self.finite_weights(weights, numbers)


def _has(tree: Tree, collection: str) -> bool:
    """Whether any branch of a collection is there."""
    return any(branch.startswith(f"{collection}.") for branch in tree.branches)


@dataclass(frozen=True)
class _Kind:
    """A branch of reco candidates."""

    name: str
    pt: str
    """Its transverse momentum; that of a calorimeter tower is ET."""
    pid: int | None = None
    """PDG id; None where each has its own."""
    own_pid: tuple[str, ...] = ("PID",)
    """The leaves that tell it."""

    def branches(self) -> list[str]:
        leaves = [self.pt, "Eta", "Phi", *(self.own_pid if self.pid is None else ())]
        return [f"{self.name}.{leaf}" for leaf in leaves]

    def read(self, arrays: Arrays, keep: Callable[..., NDArray[np.bool_]] | None = None) -> Particles:
        """The candidates, massless; those that ``keep`` (pt, eta) takes."""
        pt, eta, phi = (
            flat(arrays[f"{self.name}.{leaf}"]).astype(np.float64) for leaf in (self.pt, "Eta", "Phi")
        )
        id_name = f"{self.name}.fUniqueID"
        all_of_them = Particles(
            momenta_of(pt, eta, phi),
            self._pid(arrays, len(pt)),
            events_of(arrays[f"{self.name}.{self.pt}"]),
            id=_ids(flat(arrays[id_name])) if id_name in arrays else None,
        )
        return all_of_them if keep is None else all_of_them[keep(pt, eta)]

    def _pid(self, arrays: Arrays, n: int) -> NDArray[np.int32]:
        if self.pid is not None:
            return np.full(n, self.pid, np.int32)
        if self.own_pid == ("PID",):
            return flat(arrays[f"{self.name}.PID"]).astype(np.int32)
        # A tower of both calorimeters: known where only one of them saw it.
        em, had = (flat(arrays[f"{self.name}.{leaf}"]) > 0 for leaf in self.own_pid)
        return np.select([em & ~had, had & ~em], [22, 130], 0).astype(np.int32)


_TRACKS = _Kind("EFlowTrack", "PT")
_PHOTONS = _Kind("EFlowPhoton", "ET", 22)
_NEUTRAL_HADRONS = _Kind("EFlowNeutralHadron", "ET", 130)
_TOWERS = _Kind("EFlowTower", "ET", None, ("Eem", "Ehad"))
_MERGED = _Kind("ParticleFlowCandidate", "PT")
_HOLDERS = (
    _TRACKS,
    _PHOTONS,
    _NEUTRAL_HADRONS,
    _TOWERS,
    _MERGED,
    _Kind("Track", "PT"),
    _Kind("Tower", "ET", None, ("Eem", "Ehad")),
)
"""Where constituents of reco jets may be."""
_WRITE = "let the TreeWriter of Delphes write it"


def _flow(tree: Tree) -> tuple[_Kind, ...]:
    """The energy-flow candidates that a tree has: tracks and neutral ones apart, or all in one branch."""
    if any(_has(tree, kind.name) for kind in (_TRACKS, _PHOTONS, _NEUTRAL_HADRONS, _TOWERS)):
        apart = _has(tree, _PHOTONS.name) or _has(tree, _NEUTRAL_HADRONS.name) or not _has(tree, _TOWERS.name)
        kinds: tuple[_Kind, ...] = (_TRACKS, _PHOTONS, _NEUTRAL_HADRONS) if apart else (_TRACKS, _TOWERS)
    elif _has(tree, _MERGED.name):
        kinds = (_MERGED,)
    else:
        raise DataError(
            f"{tree.told} has no energy-flow candidates, neither EFlowTrack, EFlowPhoton "
            "and EFlowNeutralHadron nor ParticleFlowCandidate",
            "reco jets are clustered from them",
            _instead_of_flow(tree),
        )
    for kind in kinds:
        tree.require(kind.branches(), "clustering reco jets", _instead_of_flow(tree))
    return kinds


def _instead_of_flow(tree: Tree) -> str:
    """What to do without energy-flow candidates: only what works with this tree."""
    if {*_JET_BRANCHES, "Particle.fUniqueID"} <= tree.branches:
        return f"{_WRITE}, or use --jets tree"
    return f"{_WRITE}; pyjetsim simulate takes the gen particles alone"


def _instead_of_own_jets(tree: Tree) -> str:
    """What to do without the tree's own jets: only what works with this tree."""
    try:
        _flow(tree)
    except DataError:
        return f"{_WRITE}; pyjetsim simulate takes the gen particles alone"
    return f"{_WRITE}, or leave out --jets tree"


class _Gen:
    """The gen particles of a tree."""

    def __init__(self, tree: Tree, *, ids: bool = False) -> None:
        if not _has(tree, "Particle"):
            raise DataError(
                f"{tree.told} has no gen particles (branch Particle)",
                "gen jets are made of them; data have none",
                "give simulated events that keep them",
            )
        needed = ["Px", "Py", "Pz", "Mass", "PID", *(["fUniqueID"] if ids else ["Status"])]
        self.branches = [f"Particle.{leaf}" for leaf in needed]
        tree.require(self.branches, "making gen jets", _WRITE)
        self.branches += [b for b in ["Particle.IsPU"] if b in tree.branches]
        place = ["Particle.Z", "Particle.Status"]
        self.place = [b for b in place if b not in self.branches] if {*place} <= tree.branches else []
        """What :meth:`vertex_z` needs besides; gen jets alone do not."""

    def vertex_z(self, arrays: Arrays, of_jets: NDArray[np.intp]) -> Columns:
        """Where the hard collision was, for jets of the events (N,).

        The middle one of the places along the beam where stable particles begin: most begin there.
        """
        if not self.place:
            return {}
        z, event = flat(arrays["Particle.Z"]), events_of(arrays["Particle.Z"])
        hard = flat(arrays["Particle.Status"]) == 1
        if "Particle.IsPU" in arrays:
            hard &= flat(arrays["Particle.IsPU"]) == 0
        counts = np.bincount(event[hard], minlength=len(lengths(arrays["Particle.Z"])))
        ordered = z[hard][np.lexsort((z[hard], event[hard]))]
        # Of events without particles, which have no pairs, that of others.
        middle = np.minimum(np.cumsum(counts) - counts + (counts - 1) // 2, max(len(ordered) - 1, 0))
        vertex = ordered[middle] if len(ordered) else np.zeros(len(counts))
        return {VERTEX_Z.removeprefix("reco/"): vertex[of_jets].astype(np.float64) * _MM}

    def all(self, arrays: Arrays) -> Particles:
        """Every particle."""
        # Px, Py, Pz: the pt of one along the beam is 0 and its eta 999.9.
        momenta = [flat(arrays[f"Particle.{axis}"]).astype(np.float64) for axis in ("Px", "Py", "Pz")]
        return Particles(
            np.stack(momenta, axis=1),
            flat(arrays["Particle.PID"]).astype(np.int32),
            events_of(arrays["Particle.Px"]),
            flat(arrays["Particle.Mass"]).astype(np.float64),
            _ids(flat(arrays["Particle.fUniqueID"])) if "Particle.fUniqueID" in arrays else None,
        )

    def visible(self, arrays: Arrays) -> tuple[Particles, Counts]:
        r"""Those that gen jets are made of: stable, of the hard collision, visible, within \|eta\| < 5."""
        reasons = [("not stable", flat(arrays["Particle.Status"]) != 1)]
        if "Particle.IsPU" in arrays:
            reasons.append(("of pileup", flat(arrays["Particle.IsPU"]) != 0))
        return visible(self.all(arrays), reasons)


class _ClusteredJets(JetsOfATree):
    """Jets of the visible stable particles, and of the energy-flow candidates, taken as massless."""

    def __init__(self, events: TreeEvents, reading: PairReading) -> None:
        self._particles = _Gen(events.tree)
        self._kinds = _flow(events.tree)
        super().__init__(events, reading)
        flow = ", ".join(kind.name for kind in self._kinds)
        self.provenance = clustered_provenance("stable, of the hard collision", flow, reading)

    def branches(self) -> list[str]:
        particles = [*self._particles.branches, *self._particles.place]
        return [*particles, *(name for kind in self._kinds for name in kind.branches())]

    def gen_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64], Columns]:
        particles, found = self._particles.visible(arrays)
        counts.update(found)
        return self.clustered(particles, numbers, **self.gen_cuts)

    def reco_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64], Columns]:
        def keep(pt: NDArray[np.float64], eta: NDArray[np.float64]) -> NDArray[np.bool_]:
            return candidates_kept(pt, eta, self.reading, counts)

        candidates = _joined([kind.read(arrays, keep) for kind in self._kinds])
        jets, event, columns = self.clustered(candidates, numbers, **self.reco_cuts)
        return jets, event, {**columns, **self._particles.vertex_z(arrays, event)}


class _TreeJets(JetsOfATree):
    """The tree's own jets: what their references name."""

    def __init__(self, events: TreeEvents, reading: PairReading) -> None:
        tree = events.tree
        self._particles = _Gen(tree, ids=True)
        tree.require(_JET_BRANCHES, "taking the tree's own jets", _instead_of_own_jets(tree))
        self._own_pt = [f"{name}.PT" for name in ("GenJet", "Jet") if f"{name}.PT" in tree.branches]
        self._kinds = tuple(
            kind for kind in _HOLDERS if {*kind.branches(), f"{kind.name}.fUniqueID"} <= tree.branches
        )
        super().__init__(events, reading)
        self.provenance = {
            "gen": {"particles": "those of the tree's GenJet, with their masses"},
            "reco": {"particles": "those of the tree's Jet, massless"},
        }

    def branches(self) -> list[str]:
        held = [[*kind.branches(), f"{kind.name}.fUniqueID"] for kind in self._kinds]
        return [
            *self._particles.branches,
            *self._particles.place,
            *(b for names in held for b in names),
            *_JET_BRANCHES,
            *self._own_pt,
        ]

    def gen_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64], Columns]:
        return self._jets("GenJet", self._particles.all(arrays), arrays, numbers, counts, **self.gen_cuts)

    def reco_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64], Columns]:
        empty = Particles(np.zeros((0, 3)), np.zeros(0, np.int32), np.zeros(0, np.intp), id=_ids([]))
        held = [kind.read(arrays) for kind in self._kinds]
        jets, event, columns = self._jets(
            "Jet", _joined([empty, *held]), arrays, numbers, counts, **self.reco_cuts
        )
        return jets, event, {**columns, **self._particles.vertex_z(arrays, event)}

    def _jets(
        self,
        name: str,
        objects: Particles,
        arrays: Arrays,
        numbers: NDArray[np.int64],
        counts: Counts,
        **cuts: float,
    ) -> tuple[Jets, NDArray[np.int64], Columns]:
        """Each jet from its constituents; cuts on the sum of these."""
        per_event, per_jet, ids = _references(arrays[f"{name}.Constituents"])
        event_of_jet = np.repeat(np.arange(len(numbers)), per_event)
        jet = np.repeat(np.arange(len(per_jet)), per_jet)
        assert objects.id is not None
        # The first of two objects with one name stays: they are the same candidate in two branches.
        keys, places = np.unique(_key(objects.event, objects.id), return_index=True)
        wanted = _key(event_of_jet[jet], ids)
        found = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        good = keys[found] == wanted if len(keys) else np.zeros(len(wanted), np.bool_)
        if not good.all():
            bad = int(np.argmin(good))
            raise DataError(
                f"{self.tree.path}: event {numbers[event_of_jet[jet[bad]]]}: a constituent of a {name} "
                f"refers to object {ids[bad]}, which no branch of the tree holds",
                "the jet would lack it",
                _instead_of_own_jets(self.tree),
            )
        pt = f"{name}.PT"
        columns = {"own_pt": flat(arrays[pt]).astype(np.float32)} if pt in arrays else {}
        thing = {"GenJet": "gen jets of the tree", "Jet": "reco jets of the tree"}[name]
        return self.summed(
            thing, objects[places[found]], per_jet, event_of_jet, numbers, counts, columns, **cuts
        )


_MM = 1e-3
_JET_BRANCHES = ("GenJet.Constituents", "Jet.Constituents")


def _references(constituents: Any) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int64]]:
    """Jets of each event, constituents of each jet, and what each refers to: a branch of TRefArray."""
    import awkward as ak

    refs = constituents["refs"]
    per_jet = ak.to_numpy(ak.flatten(ak.num(refs, axis=2), axis=None)).astype(np.intp)
    return lengths(refs), per_jet, _ids(ak.to_numpy(ak.flatten(refs, axis=None)))


def _ids(values: Any) -> NDArray[np.int64]:
    return np.asarray(values, np.int64) & ((1 << _ID_BITS) - 1)


def _key(event: NDArray[np.integer], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    return (event.astype(np.int64) << _ID_BITS) | ids


def _joined(parts: list[Particles]) -> Particles:
    """Massless objects of several branches, by event."""
    ids = [part.id for part in parts if part.id is not None]
    joined = Particles(
        np.concatenate([part.momenta for part in parts]),
        np.concatenate([part.pid for part in parts]),
        np.concatenate([part.event for part in parts]),
        id=np.concatenate(ids) if len(ids) == len(parts) else None,
    )
    return joined[np.argsort(joined.event, kind="stable")]
