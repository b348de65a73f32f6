"""HepMC events are read whole or the reader says where they end. Line by line: bundle/hepmc_cases.py."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyhepmc
import pytest

from pyjetsim.errors import DataError, DataWarning, IncompleteFileError
from pyjetsim.io.hepmc import Event, HepMCFile, read_hepmc
from pyjetsim.jets.clustering import in_acceptance, visible

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


WEIGHTS = ("nominal", "scale=2|up", "a\\b")


def weighted(path: Path, numbers: list[int], names: tuple[str, ...] = WEIGHTS, **settings: str) -> Path:
    """Events with weights of both signs."""
    run = pyhepmc.GenRunInfo()
    run.weight_names = list(names)
    with pyhepmc.open(path, "w", **settings) as file:
        for number in numbers:
            made = event(number)
            made.run_info = run
            made.weights = [(-1) ** number * (1 + number / 3), 1e-300, float(number)][: len(names)]
            file.write(made)
    return path


@pytest.mark.parametrize("settings", [{}, {"format": "HepMC2"}])
def test_weights_and_their_names_are_those_of_pyhepmc(tmp_path: Path, settings: dict[str, str]) -> None:
    path = weighted(tmp_path / "a.hepmc", [4, 7, 5], **settings)
    file = HepMCFile(path)
    assert file.format == settings.get("format", "HepMC3")
    found = np.array([each.columns["weight"] for each in file])
    with pyhepmc.open(path) as theirs:
        expected = [(each.weights, each.weight_names) for each in theirs]
    np.testing.assert_array_equal(found, [weights for weights, _ in expected])
    assert (found[1] < 0).any()
    assert file.weight_names == WEIGHTS
    assert list(WEIGHTS) == expected[0][1]


def test_names_with_blanks(tmp_path: Path) -> None:
    """HepMC3 writes an end between names and reads every blank as one."""
    names = ("the first", "and=the second")
    file = HepMCFile(weighted(tmp_path / "a.hepmc", [1], names))
    assert len(list(file)) == 1
    assert file.weight_names == names
    path = tmp_path / "b.hepmc"
    path.write_text((tmp_path / "a.hepmc").read_text().replace("W the first\\|and=the second", "W one two"))
    file = HepMCFile(path)
    assert len(list(file)) == 1
    assert file.weight_names == ("one", "two")


def test_an_event_without_weights_counts_once_among_others(tmp_path: Path) -> None:
    path = weighted(tmp_path / "a.hepmc", [0, 1])
    lines = path.read_text().splitlines(keepends=True)
    last = max(i for i, line in enumerate(lines) if line.startswith("W "))
    path.write_text("".join(line for i, line in enumerate(lines) if i != last))
    assert [each.columns["weight"].tolist() for each in read_hepmc(path)] == [[1, 1e-300, 0], [1, 1, 1]]
    assert all(not each.columns for each in read_hepmc(write(tmp_path / "none.hepmc", [0, 1])))


@pytest.mark.parametrize("settings", [{}, {"format": "HepMC2"}])
def test_other_names_of_weights_end_the_file(tmp_path: Path, settings: dict[str, str]) -> None:
    parts = [
        weighted(tmp_path / f"{n}.hepmc", [n], names, **settings).read_bytes()
        for n, names in ((1, WEIGHTS[:2]), (2, WEIGHTS[1::-1]))
    ]
    (tmp_path / "both.hepmc").write_bytes(b"".join(parts))
    found, error = read(tmp_path / "both.hepmc")
    assert [each.number for each in found] == [1]
    assert "event 2 calls its weights otherwise than the first event of the file (" in error


def by_pyhepmc(path: Path) -> Iterator[Event]:
    """What HepMC3's own reader makes of a file."""
    with pyhepmc.open(path) as file:
        for event in file:
            event.set_units(pyhepmc.Units.GEV, pyhepmc.Units.MM)
            found = event.numpy.particles
            momenta = np.stack([found.px, found.py, found.pz], axis=1).reshape(-1, 3)
            kept = (found.status == 1) & visible(found.pid) & in_acceptance(momenta, eta_max=5)
            mass = np.sqrt(np.maximum(found.e**2 - (momenta**2).sum(axis=1), 0))
            yield Event(event.event_number, momenta[kept], mass[kept], found.pid[kept])


