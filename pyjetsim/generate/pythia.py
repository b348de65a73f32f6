"""Collisions from PYTHIA 8 (arXiv:2203.11601): presets, the user's own settings, events as arrays."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import awkward as ak
import numpy as np
import pythia8mc
from numpy.typing import NDArray

from pyjetsim.errors import GenerationError, InputError, RecipeError
from pyjetsim.generate.particles import Particles
from pyjetsim.jets.clustering import visible
from pyjetsim.jets.noise import stream_seed

BEAMS = ("Beams:idA = 2212", "Beams:idB = 2212", "Beams:eCM = 13000.")
MINIMUM_BIAS = (*BEAMS, "SoftQCD:inelastic = on")

PRESETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # Both W to quarks. 120 GeV fills jets down to the training threshold of 130 GeV.
        "ww": (
            *BEAMS,
            "WeakDoubleBoson:ffbar2WW = on",
            "24:onMode = off",
            "24:onIfAny = 1 2 3 4 5",
            "PhaseSpace:pTHatMin = 120.",
        ),
        "qcd": (*BEAMS, "HardQCD:all = on", "PhaseSpace:pTHatMin = 160."),
        "ttbar": (*BEAMS, "Top:gg2ttbar = on", "Top:qqbar2ttbar = on"),
        # A Higgs boson from two W or Z, with its two quarks, to muons.
        "vbf_hmumu": (
            *BEAMS,
            "HiggsSM:ff2Hff(t:ZZ) = on",
            "HiggsSM:ff2Hff(t:WW) = on",
            "25:onMode = off",
            "25:onIfMatch = 13 -13",
        ),
        # What PYTHIA has of a Z and two jets by electroweak forces alone: WZ with W to quarks, Z to muons.
        # Fusion of two W to a Z is not among its processes.
        "ewk_zjj": (
            *BEAMS,
            "WeakDoubleBoson:ffbar2ZW = on",
            "23:onMode = off",
            "23:onIfMatch = 13 -13",
            "23:mMin = 50.",
            "24:onMode = off",
            "24:onIfAny = 1 2 3 4 5",
        ),
        # Z or photon with a hard parton, to muons; more jets are the shower's.
        "drell_yan_jets": (
            *BEAMS,
            "WeakBosonAndParton:qqbar2gmZg = on",
            "WeakBosonAndParton:qg2gmZq = on",
            "23:onMode = off",
            "23:onIfMatch = 13 -13",
            "23:mMin = 50.",
            "PhaseSpace:pTHatMin = 20.",
        ),
    }
)

_BEFORE_HADRONS = (71, 72)
"""PYTHIA's statuses of the partons that become hadrons, without sign."""
_QUIET = ("Print:quiet = on", "Print:errors = off", "Next:numberCount = 0")
_MM = 1e-3
_SEEDS = 900_000_000


def process_settings(process: str, pthat_min: float | None = None) -> tuple[str, ...]:
    """PYTHIA's settings for a preset, or the lines of a ``.cmnd`` file.

    ``pthat_min`` in GeV replaces ``PhaseSpace:pTHatMin``. Raises
    :class:`~pyjetsim.errors.InputError` for an unknown preset or a file that is not there.
    """
    if process in PRESETS:
        lines = PRESETS[process]
    elif process.endswith(".cmnd"):
        try:
            lines = tuple(Path(process).read_text(encoding="utf-8").splitlines())
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"PYTHIA settings {process} cannot be read: {error}",
                "they say what collides",
                "check the name",
            ) from error
    else:
        raise InputError(
            f"there is no process {process!r}",
            "PYTHIA must know what collides",
            f"use one of {', '.join(PRESETS)}, or a file of PYTHIA settings whose name ends in .cmnd",
        )
    return lines if pthat_min is None else (*lines, f"PhaseSpace:pTHatMin = {pthat_min!r}")


def pythia_version() -> str:
    """Version of the PYTHIA library, as "8.317"."""
    return f"{pythia8mc.Pythia('', False).parm('Pythia:versionNumber'):.3f}"


def seed_for(seed: int, *key: int) -> int:
    """A seed for PYTHIA; another ``key`` gives another stream of the same run.

    The last number of ``key`` counts up from a start that the others decide: hashes of so few
    seeds would give two shards of a long run the same collisions.
    """
    *ids, number = key or (0,)
    return (stream_seed("PYTHIA", seed, *ids) + number) % (_SEEDS - 1) + 1


