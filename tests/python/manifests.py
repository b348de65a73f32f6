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

THIRD: dict[str, Any] = {
    "format": "pyjetsim.bundle",
    "version": 3,
    "task": "constituents",
    "model": "cells",
    "opset": 20,
    "inputs": [
        {**SECOND["inputs"][0], "dtype": "float32", "role": "condition"},
        {**SECOND["inputs"][1], "dtype": "float32", "role": "noise"},
        {**SECOND["inputs"][2], "dtype": "int32", "role": "condition"},
    ],
    "outputs": [{**SECOND["output"], "dtype": "float32"}, {**SECOND["output_pid"], "dtype": "int32"}],
    "settings": {"jet_definition": SECOND["jet_definition"], "cuts": SECOND["cuts"]},
    "domain": SECOND["domain"],
    "tolerance": SECOND["tolerance"],
    "provenance": SECOND["provenance"],
    "files": SECOND["files"],
}
THIRD = copy.deepcopy(THIRD)
OTHER: dict[str, Any] = copy.deepcopy(THIRD)
"""Of another task than constituents."""
OTHER.update(
    task="jet_momentum",
    inputs=[
        {"name": "gen", "dtype": "float32", "shape": ["batch", 4], "unit": "GeV", "role": "condition"},
        {
            "name": "z",
            "dtype": "float32",
            "shape": ["batch", 2],
            "unit": "standard normal",
            "role": "noise",
        },
        {"name": "kind", "dtype": "int64", "shape": ["batch", 2, 3], "unit": "number", "role": "condition"},
    ],
    outputs=[{"name": "reco", "dtype": "float32", "shape": ["batch", 4], "unit": "GeV"}],
    settings={"any": [1, None]},
    domain={"pt": [100.0, 600.0], "mass/m": [0, 1]},
)

_OPTIONAL = {("output_pid",)}
_FREE = {("provenance",)}
_FREE_OF_OTHERS = {("provenance",), ("settings",)}
_ELSE: list[Any] = [None, True, 7, -7, 0, 2.5, "", "x", [], ["x"], {}, {"x": 1}]
"""A value of every type, and some on either side of limits."""


class Case(NamedTuple):
    """The text of a manifest."""

    name: str
    text: str
    beyond_schema: bool = False
    """What a schema cannot say."""


def _places(value: Any, at: tuple[Any, ...] = (), free: Any = _FREE) -> Iterator[tuple[Any, ...]]:
    """Every object, list and value of a manifest; nothing inside what is free."""
    if at:
        yield at
    if at in free:
        return
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in parts:
        yield from _places(inner, (*at, key), free)


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
    yield Case("third", json.dumps(THIRD))
    yield Case("third without pid", _changed(THIRD, lambda m: m["inputs"].pop()))
    yield Case("third that tells no pid", _changed(THIRD, lambda m: m["outputs"].pop()))
    yield Case("another task", json.dumps(OTHER))
    for place, values in {
        ("task",): ["a", "cloud", "x_2", "events"],
        ("version",): [3.0],
        ("inputs", 0, "name"): ["x\n", "\u00e9", "noise"],
        ("inputs", 0, "dtype"): ["int32", "int64"],
        ("inputs", 0, "unit"): ["any", "standard normal"],
        ("inputs", 0, "shape"): [["batch", 1, 2, 3, 4, 5, 6, 7], ["batch", 5.0]],
        ("inputs", 1, "role"): ["condition"],
        ("inputs", 1, "of_event"): [1, 2, 2.0],
        ("outputs",): [[{**OTHER["outputs"][0], "name": str(i)} for i in range(32)]],
        ("settings",): [{}, {"jet_definition": 3}],
        ("domain",): [{}, {"": [0, 0], "a\n~/b": [-1, 1]}],
    }.items():
        for value in values:
            yield Case(f"another task: {_name(place)} = {value!r}"[:80], _with(OTHER, place, value))
    yield Case("a task without noise", _changed(OTHER, lambda m: m["inputs"].pop(1)))
    yield Case("a task of noise alone", _changed(OTHER, lambda m: m.update(inputs=[m["inputs"][1]])))


def bad() -> Iterator[Case]:
    """Manifests that are refused."""
    yield from _bad_thirds()
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
        ("version",): [0, 3, 4, -1, 1.5, "1", 10**30],
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