def same_events(ours: list[Event], theirs: list[Event]) -> None:
    assert [each.number for each in ours] == [each.number for each in theirs]
    for a, b in zip(ours, theirs, strict=True):
        # HepMC3 sorts the particles of HepMC2's files anew.
        first, second = (np.lexsort((*each.momenta.T, each.pid)) for each in (a, b))
        np.testing.assert_array_equal(a.pid[first], b.pid[second])
        np.testing.assert_allclose(a.momenta[first], b.momenta[second], rtol=1e-14, atol=0)
        energies = [np.sqrt((e.momenta**2).sum(axis=1) + e.mass**2)[i] for e, i in ((a, first), (b, second))]
        np.testing.assert_allclose(*energies, rtol=1e-12)


@pytest.mark.parametrize("unit", [pyhepmc.Units.GEV, pyhepmc.Units.MEV])
def test_pyhepmc_reads_the_same(tmp_path: Path, unit: pyhepmc.Units) -> None:
    path = write(tmp_path / "a.hepmc", list(range(20)), unit)
    same_events(list(read_hepmc(path)), list(by_pyhepmc(path)))


def test_pyhepmc_reads_the_same_of_hepmc2(tmp_path: Path) -> None:
    with pyhepmc.io.WriterAsciiHepMC2(str(tmp_path / "a.hepmc")) as file:
        for number in range(20):
            file.write_event(event(number))
    assert HepMCFile(tmp_path / "a.hepmc").format == "HepMC2"
    same_events(list(read_hepmc(tmp_path / "a.hepmc")), list(by_pyhepmc(tmp_path / "a.hepmc")))


# Refused, each for its reason.
_DAMAGED = {
    "celeritas_ttbarsplit-12evt-1108prim.hepmc3": (0, "the status of particle 48 of event 1 is missing"),
    "hepmc3_inputIO30.hepmc": (2, "event 1 has 7 of its 8 particles"),
}
_TRIALS = Path(__file__).parents[4] / "shared" / "trials"


def test_files_of_other_projects(tmp_path: Path) -> None:
    files = [path for path in _TRIALS.glob("*") if re.search(r"\.(hepmc|dat)", path.name)]
    if not files:
        pytest.skip(f"{_TRIALS} with files of other projects is not here")
    for path in files:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            ours, stopped = read(path)
        theirs = list(by_pyhepmc(path))
        expected = _DAMAGED.get(path.name)
        if expected:
            assert len(ours) == expected[0]
            assert expected[1] in stopped
        else:
            assert stopped == ""
            assert len(ours) > 0
        # One that begins with an event is none for pyhepmc.
        if theirs:
            same_events(ours, theirs[: len(ours)] if expected else theirs)


def test_eta_limit(tmp_path: Path) -> None:
    path = write(tmp_path / "a.hepmc", [1])
    assert len(next(read_hepmc(path, eta_max=9)).pid) == 5
    assert len(next(read_hepmc(path, eta_max=1e-9)).pid) == 0


def test_the_name_does_not_decide_on_compression(tmp_path: Path, plain: bytes) -> None:
    (tmp_path / "a.hepmc").write_bytes(gzip.compress(plain))
    assert len(read(tmp_path / "a.hepmc")[0]) == 5


def _file(folder: Path, content: bytes, name: str = "a.hepmc") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_cut_anywhere_keeps_the_events_before(tmp_path: Path, plain: bytes) -> None:
    starts = [match.start() for match in re.finditer(rb"^E ", plain, re.M)] + [plain.index(END)]
    for end in range(starts[0] + 2, len(plain) - len(END), 97):
        if plain[end - 1 : end] == b"\n":
            continue
        found, stopped = read(_file(tmp_path, plain[:end]))
        whole = sum(start <= end for start in starts[1:])
        # Without a byte of the next event, the last one may or may not be known to be whole.
        assert whole - 1 <= len(found) <= whole, end
        assert [each.number for each in found] == list(range(len(found)))
        assert all(len(each.pid) == 4 for each in found)
        where = f"stops after event {len(found) - 1}" if found else "stops before its first event"
        assert f"a.hepmc {where}: " in stopped


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


def test_event_without_particles_is_an_event(tmp_path: Path, plain: bytes) -> None:
    start, stop = plain.index(b"E 2 "), plain.index(b"E 3 ")
    found, stopped = read(_file(tmp_path, plain[:start] + b"E 2 0 0\nU GEV MM\n" + plain[stop:]))
    assert stopped == ""
    assert [len(each.pid) for each in found] == [4, 4, 0, 4, 4]


def test_file_without_events(tmp_path: Path, plain: bytes) -> None:
    assert read(_file(tmp_path, plain[: plain.index(b"E 0 ")] + END + b"\n\n")) == ([], "")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not there"):
        list(read_hepmc(tmp_path / "none.hepmc"))