@dataclass(frozen=True, slots=True)
class Truth:
    """What flavours of jets are told by: M hadrons and partons of E collisions, event after event."""

    momenta: NDArray[np.float64]
    """(M, 3) px, py, pz in GeV."""
    pid: NDArray[np.int32]
    """(M,) of a parton; 5 or 4 for a hadron with b, or c, quarks that decays into none of these."""
    parton: NDArray[np.bool_]
    """(M,) true for partons."""
    event: NDArray[np.intp]
    """(M,) 0 to E - 1, never falling."""
    weight: NDArray[np.float64]
    """(E,) of the collisions."""


class Collisions:
    """One PYTHIA, initialised once and reseeded for every shard.

    The events after :meth:`reseed` depend on settings, the initial seed and the new seed alone, not
    on what was generated before.
    """

    def __init__(self, settings: Sequence[str], seed: int) -> None:
        """Raise RecipeError for settings that PYTHIA rejects, GenerationError if it cannot start."""
        self._pythia = _configured(settings, seed, _QUIET)
        with _captured():
            started = self._pythia.init()
        if not started:
            raise _init_error(settings, seed)
        self._charges: dict[int, float] = {}

    def reseed(self, seed: int) -> None:
        """Go on as a PYTHIA that just started with ``seed``."""
        self._pythia.rndm.init(seed)

    def events(self, n: int) -> Particles:
        """``n`` collisions: their stable visible particles. Metres, GeV.

        Collisions that PYTHIA gives up on are made again. Raises
        :class:`~pyjetsim.errors.GenerationError` when it fails all the time.
        """
        return Particles.concatenate([self._particles(batch, first) for batch, first in self._batches(n)])

    def events_with_truth(self, n: int) -> tuple[Particles, Truth]:
        """``n`` collisions as :meth:`events`, the same ones, and what tells the flavour of their jets."""
        particles, truths = [], []
        for batch, first in self._batches(n):
            particles.append(self._particles(batch, first))
            truths.append(_truth(batch, first))
        joined = (np.concatenate([getattr(truth, field.name) for truth in truths]) for field in fields(Truth))
        return Particles.concatenate(particles), Truth(*joined)

    def _batches(self, n: int) -> Iterator[tuple[Any, int]]:
        """PYTHIA's records, and the number of the first event of each."""
        done = 0
        while done < n:
            batch = self._pythia.nextBatch(n - done)
            if len(batch) == 0:
                raise GenerationError(
                    f"PYTHIA failed {n - done} times in a row after {done} events of this batch",
                    "these settings give it no events, or no more of them",
                    "check them with PYTHIA alone; fewer or looser cuts often help",
                )
            yield batch, done
            done += len(batch)

    def _particles(self, batch: Any, first_event: int) -> Particles:
        particle = batch.prt
        keep = particle.status > 0
        counts = ak.to_numpy(ak.sum(keep, axis=1))
        chosen = ak.flatten(particle[keep])
        pid = ak.to_numpy(chosen.id).astype(np.int32)
        seen = visible(pid)

        def column(values: Any) -> NDArray[np.float64]:
            return np.asarray(ak.to_numpy(values), np.float64)[seen]

        # Particles from the collision itself have no vertex of their own.
        x, y, z = (
            column(ak.fill_none(values, 0.0)) * _MM
            for values in (chosen.vProd.px, chosen.vProd.py, chosen.vProd.pz)
        )
        pid = pid[seen]
        return Particles(
            px=column(chosen.p.px),
            py=column(chosen.p.py),
            pz=column(chosen.p.pz),
            mass=np.maximum(column(chosen.m), 0.0),
            x=x,
            y=y,
            z=z,
            charge=self._charge(pid),
            pid=pid,
            pileup=np.zeros(len(pid), np.bool_),
            event=np.repeat(np.arange(len(counts)), counts)[seen] + first_event,
        )

    def _charge(self, pid: NDArray[np.int32]) -> NDArray[np.float64]:
        species, index = np.unique(pid, return_inverse=True)
        for each in species.tolist():
            if each not in self._charges:
                self._charges[each] = float(self._pythia.particleData.charge(each))
        return np.array([self._charges[each] for each in species.tolist()], np.float64)[index]


