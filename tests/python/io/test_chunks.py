"""Chunks that are unpacked outside HDF5 are those that it reads."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from synthetic import synthetic_pairs

from pyjetsim.errors import DataError
from pyjetsim.io import PairsFile, write_pairs
from pyjetsim.io.jets_h5.chunks import chunk_of
from pyjetsim.io.jets_h5.layout import CHUNK, required


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chunks") / "jets.h5"
    write_pairs(path, synthetic_pairs(CHUNK + 100, 1), {})
    return path


def test_a_chunk_is_what_hdf5_reads_of_every_column(written: Path) -> None:
    with h5py.File(written) as file:
        for name in required():
            for rows in (slice(0, CHUNK), slice(CHUNK, CHUNK + 100), slice(CHUNK, None), slice(0, 7)):
                found, expected = chunk_of(file[name], rows), file[name][rows]
                assert found is not None, name
                assert found.dtype == expected.dtype
                assert_array_equal(found, expected, strict=True)


def test_rows_that_are_not_one_chunk_are_left_to_hdf5(written: Path) -> None:
    with h5py.File(written) as file:
        for rows in (
            slice(1, 9),
            slice(0, CHUNK + 1),
            slice(0, 8, 2),
            slice(0, 0),
            slice(CHUNK - 1, CHUNK + 1),
        ):
            assert chunk_of(file["event"], rows) is None


def test_other_ways_of_writing_are_left_to_hdf5(tmp_path: Path) -> None:
    values = np.arange(40, dtype=np.float32).reshape(20, 2)
    packed = {"chunks": (10, 2), "compression": "gzip", "shuffle": True}
    with h5py.File(tmp_path / "f.h5", "w") as file:
        file.create_dataset("plain", data=values)
        file.create_dataset("chunked", data=values, chunks=(10, 2))
        file.create_dataset("unshuffled", data=values, chunks=(10, 2), compression="gzip")
        file.create_dataset("checked", data=values, fletcher32=True, **packed)
        file.create_dataset("lzf", data=values, chunks=(10, 2), compression="lzf", shuffle=True)
        file.create_dataset("columns", data=values, chunks=(10, 1), compression="gzip", shuffle=True)
        file.create_dataset("missing", (20, 2), np.float32, **packed)
        file.create_dataset(
            "texts", data=np.array(["a"] * 20, object), chunks=(10,), dtype=h5py.string_dtype()
        )
        file.create_dataset("big-endian", data=values.astype(">f4"), **packed)
        for name in set(file) - {"big-endian"}:
            assert chunk_of(file[name], slice(0, 10)) is None, name
        found = chunk_of(file["big-endian"], slice(10, 20))
        assert found is not None
        assert_array_equal(found, values[10:], strict=False)


def test_a_damaged_chunk_is_told_as_hdf5_tells_it(written: Path, tmp_path: Path) -> None:
    path = tmp_path / "jets.h5"
    path.write_bytes(written.read_bytes())
    with h5py.File(path) as file:
        place = file["gen/constituents"].id.get_chunk_info(0)
    with path.open("r+b") as raw:
        raw.seek(place.byte_offset + place.size // 2)
        raw.write(bytes(64))
    with (
        PairsFile(path) as file,
        pytest.raises(DataError, match=r"gen/constituents cannot be read: .*damaged or truncated"),
    ):
        file.read(0, CHUNK)
