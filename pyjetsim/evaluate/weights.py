"""Which weight of a file counts its jets in a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import InputError
from pyjetsim.io import PairsFile
from pyjetsim.io.inputs import PairsReader
from pyjetsim.jets import Pairs
from pyjetsim.jets.jets import WEIGHT
from pyjetsim.jets.weights import NO_WEIGHT, weight_place

_ROWS = 1 << 16
"""Of a column of many weights, held at once."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The weight of a file that counts its jets."""

    place: int
    """Among the weights of the file."""
    name: str
    """Its name, or its place where it has none."""
    differs: bool
    """Between jets. Where it does not, each counts once, which is the same distribution."""

    def of(self, pairs: Pairs) -> NDArray[np.float64] | None:
        """The weights (N,) of pairs of the file; None where each counts once."""
        return np.asarray(pairs.columns[WEIGHT][:, self.place], np.float64) if self.differs else None


def chosen_weight(file: PairsReader, weight: str | int | None) -> Chosen | None:
    """The weight of a file that a comparison uses.

    Parameters
    ----------
    file : PairsReader
        The file.
    weight : str or int, optional
        Name or place; None: the first, where there are weights; "none": no weight.

    Returns
    -------
    Chosen or None
        None where the file has no weights, or none is wanted.

    Raises
    ------
    InputError
        Where there is no such weight.
    """
    none = file.none()
    if weight == NO_WEIGHT or (weight is None and WEIGHT not in none.columns):
        return None
    place = weight_place(none, 0 if weight is None else weight, str(file.path))
    name = none.weight_names[place] if none.weight_names else str(place)
    return Chosen(place, name, _differs(file, place))


def _differs(file: PairsReader, place: int) -> bool:
    if isinstance(file, PairsFile):
        parts = (file.column(WEIGHT, slice(start, start + _ROWS)) for start in range(0, len(file), _ROWS))
    else:
        parts = (pairs.columns[WEIGHT] for pairs in file.batches())
    first = None
    for part in parts:
        first = part[0, place] if first is None else first
        if (part[:, place] != first).any():
            return True
    # A weight of 0 or below for all is no weight: what comes of it is told where it is used.
    return first is not None and not first > 0


def refused(weight: str | int, items: str) -> InputError:
    """The error for a comparison of what has no weights."""
    return InputError(
        f"weight {weight!r} does not apply to {items}", "they have no weights here", "leave it out"
    )


def paths_with_weights(files: dict[Path, PairsReader], weight: str | int | None) -> dict[Path, Chosen]:
    """The chosen weight of each file that has one, by its path."""
    found = {path: chosen_weight(file, weight) for path, file in files.items()}
    return {path: chosen for path, chosen in found.items() if chosen is not None}