def _truth(batch: Any, first_event: int) -> Truth:
    particle = batch.prt
    counts = ak.to_numpy(ak.num(particle))
    every = ak.flatten(particle)
    pid = ak.to_numpy(every.id).astype(np.int32)
    event = np.repeat(np.arange(len(counts)), counts)
    begin = np.cumsum(counts) - counts
    mother = ak.to_numpy(every.mother1).astype(np.intp) + begin[event]
    flavour = np.zeros(len(pid), np.int32)
    for quark in (4, 5):
        holds = has_quark(pid, quark)
        # The last one of a chain of decays: none of what it decays into has the quark.
        holds[mother[holds]] = False
        flavour[holds] = quark
    absolute = np.abs(pid)
    parton = np.isin(np.abs(ak.to_numpy(every.status)), _BEFORE_HADRONS)
    parton &= (absolute == 21) | ((absolute >= 1) & (absolute <= 5))
    rows = np.flatnonzero(parton | (flavour > 0))
    momenta = [np.asarray(ak.to_numpy(every.p[name]), np.float64)[rows] for name in ("px", "py", "pz")]
    return Truth(
        np.stack(momenta, axis=1),
        np.where(parton, pid, flavour)[rows],
        parton[rows],
        event[rows] + first_event,
        np.asarray(ak.to_numpy(ak.firsts(batch.info.weights)), np.float64),
    )


def has_quark(pid: NDArray[np.integer], quark: int) -> NDArray[np.bool_]:
    """(M,) true for PDG ids of hadrons with a quark, 4 or 5, of which it is not a heavier one."""
    digits = np.abs(pid) % 10_000  # excited ones have more in front
    hundreds, thousands = digits // 100 % 10, digits // 1000 % 10
    hadron = (digits > 100) & (digits // 10 % 10 > 0)
    return np.asarray(hadron & (np.maximum(hundreds, thousands) == quark))


def check_settings(settings: Sequence[str]) -> None:
    """Raise :class:`~pyjetsim.errors.RecipeError` for what PYTHIA rejects, without starting it."""
    _configured(settings, 1, _QUIET)


def _configured(settings: Sequence[str], seed: int, output: Sequence[str]) -> Any:
    with _captured() as text:
        pythia = pythia8mc.Pythia("", False)
        with tempfile.NamedTemporaryFile("w", suffix=".cmnd", encoding="utf-8") as file:
            file.write("\n".join(settings) + "\n")
            file.flush()
            accepted = pythia.readFile(file.name)
    if not accepted:
        raise _settings_error(settings, text())
    if pythia.mode("Beams:frameType") in (4, 5):
        raise RecipeError(
            "Beams:frameType in the PYTHIA settings asks for events from a file or a program",
            "every shard would get the same events",
            "shower them with PYTHIA, write HepMC and give that to `pyjetsim simulate`",
        )
    # After the user's: quiet, and with our seed.
    for line in (*output, "Random:setSeed = on", f"Random:seed = {seed}"):
        pythia.readString(line)
    return pythia


def _settings_error(settings: Sequence[str], said: str) -> RecipeError:
    complaints = [line.strip() for line in said.splitlines() if line.strip()]
    shown = " ".join(complaints[:2]) or "it does not say why"
    lines = [line.strip() for line in settings]
    numbers = [f"line {lines.index(text) + 1}: " for text in complaints if text in lines]
    where = numbers[0] if numbers else ""
    return RecipeError(
        f"PYTHIA rejects its settings, {where}{shown}",
        "it would run with other settings than asked for",
        "correct that line; PYTHIA's manual has all settings",
    )


def _init_error(settings: Sequence[str], seed: int) -> GenerationError:
    """Start once more, only to hear why it fails."""
    pythia = _configured(settings, seed, ("Print:quiet = off",))
    with _captured() as text:
        pythia.init()
    complaints = [line.strip() for line in text().splitlines() if line.startswith(" PYTHIA ")]
    return GenerationError(
        f"PYTHIA cannot start: {complaints[0] if complaints else 'it does not say why'}",
        "these settings give it no process, beams or phase space to work with",
        "correct the settings and check them with PYTHIA alone",
    )


@contextmanager
def _captured() -> Iterator[Any]:
    """Keep what the library writes to the process's own output; yields a function that returns it.

    For that time the output of the whole process goes there, of every thread: no bar may be on the
    screen.
    """
    with tempfile.TemporaryFile() as file:
        saved = [(descriptor, os.dup(descriptor)) for descriptor in (1, 2)]
        for descriptor, _ in saved:
            os.dup2(file.fileno(), descriptor)
        content: list[str] = []
        try:
            yield lambda: "".join(content)
        finally:
            for descriptor, copy in saved:
                os.dup2(copy, descriptor)
                os.close(copy)
            file.seek(0)
            content.append(file.read().decode(errors="replace"))
