"""Training data: selected once, kept on disk, read back in shuffled batches with flat memory."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pyjetsim.errors import TrainingError
from pyjetsim.jets import Jets
from pyjetsim.models import Standardisation
from pyjetsim.output import storage_errors
from pyjetsim.selection import Selection
from pyjetsim.store import PairsFile, Split

_BLOCK = 512
"""Pairs that lie together on disk and move together in a shuffle."""
_POOL = 64
"""Blocks that are mixed jet by jet: 32,768 pairs, 40 MB at P = 50."""


class FeatureMoments:
    """Running mean and width of px, py, pz over many batches."""

    def __init__(self, include_padding: bool) -> None:
        self._include_padding = include_padding
        self._count = 0.0
        self._sum = np.zeros(3)
        self._squares = np.zeros(3)

    def add(self, jets: Jets) -> None:
        """Add the constituents of a batch."""
        values = jets.constituents.astype(np.float64)
        self._count += jets.present.size if self._include_padding else jets.present.sum()
        self._sum += values.sum((0, 1))
        self._squares += np.square(values).sum((0, 1))

    def standardisation(self) -> Standardisation:
        """What the features are scaled with."""
        mean = self._sum / self._count
        width = np.sqrt(np.maximum(self._squares / self._count - mean**2, 1e-12))
        return Standardisation(
            torch.tensor(mean, dtype=torch.float32), torch.tensor(width, dtype=torch.float32)
        )


@dataclass
class ObservedDomain:
    """The phase space of the training: what the model may be asked about."""

    pt: list[float] = field(default_factory=lambda: [np.inf, 0.0])
    eta: list[float] = field(default_factory=lambda: [np.inf, -np.inf])
    n_constituents: list[int] = field(default_factory=lambda: [2**31, 0])

    def add(self, gen: Jets) -> None:
        """Widen the domain to hold these gen jets."""
        for name in ("pt", "eta", "n_constituents"):
            low, high = getattr(self, name)
            values: NDArray[Any] = getattr(gen, name)
            setattr(self, name, [min(low, values.min().item()), max(high, values.max().item())])

    def as_json(self) -> dict[str, list[float]]:
        """Ranges [low, high] of gen jets: pt in GeV, eta, number of constituents."""
        return {"pt": self.pt, "eta": self.eta, "n_constituents": list(map(float, self.n_constituents))}


class PairTable:
    """Gen and reco constituents of one split on disk: float32 (N, 2, P, 3), uncompressed.

    Batches are read, not mapped, so that resident memory does not grow with the file.
    """

    def __init__(self, path: Path, max_constituents: int) -> None:
        self.path = path
        self._row = 2 * max_constituents * 3
        self._shape = (-1, 2, max_constituents, 3)
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def append(self, gen: Jets, reco: Jets) -> None:
        """Add pairs, already truncated and padded to P."""
        rows = np.stack([gen.constituents, reco.constituents], axis=1)
        with storage_errors(self.path), self.path.open("ab") as file:
            file.write(np.ascontiguousarray(rows, np.float32).tobytes())
        self._rows += len(rows)

    def batches(
        self, size: int, shuffle: np.random.Generator | None = None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Gen and reco constituents (B, P, 3) in GeV, once through the table.

        ``shuffle`` mixes blocks over the whole table and jets within a pool of blocks.
        """
        starts = np.arange(0, self._rows, _BLOCK)
        if shuffle is not None:
            shuffle.shuffle(starts)
        left: NDArray[np.float32] = np.empty((0, *self._shape[1:]), np.float32)
        with self.path.open("rb") as file:
            for first in range(0, len(starts), _POOL):
                pool = np.concatenate(
                    [left, *(self._read(file, start) for start in starts[first : first + _POOL])]
                )
                if shuffle is not None:
                    shuffle.shuffle(pool)
                whole = len(pool) // size * size
                for start in range(0, whole, size):
                    yield self._tensors(pool[start : start + size])
                left = pool[whole:]
        if len(left):
            yield self._tensors(left)

    def _read(self, file: Any, start: int) -> NDArray[np.float32]:
        file.seek(4 * self._row * int(start))
        count = min(_BLOCK, self._rows - int(start)) * self._row
        return np.fromfile(file, np.float32, count).reshape(self._shape)

    @staticmethod
    def _tensors(rows: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
        pairs = torch.from_numpy(rows)
        return pairs[:, 0].contiguous(), pairs[:, 1].contiguous()


@dataclass(frozen=True)
class TrainingData:
    """Both splits on disk, and what was learnt on the way: from the training split only."""

    train: PairTable
    validation: PairTable
    gen: Standardisation
    reco: Standardisation
    domain: ObservedDomain
    provenance: dict[str, Any]


def prepare(
    source: Path, folder: Path, selection: Selection, max_constituents: int, include_padding: bool
) -> TrainingData:
    """Select pairs of ``source`` into tables under ``folder``, which is made anew.

    Raises:
        TrainingError: where a split is left without pairs.
    """
    shutil.rmtree(folder, ignore_errors=True)
    with storage_errors(folder):
        folder.mkdir(parents=True)
    splits: tuple[Split, ...] = ("train", "validation")
    tables = {split: PairTable(folder / f"{split}.f32", max_constituents) for split in splits}
    moments = {side: FeatureMoments(include_padding) for side in ("gen", "reco")}
    domain = ObservedDomain()
    cuts = replace(selection, max_constituents=max_constituents)  # how many is the model's to say
    with PairsFile(source) as file:
        provenance = file.provenance
        for split, table in tables.items():
            for pairs in file.selected(selection, split):
                # Only the target is cut: simulating, the model is given whole gen jets.
                gen = pairs.gen.padded_to(max_constituents)
                reco = cuts.constituents(pairs.reco).padded_to(max_constituents)
                table.append(gen, reco)
                if split == "train":
                    moments["gen"].add(gen)
                    moments["reco"].add(reco)
                    domain.add(pairs.gen)
    for split, table in tables.items():
        if len(table) == 0:
            raise TrainingError(
                f"{source} has no {split} pairs after the selection",
                "there is nothing to learn from or to choose by",
                "generate more events or choose a wider data.selection in the recipe",
            )
    return TrainingData(
        tables["train"],
        tables["validation"],
        moments["gen"].standardisation(),
        moments["reco"].standardisation(),
        domain,
        provenance,
    )
