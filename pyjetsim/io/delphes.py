"""Delphes trees (ROOT, read by uproot): gen particles, energy-flow candidates, and the tree's own jets."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.extras import needs
from pyjetsim.errors import DataError, DataWarning, Error
from pyjetsim.io.formats import (
    Format,
    JetEvents,
    JetEventSource,
    PairReading,
    Reading,
    Source,
    shared_numbers,
)
from pyjetsim.io.gen_events import EVENTS, Event, GenSource, cluster_events
from pyjetsim.jets import Jets
from pyjetsim.jets.selection import PARTICLE_ETA_MAX

TREE = "Delphes"
_NUMBER = "Event.Number"
_ID_BITS = 24
"""Of a reference: those above tell the process that wrote it."""
_ALL_OF_A_JET = 1000.0
"""R beyond any distance: anti-kt makes one jet of all that it is given."""

Arrays = Mapping[str, Any]
"""Branches of some events, by name: awkward arrays, events × objects."""
Counts = dict[tuple[str, str], int]


class Delphes(Format):
    """Events with gen particles and what the detector made of them."""

    protocol: ClassVar[int] = 1
    name: ClassVar[str] = "Delphes"

    def recognises(self, start: bytes) -> bool:
        """ROOT of any kind: what is wrong with another is told by who opens it."""
        return start.startswith(b"root")

    @contextmanager
    def open(self, path: Path, reading: Reading) -> Iterator[Source]:
        """The gen jets of a split of the events."""
        with DelphesTree(path) as tree:
            yield GenSource(_GenEvents(tree, reading.number_events), reading, path.name)

    @contextmanager
    def events(self, path: Path, reading: PairReading) -> Iterator[JetEventSource]:
        """Gen and reco jets."""
        with DelphesTree(path) as tree:
            yield _TreeJets(tree, reading) if reading.jets == "tree" else _ClusteredJets(tree, reading)


@contextmanager
def _root_errors(path: Path) -> Iterator[None]:
    """Turn what uproot says about a file into one :class:`~pyjetsim.errors.DataError`."""
    try:
        yield
    except (Error, MemoryError):
        raise
    except Exception as error:  # of many classes: each part of uproot, zlib, struct and the disk has its own
        said = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(":,")
        raise DataError(
            f"{path} is a ROOT file that cannot be read: {said}",
            "it is truncated or damaged, or holds what uproot does not know",
            "copy or make it anew",
        ) from error


class DelphesTree:
    """The newest cycle of the tree ``Delphes`` of a file. Use as a context manager.

    Raises :class:`~pyjetsim.errors.DataError` for a file that is no whole ROOT file, without the tree, or
    without events.
    """

    def __init__(self, path: Path) -> None:
        with needs("formats", "reading ROOT files"):
            import uproot
        self.path = path
        with _root_errors(path):
            # A Path: in a text, uproot takes what follows a colon for a tree. No caches: memory stays flat.
            self._file = uproot.open(path, array_cache=None, object_cache=None)
        try:
            with _root_errors(path):
                trees = self._file.classnames(recursive=False, cycle=False, filter_classname="TTree")
                if TREE not in trees:
                    raise _no_tree(path, trees)
                self._tree = self._file[TREE]
                self.branches = {key.rpartition("/")[2] for key in self._tree.keys(recursive=True)}
                self.n_events = int(self._tree.num_entries)
            if self.n_events == 0:
                raise DataError(
                    f"the tree {TREE} of {path} has no events",
                    "there is nothing to read",
                    "check how it was made",
                )
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> DelphesTree:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def has(self, collection: str) -> bool:
        """Whether any branch of a collection is there."""
        return any(branch.startswith(f"{collection}.") for branch in self.branches)

    def require(self, branches: Collection[str], purpose: str, todo: str) -> None:
        """Raise :class:`~pyjetsim.errors.DataError` for the first branch that is missing."""
        for branch in branches:
            if branch not in self.branches:
                raise DataError(
                    f"the tree {TREE} of {self.path} has no branch {branch}", f"{purpose} needs it", todo
                )

    def batches(self, branches: Collection[str], n_events: int) -> Iterator[Arrays]:
        """The ``branches`` of the first ``n_events``, some events at a time."""
        wanted = frozenset(branches)
        with _root_errors(self.path):
            steps = self._tree.iterate(
                filter_branch=lambda branch: branch.name in wanted,
                entry_stop=n_events,
                step_size=EVENTS,
                library="ak",
                how=dict,
            )
        while True:
            with _root_errors(self.path):
                arrays = next(steps, None)
                # Keys of branches in branches are whole paths.
                named = {} if arrays is None else {key.rpartition("/")[2]: arrays[key] for key in arrays}
            if arrays is None:
                return
            yield named

    def numbers(self) -> NDArray[np.int64]:
        """(E,) the numbers of the events; where the file has none, their places, with a warning."""
        if _NUMBER not in self.branches:
            warnings.warn(
                f"{self.path} has no branch {_NUMBER}: its events are numbered by their place, from 0",
                DataWarning,
                stacklevel=2,
            )
            return np.arange(self.n_events)
        parts = [np.asarray(_flat(arrays[_NUMBER])) for arrays in self.batches([_NUMBER], self.n_events)]
        numbers = np.concatenate(parts)
        if len(numbers) != self.n_events:
            raise DataError(
                f"{self.path} has {len(numbers)} entries of {_NUMBER} for {self.n_events} events",
                "each event has one number",
                "number them by their place with --number-events",
            )
        return numbers.astype(np.int64)


def _no_tree(path: Path, trees: Collection[str]) -> DataError:
    others = f", only {', '.join(sorted(trees)[:4])}" if trees else ""
    return DataError(
        f"{path} is a ROOT file without a tree {TREE}{others}",
        "of ROOT files, Delphes trees are read",
        "give what Delphes wrote",
    )


@dataclass(frozen=True)
class _Objects:
    """M particles or candidates of E events, event after event."""

    momenta: NDArray[np.float64]
    """(M, 3) GeV."""
    pid: NDArray[np.int32]
    event: NDArray[np.intp]
    """(M,) 0 to E - 1."""
    mass: NDArray[np.float64] | None
    """(M,) GeV; None for massless ones."""
    id: NDArray[np.int64] | None
    """(M,) what references of this event name; None where it was not read."""

    def __getitem__(self, index: Any) -> _Objects:
        mass = None if self.mass is None else self.mass[index]
        ids = None if self.id is None else self.id[index]
        return _Objects(self.momenta[index], self.pid[index], self.event[index], mass, ids)


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

    def read(self, arrays: Arrays, keep: Any) -> tuple[_Objects, NDArray[np.bool_]]:
        """The candidates that ``keep`` (pt, \\|eta\\|) takes, and which those are."""
        pt, eta, phi = (
            _flat(arrays[f"{self.name}.{leaf}"]).astype(np.float64) for leaf in (self.pt, "Eta", "Phi")
        )
        kept = keep(pt, np.abs(eta))
        id_name = f"{self.name}.fUniqueID"
        pid = self._pid(arrays, len(pt))[kept]
        event = _events(arrays[f"{self.name}.{self.pt}"])[kept]
        ids = _ids(_flat(arrays[id_name]))[kept] if id_name in arrays else None
        pt, eta, phi = pt[kept], eta[kept], phi[kept]
        # Along the beam, eta is 999.9 by Delphes' convention and pt 0.
        with np.errstate(over="ignore", invalid="ignore"):
            pz = np.where(pt == 0, 0.0, pt * np.sinh(eta))
        momenta = np.stack([pt * np.cos(phi), pt * np.sin(phi), pz], axis=1)
        return _Objects(momenta, pid, event, None, ids), kept

    def _pid(self, arrays: Arrays, n: int) -> NDArray[np.int32]:
        if self.pid is not None:
            return np.full(n, self.pid, np.int32)
        if self.own_pid == ("PID",):
            return _flat(arrays[f"{self.name}.PID"]).astype(np.int32)
        # A tower of both calorimeters: known where only one of them saw it.
        em, had = (_flat(arrays[f"{self.name}.{leaf}"]) > 0 for leaf in self.own_pid)
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


def _flow(tree: DelphesTree) -> tuple[_Kind, ...]:
    """The energy-flow candidates that a tree has: tracks and neutral ones apart, or all in one branch."""
    if any(tree.has(kind.name) for kind in (_TRACKS, _PHOTONS, _NEUTRAL_HADRONS, _TOWERS)):
        apart = tree.has(_PHOTONS.name) or tree.has(_NEUTRAL_HADRONS.name) or not tree.has(_TOWERS.name)
        kinds: tuple[_Kind, ...] = (_TRACKS, _PHOTONS, _NEUTRAL_HADRONS) if apart else (_TRACKS, _TOWERS)
    elif tree.has(_MERGED.name):
        kinds = (_MERGED,)
    else:
        raise DataError(
            f"the tree {TREE} of {tree.path} has no energy-flow candidates, neither EFlowTrack, EFlowPhoton "
            "and EFlowNeutralHadron nor ParticleFlowCandidate",
            "reco jets are clustered from them",
            f"{_WRITE}, or use --jets tree",
        )
    for kind in kinds:
        tree.require(kind.branches(), "clustering reco jets", f"{_WRITE}, or use --jets tree")
    return kinds


class _Gen:
    """The gen particles of a tree."""

    def __init__(self, tree: DelphesTree, *, ids: bool = False) -> None:
        if not tree.has("Particle"):
            raise DataError(
                f"the tree {TREE} of {tree.path} has no gen particles (branch Particle)",
                "gen jets are made of them; data have none",
                "give simulated events that keep them",
            )
        needed = ["Px", "Py", "Pz", "Mass", "PID", *(["fUniqueID"] if ids else ["Status"])]
        self.branches = [f"Particle.{leaf}" for leaf in needed]
        tree.require(self.branches, "making gen jets", _WRITE)
        self.branches += [b for b in ["Particle.IsPU"] if b in tree.branches]

    def all(self, arrays: Arrays) -> _Objects:
        """Every particle."""
        # Px, Py, Pz: the pt of one along the beam is 0 and its eta 999.9.
        momenta = [_flat(arrays[f"Particle.{axis}"]).astype(np.float64) for axis in ("Px", "Py", "Pz")]
        return _Objects(
            np.stack(momenta, axis=1),
            _flat(arrays["Particle.PID"]).astype(np.int32),
            _events(arrays["Particle.Px"]),
            _flat(arrays["Particle.Mass"]).astype(np.float64),
            _ids(_flat(arrays["Particle.fUniqueID"])) if "Particle.fUniqueID" in arrays else None,
        )

    def visible(self, arrays: Arrays) -> tuple[_Objects, Counts]:
        """Those that gen jets are made of: stable, of the hard collision, visible, within \\|eta\\| < 5."""
        from pyjetsim.jets.clustering import in_acceptance, visible

        particles = self.all(arrays)
        reasons = [("not stable", _flat(arrays["Particle.Status"]) != 1)]
        if "Particle.IsPU" in arrays:
            reasons.append(("of pileup", _flat(arrays["Particle.IsPU"]) != 0))
        reasons.append(("neutrinos, and others that no detector sees", ~visible(particles.pid)))
        near = in_acceptance(particles.momenta, eta_max=PARTICLE_ETA_MAX)
        reasons.append((f"not within |eta| < {PARTICLE_ETA_MAX:g}", ~near))
        kept, counts = _sieve("gen particles", len(near), reasons)
        return particles[kept], counts


def _sieve(
    thing: str, n: int, reasons: list[tuple[str, NDArray[np.bool_]]]
) -> tuple[NDArray[np.bool_], Counts]:
    """Which of ``n`` no reason drops, and how many the first reason that holds does."""
    kept, counts = np.ones(n, np.bool_), {}
    for why, dropped in reasons:
        counts[thing, why] = int((kept & dropped).sum())
        kept &= ~dropped
    counts[thing, ""] = int(kept.sum())
    return kept, counts


class _GenEvents:
    """The events of a tree one by one, for what clusters gen jets alone."""

    format = TREE

    def __init__(self, tree: DelphesTree, number_events: bool) -> None:
        self.name = str(tree.path)
        self._tree, self._gen = tree, _Gen(tree)
        self._numbers = np.arange(tree.n_events) if number_events else tree.numbers()
        if len(np.unique(self._numbers)) < tree.n_events:
            warnings.warn(shared_numbers(tree.path), DataWarning, stacklevel=2)

    def __iter__(self) -> Iterator[Event]:
        first = 0
        for arrays in self._tree.batches(self._gen.branches, self._tree.n_events):
            particles, _ = self._gen.visible(arrays)
            assert particles.mass is not None
            n = len(arrays["Particle.Px"])
            offsets = _offsets(particles.event, n)
            for i in range(n):
                of = slice(offsets[i], offsets[i + 1])
                number = int(self._numbers[first + i])
                yield Event(number, particles.momenta[of], particles.mass[of], particles.pid[of])
            first += n


class _JetsOfATree(ABC):
    """What both ways to get the jets of a tree share."""

    provenance: dict[str, Any]

    def __init__(self, tree: DelphesTree, reading: PairReading) -> None:
        self._tree, self._reading = tree, reading
        self.numbers = np.arange(tree.n_events) if reading.number_events else tree.numbers()
        leaves = sorted(branch for branch in tree.branches if branch.startswith("Vertex."))
        # Any leaf that is as many as the vertices are: TRefArray and fBits are slow or odd to read.
        usual = [
            f"Vertex.{leaf}" for leaf in ("Z", "Index", "X", "T", "SumPT2") if f"Vertex.{leaf}" in leaves
        ]
        self._vertex = usual[:1]
        self._gen = {"pt_min": reading.gen_pt_min, "eta_max": reading.gen_eta_max}
        self._reco = {"pt_min": reading.reco_pt_min}

    def batches(self, n_events: int) -> Iterator[JetEvents]:
        first = 0
        for arrays in self._tree.batches([*self._branches(), *self._vertex], n_events):
            n = len(next(iter(arrays.values())))
            numbers = self.numbers[first : first + n]
            first += n
            counts: Counts = {}
            gen, gen_event = self._gen_jets(arrays, numbers, counts)
            reco, reco_event = self._reco_jets(arrays, numbers, counts)
            n_vertices = np.ones(n, np.int32)
            if self._vertex:
                n_vertices = _lengths(arrays[self._vertex[0]]).astype(np.int32)
            yield JetEvents(numbers, n_vertices, gen, gen_event, reco, reco_event, counts)

    @abstractmethod
    def _branches(self) -> list[str]: ...

    @abstractmethod
    def _gen_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64]]: ...

    @abstractmethod
    def _reco_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64]]: ...

    def _cluster(
        self, objects: _Objects, offsets: NDArray[np.integer], numbers: NDArray[np.int64], **cuts: float
    ) -> tuple[Jets, NDArray[np.int64]]:
        return cluster_events(
            str(self._tree.path),
            numbers.tolist(),
            objects.momenta,
            offsets,
            objects.pid,
            objects.mass,
            max_constituents=self._reading.max_constituents,
            **cuts,
        )


class _ClusteredJets(_JetsOfATree):
    """Jets of the visible stable particles, and of the energy-flow candidates, taken as massless."""

    def __init__(self, tree: DelphesTree, reading: PairReading) -> None:
        self._particles = _Gen(tree)
        self._kinds = _flow(tree)
        super().__init__(tree, reading)
        self.provenance = {
            "gen": {
                "particles": "stable, of the hard collision, without neutrinos, with their masses",
                "particle_eta_max": PARTICLE_ETA_MAX,
            },
            "reco": {
                "particles": f"{', '.join(kind.name for kind in self._kinds)}, massless",
                "candidate_pt_min": reading.candidate_pt_min,
                "candidate_eta_max": reading.candidate_eta_max,
            },
        }

    def _branches(self) -> list[str]:
        return [*self._particles.branches, *(name for kind in self._kinds for name in kind.branches())]

    def _gen_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64]]:
        particles, found = self._particles.visible(arrays)
        counts.update(found)
        offsets = _offsets(particles.event, len(numbers))
        return self._cluster(particles, offsets, numbers, radius=self._reading.radius, **self._gen)

    def _reco_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64]]:
        low, far = self._reading.candidate_pt_min, self._reading.candidate_eta_max

        def keep(pt: NDArray[np.float64], eta: NDArray[np.float64]) -> NDArray[np.bool_]:
            # What is no number is kept: who clusters refuses it.
            reasons = [(f"pt ≤ {low:g} GeV", pt <= low), (f"not within |eta| < {far:g}", eta >= far)]
            kept, found = _sieve("candidates", len(pt), reasons)
            for key, count in found.items():
                counts[key] = counts.get(key, 0) + count
            return kept

        candidates = _joined([kind.read(arrays, keep)[0] for kind in self._kinds])
        offsets = _offsets(candidates.event, len(numbers))
        return self._cluster(candidates, offsets, numbers, radius=self._reading.radius, **self._reco)


class _TreeJets(_JetsOfATree):
    """The tree's own jets: what their references name."""

    def __init__(self, tree: DelphesTree, reading: PairReading) -> None:
        self._particles = _Gen(tree, ids=True)
        todo = f"{_WRITE}, or leave out --jets tree"
        for name in ("GenJet", "Jet"):
            tree.require([f"{name}.Constituents"], "taking the tree's own jets", todo)
        self._kinds = tuple(
            kind for kind in _HOLDERS if {*kind.branches(), f"{kind.name}.fUniqueID"} <= tree.branches
        )
        super().__init__(tree, reading)
        self.provenance = {
            "gen": {"particles": "those of the tree's GenJet, with their masses"},
            "reco": {"particles": "those of the tree's Jet, massless"},
        }

    def _branches(self) -> list[str]:
        held = [[*kind.branches(), f"{kind.name}.fUniqueID"] for kind in self._kinds]
        return [*self._particles.branches, *(b for names in held for b in names), *_JET_BRANCHES]

    def _gen_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64]]:
        return self._jets("GenJet", self._particles.all(arrays), arrays, numbers, counts, **self._gen)

    def _reco_jets(
        self, arrays: Arrays, numbers: NDArray[np.int64], counts: Counts
    ) -> tuple[Jets, NDArray[np.int64]]:
        held = [kind.read(arrays, lambda pt, eta: np.ones(len(pt), np.bool_))[0] for kind in self._kinds]
        empty = _Objects(np.zeros((0, 3)), np.zeros(0, np.int32), np.zeros(0, np.intp), None, _ids([]))
        return self._jets("Jet", _joined([empty, *held]), arrays, numbers, counts, **self._reco)

    def _jets(
        self,
        name: str,
        objects: _Objects,
        arrays: Arrays,
        numbers: NDArray[np.int64],
        counts: Counts,
        **cuts: float,
    ) -> tuple[Jets, NDArray[np.int64]]:
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
                f"{self._tree.path}: event {numbers[event_of_jet[jet[bad]]]}: a constituent of a {name} "
                f"refers to object {ids[bad]}, which no branch of the tree holds",
                "the jet would lack it",
                f"{_WRITE}, or leave out --jets tree",
            )
        offsets = np.concatenate([[0], np.cumsum(per_jet)])
        one_each = self._cluster(
            objects[places[found]], offsets, numbers[event_of_jet], radius=_ALL_OF_A_JET, **cuts
        )
        thing = {"GenJet": "gen jets of the tree", "Jet": "reco jets of the tree"}[name]
        counts[thing, ""] = len(one_each[0])
        counts[thing, "outside the cuts"] = len(per_jet) - len(one_each[0])
        return one_each[0], event_of_jet[one_each[1]]


