"""Text on its way out: whatever the encoding of a terminal or a pipe."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_HANDLER = "pyjetsim.spelt"
_IN_ASCII = {"–": "-", "—": "-", "±": "+-", "→": "->", "…": "...", "²": "2", "×": "x"}
"""What our own tables and lines are written with."""


def counted(count: int, thing: str) -> str:
    """Spell a number of things: "1 event", "2 events"."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


@contextmanager
def any_text() -> Iterator[None]:
    r"""Let standard output and standard error take any text meanwhile.

    What their encoding lacks is written in ASCII, as ``+-`` or ``\xe9``, and a file's name in bytes that
    were no text, as those bytes.
    """
    former = []
    for stream in (sys.stdout, sys.stderr):
        # Others, such as a notebook's, take all text.
        if isinstance(stream, io.TextIOWrapper):
            former.append((stream, stream.errors))
            stream.reconfigure(errors=_HANDLER)
    try:
        yield
    finally:
        for stream, errors in former:
            stream.reconfigure(errors=errors)


def _spelt(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return b"".join(map(_bytes_of, error.object[error.start : error.end])), error.end


def _bytes_of(character: str) -> bytes:
    if "\udc80" <= character <= "\udcff":  # a byte of a name, by PEP 383
        return character.encode("ascii", "surrogateescape")
    return _IN_ASCII.get(character, character).encode("ascii", "backslashreplace")


codecs.register_error(_HANDLER, _spelt)
