"""Files of named arrays: .npy, .npz, .pt, HDF5 and Parquet, in pieces where the format allows it."""

from __future__ import annotations

import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim._core import is_hdf5
from pyjetsim._utils.extras import needs
from pyjetsim.errors import DataError

ONLY = "array"
"""What the array of a file is called that has one without a name."""
_ZIP, _NPY, _PARQUET = b"PK\x03\x04", b"\x93NUMPY", b"PAR1"
_OLD_TORCH = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""Of torch.save before 1.6, which wrote no zip."""


_NUMBERS = "biufV"
"""Kinds of NumPy types that are read: no text, and no complex numbers."""


class ArrayType(NamedTuple):
    """What is known of an array before it is read."""

    shape: tuple[int | None, ...]
    """None: as many as each jet has."""
    dtype: str
    unit: str | None = None
    """The file's own word."""


class ArrayFile(ABC):
    """Named arrays. Use as a context manager; raises :class:`~pyjetsim.errors.DataError`."""

    kind: str
    """As messages call it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.arrays: dict[str, ArrayType] = {}

    def __enter__(self) -> ArrayFile:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:  # noqa: B027  some hold nothing
        """Let go of the file."""

    @abstractmethod
    def rows(self, name: str, size: int) -> Iterator[Any]:
        """An array, ``size`` entries of its first axis at a time: NumPy arrays, or awkward ones of lists."""

    def whole(self, name: str) -> NDArray[Any]:
        """An array that is small, such as event numbers."""
        parts = [np.asarray(part) for part in self.rows(name, 1 << 16)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def damaged(self, error: Exception) -> DataError:
        """What a library says about the file, in one line."""
        said = " ".join(str(error).split()) or type(error).__name__
        return DataError(
            f"{self.path} cannot be read as {self.kind}: {said[:200]}",
            "it is damaged or truncated, or holds what is no array of numbers",
            "write it anew",
        )


def is_array_file(path: Path, start: bytes) -> bool:
    """Whether :func:`open_arrays` can try: told by the first bytes, and of HDF5 by what is not in it."""
    if start.startswith((_NPY, _PARQUET, _OLD_TORCH)):
        return True
    if start.startswith(_ZIP):
        return _zip_kind(path) is not None
    return is_hdf5(start) and _is_free_hdf5(path)


def open_arrays(path: Path) -> ArrayFile:
    """Open a file of arrays, told by its content.

    Raises :class:`~pyjetsim.errors.DataError` for one that cannot be read, and
    :class:`~pyjetsim.errors.MissingExtraError` where the library for it is not installed.
    """
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}", "there are arrays in it", "check the name"
        ) from error
    if start.startswith(_NPY):
        return _Npy(path)
    if start.startswith(_PARQUET):
        return _Parquet(path)
    if is_hdf5(start):
        return _Hdf5(path)
    kind = _zip_kind(path) if start.startswith(_ZIP) else None
    if kind == "torch" or start.startswith(_OLD_TORCH):
        return _Torch(path)
    if kind == "npz":
        return _Npz(path)
    raise DataError(
        f"{path} is no file of arrays",
        ".npy, .npz, .pt, HDF5 and Parquet are, told by their content",
        "check the name, or write the arrays with numpy.savez",
    )


def _zip_kind(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError):
        return "npz"  # cut, or damaged: told by who reads it
    if any(name.endswith("/data.pkl") for name in names):
        return "torch"
    return "npz" if names and all(name.endswith(".npy") for name in names) else None


def _is_free_hdf5(path: Path) -> bool:
    """HDF5 that names no format of its own and has not the groups of ours."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return "format" not in file.attrs and not isinstance(file.get("gen"), h5py.Group)
    except (OSError, RuntimeError, KeyError, TypeError, ValueError):
        return False  # who reads jets.h5 says what is wrong


class _Memory(ArrayFile):
    """Arrays that are in memory, or mapped."""

    _values: dict[str, NDArray[Any]]

    def _hold(self, values: dict[str, NDArray[Any]]) -> None:
        self._values = {
            name: array for name, array in values.items() if array.ndim and array.dtype.kind in _NUMBERS
        }
        self.arrays = {name: ArrayType(array.shape, str(array.dtype)) for name, array in self._values.items()}

    def rows(self, name: str, size: int) -> Iterator[Any]:
        array = self._values[name]
        for start in range(0, len(array), size):
            yield np.asarray(array[start : start + size])


class _Npy(_Memory):
    kind = "NumPy's .npy"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            self._hold({ONLY: np.load(path, mmap_mode="r", allow_pickle=False)})
        except (OSError, ValueError, EOFError) as error:
            raise self.damaged(error) from error


