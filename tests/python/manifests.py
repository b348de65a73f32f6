"""Good and bad manifests, made from two good ones: every field in turn, and every kind of wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

HASH = "0" * 64
SECOND: dict[str, Any] = {
    "format": "pyjetsim.bundle",
    "version": 2,
    "model": "cells",
    "opset": 20,
    "inputs": [
        {"name": "constituents", "shape": ["batch", 40, 3], "unit": "GeV"},
        {"name": "noise", "shape": ["batch", 6], "unit": "standard normal"},
        {"name": "pid", "shape": ["batch", 40], "unit": "PDG id"},
    ],
    "output": {"name": "reco_constituents", "shape": ["batch", 48, 3], "unit": "GeV"},
    "output_pid": {"name": "reco_pid", "shape": ["batch", 48], "unit": "PDG id"},
    "jet_definition": {"algorithm": "anti-kt", "radius": 0.5},
    "cuts": {"constituent_pt_min": 0.25, "constituent_eta_max": 3.2, "max_constituents": 50},
    "domain": {"pt": [100.0, 600.0], "eta": [-2.5, 2.5], "n_constituents": [5.0, 75.0]},
    "tolerance": {"absolute": 0.001, "relative": 0.0001},
    "provenance": {"data": {"train": 3}},
    "files": {"model.onnx": HASH, "golden.json": HASH},
}
FIRST = copy.deepcopy(SECOND)
FIRST["version"] = 1
FIRST["output"]["shape"][1] = 40
del FIRST["inputs"][2], FIRST["output_pid"]

_OPTIONAL = {("output_pid",)}
_FREE = {("provenance",)}
_ELSE: list[Any] = [None, True, 7, -7, 0, 2.5, "", "x", [], ["x"], {}, {"x": 1}]
"""A value of every type, and some on either side of limits."""


class Case(NamedTuple):
    """The text of a manifest."""

    name: str
    text: str
    beyond_schema: bool = False
    """What a schema cannot say."""


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every object, list and value of a manifest; nothing inside what is free."""
    if at:
        yield at
    if at in _FREE:
        return
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in parts:
        yield from _places(inner, (*at, key))


