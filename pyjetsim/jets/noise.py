"""Random numbers that depend only on a seed and on the jet, event or epoch that they are for.

All of them are from Philox4x64-10 (Salmon et al., SC'11, doi:10.1145/2063384.2063405), a function of a key
and a counter: the numbers of any jet, event or epoch can be computed alone, in any order and process.

- A simulated jet's noise (:func:`jet_noise`): key (seed, run * 2^32 + luminosity_block), counter
  (0, jet, event, copy); in every language.
- Everything else (:func:`stream`): key (seed, hash of the purpose), counter (0, up to three ids).
"""

from __future__ import annotations

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

from pyjetsim import _core
from pyjetsim.errors import InputError
from pyjetsim.jets.event_ids import JetIds, unsigned

WHOLE_EVENT = 2**64 - 1
"""The place among its jets that stands for an event itself."""


def stream(purpose: str, seed: int, *ids: int) -> np.random.Generator:
    """Generator of random numbers for a purpose and up to three ids.

    Parameters
    ----------
    purpose : str
        What the numbers are for, such as "detector".
    seed : int
        0 to 2^64 - 1.
    *ids : int
        What they belong to, such as an event; 0 to 2^64 - 1 each.

    Returns
    -------
    numpy.random.Generator
        2^66 numbers of 64 bits. Streams of different purposes, seeds or ids share none.

    Raises
    ------
    InputError
        For more than three ids, and numbers outside the range.

    Notes
    -----
    Philox4x64-10 with key (seed, w), w the first 8 bytes, little-endian, of the SHA-256 of the purpose, and
    counter (0, ids).

    References
    ----------
    J. Salmon et al., SC'11, doi:10.1145/2063384.2063405.
    """
    if len(ids) > 3:
        raise InputError(
            f"a stream has {len(ids)} ids", "Philox has room for three", "join some of them into one number"
        )
    counter = np.zeros(4, np.uint64)
    counter[1 : 1 + len(ids)] = [int(unsigned("id", number)) for number in ids]
    word = int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8], "little")
    key = np.array([int(unsigned("seed", seed)), word], np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))


def stream_seed(purpose: str, seed: int, *ids: int) -> int:
    """Seed of another library's generator, such as torch's: the first 63 bits of a :func:`stream`.

    Parameters
    ----------
    purpose, seed, *ids
        As in :func:`stream`.

    Returns
    -------
    int
        0 to 2^63 - 1.
    """
    return int(stream(purpose, seed, *ids).integers(1 << 63))


def jet_noise(seed: int, ids: JetIds, size: int, copy: int = 0, *, of_event: int = 0) -> NDArray[np.float32]:
    """Standard normal numbers that depend only on the seed and on the jet they are for.

    Parameters
    ----------
    seed : int
        0 to 2^64 - 1.
    ids : JetIds
        N jets.
    size : int
        How many numbers for each jet.
    copy : int
        Which of several simulations of the same gen jets; 0 to 2^64 - 1.
    of_event : int
        How many of the first numbers are the event's: those of the jet at :data:`WHOLE_EVENT`, the same for
        all its jets.

    Returns
    -------
    float32 array (N, size)
        The noise, computed in C++.

    Raises
    ------
    InputError
        For a seed or copy outside the range, and ids that are not all (N,).

    Notes
    -----
    Philox4x64-10 with key (seed, run * 2^32 + luminosity_block) and counter (0, jet, event, copy), and
    Box-Muller pairs; :func:`reference_noise` is the same in NumPy.
    """
    shapes = {name: np.shape(part) for name, part in ids._asdict().items()}
    if len(set(shapes.values())) != 1 or len(shapes["jet"]) != 1:
        raise InputError(
            f"ids have the shapes {', '.join(f'{name} {shape}' for name, shape in shapes.items())}",
            "each jet's noise is keyed by its run, luminosity block, event and place",
            "give one entry a jet in each, for example with jet_ids",
        )
    key, number = int(unsigned("seed", seed)), int(unsigned("copy", copy))
    return _core.jet_noise(key, ids.run, ids.luminosity_block, ids.event, ids.jet, size, number, of_event)


def reference_noise(
    seed: int, ids: JetIds, size: int, copy: int = 0, *, of_event: int = 0
) -> NDArray[np.float32]:
    """Compute :func:`jet_noise` with NumPy's Philox: the definition, for tests and other languages.

    Parameters
    ----------
    seed, ids, size, copy, of_event
        As in :func:`jet_noise`.

    Returns
    -------
    float32 array (N, size)
        The noise.

    Notes
    -----
    Raw 64-bit integers become u = (bits >> 11 + 1/2) / 2^53, and each two of them one Box-Muller
    pair sqrt(-2 ln u1) (cos, sin)(2 pi u2), in double precision, rounded to float32 at the end.
    """
    key = int(unsigned("seed", seed))
    noise = np.empty((len(ids.jet), size), np.float32)
    for row, (run, block, event, jet) in zip(noise, zip(*ids, strict=True), strict=True):
        philox = np.random.Philox(
            key=np.array([key, int(run) << 32 | int(block)], np.uint64),
            counter=np.array([0, jet, event, copy], np.uint64),
        )
        bits = philox.random_raw(2 * math.ceil(size / 2)).tolist()
        row[:] = [number for pair in zip(bits[::2], bits[1::2], strict=True) for number in _normal(*pair)][
            :size
        ]
    if of_event:
        whole = ids._replace(jet=np.full_like(ids.jet, WHOLE_EVENT))
        noise[:, :of_event] = reference_noise(seed, whole, min(of_event, size), copy)
    return noise


def _normal(bits1: int, bits2: int) -> tuple[float, float]:
    # math, not numpy: NumPy's own vectorised log and cos differ from the C library's in the last bit.
    radius = math.sqrt(-2 * math.log(_uniform(bits1)))
    angle = 2 * math.pi * _uniform(bits2)
    return radius * math.cos(angle), radius * math.sin(angle)


def _uniform(bits: int) -> float:
    return (float(bits >> 11) + 0.5) * 2.0**-53
