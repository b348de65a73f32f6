"""HepMC3 events in ROOT, as HepMC3's WriterRootTree writes them: gen alone.

Of its WriterRoot, which writes an object of C++ a event, no array can be read: it is refused.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import DataError, DataWarning
from pyjetsim.io.formats import Reading, Source
from pyjetsim.io.root import (
    Arrays,
    RootFile,
    Tree,
    events_of,
    flat,
    lengths,
    one_each,
    root_errors,
    whole_numbers,
)
from pyjetsim.io.root_jets import Counts, Particles, TreeEvents, TreeFormat, visible
from pyjetsim.jets.jets import Columns

TREE = "hepmc3_tree"
_OBJECT = "GenEventData"
_GEV = {0: 1e-3, 1: 1.0}
"""HepMC3's numbers of MEV and GEV, in GeV."""
_PARTICLES = ("pid", "status", "momentum.m_v1", "momentum.m_v2", "momentum.m_v3", "momentum.m_v4")
_EVENT = ("event_number", "momentum_unit")
_WRITE = "write it anew with HepMC3's WriterRootTree, or as ASCII with its convert_example"


class HepMC3Root(TreeFormat):
    """Events, whose gen jets are clustered."""

    name: ClassVar[str] = "HepMC3 in ROOT"
    reads: ClassVar[str] = f"HepMC3 ({TREE})"
    tree: ClassVar[str] = TREE

    def claims(self, file: RootFile) -> bool:
        """By the tree, or an object that is an event."""
        return file.has(TREE) or any(kind.endswith(_OBJECT) for kind in file.classes.values())

    @contextmanager
    def open(self, path: Path, reading: Reading) -> Iterator[Source]:
        """The gen jets of a split of the events."""
        with RootFile(path) as file:
            if not file.has(TREE):
                raise DataError(
                    f"{path} holds HepMC3 events as objects of C++, one a key",
                    f"only those in a tree {TREE} are arrays that can be read",
                    _WRITE,
                )
        with super().open(path, reading) as source:
            yield source

    def events_in(self, tree: Tree) -> TreeEvents:
        """The events."""
        return _Events(tree)

    def gen_of(self, events: Any, reading: Reading) -> _Gen:
        """Their particles."""
        return _Gen(events.particle_branches, events.visible)


class _Gen(NamedTuple):
    """What gen jets are made of."""

    branches: list[str]
    visible: Callable[[Arrays], tuple[Particles, Counts]]


class _Events(TreeEvents):
    """Events with their particles."""

    name: ClassVar[str] = HepMC3Root.name

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree)
        # Branches of a class have its name before theirs, if that ends with a dot.
        pid = next((b for b in tree.branches if b.endswith("particles.pid")), "particles.pid")
        self._prefix = pid.removesuffix("particles.pid")
        self._unit = f"{self._prefix}momentum_unit"
        needed = [*(f"particles.{member}" for member in _PARTICLES), *_EVENT]
        tree.require([f"{self._prefix}{name}" for name in needed], "making gen jets", _WRITE)
        self.particle_branches = [f"{self._prefix}particles.{member}" for member in _PARTICLES]
        self.particle_branches.append(self._unit)
        self._weights = f"{self._prefix}weights"
        self.weight_names = self._named_weights()
        self.branches = [self._weights] if self.weight_names else []

    def _named_weights(self) -> tuple[str, ...]:
        """A name for each weight, where all events have as many."""
        if self._weights not in self.tree.branches:
            return ()
        found = {n for arrays in self.tree.batches([self._weights]) for n in lengths(arrays[self._weights])}
        if len(found) > 1:
            warnings.warn(
                f"{self.tree.told} has {min(found)} to {max(found)} weights an event: they are left out, for "
                "which is which cannot be told",
                DataWarning,
                stacklevel=3,
            )
        n = int(found.pop()) if len(found) == 1 else 0
        names = self._run_names()
        return names if len(names) == n else tuple(f"weights[{i}]" for i in range(n))

    def _run_names(self) -> tuple[str, ...]:
        """What the run calls its weights."""
        name = next((b for b in self.tree.branches if b.endswith("weight_names")), None)
        if name is None:
            return ()
        with root_errors(self.tree.path):
            first = next(iter(self.tree.batches([name], 1)))[name]
        return tuple(str(each) for each in first[0].tolist())

    def numbers(self) -> NDArray[np.int64]:
        name = f"{self._prefix}event_number"
        parts = [flat(arrays[name]) for arrays in self.tree.batches([name])]
        return whole_numbers(self.tree, name, np.concatenate(parts))

    def columns(self, arrays: Arrays, numbers: NDArray[np.int64]) -> Columns:
        return self.finite_weights([flat(arrays[name]) for name in self.branches], numbers)

    def visible(self, arrays: Arrays) -> tuple[Particles, Counts]:
        r"""Those that gen jets are made of: stable, visible, within \|eta\| < 5."""

        def column(member: str) -> NDArray[Any]:
            return flat(arrays[f"{self._prefix}particles.{member}"])

        event = events_of(arrays[f"{self._prefix}particles.pid"])
        gev = self._scale(one_each(self.tree, self._unit, arrays[self._unit], len(arrays[self._unit])))
        x, y, z, energy = (column(f"momentum.m_v{i}").astype(np.float64) * gev[event] for i in (1, 2, 3, 4))
        # As of HepMC's ASCII: the mass is that of energy and momentum.
        mass = np.sqrt(np.maximum(energy**2 - x**2 - y**2 - z**2, 0))
        particles = Particles(np.stack([x, y, z], axis=1), column("pid").astype(np.int32), event, mass)
        return visible(particles, [("not stable", column("status") != 1)])

    def _scale(self, units: NDArray[Any]) -> NDArray[np.float64]:
        """(E,) GeV of a unit of momentum."""
        for unit in np.unique(units).tolist():
            if unit not in _GEV:
                raise DataError(
                    f"{self.tree.told} has the unit of momentum {unit}",
                    "HepMC3 numbers MEV 0 and GEV 1",
                    "find out how it was made",
                )
        scale: NDArray[np.float64] = np.where(units == 0, _GEV[0], _GEV[1])
        return scale