_JET_BRANCHES = ("GenJet.Constituents", "Jet.Constituents")


def _references(constituents: Any) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int64]]:
    """Jets of each event, constituents of each jet, and what each refers to: a branch of TRefArray."""
    import awkward as ak

    refs = constituents["refs"]
    per_jet = ak.to_numpy(ak.flatten(ak.num(refs, axis=2), axis=None)).astype(np.intp)
    return _lengths(refs), per_jet, _ids(ak.to_numpy(ak.flatten(refs, axis=None)))


def _ids(values: Any) -> NDArray[np.int64]:
    return np.asarray(values, np.int64) & ((1 << _ID_BITS) - 1)


def _key(event: NDArray[np.integer], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    return (event.astype(np.int64) << _ID_BITS) | ids


def _flat(array: Any) -> NDArray[Any]:
    import awkward as ak

    return np.asarray(ak.to_numpy(ak.flatten(array, axis=None)))


def _lengths(array: Any) -> NDArray[np.intp]:
    """(E,) objects of each event."""
    import awkward as ak

    return np.asarray(ak.to_numpy(ak.num(array, axis=1)), np.intp)


def _events(array: Any) -> NDArray[np.intp]:
    """(M,) the event of each object."""
    lengths = _lengths(array)
    return np.repeat(np.arange(len(lengths)), lengths)


def _offsets(event: NDArray[np.intp], n_events: int) -> NDArray[np.intp]:
    return np.concatenate([[0], np.cumsum(np.bincount(event, minlength=n_events))])


def _joined(parts: list[_Objects]) -> _Objects:
    """Massless objects of several branches, by event."""
    ids = [part.id for part in parts if part.id is not None]
    joined = _Objects(
        np.concatenate([part.momenta for part in parts]),
        np.concatenate([part.pid for part in parts]),
        np.concatenate([part.event for part in parts]),
        None,
        np.concatenate(ids) if len(ids) == len(parts) else None,
    )
    return joined[np.argsort(joined.event, kind="stable")]
