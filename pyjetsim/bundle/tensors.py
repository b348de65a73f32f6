"""What a graph takes and gives, whoever runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Int = NDArray[np.int32]


class Inputs(NamedTuple):
    """A batch of gen jets."""

    constituents: Float
    """(B, P, 3) GeV, pt-descending, zero rows after the last."""
    noise: Float
    """(B, Z) standard normal."""
    pid: Int | None = None
    """(B, P) PDG ids, 0 where unknown and for padding; None for graphs that take none."""

    @property
    def given(self) -> tuple[NDArray[np.generic], ...]:
        """What the graph takes, in its order."""
        return tuple(array for array in self if array is not None)


class Outputs(NamedTuple):
    """The reco jets of a batch."""

    constituents: Float
    """(B, P of the output, 3) GeV, zero rows for absent ones."""
    pid: Int | None = None
    """(B, P of the output) what each is; None for graphs that do not tell."""


Graph = Callable[[Inputs], Outputs]
