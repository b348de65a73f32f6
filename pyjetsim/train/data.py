"""Training data: selected once, with what is learnt of it on the way."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pyjetsim._utils.output import storage_errors
from pyjetsim.errors import TrainingError
from pyjetsim.io import PairsFile, Split
from pyjetsim.jets import Jets, Pairs
from pyjetsim.jets.selection import Selection
from pyjetsim.models import Standardisation
from pyjetsim.train.table import PairTable


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
    source: Path | Sequence[Path],
    folder: Path,
    selection: Selection,
    max_constituents: int,
    include_padding: bool,
    *,
    max_reco_constituents: int | None = None,
    training_tensors: Callable[[Pairs], Mapping[str, NDArray[Any]]] = lambda pairs: {},
) -> TrainingData:
    """Select pairs of ``source``, one jets.h5 or several, into tables under ``folder``, which is made anew.

    ``training_tensors`` is what :meth:`pyjetsim.models.JetModel.training_tensors` describes.

    Raises:
        TrainingError: where a split is left without pairs, or files do not have the same jets.
    """
    files = source_files(source)
    shutil.rmtree(folder, ignore_errors=True)
    with storage_errors(folder):
        folder.mkdir(parents=True)
    splits: tuple[Split, ...] = ("train", "validation")
    tables = {split: PairTable(folder / f"{split}.rows") for split in splits}
    moments = {side: FeatureMoments(include_padding) for side in ("gen", "reco")}
    domain = ObservedDomain()
    reco_size = max_constituents if max_reco_constituents is None else max_reco_constituents
    cuts = replace(selection, max_constituents=reco_size)  # how many is the model's to say
    provenance = _provenance(files)
    for split, table in tables.items():
        for file in files:
            for pairs in _whole_events_of(file, split):
                # Only the target is cut: simulating, the model is given whole gen jets.
                gen = pairs.gen.padded_to(max_constituents)
                reco = cuts.constituents(pairs.reco).padded_to(reco_size)
                own = training_tensors(replace(pairs, gen=gen, reco=reco))
                accepted = np.flatnonzero(selection.accepts(pairs.reco))
                if not len(accepted):
                    continue
                gen, reco = gen[accepted], reco[accepted]
                table.append(gen, reco, {name: values[accepted] for name, values in own.items()})
                if split == "train":
                    moments["gen"].add(gen)
                    moments["reco"].add(reco)
                    domain.add(pairs.gen[accepted])
    for split, table in tables.items():
        if len(table) == 0:
            raise TrainingError(
                f"{_names(files)}: no {split} pairs after the selection",
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


def source_files(source: Path | Sequence[Path]) -> list[Path]:
    """One file or several, as a list."""
    return [source] if isinstance(source, Path) else list(source)


def _names(files: Sequence[Path]) -> str:
    return ", ".join(map(str, files))


def _provenance(files: Sequence[Path]) -> dict[str, Any]:
    """Of the data: the file's own, or ``jets``, which all files share, and ``files`` by name."""
    found = []
    for path in files:
        with PairsFile(path) as file:
            found.append(file.provenance)
    if len(found) == 1:
        return found[0]
    jets = found[0].get("jets")
    if any(provenance.get("jets") != jets for provenance in found):
        raise TrainingError(
            f"{_names(files)} hold jets that were made in different ways",
            "a model answers one kind of jets",
            "give files whose provenance has the same jets",
        )
    return {"jets": jets, "files": {path.name: own for path, own in zip(files, found, strict=True)}}


def _whole_events_of(path: Path, split: Split) -> Iterator[Pairs]:
    with PairsFile(path) as file:
        yield from whole_events(file.batches(split))


def whole_events(batches: Iterable[Pairs]) -> Iterator[Pairs]:
    """The same pairs in the same order, but no event in two batches: its jets lie side by side in a file."""
    held: Pairs | None = None
    for batch in batches:
        pairs = batch if held is None else Pairs.concatenate([held, batch])
        others = np.flatnonzero(pairs.event != pairs.event[-1])
        end = int(others[-1]) + 1 if len(others) else 0
        if end:
            yield pairs[:end]
        held = pairs[end:]
    if held is not None:
        yield held
