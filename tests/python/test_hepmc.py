"""HepMC3 events are read whole or the reader says where they end."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np
import pyhepmc
import pytest

from pyjetsim.errors import DataError, IncompleteFileError
from pyjetsim.hepmc import Event, is_hepmc, read_hepmc

END = b"HepMC::Asciiv3-END_EVENT_LISTING"


def particles(number: int) -> list[tuple[tuple[float, ...], int, int]]:
    """Momentum with energy in GeV, pid, status: visible ones, and each kind that is left out."""
    rng = np.random.default_rng(number)
    made: list[tuple[tuple[float, ...], int, int]] = []
    for mass, pid in ((0.13957, 211), (0.0, 22), (0.93827, -2212), (0.4976, 130)):
        p = rng.normal(0, 20, 3)
        made.append(((*p.tolist(), float(np.sqrt((p**2).sum() + mass**2))), pid, 1))
    made += [((10.0, 0.0, 0.0, 10.0), sign * pid, 1) for pid in (12, 14, 16) for sign in (1, -1)]
    made.append(((5.0, 5.0, 5.0, 10.0), 23, 2))  # decayed
    made.append(((0.01, 0.0, 30.0, 30.0), 211, 1))  # |eta| = 8.7
    made.append(((0.0, 0.0, 30.0, 30.0), 22, 1))  # along the beam
    return made


def event(number: int, unit: pyhepmc.Units = pyhepmc.Units.GEV) -> pyhepmc.GenEvent:
    scale = 1000.0 if unit == pyhepmc.Units.MEV else 1.0
    made = pyhepmc.GenEvent(unit, pyhepmc.Units.MM)
    made.event_number = number
    vertex = pyhepmc.GenVertex()
    for pz in (6500.0, -6500.0):
        vertex.add_particle_in(pyhepmc.GenParticle((0, 0, pz * scale, 6500.0 * scale), 2212, 4))
    for momentum, pid, status in particles(number):
        vertex.add_particle_out(pyhepmc.GenParticle(tuple(x * scale for x in momentum), pid, status))
    made.add_vertex(vertex)
    return made


def write(path: Path, numbers: list[int], unit: pyhepmc.Units = pyhepmc.Units.GEV) -> Path:
    with pyhepmc.open(path, "w") as file:
        for number in numbers:
            file.write(event(number, unit))
    return path


def read(path: Path) -> tuple[list[Event], str]:
    """The events that can be read, and what stopped it."""
    found = []
    try:
        for each in read_hepmc(path):
            found.append(each)
    except IncompleteFileError as error:
        return found, str(error)
    return found, ""


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write(tmp_path_factory.mktemp("hepmc") / "plain.hepmc", [0, 1, 2, 3, 4]).read_bytes()


@pytest.mark.parametrize("suffix", [".hepmc", ".hepmc3", ".hepmc.gz", ".hepmc.zst"])
@pytest.mark.parametrize("unit", [pyhepmc.Units.GEV, pyhepmc.Units.MEV])
def test_visible_particles_in_gev(tmp_path: Path, suffix: str, unit: pyhepmc.Units) -> None:
    found, stopped = read(write(tmp_path / f"events{suffix}", [7, 3, 9], unit))
    assert stopped == ""
    assert [each.number for each in found] == [7, 3, 9]
    for each in found:
        visible = particles(each.number)[:4]
        np.testing.assert_allclose(each.momenta, [p[:3] for p, _, _ in visible], rtol=1e-12)
        assert each.pid.tolist() == [211, 22, -2212, 130]
        np.testing.assert_allclose(each.mass, [0.13957, 0, 0.93827, 0.4976], atol=2e-5)


def test_pyhepmc_reads_the_same(tmp_path: Path, plain: bytes) -> None:
    (tmp_path / "a.hepmc").write_bytes(plain)
    with pyhepmc.open(tmp_path / "a.hepmc") as file:
        theirs = [(e.event_number, e.numpy.particles.px[e.numpy.particles.pid == -2212]) for e in file]
    ours = [(e.number, e.momenta[e.pid == -2212, 0]) for e in read_hepmc(tmp_path / "a.hepmc")]
    assert ours == theirs


def test_eta_limit(tmp_path: Path) -> None:
    path = write(tmp_path / "a.hepmc", [1])
    assert len(next(read_hepmc(path, eta_max=9)).pid) == 5
    assert len(next(read_hepmc(path, eta_max=1e-9)).pid) == 0


def test_the_name_does_not_decide_on_compression(tmp_path: Path, plain: bytes) -> None:
    (tmp_path / "a.hepmc").write_bytes(gzip.compress(plain))
    assert len(read(tmp_path / "a.hepmc")[0]) == 5


def test_events_larger_than_what_is_read_at_once(
    tmp_path: Path, plain: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read(_file(tmp_path, plain))[0]
    for size in (150, 1000, 5000):
        monkeypatch.setattr("pyjetsim.hepmc._CHUNK", size)
        found, stopped = read(_file(tmp_path, plain))
        assert stopped == ""
        assert [each.number for each in found] == [0, 1, 2, 3, 4]
        for a, b in zip(found, whole, strict=True):
            np.testing.assert_array_equal(a.momenta, b.momenta)


def _file(folder: Path, content: bytes, name: str = "a.hepmc") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_cut_anywhere_keeps_the_events_before(tmp_path: Path, plain: bytes) -> None:
    starts = [match.start() for match in re.finditer(rb"^E ", plain, re.M)] + [plain.index(END)]
    for end in range(starts[0] + 2, len(plain) - len(END), 97):
        found, stopped = read(_file(tmp_path, plain[:end]))
        whole = sum(start <= end for start in starts[1:])
        # Without a byte of the next event, the last one may or may not be known to be whole.
        assert whole - 1 <= len(found) <= whole, end
        assert [each.number for each in found] == list(range(len(found)))
        assert all(len(each.pid) == 4 for each in found)
        where = f"stops after event {len(found) - 1}" if found else "stops before its first event"
        assert f"a.hepmc {where}: " in stopped


def test_cut_between_events_is_seen(tmp_path: Path, plain: bytes) -> None:
    found, stopped = read(_file(tmp_path, plain[: plain.index(b"E 3 ")]))
    assert len(found) == 3
    assert "stops after event 2: it has no end marker" in stopped


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_cut_compressed_file(tmp_path: Path, suffix: str) -> None:
    # Large enough that a compressor writes several blocks.
    path = write(tmp_path / f"a.hepmc{suffix}", list(range(400)))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 3 // 4])
    found, stopped = read(path)
    assert 100 < len(found) < 400
    assert [each.number for each in found] == list(range(len(found)))
    assert f"stops after event {len(found) - 1}: it cannot be decompressed" in stopped


def test_damaged_compressed_file(tmp_path: Path, plain: bytes) -> None:
    content = bytearray(gzip.compress(plain))
    content[40:60] = bytes(20)
    found, stopped = read(_file(tmp_path, bytes(content), "a.hepmc.gz"))
    assert len(found) < 5
    assert "cannot be decompressed" in stopped


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (rb"^P 4 .*\n", b"", "the next event has 14 of its 15 particles"),
        (rb"^E 2 1 15", b"E 2 1", "the next event has no particle count"),
        (rb"^E 2 1 15", b"E 2 1 x", "the next event has no particle count"),
        (rb"^P 4 -1 22 \S+", b"P 4 -1 22 zz", "a particle of the next event has no finite numbers"),
        (rb"^P 4 -1 22 \S+", b"P 4 -1 22 nan", "a particle of the next event has no finite numbers"),
        (rb"^P 4 -1 22", b"P 9 -1 22", "the next event cannot be parsed"),
        (rb"^P 4 -1 22 \S+", b"P 4 -1 22 1e999", "the next event cannot be parsed"),
    ],
)
def test_damaged_event_in_the_middle(
    tmp_path: Path, plain: bytes, old: bytes, new: bytes, message: str
) -> None:
    start = plain.index(b"E 2 ")
    damaged = plain[:start] + re.sub(old, new, plain[start:], count=1, flags=re.M)
    assert damaged != plain
    found, stopped = read(_file(tmp_path, damaged))
    assert [each.number for each in found] == [0, 1]
    assert f"stops after event 1: {message}" in stopped


def test_joined_files_are_not_read_in_silence(tmp_path: Path, plain: bytes) -> None:
    found, stopped = read(_file(tmp_path, plain + plain))
    assert len(found) == 5
    assert "stops after event 4: it goes on behind its end marker" in stopped


def test_event_without_particles_is_an_event(tmp_path: Path, plain: bytes) -> None:
    start, stop = plain.index(b"E 2 "), plain.index(b"E 3 ")
    found, stopped = read(_file(tmp_path, plain[:start] + b"E 2 0 0\nU GEV MM\n" + plain[stop:]))
    assert stopped == ""
    assert [len(each.pid) for each in found] == [4, 4, 0, 4, 4]


def test_file_without_events(tmp_path: Path, plain: bytes) -> None:
    assert read(_file(tmp_path, plain[: plain.index(b"E 0 ")] + END + b"\n\n")) == ([], "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b"some text\n" * 50, "does not begin as a HepMC3 file"),
        (bytes(range(256)) * 20, "does not begin as a HepMC3 file"),
        (b"HepMC::Version 3\nHepMC::IO_GenEvent-START_EVENT_LISTING\n", "does not begin as a HepMC3 file"),
    ],
)
def test_no_hepmc3(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        list(read_hepmc(_file(tmp_path, content)))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not there"):
        list(read_hepmc(tmp_path / "none.hepmc"))


def test_reader_is_silent_about_cut_files(
    tmp_path: Path, plain: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    read(_file(tmp_path, plain[: len(plain) // 2]))
    assert capfd.readouterr() == ("", "")
    assert pyhepmc.Setup.print_errors


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("a.hepmc", True),
        ("a.HepMC3.gz", True),
        ("a.b.hepmc.zst", True),
        ("a.h5", False),
        ("a.hepmc.tar", False),
        ("hepmc", False),
    ],
)
def test_names(name: str, known: bool) -> None:
    assert is_hepmc(Path(name)) == known
