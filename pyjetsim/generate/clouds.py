"""Clouds of particles: gluon, light-quark and top jets near 1 TeV at generator level, as JetNet defines them.

R. Kansal et al., arXiv:2106.11535, section 2, from E. Coleman et al., arXiv:1709.08705: partons of 1 TeV
within 1 %, showered by PYTHIA with its Monash tune and underlying event; anti-kt jets of R 0.8 with 0.8 to
1.6 TeV; the 30 hardest particles, relative to the jet. What differs: PYTHIA's own leading order instead of
MadGraph's, W bosons of tops decay to quarks, and no detector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from pyjetsim import __version__
from pyjetsim._utils.processes import Advance, available_processes, run_tasks
from pyjetsim._utils.progress import Progress
from pyjetsim.errors import InputError
from pyjetsim.generate.pythia import BEAMS, Collisions, pythia_version, seed_for
from pyjetsim.io.clouds import CLASSES, PARTICLES, CloudsWriter, clouds_of
from pyjetsim.io.objects import Objects
from pyjetsim.io.outputs import JETS_H5, check_output
from pyjetsim.jets.clustering import FASTJET_VERSION, cluster, in_acceptance
from pyjetsim.jets.event_ids import unsigned
from pyjetsim.jets.selection import PARTICLE_ETA_MAX

RADIUS = 0.8
PT_MIN, PT_MAX = 800.0, 1600.0
"""Of jets, GeV."""
SHARD_EVENTS = 500
"""Collisions of one class in a shard, which has a seed of its own."""
_WINDOW = (*BEAMS, "PhaseSpace:pTHatMin = 995.", "PhaseSpace:pTHatMax = 1005.")
PROCESSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "gluon": (*_WINDOW, "HardQCD:gg2gg = on", "HardQCD:qqbar2gg = on"),
        "light_quark": (
            *_WINDOW,
            "HardQCD:qq2qq = on",
            "HardQCD:gg2qqbar = on",
            "HardQCD:qqbar2qqbarNew = on",
        ),
        "top": (
            *_WINDOW,
            "Top:gg2ttbar = on",
            "Top:qqbar2ttbar = on",
            "24:onMode = off",
            "24:onIfAny = 1 2 3 4 5",
        ),
    }
)
"""PYTHIA's settings by class: both hard partons are of it."""


def generate_clouds(
    events: int,
    output: str | Path,
    *,
    classes: Sequence[str] = tuple(PROCESSES),
    seed: int = 1,
    processes: int | None = None,
    quiet: bool = False,
) -> Path:
    """Generate clouds of the particles of jets, and write them as a table of objects.

    Parameters
    ----------
    events : int
        Collisions, shared by the classes in turn, SHARD_EVENTS at a time; each gives up to two jets.
    output : str or Path
        The file to write; :mod:`pyjetsim.io.clouds` has its columns.
    classes : sequence of str
        Of :data:`PROCESSES`.
    seed : int
        The same seed, classes and number of events give the same file.
    processes : int, optional
        Number of processes; None: one for each core. The file does not depend on it.
    quiet : bool
        Show no progress.

    Returns
    -------
    Path
        ``output``.

    Raises
    ------
    InputError
        For a class that is not known, a number that is out of range, or an output that cannot be written.
    GenerationError
        Where PYTHIA cannot go on.
    StorageError
        Where the disk is full or read-only.

    Examples
    --------
    >>> path = generate_clouds(600, "clouds.h5", classes=["top"], quiet=True)
    """
    for name in classes:
        if name not in PROCESSES:
            raise InputError(
                f"there is no class of clouds {name!r}",
                "PYTHIA must know what collides",
                f"use some of {', '.join(PROCESSES)}",
            )
    if events < 1 or not classes:
        raise InputError(
            f"{events} events of {len(classes)} classes are asked for",
            "nothing would be generated",
            "ask for some",
        )
    unsigned("seed", seed)
    path = Path(output)
    check_output(path, kinds=(JETS_H5,))
    workers = available_processes() if processes is None else processes
    shards = range(-(-events // SHARD_EVENTS))
    waiting: dict[int, Objects] = {}
    written = iter(shards)
    expected = next(written)
    with CloudsWriter(path, _provenance(events, classes, seed)) as writer:

        def keep(shard: int, clouds: Objects) -> None:
            nonlocal expected
            waiting[shard] = clouds
            while expected in waiting:  # in their order, whichever process was first
                writer.append(waiting.pop(expected))
                expected = next(written, -1)

        run_tasks(
            partial(ShardMaker, events, tuple(classes), seed),
            shards,
            workers,
            keep,
            Progress("generate", events, quiet=quiet),
        )
    return path


class ShardMaker:
    """Makes shards in one process; a shard does not depend on which process makes it, or when."""

    def __init__(self, events: int, classes: tuple[str, ...], seed: int, advance: Advance) -> None:
        self._events, self._classes, self._seed, self._advance = events, classes, seed, advance
        self._collisions: dict[str, Collisions] = {}

    def __call__(self, shard: int) -> Objects:
        """Make the clouds of a shard."""
        of = self._classes[shard % len(self._classes)]
        if of not in self._collisions:
            self._collisions[of] = Collisions(PROCESSES[of], seed_for(self._seed))
        collisions = self._collisions[of]
        collisions.reseed(seed_for(self._seed, 1, shard))
        first = shard * SHARD_EVENTS
        numbers = np.arange(first, min(first + SHARD_EVENTS, self._events))
        found = collisions.events(len(numbers))
        near = found[in_acceptance(found.momenta, eta_max=PARTICLE_ETA_MAX)]
        jets, event = cluster(
            near.momenta,
            near.offsets(len(numbers)),
            near.pid,
            near.mass,
            pt_min=PT_MIN,
            radius=RADIUS,
            max_constituents=PARTICLES,
        )
        # The two hardest of each event; further ones are of the shower.
        place = np.arange(len(event)) - np.searchsorted(event, event)
        chosen = (place < 2) & (jets.pt < PT_MAX)
        self._advance(len(numbers))
        return clouds_of(jets[chosen], np.full(int(chosen.sum()), CLASSES.index(of)), numbers[event[chosen]])


def _provenance(events: int, classes: Sequence[str], seed: int) -> dict[str, Any]:
    return {
        "pyjetsim": __version__,
        "generator": f"PYTHIA {pythia_version()}",
        "process": "clouds",
        "classes": list(classes),
        "pythia_settings": {name: list(PROCESSES[name]) for name in classes},
        "seed": seed,
        "events": events,
        "shard_events": SHARD_EVENTS,
        "jets": {
            "algorithm": "anti-kt, E scheme",
            "radius": RADIUS,
            "fastjet": FASTJET_VERSION,
            "max_constituents": PARTICLES,
            "pt": [PT_MIN, PT_MAX],
            "particles": "stable, without neutrinos, with their masses",
            "particle_eta_max": PARTICLE_ETA_MAX,
        },
    }
