"""The pileup pool: minimum-bias collisions, made once, kept in a cache and shared by all processes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim._utils.output import check_file, whole_file
from pyjetsim._utils.processes import run_tasks
from pyjetsim._utils.progress import Progress
from pyjetsim.detector.card import DetectorCard
from pyjetsim.errors import GenerationError, InputError, StorageError
from pyjetsim.generate.particles import Particles, event_offsets
from pyjetsim.generate.pythia import MINIMUM_BIAS, Collisions, pythia_version, seed_for

POOL_SIZE = 15_000
"""Default number of collisions in the pool."""

_FORMAT = 1
_SEED = 20_201
_CHUNK = 500
_BATCH = 100
_ETA_MAX = 6.0
_PROMPT = 1e-3
"""m from the beam; what is produced further out may enter the calorimeters anywhere."""

_RECORD = np.dtype(
    [
        *((name, np.float32) for name in ("px", "py", "pz", "mass", "x", "y", "z")),
        ("pid", np.int32),
        ("event", np.int32),
        ("charge", np.int8),
    ]
)


def cache_directory() -> Path:
    """``$XDG_CACHE_HOME/pyjetsim``, by default ``~/.cache/pyjetsim``; StorageError where there is no home."""
    root = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if root.is_absolute():
        return root / "pyjetsim"
    try:
        return Path.home() / ".cache" / "pyjetsim"
    except RuntimeError as error:  # a user whom the machine does not know
        raise StorageError(
            "no home folder is known", "the pileup pool is kept there", "set XDG_CACHE_HOME to a folder"
        ) from error


def pool_provenance(size: int) -> dict[str, Any]:
    """All that the pool's content depends on."""
    return {
        "format": _FORMAT,
        "generator": f"PYTHIA {pythia_version()}",
        "settings": list(MINIMUM_BIAS),
        "events": size,
        "seed": _SEED,
        "eta_max": _ETA_MAX,
    }


def pool_path(size: int, directory: Path | None = None) -> Path:
    """Where the pool of ``size`` collisions is kept; the name holds a hash of what it depends on."""
    key = hashlib.sha256(json.dumps(pool_provenance(size), sort_keys=True).encode()).hexdigest()[:16]
    return (directory or cache_directory()) / f"minimum-bias-{size}-{key}.npy"


class Pool:
    """Minimum-bias collisions on disk, mapped into memory, so that processes share them."""

    def __init__(
        self, path: Path, size: int, card: DetectorCard | None = None, eta_max: float = np.inf
    ) -> None:
        """Open a pool; with a card, leave out what cannot reach |eta| < ``eta_max``.

        Raises :class:`~pyjetsim.errors.GenerationError` if the file is damaged.
        """
        try:
            self._records: NDArray[Any] = np.load(path, mmap_mode="r")
        except (OSError, ValueError, EOFError) as error:
            raise _damaged(path, str(error)) from error
        if self._records.dtype != _RECORD or self._records.ndim != 1:
            raise _damaged(path, "its fields are others")
        event = self._records["event"]
        if len(event) and (event[0] < 0 or event[-1] >= size or (np.diff(event) < 0).any()):
            raise _damaged(path, "its events are out of order")
        self.size = size
        self._start = event_offsets(event, size)
        self._stop = self._start[1:]
        if card is not None:
            # A collision's particles are stored by rising eta: the first ones are those that reach.
            near = _reach(self._records) <= _direction_limit(eta_max, card)
            self._stop = self._start[:-1] + np.bincount(event[near], minlength=size)

    def take(self, collision: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[np.intp]]:
        """Records of ``collision`` (V,), one after the other, and for each record the index 0 to V - 1."""
        count = self._stop[collision] - self._start[collision]
        owner = np.repeat(np.arange(len(collision)), count)
        index = np.arange(len(owner)) + (self._start[collision] - (np.cumsum(count) - count))[owner]
        return self._records[index], owner


class PoolMaker:
    """Makes the pool chunk by chunk; a chunk is the same whichever process makes it."""

    def __init__(self, size: int, advance: Callable[[int], None]) -> None:
        self._size, self._advance = size, advance
        self._collisions = Collisions(MINIMUM_BIAS, _SEED)

    def __call__(self, chunk: int) -> NDArray[Any]:
        """Records of one chunk's collisions."""
        first = chunk * _CHUNK
        self._collisions.reseed(seed_for(_SEED, 0, chunk))
        parts = []
        for start in range(first, min(first + _CHUNK, self._size), _BATCH):
            n = min(_BATCH, first + _CHUNK - start, self._size - start)
            parts.append(_records(self._collisions.events(n), start))
            self._advance(n)
        return np.concatenate(parts)


def ensure_pool(size: int, processes: int = 1, directory: Path | None = None, *, quiet: bool = False) -> Path:
    """Path of the pool of ``size`` collisions, made now if it is not in the cache or damaged.

    It appears under its name only when whole, so several runs may make it at the same time.
    """
    path = pool_path(size, directory)
    if path.is_file():
        try:
            Pool(path, size)
        except GenerationError:
            pass  # Made anew below.
        else:
            return path
    _check_cache(path)
    chunks: dict[int, NDArray[Any]] = {}
    run_tasks(
        partial(PoolMaker, size),
        range(-(-size // _CHUNK)),
        processes,
        chunks.__setitem__,
        Progress("pileup pool", size, quiet=quiet),
    )
    records = np.concatenate([chunks[chunk] for chunk in sorted(chunks)])
    with whole_file(path) as file:
        np.save(file, records)
    return path


def _check_cache(path: Path) -> None:
    try:
        check_file(path)
    except (InputError, StorageError) as error:
        raise StorageError(
            error.what, "the pileup pool is kept there", "set XDG_CACHE_HOME to a folder that can be written"
        ) from error


def _records(particles: Particles, first_event: int) -> NDArray[Any]:
    records = np.empty(len(particles), _RECORD)
    for name in _RECORD.names or ():
        records[name] = getattr(particles, name)
    records["event"] += first_event
    reach = _reach(records)
    order = np.lexsort((reach, records["event"]))
    kept: NDArray[Any] = records[order[reach[order] < np.sinh(_ETA_MAX)]]
    return kept


def _reach(records: NDArray[Any]) -> NDArray[np.float32]:
    """|pz| / pt of what comes from the beam line, 0 for what does not."""
    pt = np.hypot(records["px"], records["py"])
    with np.errstate(divide="ignore"):
        slope = np.abs(records["pz"]) / pt
    return np.where(np.hypot(records["x"], records["y"]) < _PROMPT, slope, np.float32(0))


def _direction_limit(eta_max: float, card: DetectorCard) -> float:
    """Largest |pz| / pt of a particle from the beam line that can enter within |eta| < ``eta_max``.

    A vertex at -max_z sees an endcap further away; a field only bends towards larger eta. The
    innermost millimetres that are not quite on the beam line are allowed for.
    """
    if not np.isfinite(eta_max):
        return np.inf
    ring = card.magnet.half_length / np.sinh(eta_max)
    return float((card.magnet.half_length + card.vertex.max_z) / max(ring - 2 * _PROMPT, 1e-6))


def _damaged(path: Path, why: str) -> GenerationError:
    return GenerationError(
        f"the pileup pool {path} is damaged: {why}",
        "pileup is drawn from it",
        "remove the file: it is made anew",
    )
