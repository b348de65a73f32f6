"""HepMC3 events (plain, gzip, Zstandard) as flat arrays of their stable particles."""

from __future__ import annotations

import gzip
import io
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyhepmc
from numpy.typing import NDArray

from pyjetsim.clustering import in_acceptance, visible
from pyjetsim.errors import DataError, IncompleteFileError

SUFFIXES = (".hepmc", ".hepmc3")
COMPRESSIONS = ("", ".gz", ".zst")

_HEADER = b"HepMC::Asciiv3-START_EVENT_LISTING"
_END = b"HepMC::Asciiv3-END_EVENT_LISTING"
_NO_NUMBER = re.compile(rb"\nP [-+0-9.eE \r]*+[^\n]")
_CHUNK = 1 << 20
_STABLE = 1
_ASK_ANEW = "make it anew or ask its maker for a whole copy"


class Event(NamedTuple):
    """The visible stable particles of an event."""

    number: int
    momenta: NDArray[np.float64]
    """(M, 3) px, py, pz in GeV."""
    mass: NDArray[np.float64]
    """(M,) GeV."""
    pid: NDArray[np.int32]
    """(M,) PDG ids."""


def is_hepmc(path: Path) -> bool:
    """True for names like events.hepmc, events.hepmc3.gz and events.hepmc.zst."""
    return path.name.lower().endswith(tuple(s + c for s in SUFFIXES for c in COMPRESSIONS))


def read_hepmc(path: str | Path, *, eta_max: float = 5.0) -> Iterator[Event]:
    """Read the events of a HepMC3 file one by one, in flat memory.

    Of each event the particles of status 1 with \\|eta\\| < ``eta_max`` that a detector can see, with
    momenta in GeV whatever the file has. Compression is told from the first bytes, not the name.

    Raises :class:`~pyjetsim.errors.DataError` for a file that is missing or no HepMC3, and
    :class:`~pyjetsim.errors.IncompleteFileError` after the last good event where the file is cut or damaged.
    """
    path = Path(path)
    number = None
    try:
        with _opened(path) as stream:
            header, texts = _event_texts(stream, path)
            for text in texts:
                event = _parse(header + text, eta_max)
                if event is None:
                    raise _BrokenError("the next event cannot be parsed")
                number = event.number
                yield event
    except _BrokenError as error:
        last = "before its first event" if number is None else f"after event {number}"
        raise IncompleteFileError(
            f"{path} stops {last}: {error}", "the file is cut or damaged there", _ASK_ANEW
        ) from error


class _BrokenError(Exception):
    """The stream ends or errs where it should not."""


@contextmanager
def _opened(path: Path) -> Iterator[io.BufferedIOBase]:
    if not path.is_file():
        raise DataError(f"{path} is not there", "there are no events to read", "check the name")
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start[:2] == b"\x1f\x8b":
            with gzip.open(file) as stream:
                yield stream
        elif start == b"\x28\xb5\x2f\xfd":
            with _zstd().open(file) as stream:
                yield stream
        else:
            yield file


def _zstd() -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


