"""jets.h5: write, append, read in pieces, split by event.

Format ``pyjetsim.jets``, version 1; the layout is in ``docs/formats.md``.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import h5py
import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import DataError, InputError, StorageError
from pyjetsim.jets import Jets, Pairs, transverse_momentum
from pyjetsim.output import CheckedOutput
from pyjetsim.selection import Selection

FORMAT = "pyjetsim.jets"
VERSION = 1
_CHUNK = 1024

Split = Literal["train", "validation", "test", "all"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test", "all")
_SPLIT_FRACTIONS = (("train", 0.6), ("validation", 0.2), ("test", 0.2))

_JETS = {
    "constituents": (np.float32, (-1, 3)),
    "pid": (np.int32, (-1,)),
    "n_constituents": (np.int32, ()),
    "jet": (np.float32, (4,)),
}
_PAIRS = {"event": np.int64, "delta_r": np.float32, "n_vertices": np.int32}


def in_split(event: NDArray[np.integer], split: Split) -> NDArray[np.bool_]:
    """(N,) which events belong to a split: 60 % train, 20 % validation, 20 % test.

    By a hash of the event number (splitmix64), so jets of one event stay together and a longer
    file keeps the split of a shorter one.
    """
    if split == "all":
        return np.ones(len(event), np.bool_)
    if split not in SPLITS:
        raise InputError(
            f"there is no split {split!r}",
            "training must not see test jets",
            f"use one of {', '.join(SPLITS)}",
        )
    with np.errstate(over="ignore"):
        x = event.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        position = ((x ^ (x >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    low = 0.0
    for name, fraction in _SPLIT_FRACTIONS:
        if name == split:
            return np.asarray((position >= low) & (position < low + fraction))
        low += fraction
    raise AssertionError(split)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what the disk says into one :class:`~pyjetsim.errors.StorageError`."""
    try:
        yield
    except OSError as error:
        # HDF5 reports a full disk as a failed write, with the errno only in its message.
        full = error.errno == errno.ENOSPC or "No space left" in str(error)
        what = f"cannot write {path}: " + ("the disk is full" if full else str(error).splitlines()[0])
        raise StorageError(
            what,
            "what was finished before is kept",
            "free space or choose another place, then run the same command again",
        ) from error


class PairsWriter:
    """Writes a jets.h5 piece by piece; the file appears under its name only when it is whole.

    Use as a context manager: leaving it without an exception finishes the file, with one removes
    what was written.
    """

    def __init__(self, path: str | Path, provenance: Mapping[str, Any], max_constituents: int) -> None:
        self.path = Path(path)
        self.provenance = dict(provenance)
        self.max_constituents = max_constituents
        self.written = 0
        self._temporary = self.path.with_name(f".{self.path.name}.part")

    def __enter__(self) -> PairsWriter:
        with storage_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._output = CheckedOutput(self._temporary)
            self._file = h5py.File(self._output, "w")
        for group in ("gen", "reco"):
            for name, (dtype, shape) in _JETS.items():
                inner = tuple(self.max_constituents if size == -1 else size for size in shape)
                self._create(f"{group}/{name}", dtype, inner)
        for name, pair_dtype in _PAIRS.items():
            self._create(name, pair_dtype, ())
        return self

    def _create(self, name: str, dtype: type, inner: tuple[int, ...]) -> None:
        self._file.create_dataset(
            name,
            (0, *inner),
            dtype,
            maxshape=(None, *inner),
            chunks=(_CHUNK, *inner),
            compression="gzip",
            compression_opts=4,
            shuffle=True,
        )

    def append(self, pairs: Pairs) -> None:
        """Add pairs at the end; constituents beyond P are cut, missing ones padded."""
        if len(pairs) == 0:
            return
        with storage_errors(self.path):
            for group, jets in (("gen", pairs.gen), ("reco", pairs.reco)):
                fitting = jets.padded_to(self.max_constituents)
                for name in _JETS:
                    self._extend(f"{group}/{name}", getattr(fitting, name))
            for name in _PAIRS:
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
        if kind is None:
            try:
                with storage_errors(self.path):
                    self._file.attrs["format"] = FORMAT
                    self._file.attrs["version"] = VERSION
                    self._file.attrs["provenance"] = json.dumps(self.provenance, sort_keys=True)
                    self._file.close()
                    self._output.close()
                    self._output.check()
                    self._temporary.replace(self.path)
                return
            except StorageError:
                self._temporary.unlink(missing_ok=True)
                raise
        # A full disk cannot be flushed either; the first error is the one to tell.
        with suppress(OSError, RuntimeError):
            self._file.close()
        self._output.close()
        self._temporary.unlink(missing_ok=True)


def write_pairs(path: str | Path, pairs: Pairs, provenance: Mapping[str, Any]) -> None:
    """Write all pairs at once."""
    with PairsWriter(path, provenance, pairs.gen.constituents.shape[1]) as writer:
        writer.append(pairs)


