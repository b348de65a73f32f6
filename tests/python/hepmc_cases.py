"""Small HepMC files and what is right for each: one table, to which both programs are held."""

from __future__ import annotations

import gzip
import sys
from typing import NamedTuple

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

HEAD3 = "HepMC::Version 3.02.05\nHepMC::Asciiv3-START_EVENT_LISTING\n"
END3 = "HepMC::Asciiv3-END_EVENT_LISTING\n\n"
HEAD2 = "\nHepMC::Version 2.06.09\nHepMC::IO_GenEvent-START_EVENT_LISTING\n"
END2 = "HepMC::IO_GenEvent-END_EVENT_LISTING\n"

# Three jets of one particle each.
B = """E 8 1 4
U GEV MM
W 1
P 1 0 2212 0 0 7000 7000 0.938 4
V -1 0 [1]
P 2 -1 211 200 1 2 201 0.139 1
P 3 -1 -211 -200 3 4 202 0.139 1
P 4 -1 22 50 290 5 297 0 1
"""
BEFORE = B.replace("E 8", "E 7")
AFTER = B.replace("E 8", "E 9")
# The same in HepMC2: two beams into a vertex, three particles out of it, of which one decays.
B2 = """E 8 -1 -1.0 -1 -1 20 0 2 1 2 0 1 1.0
U GEV MM
H 0 0 0 0 0 0 0 0 0 0 0 0 0
F 0 0 0 0 0 0 0 0 0
V -1 0 0 0 0 0 2 2 0
P 1 2212 0 0 7000 7000 0.938 4 0 0 -1 0
P 2 2212 0 0 -7000 7000 0.938 4 0 0 -1 0
P 3 211 200 1 2 201 0.139 1 0 0 0 1 1 501
P 4 111 -150 293 9 330 0.135 2 0 0 -2 0
V -2 0 0 0 0 0 0 2 1 0.5
P 5 22 -200 3 4 202 0 1 0 0 0 0
P 6 22 50 290 5 297 0 1 0 0 0 0
"""
BEFORE2 = B2.replace("E 8", "E 7")


class Case(NamedTuple):
    """A file, and what is right."""

    name: str
    content: bytes
    events: list[int]
    """The numbers of those that are read."""
    error: str = ""
    """What the one line for which it ends with 2 contains; empty where it ends with 0."""
    warnings: tuple[str, ...] = ()
    """What the lines contain that are told of it."""
    options: tuple[str, ...] = ()


