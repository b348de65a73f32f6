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
    destructors and may crash at exit. So no method that it calls raises anything, not even an
    interrupt: after an error all writes seem to succeed and go nowhere. Call :meth:`check` after
    writing and after closing the HDF5 file.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b", buffering=0)
        self._error: BaseException | None = None

    def check(self) -> None:
        """Raise the first error that a method met."""
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Close the file; what the disk says only then is kept for :meth:`check`."""
        try:
            self._file.close()
        except BaseException as error:
            self._keep(error)
        super().close()

    def _keep(self, error: BaseException) -> None:
        self._error = self._error or error

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def flush(self) -> None:
        """Nothing is held back; unlike the inherited one, a closed file is no error."""

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        try:
            return self._file.seek(offset, whence)
        except BaseException as error:
            self._keep(error)
            return offset

    def tell(self) -> int:
        try:
            return self._file.tell()
        except BaseException as error:
            self._keep(error)
            return 0

    def readinto(self, buffer: Any, /) -> int | None:
        try:
            return self._file.readinto(buffer)
        except BaseException as error:
            self._keep(error)
            return 0

    def write(self, data: Any, /) -> int:
        view = memoryview(data).cast("B")
        written = 0
        try:
            while self._error is None and written < len(view):
                written += self._file.write(view[written:])
        except BaseException as error:
            self._keep(error)
        return len(view)

    def truncate(self, size: int | None = None, /) -> int:
        try:
            return self._file.truncate(size)
        except BaseException as error:
            self._keep(error)
            return self.tell() if size is None else size