def _chunks(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """About a MB at a time; where decompression fails, first all that came before."""
    parts: list[bytes] = []
    try:
        while part := stream.read1(_CHUNK):
            parts.append(part)
            if sum(map(len, parts)) >= _CHUNK:
                yield b"".join(parts)
                parts = []
    except Exception as error:
        # Zstandard's own error has another home in each Python version.
        if not isinstance(error, (EOFError, OSError, zlib.error)) and type(error).__name__ != "ZstdError":
            raise
        if parts:
            yield b"".join(parts)
        raise _BrokenError(f"it cannot be decompressed ({error})") from error
    if parts:
        yield b"".join(parts)


def _event_texts(stream: io.BufferedIOBase, path: Path) -> tuple[bytes, Iterator[bytes]]:
    """The file's header, and the text of each event: from its line E to the next."""
    chunks = _chunks(stream)
    buffer = next(chunks, b"")
    if not buffer:
        raise DataError(f"{path} is empty", "there are no events to read", _ASK_ANEW)
    if _HEADER not in buffer[:4096]:
        raise DataError(
            f"{path} does not begin as a HepMC3 file",
            "only HepMC3 ASCII events are read",
            "write it with HepMC3's WriterAscii, or convert it with pyhepmc",
        )
    while b"\nE " not in buffer and _END not in buffer:
        more = next(chunks, b"")
        if not more:
            raise _BrokenError("it ends in its header")
        buffer += more
    start = buffer.index(b"\nE ") + 1 if b"\nE " in buffer else buffer.index(_END)
    return buffer[:start], _split(chunks, buffer[start:])


def _split(chunks: Iterator[bytes], buffer: bytes) -> Iterator[bytes]:
    # What HepMC3's reader would do with a cut event is print and stop as if the file ended there.
    # So the events are told apart here, and it is given whole ones only.
    *whole, buffer = _events_in(buffer)
    yield from _checked(whole)
    for more in chunks:
        *whole, buffer = _events_in(buffer + more)
        yield from _checked(whole)
    text, end, rest = buffer.partition(_END)
    if text.strip():
        if not end and not text.endswith(b"\n"):
            raise _BrokenError("it ends in the middle of an event")
        yield from _checked([text])
    if not end:
        raise _BrokenError("it has no end marker")
    if rest.strip():
        raise _BrokenError("it goes on behind its end marker")


def _events_in(buffer: bytes) -> list[bytes]:
    first, *others = buffer.split(b"\nE ")
    return [first, *(b"E " + text for text in others)] if others else [buffer]


def _checked(texts: list[bytes]) -> Iterator[bytes]:
    """The events, as long as they have as many particles as their first lines say."""
    for candidate in texts:
        text, end, _ = candidate.partition(_END)
        words = text.split(b"\n", 1)[0].split()
        try:
            promised = int(words[3])
        except (IndexError, ValueError):
            raise _BrokenError("the next event has no particle count") from None
        found = text.count(b"\nP ")
        if found != promised:
            raise _BrokenError(f"the next event has {found} of its {promised} particles")
        # HepMC3 would read a number it does not understand as 0.
        if _NO_NUMBER.search(text):
            raise _BrokenError("a particle of the next event has no finite numbers")
        yield text
        if end:
            raise _BrokenError("it goes on behind its end marker")


@contextmanager
def _quiet() -> Iterator[None]:
    """HepMC3 prints what it does not understand; here it is raised."""
    setup = pyhepmc.Setup
    before = setup.print_errors, setup.print_warnings, setup.debug_level
    setup.print_errors = setup.print_warnings = False
    setup.debug_level = 0
    try:
        yield
    finally:
        setup.print_errors, setup.print_warnings, setup.debug_level = before


def _parse(text: bytes, eta_max: float) -> Event | None:
    event = pyhepmc.GenEvent()
    with _quiet():
        stream = pyhepmc.io.pyiostream(io.BytesIO(text + b"\n" + _END + b"\n"))
        reader = pyhepmc.io.ReaderAscii(stream)
        good = reader.read_event(event) and not reader.failed()
        reader.close()
    if not good:
        return None
    event.set_units(pyhepmc.Units.GEV, pyhepmc.Units.MM)
    particles = event.numpy.particles
    momenta = np.stack([particles.px, particles.py, particles.pz], axis=1).reshape(-1, 3)
    pid, energy = np.asarray(particles.pid), np.asarray(particles.e)
    if not (np.isfinite(momenta).all() and np.isfinite(energy).all()):
        return None
    kept = (np.asarray(particles.status) == _STABLE) & visible(pid) & in_acceptance(momenta, eta_max=eta_max)
    momentum2 = (momenta**2).sum(axis=1)
    mass = np.sqrt(np.maximum(energy**2 - momentum2, 0))
    return Event(int(event.event_number), momenta[kept], mass[kept], pid[kept].astype(np.int32))
