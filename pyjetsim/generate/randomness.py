"""Random numbers for a batch of events, each event from a stream of its own.

So an event comes out the same whatever events are beside it, and in whatever order.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pyjetsim.generate.particles import event_offsets
from pyjetsim.jets.noise import stream


class EventRandom:
    """One generator for each event; the event of each draw is given as an array."""

    def __init__(self, generators: Iterable[np.random.Generator]) -> None:
        self.generators = list(generators)

    @staticmethod
    def of_events(seed: int, events: Iterable[int], purpose: str = "detector") -> EventRandom:
        """Streams keyed by (purpose, seed, event number)."""
        return EventRandom(stream(purpose, seed, event) for event in events)

    def __len__(self) -> int:
        return len(self.generators)

    def uniform(self, event: NDArray[np.intp]) -> NDArray[np.float64]:
        """(M,) in [0, 1); ``event`` (M,) 0 to E - 1, never falling."""
        values = np.empty(len(event))
        limits = event_offsets(event, len(self)).tolist()
        for generator, start, stop in zip(self.generators, limits, limits[1:], strict=False):
            generator.random(out=values[start:stop])
        return values

    def normal(self, event: NDArray[np.intp]) -> NDArray[np.float64]:
        """(M,) standard normal; ``event`` as for :meth:`uniform`."""
        values = np.empty(len(event))
        limits = event_offsets(event, len(self)).tolist()
        for generator, start, stop in zip(self.generators, limits, limits[1:], strict=False):
            generator.standard_normal(out=values[start:stop])
        return values


def log_normal(
    mean: NDArray[np.float64], sigma: NDArray[np.float64], normal: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Log-normal numbers of that mean and width from standard normal ones; 0 where the mean is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.log1p((sigma / mean) ** 2)
        values = mean * np.exp(np.sqrt(variance) * normal - 0.5 * variance)
    return np.where(mean > 0, values, 0.0)