class _Npz(ArrayFile):
    """Each array is whole in memory while it is read: compressed, none can be read in parts."""

    kind = "NumPy's .npz"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._raw = path.open("rb")
        try:
            self._file = np.load(self._raw, allow_pickle=False)
            for name in self._file.files:
                of = self._type(name)
                if of.shape and np.dtype(of.dtype if of.dtype[0] != "[" else "V1").kind in _NUMBERS:
                    self.arrays[name] = of
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            self._raw.close()
            raise self.damaged(error) from error

    def _type(self, name: str) -> ArrayType:
        form = np.lib.format
        with self._file.zip.open(f"{name}.npy") as member:
            version = form.read_magic(member)
            read = form.read_array_header_1_0 if version == (1, 0) else form.read_array_header_2_0
            shape, _, dtype = read(member)
        return ArrayType(shape, str(dtype))

    def rows(self, name: str, size: int) -> Iterator[Any]:
        try:
            array = self._file[name]
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise self.damaged(error) from error
        for start in range(0, len(array), size):
            yield array[start : start + size]

    def close(self) -> None:
        self._file.close()
        self._raw.close()


class _Torch(_Memory):
    """What torch.save wrote of tensors alone: no code in a file is run."""

    kind = "torch's .pt"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with needs("train", f"reading {path.name}, tensors of torch,"):
            import torch
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # of many classes, by the version of torch
            if "weights_only" in str(error) or "Unsupported" in str(error):
                raise DataError(
                    f"{path} holds other things than tensors",
                    "reading them would run code that the file brings",
                    "save the tensors alone: torch.save({'gen': gen, 'reco': reco}, file)",
                ) from error
            raise self.damaged(error) from error
        self._hold(dict(_tensors(content, "")))
        if not self.arrays:
            raise DataError(f"{path} holds no tensors", "jets are read from them", "save a dict of tensors")


def _tensors(content: Any, name: str) -> Iterator[tuple[str, NDArray[Any]]]:
    import torch

    if isinstance(content, torch.Tensor):
        here = content.detach().to_dense() if content.layout != torch.strided else content.detach()
        # NumPy has no bfloat16.
        yield name or ONLY, (here.float() if here.dtype == torch.bfloat16 else here).resolve_conj().numpy()
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _tensors(value, f"{name}/{key}" if name else str(key))
    elif isinstance(content, list | tuple):
        for place, value in enumerate(content):
            yield from _tensors(value, f"{name}/{place}" if name else str(place))


class _Hdf5(ArrayFile):
    kind = "HDF5"
    _ERRORS = (OSError, RuntimeError, KeyError, TypeError, ValueError)

    def __init__(self, path: Path) -> None:
        import h5py

        super().__init__(path)
        try:
            self._file = h5py.File(path, "r")

            def look(name: str, item: Any) -> None:
                if isinstance(item, h5py.Dataset) and item.dtype.kind in _NUMBERS and item.shape:
                    self.arrays[name] = ArrayType(item.shape, str(item.dtype), _unit(item, self._file))

            self._file.visititems(look)
        except self._ERRORS as error:
            raise self.damaged(error) from error

    def rows(self, name: str, size: int) -> Iterator[Any]:
        dataset = self._file[name]
        for start in range(0, len(dataset), size):
            try:
                part = np.asarray(dataset[start : start + size])
            except self._ERRORS as error:
                raise self.damaged(error) from error
            yield part

    def close(self) -> None:
        self._file.close()


def _unit(dataset: Any, file: Any) -> str | None:
    for holder in (dataset, dataset.parent, file):
        for name in ("unit", "units"):
            word = holder.attrs.get(name)
            if isinstance(word, bytes):
                word = word.decode(errors="replace")
            if isinstance(word, str) and word:
                return word
    return None


class _Parquet(ArrayFile):
    """Columns of numbers or of lists of numbers."""

    kind = "Parquet"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with needs("formats", f"reading {path.name}, a Parquet file,"):
            import pyarrow
            import pyarrow.parquet
        self._errors = (pyarrow.ArrowException, OSError, ValueError)
        try:
            self._file = pyarrow.parquet.ParquetFile(path)
            n = self._file.metadata.num_rows
            for column in self._file.schema_arrow:
                kind, shape = column.type, [n]
                while hasattr(kind, "value_type") and "list" in str(kind):
                    shape.append(getattr(kind, "list_size", None))
                    kind = kind.value_type
                word = (column.metadata or {}).get(b"unit")
                self.arrays[column.name] = ArrayType(
                    tuple(shape), str(kind), None if word is None else word.decode(errors="replace")
                )
        except self._errors as error:
            raise self.damaged(error) from error

    def rows(self, name: str, size: int) -> Iterator[Any]:
        import awkward as ak

        kept: list[Any] = []  # batches end where row groups do
        try:
            for batch in self._file.iter_batches(batch_size=size, columns=[name]):
                kept.append(ak.from_arrow(batch.column(0)))
                while (n := sum(map(len, kept))) >= size:
                    whole = ak.concatenate(kept)
                    yield _plain(whole[:size])
                    kept = [whole[size:]] if n > size else []
        except self._errors as error:
            raise self.damaged(error) from error
        if kept:
            yield _plain(ak.concatenate(kept))

    def close(self) -> None:
        self._file.close()


def _plain(values: Any) -> Any:
    """NumPy's, where there are no lists inside."""
    import awkward as ak

    return ak.to_numpy(values, allow_missing=False) if values.ndim == 1 and not values.fields else values
