"""Which numbers of a jet's noise decide what. None is used twice for one token, jet or extra."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from pyjetsim.models.sampling import uniform

JET = 16
"""Numbers of a jet: vertex, pileup, counts of extras, axis, the state of its tracks."""
TOKEN = 18
"""Numbers of a gen particle."""
EXTRA = 5
"""Numbers of an extra: component, three coordinates, charge."""


class Noise(NamedTuple):
    """Standard normal numbers, and what they are as uniform ones, of one part of the model."""

    normal: Tensor
    uniform: Tensor

    def pick(self, name: str) -> Noise:
        """Some of a gen particle's numbers (B, P, n)."""
        part = SLOTS[name]
        return Noise(self.normal[..., part], self.uniform[..., part])


SLOTS = {
    "found": slice(0, 1),
    # A particle enters the ECAL or the HCAL, never both.
    "hit": slice(1, 2),
    "energy": slice(2, 4),
    "cell": slice(4, 5),
    "position": slice(5, 7),
    "scale": slice(7, 9),
    "residual": slice(9, 11),
    "displaced": slice(11, 13),
    "displacement": slice(13, 15),
    "kind": slice(15, 16),
    "charge": slice(16, 17),
    "survival": slice(17, 18),
}


class JetNoise(NamedTuple):
    """The noise of jets (B, Z) in its parts."""

    jet: Noise
    """(B, JET)."""
    tokens: Noise
    """(B, P, TOKEN)."""
    extras: Noise
    """(B, extras, EXTRA)."""


def noise_size(tokens: int, extras: int) -> int:
    """Z for that many gen particles and extras."""
    return JET + tokens * TOKEN + extras * EXTRA


def split_noise(noise: Tensor, tokens: int, extras: int) -> JetNoise:
    """Noise (B, Z) in its parts."""
    u = uniform(noise)
    end = JET + tokens * TOKEN
    shapes = (
        (slice(0, JET), (JET,)),
        (slice(JET, end), (tokens, TOKEN)),
        (slice(end, None), (extras, EXTRA)),
    )
    parts = [Noise(noise[:, at].reshape(-1, *shape), u[:, at].reshape(-1, *shape)) for at, shape in shapes]
    return JetNoise(*parts)