class PairsFile:
    """A jets.h5 to read from, piece by piece. Use as a context manager.

    Opening checks format, version and shapes; reading checks the values. Both raise
    :class:`~pyjetsim.errors.DataError`.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._file = _open(self.path)
        try:
            self._check_layout()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> PairsFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return int(self._file["event"].shape[0])

    @property
    def max_constituents(self) -> int:
        """P, the constituents that a jet has room for."""
        return int(self._file["gen/constituents"].shape[1])

    @property
    def provenance(self) -> dict[str, Any]:
        """How the file was made."""
        try:
            provenance = json.loads(self._file.attrs["provenance"])
        except (KeyError, ValueError) as error:
            raise self._error(
                "provenance is missing or no JSON", "nobody could tell how the jets were made"
            ) from error
        return dict(provenance)

    @property
    def event(self) -> NDArray[np.int64]:
        """(N,) all event numbers: small enough to hold."""
        return np.asarray(self._read("event", slice(None)))

    def read(self, start: int = 0, stop: int | None = None) -> Pairs:
        """Pairs ``start`` to ``stop``, checked."""
        rows = slice(start, stop)
        gen, reco = (
            Jets(*(self._read(f"{group}/{name}", rows) for name in _JETS)) for group in ("gen", "reco")
        )
        pairs = Pairs(gen, reco, *(self._read(name, rows) for name in _PAIRS))
        if len(pairs):
            self._check_values(pairs, start)
        return pairs

    def batches(self, split: Split = "all", size: int = 8 * _CHUNK) -> Iterator[Pairs]:
        """All pairs of a split, about ``size`` rows of the file at a time."""
        for start in range(0, len(self), size):
            pairs = self.read(start, start + size)
            inside = in_split(pairs.event, split)
            if inside.any():
                yield pairs if inside.all() else pairs[inside]

    def selected(self, selection: Selection, split: Split = "all") -> Iterator[Pairs]:
        """Pairs whose reco jet is accepted, with constituents truncated as the selection says."""
        for pairs in self.batches(split):
            accepted = pairs[selection.accepts(pairs.reco)]
            if len(accepted):
                yield accepted

    def _read(self, name: str, rows: slice) -> NDArray[Any]:
        try:
            return np.asarray(self._file[name][rows])
        except (OSError, RuntimeError) as error:
            raise self._error(
                f"{name} cannot be read: {error}", "the file is damaged or truncated"
            ) from error

    def _error(
        self, what: str, why: str, todo: str = "make it anew or ask its maker for a whole copy"
    ) -> DataError:
        return DataError(f"{self.path}: {what}", why, todo)

    def _check_layout(self) -> None:
        file_format, version = self._file.attrs.get("format"), self._file.attrs.get("version")
        if file_format != FORMAT:
            raise self._error(
                f"format is {file_format!r}, not {FORMAT!r}",
                "only jets.h5 files hold pairs",
                "give a file made by `pyjetsim generate` or `convert`",
            )
        if version != VERSION:
            raise self._error(
                f"version is {version}, this pyjetsim reads {VERSION}",
                "the layout may have changed",
                "install the pyjetsim that wrote it",
            )
        names = [f"{group}/{name}" for group in ("gen", "reco") for name in _JETS] + list(_PAIRS)
        for name in names:
            if name not in self._file:
                raise self._error(f"{name} is missing", "a pair cannot be read without it")
        n, p = len(self), self._file["gen/constituents"].shape[1]
        for group in ("gen", "reco"):
            for name, (_, shape) in _JETS.items():
                self._check_shape(f"{group}/{name}", (n, *(p if size == -1 else size for size in shape)))
        for name in _PAIRS:
            self._check_shape(name, (n,))

    def _check_shape(self, name: str, expected: tuple[int, ...]) -> None:
        found = self._file[name].shape
        if found != expected:
            raise self._error(
                f"{name} has shape {found}, not {expected}", "its rows would belong to other jets"
            )

    def _check_values(self, pairs: Pairs, start: int) -> None:
        for group, jets in (("gen", pairs.gen), ("reco", pairs.reco)):
            for name in ("constituents", "jet"):
                finite = np.isfinite(getattr(jets, name)).reshape(len(jets), -1).all(axis=1)
                if not finite.all():
                    raise self._error(
                        f"{group}/{name} of jet {start + int(np.argmin(finite))} is not finite",
                        "a NaN spreads through a whole training",
                    )
            pt = transverse_momentum(jets.constituents)
            # Writers sort in double precision: allow for the rounding of float32.
            ordered = (np.diff(pt, axis=1) <= 1e-5 * pt[:, :-1]).all(axis=1)
            if not ordered.all():
                raise self._error(
                    f"{group}/constituents of jet {start + int(np.argmin(ordered))} are not pt-descending",
                    "truncation would drop the wrong ones",
                    "sort them: pyjetsim.Jets.from_constituents does",
                )


def _open(path: Path) -> h5py.File:
    if not path.is_file():
        raise DataError(f"{path} is not there", "there are no jets to read", "check the name")
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise DataError(
            f"{path} is no readable HDF5 file: {str(error).splitlines()[0]}",
            "it is truncated, damaged or of another kind",
            "make it anew or ask its maker for a whole copy",
        ) from error