def test_reader_is_silent_about_cut_files(
    tmp_path: Path, plain: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    read(_file(tmp_path, plain[: len(plain) // 2]))
    assert capfd.readouterr() == ("", "")


def test_warnings_come_at_the_end(tmp_path: Path, plain: bytes) -> None:
    path = _file(tmp_path, plain.replace(b"\nE 3 ", b"\nE 2 ").replace(END, b""))
    events = read_hepmc(path)
    assert [next(events).number for _ in range(5)] == [0, 1, 2, 2, 4]
    with pytest.warns(DataWarning) as told, pytest.raises(StopIteration):
        next(events)
    assert "a.hepmc has no end marker (" in str(told[0].message)
    assert "1 of the 5 events of" in str(told[1].message)
    with pytest.warns(DataWarning, match="has no end marker"):
        assert [each.number for each in read_hepmc(path, number_events=True)] == [0, 1, 2, 3, 4]
    # Who stops earlier is told nothing.
    next(read_hepmc(path))


def test_threads_read_side_by_side(tmp_path: Path) -> None:
    path = write(tmp_path / "a.hepmc.gz", list(range(100)))
    setup = pyhepmc.Setup.print_errors, pyhepmc.Setup.print_warnings, pyhepmc.Setup.debug_level
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: list(read_hepmc(path)), range(8)):
            assert [each.number for each in found] == list(range(100))
    assert (pyhepmc.Setup.print_errors, pyhepmc.Setup.print_warnings, pyhepmc.Setup.debug_level) == setup


_COMMAS = """
import locale, sys
try:
    locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
except locale.Error:
    print("missing")
    sys.exit()
from pyjetsim.io.hepmc import read_hepmc
for event in read_hepmc(sys.argv[1]):
    print(event.number, event.momenta.tobytes().hex(), event.mass.tobytes().hex())
"""


def test_a_locale_with_a_decimal_comma(tmp_path: Path, plain: bytes) -> None:
    environment = dict(os.environ)
    if shutil.which("localedef"):
        # Where glibc has the sources of its locales, one is made.
        made = subprocess.run(
            ["localedef", "-i", "de_DE", "-f", "UTF-8", tmp_path / "de_DE.UTF-8"], capture_output=True
        )
        if (tmp_path / "de_DE.UTF-8").exists():
            environment["LOCPATH"] = str(tmp_path)
        assert made.returncode in (0, 1, 4)
    path = _file(tmp_path, plain)
    done = subprocess.run(
        [sys.executable, "-P", "-c", _COMMAS, path],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    if done.stdout == "missing\n":
        pytest.skip("the locale de_DE.UTF-8 is not here, and cannot be made")
    expected = [f"{e.number} {e.momenta.tobytes().hex()} {e.mass.tobytes().hex()}" for e in read_hepmc(path)]
    assert done.stdout.splitlines() == expected


def test_a_pipe(tmp_path: Path, plain: bytes) -> None:
    os.mkfifo(tmp_path / "pipe")
    for content, events, error in (
        (plain, 5, ""),
        (gzip.compress(plain), 5, ""),
        (plain[:-300], 4, "it ends in the"),
    ):
        writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(content,))
        writer.start()
        found, stopped = read(tmp_path / "pipe")
        writer.join()
        assert len(found) == events
        assert error in stopped


def test_a_pipe_that_nobody_writes_can_be_interrupted(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        list(read_hepmc(tmp_path / "pipe"))
    timer.join()


@pytest.mark.parametrize("behind", [0, 20])
def test_a_pipe_goes_on_after_an_interrupted_wait(tmp_path: Path, plain: bytes, behind: int) -> None:
    """Cut between lines, and within one."""
    os.mkfifo(tmp_path / "pipe")
    cut = plain.index(b"\n", len(plain) // 2) + 1 + behind
    with (tmp_path / "pipe").open("r+b", buffering=0) as pipe:
        pipe.write(plain[:cut])
        file = HepMCFile(tmp_path / "pipe")
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        events = iter(file)
        found = []
        with pytest.raises(KeyboardInterrupt):
            found.extend(events)
        timer.join()
        pipe.write(plain[cut:])
    found += list(file)
    assert [event.number for event in found] == [event.number for event in read_hepmc(_file(tmp_path, plain))]


def test_names_of_any_bytes(tmp_path: Path, plain: bytes) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xe9.hepmc"))
    path.write_bytes(plain)
    assert len(read(path)[0]) == 5
    path.write_bytes(plain[:-300])
    assert str(path) in read(path)[1]


def test_a_reader_goes_on_being_at_its_end(tmp_path: Path, plain: bytes) -> None:
    file = HepMCFile(_file(tmp_path, plain))
    assert file.format == "HepMC3"
    assert len(list(file)) == 5
    assert list(file) == []
