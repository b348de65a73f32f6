"""How the learning rate changes in the course of a training."""

from __future__ import annotations

import math
from typing import Literal

Schedule = Literal["constant", "cosine"]

_WARM_UP = 0.02
_END = 0.01


def rate_factor(schedule: Schedule, done: float) -> float:
    """What the learning rate is multiplied with when the part ``done`` (0 to 1) of all steps is over.

    "cosine" rises linearly at first, since Adam's first steps know too little of the gradients'
    size, and then falls to a hundredth.
    """
    if schedule == "constant":
        return 1.0
    if done < _WARM_UP:
        return max(done / _WARM_UP, _END)
    fall = (done - _WARM_UP) / (1 - _WARM_UP)
    return _END + (1 - _END) * 0.5 * (1 + math.cos(math.pi * fall))
