"""Write a jets.h5: piece by piece, and whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
from numpy.typing import NDArray

from pyjetsim._utils.interrupts import held
from pyjetsim._utils.output import check_file, storage_errors, temporary_name
from pyjetsim.errors import InputError
from pyjetsim.io.jets_h5.checked import CheckedOutput
from pyjetsim.io.jets_h5.layout import CHUNK, FORMAT, JETS, PAIRS, VERSION
from pyjetsim.jets import Pairs


class PairsWriter:
    """Writes a jets.h5 piece by piece; the file appears under its name only when it is whole.

    Use as a context manager: leaving it without an exception finishes the file, with one removes
    what was written. ``provenance`` may be changed until then. Of several writers of one path, the
    last to finish stays. Ctrl-C and SIGTERM wait for the call that is writing: HDF5 calls back into
    Python, and an interrupt raised there would be lost together with what it was writing.

    Raises :class:`~pyjetsim.errors.InputError` for a path that is a folder and for a provenance that
    is no JSON, :class:`~pyjetsim.errors.StorageError` where the disk refuses.
    """

    def __init__(self, path: str | Path, provenance: Mapping[str, Any], max_constituents: int) -> None:
        self.path = Path(path)
        check_file(self.path)
        self.provenance: dict[str, Any] = json.loads(self._json(provenance))
        self.max_constituents = max_constituents
        self.written = 0
        self._temporary = temporary_name(self.path)

    def _json(self, provenance: Mapping[str, Any]) -> str:
        try:
            return json.dumps(dict(provenance), sort_keys=True)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"provenance of {self.path} cannot be written as JSON: {error}",
                "readers of the file must be able to tell where it comes from",
                "give text, numbers, lists and mappings only",
            ) from error

    def __enter__(self) -> PairsWriter:
        with storage_errors(self.path), ExitStack() as stack:
            with held():
                self.path.parent.mkdir(parents=True, exist_ok=True)
                stack.callback(self._temporary.unlink, missing_ok=True)
                self._output = CheckedOutput(self._temporary)
                stack.callback(self._output.close)
                self._file = h5py.File(self._output, "w")
                stack.callback(self._close_quietly)
                for group in ("gen", "reco"):
                    for name, (dtype, shape) in JETS.items():
                        inner = tuple(self.max_constituents if size == -1 else size for size in shape)
                        self._create(f"{group}/{name}", dtype, inner)
                for name, pair_dtype in PAIRS.items():
                    self._create(name, pair_dtype, ())
            self._cleanup = stack.pop_all()
        return self

    def _create(self, name: str, dtype: type, inner: tuple[int, ...]) -> None:
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

    def append(self, pairs: Pairs) -> None:
        """Add pairs at the end; constituents beyond P are cut, missing ones padded."""
        if len(pairs) == 0:
            return
        with held(), storage_errors(self.path):
            for group, jets in (("gen", pairs.gen), ("reco", pairs.reco)):
                fitting = jets.padded_to(self.max_constituents)
                for name in JETS:
                    self._extend(f"{group}/{name}", getattr(fitting, name))
            for name in PAIRS:
                self._extend(name, getattr(pairs, name))
            self._output.check()
            self.written += len(pairs)

    def _extend(self, name: str, values: NDArray[Any]) -> None:
        dataset = self._file[name]
        dataset.resize(self.written + len(values), axis=0)
        dataset[self.written :] = values

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with held(), self._cleanup:
            if kind is None:
                self._finish()

    def _finish(self) -> None:
        with storage_errors(self.path):
            self._file.attrs["format"] = FORMAT
            self._file.attrs["version"] = VERSION
            self._file.attrs["provenance"] = self._json(self.provenance)
            self._file.close()
            self._output.close()
            self._output.check()
            self._temporary.replace(self.path)

    def _close_quietly(self) -> None:
        # A full disk cannot be flushed either; the first error is the one to tell.
        with held(), suppress(OSError, RuntimeError):
            self._file.close()


def write_pairs(path: str | Path, pairs: Pairs, provenance: Mapping[str, Any]) -> None:
    """Write all pairs at once."""
    with PairsWriter(path, provenance, pairs.gen.constituents.shape[1]) as writer:
        writer.append(pairs)
