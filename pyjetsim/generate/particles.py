"""Particles of several events as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Particles:
    """M particles of E events, event after event. GeV, metres."""

    px: Float
    py: Float
    pz: Float
    mass: Float
    x: Float
    y: Float
    z: Float
    """Where the particle was produced."""
    charge: Float
    """In units of the proton's."""
    pid: NDArray[np.int32]
    pileup: NDArray[np.bool_]
    """True for particles that are not of the hard collision."""
    event: NDArray[np.intp]
    """(M,) 0 to E - 1, never falling."""

    def __len__(self) -> int:
        return len(self.px)

    def __getitem__(self, index: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Particles:
        return Particles(*(getattr(self, field.name)[index] for field in fields(self)))

    @property
    def pt(self) -> Float:
        """(M,) GeV."""
        return np.hypot(self.px, self.py)

    @property
    def energy(self) -> Float:
        """(M,) GeV."""
        return np.sqrt(self.px**2 + self.py**2 + self.pz**2 + self.mass**2)

    @property
    def momenta(self) -> Float:
        """(M, 3) px, py, pz."""
        return np.stack([self.px, self.py, self.pz], axis=1)

    def offsets(self, n_events: int) -> NDArray[np.intp]:
        """(E + 1,) event e has the particles offsets[e] to offsets[e + 1]."""
        return event_offsets(self.event, n_events)

    @staticmethod
    def concatenate(parts: list[Particles]) -> Particles:
        """Join parts and sort them by event; within an event the order of the parts stays."""
        joined = Particles(
            *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Particles))
        )
        return joined[np.argsort(joined.event, kind="stable")]


def event_offsets(event: NDArray[np.intp], n_events: int) -> NDArray[np.intp]:
    """Where each event starts in an array sorted by ``event``, and where the last one ends (E + 1,)."""
    return np.searchsorted(event, np.arange(n_events + 1))
