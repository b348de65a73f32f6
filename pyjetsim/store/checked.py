"""A file that HDF5 survives a full disk with."""

# The methods are those of io.RawIOBase.
# ruff: noqa: D102

from __future__ import annotations

import io
from pathlib import Path
from typing import Any


class CheckedOutput(io.RawIOBase):
    """A new file for ``h5py.File(output, "w")`` that keeps the first error instead of raising it.

    HDF5 does not survive a failed write: it cannot close its file any more, writes tracebacks from
    destructors and may crash at exit. So after an error all writes seem to succeed and go nowhere;
    call :meth:`check` after writing and after closing the HDF5 file.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b", buffering=0)
        self._error: OSError | None = None

    def check(self) -> None:
        """Raise the first error that a write met."""
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Close the file; what the disk says only then is kept for :meth:`check`."""
        try:
            self._file.close()
        except OSError as error:
            self._error = self._error or error
        super().close()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: Any, /) -> int | None:
        return self._file.readinto(buffer)

    def write(self, data: Any, /) -> int:
        view = memoryview(data).cast("B")
        written = 0
        while self._error is None and written < len(view):
            try:
                written += self._file.write(view[written:])
            except OSError as error:
                self._error = error
        return len(view)

    def truncate(self, size: int | None = None, /) -> int:
        try:
            return self._file.truncate(size)
        except OSError as error:
            self._error = self._error or error
            return self.tell() if size is None else size
