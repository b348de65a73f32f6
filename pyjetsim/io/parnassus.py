"""Parnassus's output (ROOT, read by uproot): the particles it was given, and those that it made of them.

One tree, with a branch for each member of a collection, ``PFlow.PT``
(https://github.com/parnassus-hep/parnassus, docs/output-reference.md).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import InputError
from pyjetsim.io.formats import JetEventSource, PairReading, Reading
from pyjetsim.io.root import Arrays, RootFile, Tree, events_of, flat, numbered_by_place, whole_numbers
from pyjetsim.io.root_jets import (
    ClusteredSides,
    Counts,
    Particles,
    TreeEvents,
    TreeFormat,
    clustered_provenance,
    momenta_of,
    visible,
)

TREE = "Parnassus"
_GEN, _RECO = "Truth", "PFlow"
_MEMBERS = ("PT", "Eta", "Phi", "PID")
_NUMBER = "Event.EventNumber"
_AGAIN = "give a file that parnassus run has written"


class Parnassus(TreeFormat):
    """Events with the particles before and after its detector."""

    name: ClassVar[str] = "Parnassus"
    reads: ClassVar[str] = f"Parnassus's output ({TREE})"
    tree: ClassVar[str] = TREE
    has_reco: ClassVar[bool] = True

    def claims(self, file: RootFile) -> bool:
        """By the name of the tree."""
        return file.has(TREE)

    def events_in(self, tree: Tree) -> TreeEvents:
        """Their numbers."""
        return _Events(tree)

    def gen_of(self, events: TreeEvents, reading: Reading) -> _Gen:
        """The collection ``Truth``."""
        return _Gen(events.tree)

    def jets_of(self, events: TreeEvents, reading: PairReading) -> JetEventSource:
        """Clustered: its own jets do not say what they are made of."""
        source = _ClusteredJets(events, reading)  # what is missing is told first
        if reading.jets == "tree":
            raise InputError(
                f"{events.tree.path} is of Parnassus, whose jets have axes and no constituents",
                "--jets tree takes jets with their constituents",
                "leave out --jets tree: both sides are clustered",
            )
        return source


class _Events(TreeEvents):
    """Numbers; vertices and weights are not in the file."""

    name: ClassVar[str] = Parnassus.name

    def numbers(self) -> NDArray[np.int64]:
        if _NUMBER not in self.tree.branches:
            return numbered_by_place(self.tree, _NUMBER)
        parts = [flat(arrays[_NUMBER]) for arrays in self.tree.batches([_NUMBER])]
        return whole_numbers(self.tree, _NUMBER, np.concatenate(parts))


def _branches(tree: Tree, collection: str, purpose: str) -> list[str]:
    branches = [f"{collection}.{member}" for member in _MEMBERS]
    tree.require(branches, purpose, _AGAIN)
    return branches


def _particles(arrays: Arrays, collection: str) -> Particles:
    """All of a collection, massless."""
    pt, eta, phi, pid = (flat(arrays[f"{collection}.{member}"]) for member in _MEMBERS)
    return Particles(momenta_of(pt, eta, phi), pid.astype(np.int32), events_of(arrays[f"{collection}.PT"]))


class _Gen:
    """The particles that it was given, as far as it has kept them."""

    def __init__(self, tree: Tree) -> None:
        self.branches = _branches(tree, _GEN, "making gen jets")
        # The parametric mode writes these, the neural one does not.
        self._mass, self._status = (
            name if name in tree.branches else "" for name in (f"{_GEN}.Mass", f"{_GEN}.Status")
        )
        self.branches += [name for name in (self._mass, self._status) if name]

    @property
    def told(self) -> str:
        """What they are, for the provenance."""
        return f"{_GEN}" if self._mass else f"{_GEN} (massless: the file has no masses)"

    def visible(self, arrays: Arrays) -> tuple[Particles, Counts]:
        r"""Those that gen jets are made of: stable, visible, within \|eta\| < 5."""
        massless = _particles(arrays, _GEN)
        mass = flat(arrays[self._mass]).astype(np.float64) if self._mass else np.zeros(len(massless.pid))
        particles = Particles(massless.momenta, massless.pid, massless.event, np.maximum(mass, 0.0))
        reasons = [("not stable", flat(arrays[self._status]) != 1)] if self._status else []
        return visible(particles, reasons)


class _Reco:
    """The particles that it made."""

    def __init__(self, tree: Tree) -> None:
        self.branches = _branches(tree, _RECO, "making reco jets")

    def read(self, arrays: Arrays) -> Particles:
        """All of them, massless."""
        return _particles(arrays, _RECO)


class _ClusteredJets(ClusteredSides):
    """Jets of both collections."""

    def __init__(self, events: TreeEvents, reading: PairReading) -> None:
        self.gen, self.reco = _Gen(events.tree), _Reco(events.tree)
        super().__init__(events, reading)
        self.provenance = clustered_provenance(self.gen.told, _RECO, reading)
