"""pyjetsim and pyjetsim-run read the same HepMC files, say the same of them, and are right."""

from __future__ import annotations

import random
import re
import subprocess
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hepmc_cases import AFTER, B2, BEFORE, CASES, END2, END3, HEAD2, HEAD3, B, Case
from test_run_program import FIELDS, provenance, pytestmark, read, start

from pyjetsim import _core
from pyjetsim.errors import DataWarning, Error
from pyjetsim.jets import Jets
from pyjetsim.simulate import Simulator, simulate
from pyjetsim.simulate import files as pipeline_module

__all__ = ["pytestmark"]
_FUZZED = 40


class Verdict(NamedTuple):
    """What a program makes of a file."""

    error: str
    """The one line; empty where it ends with 0."""
    warnings: list[str]
    events: np.ndarray
    """The number of each jet's event; none where no file was left."""
    gen: Jets | None


@pytest.fixture(autouse=True)
def _loaded_once(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline_module, "load", lambda *_, **__: sim)


def _said(text: str, output: Path) -> str:
    return text.replace(str(output), "OUTPUT")


def _left(output: Path) -> tuple[np.ndarray, Jets | None]:
    if not output.exists():
        return np.zeros(0, np.int64), None
    pairs = read(output)
    return pairs.event, pairs.gen


def _by_python(source: Path, bundle: Path, options: tuple[str, ...]) -> Verdict:
    output, error = source.with_name("python.h5"), ""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", DataWarning)
        try:
            simulate(source, bundle, output, 1, gen_pt_min=20, number_events="--number-events" in options)
        except Error as failure:
            error = _said(str(failure), output)
    return Verdict(error, [_said(str(each.message), output) for each in told], *_left(output))


def _started(source: Path, bundle: Path, options: tuple[str, ...]) -> subprocess.Popen[str]:
    output = source.with_name("cpp.h5")
    return start(source, "--bundle", bundle, "--output", output, "--gen-pt-min", 20, "--quiet", *options)


def _by_program(source: Path, process: subprocess.Popen[str]) -> Verdict:
    output = source.with_name("cpp.h5")
    _, err = process.communicate(timeout=300)
    status = process.returncode
    lines = [_said(line.removeprefix("pyjetsim-run: "), output) for line in err.splitlines()]
    told = [line.removeprefix("warning: ") for line in lines if line.startswith("warning: ")]
    errors = [line for line in lines if not line.startswith("warning: ")]
    assert (status, len(errors)) in ((0, 0), (2, 1)), err
    return Verdict("".join(errors), told, *_left(output))


def _tell_the_same(ours: str, theirs: str) -> None:
    """The same words, but that each program tells what it reads, and Python what else a file may be."""
    what, reason, todo = theirs.partition(f" ({_core.ONLY_HEPMC}): ")
    if not reason:
        assert ours == theirs
        return
    assert ours.startswith(what)
    assert " (read are " in ours
    assert ours.endswith(todo)


def _the_same(source: Path, bundle: Path, options: tuple[str, ...] = ()) -> Verdict:
    process = _started(source, bundle, options)  # side by side
    ours = _by_python(source, bundle, options)
    theirs = _by_program(source, process)
    _tell_the_same(ours.error, theirs.error)
    assert ours.warnings == theirs.warnings
    np.testing.assert_array_equal(ours.events, theirs.events)
    assert (ours.gen is None) == (theirs.gen is None)
    if ours.gen is not None and theirs.gen is not None:
        for name in FIELDS:
            np.testing.assert_array_equal(getattr(ours.gen, name), getattr(theirs.gen, name), err_msg=name)
        made = [provenance(source.with_name(name))["source"] for name in ("python.h5", "cpp.h5")]
        assert made[0] == made[1]
    return ours


