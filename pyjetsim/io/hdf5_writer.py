"""Write HDF5 piece by piece, and whole or not at all: what our writers share."""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import h5py
from numpy.typing import NDArray

from pyjetsim._utils.interrupts import held
from pyjetsim._utils.output import check_file, make_parents, remove_empty, storage_errors, temporary_name
from pyjetsim.errors import InputError
from pyjetsim.io.jets_h5.checked import CheckedOutput
from pyjetsim.io.jets_h5.layout import CHUNK


def as_json(path: Path, provenance: Mapping[str, Any]) -> str:
    """The provenance of a file as text.

    Parameters
    ----------
    path : Path
        The file, for the error.
    provenance : mapping
        Texts, numbers, lists and mappings.

    Returns
    -------
    str
        JSON, with sorted names.

    Raises
    ------
    InputError
        For a provenance that is no JSON.
    """
    try:
        return json.dumps(dict(provenance), sort_keys=True)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"provenance of {path} cannot be written as JSON: {error}",
            "readers of the file must be able to tell where it comes from",
            "give text, numbers, lists and mappings only",
        ) from error


class Hdf5Writer(ABC):
    """Writes rows; the file appears under its name only when it is whole.

    Use as a context manager: leaving it without an exception finishes the file, with one removes
    what was written. ``provenance`` may be changed until then.

    Parameters
    ----------
    path : str or Path
        The file; its folder is made where it is missing.
    provenance : mapping
        How the file was made, as JSON.

    Raises
    ------
    InputError
        For a path that is a folder and for a provenance that is no JSON.
    StorageError
        Where the disk refuses.

    Notes
    -----
    Of several writers of one path, the last to finish stays. Ctrl-C and SIGTERM wait for the call that is
    writing: HDF5 calls back into Python, and an interrupt raised there would be lost together with what it
    was writing.
    """

    def __init__(self, path: str | Path, provenance: Mapping[str, Any]) -> None:
        self.path = Path(path)
        check_file(self.path)
        self.provenance: dict[str, Any] = json.loads(as_json(self.path, provenance))
        self.written = 0
        self._temporary = temporary_name(self.path)

    @abstractmethod
    def _begin(self) -> None:
        """Create the datasets that are known before the first row."""

    @abstractmethod
    def _attributes(self) -> dict[str, Any]:
        """Attributes of the whole file beside the provenance."""

    def __enter__(self) -> Self:
        with storage_errors(self.path), ExitStack() as stack:
            with held():
                stack.callback(remove_empty, make_parents(self.path))
                stack.callback(self._temporary.unlink, missing_ok=True)
                self._output = CheckedOutput(self._temporary)
                stack.callback(self._output.close)
                self._file = h5py.File(self._output, "w")
                stack.callback(self._close_quietly)
                self._begin()
            self._cleanup = stack.pop_all()
        return self

    def _create(self, name: str, dtype: Any, inner: tuple[int, ...]) -> None:
        self._file.create_dataset(
            name,
            (0, *inner),
            dtype,
            maxshape=(None, *inner),
            chunks=(CHUNK, *inner),
            compression="gzip",
            compression_opts=4,
            shuffle=True,
        )

    def _append(self, columns: Mapping[str, NDArray[Any]], rows: int) -> None:
        """Add rows to the end of each dataset, as many as it is given; ``rows`` is what is counted."""
        with held(), storage_errors(self.path):
            for name, values in columns.items():
                dataset = self._file[name]
                begin = len(dataset)
                dataset.resize(begin + len(values), axis=0)
                dataset[begin:] = values
                # Now, not when it is closed: whoever looks at this frame, as profilers do, puts that off, and
                # the chunks would stand in another order in the file.
                dataset.flush()
            self._output.check()
            self.written += rows

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with held(), self._cleanup:
            if kind is None:
                self._finish()

    def _finish(self) -> None:
        with storage_errors(self.path):
            for name, value in self._attributes().items():
                self._file.attrs[name] = value
            self._file.attrs["provenance"] = as_json(self.path, self.provenance)
            self._file.close()
            self._output.close()
            self._output.check()
            # On the disk before it takes the name: after a power cut there is the old file or the new one.
            with self._temporary.open("rb") as file:
                os.fsync(file.fileno())
            self._temporary.replace(self.path)

    def _close_quietly(self) -> None:
        # A full disk cannot be flushed either; the first error is the one to tell.
        with held(), suppress(OSError, RuntimeError):
            self._file.close()