def _bad_thirds() -> Iterator[Case]:
    """Manifests of version 3 that are refused."""
    for name, base, free in (("third", THIRD, _FREE), ("another task", OTHER, _FREE_OF_OTHERS)):
        for place in _places(base, free=free):
            value = _at(base, place)
            last = place[:-1] in {("inputs",), ("outputs",)}
            limits = name == "another task" and place[:1] == ("domain",) and len(place) == 2
            if not (last or limits):
                removed = _changed(base, lambda m, p=place: _at(m, p[:-1]).pop(p[-1]))
                # A shape of fewer dimensions is a shape too.
                fewer = name == "another task" and place[:3] == ("inputs", 2, "shape") and place[3:] != (0,)
                if not (fewer and len(place) == 4):
                    yield Case(f"{name}: {_name(place)} missing", removed)
            if isinstance(value, dict) and place not in free:
                extra = 1 if place != ("files",) else "not a hash"
                yield Case(
                    f"{name}: {_name(place)} with another field",
                    _changed(base, lambda m, p=place, x=extra: _at(m, p).update(extra=x)),
                )
            for other in _ELSE:
                if not _may_be_of_third(name, place, value, other, free):
                    yield Case(f"{name}: {_name(place)} = {other!r}", _with(base, place, other))
    yield Case("a field of version 2", _changed(THIRD, lambda m: m.update(output=SECOND["output"])))
    for place, values in {
        ("task",): ["", "Cloud", "2d", "_x", "a-b", "a b", "constituents\n", "\u00e9", None],
        ("inputs",): [[], THIRD["inputs"][:1], THIRD["inputs"] + THIRD["inputs"][:1], THIRD["inputs"][::-1]],
        ("inputs", 0, "dtype"): ["int32", "float64", "float", "FLOAT32"],
        ("inputs", 0, "role"): ["noise", "ids", "Condition"],
        ("inputs", 0, "shape"): [["batch", 40], ["batch", 40, 4], ["b", 40, 3], [2, 40, 3]],
        ("inputs", 0, "unit"): ["MeV"],
        ("inputs", 1, "role"): ["condition"],
        ("inputs", 1, "dtype"): ["int32"],
        ("inputs", 1, "unit"): ["GeV", "uniform"],
        ("inputs", 1, "shape"): [["batch", 6, 1]],
        ("inputs", 2, "dtype"): ["float32", "int64"],
        ("outputs",): [[], THIRD["outputs"][::-1], THIRD["outputs"] + THIRD["outputs"][:1]],
        ("outputs", 1, "unit"): ["GeV"],
        ("settings",): [{}, {**THIRD["settings"], "more": 1}],
        ("settings", "cuts", "max_constituents"): [0],
    }.items():
        for value in values:
            yield Case(f"third: {_name(place)} = {value!r}"[:80], _with(THIRD, place, value))
    for place, values in {
        ("inputs", 0, "shape"): [["batch"], ["batch", 0], ["batch", 1, 1, 1, 1, 1, 1, 1, 1], ["batch", "P"]],
        ("inputs", 0, "name"): ["", "a\0b"],
        ("inputs", 0, "unit"): [""],
        ("inputs", 1, "shape"): [["batch", 2, 2]],
        ("inputs", 0, "of_event"): [1],
        ("inputs", 1, "of_event"): [0, -1, 1.5, "1", None],
        ("outputs",): [[{**OTHER["outputs"][0], "name": str(i)} for i in range(33)]],
        ("outputs", 0, "of_event"): [1],
        ("outputs", 0, "role"): ["condition"],
        ("domain", "pt"): [[1], [None, 1], [0, 1e39]],
        ("settings",): [None, [], 3],
    }.items():
        for value in values:
            yield Case(f"another task: {_name(place)} = {value!r}"[:80], _with(OTHER, place, value))
    for name, edit in {
        "two inputs of one name": lambda m: m["inputs"][2].update(name="gen"),
        "an output of an input's name": lambda m: m["outputs"][0].update(name="gen"),
        "two noises": lambda m: m["inputs"][0].update(role="noise", unit="standard normal"),
        "more numbers of the event than there are": lambda m: m["inputs"][1].update(of_event=3),
        "limits that fall": lambda m: m["domain"].update(pt=[2, 1]),
        "limits of a long name that fall": lambda m: m["domain"].update({"x\n" * 999: [2, 1]}),
        "rows too large": lambda m: m["inputs"][2].update(shape=["batch", 16777216, 16777216]),
    }.items():
        yield Case(name, _changed(OTHER, edit), beyond_schema=True)
    for name, edit in {
        "third: other pid": lambda m: m["inputs"][2]["shape"].__setitem__(1, 41),
        "third: other reco pid": lambda m: m["outputs"][1]["shape"].__setitem__(1, 40),
        "third: eta falls": lambda m: m["domain"].update(eta=[2.0, 1.0]),
        "third: one name": lambda m: m["outputs"][0].update(name="pid"),
    }.items():
        yield Case(name, _changed(THIRD, edit), beyond_schema=True)


def _may_be_of_third(name: str, place: tuple[Any, ...], value: Any, other: Any, free: Any) -> bool:
    number = isinstance(other, int | float) and not isinstance(other, bool)
    if place in free:
        return isinstance(other, dict)
    if place == ("task",):
        return bool(other == "x")
    if place[-1:] == ("unit",) and name == "another task" and place != ("inputs", 1, "unit"):
        return isinstance(other, str) and other != ""
    if place[-2:] == ("shape", 2) and name == "another task":
        return number and other == 7
    if place == ("domain",) and name == "another task":
        return other == {}
    if place[:1] == ("settings",):
        return _may_be(place[1:], value, other) if len(place) > 1 else False
    return _may_be(place, value, other)


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
