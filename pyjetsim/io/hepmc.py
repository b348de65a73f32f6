"""HepMC events (HepMC3 and HepMC2 ASCII; plain, gzip, Zstandard) as flat arrays of their stable particles.

Read in C++ (``csrc/io``), by what ``pyjetsim-run`` reads with.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import ClassVar

from pyjetsim import _core
from pyjetsim.errors import DataWarning, IncompleteFileError
from pyjetsim.io.formats import Format, JetEventSource, PairReading, Reading, Source
from pyjetsim.io.gen_events import Event, GenSource
from pyjetsim.jets.selection import PARTICLE_ETA_MAX


class HepMCFile:
    r"""The events of a file, one by one, in flat memory: iterate over it once.

    ``path``: a file or a pipe of HepMC's ASCII, told by its content; ``-`` is the standard input. Of each
    event the particles of status 1 with \|eta\| < ``eta_max`` that a detector can see, with momenta in GeV
    whatever the file has. ``number_events``: events have the number of their place in the file, from 0,
    instead of the file's own. Other threads run while it reads.

    Raises :class:`~pyjetsim.errors.DataError` for a file that is missing or no HepMC, and
    :class:`~pyjetsim.errors.IncompleteFileError` after the last good event where the file is cut or damaged.
    What is unusual but harmless, such as a missing end marker or events that share a number, is a
    :class:`~pyjetsim.errors.DataWarning` after the last event.
    """

    def __init__(
        self, path: str | Path, *, eta_max: float = PARTICLE_ETA_MAX, number_events: bool = False
    ) -> None:
        self._reader = _core.HepMCReader(os.fsencode(path), eta_max, number_events)
        self.format: str = self._reader.format
        """"HepMC3" or "HepMC2"."""
        self.name = "standard input" if str(path) == "-" else str(path)
        """As messages call it."""

    def __iter__(self) -> Iterator[Event]:
        try:
            while (event := self._reader.next()) is not None:
                yield Event(*event)
        except IncompleteFileError:
            self._warn()
            raise
        self._warn()

    def _warn(self) -> None:
        for warning in self._reader.warnings:
            warnings.warn(warning, DataWarning, stacklevel=3)


def read_hepmc(
    path: str | Path, *, eta_max: float = PARTICLE_ETA_MAX, number_events: bool = False
) -> Iterator[Event]:
    """Read the events of a HepMC file one by one; for arguments and errors see :class:`HepMCFile`."""
    yield from HepMCFile(path, eta_max=eta_max, number_events=number_events)


class HepMC(Format):
    r"""Events, whose gen jets are clustered: anti-kt of the visible stable particles within \|eta\| < 5."""

    protocol: ClassVar[int] = 1
    name: ClassVar[str] = "HepMC"
    reads: ClassVar[str] = "HepMC (ASCII, plain or compressed)"
    clusters: ClassVar[bool] = True

    def recognises(self, start: bytes) -> bool:
        """What no other format recognises is told by the reader."""
        return True

    @contextmanager
    def open(self, path: Path, reading: Reading) -> Iterator[Source]:
        """The gen jets of a split of the events."""
        file = HepMCFile(path, eta_max=PARTICLE_ETA_MAX, number_events=reading.number_events)
        yield GenSource(file, reading, path.name)

    def events(self, path: Path, reading: PairReading) -> AbstractContextManager[JetEventSource]:
        """Refused: there is no reco. What is no HepMC is told first."""
        HepMCFile(path)
        return super().events(path, reading)