def _swap(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def _file(event: str, *, before: str = BEFORE, head: str = HEAD3, end: str = END3) -> bytes:
    return (head + before + event + end).encode("latin-1")


def _in_mev(event: str) -> str:
    lines = [line.split() for line in event.replace("GEV", "MEV").splitlines()]
    return "".join(
        " ".join([*words[:4], *(f"{word}e3" for word in words[4:9]), words[9]] if words[0] == "P" else words)
        + "\n"
        for words in lines
    )


def _lines() -> list[Case]:
    """One line of the second event of two in HepMC3's format is altered."""
    reads = {
        "as it is": ("", ""),
        "plus signs": ("P 2 -1 211 200 1 2 201 0.139 1", "P 2 -1 +211 +200 1 +2.0e+0 201 0.139 +1"),
        "double blanks": ("E 8 1 4", "E  8  1  4"),
        "double blanks in a particle": ("P 2 -1 211 200", "P  2   -1  211  200"),
        "blanks at the end": ("W 1\n", "W 1  \n"),
        "blanks behind a particle": ("297 0 1\n", "297 0 1   \n"),
        "tabs": ("P 2 -1 211 200", "P\t2\t-1\t211\t200"),
        "a bare A": ("W 1\n", "W 1\nA\n"),
        "an attribute without a value": ("W 1\n", "W 1\nA 0 name\n"),
        "an attribute of a particle that is not there": ("W 1\n", "W 1\nA 99 flow 1\n"),
        "an unknown line": ("W 1\n", "W 1\nX something else\n"),
        "a comment": ("W 1\n", "W 1\n# by hand\n"),
        "an empty line": ("V -1", "\n\nV -1"),
        "no weights": ("W 1\n", ""),
        "a weight below zero": ("W 1\n", "W -0.5\n"),
        "a vertex without incoming particles": ("[1]", "[]"),
        "blanks in a list": ("[1]", "[ 1 ]"),
        "a particle twice in a list": ("[1]", "[1,1]"),
        "a position": ("[1]", "[1] @ 1 2 3 4e-5"),
        "a position that is no number": ("[1]", "[1] @ nan inf -nan 4"),
        "a position of the event": ("E 8 1 4", "E 8 1 4 @ 0 0 50 123"),
        "a mass below zero": ("201 0.139 1", "201 -0.139 1"),
        "a mass that is minus zero": ("201 0.139 1", "201 -0.0 1"),
        "an energy below the momentum": ("1 2 201", "1 2 20"),
        "an energy below zero": ("1 2 201", "1 2 -201"),
        "a stable particle at rest": ("2212 0 0 7000 7000 0.938 4", "2212 0 0 0 0 0 1"),
        "a stable particle along the beam": ("0.938 4", "0.938 1"),
        "an unknown PDG id": ("P 4 -1 22", "P 4 -1 2147483647"),
        "a nucleus": ("P 1 0 2212", "P 1 0 1000822080"),
        "an unknown status": ("0.938 4", "0.938 -20231"),
        "numbers without a digit before the point": ("200 1 2", "200 .5 2."),
        "long numbers": ("200 1 2", "200.00000000000000000000000000000000000000001 1e-3 2"),
        "a number below all doubles": ("200 1 2", "200 1e-400 2"),
        "a vertex behind its particles": (
            "V -1 0 [1]\nP 2 -1 211 200 1 2 201 0.139 1\n",
            "P 2 -1 211 200 1 2 201 0.139 1\nV -1 0 [1]\n",
        ),
        "particles out of order": (
            "P 2 -1 211 200 1 2 201 0.139 1\nP 3 -1 -211 -200 3 4 202 0.139 1\n",
            "P 3 -1 -211 -200 3 4 202 0.139 1\nP 2 -1 211 200 1 2 201 0.139 1\n",
        ),
        "units behind the weights": ("U GEV MM\nW 1\n", "W 1\nU GEV MM\n"),
        "units in centimetres": ("GEV MM", "GEV CM"),
        "units twice": ("U GEV MM\n", "U GEV MM\nU GEV MM\n"),
        "a plus sign in the event number": ("E 8", "E +8"),
    }
    stops = {
        "a list that names particle 5": (
            ("[1]", "[5]"),
            "vertex -1 of event 8 names particle 5, which is not there",
        ),
        "a list that names particle 9": (("[1]", "[9]"), "vertex -1 of event 8 names particle 9"),
        "a list that names 1 and 5": (("[1]", "[1,5]"), "vertex -1 of event 8 names particle 5"),
        "a list that names particle 0": (("[1]", "[0]"), "vertex -1 of event 8 names particle 0"),
        "a list that names particle -1": (("[1]", "[-1]"), "vertex -1 of event 8 names particle -1"),
        "a list that names one beyond 32 bits": (("[1]", "[99999999999]"), "vertex -1 of event 8 has a list"),
        "a list that is not closed": (
            ("[1]", "[1"),
            "vertex -1 of event 8 has a list of particles that is damaged",
        ),
        "a list that is not opened": (("[1]", "1]"), "vertex -1 of event 8 has no list of particles"),
        "a list of words": (("[1]", "[one]"), "vertex -1 of event 8 has a list of particles that is damaged"),
        "a list with a gap": (
            ("[1]", "[1,,1]"),
            "vertex -1 of event 8 has a list of particles that is damaged",
        ),
        "no list": ((" [1]", ""), "vertex -1 of event 8 has no list of particles"),
        "a word behind a list": (("[1]", "[1] 5"), "vertex -1 of event 8 has a word too many, '5'"),
        "a position of three numbers": (
            ("[1]", "[1] @ 1 2 3"),
            "the position of vertex -1 of event 8 is missing",
        ),
        "a position of words": (
            ("[1]", "[1] @ 1 2 3 x"),
            "the position of vertex -1 of event 8 is 'x', no number",
        ),
        "a vertex 0": (("V -1", "V 0"), "event 8 has a vertex 0, and 1 vertices"),
        "a vertex 1": (("V -1", "V 1"), "event 8 has a vertex 1"),
        "a vertex beyond the count": (("V -1", "V -2"), "event 8 has a vertex -2"),
        "a vertex twice": (("P 2", "V -1 0 [1]\nP 2"), "event 8 has two vertices -1"),
        "a vertex without a status": (
            ("V -1 0 [1]", "V -1 [1]"),
            "the status of vertex -1 of event 8 is '[1]'",
        ),
        "no vertex line": (("V -1 0 [1]\n", ""), "event 8 has 0 of its 1 vertices"),
        "a particle from a vertex that is not there": (
            ("P 4 -1", "P 4 -2"),
            "event 8 has a particle 4 from vertex -2, which is not there",
        ),
        "a particle from a particle that is not there": (
            ("P 4 -1", "P 4 9"),
            "event 8 has a particle 4 from particle 9",
        ),
        "a particle from itself": (("P 4 -1", "P 4 4"), "event 8 has a particle 4 from particle 4"),
        "a particle 9": (("P 4 -1", "P 9 -1"), "event 8 has a particle 9, and 4 particles"),
        "a particle 0": (("P 4 -1", "P 0 -1"), "event 8 has a particle 0"),
        "a particle twice": (("P 4 -1", "P 3 -1"), "event 8 has two particles 3"),
        "a particle too few": (("P 4 -1 22 50 290 5 297 0 1\n", ""), "event 8 has 3 of its 4 particles"),
        "a particle too many": (("P 4", "P 1 0 22 1 1 1 2 0 1\nP 4"), "event 8 has two particles 1"),
        "no blank behind P": (("P 3", "P3"), "event 8 has 3 of its 4 particles"),
        "a small p": (("P 3", "p 3"), "event 8 has 3 of its 4 particles"),
        "a blank before P": (("P 3", " P 3"), "event 8 has 3 of its 4 particles"),
        "two lines in one": (
            ("0.139 1\nP 3", "0.139 1 P 3"),
            "particle 2 of event 8 has a word too many, 'P'",
        ),
        "no status": (("297 0 1\n", "297 0\n"), "the status of particle 4 of event 8 is missing"),
        "no status, a blank": (("297 0 1\n", "297 0 \n"), "the status of particle 4 of event 8 is missing"),
        "no mass and no status": (("297 0 1\n", "297\n"), "the mass of particle 4 of event 8 is missing"),
        "a bare particle": (
            ("P 4 -1 22 50 290 5 297 0 1\n", "P \n"),
            "the number of particle 4 of event 8 is missing",
        ),
        "a word behind the status": (
            ("297 0 1\n", "297 0 1 1\n"),
            "particle 4 of event 8 has a word too many, '1'",
        ),
        "a status 1.0": (
            ("297 0 1\n", "297 0 1.0\n"),
            "the status of particle 4 of event 8 is '1.0', no whole number",
        ),
        "a status 1e0": (
            ("297 0 1\n", "297 0 1e0\n"),
            "the status of particle 4 of event 8 is '1e0', no whole number",
        ),
        "a status in hexadecimal": (
            ("297 0 1\n", "297 0 0x1\n"),
            "the status of particle 4 of event 8 is '0x1'",
        ),
        "a status with two signs": (
            ("297 0 1\n", "297 0 +-1\n"),
            "the status of particle 4 of event 8 is '+-1'",
        ),
        "a status beyond 32 bits": (
            ("297 0 1\n", "297 0 4294967297\n"),
            "is '4294967297', no whole number of 32 bits",
        ),
        "a PDG id 22.0": (("-1 22 50", "-1 22.0 50"), "the PDG id of particle 4 of event 8 is '22.0'"),
        "a PDG id beyond 32 bits": (
            ("-1 22 50", "-1 2147483648 50"),
            "the PDG id of particle 4 of event 8 is '2147483648'",
        ),
        "a PDG id with a letter": (("-1 22 50", "-1 2a 50"), "the PDG id of particle 4 of event 8 is '2a'"),
        "a number cut in two": (("50 290", "50 2 90"), "particle 4 of event 8 has a word too many"),
        "a number that lost its e": (
            ("50 290", "2-00 290"),
            "px of particle 4 of event 8 is '2-00', no finite number",
        ),
        "a decimal comma": (
            ("50 290", "50 290,5"),
            "py of particle 4 of event 8 is '290,5', no finite number",
        ),
        "hexadecimal": (("50 290", "0x10 290"), "px of particle 4 of event 8 is '0x10'"),
        "FORTRAN's D": (("50 290", "5.0D+01 290"), "px of particle 4 of event 8 is '5.0D+01'"),
        "nan": (("5 297", "nan 297"), "pz of particle 4 of event 8 is 'nan', no finite number"),
        "inf": (("5 297", "5 -inf"), "the energy of particle 4 of event 8 is '-inf', no finite number"),
        "beyond all doubles": (
            ("50 290", "50 1e999"),
            "py of particle 4 of event 8 is '1e999', no finite number",
        ),
        "four hundred digits": (("50 290", "50 1" + 400 * "0"), "py of particle 4 of event 8 is '1000"),
        "a point alone": (("50 290", ". 290"), "px of particle 4 of event 8 is '.'"),
        "a sign alone": (("50 290", "- 290"), "px of particle 4 of event 8 is '-'"),
        "two points": (("50 290", "5.0.1 290"), "px of particle 4 of event 8 is '5.0.1'"),
        "an exponent without a number": (("50 290", "5e 290"), "px of particle 4 of event 8 is '5e'"),
        "grouped digits": (("50 290", "1'000 290"), "px of particle 4 of event 8 is '1'000'"),
        "a control character": (("50 290", "5\x01 290"), "px of particle 4 of event 8 is '5?'"),
        "bytes of no text": (("50 290", "5\xff 290"), "px of particle 4 of event 8 is '5?'"),
        "a zero byte": (("50 290", "5\x000 290"), "px of particle 4 of event 8 is '5?0'"),
        "a word in the mass": (("201 0.139", "201 pion"), "the mass of particle 2 of event 8 is 'pion'"),
        "a damaged number of a beam": (
            ("7000 7000", "7000 7-00"),
            "the energy of particle 1 of event 8 is '7-00'",
        ),
        "units of TeV": (
            ("GEV MM", "TEV MM"),
            "the units of event 8 are 'TEV MM' (HepMC knows GEV or MEV, and MM or CM",
        ),
        "units in small letters": (("GEV MM", "gev mm"), "the units of event 8 are 'gev mm'"),
        "units in mixed letters": (("GEV MM", "GeV MM"), "the units of event 8 are 'GeV MM'"),
        "units of metres": (("GEV MM", "GEV M"), "the units of event 8 are 'GEV M'"),
        "units the wrong way round": (("GEV MM", "MM GEV"), "the units of event 8 are 'MM GEV'"),
        "units without a length": (("GEV MM", "GEV"), "the units of event 8 are 'GEV'"),
        "units of nothing": (("GEV MM", ""), "the units of event 8 are ''"),
        "units with more": (("GEV MM", "GEV MM S"), "the units of event 8 are 'GEV MM S'"),
        "units that go on": (("GEV MM", "GEVX MM"), "the units of event 8 are 'GEVX MM'"),
        "two kinds of units": (("U GEV MM\n", "U GEV MM\nU MEV MM\n"), "event 8 has two kinds of units"),
        "no count of particles": (
            ("E 8 1 4", "E 8 1"),
            "the number of particles of line E of event 8 is missing",
        ),
        "no count at all": (("E 8 1 4", "E 8"), "the number of vertices of line E of event 8 is missing"),
        "no event number": (("E 8 1 4", "E "), "the next event has no number"),
        "a count of words": (
            ("E 8 1 4", "E 8 1 four"),
            "the number of particles of line E of event 8 is 'four'",
        ),
        "a count below zero": (
            ("E 8 1 4", "E 8 1 -4"),
            "the number of particles of line E of event 8 is '-4', below 0",
        ),
        "a count beyond 32 bits": (
            ("E 8 1 4", "E 8 1 4294967300"),
            "the number of particles of line E of event 8 is '4294967300'",
        ),
        "a count of two thousand millions": (
            ("E 8 1 4", "E 8 1 2000000000"),
            "event 8 has 4 of its 2000000000 particles",
        ),
        "two thousand million vertices": (
            ("E 8 1 4", "E 8 2000000000 4"),
            "event 8 has 1 of its 2000000000 vertices",
        ),
        "a vertex too many": (("E 8 1 4", "E 8 0 4"), "event 8 has a vertex -1, and 0 vertices"),
        "a position of the event of two numbers": (
            ("E 8 1 4", "E 8 1 4 @ 1 2"),
            "the position of line E of event 8 is missing",
        ),
        "a weight that is none": (
            ("W 1\n", "W nan\n"),
            "a weight of line W of event 8 is 'nan', no finite number",
        ),
        "a weight too many": (
            ("W 1\n", "W 1 2\n"),
            "event 8 has 2 weights, and the first event of the file 1",
        ),
        "weights twice": (("W 1\n", "W 1\nW 1\n"), "event 8 has two lines of weights"),
        "a word behind the counts": (("E 8 1 4", "E 8 1 4 5"), "line E of event 8 has a word too many, '5'"),
        "the number 1e3": (("E 8", "E 1e3"), "the next event has the number '1e3', no whole one"),
        "the number 0x10": (("E 8", "E 0x10"), "the next event has the number '0x10', no whole one"),
        "the number 1.5": (("E 8", "E 1.5"), "the next event has the number '1.5', no whole one"),
        "the number x": (("E 8", "E x"), "the next event has the number 'x', no whole one"),
        "a number beyond 64 bits": (
            ("E 8", "E 9223372036854775808"),
            "the next event has the number '9223372036854775808', which is not from 0 to 2^63 - 1",
        ),
        "another event inside": (("V -1", "E 12 0 0\nV -1"), "event 8 has 1 of its 4 particles"),
    }
    cases = [Case(f"lines: {name}", _file(_swap(B, pair)), [7, 8]) for name, pair in reads.items()]
    cases += [
        Case(f"lines: {name}", _file(_swap(B, pair), end=AFTER + END3), [7], error)
        for name, (pair, error) in stops.items()
    ]
    # A vertex without further knowledge has no line: its particles name the one that they come from.
    no_vertex = B.replace("V -1 0 [1]\n", "").replace(" -1 211", " 1 211").replace(" -1 -211", " 1 -211")
    cases += [
        Case("lines: a vertex without a line", _file(no_vertex.replace(" -1 22", " 1 22")), [7, 8]),
        Case(
            "lines: a vertex that is not there",
            _file(no_vertex),
            [7],
            "event 8 has particles from vertex -1, which",
        ),
        Case("lines: a file in MeV", _file(_in_mev(B), before=_in_mev(BEFORE)), [7, 8]),
        Case("lines: an event in MeV", _file(_in_mev(B)), [7, 8]),
        Case(
            "lines: units of the event before",
            _file(_swap(B, ("U GEV MM\n", "")), end=AFTER.replace("U GEV MM\n", "") + END3),
            [7, 8, 9],
            warnings=("2 of the 3 events of .* do not say their units, the first is event 8 \\(those of",),
        ),
        Case(
            "lines: units of the event before, in MeV",
            _file(_swap(_in_mev(B), ("U MEV MM\n", "")), before=_in_mev(BEFORE)),
            [7, 8],
            warnings=("1 of the 2 events of .* does not say its units, the first is event 8 ",),
        ),
        Case(
            "lines: units of the event before, and a cut",
            _file(_swap(B, ("U GEV MM\n", "")), end=AFTER[:80]),
            [7, 8],
            "stops after event 8: ",
            warnings=("1 of the 2 events of .* does not say its units",),
        ),
        Case("lines: line ends of Windows", _file(B).replace(b"\n", b"\r\n"), [7, 8]),
        Case(
            "lines: no units at all",
            _file(B.replace("U GEV MM\n", ""), before=""),
            [],
            "event 8 does not say its units",
        ),
        Case(
            "lines: a momentum beyond single precision",
            _file(_swap(B, ("50 290 5 297", "1e60 290 5 1e60"))),
            [7],
            "px of particle 4 of event 8 is 1e+60 GeV (jets hold numbers of 32 bits, up to 3.4e+38",
        ),
        Case(
            "lines: a momentum whose square is beyond all doubles",
            _file(_swap(B, ("50 290 5 297", "50 -1e200 5 1e200"))),
            [7],
            "py of particle 4 of event 8 is -1e+200 GeV (",
        ),
        Case(
            "lines: an energy beyond single precision",
            _file(_swap(B, ("50 290 5 297", "50 290 5 1e308"))),
            [7],
            "the energy of particle 4 of event 8 is 1e+308 GeV (",
        ),
        Case(
            "lines: a number for MeV that is one for GeV",
            _file(_swap(_in_mev(B), ("297e3 0e3 1", "1e41 0e3 1"))),
            [7, 8],
        ),
        Case(
            "lines: a momentum beyond single precision of what is no part of a jet",
            _file(_swap(B, ("0 0 7000 7000", "0 0 1e200 1e200"))),
            [7, 8],
        ),
        Case("lines: an event without particles", _file("E 8 0 0\n"), [7, 8]),
        Case("lines: a long line", _file(B.replace("W 1", "W 1\nA 0 name" + 300_000 * " 1")), [7, 8]),
    ]
    return cases


def _hepmc2() -> list[Case]:
    reads = {
        "as it is": ("", ""),
        "double blanks": ("P 3 211", "P  3  211"),
        "more particles than a vertex says": ("V -1 0 0 0 0 0 2 2 0", "V -1 0 0 0 0 0 2 1 0"),
        "random states": ("0 1 1.0", "3 1 2 -3 1 1.0"),
        "no weights": ("0 1 1.0", "0 0"),
        "a coupling that is no number": ("-1.0 -1 -1", "nan -nan inf"),
        "names of weights": ("U GEV", 'N 1 "a name of blanks"\nU GEV'),
        "a cross-section": ("U GEV MM\n", "U GEV MM\nC 1.5 0.1\n"),
        "a generated mass below zero": ("297 0 1", "297 -3e-6 1"),
    }
    stops = {
        "a particle too few in a vertex": (
            ("P 6 22 50 290 5 297 0 1 0 0 0 0\n", ""),
            "event 8 has 1 of the 2 particles of vertex -2",
        ),
        "a vertex too few": (("20 0 2 1 2", "20 0 3 1 2"), "event 8 has 2 of its 3 vertices"),
        "a weight too many": (
            ("0 1 1.0", "0 2 1.0 1.0"),
            "event 8 has 2 weights, and the first event of the file 1",
        ),
        "a weight that is none": (("0 1 1.0", "0 1 inf"), "of event 8 is 'inf', no finite number"),
        "a particle into a vertex that is not there": (
            ("0 0 -2 0", "0 0 -9 0"),
            "event 8 has a particle that ends in vertex -9, which is not there",
        ),
        "a particle before its vertex": (
            ("V -1 0 0 0 0 0 2 2 0\n", ""),
            "event 8 has a particle before its first vertex",
        ),
        "a damaged number": (
            ("200 1 2", "2-00 1 2"),
            "px of particle 3 of event 8 is '2-00', no finite number",
        ),
        "a status 1.0": (
            ("297 0 1", "297 0 1.0"),
            "the status of particle 6 of event 8 is '1.0', no whole number",
        ),
        "a flow too few": (("1 1 501", "1 1"), "a flow of particle 3 of event 8 is missing"),
        "a word too many": (("1 1 501", "1 1 501 0"), "particle 3 of event 8 has a word too many, '0'"),
        "a weight too few": (("0 1 1.0", "0 2 1.0"), "a weight of line E of event 8 is missing"),
        "a number of random states below zero": (
            ("0 1 1.0", "-1 1 1.0"),
            "the number of random states of line E of event 8 is '-1', below 0",
        ),
        "units of TeV": (("GEV MM", "TEV MM"), "the units of event 8 are 'TEV MM'"),
        "the number 1.5": (("E 8", "E 1.5"), "the next event has the number '1.5', no whole one"),
        "a vertex cut short": (
            ("V -2 0 0 0 0 0 0 2 1 0.5", "V -2 0 0 0"),
            "the position of vertex -2 of event 8 is missing",
        ),
    }

    def file(event: str) -> bytes:
        return _file(event, before=BEFORE2, head=HEAD2, end=END2)

    cases = [Case(f"HepMC2: {name}", file(_swap(B2, pair)), [7, 8]) for name, pair in reads.items()]
    cases += [
        Case(f"HepMC2: {name}", file(_swap(B2, pair)), [7], error) for name, (pair, error) in stops.items()
    ]
    # The oldest format: neither interactions and beams in line E, nor masses.
    old = """E 8 -1.0 -1 -1 20 0 1 0 0
U GEV MM
V -1 0 0 0 0 0 0 3 0
P 1 211 200 1 2 201 1 0 0 0 0
P 2 22 -200 1 2 201 1 0 0 0 0
P 3 22 50 290 5 297 1 0 0 0 0
"""
    head, end = HEAD2.replace("IO_GenEvent", "IO_Ascii"), END2.replace("IO_GenEvent", "IO_Ascii")
    cases += [
        Case("HepMC2: IO_Ascii", _file(old, before="", head=head, end=end), [8]),
        Case(
            "HepMC2: IO_ExtendedAscii",
            _file(
                B2,
                before="",
                head=HEAD2.replace("IO_GenEvent", "IO_ExtendedAscii"),
                end=END2.replace("IO_GenEvent", "IO_ExtendedAscii"),
            ),
            [8],
        ),
        Case(
            "HepMC2: IO_Ascii without units",
            _file(old.replace("U GEV MM\n", ""), before="", head=head, end=end),
            [],
            "event 8 does not say its units",
        ),
        Case(
            "HepMC2: under HepMC3's name",
            _file(B2, before="", head=HEAD2.replace("2.06.09", "3.02.05").strip() + "\n", end=END2),
            [8],
        ),
        Case(
            "HepMC2: without header and end", (BEFORE2 + B2).encode(), [7, 8], warnings=("has no end marker",)
        ),
    ]
    return cases


def _numbers() -> list[Case]:
    same = _file(B.replace("E 8", "E 7"), end=BEFORE + END3)
    return [
        Case("numbers: 3000000000", _file(B.replace("E 8", "E 3000000000")), [7, 3_000_000_000]),
        Case("numbers: the largest", _file(B.replace("E 8", "E 9223372036854775807")), [7, 2**63 - 1]),
        Case("numbers: 0", _file(B.replace("E 8", "E 0")), [7, 0]),
        Case("numbers: all the same", same, [7, 7, 7], warnings=("2 of the 3 events of",)),
        Case("numbers: all the same, counted", same, [0, 1, 2], options=("--number-events",)),
        Case(
            "numbers: one comes again",
            _file(AFTER, end=B + BEFORE + END3),
            [7, 9, 8, 7],
            warnings=("1 of the 4 events of",),
        ),
        Case(
            "numbers: below zero",
            _file(B.replace("E 8", "E -8")),
            [],
            "event -8 has a number that is not from 0 to 2^63 - 1",
        ),
        Case(
            "numbers: below zero, counted",
            _file(B.replace("E 8", "E -8")),
            [0, 1],
            options=("--number-events",),
        ),
        Case("numbers: below zero without jets", _file("E -8 0 0\n"), [7, -8]),
        Case(
            "numbers: beyond 64 bits, counted",
            _file(B.replace("E 8", "E 99999999999999999999")),
            [0, 1],
            options=("--number-events",),
        ),
        Case(
            "numbers: 1.5, counted",
            _file(B.replace("E 8", "E 1.5")),
            [0],
            "the next event has the number '1.5'",
            options=("--number-events",),
        ),
    ]


def _headers() -> list[Case]:
    def named(lines: str) -> bytes:
        return _file(B, head=HEAD3 + lines)

    return [
        Case("header: names of weights", named("W a\\|b\\|c\n"), [7, 8]),
        Case("header: two equal names", named("W a\\|a\n"), [7, 8]),
        Case("header: a line break in a name", named("W a\nname\\|b\n"), [7, 8]),
        Case("header: a bar in a name", named("W a|b\\|b\n"), [7, 8]),
        Case("header: names of no text", named("W \xff\x00\n"), [7, 8]),
        Case(
            "header: more names than weights", named("W " + "\\|".join(map(str, range(1000))) + "\n"), [7, 8]
        ),
        Case(
            "header: tools and attributes", named("T PYTHIA\\|8.3\\|\nA Attr1 123\nA Attr2  321\nA\n"), [7, 8]
        ),
        Case("header: a long one", named("T " + 9000 * "x" + "\n"), [7, 8]),
        Case("header: none", _file(B, head=""), [7, 8]),
        Case("header: without its version", _file(B, head=HEAD3.split("\n")[1] + "\n"), [7, 8]),
        Case("header: without its start", _file(B, head=HEAD3.split("\n")[0] + "\nW a\n"), [7, 8]),
        Case("header: empty lines before", _file(B, head="\n\n" + HEAD3), [7, 8]),
        Case("header: a byte order mark", b"\xef\xbb\xbf" + _file(B), [7, 8]),
        Case(
            "header: a greeting before",
            _file(B, head=" *---- a generator ----*\n | E = mc2\n\n" + HEAD3),
            [7, 8],
        ),
        Case("header: blanks behind its lines", _file(B, head=HEAD3.replace("\n", "  \r\n")), [7, 8]),
        Case("header: alone", HEAD3.encode(), [], "stops before its first event: it ends in its header"),
        Case("header: cut", HEAD3[:-20].encode(), [], "does not begin as a HepMC file"),
        Case("header: no events", (HEAD3 + END3).encode(), [], "has no events"),
    ]


def _ends() -> list[Case]:
    whole, open_end = _file(B), _file(B, end="")
    zipped = gzip.compress(whole, mtime=0)
    frame, skipped = zstd.compress(whole), b"\x5a\x2a\x4d\x18\x05\x00\x00\x00bytes"
    cut = len(open_end)
    cases = [
        Case("end: no marker", open_end, [7, 8], warnings=("has no end marker",)),
        Case("end: no marker, blank lines", open_end + b"\n \n", [7, 8], warnings=("has no end marker",)),
        Case("end: a marker without a line end", open_end + END3.strip().encode(), [7, 8]),
        Case("end: a cut marker", open_end + END3[:20].encode(), [7, 8], warnings=("has no end marker",)),
        Case("end: blank lines behind", whole + 1000 * b"\n", [7, 8]),
        Case(
            "end: other bytes behind", whole + b"garbage", [7, 8], warnings=("goes on behind its end marker",)
        ),
        Case("end: zeros behind", whole + bytes(4096), [7, 8], warnings=("goes on behind its end marker",)),
        Case(
            "end: an event behind",
            whole + AFTER.encode(),
            [7, 8, 9],
            warnings=("has no end marker", "is several listings"),
        ),
        Case(
            "end: a second file behind",
            whole + _file(AFTER, before=""),
            [7, 8, 9],
            warnings=("is several listings",),
        ),
        Case(
            "end: HepMC2 behind",
            whole + _file(B2.replace("E 8", "E 3"), before="", head=HEAD2, end=END2),
            [7, 8, 3],
            warnings=("is several listings",),
        ),
        Case(
            "end: a second file behind no marker",
            open_end + _file(AFTER, before=""),
            [7, 8, 9],
            warnings=("is several listings",),
        ),
        Case(
            "end: a cut file behind", whole + _file(AFTER, before="")[:-80], [7, 8], "stops after event 8: "
        ),
        Case(
            "end: a line that is cut",
            open_end[: cut - 1],
            [7],
            "stops after event 7: it ends in the middle of an event",
        ),
        Case("end: a word that is cut", open_end[: cut - 8], [7], "it ends in the middle of an event"),
        Case(
            "end: a line too few",
            open_end[: open_end.rindex(b"P 4")],
            [7],
            "event 8 has 3 of its 4 particles",
        ),
        Case(
            "end: the letter E",
            open_end + b"E",
            [7, 8],
            "stops after event 8: it ends in the middle of an event",
        ),
        Case("end: a line E alone", open_end + b"E 9 1 4\n", [7, 8], "event 9 has 0 of its 4 particles"),
        Case(
            "end: HepMC2 cut between vertices",
            _file(B2[: B2.index("V -2")], before=BEFORE2, head=HEAD2, end=""),
            [7],
            "event 8 has 1 of its 2 vertices",
        ),
        Case("gzip: whole", zipped, [7, 8]),
        Case("gzip: two members", gzip.compress(whole[:300]) + gzip.compress(whole[300:]), [7, 8]),
        Case(
            "gzip: other bytes behind",
            zipped + b"garbage",
            [7, 8],
            warnings=("goes on behind its compressed data",),
        ),
        Case(
            "gzip: its first byte behind",
            zipped + b"\x1f",
            [7, 8],
            warnings=("goes on behind its compressed data",),
        ),
        Case(
            "gzip: two members, other bytes behind",
            gzip.compress(whole[:300]) + gzip.compress(whole[300:]) + b"x",
            [7, 8],
            warnings=("goes on behind its compressed data",),
        ),
        Case("gzip: zeros behind", zipped + bytes(1000), [7, 8]),
        Case(
            "gzip: no marker, other bytes behind",
            gzip.compress(open_end) + b"x",
            [7, 8],
            warnings=("has no end marker", "goes on behind its compressed data"),
        ),
        Case(
            "gzip: cut inside an event",
            gzip.compress(open_end[:-30]),
            [7],
            "it ends in the middle of an event",
        ),
        Case(
            "gzip: cut",
            zipped[: len(zipped) // 2],
            [],
            "it cannot be decompressed (the compressed data ends too early)",
        ),
        Case(
            "gzip: its checksum cut",
            zipped[:-4],
            [7, 8],
            "it cannot be decompressed (the compressed data ends too early)",
        ),
        Case(
            "gzip: its checksum wrong",
            zipped[:-8] + b"abcd" + zipped[-4:],
            [7, 8],
            "it cannot be decompressed (incorrect data check)",
        ),
        Case("gzip: in gzip", gzip.compress(zipped), [], "is compressed twice"),
        Case("zstd: whole", frame, [7, 8]),
        Case("zstd: two frames", zstd.compress(whole[:300]) + zstd.compress(whole[300:]), [7, 8]),
        Case("zstd: a frame to be skipped first", skipped + frame, [7, 8]),
        Case(
            "zstd: frames to be skipped between and behind",
            zstd.compress(whole[:300]) + skipped + zstd.compress(whole[300:]) + skipped,
            [7, 8],
        ),
        Case(
            "zstd: other bytes behind",
            frame + b"garbage",
            [7, 8],
            warnings=("goes on behind its compressed data",),
        ),
        Case("zstd: a byte behind", frame + b"\n", [7, 8], warnings=("goes on behind its compressed data",)),
        Case(
            "zstd: cut",
            frame[: len(frame) // 2],
            [],
            "it cannot be decompressed (the compressed data ends too early)",
        ),
        Case("zstd: damaged", frame[:20] + bytes(30) + frame[50:], [], "it cannot be decompressed ("),
        Case("zstd: only a frame to be skipped", skipped, [], "is empty"),
        Case("gzip: nothing", gzip.compress(b""), [], "is empty"),
    ]
    return cases


LHE = b'<LesHouchesEvents version="3.0">\n<init>\n2212 2212 6500 6500 0 0 0 0 3 1\n</init>\n<event>\n'
HEPEVT = b"E 1 2\n  1 11 0 0 0 0 1.0 2.0 3.0 4.0 0.0\n  1 22 0 0 0 0 1.0 2.0 3.0 4.0 0.0\n"


def _kinds() -> list[Case]:
    files = {
        "an empty file": (b"", "is empty"),
        "blanks": (b" \n\n\t\n", "holds nothing but blanks"),
        "some text": (50 * b"some text\n", "does not begin as a HepMC file"),
        "any bytes": (20 * bytes(range(256)), "does not begin as a HepMC file"),
        "zeros": (bytes(100_000), "does not begin as a HepMC file"),
        "HEPEVT": (HEPEVT, "is a HEPEVT file"),
        "LHE": (LHE, "is a Les Houches (LHE) file"),
        "LHE with a declaration": (
            b'<?xml version="1.0"?>\n<!-- MadGraph -->\n' + LHE,
            "is a Les Houches (LHE) file",
        ),
        "LHE, compressed": (gzip.compress(LHE), "is a Les Houches (LHE) file"),
        "ROOT": (b"root\x00\x00\xf3\xc0" + bytes(900), "is a ROOT file"),
        "a pointer of Git LFS": (
            b"version https://git-lfs.github.com/spec/v1\nsize 12345\n",
            "is a pointer of Git LFS",
        ),
        "a web page": (b"<!DOCTYPE html>\n<html><body>404</body></html>\n", "is a web page"),
        "a ZIP archive": (b"PK\x03\x04" + bytes(100), "is a ZIP archive"),
        "bzip2": (b"BZh91AY&SY" + bytes(100), "is compressed by bzip2"),
        "xz": (b"\xfd7zXZ\x00\x00\x04" + bytes(100), "is compressed by xz"),
        "lz4": (b"\x04\x22\x4d\x18" + bytes(100), "is compressed by lz4"),
        "a tar archive": (b"a".ljust(257, b"\0") + b"ustar".ljust(255, b"\0") + _file(B), "is a tar archive"),
        "UTF-16": (HEAD3.encode("utf-16"), "is UTF-16 text"),
        "HepMC3's protobuf": (b"hmpb" + bytes(100), "is HepMC3's protobuf format"),
        "Parquet": (b"PAR1" + bytes(100), "is a Parquet file"),
        "NumPy": (b"\x93NUMPY\x01\x00" + bytes(100), "is a NumPy array"),
        "another listing of HepMC": (
            b"HepMC::IO_Other-START_EVENT_LISTING\nE 1\n",
            "is a listing of HepMC's kind IO_Other",
        ),
    }
    return [Case(f"kinds: {name}", content, [], error) for name, (content, error) in files.items()]


CASES = [*_lines(), *_hepmc2(), *_numbers(), *_headers(), *_ends(), *_kinds()]