# These are read by Python alone, and each program tells what it reads.
BY_PYTHON_ALONE = [f"kinds: {name}" for name in ("ROOT", "a ZIP archive", "Parquet", "NumPy")]


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.name in BY_PYTHON_ALONE], ids=lambda case: case.name
)
def test_damaged_files_that_python_alone_reads(case: Case, bundle: Path, tmp_path: Path) -> None:
    source = tmp_path / "file"
    source.write_bytes(case.content)
    process = _started(source, bundle, ())
    ours, theirs = _by_python(source, bundle, ()), _by_program(source, process)
    assert case.error in theirs.error
    assert ours.error.startswith(str(source))
    assert "\n" not in ours.error
    assert ours.gen is None
    assert theirs.gen is None


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.name not in BY_PYTHON_ALONE], ids=lambda case: case.name
)
def test_the_verdict(case: Case, bundle: Path, tmp_path: Path) -> None:
    # A name that says nothing: the content decides.
    (tmp_path / "file").write_bytes(case.content)
    verdict = _the_same(tmp_path / "file", bundle, case.options)
    assert case.error in verdict.error
    assert bool(case.error) == bool(verdict.error)
    assert len(verdict.warnings) == len(case.warnings), verdict.warnings
    for expected, told in zip(case.warnings, verdict.warnings, strict=True):
        assert re.search(expected, told), told
    kept = list(dict.fromkeys(verdict.events.tolist()))
    with_jets = [number for number in dict.fromkeys(case.events) if number >= 0]
    empty = {8} if "without particles" in case.name else set()
    assert kept == [number for number in with_jets if number not in empty]
    if case.events:
        jets = 3 * sum(number >= 0 and number not in empty for number in case.events)
        assert len(verdict.events) == pytest.approx(jets, abs=3)  # a case may move a particle out of reach
    else:
        assert verdict.gen is None
    assert "\n" not in verdict.error


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            HEAD3 + "E 8 1 2\nU GEV MM\nP 1 0 2212 0 0 7000 7000 0.938 4\nV -1 0 [1]\n"
            "P 2 -1 22 12 0 0 12 0 1\n",
            r"no gen jet of .*file passes the cuts \(the hardest within \|eta\| < 3 has pt 12 GeV, and those "
            r"above 20 GeV are taken\): lower --gen-pt-min$",
        ),
        (
            HEAD3 + "E 8 1 2\nU GEV MM\nP 1 0 2212 0 0 7000 7000 0.938 4\nV -1 0 [1]\n"
            "P 2 -1 22 30 0 900 900.5 0 1\n",
            r"the hardest has pt 30 GeV at eta 4.09, and none is within\): raise --gen-eta-max, which is 3$",
        ),
        (
            HEAD3 + "E 8 1 3\nU GEV MM\nP 1 0 2212 0 0 7000 7000 0.938 4\nV -1 0 [1]\n"
            "P 2 -1 22 30 0 900 900.5 0 1\nP 3 -1 22 12 0 0 12 0 1\n",
            r"has pt 12 GeV, .*; the hardest has pt 30 GeV at eta 4.09\): lower --gen-pt-min, or raise --gen",
        ),
        (HEAD3 + "E 8 0 0\nE 9 0 0\n", r"file has no gen jets \(none of its events has a particle"),
    ],
)
def test_the_cut_that_no_jet_passes(content: str, told: str, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(content + END3)
    verdict = _the_same(tmp_path / "file", bundle)
    assert (verdict.error, len(verdict.events)) == ("", 0)
    (warning,) = verdict.warnings
    assert re.search(told, warning), warning


def _mutated(text: bytes, chance: random.Random) -> bytes:
    words = [
        b"-1",
        b"1.5",
        b"1e999",
        b"nan",
        b"+",
        b"0x1",
        b"99999999999999999999",
        b"[",
        b"]",
        b",",
        b"@",
        b"\n",
    ]
    words += [
        b"E ",
        b"P ",
        b"V ",
        b"U GEV MM\n",
        b"HepMC::",
        b"\r",
        b"\xff",
        b"\0",
        END3.encode(),
        HEAD2.encode(),
    ]
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(text))
        length = chance.randint(1, 12)
        kind = chance.randrange(6)
        if kind == 0:
            text = text[:at] + bytes([chance.randrange(256)]) + text[at + 1 :]
        elif kind == 1:
            text = text[:at] + text[at + length :]
        elif kind == 2:
            text = text[:at] + chance.choice(words) + text[at:]
        elif kind == 3:
            text = text[:at] + chance.choice(words) + text[at + length :]
        elif kind == 4:
            lines = text.split(b"\n")
            first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
            lines[first], lines[second] = lines[second], lines[first]
            text = b"\n".join(lines)
        else:
            text = text[: max(at, 1)]
    return text


def _texts() -> tuple[bytes, bytes]:
    other = B2.replace("E 8", "E 4")
    return (HEAD3 + BEFORE + B + AFTER + END3).encode(), (HEAD2 + B2 + other + END2).encode()


@pytest.mark.parametrize("seed", range(_FUZZED))
def test_damaged_files_get_the_same_verdict(seed: int, bundle: Path, tmp_path: Path) -> None:
    chance = random.Random(seed)
    (tmp_path / "file").write_bytes(_mutated(chance.choice(_texts()), chance))
    _the_same(tmp_path / "file", bundle)


def test_the_program_reads_no_root(bundle: Path, tmp_path: Path) -> None:
    source = tmp_path / "file"
    source.write_bytes(b"root\x00\x00\xf3\xc0" + bytes(900))
    verdict = _by_program(source, _started(source, bundle, ()))
    assert "is a ROOT file (only HepMC's ASCII events are read)" in verdict.error