def _at(manifest: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        manifest = manifest[key]
    return manifest


def _changed(base: Any, edit: Callable[[Any], Any]) -> str:
    manifest = copy.deepcopy(base)
    edit(manifest)
    return json.dumps(manifest)


def _with(base: Any, place: tuple[Any, ...], value: Any) -> str:
    return _changed(base, lambda m: _at(m, place[:-1]).__setitem__(place[-1], value))


def _name(place: tuple[Any, ...]) -> str:
    return "/" + "/".join(map(str, place))


def good() -> Iterator[Case]:
    """Manifests that are taken."""
    yield Case("first", json.dumps(FIRST))
    yield Case("second", json.dumps(SECOND))
    for place, values in {
        ("cuts", "constituent_eta_max"): [None, 1e-30, 3],
        ("cuts", "constituent_pt_min"): [0, 0.0, -0.0, 1e38],
        ("cuts", "max_constituents"): [1, 16777216, 50.0],
        ("opset",): [1, 20.0],
        ("version",): [2.0],
        ("model",): ["a", "名前", 'quo"te\n'],
        ("inputs", 0, "name"): ["x\n", "\u00e9", "\U0001f680"],
        ("inputs", 1, "shape", 1): [1, 6.0, 16777216],
        ("jet_definition", "radius"): [1, 1e-300, 3.4e38],
        ("domain", "pt"): [[1, 1], [-1e38, 1e38], [0, 0.0]],
        ("tolerance", "absolute"): [1, 1e-40],
        ("provenance",): [{}, {"any": [None, {"deep": [[[]]]}], "": 1e308}],
        ("files", "more.bin"): [HASH],
        ("files", "..."): [HASH],
        ("files", "a b\tc"): [HASH],
    }.items():
        for value in values:
            yield Case(f"{_name(place)} = {value!r}", _with(SECOND, place, value))
    yield Case("no output_pid", _changed(SECOND, lambda m: m.pop("output_pid")))
    yield Case("no pid", _changed(SECOND, lambda m: m["inputs"].pop()))
    yield Case("second without either", _changed(FIRST, lambda m: m.update(version=2)))
    yield Case("no spaces", json.dumps(SECOND, separators=(",", ":")))


def bad() -> Iterator[Case]:
    """Manifests that are refused."""
    for number, base in (("1", FIRST), ("2", SECOND)):
        for place in _places(base):
            name = f"version {number}: {_name(place)}"
            value = _at(base, place)
            if place not in _OPTIONAL:
                removed = _changed(base, lambda m, p=place: _at(m, p[:-1]).pop(p[-1]))
                if not (number == "2" and place == ("inputs", 2)):
                    yield Case(f"{name} missing", removed)
            if isinstance(value, dict) and place not in _FREE:
                extra = 1 if place != ("files",) else "not a hash"
                yield Case(
                    f"{name} with another field",
                    _changed(base, lambda m, p=place, x=extra: _at(m, p).update(extra=x)),
                )
            for other in _ELSE:
                if not _may_be(place, value, other):
                    yield Case(f"{name} = {other!r}", _with(base, place, other))
    yield Case("a field of another version", _changed(SECOND, lambda m: m.update(task="cloud")))

    for place, values in {
        ("format",): ["pyjetsim.jets", "PYJETSIM.BUNDLE", "pyjetsim.bundle\n"],
        ("version",): [0, 3, -1, 1.5, "1", 10**30],
        ("opset",): [0, -1, 1.5, 16777217, 2**64, 1e300],
        ("inputs", 0, "name"): ["", "a\0b"],
        ("inputs", 0, "shape"): [
            ["batch", 40],
            ["batch", 40, 4],
            ["batch", 40, 3, 1],
            ["b", 40, 3],
            [1, 40, 3],
        ],
        ("inputs", 0, "shape", 1): [0, -40, 40.5, "40", 16777217, "P"],
        ("inputs", 0, "unit"): ["MeV", "gev", "standard normal", "PDG id"],
        ("inputs", 1, "shape"): [["batch", 6, 3], ["batch"], [6]],
        ("inputs", 1, "unit"): ["GeV"],
        ("inputs", 2, "unit"): ["GeV"],
        ("output_pid",): [None],
        ("jet_definition", "algorithm"): ["kt", "cambridge", "Anti-kt"],
        ("jet_definition", "radius"): [0, -0.5, 1e39, 1e300, "0.5"],
        ("cuts", "constituent_pt_min"): [-1e-30, 3.5e38, "0.25"],
        ("cuts", "constituent_eta_max"): [0, -3.2, 1e39, False],
        ("cuts", "max_constituents"): [0, 0.5, 16777217],
        ("domain", "pt"): [[1], [1, 2, 3], ["1", 2], [None, 2], [0, 1e39], [-1e39, 0], {"low": 1, "high": 2}],
        ("tolerance", "absolute"): [0, -0.001, 1e39],
        ("tolerance", "relative"): [0],
        ("files", "model.onnx"): ["0" * 63, "0" * 65, "A" * 64, HASH + "\n", "g" * 64, None],
        **{("files", name): [HASH] for name in ("", ".", "..", "../x", "/etc/passwd", "a/b", "a\\b", "a\0b")},
    }.items():
        for value in values:
            yield Case(f"{_name(place)} = {value!r}", _with(SECOND, place, value))
    yield Case("one input", _changed(FIRST, lambda m: m["inputs"].pop()))
    yield Case("four inputs", _changed(SECOND, lambda m: m["inputs"].append(m["inputs"][2])))
    yield Case("inputs in another order", _changed(SECOND, lambda m: m["inputs"].reverse()))
    yield Case("pid in version 1", _changed(FIRST, lambda m: m["inputs"].append(SECOND["inputs"][2])))
    yield Case(
        "output_pid in version 1", _changed(FIRST, lambda m: m.update(output_pid=SECOND["output_pid"]))
    )

    def beyond(name: str, base: Any, edit: Callable[[Any], Any]) -> Case:
        return Case(name, _changed(base, edit), beyond_schema=True)

    for limits in ("pt", "eta", "n_constituents"):
        yield beyond(f"{limits} falls", SECOND, lambda m, at=limits: m["domain"].update({at: [2.0, 1.0]}))
    yield beyond("other pid", SECOND, lambda m: m["inputs"][2]["shape"].__setitem__(1, 41))
    yield beyond("other output_pid", SECOND, lambda m: m["output_pid"]["shape"].__setitem__(1, 40))
    yield beyond("output of version 1", FIRST, lambda m: m["output"]["shape"].__setitem__(1, 41))

    text = json.dumps(SECOND)
    for place in _places(SECOND):
        if isinstance(_at(SECOND, place), dict) and _at(SECOND, place):
            key = next(iter(_at(SECOND, place)))
            marked = _changed(SECOND, lambda m, p=place, k=key: _at(m, p).update({"TWICE": _at(m, p)[k]}))
            yield Case(f"twice in {_name(place)}", marked.replace('"TWICE"', json.dumps(key)))
    yield Case("version twice", text.replace('"version": 2', '"version": 3, "version": 2'))
    for number in ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "0x10", "01", "1.", ".5", "+1"):
        yield Case(f"{number} for the radius", text.replace('"radius": 0.5', f'"radius": {number}'))
        yield Case(f"{number} in the provenance", text.replace('"train": 3', f'"train": {number}'))
    yield Case("nothing", "")
    yield Case("cut", text[:200])
    yield Case("more than one", text + text)
    yield Case("a comma too many", text[:-1] + ",}")
    yield Case("a comment", text + "// good")
    yield Case("single quotes", text.replace('"', "'"))
    yield Case("byte order mark", "\ufeff" + text)
    yield Case("half a surrogate", text.replace('"cells"', r'"\ud800"'))
    yield Case("too deep", text.replace('"train": 3', '"train": ' + "[" * 100_000 + "]" * 100_000))
    for value in ("null", "[]", "3", '"pyjetsim.bundle"', "true", "{}"):
        yield Case(value, value)


def _may_be(place: tuple[Any, ...], value: Any, other: Any) -> bool:
    """Whether ``other`` could stand there as well."""
    number = isinstance(other, int | float) and not isinstance(other, bool)
    if place in _FREE:
        return isinstance(other, dict)
    if place == ("model",):
        return isinstance(other, str) and other != ""
    if place[-1:] == ("name",):
        return isinstance(other, str) and other != ""
    # Whether sizes fit each other, and limits are in order, are questions of their own.
    if place[-2:] == ("shape", 1) or place in (("opset",), ("cuts", "max_constituents")):
        return number and other == 7
    if place == ("cuts", "constituent_eta_max"):
        return other is None or (number and other > 0)
    if place == ("cuts", "constituent_pt_min"):
        return number and other >= 0
    if place in (("jet_definition", "radius"), ("tolerance", "absolute"), ("tolerance", "relative")):
        return number and other > 0
    if place[0] == "domain" and len(place) == 3:
        return number
    return type(value) is type(other) and value == other
