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
from pyjetsim.errors import DataError, DataWarning, IncompleteFileError
from pyjetsim.io.formats import (
    NO_COLUMNS,
    Format,
    JetEventSource,
    PairReading,
    Reading,
    Source,
    read_formats,
)
from pyjetsim.io.gen_events import Event, GenSource
from pyjetsim.jets.jets import WEIGHT
from pyjetsim.jets.selection import PARTICLE_ETA_MAX


class HepMCFile:
    r"""The events of a file, one by one, in flat memory: iterate over it once.

    ``path``: a file or a pipe of HepMC's ASCII, told by its content; ``-`` is the standard input. Of each
    event the particles of status 1 with \|eta\| < ``eta_max`` that a detector can see, with momenta in GeV
    whatever the file has, and the event's weights. ``number_events``: events have the number of their place
    in the file, from 0, instead of the file's own. Other threads run while it reads.

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
                number, momenta, mass, pid, weights = event
                columns = {WEIGHT: weights} if len(weights) else NO_COLUMNS
                yield Event(number, momenta, mass, pid, columns)
        except IncompleteFileError:
            self._warn()
            raise
        self._warn()

    @property
    def weight_names(self) -> tuple[str, ...]:
        """(W,) of the column ``weight``: known from the first event on; empty where nobody said."""
        return self._reader.weight_names

    def _warn(self) -> None:
        for warning in self._reader.warnings:
            warnings.warn(warning, DataWarning, stacklevel=3)


def read_hepmc(
    path: str | Path, *, eta_max: float = PARTICLE_ETA_MAX, number_events: bool = False
) -> Iterator[Event]:
    """Read the events of a HepMC file one by one; for arguments and errors see :class:`HepMCFile`."""
    yield from HepMCFile(path, eta_max=eta_max, number_events=number_events)


def hepmc_or_nothing(path: Path, *, number_events: bool = False) -> HepMCFile:
    """A file that no other format recognises: HepMC, or nothing that is read.

    Raises :class:`~pyjetsim.errors.DataError` as :class:`HepMCFile` does; of what is no HepMC it tells what
    it may be, and which formats are read.
    """
    try:
        return HepMCFile(path, number_events=number_events)
    except IncompleteFileError:
        raise
    except DataError as error:
        if error.why != _core.ONLY_HEPMC:
            raise
        what, todo = error.what, error.todo
        if what.endswith(_NO_HEPMC):
            what, todo = (
                f"{what}, nor as another that is read; {_likeness(path)}",
                f"check the name, or {todo}",
            )
        raise DataError(what, f"read are {read_formats()}", todo) from error


_NO_HEPMC = "does not begin as a HepMC file"
"""The end of what C++ says of a file that it knows nothing of."""


def _likeness(path: Path) -> str:
    """What a file may be that no format recognises."""
    start = b""
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(_SEEN)
    if start[:2] in {b"\x80" + bytes([protocol]) for protocol in range(2, 6)}:
        return "it is a pickle, which runs code when it is read"
    try:
        text = start.decode("utf-8", errors="strict" if len(start) < _SEEN else "ignore")
    except UnicodeDecodeError:
        text = ""
    if not text.strip() or not all(letter.isprintable() or letter.isspace() for letter in text):
        return "it is binary, of no kind that is known here"
    return "it is JSON" if text.lstrip()[0] in "{[" else "it is text"


_SEEN = 4096


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
        file = hepmc_or_nothing(path, number_events=reading.number_events)
        yield GenSource(file, reading, path.name)

    def events(self, path: Path, reading: PairReading) -> AbstractContextManager[JetEventSource]:
        """Refused: there is no reco. What is no HepMC is told first."""
        hepmc_or_nothing(path)
        return super().events(path, reading)
