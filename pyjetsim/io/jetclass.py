"""JetClass (arXiv:2202.03772): reco jets in ROOT, each an entry with its constituents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim.io.formats import Reading, Source
from pyjetsim.io.given_jets import ROWS, GivenSource, jets_of
from pyjetsim.io.root import Arrays, RootFile, RootFormat
from pyjetsim.jets import Jets

TREE = "tree"
_MOMENTA = ("part_px", "part_py", "part_pz", "part_energy")
_KINDS = {
    "part_isPhoton": 22,
    "part_isNeutralHadron": 130,
    "part_isChargedHadron": 211,
    "part_isElectron": -11,
    "part_isMuon": -13,
}
"""Flags, and the PDG id of such a particle of charge 1, or of charge 0."""
_CHARGE = "part_charge"


class JetClass(RootFormat):
    """Jets as Delphes reconstructed them; there are no gen jets beside them.

    In the place of gen jets they are a stand-in, to try a program on: they have passed a detector already.
    """

    protocol: ClassVar[int] = 1
    name: ClassVar[str] = "JetClass"
    reads: ClassVar[str] = "JetClass (tree)"

    def claims(self, file: RootFile) -> bool:
        """By the momenta of the constituents."""
        return file.has(TREE, (*_MOMENTA, "jet_pt"))

    @contextmanager
    def open(self, path: Path, reading: Reading) -> Iterator[Source]:
        """All jets, each an event of its own, numbered by its place."""
        with RootFile(path) as file:
            tree = file.tree(TREE)
            tree.require_events()
            kinds = [name for name in _KINDS if name in tree.branches]
            kinds = (
                kinds if _CHARGE in tree.branches else [name for name in kinds if _KINDS[name] in (22, 130)]
            )
            labels = sorted(name for name in tree.branches if name.startswith("label_"))
            branches = [
                *_MOMENTA,
                "jet_pt",
                *labels,
                *kinds,
                *([_CHARGE] if _CHARGE in tree.branches else []),
            ]

            def batches() -> Iterator[tuple[Jets, None, Mapping[str, NDArray[Any]]]]:
                start = 0
                for arrays in tree.batches(branches, size=ROWS):
                    first = start
                    start += len(arrays["jet_pt"])
                    columns = {"gen/own_pt": np.asarray(arrays["jet_pt"], np.float32)}
                    for label in labels:
                        columns[label] = np.asarray(arrays[label]).astype(np.int32)
                    jets = _jets(arrays, kinds, reading.max_constituents, path, first)
                    yield jets, None, columns

            provenance = {
                "source": {
                    "file": path.name,
                    "format": self.name,
                    "event_numbers": "by place",
                    "gen": "reco jets of the file's own detector, in the place of gen jets",
                },
            }
            yield GivenSource(str(path), reading, np.arange(tree.n_events), batches, provenance)


def _jets(arrays: Arrays, kinds: list[str], max_constituents: int, path: Path, first: int) -> Jets:
    import awkward as ak

    count = ak.to_numpy(ak.num(arrays["part_px"], axis=1))
    there = np.arange(int(count.max(initial=0))) < count[:, None]

    def padded(name: str) -> NDArray[np.float64]:
        values = np.zeros(there.shape)
        values[there] = ak.to_numpy(ak.flatten(arrays[name], axis=1))
        return values

    px, py, pz, energy = (padded(name) for name in _MOMENTA)
    pid = np.zeros(there.shape, np.int32)
    for name in kinds:
        charge = padded(_CHARGE) if _KINDS[name] not in (22, 130) else 1
        pid = np.where(padded(name) > 0.5, _KINDS[name] * np.sign(charge), pid).astype(np.int32)
    columns = {"px": px, "py": py, "pz": pz, "energy": energy}
    return jets_of(columns, there, pid, max_constituents, lambda i: f"jet {first + i} of {path}")
