"""Files on a disk that fills: HDF5 closes in peace, the error is told, nothing is left behind."""

from __future__ import annotations

import errno
from pathlib import Path

import h5py
import numpy as np
import pytest
from synthetic import MakePairs

from pyjetsim.errors import StorageError
from pyjetsim.io import PairsFile, PairsWriter
from pyjetsim.io.jets_h5.checked import CheckedOutput
from pyjetsim.jets import Pairs


class SmallDisk:
    """A file on a disk with room for so many bytes."""

    def __init__(self, file: object, room: int) -> None:
        self._file, self.room = file, room

    def write(self, data: memoryview) -> int:
        if self.room == 0 and len(data):
            raise OSError(errno.ENOSPC, "No space left on device")
        part = data[: self.room]
        self.room -= len(part)
        return self._file.write(part)  # type: ignore[attr-defined, no-any-return]

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Room on the disk for the next file; change its entry."""
    size = [10**9]
    original = CheckedOutput.__init__

    def small(self: CheckedOutput, path: Path) -> None:
        original(self, path)
        self._file = SmallDisk(self._file, size[0])  # type: ignore[assignment]

    monkeypatch.setattr(CheckedOutput, "__init__", small)
    return size


def write(path: Path, pairs: Pairs) -> None:
    with PairsWriter(path, {"why": "test"}, 80) as writer:
        for start in range(0, len(pairs), 500):
            writer.append(pairs[start : start + 500])


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.6, 0.9, 0.999])
def test_a_disk_that_fills_at_any_place(
    make_pairs: MakePairs, tmp_path: Path, room: list[int], share: float
) -> None:
    pairs = make_pairs(3000, 1)
    write(tmp_path / "whole.h5", pairs)
    room[0] = int(share * (tmp_path / "whole.h5").stat().st_size)
    with pytest.raises(StorageError, match="the disk is full"):
        write(tmp_path / "cut.h5", pairs)
    assert [path.name for path in tmp_path.iterdir()] == ["whole.h5"]


def test_short_writes_are_completed(tmp_path: Path) -> None:
    output = CheckedOutput(tmp_path / "file")
    written = output._file.write
    output._file = type(
        "OneByOne", (), {"write": lambda self, data: written(data[:3]), "close": output._file.close}
    )()  # type: ignore[assignment]
    assert output.write(b"0123456789") == 10
    output.close()
    output.check()
    assert (tmp_path / "file").read_bytes() == b"0123456789"


def test_hdf5_reads_back_what_it_wrote(tmp_path: Path) -> None:
    output = CheckedOutput(tmp_path / "x.h5")
    values = np.arange(10_000)
    with h5py.File(output, "w") as file:
        file["values"] = values
        assert (file["values"][:] == values).all()
    output.close()
    output.check()
    with h5py.File(tmp_path / "x.h5") as file:
        assert (file["values"][:] == values).all()


def test_no_pairs_can_be_written_and_read(make_pairs: MakePairs, tmp_path: Path) -> None:
    with PairsWriter(tmp_path / "none.h5", {}, 80) as writer:
        writer.append(make_pairs(2, 1)[:0])
    with PairsFile(tmp_path / "none.h5") as file:
        assert len(file.read()) == 0


def test_no_method_raises_what_hdf5_would_lose(tmp_path: Path) -> None:
    output = CheckedOutput(tmp_path / "file")

    class Broken:
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    whole, output._file = output._file, Broken()  # type: ignore[assignment]
    output.seek(3)
    output.tell()
    output.readinto(bytearray(2))
    output.truncate(5)
    output.truncate()
    output.flush()
    assert output.write(b"abc") == 3
    output.close()
    whole.close()
    with pytest.raises(KeyboardInterrupt):
        output.check()
