"""EDM4hep (ROOT, as podio writes it): generated particles and reconstructed ones; TTree and RNTuple.

podio stores an array a member of a class: ``MCParticles.momentum.x``. Collections may have any name, so they
are known by their members.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import DataError, InputError
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
    Particles,
    TreeEvents,
    TreeFormat,
    clustered_provenance,
    visible,
)
from pyjetsim.jets.jets import Columns

TREE = "events"
_HEADER = "EventHeader"
_NUMBER, _RUN, _WEIGHT = (f"{_HEADER}.{member}" for member in ("eventNumber", "runNumber", "weight"))
_MOMENTUM = ("momentum.x", "momentum.y", "momentum.z")
_TOLD_BY = {"gen": ("generatorStatus", "momentum.x"), "reco": ("goodnessOfPID", "momentum.x")}
"""Members that tell an MCParticle and a ReconstructedParticle."""
_USUAL = {
    "gen": ("MCParticles", "MCParticle", "MCParticlesSkimmed", "Particle", "GenParticles"),
    "reco": (
        "ReconstructedParticles",
        "PandoraPFOs",
        "PandoraPFANewPFOs",
        "ParticleFlowObjects",
        "PFOs",
        "RecoParticles",
        "MergedRecoParticles",
    ),
}
"""Taken in this order where a file has several: jets and selections are ReconstructedParticles, too."""
_CLASS = {"gen": "MCParticle", "reco": "ReconstructedParticle"}
_OVERLAY = 1 << 23
"""Of simulatorStatus: the particle was overlaid, as pileup and beam background are."""


class EDM4hep(TreeFormat):
    """Events of Key4hep and others."""

    name: ClassVar[str] = "EDM4hep"
    reads: ClassVar[str] = f"EDM4hep ({TREE})"
    tree: ClassVar[str] = TREE
    has_reco: ClassVar[bool] = True
    named_collections: ClassVar[bool] = True

    def claims(self, file: RootFile) -> bool:
        """By the tree and the members of its classes, or by what podio writes beside it."""
        return file.has(TREE) and (
            any(_collections(file.tree(TREE), side) for side in _TOLD_BY)
            or not {"podio_metadata", "evt_metadata"}.isdisjoint(file.trees)
        )

    def events_in(self, tree: Tree) -> TreeEvents:
        """Numbers, runs and weights of the header."""
        return _Events(tree)

    def gen_of(self, events: TreeEvents, reading: Reading) -> _Gen:
        """The collection of MCParticles."""
        return _Gen(events.tree, reading.collections)

    def jets_of(self, events: TreeEvents, reading: PairReading) -> JetEventSource:
        """Clustered: there are no gen jets in the file."""
        source = _ClusteredJets(events, reading)  # what is missing is told first
        if reading.jets == "tree":
            raise InputError(
                f"{events.tree.path} is EDM4hep, which has no gen jets",
                "--jets tree takes the jets of both sides from the file",
                "leave out --jets tree: both are clustered",
            )
        return source


class _Events(TreeEvents):
    """Numbers, runs and weights of the header, which not all files have, nor all events of a file."""

    name: ClassVar[str] = EDM4hep.name

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree)
        members = [branch for branch in (_NUMBER, _RUN, _WEIGHT) if branch in tree.branches]
        headers, weighted = 0, False
        for arrays in tree.batches(members) if members else ():
            headers += int(lengths(arrays[members[0]]).sum())
            weighted |= _WEIGHT in arrays and bool(flat(arrays[_WEIGHT]).any())
        self._known = members if headers else []
        # A weight that nobody set is 0 in all events.
        self.weight_names = (_WEIGHT,) if weighted else ()
        self.branches = [*(branch for branch in self._known if branch == _RUN), *self.weight_names]

    def numbers(self) -> NDArray[np.int64]:
        if _NUMBER not in self._known:
            return numbered_by_place(self.tree, _NUMBER)
        parts = [flat(arrays[_NUMBER]) for arrays in self.tree.batches([_NUMBER])]
        return whole_numbers(self.tree, _NUMBER, np.concatenate(parts))

    def columns(self, arrays: Arrays, numbers: NDArray[np.int64]) -> Columns:
        read = {name: one_each(self.tree, name, arrays[name], len(numbers)) for name in self.branches}
        run = {"run": read[_RUN].astype(np.int64)} if _RUN in read else {}
        return {**run, **self.finite_weights([read[name] for name in self.weight_names], numbers)}


def _collections(tree: Tree, side: str) -> list[str]:
    """The names of the collections of one class."""
    one, *others = (f".{member}" for member in _TOLD_BY[side])
    names = [branch.removesuffix(one) for branch in tree.branches if branch.endswith(one)]
    return sorted(name for name in names if all(f"{name}{other}" in tree.branches for other in others))


def _collection(tree: Tree, side: str, asked: Mapping[str, str]) -> str:
    """Which collection is read: the one asked for, a usual one, or the only one.

    Raises :class:`~pyjetsim.errors.DataError` where that is none.
    """
    found = _collections(tree, side)
    listed = f"it has {', '.join(found)}" if found else "it has none"
    if side in asked:
        if asked[side] not in found:
            raise DataError(
                f"{tree.told} has no collection {asked[side]} of {_CLASS[side]}s",
                listed,
                f"name one of these with --collections {side}=NAME" if found else "give a file that has some",
            )
        return asked[side]
    for name in (*_USUAL[side], *(found if len(found) == 1 else [])):
        if name in found:
            return name
    if found:
        raise DataError(
            f"{tree.told} has several collections of {_CLASS[side]}s, none of a usual name",
            listed,
            f"name the one that {side} jets are made of with --collections {side}=NAME",
        )
    if side == "gen":
        raise DataError(
            f"{tree.told} has no collection of {_CLASS[side]}s",
            "gen jets are made of them; data have none",
            "give simulated events that keep them",
        )
    raise DataError(
        f"{tree.told} has no collection of {_CLASS[side]}s",
        "reco jets are made of them",
        "give events that are reconstructed; pyjetsim simulate takes gen alone",
    )


class _Gen:
    """The generated particles."""

    def __init__(self, tree: Tree, asked: Mapping[str, str]) -> None:
        self.name = _collection(tree, "gen", asked)
        needed = [f"{self.name}.{member}" for member in (*_MOMENTUM, "mass", "PDG", "generatorStatus")]
        tree.require(needed, "making gen jets", "give a file that keeps it")
        self._simulated = f"{self.name}.simulatorStatus"
        self.branches = [*needed, *([self._simulated] if self._simulated in tree.branches else [])]

    def visible(self, arrays: Arrays) -> tuple[Particles, Counts]:
        r"""Those that gen jets are made of: stable, of the hard collision, visible, within \|eta\| < 5."""
        column = {member: flat(arrays[f"{self.name}.{member}"]) for member in (*_MOMENTUM, "mass", "PDG")}
        particles = Particles(
            np.stack([column[axis].astype(np.float64) for axis in _MOMENTUM], axis=1),
            column["PDG"].astype(np.int32),
            events_of(arrays[f"{self.name}.PDG"]),
            column["mass"].astype(np.float64),
        )
        reasons = [("not stable", flat(arrays[f"{self.name}.generatorStatus"]) != 1)]
        if self._simulated in arrays:
            reasons.append(("of pileup", (flat(arrays[self._simulated]) & _OVERLAY) != 0))
        return visible(particles, reasons)


class _Reco:
    """The reconstructed particles."""

    def __init__(self, tree: Tree, asked: Mapping[str, str]) -> None:
        self.name = _collection(tree, "reco", asked)
        # PDG was called type before version 1 of EDM4hep.
        kinds = [f"{self.name}.{member}" for member in ("PDG", "type")]
        self._pid = next((kind for kind in kinds if kind in tree.branches), kinds[0])
        self.branches = [*(f"{self.name}.{axis}" for axis in _MOMENTUM), self._pid]
        tree.require(self.branches, "making reco jets", "give a file that keeps it")

    def read(self, arrays: Arrays) -> Particles:
        """All of them, massless."""
        momenta = [flat(arrays[f"{self.name}.{axis}"]).astype(np.float64) for axis in _MOMENTUM]
        pid = flat(arrays[self._pid]).astype(np.int32)
        return Particles(np.stack(momenta, axis=1), pid, events_of(arrays[self._pid]))


class _ClusteredJets(ClusteredSides):
    """Jets of the visible stable particles, and of the reconstructed ones, taken as massless."""

    def __init__(self, events: TreeEvents, reading: PairReading) -> None:
        self.gen = _Gen(events.tree, reading.collections)
        self.reco = _Reco(events.tree, reading.collections)
        super().__init__(events, reading)
        self.provenance = clustered_provenance(f"stable of {self.gen.name}", self.reco.name, reading)
